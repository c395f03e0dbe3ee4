//! [`verify`]: proves what a tree is for, or says what speaks against it.
//!
//! One walk looks at the first bytes of every regular file, a few small reads
//! find kernels, distribution and kind, and the [rules](crate::rules) judge.

use rustix::io::Errno;

use crate::entry::{Entry, Kind};
use crate::inspect::reach::{chain, read_head};
use crate::inspect::{Census, ElfError, ElfIdentity, Facts, HEAD_BYTES, MAGIC};
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::rules::{Demand, Finding, Verdict, judge};
use crate::tree::{Directory, Tree, TreeError, Walked, walk};

/// How to verify.
#[derive(Clone, Debug)]
pub struct Options {
    /// What must hold.
    pub demand: Demand,
    /// How many threads read.
    pub threads: usize,
}

/// What a tree turned out to be.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was found in it.
    pub facts: Facts,
    /// What the rules say to that, worst first.
    pub findings: Vec<Finding>,
    /// All of it in one word.
    pub verdict: Verdict,
}

/// Walks `tree`, reading no more than each file's header, and judges it.
///
/// A file that cannot be read is a finding; a directory that cannot be read is
/// an error, for nothing could be said about what lies beneath.
///
/// # Errors
///
/// A [`TreeError`] if the tree cannot be walked, holds no content (a manifest
/// does not), or if the monitor asks to stop.
pub fn verify(
    tree: &dyn Tree,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, TreeError> {
    let census = census(tree, options.threads, monitor)?;
    let facts = Facts::of_tree_metadata(tree, census, monitor)?;
    let (verdict, findings) = judge(&facts, &options.demand);
    Ok(Outcome {
        facts,
        findings,
        verdict,
    })
}

/// What the look at one entry found.
pub(crate) enum Seen {
    /// Nothing that counts.
    Other,
    /// The magic of ELF, and what follows it.
    Elf(Result<ElfIdentity, ElfError>),
    /// Nothing, because it could not be read.
    Unreadable(String),
}

/// Counts the ELF files of a tree.
///
/// # Errors
///
/// A [`TreeError`] as for [`verify`].
pub fn census(tree: &dyn Tree, threads: usize, monitor: &dyn Monitor) -> Result<Census, TreeError> {
    monitor.begin(Phase::Walk, None);
    let mut census = Census::default();
    walk(
        tree,
        threads,
        look,
        |Walked { path, seen, .. }| {
            seen.note(&path, &mut census);
            Ok::<(), TreeError>(())
        },
        monitor,
    )?;
    Ok(census)
}

impl Seen {
    /// Adds it to a census.
    pub(crate) fn note(self, path: &ImagePath, census: &mut Census) {
        match self {
            Self::Other => {}
            Self::Elf(header) => census.record_header(path, header),
            Self::Unreadable(reason) => census.record_unreadable(path, reason),
        }
    }
}

/// Looks at the first bytes of an entry.
pub(crate) fn look(directory: &dyn Directory, entry: &Entry) -> Result<Seen, TreeError> {
    match entry.kind {
        Kind::File { size } if size >= MAGIC.len() as u64 => {}
        // What it hides might speak against the tree.
        Kind::Mount => return Ok(Seen::Unreadable("something is mounted here".to_owned())),
        _ => return Ok(Seen::Other),
    }
    match read_head(directory, &entry.name, HEAD_BYTES) {
        Ok(head) => Ok(ElfIdentity::parse(&head)
            .transpose()
            .map_or(Seen::Other, Seen::Elf)),
        Err(error) if concerns_one_file(&error) => Ok(Seen::Unreadable(chain(&error))),
        Err(error) => Err(error),
    }
}

/// Whether other files may well be readable though this one is not.
pub(crate) fn concerns_one_file(error: &TreeError) -> bool {
    match error {
        TreeError::Changed { .. } => true,
        TreeError::Sys(error) => [
            Errno::ACCESS,
            Errno::PERM,
            Errno::NOENT,
            Errno::IO,
            Errno::STALE,
            Errno::LOOP,
            Errno::NXIO,
        ]
        .into_iter()
        .any(|errno| error.is(errno)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, ImageError as _};
    use crate::inspect::Architecture;
    use crate::inspect::fake::FakeTree;
    use crate::monitor::{Cancelled, Silent, Warning};

    fn options(arch: Architecture, threads: usize) -> Options {
        Options {
            demand: Demand {
                arch: Some(arch),
                ..Demand::default()
            },
            threads,
        }
    }

    fn tree() -> FakeTree {
        (0..600).fold(FakeTree::new(), |tree, number| {
            tree.elf(&format!("usr/lib/x/{number}.so"), Architecture::X86_64)
        })
    }

    #[test]
    fn any_number_of_threads_finds_the_same() {
        let tree = tree()
            .elf("usr/bin/x", Architecture::AARCH64)
            .file("usr/bin/script", b"#!/bin/sh")
            .file("usr/bin/empty", b"")
            .file("usr/bin/cut", b"\x7fELF")
            .symlink("usr/bin/link", "x")
            .fifo("run/fifo")
            .closed("usr/bin/closed", Errno::ACCESS);
        for threads in [1, 2, 5] {
            let options = options(Architecture::X86_64, threads);
            let outcome = verify(&tree, &options, &Silent).expect("readable");
            assert_eq!(outcome.verdict, Verdict::Mismatch);
            let facts = tree.facts();
            let machines = outcome.facts.census.machines();
            assert_eq!(machines, facts.census.machines());
            assert_eq!(machines[&Architecture::X86_64], 600);
            let rules: Vec<_> = outcome.findings.iter().map(|one| one.rule.name).collect();
            assert_eq!(rules, ["elf-foreign", "elf-malformed", "file-unreadable"]);
        }
    }

    #[test]
    fn an_error_of_the_whole_system_ends_it() {
        let tree = FakeTree::new().closed("usr/bin/x", Errno::MFILE);
        let error = verify(&tree, &options(Architecture::X86_64, 2), &Silent)
            .expect_err("no more files can be opened");
        assert_eq!(error.kind(), ErrorKind::System);
        assert!(error.to_string().contains("fake"));
    }

    #[test]
    fn it_stops_when_asked() {
        struct Stop;
        impl Monitor for Stop {
            fn begin(&self, _: Phase, _: Option<u64>) {}
            fn advance(&self, _: u64, _: u64) {}
            fn warn(&self, _: Warning) {}
            fn cancelled(&self) -> bool {
                true
            }
        }
        let error = verify(&tree(), &options(Architecture::X86_64, 2), &Stop)
            .expect_err("the monitor says stop");
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(chain(&error).contains(&Cancelled.to_string()));
    }
}
