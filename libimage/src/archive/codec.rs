//! [`Codec`]: what an archive is compressed with, told by its content.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::thread;

use liblzma::bufread::XzDecoder;
use liblzma::stream::MtStreamBuilder;

use super::error::Fault;
use super::gzip::Members;
use super::header::Header;
use super::limits::Limits;

/// What an archive is compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// Nothing: a plain tar.
    Plain,
    /// gzip, RFC 1952, one member or several.
    Gzip,
    /// Zstandard, RFC 8878, one frame or several.
    Zstd,
    /// xz, one stream or several.
    Xz,
    /// bzip2, one stream or several.
    Bzip2,
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        })
    }
}

/// What people give instead of an archive: where its mark stands, the mark,
/// and its name. The marks are those of file(1).
const OTHERS: &[(usize, &[u8], &str)] = &[
    (0, b"\x04\x22\x4d\x18", "lz4 data"),
    (0, b"LZIP", "lzip data"),
    (0, b"\x89LZO\0", "lzop data"),
    (0, b"\x1f\x9d", "data of the old `compress`"),
    (0, b"\x5d\0\0", "data of the old `lzma`"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "a zip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"070701", "a cpio archive"),
    (0, b"070702", "a cpio archive"),
    (0, b"070707", "a cpio archive"),
    (0, b"\xc7\x71", "a cpio archive"),
    (0, b"!<arch>\n", "an ar archive or a Debian package"),
    (0, b"\xed\xab\xee\xdb", "an RPM package"),
    (0, b"hsqs", "a squashfs image"),
    (0, b"QFI\xfb", "a qcow2 disk image"),
    (0, b"KDMV", "a VMDK disk image"),
    (0, b"\x7fELF", "an ELF file"),
    (0, b"\xe2\xe1\xf5\xe0", "an EROFS image"),
    (0, b"XFSB", "an XFS image"),
    (510, b"\x55\xaa", "a disk image"),
    (512, b"EFI PART", "a disk image"),
    (1024, b"\xe2\xe1\xf5\xe0", "an EROFS image"),
    (1080, b"\x53\xef", "an ext4 image"),
    (32769, b"CD001", "an ISO 9660 image"),
];

/// What the first bytes of something that is not an archive look like.
pub(super) fn recognise(start: &[u8]) -> Option<&'static str> {
    if start.is_empty() {
        return Some("an empty file");
    }
    if Codec::detect(start) != Codec::Plain {
        return Some("data compressed twice");
    }
    OTHERS
        .iter()
        .find(|(offset, mark, _)| {
            start
                .get(*offset..)
                .is_some_and(|rest| rest.starts_with(mark))
        })
        .map(|(_, _, name)| *name)
}

impl Codec {
    /// Tells the codec by the first bytes; whatever has no mark is plain, and
    /// so is a tar whose first member's name looks like a mark.
    pub(crate) fn detect(start: &[u8]) -> Self {
        if start.first_chunk().and_then(Header::new).is_some() {
            return Self::Plain;
        }
        match start {
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip,
            // A frame, or a skippable one (RFC 8878, 3.1.1 and 3.1.2).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            _ => Self::Plain,
        }
    }

    /// Unpacks `input`, all of it: reads to its end, or to an error.
    pub(super) fn decoder<'a, R: BufRead + 'a>(
        self,
        input: R,
        limits: &Limits,
    ) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Plain => Box::new(input),
            Self::Gzip => Box::new(Members::new(input)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                // The format's bounds are 2^10 and 2^31 (RFC 8878, 3.1.1.1.2).
                decoder.window_log_max(limits.window.max(1).ilog2().clamp(10, 31))?;
                Box::new(decoder)
            }
            Self::Xz => Box::new(Streams::new(input, limits)?),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        })
    }

    /// What a decoder's error means; nothing where its input ended too early.
    pub(super) fn fault(self, error: &io::Error, limits: &Limits) -> Option<Fault> {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return None;
        }
        let xz = error
            .get_ref()
            .and_then(|source| source.downcast_ref::<liblzma::stream::Error>());
        // The zstd crate keeps of an error only its text.
        let window = xz == Some(&liblzma::stream::Error::MemLimit)
            || (self == Self::Zstd && error.to_string().contains("too much memory"));
        Some(if window {
            limits.window_fault()
        } else {
            Fault::corrupt(format!("the {self} data is damaged ({error})"))
        })
    }
}

/// Decoders that work side by side on the blocks of one xz stream, which `xz`
/// writes when it uses threads itself. More than this gains little: something
/// else then limits the whole.
const XZ_THREADS: usize = 8;

/// The streams of an xz file one after the other, with the padding between
/// them that the format allows (The .xz File Format, 2.2: zeros, four at a
/// time).
struct Streams<R> {
    decoder: Option<XzDecoder<R>>,
    window: u64,
}

impl<R: BufRead> Streams<R> {
    fn new(input: R, limits: &Limits) -> io::Result<Self> {
        let window = limits.window;
        let decoder = Some(Self::stream(input, window)?);
        Ok(Self { decoder, window })
    }

