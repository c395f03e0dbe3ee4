//! [`to_file`]: a backup in a file that is whole or absent.

use std::path::Path;

use rustix::io::Errno;

use super::{BackupError, Exists, Inside, Options, Outcome, backup};
use crate::error::SysError;
use crate::monitor::Monitor;
use crate::output::OutputFile;

/// Writes a backup of the tree at `path` to the file `file`, which only its
/// owner may read: there are passwords in it.
///
/// # Errors
///
/// A [`BackupError`]: [`Exists`] if there is such a file and not `replace`. What
/// was there is as it was then.
pub fn to_file(
    path: &Path,
    file: &Path,
    replace: bool,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, BackupError> {
    let exists = |error: SysError| match error {
        error if error.is(Errno::EXIST) => BackupError::Exists(Exists {
            path: file.to_owned(),
        }),
        error => BackupError::Write(error),
    };
    let out = OutputFile::secret(file, replace).map_err(exists)?;
    if out.is_beneath(path)? {
        return Err(BackupError::Inside(Inside {
            path: file.to_owned(),
        }));
    }
    let done = match backup(path, out, options, monitor) {
        Ok((out, outcome)) => out.publish().map(|()| outcome).map_err(exists),
        Err(error) => Err(error),
    };
    done.map_err(|error| error.at(file.to_owned()))
}
