//! [`Risk`]: local data that would be lost, decided without I/O.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::directories::above;
use super::regenerated::{self, Regenerated};
use crate::excludes::VALUABLE;
use crate::path::ImagePath;
use crate::size::total;

/// Local data of the target that would be lost: what no package brought, or
/// what was changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Risk {
    /// Where; a directory stands for all in it that is lost.
    pub path: ImagePath,
    /// What becomes of it.
    pub fate: Fate,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// How many names it stands for, itself included if it is none of a
    /// package's.
    pub entries: u64,
    /// Content that is lost, in bytes; each name counts.
    pub bytes: u64,
    /// Why it counts as local.
    pub reason: Reason,
    /// Whether it is, lies in or holds a directory in which nodes often keep
    /// data of their own.
    pub is_valuable: bool,
}

/// Files of packages that go or are overwritten, and that are taken to be as
/// they were shipped though nobody looked, or nobody can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unchecked {
    /// How many there are.
    pub entries: u64,
    /// Their content in bytes.
    pub bytes: u64,
}

/// What becomes of something that is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// It is deleted: the source has nothing there.
    Deleted,
    /// The source's content takes the place of its own.
    Overwritten,
    /// Something of another type takes its place.
    Replaced,
}

impl Fate {
    /// The fate as a word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Overwritten => "overwritten",
            Self::Replaced => "replaced",
        }
    }
}

/// Why something counts as local data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No package of the target owns it, as far as is known.
    NoPackage,
    /// A package shipped it with other content.
    Edited {
        /// The package.
        package: Box<str>,
        /// Whether it is there to be edited.
        configuration: bool,
    },
    /// A package brought it to be edited, and nobody can tell whether it was:
    /// its content cannot be read, or the package has no digest of it.
    Unknown {
        /// The package.
        package: Box<str>,
    },
    /// A package owns the name and brings no content.
    Ghost {
        /// The package.
        package: Box<str>,
    },
}

impl Reason {
    /// The reason as a word for reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NoPackage => "no-package",
            Self::Edited { .. } => "edited",
            Self::Unknown { .. } => "unknown",
            Self::Ghost { .. } => "ghost",
        }
    }

    /// The package that owns the name.
    pub fn package(&self) -> Option<&str> {
        match self {
            Self::NoPackage => None,
            Self::Edited { package, .. } | Self::Unknown { package } | Self::Ghost { package } => {
                Some(package)
            }
        }
    }
}

/// Something that a change takes away from the target.
pub(super) struct Loss<'a> {
    pub(super) path: &'a ImagePath,
    pub(super) fate: Fate,
    pub(super) is_directory: bool,
    pub(super) bytes: u64,
    pub(super) claim: Claim,
}

/// Whose it is.
pub(super) enum Claim {
    /// A package brought it, or the same comes in its place.
    NoLoss,
    /// A package brought it, and whether it was changed since is not known.
    Unchecked,
    /// Nobody did, and it is made again by a rule of this number.
    Regenerated(usize),
    /// The target's own.
    Local(Reason),
}

/// A directory that goes.
#[derive(Default)]
struct Going {
    /// Of its parent, where that goes as well.
    above: Option<usize>,
    /// Whether it holds files of packages, or files that were theirs: then it
    /// does not stand for what is in it.
    is_mixed: bool,
    /// Whether something in it is made again.
    regenerated: bool,
    directories: u64,
    files: u64,
    bytes: u64,
    /// One of the files.
    file: Option<usize>,
    loss: usize,
}

