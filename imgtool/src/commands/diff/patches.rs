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
    for change in changes {
        let is_directory = matches!(change.kind, Kind::Directory);
        if is_directory || matches.excludes(&change.path, is_directory).is_none() {
            continue;
        }
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
