//! [`Members`]: what a gzip file holds, member after member.
//!
//! The engine is named here, `zlib_rs`, and not chosen by features of another
//! crate, which anyone in a build could change for all. It reads headers and
//! checks lengths and CRCs by itself (RFC 1952).

use std::io::{self, BufRead, Read};

use zlib_rs::{Inflate, InflateFlush, Status};

/// Says to expect a gzip header, and a window of 2^15 bytes as the format has
/// it (zlib, `inflateInit2`).
const GZIP_WINDOW: u8 = 16 + 15;

/// The members of a gzip file one after the other, with zeros behind the last
/// as tapes and block devices leave them and as GNU gzip allows.
pub(crate) struct Members<R> {
    input: R,
    inflate: Inflate,
    state: State,
    /// Whether the first member is all that is wanted.
    first_alone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Inside,
    Between,
    End,
}

impl<R: BufRead> Members<R> {
    /// Expects a member right away.
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            inflate: Inflate::new(true, GZIP_WINDOW),
            state: State::Inside,
            first_alone: false,
        }
    }

    /// Expects one member, and leaves what follows it in the input.
    pub(crate) fn first(input: R) -> Self {
        Self {
            first_alone: true,
            ..Self::new(input)
        }
    }

    /// Unpacks some of the member.
    fn inflate(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let bytes = self.input.fill_buf()?;
            let at_end = bytes.is_empty();
            let before = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(bytes, into, InflateFlush::NoFlush)
                .map_err(|error| {
                    let message = self.inflate.error_message().unwrap_or(error.as_str());
                    io::Error::new(io::ErrorKind::InvalidData, message)
                })?;
            let moved = |after: u64, before| {
                usize::try_from(after - before).expect("no more than a buffer holds")
            };
            let read = moved(self.inflate.total_in(), before.0);
            let made = moved(self.inflate.total_out(), before.1);
            self.input.consume(read);
            if status == Status::StreamEnd {
                self.state = State::Between;
                return Ok(made);
            }
            if made > 0 {
                return Ok(made);
            }
            if at_end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if read == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it stands still",
                ));
            }
        }
    }

    /// Finds out what follows a member.
    fn advance(&mut self) -> io::Result<()> {
        if self.first_alone {
            self.state = State::End;
            return Ok(());
        }
        self.state = match self.input.fill_buf()? {
            [] => State::End,
            [0, ..] => {
                only_zeros(&mut self.input)?;
                State::End
            }
            [0x1f, ..] => {
                self.inflate = Inflate::new(true, GZIP_WINDOW);
                State::Inside
            }
            _ => return Err(trailing()),
        };
        Ok(())
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                State::Inside => match self.inflate(into)? {
                    // An empty member, or the last piece was its end.
                    0 => {}
                    made => return Ok(made),
                },
                State::Between => self.advance()?,
                State::End => return Ok(0),
            }
        }
    }
}

fn only_zeros(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let length = match input.fill_buf()? {
            [] => return Ok(()),
            bytes if bytes.iter().all(|&byte| byte == 0) => bytes.len(),
            _ => return Err(trailing()),
        };
        input.consume(length);
    }
}

fn trailing() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "something else follows the last gzip member",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("into memory");
        encoder.finish().expect("into memory")
    }

    fn unpack(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut unpacked = Vec::new();
        Members::new(bytes).read_to_end(&mut unpacked)?;
        Ok(unpacked)
    }

    #[test]
    fn what_may_follow_a_gzip_member() {
        type Case<'a> = (&'a str, Vec<u8>, Option<&'a [u8]>);

        let one = gzip(b"one");
        let join = |parts: &[&[u8]]| parts.concat();
        let cases: &[Case] = &[
            ("nothing", one.clone(), Some(b"one")),
            (
                "another member",
                join(&[&one, &gzip(b"two")]),
                Some(b"onetwo"),
            ),
            ("an empty member", join(&[&one, &gzip(b"")]), Some(b"one")),
            ("zeros", join(&[&one, &[0; 600]]), Some(b"one")),
            ("zeros, a member", join(&[&one, &[0; 600], &one]), None),
            ("text", join(&[&one, b"garbage"]), None),
            ("half a mark", join(&[&one, b"\x1f"]), None),
            ("a torn member", join(&[&one, &one[..9]]), None),
        ];
        for (name, bytes, expected) in cases {
            let unpacked = unpack(bytes);
            assert_eq!(unpacked.ok().as_deref(), *expected, "{name}");
        }
    }

    #[test]
    fn any_pieces_give_the_same_and_every_damage_is_found() {
        let plain: Vec<u8> = (0..200_000_u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let packed = gzip(&plain);
        for capacity in [1, 2, 7, 4096] {
            let mut members = Members::new(io::BufReader::with_capacity(capacity, &packed[..]));
            let mut unpacked = Vec::new();
            let mut piece = vec![0; capacity];
            loop {
                match members.read(&mut piece).expect("valid") {
                    0 => break,
                    length => unpacked.extend_from_slice(&piece[..length]),
                }
            }
            assert!(unpacked == plain, "{capacity}");
        }
        for length in (0..packed.len())
            .step_by(97)
            .chain(packed.len() - 9..packed.len())
        {
            let error = unpack(&packed[..length]).expect_err("cut short");
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}");
        }
        // The CRC and the length.
        for place in packed.len() - 8..packed.len() {
            let mut damaged = packed.clone();
            damaged[place] ^= 1;
            assert!(unpack(&damaged).is_err(), "{place}");
        }
    }
}
