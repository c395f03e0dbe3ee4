//! [`Census`]: all ELF files of a tree, counted by architecture and place.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Architecture, ElfError, ElfIdentity, ImageKind, Inside, Marks, Patterns, Place, Tally,
    classify, efi,
};
use crate::path::ImagePath;

/// How many different pairs of architecture and place are kept apart.
///
/// A real tree has some dozens. A hostile one could make every file another
/// machine; whatever comes when the table is full is counted by place alone.
const MOST_PAIRS: usize = 1024;

/// What is kept apart.
type Key = (Architecture, Place, Marks);

/// Counts of ELF files, in memory that does not grow with their number.
///
/// Several threads keep one each and [merge](Census::merge) them at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    files: BTreeMap<Key, Tally>,
    patterns: Arc<Patterns>,
    beyond: BTreeMap<Place, Tally>,
    malformed: BTreeMap<Place, Tally<ElfError>>,
    unreadable: Tally<String>,
    packed: BTreeMap<Key, Tally>,
    damaged: BTreeMap<Place, Tally<String>>,
    efi: BTreeMap<(Option<Architecture>, bool), Tally>,
    unseen: Tally,
}

/// The tally of a pair, unless there are too many pairs already.
fn bounded(pairs: &mut BTreeMap<Key, Tally>, key: Key) -> Option<&mut Tally> {
    let has_room = pairs.len() < MOST_PAIRS || pairs.contains_key(&key);
    has_room.then(|| pairs.entry(key).or_default())
}

/// One row of a [`Census`].
#[derive(Clone, Copy, Debug)]
pub struct Count<'a> {
    /// What the files are for.
    pub architecture: Architecture,
    /// Where they stand.
    pub place: Place,
    /// Which patterns their paths match.
    pub marks: Marks,
    /// How many they are, and a few of them.
    pub files: &'a Tally,
}

impl Census {
    /// One that keeps apart what matches different ones of some patterns.
    pub fn with_patterns(patterns: Arc<Patterns>) -> Self {
        Self {
            patterns,
            ..Self::default()
        }
    }

    /// Looks at one regular file.
    ///
    /// `head` must hold the first [`HEAD_BYTES`](super::HEAD_BYTES) bytes of
    /// the file, or all of a shorter one.
    pub fn record(&mut self, path: &ImagePath, head: &[u8]) {
        if let Some(header) = ElfIdentity::parse(head).transpose() {
            self.record_header(path, header);
        }
    }

    /// Counts an ELF file whose header has been looked at already.
    pub fn record_header(&mut self, path: &ImagePath, header: Result<ElfIdentity, ElfError>) {
        match header {
            Ok(identity) => {
                let marks = self.patterns.marks(path);
                self.tally((identity.architecture(), classify(path), marks))
                    .add(path, ());
            }
            Err(error) => self
                .malformed
                .entry(classify(path))
                .or_default()
                .add(path, error),
        }
    }

    /// Notes a file that could not be read, and why.
    pub fn record_unreadable(&mut self, path: &ImagePath, reason: String) {
        self.unreadable.add(path, reason);
    }

    /// Counts what was found in a file that is no ELF file itself: once for
    /// each architecture in it, and never among the ELF files.
    pub fn record_inside(&mut self, path: &ImagePath, inside: Inside) {
        match inside {
            Inside::Packed(architectures) => {
                for architecture in architectures {
                    let key = (architecture, classify(path), self.patterns.marks(path));
                    if let Some(tally) = bounded(&mut self.packed, key) {
                        tally.add(path, ());
                    }
                }
            }
            Inside::Damaged(reason) => {
                let damaged = self.damaged.entry(classify(path)).or_default();
                damaged.add(path, reason);
            }
            Inside::Efi(architecture) => {
                let key = (architecture, efi::is_installed(path));
                self.efi.entry(key).or_default().add(path, ());
            }
            Inside::Unseen => self.unseen.add(path, ()),
        }
    }

    fn tally(&mut self, key: Key) -> &mut Tally {
        if self.files.len() < MOST_PAIRS || self.files.contains_key(&key) {
            self.files.entry(key).or_default()
        } else {
            self.beyond.entry(key.1).or_default()
        }
    }

