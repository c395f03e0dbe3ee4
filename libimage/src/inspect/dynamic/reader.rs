//! [`Reader`]: small pieces of a file, in the byte order of its numbers.

use super::DynamicError;
use crate::inspect::{Class, ElfIdentity, Endian};
use crate::tree::ReadAt;

/// Bytes of a name or of a search path.
const MOST_STRING: usize = 4096;

/// Bytes of all names of a file together, which hundreds of files at once may
/// be known by: several entries can mean the same bytes, so that a small file
/// has many. Real files have a few KiB.
const MOST_NAMES: usize = 128 * 1024;

/// Bytes read at once.
const BLOCK: usize = 4096;

/// Blocks kept: those of the headers, the dynamic section, its strings and its
/// versions lie apart.
const BLOCKS: usize = 8;

/// An offset behind another.
pub(super) fn sum(one: u64, other: u64) -> Result<u64, DynamicError> {
    one.checked_add(other).ok_or(DynamicError::Malformed(
        "an offset in it is beyond all files",
    ))
}

/// Reads small pieces of a file, in the byte order of its numbers.
pub(super) struct Reader<'f> {
    file: &'f dyn ReadAt,
    class: Class,
    data: Endian,
    /// The blocks read last, by number, the latest at the end.
    blocks: Vec<(u64, Vec<u8>)>,
    /// Bytes of names so far.
    names: usize,
}

impl<'f> Reader<'f> {
    pub(super) fn new(file: &'f dyn ReadAt, identity: &ElfIdentity) -> Self {
        Self {
            file,
            class: identity.class,
            data: identity.data,
            blocks: Vec::with_capacity(BLOCKS),
            names: 0,
        }
    }

    pub(super) fn is_wide(&self) -> bool {
        self.class == Class::Elf64
    }

    /// The bytes from `offset` to the end of its block or of the file.
    fn rest_of_block(&mut self, offset: u64) -> Result<&[u8], DynamicError> {
        let number = offset / BLOCK as u64;
        let known = self.blocks.iter().position(|(one, _)| *one == number);
        let at = if let Some(at) = known {
            at
        } else {
            let mut block = if self.blocks.len() < BLOCKS {
                Vec::new()
            } else {
                self.blocks.remove(0).1
            };
            block.resize(BLOCK, 0);
            let read = self.file.read_at(&mut block, number * BLOCK as u64)?;
            block.truncate(read);
            self.blocks.push((number, block));
            self.blocks.len() - 1
        };
        let within = usize::try_from(offset % BLOCK as u64).expect("less than a block");
        Ok(self.blocks[at].1.get(within..).unwrap_or_default())
    }

    fn array<const N: usize>(&mut self, offset: u64) -> Result<[u8; N], DynamicError> {
        let mut bytes = [0; N];
        let mut filled = 0;
        while filled < N {
            let rest = self.rest_of_block(sum(offset, filled as u64)?)?;
            if rest.is_empty() {
                return Err(DynamicError::Malformed("it ends inside what it announces"));
            }
            let length = rest.len().min(N - filled);
            bytes[filled..filled + length].copy_from_slice(&rest[..length]);
            filled += length;
        }
        Ok(bytes)
    }

    pub(super) fn half(&mut self, offset: u64) -> Result<u16, DynamicError> {
        let bytes = self.array(offset)?;
        Ok(match self.data {
            Endian::Little => u16::from_le_bytes(bytes),
            Endian::Big => u16::from_be_bytes(bytes),
        })
    }

    pub(super) fn int(&mut self, offset: u64) -> Result<u32, DynamicError> {
        let bytes = self.array(offset)?;
        Ok(match self.data {
            Endian::Little => u32::from_le_bytes(bytes),
            Endian::Big => u32::from_be_bytes(bytes),
        })
    }

    /// A number of the class's own size.
    pub(super) fn word(&mut self, offset: u64) -> Result<u64, DynamicError> {
        if !self.is_wide() {
            return self.int(offset).map(u64::from);
        }
        let bytes = self.array(offset)?;
        Ok(match self.data {
            Endian::Little => u64::from_le_bytes(bytes),
            Endian::Big => u64::from_be_bytes(bytes),
        })
    }

    /// Counts the bytes of a name that is to be kept.
    pub(super) fn count_names(&mut self, length: usize) -> Result<(), DynamicError> {
        self.names += length;
        if self.names > MOST_NAMES {
            return Err(DynamicError::Malformed("it has too many names"));
        }
        Ok(())
    }

    /// The bytes up to a zero, which comes within `most`.
    pub(super) fn string(&mut self, offset: u64, most: usize) -> Result<Box<[u8]>, DynamicError> {
        let most = most.min(MOST_STRING);
        let mut string = Vec::new();
        while string.len() < most {
            let rest = self.rest_of_block(sum(offset, string.len() as u64)?)?;
            if rest.is_empty() {
                break;
            }
            let rest = &rest[..rest.len().min(most - string.len())];
            if let Some(end) = rest.iter().position(|&byte| byte == 0) {
                string.extend_from_slice(&rest[..end]);
                self.count_names(string.len())?;
                return Ok(string.into());
            }
            string.extend_from_slice(rest);
        }
        Err(DynamicError::Malformed("a name in it has no end"))
    }
}
