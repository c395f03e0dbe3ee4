//! [`Header`]: the 512-byte block that stands before each member.
//!
//! Offsets and formats are those of POSIX (pax, "ustar Interchange Format")
//! and of tar(5). Numbers are octal text or, since GNU tar and star,
//! big-endian two's complement with the top bit of the first byte set.

use std::ops::Range;

use super::error::Fault;
use crate::entry::DeviceNumber;
use crate::escape::Escaped;

/// Bytes in a block: the header, and what everything is padded to.
pub(super) const BLOCK: usize = 512;

/// One block.
pub(super) type Block = [u8; BLOCK];

pub(super) const NAME: Range<usize> = 0..100;
pub(super) const MODE: Range<usize> = 100..108;
pub(super) const UID: Range<usize> = 108..116;
pub(super) const GID: Range<usize> = 116..124;
pub(super) const SIZE: Range<usize> = 124..136;
pub(super) const MTIME: Range<usize> = 136..148;
pub(super) const CHECKSUM: Range<usize> = 148..156;
pub(super) const TYPE: usize = 156;
pub(super) const LINK_NAME: Range<usize> = 157..257;
pub(super) const MAGIC: Range<usize> = 257..263;
pub(super) const VERSION: Range<usize> = 263..265;
pub(super) const MAJOR: Range<usize> = 329..337;
pub(super) const MINOR: Range<usize> = 337..345;
pub(super) const PREFIX: Range<usize> = 345..500;
const GNU_SPARSE: Range<usize> = 386..482;
const GNU_IS_EXTENDED: usize = 482;
const GNU_REAL_SIZE: Range<usize> = 483..495;
const EXTENSION_SPARSE: Range<usize> = 0..504;
const EXTENSION_IS_EXTENDED: usize = 504;
const SPARSE_ENTRY: usize = 24;

/// Linux has 12 bits for a device's major number and 20 for its minor one
/// (`include/linux/kdev_t.h`).
const MAX_MAJOR: i128 = (1 << 12) - 1;
const MAX_MINOR: i128 = (1 << 20) - 1;

/// What a header introduces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    File,
    GnuSparse,
    HardLink,
    Symlink,
    CharDevice,
    BlockDevice,
    Directory,
    Fifo,
    /// A directory of a GNU incremental archive; its data lists names.
    GnuDump,
    GnuLabel,
    GnuLongName,
    GnuLongLink,
    Pax,
    PaxGlobal,
}

/// A header block whose checksum is right.
pub(super) struct Header(Block);

/// The checksum of a block: its bytes' sum, the checksum's own field taken as
/// spaces. Some old tars summed signed bytes, so both sums are right.
fn sums(block: &Block) -> (i64, i64) {
    let sum = |bytes: &[u8]| -> (i64, i64) {
        bytes.iter().fold((0, 0), |(unsigned, signed), &byte| {
            (
                unsigned + i64::from(byte),
                signed + i64::from(byte.cast_signed()),
            )
        })
    };
    let (all, field) = (sum(block), sum(&block[CHECKSUM]));
    let spaces = i64::from(b' ') * 8;
    (all.0 - field.0 + spaces, all.1 - field.1 + spaces)
}

/// What a block's checksum has to be.
pub(super) fn checksum(block: &Block) -> i64 {
    sums(block).0
}

/// Reads a number field; an empty one is zero. At most 12 bytes.
fn number(field: &[u8]) -> Option<i128> {
    let (&first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        // The field without its top bit, whose next bit is the sign.
        let start = i128::from(first & 0x3f) - i128::from(first & 0x40);
        return Some(
            rest.iter()
                .fold(start, |value, &byte| (value << 8) | i128::from(byte)),
        );
    }
    let digits = field.trim_ascii_start();
    let length = digits
        .iter()
        .position(|byte| !(b'0'..=b'7').contains(byte))
        .unwrap_or(digits.len());
    let (digits, padding) = digits.split_at(length);
    if padding.iter().any(|byte| !matches!(byte, 0 | b' ')) {
        return None;
    }
    Some(
        digits
            .iter()
            .fold(0, |value, &digit| (value << 3) | i128::from(digit - b'0')),
    )
}

/// The bytes before the first NUL, or all.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A user's or group's number, from wherever it comes. 4294967295 is none: to
/// chown(2) it means "do not change".
pub(super) fn id(value: i128, what: &str) -> Result<u32, Fault> {
    u32::try_from(value)
        .ok()
        .filter(|&id| id != u32::MAX)
        .ok_or_else(|| Fault::unsafe_(format!("its {what} {value} is none that Linux has")))
}

/// A file's size, from wherever it comes: at most 2^63 - 1.
pub(super) fn size(value: i128) -> Result<u64, Fault> {
    i64::try_from(value)
        .ok()
        .and_then(|size| u64::try_from(size).ok())
        .ok_or_else(|| Fault::corrupt(format!("its size {value} is none that a file can have")))
}