    fn stream(input: R, window: u64) -> io::Result<XzDecoder<R>> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let threads = u32::try_from(threads.min(XZ_THREADS)).expect("a few");
        // The window and, beside it, the decoder's own state. Threads share
        // that: where a block in work leaves too little for another, fewer run.
        let memory = window.saturating_add(1 << 20);
        let stream = MtStreamBuilder::new()
            .threads(threads)
            .memlimit_threading(memory)
            .memlimit_stop(memory)
            .decoder()?;
        Ok(XzDecoder::new_stream(input, stream))
    }
}

impl<R: BufRead> Read for Streams<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let read = decoder.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let mut input = self.decoder.take().expect("matched above").into_inner();
            let mut padding = 0;
            let more = loop {
                let bytes = input.fill_buf()?;
                let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
                padding += zeros;
                let (end, other) = (bytes.is_empty(), zeros < bytes.len());
                input.consume(zeros);
                if end || other {
                    break other;
                }
            };
            if padding % 4 != 0 {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the padding between two streams is odd",
                ));
            }
            if more {
                self.decoder = Some(Self::stream(input, self.window)?);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn unpack(codec: Codec, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut unpacked = Vec::new();
        codec
            .decoder(bytes, &Limits::default())?
            .read_to_end(&mut unpacked)?;
        Ok(unpacked)
    }

    #[test]
    fn content_tells_the_codec() {
        let cases: &[(&[u8], Codec)] = &[
            (b"\x1f\x8b\x08\0", Codec::Gzip),
            (b"\x1f\x8b\x07\0", Codec::Plain),
            (b"\x28\xb5\x2f\xfd\0", Codec::Zstd),
            (b"\x5e\x2a\x4d\x18\0", Codec::Zstd),
            (b"\x60\x2a\x4d\x18\0", Codec::Plain),
            (b"\xfd7zXZ\0", Codec::Xz),
            (b"BZh9", Codec::Bzip2),
            (b"BZh0", Codec::Plain),
            (b"", Codec::Plain),
            (b"usr/", Codec::Plain),
        ];
        for (start, codec) in cases {
            assert_eq!(Codec::detect(start), *codec, "{start:?}");
        }
    }

    #[test]
    fn other_formats_are_named() {
        let mut iso = vec![0; 40_000];
        iso[32769..][..5].copy_from_slice(b"CD001");
        let cases: &[(&[u8], Option<&str>)] = &[
            (b"PK\x03\x04rest", Some("a zip archive")),
            (b"hsqs", Some("a squashfs image")),
            (b"\x04\x22\x4d\x18", Some("lz4 data")),
            (&iso, Some("an ISO 9660 image")),
            (b"", Some("an empty file")),
            (b"\x1f\x8b\x08", Some("data compressed twice")),
            (b"some text", None),
        ];
        for (start, name) in cases {
            assert_eq!(recognise(start), *name);
        }
    }

    #[test]
    fn several_streams_and_windows() {
        let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).expect("into memory");
        let mut frames = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
        frames.extend(zstd(b"one"));
        frames.extend(zstd(b"two"));
        assert_eq!(unpack(Codec::Zstd, &frames).expect("valid"), b"onetwo");

        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
        encoder.write_all(b"one").expect("into memory");
        let one = encoder.finish().expect("into memory");
        let padded = [&one[..], &[0; 8], &one].concat();
        assert_eq!(unpack(Codec::Xz, &padded).expect("valid"), b"oneone");
        assert!(unpack(Codec::Xz, &[&one[..], b"1234"].concat()).is_err());
        assert!(unpack(Codec::Xz, &[&one[..], &[0; 8], &one[..9]].concat()).is_err());
        assert!(unpack(Codec::Xz, &[&one[..], &[0; 7]].concat()).is_err());
        assert!(unpack(Codec::Xz, &[&one[..], &[0; 7], &one].concat()).is_err());

        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        encoder.write_all(b"one").expect("into memory");
        let one_bz = encoder.finish().expect("into memory");
        let twice = [&one_bz[..], &one_bz].concat();
        assert_eq!(unpack(Codec::Bzip2, &twice).expect("valid"), b"oneone");
        assert!(unpack(Codec::Bzip2, &[&one_bz[..], b"1234"].concat()).is_err());

        // The preset's window is 8 MiB.
        let limits = Limits {
            window: 1 << 20,
            ..Limits::default()
        };
        let error = Codec::Xz
            .decoder(&one[..], &limits)
            .and_then(|mut decoder| decoder.read_to_end(&mut Vec::new()))
            .expect_err("needs more");
        assert_eq!(
            Codec::Xz.fault(&error, &limits),
            Some(limits.window_fault())
        );
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("valid level");
        encoder.window_log(24).expect("valid window");
        encoder.write_all(b"one").expect("into memory");
        let wide = encoder.finish().expect("into memory");
        let error = Codec::Zstd
            .decoder(&wide[..], &limits)
            .and_then(|mut decoder| decoder.read_to_end(&mut Vec::new()))
            .expect_err("needs more");
        assert_eq!(
            Codec::Zstd.fault(&error, &limits),
            Some(limits.window_fault())
        );
    }
}
