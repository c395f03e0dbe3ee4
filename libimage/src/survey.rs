//! [`survey`]: what a tree is and how large, in one walk.

mod largest;

use std::collections::HashSet;
use std::io;

use largest::Largest;

use crate::digest::{Algorithm, ContentDigest, Digest};
use crate::entry::{Counts, Entry, Kind, LinkGroup};
use crate::inspect::{Census, Facts};
use crate::manifest::ManifestWriter;
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::tree::{Directory, Tree, TreeError, Walked, walk};
use crate::verify::{Seen, look};

/// How to survey.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether all content is read for the tree's digest.
    pub digest: bool,
    /// Whether files are looked into for what the tree is; trees that hold no
    /// content have to do without.
    pub facts: bool,
    /// How many threads read.
    pub threads: usize,
}

/// What a tree is and how large.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// What it is for, where that was asked for.
    pub facts: Option<Facts>,
    /// Its digest, as its manifest has it, where that was asked for.
    pub digest: Option<Digest>,
    /// How many entries of each kind.
    pub counts: Counts,
    /// Content of all regular files in bytes, each inode counted once.
    pub bytes: u64,
    /// What all entries take on the disk in bytes, each inode counted once;
    /// nothing for trees that stand on none.
    pub allocated: Option<u64>,
    /// The directories with most content, and how much, in bytes.
    pub largest: Vec<(ImagePath, u64)>,
}

/// Walks `tree` once.
///
/// # Errors
///
/// A [`TreeError`] if something cannot be read, or if the monitor asks to stop.
pub fn survey(
    tree: &dyn Tree,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, TreeError> {
    let phase = if options.digest {
        Phase::Hash
    } else {
        Phase::Walk
    };
    monitor.begin(phase, None);
    let mut sum = Sum::new(options.digest);
    walk(
        tree,
        options.threads,
        |directory, entry| visit(directory, entry, options, monitor),
        |walked| {
            sum.add(walked);
            Ok::<(), TreeError>(())
        },
        monitor,
    )?;
    let facts = if options.facts {
        Some(Facts::of_tree_metadata(tree, sum.census, monitor)?)
    } else {
        None
    };
    Ok(Outcome {
        facts,
        digest: sum
            .manifest
            .map(|manifest| manifest.finish().expect(SINK).1.digest),
        counts: sum.counts,
        bytes: sum.bytes,
        allocated: sum.allocated,
        largest: sum.largest.told(),
    })
}

/// What the visit of one entry found.
struct Visit {
    content: Option<ContentDigest>,
    head: Option<Seen>,
    allocated: Option<u64>,
}

fn visit(
    directory: &dyn Directory,
    entry: &Entry,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Visit, TreeError> {
    let is_file = entry.file_size().is_some();
    Ok(Visit {
        head: options.facts.then(|| look(directory, entry)).transpose()?,
        content: (options.digest && is_file)
            .then(|| directory.digest(entry, Algorithm::Blake3, monitor))
            .transpose()?,
        allocated: match entry.kind {
            Kind::Mount => None,
            _ => directory.allocated(entry)?,
        },
    })
}

/// Why writing a manifest that nobody reads cannot fail.
const SINK: &str = "a sink takes everything";

/// All that was found so far.
struct Sum {
    census: Census,
    manifest: Option<ManifestWriter<io::Sink>>,
    counts: Counts,
    bytes: u64,
    allocated: Option<u64>,
    largest: Largest,
    seen: HashSet<LinkGroup>,
}

impl Sum {
    fn new(digest: bool) -> Self {
        Self {
            census: Census::default(),
            manifest: digest.then(|| ManifestWriter::new(io::sink()).expect(SINK)),
            counts: Counts::default(),
            bytes: 0,
            allocated: None,
            largest: Largest::default(),
            seen: HashSet::new(),
        }
    }

    fn add(&mut self, walked: Walked<Visit>) {
        let Walked {
            path,
            mut entry,
            seen: visit,
        } = walked;
        self.counts.add(&entry.kind);
        if let Some(head) = visit.head {
            head.note(&path, &mut self.census);
        }
        if entry.link.is_none_or(|group| self.seen.insert(group)) {
            let bytes = entry.file_size().unwrap_or(0);
            self.bytes = self.bytes.saturating_add(bytes);
            self.largest.add(&path, bytes);
            if let Some(allocated) = visit.allocated {
                *self.allocated.get_or_insert(0) += allocated;
            }
        } else {
            self.counts.hard_links += 1;
        }
        if let Some(manifest) = &mut self.manifest {
            entry.content = visit.content;
            manifest.push(path, &entry).expect(SINK);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fixtures::tree::{Node, Privilege, TreeSpec};

    use super::*;
    use crate::inspect::Architecture;
    use crate::manifest;
    use crate::monitor::Silent;
    use crate::tree::{LiveTree, Want};

    fn tree(path: &Path) -> LiveTree {
        let spec = TreeSpec::new()
            .with(Node::dir(""))
            .with(Node::dir("usr"))
            .with(Node::dir("usr/bin"))
            .with(Node::file(
                "usr/bin/a",
                fixtures::elf::executable(fixtures::elf::Machine::Aarch64),
            ))
            .with(Node::file("usr/text", "12345"))
            .with(Node::hard_link("usr/text-again", "usr/text"))
            .with(Node::sparse("usr/sparse", 1 << 20, &[(1 << 19, b"x")]))
            .with(Node::symlink("usr/link", "text"))
            .with(Node::fifo("usr/fifo"));
        spec.create(path, Privilege::current());
        LiveTree::open(path, Want::All).expect("opens")
    }

    #[test]
    fn one_walk_finds_what_the_others_find() {
        let dir = tempfile::tempdir().expect("makes");
        let tree = tree(&dir.path().join("tree"));
        let options = Options {
            digest: true,
            facts: true,
            threads: 2,
        };
        let outcome = survey(&tree, &options, &Silent).expect("readable");
        let summary = manifest::build(&tree, io::sink(), 1, &Silent).expect("readable");
        assert_eq!(outcome.digest, Some(summary.digest));
        assert_eq!(outcome.counts.entries(), summary.counts.entries());
        assert_eq!(outcome.bytes, summary.bytes);
        let census = crate::verify::census(&tree, 1, &Silent).expect("readable");
        let facts = outcome.facts.expect("asked for");
        assert_eq!(facts.census, census);
        assert_eq!(facts.arch, Some(Architecture::AARCH64));
        let counts = Counts {
            directories: 3,
            files: 4,
            symlinks: 1,
            devices: 0,
            pipes: 1,
            mounts: 0,
            hard_links: 1,
        };
        assert_eq!(outcome.counts, counts);
        assert!(outcome.allocated.expect("on a disk") < outcome.bytes);

        let options = Options {
            digest: false,
            facts: false,
            threads: 1,
        };
        let outcome = survey(&tree, &options, &Silent).expect("readable");
        assert_eq!(outcome.counts, counts);
        assert!(outcome.digest.is_none() && outcome.facts.is_none());
    }
}
