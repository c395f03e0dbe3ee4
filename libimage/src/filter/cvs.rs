//! [`CvsNames`]: the names that CVS ignores, as texts for rules.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::FilterError;
use super::parse::Inherited;
use super::rule::{Action, Origin};
use super::text::texts;
use crate::error::SysError;

/// Names that are no part of a project, as rsync(1) lists them under
/// `--cvs-exclude`.
const BUILT_IN: &[u8] = b"\
    RCS SCCS CVS CVS.adm RCSLOG cvslog.* tags TAGS .make.state .nse_depinfo *~ #* .#* ,* _$* *$ \
    *.old *.bak *.BAK *.orig *.rej .del-* *.a *.olb *.o *.obj *.so *.exe *.Z *.elc *.ln core \
    .svn/ .git/ .hg/ .bzr/";

/// The option, and the rule, that asks for them.
pub(super) const OPTION: Origin = Origin::Option("-C");

/// The names that a user has CVS ignore besides those that it ignores by
/// itself; what both texts hold is divided by blanks.
#[derive(Debug, Default)]
pub struct CvsNames {
    /// The file for that, as messages call it, `$HOME/.cvsignore`, and what is
    /// in it; what went wrong in reading it counts once a rule needs it.
    pub file: Option<(PathBuf, io::Result<Vec<u8>>)>,
    /// What the variable `CVSIGNORE` holds.
    pub variable: Vec<u8>,
}

/// How the names are to be taken, which is what the first rule says that asks
/// for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) action: Action,
    pub(super) negated: bool,
    pub(super) inherited: Inherited,
}

impl Form {
    /// A plain `-C`.
    pub(super) const PLAIN: Self = Self {
        action: Action::Exclude,
        negated: false,
        inherited: Inherited {
            sides: None,
            absolute: false,
            perishable: false,
            directories: false,
        },
    };

    /// The form that names from a place have: those that are built in do not
    /// keep a directory that is deleted.
    pub(super) fn of_names_from(mut self, origin: &Origin) -> Self {
        self.inherited.perishable |= *origin == OPTION;
        self
    }
}

impl CvsNames {
    /// All patterns, in their order; a lone `!` voids those before it.
    ///
    /// # Errors
    ///
    /// A [`FilterError`], if the user's file is there and cannot be read.
    pub(super) fn patterns(&self) -> Result<Vec<(Origin, &[u8])>, FilterError> {
        let mut patterns: Vec<(Origin, &[u8])> =
            words(BUILT_IN).map(|(_, word)| (OPTION, word)).collect();
        if let Some((path, content)) = &self.file
            && let Some(content) = read(path, content)?
        {
            let path: Arc<Path> = path.as_path().into();
            patterns.extend(words(content).map(|(line, word)| {
                let path = path.clone();
                (Origin::File { path, line }, word)
            }));
        }
        let variable = words(&self.variable);
        patterns.extend(variable.map(|(_, word)| (Origin::Option("CVSIGNORE"), word)));
        Ok(patterns)
    }
}

/// The words of a text that are not empty, each with the number of its line.
fn words(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    texts(text, true).filter(|(_, word)| !word.is_empty())
}

/// What is in a file that need not be there.
fn read<'a>(
    path: &Path,
    content: &'a io::Result<Vec<u8>>,
) -> Result<Option<&'a [u8]>, FilterError> {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    match content {
        Ok(content) => Ok(Some(content)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory | IsADirectory) => Ok(None),
        Err(error) => {
            let source = error.raw_os_error().map_or_else(
                || io::Error::new(error.kind(), error.to_string()),
                io::Error::from_raw_os_error,
            );
            Err(FilterError::File {
                origin: OPTION,
                source: SysError::new("read the names that CVS ignores in", path, source),
            })
        }
    }
}
