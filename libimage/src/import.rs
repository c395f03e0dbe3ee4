//! [`import`]: an archive becomes a published tree, whole and proven.
//!
//! One pass over the archive: while one thread reads and another unpacks,
//! members are placed and files are written on several threads, each file's
//! bytes being hashed and its ELF header taken on the way. The tree is written
//! aside; the rules judge it there; it takes its name only if they hold.

mod content;
mod error;
mod origin;

pub use error::{ImportError, NotAsDemanded};
pub use origin::Origin;

use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::archive::{
    ArchiveReader, ArchiveSummary, FileData, Layout, Limits, Member, MemberKind, Replaced, Sink,
    unpack,
};
use crate::entry::Kind;
use crate::error::SysError;
use crate::inspect::{self, Census, Facts};
use crate::manifest::{self, Summary};
use crate::monitor::{Monitor, Phase, Warning};
use crate::path::ImagePath;
use crate::root::{Mounts, Root};
use crate::rules::{Demand, Finding, Severity, judge};
use crate::sys;
use crate::tree::{LiveTree, RecordId, RecordedTree, Records, Tree as _, TreeError, Want, resolve};
use crate::verify;
use crate::writer::{
    Destination, LeftOut, Observe, Privilege, Sidecar, Staging, TreeWriter, write_tree,
};
use content::SliceContent;

/// What an import shall do, besides from where and to where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What must hold, or nothing is published.
    pub demand: Demand,
    /// Whether a tree that stands at the destination is swapped out.
    pub replace: bool,
    /// How large an archive may be, in every respect.
    pub limits: Limits,
    /// Threads that write files, besides those that read and unpack.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            demand: Demand::default(),
            replace: false,
            limits: Limits::default(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// The archive to import.
pub struct Source {
    /// Its bytes.
    pub input: Box<dyn Read + Send>,
    /// What the user calls it, `-` for standard input.
    pub name: String,
    /// Its length in bytes where that is known, to show progress against.
    pub length: Option<u64>,
}

impl Source {
    /// Opens an archive file.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, SysError> {
        let (file, length) =
            sys::host::open(path).map_err(|error| SysError::new("open archive", path, error))?;
        Ok(Self {
            input: Box::new(file),
            name: path.to_string_lossy().into_owned(),
            length: Some(length),
        })
    }

    /// Opens an archive file whose bytes go through `wrap`, such as a reader
    /// that can be woken while a pipe is silent.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be opened.
    pub fn open_with(
        path: &Path,
        wrap: impl FnOnce(OwnedFd) -> Box<dyn Read + Send>,
    ) -> Result<Self, SysError> {
        let (file, length) =
            sys::host::open(path).map_err(|error| SysError::new("open archive", path, error))?;
        Ok(Self {
            input: wrap(file.into()),
            name: path.to_string_lossy().into_owned(),
            // That of a pipe is not known, and zero is what the system says.
            length: (length > 0).then_some(length),
        })
    }

    /// Standard input.
    pub fn standard_input() -> Self {
        Self {
            input: Box::new(std::io::stdin()),
            name: "-".to_owned(),
            length: None,
        }
    }
}

/// What an import did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Where the tree stands.
    pub path: PathBuf,
    /// The archive: its digest, its length, how many members.
    pub archive: ArchiveSummary,
    /// The tree: its digest, entries and bytes.
    pub tree: Summary,
    /// What the tree is.
    pub facts: Facts,
    /// What the rules found, none of it an error.
    pub findings: Vec<Finding>,
    /// What was left out for want of privilege.
    pub left_out: LeftOut,
    /// Whether a former tree was replaced.
    pub replaced: bool,
    /// Where the former tree still is, if it could not be removed whole.
    pub left_behind: Option<PathBuf>,
}

