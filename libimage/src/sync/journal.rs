//! The journal: the plan that is being carried out, beside its tree.

use std::io::{BufReader, BufWriter};

use rustix::io::Errno;

use super::error::SyncError;
use crate::error::{SysError, show};
use crate::plan::{self, Plan};
use crate::root::Dir;
use crate::writer::{Destination, JOURNAL};

/// Its name in the private directory.
pub(super) fn name(destination: &Destination) -> Vec<u8> {
    destination.private_name(JOURNAL)
}

/// Writes it, whole and durable.
pub(super) fn write(
    private: &Dir,
    destination: &Destination,
    plan: &Plan,
) -> Result<(), SyncError> {
    let partial = destination.private_name(".journal-new");
    unlink(private, &partial)?;
    let file = private.create_file(&partial)?;
    plan.write(BufWriter::with_capacity(1 << 17, &file))
        .map_err(|error| SysError::new("write", private.shown(&partial), error))?;
    file.sync()?;
    private.rename_over(&partial, private, &name(destination))?;
    Ok(private.sync()?)
}

/// Reads it, if there is one.
pub(super) fn read(private: &Dir, destination: &Destination) -> Result<Option<Plan>, SyncError> {
    let name = name(destination);
    let file = match private.file(&name) {
        Ok(file) => file,
        Err(error) if error.is(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let label = show(&private.shown(&name)).to_string();
    // One that is damaged is no plan that anybody could have.
    Ok(plan::read(BufReader::new(file), &label).ok())
}

/// Removes it. If a power cut brings it back, the next sync finds all done.
pub(super) fn remove(private: &Dir, destination: &Destination) -> Result<(), SysError> {
    unlink(private, &destination.private_name(".journal-new"))?;
    unlink(private, &name(destination))
}

/// Removes a name, if it is there.
pub(super) fn unlink(private: &Dir, name: &[u8]) -> Result<(), SysError> {
    match private.unlink(name) {
        Err(error) if error.is(Errno::NOENT) => Ok(()),
        answer => answer,
    }
}
