//! [`PackageChange`]: what becomes of a package, decided without I/O.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::owners::Side;
use crate::diff::Totals;
use crate::inspect::{DatabaseFormat, Package, Packages};

/// What becomes of a package of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transition {
    /// The target has none of that name, or not of that architecture.
    Added,
    /// The source has none.
    Removed,
    /// The source's version is later.
    Upgraded,
    /// The source's version is earlier.
    Downgraded,
    /// It is there for another architecture.
    OtherArch,
    /// Both have the same.
    Same,
    /// It is not known, since a database could not be read.
    Unknown,
}

impl Transition {
    /// The transition as a word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Upgraded => "upgraded",
            Self::Downgraded => "downgraded",
            Self::OtherArch => "other-arch",
            Self::Same => "same",
            Self::Unknown => "unknown",
        }
    }
}

/// A package in one tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its version, see [`Package::version`].
    pub version: Box<str>,
    /// Its architecture, see [`Package::arch`].
    pub arch: Option<Box<str>>,
}

impl Version {
    fn of(package: &Package) -> Self {
        Self {
            version: package.version.clone(),
            arch: package.arch.clone(),
        }
    }
}

/// What becomes of one package, and how much changes with it.
///
/// Texts are the database's and may hold any character: they are shown through
/// [`Escaped`](crate::escape::Escaped).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageChange {
    /// Its name.
    pub name: Box<str>,
    /// What becomes of it.
    pub transition: Transition,
    /// What the target has of it.
    pub from: Option<Version>,
    /// What the source has of it.
    pub to: Option<Version>,
    /// The changes that belong to it; several architectures of one package
    /// count together.
    pub totals: Totals,
}

impl PackageChange {
    fn new(transition: Transition, from: Option<&Package>, to: Option<&Package>) -> Self {
        let package = to.or(from).expect("one side has it");
        Self {
            name: package.name.clone(),
            transition,
            from: from.map(Version::of),
            to: to.map(Version::of),
            totals: Totals::default(),
        }
    }

    /// One that owns files and that no database could be read for.
    pub(super) fn unknown(name: &str) -> Self {
        Self {
            name: name.into(),
            transition: Transition::Unknown,
            from: None,
            to: None,
            totals: Totals::default(),
        }
    }
}

/// What becomes of each package that either tree has installed, by name.
pub(super) fn between(source: &Side, target: &Side) -> Vec<PackageChange> {
    let format = |side: &Side| side.packages.as_ref().map(|packages| packages.format);
    let manager = |side: &Side| format(side).map(DatabaseFormat::manager);
    let list = |side: &Side| -> Vec<Package> {
        let packages = side.packages.iter().flat_map(Packages::installed);
        packages.cloned().collect()
    };
    let is_whole = |side: &Side| {
        let packages = side.packages.as_ref();
        packages.is_none_or(|packages| packages.unread.is_empty())
    };
    let known = Known {
        source: is_whole(source),
        target: is_whole(target),
    };
    let (sources, targets) = (list(source), list(target));
    let Some(format) = format(source).or(format(target)) else {
        return Vec::new();
    };
    // Names and versions of two managers have nothing to do with each other.
    if let (Some(one), Some(two)) = (manager(source), manager(target))
        && one != two
    {
        let mut all = compare(format, &sources, &[], known);
        all.extend(compare(format, &[], &targets, known));
        all.sort_by(|one, two| one.name.cmp(&two.name));
        return all;
    }
    compare(format, &sources, &targets, known)
}

/// Whether all packages of a tree are known: only then one can be missing.
#[derive(Clone, Copy)]
struct Known {
    source: bool,
    target: bool,
}

fn compare(
    format: DatabaseFormat,
    sources: &[Package],
    targets: &[Package],
    known: Known,
) -> Vec<PackageChange> {
    let mut names: BTreeMap<&str, (Vec<&Package>, Vec<&Package>)> = BTreeMap::new();
    for package in sources {
        names.entry(&package.name).or_default().0.push(package);
    }
    for package in targets {
        names.entry(&package.name).or_default().1.push(package);
    }
    let mut changes = Vec::new();
    for (sources, targets) in names.into_values() {
        of_one_name(format, sources, targets, known, &mut changes);
    }
    changes
}

