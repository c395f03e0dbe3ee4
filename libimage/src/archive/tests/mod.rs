//! The reader as a whole, on archives made byte by byte.

mod damage;
mod hostile;
mod roundtrip;

use std::io::Cursor;

use super::{ArchiveError, ArchiveReader, ArchiveSummary, Limits, Member};

fn open(archive: &[u8], limits: Limits) -> Result<ArchiveReader, ArchiveError> {
    let input = Box::new(Cursor::new(archive.to_vec()));
    ArchiveReader::new(input, "a.tar".to_owned(), limits)
}

/// All members with their data.
type Content = Vec<(Member, Vec<u8>)>;

fn read(archive: &[u8], limits: Limits) -> Result<(Content, ArchiveSummary), ArchiveError> {
    let mut reader = open(archive, limits)?;
    let mut content = Vec::new();
    while let Some(member) = reader.next()? {
        let mut data = Vec::new();
        while let Some(slice) = reader.data()? {
            data.extend_from_slice(&slice);
        }
        content.push((member, data));
    }
    Ok((content, reader.finish()?))
}
