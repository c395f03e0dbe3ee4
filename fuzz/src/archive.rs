//! Reading archives in two ways that must agree.

mod content;
mod dribble;
mod skim;

use std::io::{Cursor, Read};

use libimage::archive::{
    ArchiveReader, ArchiveSummary, Codec, Indexer, Layout, Limits, Sink, Unpacked, Unpacker,
};
use libimage::digest::Digest;
use libimage::entry::Entry;
use libimage::open::OpenError;
use libimage::path::ImagePath;
use libimage::tree::{RecordId, RecordedTree};

use crate::text::{self, Warnings};
use crate::tree;
pub use content::Contents;
use dribble::Dribble;
pub use skim::Skim;

const LABEL: &str = "fuzz.tar";

/// Limits that end a bomb in milliseconds and are reached by small archives.
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    for (name, value) in [
        // Several of the reader's buffers of 256 KiB.
        ("size", 1 << 20),
        ("entries", 500),
        ("header", 16 << 10),
        ("regions", 100),
        // What zstd at its usual level and `xz -1` need.
        ("window", 2 << 20),
        ("path", 4000),
        ("depth", 12),
        ("names", 8 << 10),
        ("attributes", 16 << 10),
    ] {
        assert!(limits.set(name, value), "{name} is a limit");
    }
    limits
}

/// Whether an archive stands by itself or over others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is a whole tree.
    Plain,
    /// It is a layer, whose whiteouts hide what is in lower ones.
    Layer,
}

/// What came of some archives.
#[derive(Debug, PartialEq)]
struct Outcome {
    entries: Vec<(ImagePath, Entry)>,
    summaries: Vec<ArchiveSummary>,
    absolute: u64,
    amended: Vec<RecordId>,
    unknown_acls: u64,
}

/// Reads archives into one tree, twice: once each in one piece, passing over
/// the data; once in small pieces, with all content. Both must say the same,
/// and what is accepted must be sound.
pub fn check(archives: &[&[u8]], kind: Kind) {
    let (skimmed, warnings) = told(|monitor| {
        let whole = |bytes: &[u8]| Box::new(Cursor::new(bytes.to_vec())) as _;
        read(archives, kind, whole, &mut Skim, monitor)
    });
    let (indexed, warnings_again) = told(|monitor| {
        let in_pieces = |bytes: &[u8]| Box::new(Dribble::new(bytes)) as _;
        let mut contents = Contents::default();
        let mut indexer = Indexer::new(&mut contents);
        let read = read(archives, kind, in_pieces, &mut indexer, monitor)?;
        contents.check(read.1.records());
        Ok(read)
    });
    assert_eq!(warnings, warnings_again);
    match (skimmed, indexed) {
        (Ok((skimmed, _)), Ok((mut indexed, tree))) => {
            tree::check(&tree);
            for (summary, bytes) in indexed.summaries.iter().zip(archives) {
                check_summary(summary, bytes);
            }
            indexed.forget_unread(&skimmed);
            assert_eq!(skimmed, indexed);
        }
        (Err(error), Err(error_again)) => assert_eq!(error, error_again),
        (skimmed, indexed) => panic!(
            "{:?}, or {:?}",
            skimmed.map(|(outcome, _)| outcome),
            indexed.map(|(outcome, _)| outcome)
        ),
    }
}

/// What is answered, an error as a user would see it, and all warnings.
pub fn told<T>(
    read: impl FnOnce(&Warnings) -> Result<T, OpenError>,
) -> (Result<T, String>, Vec<String>) {
    let warnings = Warnings::default();
    let answer = read(&warnings).map_err(|error| text::of_error(&error));
    (answer, warnings.into_lines())
}

fn read(
    archives: &[&[u8]],
    kind: Kind,
    input: impl Fn(&[u8]) -> Box<dyn Read + Send>,
    sink: &mut impl Sink<Error = OpenError>,
    monitor: &Warnings,
) -> Result<(Outcome, RecordedTree), OpenError> {
    let mut layout = Layout::new(LABEL.to_owned(), (0, 0), limits());
    let mut unpacker = Unpacker::new(&mut layout);
    let mut summaries = Vec::new();
    for bytes in archives {
        let reader = ArchiveReader::new(input(bytes), LABEL.to_owned(), limits())?;
        summaries.push(match kind {
            Kind::Plain => unpacker.archive(reader, sink, monitor)?,
            Kind::Layer => unpacker.layer(reader, sink, monitor)?,
        });
    }
    let Unpacked {
        absolute,
        amended,
        unknown_acls,
    } = unpacker.finish(monitor);
    let tree = RecordedTree::new(layout.into_records(), LABEL.to_owned());
    let outcome = Outcome {
        entries: entries(&tree),
        summaries,
        absolute,
        amended,
        unknown_acls,
    };
    Ok((outcome, tree))
}

/// All entries of a tree that came from archives.
pub fn entries(tree: &RecordedTree) -> Vec<(ImagePath, Entry)> {
    let entries = tree::entries(tree.records());
    for (path, entry) in &entries {
        assert!(path.depth() as u64 <= limits().depth, "{path} is too deep");
        assert!(!entry.name.starts_with(b".wh."), "{path} is a whiteout");
    }
    assert!(tree.records().name_bytes() <= limits().names, "long names");
    entries
}

impl Outcome {
    /// Leaves out the digests of what `other` has not read.
    fn forget_unread(&mut self, other: &Self) {
        for ((_, entry), (_, unread)) in self.entries.iter_mut().zip(&other.entries) {
            entry.content = entry.content.filter(|_| unread.content.is_some());
        }
    }
}

fn check_summary(summary: &ArchiveSummary, bytes: &[u8]) {
    assert_eq!(summary.bytes, bytes.len() as u64);
    assert_eq!(summary.digest, Digest::of(bytes));
    assert!(summary.members <= limits().entries);
    assert!(summary.unpacked <= limits().size);
    if summary.codec == Codec::Plain {
        assert_eq!(summary.unpacked, summary.bytes);
    }
}