impl Header {
    /// Takes a block if its checksum is right.
    pub(super) fn new(block: &Block) -> Option<Self> {
        let field = &block[CHECKSUM];
        if !field.iter().any(u8::is_ascii_digit) {
            return None;
        }
        let written = number(field)?;
        let (unsigned, signed) = sums(block);
        (written == i128::from(unsigned) || written == i128::from(signed)).then_some(Self(*block))
    }

    fn number(&self, field: Range<usize>, what: &str) -> Result<i128, Fault> {
        let bytes = &self.0[field];
        number(bytes).ok_or_else(|| {
            Fault::corrupt(format!("its {what} `{}` is not a number", Escaped(bytes)))
        })
    }

    /// What it introduces.
    pub(super) fn kind(&self) -> Result<Type, Fault> {
        Ok(match self.0[TYPE] {
            b'0' | 0 | b'7' => Type::File,
            b'1' => Type::HardLink,
            b'2' => Type::Symlink,
            b'3' => Type::CharDevice,
            b'4' => Type::BlockDevice,
            b'5' => Type::Directory,
            b'6' => Type::Fifo,
            b'D' => Type::GnuDump,
            b'K' => Type::GnuLongLink,
            b'L' => Type::GnuLongName,
            b'S' if self.is_gnu() => Type::GnuSparse,
            b'S' => return Err(Fault::corrupt("it is a sparse file in the form of star")),
            b'V' => Type::GnuLabel,
            // Solaris wrote `X` before POSIX settled on `x`.
            b'x' | b'X' => Type::Pax,
            b'g' => Type::PaxGlobal,
            b'M' => return Err(Fault::corrupt("it continues a file of another volume")),
            other => {
                let shown = [other];
                let shown = Escaped(&shown);
                return Err(Fault::corrupt(format!("its type `{shown}` is unknown")));
            }
        })
    }

    fn is_ustar(&self) -> bool {
        &self.0[MAGIC] == b"ustar\0"
    }

    fn is_gnu(&self) -> bool {
        &self.0[MAGIC] == b"ustar "
    }

    /// The name, with the prefix before it where the format has one.
    pub(super) fn name(&self) -> Vec<u8> {
        let name = text(&self.0[NAME]);
        let prefix = text(&self.0[PREFIX]);
        if self.is_ustar() && !prefix.is_empty() {
            [prefix, b"/", name].concat()
        } else {
            name.to_vec()
        }
    }

    pub(super) fn link_name(&self) -> &[u8] {
        text(&self.0[LINK_NAME])
    }

    /// The permission bits; some old tars wrote the file's type beside them.
    pub(super) fn mode(&self) -> Result<u16, Fault> {
        let mode = self.number(MODE, "mode")? & 0o7777;
        Ok(u16::try_from(mode).expect("twelve bits"))
    }

    pub(super) fn uid(&self) -> Result<u32, Fault> {
        id(self.number(UID, "uid")?, "uid")
    }

    pub(super) fn gid(&self) -> Result<u32, Fault> {
        id(self.number(GID, "gid")?, "gid")
    }

    /// Bytes in the archive after this header, padding excluded.
    pub(super) fn size(&self) -> Result<u64, Fault> {
        size(self.number(SIZE, "size")?)
    }

    /// Seconds since the epoch.
    pub(super) fn mtime(&self) -> Result<i64, Fault> {
        let seconds = self.number(MTIME, "mtime")?;
        i64::try_from(seconds)
            .map_err(|_| Fault::corrupt(format!("its mtime {seconds} is out of range")))
    }

    pub(super) fn device(&self) -> Result<DeviceNumber, Fault> {
        if !self.is_ustar() && !self.is_gnu() {
            return Err(Fault::corrupt("it is a device without device numbers"));
        }
        let (major, minor) = (self.number(MAJOR, "major")?, self.number(MINOR, "minor")?);
        if !(0..=MAX_MAJOR).contains(&major) || !(0..=MAX_MINOR).contains(&minor) {
            return Err(Fault::unsafe_(format!(
                "its device number {major},{minor} is out of range"
            )));
        }
        Ok(DeviceNumber {
            major: u32::try_from(major).expect("in range"),
            minor: u32::try_from(minor).expect("in range"),
        })
    }

    /// For [`Type::GnuSparse`]: the file's size, and the first data regions.
    pub(super) fn gnu_sparse(&self) -> Result<(u64, GnuRegions), Fault> {
        let real_size = size(self.number(GNU_REAL_SIZE, "real size")?)?;
        let regions = GnuRegions {
            pairs: gnu_regions(&self.0[GNU_SPARSE])?,
            extended: self.0[GNU_IS_EXTENDED] != 0,
        };
        Ok((real_size, regions))
    }
}

/// Data regions of an old GNU sparse file, from one block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GnuRegions {
    /// Offsets and lengths.
    pub(super) pairs: Vec<(u64, u64)>,
    /// Whether a block with more of them follows.
    pub(super) extended: bool,
}

