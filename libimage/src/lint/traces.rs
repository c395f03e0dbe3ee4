//! [`Traces`]: what the walk noticed for the checks that concern all of a tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::inflated::wasted;
use super::leftovers;
use super::ownership::Privileged;
use super::permissions::is_world_writable;
use super::shared_links::SharedLinks;
use crate::entry::{Entry, Kind};
use crate::inspect::{Census, ElfType, Marks, Patterns, Place, Tally, captured, classify};
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::rules::{Finding, Rule, counted, examples};
use crate::tree::{Directory, Tree, TreeError, Walked, walk};
use crate::verify::{Seen, look};

/// All that the walk noticed.
pub(super) struct Traces {
    /// By the patterns of the policy that the paths match, so that each entry
    /// of it finds its own.
    pub(super) noticed: BTreeMap<Marks, Noticed>,
    /// Files that give privileges.
    pub(super) privileged: Privileged,
    shared_links: SharedLinks,
}

/// Counts with a few examples each, in memory that does not grow with the tree.
#[derive(Default)]
pub(super) struct Noticed {
    /// Where something is mounted.
    pub(super) mounts: Tally,
    /// What a kernel once showed in `proc` and `sys`.
    pub(super) captured: Tally,
    /// Other files in `dev`, `proc` and `sys`.
    pub(super) pseudo_files: Tally,
    /// Files in `run`.
    pub(super) run_files: Tally,
    /// Files and directories that everyone may write to, with their modes.
    pub(super) world_writable: Tally<u16>,
    /// Files with zeros on the disk, and how many bytes of them.
    pub(super) inflated: Tally<u64>,
    /// All bytes of such zeros.
    pub(super) wasted: u64,
    /// Dumps of processes.
    pub(super) core_dumps: Tally,
    /// Files of packages that were not installed to their end.
    pub(super) interrupted: Tally,
    /// Configuration files that package managers set aside.
    pub(super) set_aside: Tally,
    /// Modulefiles named `no-version`.
    pub(super) no_version: Tally,
}

/// The finding about what a tally counted, if it counted anything:
/// `2 mount points in use: ` and the examples.
pub(super) fn tallied<T>(
    rule: &'static Rule,
    tally: &Tally<T>,
    noun: &str,
    rest: &str,
) -> Vec<Finding> {
    let finding = tally.paths().next().map(|path| {
        let counted = counted(tally.count(), noun);
        let message = format!("{counted}{rest}: {}", examples(tally));
        Finding::new(rule, Some(path), message)
    });
    finding.into_iter().collect()
}

/// What the visit of one entry found.
struct Visit {
    head: Seen,
    wasted: Option<u64>,
}

impl Traces {
    /// Walks a tree once, and takes the census of its ELF files by the way.
    pub(super) fn of(
        tree: &dyn Tree,
        patterns: &Arc<Patterns>,
        threads: usize,
        monitor: &dyn Monitor,
    ) -> Result<(Self, Census), TreeError> {
        monitor.begin(Phase::Walk, None);
        let mut traces = Self {
            noticed: BTreeMap::new(),
            privileged: Privileged::default(),
            shared_links: SharedLinks::default(),
        };
        let mut census = Census::with_patterns(patterns.clone());
        walk(
            tree,
            threads,
            visit,
            |Walked { path, entry, seen }| {
                let marks = patterns.marks(&path);
                let noticed = traces.noticed.entry(marks).or_default();
                noticed.note(&path, &entry, &seen);
                if entry.kind != Kind::Mount {
                    traces.privileged.note(&path, &entry);
                    traces.shared_links.note(&path, &entry);
                }
                seen.head.note(&path, &mut census);
                Ok::<(), TreeError>(())
            },
            monitor,
        )?;
        Ok((traces, census))
    }

    pub(super) fn into_shared_links(self) -> SharedLinks {
        self.shared_links
    }

    pub(super) fn shared_links(&self) -> &SharedLinks {
        &self.shared_links
    }
}

impl Noticed {
    fn note(&mut self, path: &ImagePath, entry: &Entry, seen: &Visit) {
        if entry.kind == Kind::Mount {
            self.mounts.add(path, ());
            return;
        }
        self.note_pseudo(path, entry);
        if is_world_writable(path, entry) {
            self.world_writable.add(path, entry.metadata.mode);
        }
        if let Some(wasted) = seen.wasted {
            self.inflated.add(path, wasted);
            self.wasted = self.wasted.saturating_add(wasted);
        }
        if is_core_dump(path, entry, &seen.head) {
            self.core_dumps.add(path, ());
        }
        if leftovers::is_interrupted(path, entry) {
            self.interrupted.add(path, ());
        } else if leftovers::is_set_aside(path, entry) {
            self.set_aside.add(path, ());
        }
        if &*entry.name == b"no-version" && path.components().next() == Some(b"modulefiles") {
            self.no_version.add(path, ());
        }
    }

    /// Notes what stands where nodes mount file systems of their kernel.
    fn note_pseudo(&mut self, path: &ImagePath, entry: &Entry) {
        if captured(path, entry.is_directory()).is_some() {
            self.captured.add(path, ());
            return;
        }
        let holds_content = matches!(entry.kind, Kind::File { .. } | Kind::Fifo | Kind::Socket);
        if !holds_content || path.depth() < 2 {
            return;
        }
        match path.components().next() {
            Some(b"dev" | b"proc" | b"sys") => self.pseudo_files.add(path, ()),
            Some(b"run") => self.run_files.add(path, ()),
            _ => {}
        }
    }
}

/// Looks at the content of an entry, as far as its kind and size make it worth.
fn visit(directory: &dyn Directory, entry: &Entry) -> Result<Visit, TreeError> {
    let head = look(directory, entry)?;
    let wasted = match head {
        Seen::Unreadable(_) => None,
        _ => wasted(directory, entry)?,
    };
    Ok(Visit { head, wasted })
}

/// Whether a file is the dump of a process: an ELF file that says so, or one
/// where the system keeps them packed.
fn is_core_dump(path: &ImagePath, entry: &Entry, head: &Seen) -> bool {
    let kept = [&b"var/crash/"[..], b"var/lib/systemd/coredump/"];
    match (head, &entry.kind) {
        (Seen::Elf(Ok(identity)), _) if identity.file_type == ElfType::Core => {
            classify(path) != Place::TestData
        }
        (_, Kind::File { size: 1.. }) => {
            kept.iter().any(|kept| path.as_bytes().starts_with(kept))
                && !entry.name.starts_with(b".")
        }
        _ => false,
    }
}
