//! `--emit-rsync DIR`: the plan as lists for rsync, and a script over them.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libimage::error::{ErrorKind, ImageError, SysError, show};
use libimage::monitor::{Monitor as _, Warning};
use libimage::open::{Opened, named_node};
use libimage::output::OutputFile;
use libimage::path::ImagePath;
use libimage::plan::rsync::{Ends, Passes, SCRIPT, script};
use libimage::root::{Dir, Mounts, Root};

use super::{Work, whole};
use crate::args::Sync;
use crate::failure::Failure;
use crate::session::Session;

/// So many names are warned of.
const SHOWN: usize = 20;

/// Why nothing was handed over.
#[derive(Debug)]
enum EmitError {
    /// What is sent is no directory, and rsync sends nothing else.
    NoDirectory { source: String, what: &'static str },
    /// Lists of another plan would be taken for those of this one.
    Exists(PathBuf),
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDirectory { source, what } => {
                write!(
                    f,
                    "rsync sends directories, and {source} is another thing ({what})"
                )
            }
            Self::Exists(dir) => write!(f, "{} exists already", show(dir)),
        }
    }
}

impl Error for EmitError {}

impl ImageError for EmitError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoDirectory { .. } => ErrorKind::Usage,
            Self::Exists(_) => ErrorKind::Refused,
        }
    }

    fn help(&self) -> Option<String> {
        let advice = match self {
            Self::NoDirectory { .. } => {
                "make a directory of it first: imgtool import, or imgtool restore"
            }
            Self::Exists(_) => "name a directory that is not there yet: it is made",
        };
        Some(advice.to_owned())
    }
}

/// Writes lists and script into a new directory, the script last; where it is comes
/// back.
pub(super) fn write(
    work: &Work,
    dir: &Path,
    arguments: &Sync,
    session: &Session,
) -> Result<PathBuf, Failure> {
    let (from, opened) = &work.source;
    if !matches!(opened, Opened::Live(_)) {
        return Err(EmitError::NoDirectory {
            source: show(from).to_string(),
            what: opened.word(),
        }
        .into());
    }
    let passes = Passes::of(&work.plan);
    warn(&passes, session);
    let ends = ends(work, arguments)?;
    let parent = create(dir)?;
    let files = script(&passes, &ends);
    let written = files.iter().try_for_each(|(name, bytes)| {
        let path = dir.join(name);
        let mut file = OutputFile::create(&path)?;
        let written = file.write_all(bytes);
        written.map_err(|error| SysError::new("write", &path, error))?;
        Ok(file.publish()?)
    });
    if let Err(error) = written {
        discard(&parent, dir, files.iter().map(|(name, _)| name.as_ref()));
        return Err(error);
    }
    Ok(dir.join(SCRIPT))
}

/// Removes what was made of the lists, if that can be done.
fn discard<'n>(parent: &Dir, dir: &Path, names: impl Iterator<Item = &'n str>) {
    let name = dir.file_name().unwrap_or_default().as_bytes();
    if let Ok(lists) = parent.directory(name) {
        for name in names {
            let _ = lists.unlink(name.as_bytes());
        }
    }
    let _ = parent.remove_directory(name);
}

/// Tells where rsync cannot do the same.
fn warn(passes: &Passes, session: &Session) {
    for misfit in passes.misfits.iter().take(SHOWN) {
        session.watch.warn(Warning {
            path: misfit.path.clone(),
            message: format!("rsync cannot do the same: {}", misfit.message()),
        });
    }
    if let Some(more) = passes.misfits.len().checked_sub(SHOWN + 1) {
        session.watch.warn(Warning {
            path: ImagePath::root(),
            message: format!("rsync cannot do the same with {} names more", more + 1),
        });
    }
}

fn ends(work: &Work, arguments: &Sync) -> Result<Ends, Failure> {
    let bytes = |path: &Path| path.as_os_str().as_bytes().to_vec();
    let (to, opened) = &work.target;
    let node = named_node(to)?;
    let target = match (&node, opened) {
        (Some(node), _) => Some(node.rsync_name()),
        (None, Opened::Live(_)) => Some(bytes(&whole(to))),
        // A file tells what the tree is, not where.
        (None, _) => None,
    };
    let variable = std::env::var_os("IMGTOOL_SSH").filter(|value| !value.is_empty());
    let rsh = arguments.rsh.clone().or(variable);
    let port = node.as_ref().and_then(libimage::node::Node::port);
    let rsh = match (rsh, port) {
        (rsh, Some(port)) => {
            let mut rsh = rsh.unwrap_or_else(|| OsString::from("ssh"));
            rsh.push(format!(" -p {port}"));
            Some(rsh)
        }
        (rsh, None) => rsh,
    };
    Ok(Ends {
        source: bytes(&whole(&work.source.0)),
        target,
        rsh: rsh.map(OsString::into_vec),
    })
}

/// Makes the directory, which must be new; the one that it is in comes back.
fn create(dir: &Path) -> Result<Arc<Dir>, Failure> {
    let whole = whole(dir);
    let exists = || EmitError::Exists(dir.to_owned());
    let (Some(parent), Some(name)) = (whole.parent(), whole.file_name()) else {
        return Err(exists().into());
    };
    let parent = Root::open(parent, Mounts::Stay)?.top().clone();
    match parent.create_directory(name.as_bytes()) {
        Err(error) if error.source.kind() == io::ErrorKind::AlreadyExists => Err(exists().into()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(parent),
    }
}
