//! `--patch`: what changes in texts.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use libimage::diff::Change;
use libimage::entry::Kind;
use libimage::filter::{Argument, Filter, Side};
use libimage::patch::{Options, Patch, patch};
use libimage::tree::Tree;

use crate::args::Format;
use crate::failure::Failure;
use crate::report::{Patched, Report};
use crate::session::Session;

/// Files of a node that are compared at most: more than anybody reads.
const FETCHED: usize = 500;

/// The size of the larger file of a change.
fn larger(change: &Change) -> u64 {
    let size = |kind: &Kind| match kind {
        Kind::File { size } => *size,
        _ => 0,
    };
    let other = change.detail.as_ref();
    size(&change.kind).max(other.map_or(0, |detail| size(&detail.target_kind)))
}

/// Writes the patches of all files that one of the patterns matches, or that lie
/// beneath a directory that one matches.
pub(super) fn write(
    patterns: &[OsString],
    [source, target]: [&dyn Tree; 2],
    changes: &[Change],
    session: &Session,
    report: &mut Report,
) -> Result<(), Failure> {
    let arguments: Vec<_> = patterns
        .iter()
        .map(|pattern| Argument::Exclude(pattern.as_bytes().to_vec()))
        .collect();
    let no_file = |_: &Path| Err(std::io::ErrorKind::Unsupported.into());
    let filter = Filter::new(&arguments, &mut { no_file })?;
    let mut matches = filter.beneath(Side::Sender);
    let options = Options::default();
    let to_terminal = std::io::stdout().is_terminal();
    let matching: Vec<_> = changes
        .iter()
        .filter(|change| {
            let is_directory = matches!(change.kind, Kind::Directory);
            !is_directory && matches.excludes(&change.path, is_directory).is_some()
        })
        .collect();
    for tree in [source, target] {
        if let Some(elsewhere) = tree.fetch() {
            let small = matching
                .iter()
                .filter(|change| larger(change) <= options.largest)
                .take(FETCHED);
            let files: Vec<_> = small.map(|change| change.path.clone()).collect();
            elsewhere.fetch(&files, &session.watch)?;
        }
    }
    for change in matching {
        let patch = patch(source, target, change, &options, &session.watch)?;
        let is_silent = matches!(patch, Patch::Same | Patch::NoFile);
        if !is_silent || session.format() == Format::Json {
            report.add(&Patched {
                change,
                patch: &patch,
                to_terminal,
            })?;
        }
    }
    Ok(())
}