fn of_one_name(
    format: DatabaseFormat,
    mut sources: Vec<&Package>,
    mut targets: Vec<&Package>,
    known: Known,
    changes: &mut Vec<PackageChange>,
) {
    let order = |one: &Package, two: &Package| format.compare_versions(&one.version, &two.version);
    // Several of one architecture stand beside each other, as RPM's kernels do:
    // then none takes the place of another.
    let beside = |list: &[&Package]| {
        list.iter()
            .enumerate()
            .any(|(number, one)| list[..number].iter().any(|other| other.arch == one.arch))
    };
    let is_beside = beside(&sources) || beside(&targets);
    let mut pair = |is_pair: &dyn Fn(&Package, &Package) -> bool, changes: &mut Vec<_>| {
        sources.retain(|source| {
            let Some(place) = targets.iter().position(|target| is_pair(source, target)) else {
                return true;
            };
            let target = targets.remove(place);
            let transition = match order(source, target) {
                Ordering::Greater => Transition::Upgraded,
                Ordering::Less => Transition::Downgraded,
                Ordering::Equal if source.arch == target.arch => Transition::Same,
                Ordering::Equal => Transition::OtherArch,
            };
            // From one processor's to another's is more than another version.
            let transition = match transition {
                Transition::Upgraded | Transition::Downgraded
                    if source.arch != target.arch && is_bound(source) && is_bound(target) =>
                {
                    Transition::OtherArch
                }
                other => other,
            };
            changes.push(PackageChange::new(transition, Some(target), Some(source)));
            false
        });
    };
    pair(
        &|one, two| one.arch == two.arch && order(one, two).is_eq(),
        changes,
    );
    if !is_beside {
        pair(&|one, two| one.arch == two.arch, changes);
        pair(&|_, _| true, changes);
    }
    if known.target {
        let added = |package: &&Package| PackageChange::new(Transition::Added, None, Some(package));
        changes.extend(sources.iter().map(added));
    }
    if known.source {
        let removed =
            |package: &&Package| PackageChange::new(Transition::Removed, Some(package), None);
        changes.extend(targets.iter().map(removed));
    }
}

/// Whether a package is for one architecture.
fn is_bound(package: &Package) -> bool {
    !matches!(package.arch.as_deref(), None | Some("all" | "noarch"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::State;

    /// From words of `name:arch=version`.
    fn packages(text: &str) -> Vec<Package> {
        let package = |word: &str| {
            let (name, rest) = word.split_once(':').expect("a name");
            let (arch, version) = rest.split_once('=').expect("an architecture");
            Package {
                name: name.into(),
                arch: Some(arch.into()),
                version: version.into(),
                vendor: None,
                state: State::INSTALLED,
            }
        };
        text.split_whitespace().map(package).collect()
    }

    fn told(source: &str, target: &str, known: Known) -> Vec<String> {
        let shown = |version: &Option<Version>| match version {
            None => "-".to_owned(),
            Some(Version { version, arch }) => {
                format!("{}={version}", arch.as_deref().unwrap_or_default())
            }
        };
        let (source, target) = (packages(source), packages(target));
        compare(DatabaseFormat::RpmNdb, &source, &target, known)
            .iter()
            .map(|change| {
                let PackageChange {
                    name, transition, ..
                } = change;
                let (from, to) = (shown(&change.from), shown(&change.to));
                format!("{name} {} {from} {to}", transition.word())
            })
            .collect()
    }

    #[test]
    fn packages_are_paired_by_name_and_architecture() {
        let whole = Known {
            source: true,
            target: true,
        };
        for (source, target, expected) in [
            ("", "", &[][..]),
            ("a:x=1", "a:x=1", &["a same x=1 x=1"]),
            ("a:x=0:1.0", "a:x=1_0", &["a same x=1_0 x=0:1.0"]),
            ("a:x=10", "a:x=9", &["a upgraded x=9 x=10"]),
            ("a:x=9", "a:x=10", &["a downgraded x=10 x=9"]),
            ("a:x=1", "", &["a added - x=1"]),
            ("", "a:x=1", &["a removed x=1 -"]),
            ("a:x=2", "a:y=1", &["a other-arch y=1 x=2"]),
            ("a:x=1", "a:noarch=1", &["a other-arch noarch=1 x=1"]),
            ("a:x=2", "a:noarch=1", &["a upgraded noarch=1 x=2"]),
            (
                "a:x=2 a:y=2",
                "a:x=1 a:y=1",
                &["a upgraded x=1 x=2", "a upgraded y=1 y=2"],
            ),
            (
                "a:x=2 a:y=2",
                "a:y=1",
                &["a upgraded y=1 y=2", "a added - x=2"],
            ),
            // Kernels stand beside each other.
            (
                "k:x=2 k:x=3",
                "k:x=1 k:x=2",
                &["k same x=2 x=2", "k added - x=3", "k removed x=1 -"],
            ),
            (
                "k:x=3",
                "k:x=1 k:x=2",
                &["k added - x=3", "k removed x=1 -", "k removed x=2 -"],
            ),
            (
                "b:x=1 a:x=1",
                "c:x=1",
                &["a added - x=1", "b added - x=1", "c removed x=1 -"],
            ),
        ] {
            assert_eq!(told(source, target, whole), expected, "{source} / {target}");
        }
        // What a damaged database does not name may be there all the same.
        let part = Known {
            source: true,
            target: false,
        };
        assert_eq!(
            told("a:x=2 b:x=1", "a:x=1 c:x=1", part),
            ["a upgraded x=1 x=2", "c removed x=1 -"]
        );
    }
}