/// Imports `source` as the tree at `destination`.
///
/// # Errors
///
/// An [`ImportError`]; the destination is as it was then, and nothing is left
/// beside it, but for [`WriteError::NotFinished`](crate::writer::WriteError::NotFinished),
/// which says so.
pub fn import(
    source: Source,
    destination: &Destination,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, ImportError> {
    destination.check(options.replace)?;
    let reader = ArchiveReader::new(source.input, source.name.clone(), options.limits.clone())?;
    let mut staging = Staging::begin(destination, monitor)?;
    let privilege = Privilege::of_this_process();
    let census = Taker::default();
    let mut layout = Layout::new(
        source.name.clone(),
        privilege.default_owner(),
        options.limits.clone(),
    );

    monitor.begin(Phase::Import, source.length);
    let (unpacked, made) = write_tree(&mut staging, options.threads, &census, |writer| {
        let mut disk = Disk {
            writer,
            privilege,
            made: Made::default(),
        };
        let unpacked = unpack(reader, &mut layout, &mut disk, monitor)?;
        let Disk { writer, made, .. } = disk;
        writer.amend(layout.records_mut(), &unpacked.amended)?;
        writer.finish(layout.records_mut(), monitor)?;
        Ok::<_, ImportError>((unpacked, made))
    })?;
    let left_out = made.left_out;
    warn_about(&left_out, unpacked.absolute, monitor);

    let staged = Root::open(&staging.path(), Mounts::Stay).map_err(TreeError::from)?;
    let staged = LiveTree::new(staged, Want::NoXattrs, source.name.clone());
    let census = census.complete(&made, &staged, layout.records(), options.threads, monitor)?;
    let (facts, findings) = prove(&staged, census, options, monitor)?;
    let records = RecordedTree::new(layout.into_records(), source.name.clone());
    let tree = staging.sidecar(Sidecar::Manifest, |out| {
        manifest::build(&records, out, 1, monitor).map_err(ImportError::Manifest)
    })?;
    let origin = Origin::new(&source.name, &unpacked.summary, &tree, &staging)?;
    staging.sidecar(Sidecar::Origin, |out| origin.write(out))?;
    let published = staging.publish(options.replace, monitor)?;
    Ok(Outcome {
        path: destination.path().to_owned(),
        archive: unpacked.summary,
        tree,
        facts,
        findings,
        left_out,
        replaced: published.replaced,
        left_behind: published.left_behind,
    })
}

/// Puts the facts of the staged tree together and has the rules judge them.
fn prove(
    staged: &LiveTree,
    census: Census,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<(Facts, Vec<Finding>), ImportError> {
    let facts = Facts::of_tree_metadata(staged, census, monitor)?;
    let (_, findings) = judge(&facts, &options.demand);
    let demanded = options.demand != Demand::default();
    if demanded
        && findings
            .iter()
            .any(|finding| finding.severity() == Severity::Error)
    {
        return Err(ImportError::from(NotAsDemanded {
            archive: staged.label(),
            findings,
        }));
    }
    Ok((facts, findings))
}

/// Says once, with counts, what is not in the tree as it was in the archive.
fn warn_about(left_out: &LeftOut, absolute: u64, monitor: &dyn Monitor) {
    let warn = |count: u64, message: String| {
        if count > 0 {
            monitor.warn(Warning {
                path: ImagePath::root(),
                message,
            });
        }
    };
    warn(
        absolute,
        format!("leading `/` removed from {absolute} member names"),
    );
    let LeftOut {
        owners,
        devices,
        xattrs,
    } = *left_out;
    warn(
        owners,
        format!(
            "{owners} entries belong to you instead of their owner: only root can give files away"
        ),
    );
    warn(
        devices,
        format!("{devices} device nodes left out: only root can make them"),
    );
    warn(
        xattrs,
        format!(
            "{xattrs} extended attributes (trusted, security) left out: only root can set them"
        ),
    );
}

/// Takes the census while files are written.
#[derive(Default)]
struct Taker(Mutex<Census>);

impl Observe for Taker {
    fn file(&self, path: &ImagePath, head: &[u8]) {
        if head.starts_with(inspect::MAGIC) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .record(path, head);
        }
    }
}

impl Taker {
    /// The census of the tree as it is now. The further names of hard links
    /// were not written and are counted here; where a member took another's
    /// place, which is rare, the census is taken anew.
    fn complete(
        self,
        made: &Made,
        staged: &LiveTree,
        records: &Records,
        threads: usize,
        monitor: &dyn Monitor,
    ) -> Result<Census, TreeError> {
        if made.replaced > 0 {
            return verify::census(staged, threads, monitor);
        }
        let mut census = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for &id in &made.links {
            let path = records.path(id);
            if records.symlink_target(id).is_none()
                && let Some(found) = resolve(staged, path.as_bytes())?
            {
                verify::look(&*found.parent, &found.entry)?.note(&path, &mut census);
            }
        }
        Ok(census)
    }
}

/// What there is to know about a tree once it is made.
#[derive(Default)]
struct Made {
    left_out: LeftOut,
    /// Further names of entries.
    links: Vec<RecordId>,
    /// Members whose place a later one took.
    replaced: u64,
}

/// Makes on disk what the archive describes, as far as this process may.
struct Disk<'w, 'a, 'd> {
    writer: &'w mut TreeWriter<'a, 'd>,
    privilege: Privilege,
    made: Made,
}

impl Sink for Disk<'_, '_, '_> {
    type Error = ImportError;

    fn admit(&mut self, member: &mut Member) -> bool {
        let device = match member.kind {
            MemberKind::CharDevice(number) => Some(Kind::CharDevice(number)),
            MemberKind::BlockDevice(number) => Some(Kind::BlockDevice(number)),
            _ => None,
        };
        if device.is_some_and(|kind| !self.privilege.can_make(&kind)) {
            self.made.left_out.devices += 1;
            return false;
        }
        if !matches!(member.kind, MemberKind::HardLink { .. }) {
            self.privilege
                .adapt(&mut member.metadata, &mut self.made.left_out);
        }
        true
    }

    fn remove(&mut self, records: &mut Records, replaced: Replaced) -> Result<(), ImportError> {
        self.made.replaced += 1;
        Ok(self
            .writer
            .remove(records, replaced.id, replaced.directory)?)
    }

    fn directory(&mut self, records: &Records, id: RecordId) -> Result<(), ImportError> {
        Ok(self.writer.directory(records, id)?)
    }

    fn special(&mut self, records: &Records, id: RecordId) -> Result<(), ImportError> {
        Ok(self.writer.special(records, id)?)
    }

    fn hard_link(&mut self, id: RecordId, target: RecordId) {
        self.made.links.push(id);
        self.writer.hard_link(id, target);
    }

    fn file(
        &mut self,
        records: &mut Records,
        id: RecordId,
        size: u64,
        data: FileData<'_>,
    ) -> Result<(), ImportError> {
        SliceContent::hand_over(data, size, |content| {
            self.writer.file(records, id, size, content)
        })
    }
}