    /// Adds what another census counted.
    pub fn merge(&mut self, other: Self) {
        for (key, tally) in other.files {
            self.tally(key).merge(tally);
        }
        for (place, tally) in other.beyond {
            self.beyond.entry(place).or_default().merge(tally);
        }
        for (place, tally) in other.malformed {
            self.malformed.entry(place).or_default().merge(tally);
        }
        self.unreadable.merge(other.unreadable);
        for (key, tally) in other.packed {
            if let Some(own) = bounded(&mut self.packed, key) {
                own.merge(tally);
            }
        }
        for (place, tally) in other.damaged {
            self.damaged.entry(place).or_default().merge(tally);
        }
        for (key, tally) in other.efi {
            self.efi.entry(key).or_default().merge(tally);
        }
        self.unseen.merge(other.unseen);
    }

    /// Every pair of architecture and place that was met.
    pub fn counts(&self) -> impl Iterator<Item = Count<'_>> {
        self.files
            .iter()
            .map(|(&(architecture, place, marks), files)| Count {
                architecture,
                place,
                marks,
                files,
            })
    }

    /// Compressed kernel modules and static archives, by what is in them. They
    /// are no ELF files and have no part in the other counts.
    pub fn packed(&self) -> impl Iterator<Item = Count<'_>> {
        self.packed
            .iter()
            .map(|(&(architecture, place, marks), files)| Count {
                architecture,
                place,
                marks,
                files,
            })
    }

    /// Compressed kernel modules and static archives that are damaged, and why.
    pub fn damaged(&self) -> impl Iterator<Item = (Place, &Tally<String>)> {
        self.damaged.iter().map(|(&place, files)| (place, files))
    }

    /// Files that would be in [`Census::packed`] or [`Census::efi`], if more
    /// than their first bytes were at hand.
    pub fn unseen(&self) -> &Tally {
        &self.unseen
    }

    /// EFI programs by what they are for, where that is known, and whether they
    /// stand where firmware finds them (`boot/efi` and its like).
    pub fn efi(&self) -> impl Iterator<Item = (Option<Architecture>, bool, &Tally)> {
        self.efi
            .iter()
            .map(|(&(architecture, installed), files)| (architecture, installed, files))
    }

    /// How many files there are for each architecture, wherever they stand.
    pub fn machines(&self) -> BTreeMap<Architecture, u64> {
        let mut machines = BTreeMap::new();
        for count in self.counts() {
            *machines.entry(count.architecture).or_default() += count.files.count();
        }
        machines
    }

    /// The files of one architecture, wherever they stand.
    pub fn of(&self, architecture: Architecture) -> Tally {
        let mut all = Tally::default();
        for count in self
            .counts()
            .filter(|count| count.architecture == architecture)
        {
            all.merge(count.files.clone());
        }
        all
    }

    /// Files for still other machines than a census keeps apart.
    pub fn beyond(&self) -> impl Iterator<Item = (Place, &Tally)> {
        self.beyond.iter().map(|(&place, files)| (place, files))
    }

    /// Files that have the magic of ELF and no header that can be believed.
    pub fn malformed(&self) -> impl Iterator<Item = (Place, &Tally<ElfError>)> {
        self.malformed.iter().map(|(&place, files)| (place, files))
    }

    /// Files that could not be read at all.
    pub fn unreadable(&self) -> &Tally<String> {
        &self.unreadable
    }

    /// How many ELF files there are, malformed ones not counted.
    pub fn total(&self) -> u64 {
        self.files
            .values()
            .chain(self.beyond.values())
            .map(Tally::count)
            .sum()
    }

    /// The architecture that the tree is for: the one with the most files.
    ///
    /// The system's own programs and libraries decide. Only a tree without any
    /// is judged by its kernel modules, and only one without those by what
    /// stands elsewhere; so thousands of modules do not outvote a small
    /// userland, nor a container image in `var` its host. A `cm-shared` tree
    /// has no system of its own: there all places count, but for those where
    /// code of other machines is usual.
    pub fn majority(&self, kind: Option<ImageKind>) -> Option<Architecture> {
        let rank = |count: &Count<'_>| match count.place {
            Place::Programs | Place::Libraries | Place::Libraries64 => Some(0),
            Place::Multiarch(of) | Place::Sysroot(of) if of == count.architecture => Some(0),
            Place::KernelModules => Some(1),
            Place::Elsewhere if kind == Some(ImageKind::CmShared) => Some(0),
            Place::Elsewhere => Some(2),
            _ => None,
        };
        let processors: Vec<_> = self
            .counts()
            .filter(|count| count.architecture.machine.is_processor())
            .filter_map(|count| Some((rank(&count)?, count)))
            .collect();
        let best = processors.iter().map(|(rank, _)| *rank).min()?;
        let mut votes: BTreeMap<Architecture, u64> = BTreeMap::new();
        for (_, count) in processors.iter().filter(|(rank, _)| *rank == best) {
            *votes.entry(count.architecture).or_default() += count.files.count();
        }
        // Of equal counts the one with 64 bits, which may run the other beside
        // itself; then the first, so that it is always the same.
        votes
            .into_iter()
            .rev()
            .max_by_key(|(architecture, votes)| (*votes, architecture.class))
            .map(|(architecture, _)| architecture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::fake::elf_header;
    use crate::inspect::{Class, Endian, Machine};

    const X86: Architecture = Architecture::X86_64;
    const ARM: Architecture = Architecture::AARCH64;

    /// Name, files, kind, and the majority.
    type Row<'a> = (
        &'a str,
        &'a [(&'a str, Architecture)],
        Option<ImageKind>,
        Option<Architecture>,
    );

    fn path(text: &str) -> ImagePath {
        ImagePath::new(text.as_bytes()).expect("valid")
    }

    fn census(files: &[(&str, Architecture)]) -> Census {
        let mut census = Census::default();
        for (name, architecture) in files {
            census.record(&path(name), &elf_header(*architecture));
        }
        census
    }

    #[test]
    fn the_systems_own_files_are_the_majority() {
        let bpf = Architecture {
            machine: Machine::BPF,
            ..X86
        };
        let shared = Some(ImageKind::CmShared);
        let cases: &[Row<'_>] = &[
            ("empty", &[], None, None),
            ("one", &[("usr/bin/a", ARM)], None, Some(ARM)),
            (
                "most of the native files",
                &[("usr/bin/a", ARM), ("usr/lib/b", X86), ("bin/c", X86)],
                None,
                Some(X86),
            ),
            (
                "not those elsewhere",
                &[("usr/bin/a", ARM), ("opt/b", X86), ("opt/c", X86)],
                None,
                Some(ARM),
            ),
            (
                "not the kernel modules",
                &[
                    ("usr/bin/a", ARM),
                    ("lib/modules/6/b.ko", X86),
                    ("lib/modules/6/c.ko", X86),
                ],
                None,
                Some(ARM),
            ),
            (
                "own multiarch directory, not the other",
                &[
                    ("usr/lib/aarch64-linux-gnu/a", ARM),
                    ("usr/lib/aarch64-linux-gnu/b", X86),
                    ("usr/lib/aarch64-linux-gnu/c", X86),
                ],
                None,
                Some(ARM),
            ),
            ("elsewhere alone", &[("opt/b", X86)], None, Some(X86)),
            (
                "never where others are usual",
                &[("lib/firmware/a", ARM)],
                None,
                None,
            ),
            ("never code for devices", &[("usr/lib/a", bpf)], None, None),
            (
                "everywhere in a shared tree",
                &[("lib/a", ARM), ("apps/b", X86), ("apps/c", X86)],
                shared,
                Some(X86),
            ),
            (
                "of a tie the one with 64 bits",
                &[("bin/a", X86), ("bin/b", Architecture::I386)],
                None,
                Some(X86),
            ),
            (
                "a tie is always decided alike",
                &[("bin/a", ARM), ("bin/b", X86)],
                None,
                Some(X86),
            ),
        ];
        for (name, files, kind, expected) in cases {
            assert_eq!(census(files).majority(*kind), *expected, "{name}");
        }
    }

    #[test]
    fn merging_is_counting_together() {
        let files = [
            ("usr/bin/a", ARM),
            ("usr/bin/b", X86),
            ("usr/bin/c", X86),
            ("usr/bin/d", X86),
            ("usr/bin/e", X86),
        ];
        let mut merged = census(&files[3..]);
        merged.merge(census(&files[..3]));
        assert_eq!(merged, census(&files));
        assert_eq!(merged.total(), 5);
        assert_eq!(merged.machines(), [(X86, 4), (ARM, 1)].into());
        let examples = merged.of(X86);
        let kept: Vec<_> = examples.paths().map(ToString::to_string).collect();
        assert_eq!(kept, ["usr/bin/b", "usr/bin/c", "usr/bin/d"]);
    }

    #[test]
    fn a_census_does_not_grow_with_the_tree() {
        let mut census = Census::default();
        for number in 0..5000_u16 {
            let architecture = Architecture {
                machine: Machine(number),
                class: Class::Elf64,
                data: Endian::Little,
            };
            census.record(
                &path(&format!("usr/bin/{number}")),
                &elf_header(architecture),
            );
            census.record(&path(&format!("opt/{number}")), b"\x7fELF\x09");
        }
        assert_eq!(census.counts().count(), MOST_PAIRS);
        assert_eq!(census.total(), 5000);
        let beyond: Vec<_> = census
            .beyond()
            .map(|(place, files)| (place, files.count()))
            .collect();
        assert_eq!(beyond, [(Place::Programs, 5000 - MOST_PAIRS as u64)]);
        let malformed: Vec<_> = census
            .malformed()
            .map(|(place, files)| (place, files.count(), files.examples()[0].1))
            .collect();
        assert_eq!(
            malformed,
            [(Place::Elsewhere, 5000, ElfError::Truncated { length: 5 })]
        );
    }

    #[test]
    fn what_is_packed_has_counts_of_its_own() {
        let packed = |architectures: &[Architecture]| {
            Inside::Packed(architectures.iter().copied().collect())
        };
        let mut first = Census::default();
        first.record_inside(&path("usr/lib/a.a"), packed(&[X86, ARM]));
        first.record_inside(&path("usr/lib/b.a"), packed(&[X86]));
        let mut census = Census::default();
        census.record_inside(&path("lib/modules/6/a.ko.gz"), packed(&[ARM]));
        census.record_inside(&path("usr/lib/c.a"), Inside::Damaged("why".to_owned()));
        census.record_inside(&path("boot/efi/EFI/a.efi"), Inside::Efi(Some(ARM)));
        census.record_inside(&path("usr/lib/a.efi"), Inside::Efi(Some(ARM)));
        census.record_inside(&path("usr/lib/b.efi"), Inside::Efi(None));
        census.merge(first);
        let shown: Vec<_> = census
            .packed()
            .map(|count| (count.architecture, count.place, count.files.count()))
            .collect();
        assert_eq!(
            shown,
            [
                (X86, Place::Libraries, 2),
                (ARM, Place::Libraries, 1),
                (ARM, Place::KernelModules, 1),
            ]
        );
        let efi: Vec<_> = census
            .efi()
            .map(|(architecture, installed, files)| (architecture, installed, files.count()))
            .collect();
        assert_eq!(
            efi,
            [
                (None, false, 1),
                (Some(ARM), false, 1),
                (Some(ARM), true, 1)
            ]
        );
        assert_eq!(census.damaged().count(), 1);
        assert_eq!(census.total(), 0);
        assert_eq!(census.majority(None), None);
        for number in 0..5000_u16 {
            let architecture = Architecture {
                machine: Machine(number),
                ..X86
            };
            census.record_inside(&path("usr/lib/a.a"), packed(&[architecture]));
        }
        assert_eq!(census.packed().count(), MOST_PAIRS);
    }

    #[test]
    fn other_files_are_not_counted() {
        let mut census = Census::default();
        census.record(&path("usr/bin/script"), b"#!/bin/sh\n");
        census.record(&path("usr/bin/empty"), b"");
        assert_eq!(census, Census::default());
        census.record_unreadable(&path("root/secret"), "permission denied".to_owned());
        assert_eq!(census.unreadable().count(), 1);
        assert_eq!(census.total(), 0);
    }
}
