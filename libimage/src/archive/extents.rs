//! [`Extents`]: a file's stored data laid out as data and holes.

use super::sparse::SparseMap;

/// A run of a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent<'a> {
    /// So many bytes that were never written.
    Hole(u64),
    /// Bytes as they are.
    Data(&'a [u8]),
}

/// Turns the stored data of a file, fed in pieces, into its extents in order.
#[derive(Debug)]
pub struct Extents {
    map: Option<SparseMap>,
    /// The region that comes next or is being filled.
    region: usize,
    /// How much of that region has been filled.
    filled: u64,
    position: u64,
    size: u64,
}

impl Extents {
    /// Of a file of `size` bytes, all data unless there is a map.
    pub fn new(size: u64, map: Option<SparseMap>) -> Self {
        Self {
            map,
            region: 0,
            filled: 0,
            position: 0,
            size,
        }
    }

    /// Feeds the next piece of stored data.
    ///
    /// # Errors
    ///
    /// What `put` answered first.
    pub fn feed<E>(
        &mut self,
        mut bytes: &[u8],
        mut put: impl FnMut(Extent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(map) = &self.map else {
            self.position += bytes.len() as u64;
            return put(Extent::Data(bytes));
        };
        while !bytes.is_empty() {
            let Some(region) = map.regions().get(self.region) else {
                // More than the map has room for: the length will not be right.
                self.position += bytes.len() as u64;
                return put(Extent::Data(bytes));
            };
            if region.offset > self.position {
                put(Extent::Hole(region.offset - self.position))?;
                self.position = region.offset;
            }
            let room = region.length - self.filled;
            let take = usize::try_from(room).map_or(bytes.len(), |room| room.min(bytes.len()));
            let (now, later) = bytes.split_at(take);
            if !now.is_empty() {
                put(Extent::Data(now))?;
            }
            self.position += take as u64;
            self.filled += take as u64;
            if self.filled == region.length {
                self.region += 1;
                self.filled = 0;
            }
            bytes = later;
        }
        Ok(())
    }

    /// The hole at the end, if all the data has come.
    ///
    /// # Errors
    ///
    /// What `put` answered.
    pub fn end<E>(&mut self, put: impl FnOnce(Extent<'_>) -> Result<(), E>) -> Result<(), E> {
        if self.map.is_some() && self.position < self.size {
            let hole = self.size - self.position;
            self.position = self.size;
            return put(Extent::Hole(hole));
        }
        Ok(())
    }
}
