//! [`Twins`]: whether an overwrite brings what is there already.

use std::io::{self, ErrorKind, Read};

use super::finder::Finder;
use crate::diff::{Change, Difference};
use crate::entry::Kind;
use crate::monitor::{self, Monitor};
use crate::tree::{Tree, TreeError};

/// Content read of either side, at most: as much as takes a second.
const MOST_BYTES: u64 = 256 << 20;

/// Files read, at most.
const MOST_FILES: u32 = 10_000;

/// Compares files of equal size that a sync by size and mtime would send.
///
/// Of what is beyond its bounds, or cannot be read, nobody knows.
pub(super) struct Twins<'t> {
    trees: [&'t dyn Tree; 2],
    source: Finder<'t>,
    target: Finder<'t>,
    monitor: &'t dyn Monitor,
    bytes: u64,
    files: u32,
}

impl<'t> Twins<'t> {
    pub(super) fn new(
        source: &'t dyn Tree,
        target: &'t dyn Tree,
        monitor: &'t dyn Monitor,
    ) -> Self {
        Self {
            trees: [source, target],
            source: Finder::new(source),
            target: Finder::new(target),
            monitor,
            bytes: MOST_BYTES,
            files: MOST_FILES,
        }
    }

    /// Has what is elsewhere brought here of what will be compared.
    pub(super) fn fetch<'c>(
        &self,
        changes: impl Iterator<Item = &'c Change>,
    ) -> Result<(), TreeError> {
        if self.trees.iter().all(|tree| tree.fetch().is_none()) {
            return Ok(());
        }
        let mut room = self.bytes;
        let fits = |change: &&Change| {
            let rest = compared(change).and_then(|size| room.checked_sub(size));
            room = rest.unwrap_or(room);
            rest.is_some()
        };
        let files: Vec<_> = changes
            .filter(fits)
            .take(self.files as usize)
            .map(|change| change.path.clone())
            .collect();
        let mut elsewhere = self.trees.iter().filter_map(|tree| tree.fetch());
        elsewhere.try_for_each(|tree| tree.fetch(&files, self.monitor))
    }

    /// Whether both sides of a change have the same content, or are symlinks
    /// with the same target; nothing where nobody knows.
    pub(super) fn are_same(&mut self, change: &Change) -> Result<Option<bool>, TreeError> {
        let Some(detail) = &change.detail else {
            return Ok(Some(false));
        };
        if !matches!(change.kind, Kind::File { .. }) {
            return Ok(Some(change.kind == detail.target_kind));
        }
        let Some(size) = compared(change) else {
            return Ok(Some(false));
        };
        let Some(bytes) = self.bytes.checked_sub(size).filter(|_| self.files > 0) else {
            return Ok(None);
        };
        self.files -= 1;
        self.bytes = bytes;
        monitor::check(self.monitor)?;
        let name = change.path.file_name().unwrap_or_default();
        let mut open = |target: bool| {
            let finder = if target {
                &mut self.target
            } else {
                &mut self.source
            };
            let parent = finder.parent(&change.path)?;
            parent.map(|parent| parent.open(name)).transpose()
        };
        let (mut one, mut two) = match (open(false), open(true)) {
            (Ok(Some(one)), Ok(Some(two))) => (one, two),
            (Err(TreeError::Cancelled), _) | (_, Err(TreeError::Cancelled)) => {
                return Err(TreeError::Cancelled);
            }
            _ => return Ok(None),
        };
        Ok(equal(&mut one, &mut two, size).unwrap_or(None))
    }
}

/// The size of a changed file of which nobody knows whether its content is the
/// same.
fn compared(change: &Change) -> Option<u64> {
    let differs = [Difference::Size, Difference::Content];
    let is_known = differs.iter().any(|one| change.differences.contains(*one));
    match change.kind {
        Kind::File { size } if !is_known && change.detail.is_some() => Some(size),
        _ => None,
    }
}

/// Whether both have the same bytes, so many of them; nothing where one has
/// another number of them.
fn equal(one: &mut dyn Read, two: &mut dyn Read, size: u64) -> io::Result<Option<bool>> {
    let mut buffers = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut left = size;
    loop {
        let counts = (fill(one, &mut buffers.0)?, fill(two, &mut buffers.1)?);
        let shorter = counts.0.min(counts.1);
        if buffers.0[..shorter] != buffers.1[..shorter] {
            return Ok(Some(false));
        }
        if counts.0 != counts.1 {
            return Ok(None);
        }
        match left.checked_sub(counts.0 as u64) {
            // Both end here, where they should.
            Some(0) if counts.0 == 0 => return Ok(Some(true)),
            Some(rest) if counts.0 > 0 => left = rest,
            _ => return Ok(None),
        }
    }
}

/// Reads until the buffer is full or nothing more comes.
fn fill(file: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_bytes_of_the_right_number_are_equal() {
        let long = vec![7; 200_000];
        let mut other = long.clone();
        other[150_000] = 8;
        for (one, two, size, expected) in [
            (&b""[..], &b""[..], 0, Some(true)),
            (b"abc", b"abc", 3, Some(true)),
            (b"abc", b"abd", 3, Some(false)),
            // The beginning of a file, as an archive's tree has it.
            (b"abc", b"ab", 3, None),
            (b"abc", b"bb", 3, Some(false)),
            (b"abc", b"abc", 4, None),
            (b"abc", b"abc", 2, None),
            (&long, &long, 200_000, Some(true)),
            (&long, &other, 200_000, Some(false)),
        ] {
            let found = equal(&mut { one }, &mut { two }, size);
            assert_eq!(found.expect("memory is read"), expected, "{size}");
        }
    }
}