impl GnuRegions {
    /// Those of a block that continues a sparse header.
    pub(super) fn from_extension(block: &Block) -> Result<Self, Fault> {
        Ok(Self {
            pairs: gnu_regions(&block[EXTENSION_SPARSE])?,
            extended: block[EXTENSION_IS_EXTENDED] != 0,
        })
    }
}

/// Offsets and lengths; the first empty pair of fields ends them.
fn gnu_regions(fields: &[u8]) -> Result<Vec<(u64, u64)>, Fault> {
    let value = |field: &[u8]| {
        let number = number(field)
            .ok_or_else(|| Fault::corrupt("its sparse map holds something else than numbers"))?;
        size(number)
    };
    fields
        .chunks_exact(SPARSE_ENTRY)
        .take_while(|entry| entry[0] != 0 || entry[12] != 0)
        .map(|entry| {
            let (offset, length) = entry.split_at(12);
            Ok((value(offset)?, value(length)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let cases: &[(&[u8], Option<i128>)] = &[
            (b"0000644\0", Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"644     ", Some(0o644)),
            (b"77777777", Some(0o77_777_777)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"0000648\0", None),
            (b"-000644\0", None),
            (b"+000644\0", None),
            (b"644\x007\0\0\0", None),
            (b"\x80\0\0\0\0\0\x01\0", Some(256)),
            (b"\x80\0\0\0\xff\xff\xff\xfe", Some(4_294_967_294)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff", Some(-1)),
            (
                b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe",
                Some(-2),
            ),
            (b"\xbf\xff\xff\xff\xff\xff\xff\xff", Some((1 << 62) - 1)),
            (b"\xc0\0\0\0\0\0\0\0", Some(-(1 << 62))),
        ];
        for (field, expected) in cases {
            assert_eq!(number(field), *expected, "{}", Escaped(field));
        }
    }

    #[test]
    fn ranges() {
        let ids = [
            (-1, None),
            (0, Some(0)),
            (4_294_967_294, Some(4_294_967_294)),
            (4_294_967_295, None),
            (4_294_967_296, None),
        ];
        for (value, expected) in ids {
            assert_eq!(id(value, "uid").ok(), expected, "{value}");
        }
        let largest = i128::from(i64::MAX);
        for (value, good) in [
            (-1, false),
            (0, true),
            (largest, true),
            (largest + 1, false),
        ] {
            assert_eq!(size(value).is_ok(), good, "{value}");
        }
    }

    fn block(edit: impl Fn(&mut tar::Header)) -> Block {
        let mut header = tar::Header::new_gnu();
        header.set_path("name").expect("short");
        header.set_size(5);
        header.set_mode(0o100_644);
        edit(&mut header);
        header.set_cksum();
        *header.as_bytes()
    }

    #[test]
    fn checksums_signed_and_unsigned() {
        let good = block(|header| header.as_mut_bytes()[0] = 0xff);
        assert!(Header::new(&good).is_some());
        let mut signed = good;
        let sum = sums(&signed).1;
        signed[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert!(Header::new(&signed).is_some());
        for index in [0, 50, 149, 256, 511] {
            let mut bad = good;
            bad[index] ^= 1;
            assert!(Header::new(&bad).is_none(), "byte {index}");
        }
        assert!(Header::new(&[0; BLOCK]).is_none());
    }

    #[test]
    fn fields() {
        let header = Header::new(&block(|header| header.set_mtime(77))).expect("good sum");
        assert_eq!(header.name(), b"name");
        assert_eq!(header.mode(), Ok(0o644));
        assert_eq!(header.size(), Ok(5));
        assert_eq!(header.mtime(), Ok(77));
        let mut old = block(|_| ());
        old[MAGIC].fill(0);
        old[PREFIX][..3].copy_from_slice(b"pre");
        for (magic, name) in [
            (b"\0\0\0\0\0\0", &b"name"[..]),
            (b"ustar ", b"name"),
            (b"ustar\0", b"pre/name"),
        ] {
            old[MAGIC].copy_from_slice(magic);
            let sum = sums(&old).0;
            old[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            assert_eq!(Header::new(&old).expect("good sum").name(), name);
        }
    }

    #[test]
    fn devices() {
        let cases = [
            (0, 0, true),
            (4095, 1_048_575, true),
            (4096, 0, false),
            (0, 1_048_576, false),
        ];
        for (major, minor, good) in cases {
            let header = Header::new(&block(|header| {
                header.set_device_major(major).expect("fits");
                header.set_device_minor(minor).expect("fits");
            }));
            let device = header.expect("good sum").device();
            assert_eq!(device.ok(), good.then_some(DeviceNumber { major, minor }));
        }
    }

    #[test]
    fn types() {
        for byte in 0..=255 {
            let header = Header::new(&block(|header| header.as_mut_bytes()[TYPE] = byte));
            let known = b"\x0001234567DKLSVXgx".contains(&byte);
            let kind = header.expect("good sum").kind();
            assert_eq!(kind.is_ok(), known, "type {byte}");
        }
    }
}