/// Puts losses together: what lies in a directory that goes and has nothing of
/// packages in it counts with the topmost such directory.
pub(super) fn fold(losses: &[Loss<'_>]) -> (Vec<Risk>, Vec<Regenerated>) {
    let mut forest = Forest::new(losses);
    let mut risks = Vec::new();
    let mut again: BTreeMap<usize, Regenerated> = BTreeMap::new();
    for (number, loss) in losses.iter().enumerate() {
        match &loss.claim {
            Claim::NoLoss | Claim::Unchecked => {}
            Claim::Regenerated(rule) => add(&mut again, *rule, loss),
            Claim::Local(Reason::NoPackage) => match forest.stands_for(loss) {
                Some(place) => forest.going[place].take(number, loss),
                // A directory of packages' files is no data by itself.
                None if loss.is_directory => {}
                None => risks.push(alone(loss, Reason::NoPackage)),
            },
            Claim::Local(reason) => risks.push(alone(loss, reason.clone())),
        }
    }
    risks.extend(forest.going.iter().filter_map(|going| going.risk(losses)));
    risks.sort_by(|one, two| {
        let key = |risk: &Risk| (Reverse(risk.bytes), Reverse(risk.entries));
        key(one)
            .cmp(&key(two))
            .then_with(|| one.path.cmp(&two.path))
    });
    (risks, again.into_values().collect())
}

/// What is taken to be no loss unseen.
pub(super) fn unchecked(losses: &[Loss<'_>]) -> Unchecked {
    let mut sum = Unchecked::default();
    for loss in losses {
        if matches!(loss.claim, Claim::Unchecked) {
            sum.entries += 1;
            sum.bytes += loss.bytes;
        }
    }
    sum
}

fn add(again: &mut BTreeMap<usize, Regenerated>, rule: usize, loss: &Loss<'_>) {
    let sum = again.entry(rule).or_insert_with(|| Regenerated {
        reason: regenerated::reason(rule),
        entries: 0,
        bytes: 0,
        largest: (loss.path.clone(), loss.bytes),
    });
    sum.entries += 1;
    sum.bytes = total([sum.bytes, loss.bytes]);
    if loss.bytes > sum.largest.1 {
        sum.largest = (loss.path.clone(), loss.bytes);
    }
}

fn alone(loss: &Loss<'_>, reason: Reason) -> Risk {
    Risk {
        path: loss.path.clone(),
        fate: loss.fate,
        is_directory: loss.is_directory,
        entries: 1,
        bytes: loss.bytes,
        reason,
        is_valuable: is_valuable(loss.path),
    }
}

/// Whether a path is, lies in or holds a valuable directory.
fn is_valuable(path: &ImagePath) -> bool {
    let lies_in = |path: &[u8], other: &[u8]| {
        path.strip_prefix(other)
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    };
    VALUABLE.iter().any(|place| {
        lies_in(path.as_bytes(), place.as_bytes()) || lies_in(place.as_bytes(), path.as_bytes())
    })
}

/// The directories that go.
struct Forest<'a> {
    going: Vec<Going>,
    places: HashMap<&'a [u8], usize>,
}

impl<'a> Forest<'a> {
    fn new(losses: &[Loss<'a>]) -> Self {
        let mut forest = Self {
            going: Vec::new(),
            places: HashMap::new(),
        };
        for (loss, directory) in losses.iter().enumerate() {
            if directory.is_directory {
                forest
                    .places
                    .insert(directory.path.as_bytes(), forest.going.len());
                forest.going.push(Going {
                    loss,
                    ..Going::default()
                });
            }
        }
        for going in &mut forest.going {
            let parent = above(losses[going.loss].path.as_bytes());
            going.above = parent.and_then(|parent| forest.places.get(parent)).copied();
        }
        for loss in losses.iter().filter(|loss| !loss.is_directory) {
            match loss.claim {
                Claim::Local(Reason::NoPackage) => {}
                Claim::Regenerated(_) => forest.mark(loss, |going| &mut going.regenerated),
                Claim::NoLoss | Claim::Unchecked | Claim::Local(_) => {
                    forest.mark(loss, |going| &mut going.is_mixed);
                }
            }
        }
        forest
    }

    /// Marks every directory above.
    fn mark(&mut self, loss: &Loss<'a>, flag: impl Fn(&mut Going) -> &mut bool) {
        let mut place = self.holds(loss);
        while let Some(at) = place {
            let going = &mut self.going[at];
            if std::mem::replace(flag(going), true) {
                break;
            }
            place = going.above;
        }
    }

    /// The directory that holds it, if that goes.
    fn holds(&self, loss: &Loss<'a>) -> Option<usize> {
        self.places.get(above(loss.path.as_bytes())?).copied()
    }

    /// The topmost directory that stands for it.
    fn stands_for(&self, loss: &Loss<'a>) -> Option<usize> {
        let own = self.places.get(loss.path.as_bytes()).copied();
        let mut place = own.or_else(|| self.holds(loss));
        let mut topmost = None;
        while let Some(at) = place.filter(|&at| !self.going[at].is_mixed) {
            topmost = Some(at);
            place = self.going[at].above;
        }
        topmost
    }
}

impl Going {
    fn take(&mut self, number: usize, loss: &Loss<'_>) {
        if loss.is_directory {
            self.directories += 1;
        } else {
            self.files += 1;
            self.file = Some(number);
        }
        self.bytes = total([self.bytes, loss.bytes]);
    }

    /// What it stands for, if that is data.
    fn risk(&self, losses: &[Loss<'_>]) -> Option<Risk> {
        let entries = self.directories + self.files;
        let (1.., Some(file)) = (entries, self.file) else {
            // Empty directories are told; those with what is made again are not.
            let is_empty = entries > 0 && !self.regenerated;
            return is_empty.then(|| self.whole(entries, losses));
        };
        // One file in a package's directory speaks for itself.
        match entries {
            1 => Some(alone(&losses[file], Reason::NoPackage)),
            _ => Some(self.whole(entries, losses)),
        }
    }

    fn whole(&self, entries: u64, losses: &[Loss<'_>]) -> Risk {
        Risk {
            entries,
            bytes: self.bytes,
            ..alone(&losses[self.loss], Reason::NoPackage)
        }
    }
}
