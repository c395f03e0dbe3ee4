//! [`Archive`]: cpio in the form that the kernel reads at boot.
//!
//! The format is `newc` of cpio(5), with or without checksums, as
//! `Documentation/driver-api/early-userspace/buffer-format.rst` of the kernel
//! describes it: a header of 110 bytes in hexadecimal digits, a name with its
//! zero, data; each of the two padded to a multiple of four from the header.

use std::io::{self, Read};

/// What a header begins with, without and with checksums.
const MAGICS: [&[u8; 6]; 2] = [b"070701", b"070702"];

const HEADER: usize = 110;

/// `PATH_MAX` of Linux, with its zero: the kernel makes no longer names.
const LONGEST_NAME: u32 = 4096;

/// The name that ends an archive.
const TRAILER: &[u8] = b"TRAILER!!!";

/// `S_IFMT` and `S_IFREG` of `inode(7)`.
const FORMAT: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// Whether an archive begins there.
pub(super) fn begins(start: &[u8]) -> bool {
    MAGICS.iter().any(|magic| start.starts_with(*magic))
}

/// One archive in a stream; what follows its trailer is left there.
pub(super) struct Archive<R> {
    input: R,
    /// Bytes of the member's data, and of its padding, that were not read yet.
    left: (u64, u64),
}

/// What stands before a file's data.
pub(super) struct Member {
    /// The name, as it is written.
    pub(super) name: Vec<u8>,
    mode: u32,
    size: u32,
}

impl Member {
    /// Whether it is a regular file that has content here; of several hard
    /// links only the last has.
    pub(super) fn has_content(&self) -> bool {
        self.mode & FORMAT == REGULAR && self.size > 0
    }
}

impl<R: Read> Archive<R> {
    /// Expects a header right away.
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            left: (0, 0),
        }
    }

    /// Goes to the next member, past what is left of the one before; nothing
    /// at the archive's end.
    ///
    /// # Errors
    ///
    /// Where the stream cannot be read, ends, or holds no header there.
    pub(super) fn next(&mut self) -> io::Result<Option<Member>> {
        let (data, rest) = std::mem::take(&mut self.left);
        self.skip(data + rest)?;
        let mut header = [0; HEADER];
        self.input.read_exact(&mut header)?;
        if !begins(&header) {
            return Err(damaged("no header of cpio where one is expected"));
        }
        let field = |index: usize| {
            let digits = &header[6 + 8 * index..][..8];
            digits.iter().try_fold(0_u32, |value, digit| {
                let digit = char::from(*digit).to_digit(16);
                digit
                    .map(|digit| value << 4 | digit)
                    .ok_or_else(|| damaged("a header of cpio holds other than digits"))
            })
        };
        let (mode, size, name_size) = (field(1)?, field(6)?, field(11)?);
        if name_size == 0 || name_size > LONGEST_NAME {
            return Err(damaged("a name in cpio is longer than Linux allows"));
        }
        let mut name = vec![0; name_size as usize];
        self.input.read_exact(&mut name)?;
        name.truncate(
            name.iter()
                .position(|&byte| byte == 0)
                .unwrap_or(name.len()),
        );
        self.skip(padding(HEADER as u64 + u64::from(name_size)))?;
        self.left = (size.into(), padding(size.into()));
        if name == TRAILER {
            return Ok(None);
        }
        Ok(Some(Member { name, mode, size }))
    }

    /// The first `most` bytes of the member's data, or all of a shorter one.
    pub(super) fn head(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let length = self.left.0.min(most as u64);
        let mut head = vec![0; usize::try_from(length).expect("no more than asked for")];
        self.input.read_exact(&mut head)?;
        self.left.0 -= length;
        Ok(head)
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        let skipped = io::copy(&mut (&mut self.input).take(length), &mut io::sink())?;
        if skipped < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// What is missing to a multiple of four.
fn padding(length: u64) -> u64 {
    length.next_multiple_of(4) - length
}

fn damaged(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use fixtures::cpio::{Entry, Form, archive};

    use super::*;

    fn entries() -> [Entry<'static>; 4] {
        [
            Entry::directory("bin"),
            Entry::file("bin/a", b"12345"),
            Entry::symlink("bin/sh", "a"),
            Entry::file("b", b""),
        ]
    }

    #[test]
    fn members_come_in_order_and_the_rest_is_left() {
        for form in [Form::Newc, Form::Crc] {
            let bytes = [&archive(&entries(), form)[..], b"rest"].concat();
            assert!(begins(&bytes));
            let mut input = &bytes[..];
            let mut archive = Archive::new(&mut input);
            let mut seen = Vec::new();
            while let Some(member) = archive.next().expect("valid") {
                let head = archive.head(3).expect("valid");
                let name = String::from_utf8(member.name.clone()).expect("as made");
                seen.push((name, member.has_content(), head));
            }
            let expected = [
                ("bin", false, &b""[..]),
                ("bin/a", true, b"123"),
                ("bin/sh", false, b"a"),
                ("b", false, b""),
            ]
            .map(|(name, content, head)| (name.to_owned(), content, head.to_vec()));
            assert_eq!(seen, expected);
            assert_eq!(input, b"rest");
        }
    }

    #[test]
    fn every_truncation_and_every_damage_is_an_error() {
        let whole = archive(&entries(), Form::Newc);
        let read = |bytes: &[u8]| -> io::Result<()> {
            let mut archive = Archive::new(bytes);
            while archive.next()?.is_some() {}
            Ok(())
        };
        assert!(read(&whole).is_ok());
        for length in 0..whole.len() {
            let error = read(&whole[..length]).expect_err("cut off");
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}");
        }
        for (name, at, bytes) in [
            ("magic", 5, &b"7"[..]),
            ("no digit", 6 + 8, b"x"),
            ("name of no length", 6 + 88, b"00000000"),
            ("name without end", 6 + 88, b"ffffffff"),
        ] {
            let mut damaged = whole.clone();
            damaged[at..at + bytes.len()].copy_from_slice(bytes);
            let error = read(&damaged).expect_err(name);
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{name}");
        }
    }
}
