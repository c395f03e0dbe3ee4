//! [`Initrd`]: whose programs and modules an initial RAM disk holds.
//!
//! The kernel unpacks cpio archives one behind the other, each as it is or
//! compressed, with zeros between them ("initramfs buffer format" in its
//! documentation): early microcode first, as a rule, then what is meant here.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use super::cpio::{self, Archive};
use super::reach::chain;
use super::{Architecture, Compression, ElfIdentity, ElfType, HEAD_BYTES};

/// What was found in an initial RAM disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Initrd {
    /// How the first of its archives that is compressed is so.
    pub compression: Option<Compression>,
    /// The first of its ELF programs and libraries: for each architecture one
    /// by name.
    pub programs: BTreeMap<Architecture, Box<[u8]>>,
    /// The releases of kernels that it holds modules for, as the names of the
    /// directories in `lib/modules`.
    pub releases: BTreeSet<Box<[u8]>>,
    /// Why not all that is asked for was seen, if so.
    pub unseen: Option<Unseen>,
}

/// Why an initial RAM disk was not read far enough.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unseen {
    /// Only the file's beginning is at hand, as for an archive of a tree.
    Cut,
    /// It holds more than is unpacked to inspect it, or there are more of them.
    Beyond,
    /// It is compressed in a way that is not unpacked here.
    Unsupported(Compression),
    /// It is not what the kernel could unpack, or cannot be read: why, in words
    /// that hold nothing of its bytes.
    Undecoded(String),
}

/// Shows it as words that follow "it was not checked:".
impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("only its beginning is at hand"),
            Self::Beyond => {
                f.write_str("it is larger than what is unpacked to check it, or one of very many")
            }
            Self::Unsupported(compression) => {
                write!(
                    f,
                    "it is compressed with {compression}, which is not unpacked here"
                )
            }
            Self::Undecoded(why) => f.write_str(why),
        }
    }
}

/// Bytes that are unpacked of one initrd at most. Those with all drivers and
/// firmware come to some 500 MB.
const MOST_BYTES: u64 = 1 << 30;

/// Members that are passed over in one at most.
const MOST_MEMBERS: u64 = 1 << 18;

/// How many programs decide; they come from one system.
const ENOUGH_PROGRAMS: u64 = 8;

/// How many architectures and releases are kept, and how long releases are
/// (`__NEW_UTS_LEN` of Linux is 64).
const MOST_KEPT: usize = 16;
const LONGEST_RELEASE: usize = 128;

impl Initrd {
    /// Reads an initrd of `size` bytes from its start, until the first programs
    /// and modules of the kernel `release` were seen, or to its end.
    pub fn read(input: impl Read, size: u64, release: &[u8]) -> Self {
        Self::read_within(input, size, release, MOST_BYTES)
    }

    /// One of which nothing is known, and why.
    pub(super) fn unseen(why: Unseen) -> Self {
        Self {
            unseen: Some(why),
            ..Self::default()
        }
    }

    fn read_within(input: impl Read, size: u64, release: &[u8], most_bytes: u64) -> Self {
        let mut scan = Scan {
            initrd: Self::default(),
            release,
            programs: 0,
            members: 0,
        };
        let (read, unpacked) = (Cell::new(0), Cell::new(0));
        let limited = |count| Limit { count, most_bytes };
        let counted = Counted(input, limited(&read));
        let mut input = BufReader::with_capacity(64 << 10, counted);
        let result = scan.archives(&mut input, limited(&unpacked), false);
        let is_empty = scan.members == 0;
        let mut initrd = scan.initrd;
        initrd.unseen = match result {
            Err(Stop::Enough) => return initrd,
            Ok(()) => is_empty.then(|| Unseen::Undecoded("it holds nothing".to_owned())),
            Err(Stop::Because(unseen)) => Some(unseen),
            Err(Stop::Failed(_)) if read.get().max(unpacked.get()) > most_bytes => {
                Some(Unseen::Beyond)
            }
            Err(Stop::Failed(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Some(Unseen::Undecoded("it ends too early".to_owned()))
            }
            Err(Stop::Failed(error)) => Some(Unseen::Undecoded(chain(&error))),
        };
        // Whatever a decoder makes of that.
        if read.get() < size && input.fill_buf().is_ok_and(<[u8]>::is_empty) {
            initrd.unseen = Some(Unseen::Cut);
        }
        initrd
    }
}

/// Why reading ended before the initrd does.
enum Stop {
    Enough,
    Because(Unseen),
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

struct Scan<'a> {
    initrd: Initrd,
    release: &'a [u8],
    programs: u64,
    members: u64,
}

impl Scan<'_> {
    /// Reads archives one behind the other. What is compressed inside of what
    /// was so (`is_inner`) the kernel does not unpack.
    fn archives(
        &mut self,
        input: &mut dyn BufRead,
        unpacked: Limit<'_>,
        is_inner: bool,
    ) -> Result<(), Stop> {
        loop {
            skip_zeros(input)?;
            let mut start = [0; Compression::MARK_BYTES];
            let length = fill(input, &mut start)?;
            let start = &start[..length];
            let rest = start.chain(&mut *input);
            if start.is_empty() {
                return Ok(());
            }
            if cpio::begins(start) {
                self.archive(rest)?;
                continue;
            }
            let compression = Compression::detect(start)
                .filter(|_| !is_inner)
                .ok_or_else(unknown)?;
            self.initrd.compression.get_or_insert(compression);
            let decoder = compression
                .decoder(rest)?
                .ok_or(Stop::Because(Unseen::Unsupported(compression)))?;
            let inner = Counted(decoder, unpacked);
            self.archives(&mut BufReader::new(inner), unpacked, true)?;
        }
    }

