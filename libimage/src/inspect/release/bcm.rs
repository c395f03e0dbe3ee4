//! [`BcmRelease`]: the series of BCM that packages are of.

use std::collections::BTreeMap;

use crate::inspect::{Package, Packages};

/// Base Command Manager, by the versions of its packages.
///
/// They carry the series behind `cm`: `11.0-162015_cm11.0_c1de4fd4d1`, as the
/// BCM Administrator Manual shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BcmRelease {
    /// The series that most of the packages are of: `11.0`.
    pub series: String,
    /// How many are.
    pub count: u64,
    /// The packages of other series, left behind by an upgrade.
    pub others: Vec<LeftBehind>,
}

/// A package of another series than most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftBehind {
    /// Its name.
    pub name: Box<str>,
    /// Its version, which names the series.
    pub version: Box<str>,
    /// The series.
    pub series: String,
}

impl BcmRelease {
    /// From the packages that are installed; nothing where none is of BCM.
    pub fn of(packages: &Packages) -> Option<Self> {
        let mut by_series: BTreeMap<(u32, u32), Vec<&Package>> = BTreeMap::new();
        for package in packages.installed() {
            if let Some(series) = series(&package.version) {
                by_series.entry(series).or_default().push(package);
            }
        }
        // Of equal counts the newer: it is what an upgrade was to lead to.
        let most = by_series
            .iter()
            .max_by_key(|(series, packages)| (packages.len(), **series))
            .map(|(series, _)| *series)?;
        let own = by_series.remove(&most).expect("just found");
        let shown = |(major, minor): (u32, u32)| format!("{major}.{minor}");
        Some(Self {
            series: shown(most),
            count: own.len() as u64,
            others: by_series
                .into_iter()
                .flat_map(|(series, packages)| packages.into_iter().map(move |one| (series, one)))
                .map(|(series, package)| LeftBehind {
                    name: package.name.clone(),
                    version: package.version.clone(),
                    series: shown(series),
                })
                .collect(),
        })
    }
}

/// The series in a version: behind `cm`, where that is a word's beginning.
fn series(version: &str) -> Option<(u32, u32)> {
    version.match_indices("cm").find_map(|(at, _)| {
        let before = version[..at].chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let end = |text: &str| {
            let digits = text.find(|letter: char| !letter.is_ascii_digit());
            digits.unwrap_or(text.len())
        };
        let rest = &version[at + 2..];
        let (major, rest) = rest.split_at(end(rest));
        let rest = rest.strip_prefix('.')?;
        let (minor, rest) = rest.split_at(end(rest));
        if rest.starts_with(char::is_alphanumeric) {
            return None;
        }
        Some((major.parse().ok()?, minor.parse().ok()?))
    })
}
