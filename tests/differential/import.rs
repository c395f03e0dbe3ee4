//! Imports, as `imgtool import` does them.

use std::io::Cursor;
use std::path::Path;

use fixtures::snapshot::Snapshot;
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::monitor::Silent;
use libimage::writer::Destination;

/// Imports an archive.
pub(crate) fn imported(archive: &[u8], into: &Path) -> Result<Outcome, ImportError> {
    with_options(archive, into, Options::default())
}

/// Imports an archive that may hold terabytes of holes, which are not to be
/// read.
pub(crate) fn limited(archive: &[u8], into: &Path) -> Result<Outcome, ImportError> {
    let mut options = Options::default();
    options.limits.size = 64 << 20;
    with_options(archive, into, options)
}

fn with_options(archive: &[u8], into: &Path, mut options: Options) -> Result<Outcome, ImportError> {
    let input = Box::new(Cursor::new(archive.to_vec()));
    let source = Source::stream("archive".to_owned(), input, Some(archive.len() as u64));
    options.threads = 2;
    let destination = Destination::new(into)?;
    import(source, &destination, &options, &Silent)
}

/// Imports an honest archive, and reads the tree.
///
/// # Panics
///
/// When it is refused, or something is left out.
pub(crate) fn tree_of(what: &str, archive: &[u8], into: &Path) -> Snapshot {
    let outcome = imported(archive, into).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(outcome.left_out.is_nothing(), "{what}");
    Snapshot::of(into)
}

/// Where two trees differ, the first lines of it, each of a readable length;
/// empty if they don't.
pub(crate) fn differences(expected: &Snapshot, found: &Snapshot) -> Vec<String> {
    const LINES: usize = 20;
    const LENGTH: usize = 400;
    let lines = expected.diff(found);
    let shown = lines.iter().take(LINES).map(|line| {
        let start: String = line.chars().take(LENGTH).collect();
        start
    });
    let more = lines.len().saturating_sub(LINES);
    let rest = (more > 0).then(|| format!("and {more} more"));
    shown.chain(rest).collect()
}