    fn archive(&mut self, input: impl Read) -> Result<(), Stop> {
        let mut archive = Archive::new(input);
        while let Some(member) = archive.next()? {
            self.members += 1;
            if self.members > MOST_MEMBERS {
                return Err(Stop::Because(Unseen::Beyond));
            }
            let name = member.name.strip_prefix(b"./").unwrap_or(&member.name);
            let name = name.strip_prefix(b"/").unwrap_or(name);
            match modules_release(name) {
                Some(release) => self.note_release(release),
                None if member.has_content() && !is_of_devices(name) => {
                    let head = archive.head(HEAD_BYTES)?;
                    self.note_program(name, &head);
                }
                None => {}
            }
            if self.programs >= ENOUGH_PROGRAMS && self.initrd.releases.contains(self.release) {
                return Err(Stop::Enough);
            }
        }
        Ok(())
    }

    fn note_release(&mut self, release: &[u8]) {
        let releases = &mut self.initrd.releases;
        // The one that is looked for finds its place among any number.
        if releases.len() < MOST_KEPT && release.len() <= LONGEST_RELEASE || release == self.release
        {
            releases.insert(release.into());
        }
    }

    fn note_program(&mut self, name: &[u8], head: &[u8]) {
        let Ok(Some(identity)) = ElfIdentity::parse(head) else {
            return;
        };
        if !matches!(identity.file_type, ElfType::Executable | ElfType::Shared) {
            return;
        }
        self.programs += 1;
        let programs = &mut self.initrd.programs;
        if programs.len() < MOST_KEPT {
            programs
                .entry(identity.architecture())
                .or_insert_with(|| name.into());
        }
    }
}

/// The release in the path of what is in a kernel's directory of modules.
fn modules_release(name: &[u8]) -> Option<&[u8]> {
    let name = name.strip_prefix(b"usr/").unwrap_or(name);
    let rest = name.strip_prefix(b"lib/modules/")?;
    let release = rest.split(|&byte| byte == b'/').next()?;
    (!release.is_empty()).then_some(release)
}

/// Whether a path is that of code for devices.
fn is_of_devices(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"usr/").unwrap_or(name);
    name.starts_with(b"lib/firmware/") || name.starts_with(b"kernel/")
}

fn unknown() -> Stop {
    Stop::Because(Unseen::Undecoded(
        "neither cpio nor compressed in a way that is known".to_owned(),
    ))
}

fn skip_zeros(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let bytes = input.fill_buf()?;
        let (length, zeros) = (
            bytes.len(),
            bytes.iter().take_while(|&&byte| byte == 0).count(),
        );
        input.consume(zeros);
        if zeros < length || length == 0 {
            return Ok(());
        }
    }
}

/// Fills `into`, or as much as there is.
fn fill(input: &mut dyn BufRead, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        let length = input.read(&mut into[filled..])?;
        if length == 0 {
            break;
        }
        filled += length;
    }
    Ok(filled)
}

/// How many bytes went by, and how many may.
#[derive(Clone, Copy)]
struct Limit<'a> {
    count: &'a Cell<u64>,
    most_bytes: u64,
}

/// Counts what is read, and fails beyond a limit.
struct Counted<'a, R>(R, Limit<'a>);

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Self(input, Limit { count, most_bytes }) = self;
        let read = input.read(into)?;
        count.set(count.get() + read as u64);
        if count.get() > *most_bytes {
            return Err(io::Error::other("more than is unpacked here"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
