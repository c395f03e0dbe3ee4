//! [`Compression`]: how a kernel, its initrd or its modules are packed.

use std::fmt;
use std::io::{self, BufRead, Read};

use liblzma::stream::Stream;

use super::lz4;
use crate::archive::GzipMembers;

/// What the kernel itself can unpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Compression {
    /// gzip, RFC 1952.
    Gzip,
    /// bzip2.
    Bzip2,
    /// The old `lzma`, without a container.
    Lzma,
    /// xz.
    Xz,
    /// lzop.
    Lzo,
    /// LZ4 in its legacy frame, as `lz4 -l` writes it and the kernel reads it.
    Lz4Legacy,
    /// LZ4 in the frame of today, which the kernel does not read.
    Lz4,
    /// Zstandard, RFC 8878.
    Zstd,
}

/// First bytes and what they begin: those of `lib/decompress.c` in the kernel,
/// as far as they are told apart from chance, and today's frame of LZ4.
const MARKS: [(&[u8], Compression); 8] = [
    (b"\x1f\x8b\x08", Compression::Gzip),
    (b"BZh", Compression::Bzip2),
    (b"\x5d\0\0", Compression::Lzma),
    (b"\xfd7zXZ\0", Compression::Xz),
    (b"\x89LZO\0", Compression::Lzo),
    (b"\x02\x21\x4c\x18", Compression::Lz4Legacy),
    (b"\x04\x22\x4d\x18", Compression::Lz4),
    (b"\x28\xb5\x2f\xfd", Compression::Zstd),
];

/// Bytes that a decompressor may keep. Kernels are configured with at most 8
/// MiB for xz; `zstd -19` takes as much.
const WINDOW: u64 = 64 << 20;

impl Compression {
    /// How many first bytes [`Compression::detect`] wants to see.
    pub(super) const MARK_BYTES: usize = 6;

    /// Tells it by the first bytes; nothing where nothing known begins there.
    pub fn detect(start: &[u8]) -> Option<Self> {
        MARKS
            .iter()
            .find(|(mark, _)| start.starts_with(mark))
            .map(|(_, compression)| *compression)
    }

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Lzma => "lzma",
            Self::Xz => "xz",
            Self::Lzo => "lzo",
            Self::Lz4Legacy => "lz4 (legacy frame)",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// Unpacks one stream, frame or member, and leaves what follows it in
    /// `input`. Nothing for what has no decoder here.
    ///
    /// # Errors
    ///
    /// Only where no decoder could be made, for want of memory. What it reads
    /// then fails where the data is damaged, cut off, or needs more memory
    /// than a window of 64 MiB.
    pub(super) fn decoder<'a>(
        self,
        input: impl BufRead + 'a,
    ) -> io::Result<Option<Box<dyn Read + 'a>>> {
        Ok(Some(match self {
            Self::Gzip => Box::new(GzipMembers::first(input)),
            Self::Bzip2 => Box::new(bzip2::bufread::BzDecoder::new(input)),
            Self::Lzma => lzma(input, Stream::new_lzma_decoder(WINDOW)?),
            Self::Xz => lzma(input, Stream::new_stream_decoder(WINDOW, 0)?),
            Self::Lzo => return Ok(None),
            Self::Lz4Legacy => Box::new(lz4::Legacy::new(input)),
            Self::Lz4 => Box::new(lz4::Frame::new(input)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                decoder.window_log_max(WINDOW.ilog2())?;
                Box::new(decoder.single_frame())
            }
        }))
    }
}

fn lzma<'a>(input: impl BufRead + 'a, stream: Stream) -> Box<dyn Read + 'a> {
    Box::new(liblzma::bufread::XzDecoder::new_stream(input, stream))
}

/// Shows the name.
impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use fixtures::initrd::{Packing, pack};

    use super::*;

    /// More than one block of every format but lz4's legacy frame.
    fn text() -> Vec<u8> {
        (0..400_000_u32).flat_map(u32::to_le_bytes).collect()
    }

    #[test]
    fn each_stream_is_unpacked_and_what_follows_is_left() {
        for (packing, compression) in [
            (Packing::Gzip, Compression::Gzip),
            (Packing::Bzip2, Compression::Bzip2),
            (Packing::Lzma, Compression::Lzma),
            (Packing::Xz, Compression::Xz),
            (Packing::Lz4Legacy, Compression::Lz4Legacy),
            (Packing::Lz4, Compression::Lz4),
            (Packing::Zstd, Compression::Zstd),
        ] {
            let packed = pack(&text(), packing);
            assert_eq!(Compression::detect(&packed), Some(compression));
            // A block of the legacy frame has no end but that of the file, or
            // another mark or zeros, as the kernel sees it.
            let follows: &[u8] = b"\0\0\0\0what follows";
            let input = [&packed[..], follows].concat();
            for capacity in [1, 7, 4096] {
                let mut rest = io::BufReader::with_capacity(capacity, &input[..]);
                let mut unpacked = Vec::new();
                compression
                    .decoder(&mut rest)
                    .expect("enough memory")
                    .expect("it has one")
                    .read_to_end(&mut unpacked)
                    .unwrap_or_else(|error| panic!("{compression}: {error}"));
                assert!(unpacked == text(), "{compression}");
                let mut left = Vec::new();
                rest.read_to_end(&mut left).expect("in memory");
                assert!(follows.ends_with(&left), "{compression}");
                assert!(left.ends_with(b"what follows"), "{compression}: {left:?}");
            }
        }
    }

    #[test]
    fn a_stream_cut_off_is_an_error() {
        for packing in Packing::ALL {
            let packed = pack(&text(), packing);
            let Some(compression) = Compression::detect(&packed) else {
                continue;
            };
            for length in [packed.len() / 2, packed.len() - 1] {
                let mut decoder = compression
                    .decoder(&packed[..length])
                    .expect("enough memory")
                    .expect("it has one");
                let read = decoder.read_to_end(&mut Vec::new());
                // The old lzma may end by its size alone, and of lz4's frame
                // the last byte is that of its end mark.
                let is_whole = matches!(compression, Compression::Lzma | Compression::Lz4)
                    && length == packed.len() - 1;
                assert!(read.is_err() || is_whole, "{compression} at {length}");
            }
        }
    }

    #[test]
    fn other_starts_are_not_compressed_and_lzop_has_no_decoder() {
        for start in [&b"070701"[..], b"", b"\x1f", b"\0\0\0\0", b"\x7fELF", b"MZ"] {
            assert_eq!(Compression::detect(start), None);
        }
        assert_eq!(
            Compression::detect(b"\x89LZO\0\x0d"),
            Some(Compression::Lzo)
        );
        let decoder = Compression::Lzo.decoder(&b""[..]).expect("enough memory");
        assert!(decoder.is_none());
    }
}
