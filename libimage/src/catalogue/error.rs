//! [`CatalogueError`]: why nothing can be said or done about backups in sum.

use crate::backup::BackupError;
use crate::diff::DiffError;
use crate::error::{SysError, transparent};
use crate::monitor::Cancelled;

/// Why nothing can be said or done about all backups in a store. What is wrong
/// with one of them is no such error.
#[derive(Debug)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The store cannot be read or written.
    Store(SysError),
    /// A backup could not be made.
    Backup(BackupError),
    /// Two backups could not be compared.
    Diff(DiffError),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(CatalogueError {
    Store(SysError),
    Backup(BackupError),
    Diff(DiffError),
    Cancelled(Cancelled),
});
