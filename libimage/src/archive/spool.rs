//! [`spool`]: an archive's unpacked bytes, put down to be read in any order.

use std::io::{Read, Write};
use std::path::Path;

use super::error::ArchiveError;
use super::limits::Limits;
use super::proof::Proof;
use super::stream::{Stream, StreamError};
use crate::error::SysError;
use crate::monitor::{self, Cancelled, Monitor, Phase};
use crate::sys::section::Section;

/// Unpacks all of `input` into a file without a name in `directory`, which is
/// gone with the last that reads it.
///
/// # Errors
///
/// A [`SysError`] if there is no room, an [`ArchiveError`] if the input cannot
/// be unpacked or is over a limit, or [`Cancelled`].
pub(crate) fn spool<E>(
    input: Box<dyn Read + Send>,
    label: &str,
    length: Option<u64>,
    directory: &Path,
    limits: &Limits,
    monitor: &dyn Monitor,
) -> Result<Section, E>
where
    E: From<ArchiveError> + From<Cancelled> + From<SysError>,
{
    let failed = |error| SysError::new("write a temporary file in", directory, error);
    let fault = |error| match error {
        StreamError::Io(error) => SysError::new("read", label, error).into(),
        StreamError::Truncated => ArchiveError::Truncated {
            archive: label.to_owned(),
            after: None,
        },
        StreamError::Fault(fault) => fault.at(label, None),
        StreamError::Format(error) => ArchiveError::Backup(error),
    };
    monitor.begin(Phase::Read, length);
    let mut file = tempfile::tempfile_in(directory).map_err(failed)?;
    let mut stream = Stream::open(input, limits, Proof::None).map_err(fault)?;
    let (mut unpacked, mut read) = (0, 0);
    while let Some(piece) = stream.next().map_err(fault)? {
        monitor::check(monitor)?;
        unpacked += piece.len() as u64;
        limits
            .check_unpacked(unpacked, stream.consumed())
            .map_err(|fault| fault.at(label, None))?;
        file.write_all(&piece).map_err(failed)?;
        monitor.advance(0, stream.consumed() - read);
        read = stream.consumed();
    }
    Ok(Section::whole(file).map_err(failed)?)
}
