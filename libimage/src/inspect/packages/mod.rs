//! [`Packages`]: what the package database of a tree says.
//!
//! Databases are foreign bytes like all else: each read is bounded, and what
//! cannot be read is a fact of its own ([`Unread`]), never left out silently.

mod database;
mod diversions;
mod dpkg;
mod files;
mod kept;
mod package;
mod rpm;
mod shipped;
mod shown;
mod version;

#[cfg(test)]
mod tests;

pub use diversions::Diversions;
pub use package::{Package, Stage, State, Want};
pub use shipped::{Role, Shipped, ShippedContent, ShippedDigest, ShippedHasher};
pub use shown::Shown;

use std::cmp::Reverse;
use std::fmt;

use self::database::Found;
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

/// More packages than any image has; the largest have some 5000.
const MOST_PACKAGES: usize = 50_000;

/// More bytes than any name, version, architecture or vendor has.
const LONGEST_FIELD: usize = 256;

/// How a package database is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DatabaseFormat {
    /// dpkg's text, in one file or a file each package.
    Dpkg,
    /// RPM's, in `SQLite`: Fedora from 33, RHEL from 9.
    RpmSqlite,
    /// RPM's own format: SUSE Linux Enterprise 15, openSUSE.
    RpmNdb,
    /// RPM's, in a hash of Berkeley DB: RHEL up to 8, and others before they went
    /// over to one of the two.
    RpmBerkeley,
}

impl DatabaseFormat {
    /// The package manager that it belongs to.
    pub fn manager(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::RpmSqlite | Self::RpmNdb | Self::RpmBerkeley => "rpm",
        }
    }

    /// The name of the format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::RpmSqlite => "sqlite",
            Self::RpmNdb => "ndb",
            Self::RpmBerkeley => "bdb",
        }
    }
}

/// Shows the name of the format.
impl fmt::Display for DatabaseFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Something of a database that was not read, so that nothing is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file.
    pub path: ImagePath,
    /// Why.
    pub reason: UnreadReason,
}

/// Why something of a database was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnreadReason {
    /// The tree is an archive that is not unpacked: large files cannot be read
    /// in any order there, and are not kept.
    NotUnpacked,
    /// It is damaged, over a limit, or could not be opened. Words of ours, with
    /// names of the tree escaped.
    Because(String),
}

/// Shows words that follow "it was not read:".
impl fmt::Display for UnreadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnpacked => f.write_str("the archive it is in is not unpacked"),
            Self::Because(reason) => f.write_str(reason),
        }
    }
}

/// What the package database of a tree says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packages {
    /// How it is stored.
    pub format: DatabaseFormat,
    /// The file that it is in, or the directory of dpkg's files.
    pub path: ImagePath,
    /// Every package it has a record of, sorted by name, architecture and
    /// version. Not all of them are installed: see [`Package::is_installed`].
    pub list: Vec<Package>,
    /// dpkg's `arch` file: the architectures that packages may have, its own
    /// first. Empty where there is none, as there is without foreign ones.
    pub architectures: Vec<Box<str>>,
    /// What could not be read, of this or of another database in the tree.
    pub unread: Vec<Unread>,
}

impl Packages {
    /// Finds and reads the database of a tree: dpkg's in `var/lib/dpkg`, RPM's
    /// in `usr/lib/sysimage/rpm` or `var/lib/rpm`, symlinks followed inside the
    /// tree alone.
    ///
    /// Of several databases (a Debian system may hold an empty one of RPM, an
    /// upgraded one its former format) the one with most installed packages is
    /// the tree's own. Answers nothing where there is none.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory cannot be read, or if the monitor asks to
    /// stop. What cannot be read of a database is a fact.
    pub fn find(tree: &dyn Tree, monitor: &dyn Monitor) -> Result<Option<Self>, TreeError> {
        let mut found = Found::default();
        dpkg::find(tree, &mut found, monitor)?;
        rpm::find(tree, &mut found, monitor)?;
        Ok(found.best())
    }

    /// Those that are installed, if only in part: see
    /// [`Package::is_installed`].
    pub fn installed(&self) -> impl Iterator<Item = &Package> {
        self.list.iter().filter(|package| package.is_installed())
    }

    /// An installed package by its name.
    pub fn get(&self, name: &str) -> Option<&Package> {
        let start = self.list.partition_point(|package| *package.name < *name);
        self.list[start..]
            .iter()
            .take_while(|package| *package.name == *name)
            .find(|package| package.is_installed())
    }

    /// Those whose installation or removal is not finished.
    pub fn unfinished(&self) -> impl Iterator<Item = &Package> {
        self.list.iter().filter(|package| package.is_unfinished())
    }
}

impl Found {
    /// The database of the tree among those found, with all that was not read.
    fn best(self) -> Option<Packages> {
        let mut unread = Vec::new();
        let mut candidates = self.databases;
        for candidate in &mut candidates {
            unread.append(&mut candidate.unread);
        }
        // The first of equals; those not read were asked for in the same order.
        let mut best = candidates
            .into_iter()
            .min_by_key(|candidate| Reverse(candidate.installed().count()))?;
        best.list.sort_unstable();
        best.unread = unread;
        Some(best)
    }
}
