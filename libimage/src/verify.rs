//! [`verify`]: proves what a tree is for, or says what speaks against it.
//!
//! One walk looks at the first bytes of every regular file, a few small reads
//! find kernels, distribution and kind, and the [rules](crate::rules) judge.

mod explain;
mod links;

pub use explain::{Explanation, Subject, explain};

use links::Company;
use rustix::io::Errno;

use crate::entry::{Entry, Kind};
use crate::inspect::reach::{chain, read_head};
use crate::inspect::{
    Census, ElfError, ElfIdentity, Facts, HEAD_BYTES, ImageKind, Inside, MAGIC, kernels,
    look_inside, tell,
};
use crate::monitor::{Monitor, Phase, Silent};
use crate::path::ImagePath;
use crate::rules::{Demand, Finding, Policy, Verdict, judge};
use crate::tree::{Directory, Tree, TreeError, Walked, walk};

/// How to verify.
#[derive(Clone)]
pub struct Options<'t> {
    /// What must hold.
    pub demand: Demand,
    /// How bad the user takes what is found.
    pub policy: Policy,
    /// How many threads read.
    pub threads: usize,
    /// How much is looked at.
    pub depth: Depth<'t>,
}

/// How much of a tree is looked at.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Depth<'t> {
    /// The headers of ELF files alone.
    Headers,
    /// Besides, whether programs and scripts would find in the tree what runs
    /// them and what they are linked against.
    Links {
        /// The image with which a shared tree is used, which holds no system
        /// of its own.
        image: Option<&'t dyn Tree>,
        /// The shared tree that the tree mounts.
        shared: Option<&'t dyn Tree>,
    },
}

impl Depth<'_> {
    /// All that can be found out about a tree by itself.
    pub const ALONE: Self = Self::Links {
        image: None,
        shared: None,
    };
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

/// Walks `tree`, reads no more than headers and the like, and judges it.
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
    options: &Options<'_>,
    monitor: &dyn Monitor,
) -> Result<Outcome, TreeError> {
    let facts = match options.depth {
        Depth::Headers => {
            let census = Census::with_patterns(options.policy.patterns());
            let census = fill(census, tree, options.threads, monitor)?;
            Facts::of_tree_metadata(tree, census, monitor)?
        }
        Depth::Links { image, shared } => {
            links::facts(tree, Company { image, shared }, options, monitor)?
        }
    };
    let (verdict, findings) = judge(&facts, &options.demand, &options.policy);
    Ok(Outcome {
        facts,
        findings,
        verdict,
    })
}

/// Which component of a cluster a tree is, as far as its content tells: a few
/// dozen small reads.
///
/// # Errors
///
/// A [`TreeError`] if a directory cannot be read.
pub fn kind_of(tree: &dyn Tree) -> Result<Option<ImageKind>, TreeError> {
    // Whoever reads warnings hears of them when the tree is verified.
    Ok(tell(tree, &kernels(tree, &Silent)?, &Silent)?.kind)
}

/// What the look at one entry found.
pub(crate) enum Seen {
    /// Nothing that counts.
    Other,
    /// The magic of ELF, and what follows it.
    Elf(Result<ElfIdentity, ElfError>),
    /// Code in a file that is no ELF file.
    Inside(Inside),
    /// Nothing, because it could not be read.
    Unreadable(String),
}

/// Counts the ELF files of a tree.
///
/// # Errors
///
/// A [`TreeError`] as for [`verify`].
pub fn census(tree: &dyn Tree, threads: usize, monitor: &dyn Monitor) -> Result<Census, TreeError> {
    fill(Census::default(), tree, threads, monitor)
}

fn fill(
    mut census: Census,
    tree: &dyn Tree,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Census, TreeError> {
    monitor.begin(Phase::Walk, None);
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
            Self::Inside(inside) => census.record_inside(path, inside),
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
    let seen = read_head(directory, &entry.name, HEAD_BYTES).and_then(|head| {
        Ok(match ElfIdentity::parse(&head).transpose() {
            Some(header) => Seen::Elf(header),
            None => look_inside(directory, &entry.name, &head)?.map_or(Seen::Other, Seen::Inside),
        })
    });
    match seen {
        Ok(seen) => Ok(seen),
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

    fn options(arch: Architecture, threads: usize) -> Options<'static> {
        Options {
            demand: Demand {
                arch: Some(arch),
                ..Demand::default()
            },
            policy: Policy::default(),
            threads,
            depth: Depth::Headers,
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
