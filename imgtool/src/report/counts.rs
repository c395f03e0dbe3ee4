//! How many entries of each kind, as a row and as members of an object.

use indicatif::HumanCount;
use libimage::entry::Counts;
use serde::Serialize;

use super::text::Counted;

/// The members that every object about a whole tree has.
#[derive(Serialize)]
pub(super) struct Kinds {
    entries: u64,
    directories: u64,
    files: u64,
    symlinks: u64,
    devices: u64,
    pipes: u64,
    hard_links: u64,
    pub(super) mounts: u64,
}

impl From<&Counts> for Kinds {
    fn from(counts: &Counts) -> Self {
        Self {
            entries: counts.entries(),
            directories: counts.directories,
            files: counts.files,
            symlinks: counts.symlinks,
            devices: counts.devices,
            pipes: counts.pipes,
            hard_links: counts.hard_links,
            mounts: counts.mounts,
        }
    }
}

/// All entries, then those kinds of which there are any.
pub(super) fn entries(counts: &Counts) -> String {
    let kinds = [
        Counted(counts.directories, "directory", "directories"),
        Counted(counts.files, "file", "files"),
        Counted(counts.symlinks, "symlink", "symlinks"),
        Counted(counts.devices, "device", "devices"),
        Counted(counts.pipes, "pipe or socket", "pipes and sockets"),
        Counted(
            counts.hard_links,
            "of them a further hard link",
            "of them further hard links",
        ),
    ];
    let kinds: Vec<_> = kinds
        .iter()
        .filter(|counted| counted.0 > 0)
        .map(ToString::to_string)
        .collect();
    let all = HumanCount(counts.entries());
    format!("{all} ({})", kinds.join(", "))
}
