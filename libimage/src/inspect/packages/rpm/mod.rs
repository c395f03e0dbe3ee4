//! RPM's database: headers of packages, in one of three kinds of file.

mod bdb;
mod header;
mod ndb;
mod shipped;
mod sqlite;

#[cfg(test)]
pub(super) mod tests;

use self::header::Header;
use super::database::{Damage, DatabaseError, Found, List, Source, Visit, field};
use super::{DatabaseFormat, Package, Packages, Shipped, State, Unread};
use crate::inspect::reach::{directory, file};
use crate::monitor::Monitor;
use crate::tree::{ReadAt, Resolved, Tree, TreeError};

/// Where databases are: the macro `_dbpath` of Fedora from 36, RHEL from 10 and
/// SUSE, then that of the others; the second often is a symlink to the first.
pub(super) const PLACES: [&[u8]; 2] = [b"usr/lib/sysimage/rpm", b"var/lib/rpm"];

/// What the file with the packages is called, by RPM's `lib/backend`.
pub(super) const FILES: [(&[u8], DatabaseFormat); 3] = [
    (b"rpmdb.sqlite", DatabaseFormat::RpmSqlite),
    (b"Packages.db", DatabaseFormat::RpmNdb),
    (b"Packages", DatabaseFormat::RpmBerkeley),
];

/// What stands beside a file of `SQLite` while it is changed, and holds part of
/// the content then: <https://www.sqlite.org/tempfiles.html>.
const BESIDE_SQLITE: [(&[u8], &str); 2] = [
    (b"-wal", "it holds changes that are not in the database yet"),
    (b"-journal", "it holds what an unfinished change overwrote"),
];

/// Looks for databases of RPM.
pub(super) fn find(
    tree: &dyn Tree,
    found: &mut Found,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    for place in PLACES {
        if directory(tree, place, monitor)?.is_none() {
            continue;
        }
        for (name, format) in FILES {
            let path = [place, b"/", name].concat();
            let Some(resolved) = file(tree, &path, monitor)? else {
                continue;
            };
            if found
                .databases
                .iter()
                .any(|known| known.path == resolved.path)
            {
                continue;
            }
            let mut unread = Vec::new();
            let mut list = List::default();
            read(&resolved, format, &mut list, &mut unread, monitor)?;
            if format == DatabaseFormat::RpmSqlite {
                beside(tree, &path, &mut unread, monitor)?;
            }
            found.databases.push(Packages {
                format,
                path: resolved.path,
                list: list.0,
                architectures: Vec::new(),
                unread,
            });
        }
    }
    Ok(())
}

fn beside(
    tree: &dyn Tree,
    path: &[u8],
    unread: &mut Vec<Unread>,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    for (ending, what) in BESIDE_SQLITE {
        if let Some(resolved) = file(tree, &[path, ending].concat(), monitor)?
            && resolved.entry.file_size() != Some(0)
        {
            DatabaseError::Malformed(what).note(&resolved.path, unread)?;
        }
    }
    Ok(())
}

/// Adds the packages of one database; a header that is damaged takes none of
/// the others with it.
fn read(
    file: &Resolved,
    format: DatabaseFormat,
    list: &mut List,
    unread: &mut Vec<Unread>,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    let taken = open(file).and_then(|content| {
        let source = Source::new(&*content, monitor)?;
        take(source, format, list)
    });
    match taken {
        Ok(()) => Ok(()),
        Err(error) => error.note(&file.path, unread),
    }
}

fn open(file: &Resolved) -> Result<Box<dyn ReadAt>, DatabaseError> {
    let name = file.path.file_name().expect("a file is not the root");
    file.parent.open_at(name).map_err(DatabaseError::Tree)
}

fn take(source: Source<'_>, format: DatabaseFormat, list: &mut List) -> Result<(), DatabaseError> {
    let mut damage = Damage::default();
    each_record(source, format, &mut |record| match Header::open(record)
        .and_then(|mut header| package(&mut header))
    {
        Ok(package) => list.push(package),
        Err(error) => damage.add(error),
    })?;
    damage.finish()
}

/// Calls `visit` with every record of a database.
fn each_record(
    source: Source<'_>,
    format: DatabaseFormat,
    visit: Visit<'_>,
) -> Result<(), DatabaseError> {
    match format {
        DatabaseFormat::RpmSqlite => sqlite::each_blob(source, "Packages", visit),
        DatabaseFormat::RpmNdb => ndb::each_blob(source, visit),
        DatabaseFormat::RpmBerkeley => bdb::each_value(source, visit),
        DatabaseFormat::Dpkg => Ok(()),
    }
}

/// The package that a header is of.
fn package(header: &mut Header<'_, '_>) -> Result<Package, DatabaseError> {
    let mut text = |tag| -> Result<Option<Box<str>>, DatabaseError> {
        header.string(tag)?.map(field).transpose()
    };
    let name =
        text(header::NAME)?.ok_or(DatabaseError::Malformed("a package in it has no name"))?;
    let arch = text(header::ARCH)?;
    let vendor = text(header::VENDOR)?;
    let version = text(header::VERSION)?.unwrap_or_default();
    let release = text(header::RELEASE)?.unwrap_or_default();
    let version = match header.number(header::EPOCH)? {
        Some(epoch) => format!("{epoch}:{version}-{release}"),
        None => format!("{version}-{release}"),
    };
    Ok(Package {
        name,
        arch,
        version: version.into(),
        vendor,
        state: State::INSTALLED,
    })
}

/// Calls `visit` with each file of each package in the database, as paths
/// without a slash in front.
pub(super) fn visit_files(
    file: &Resolved,
    format: DatabaseFormat,
    visit: &mut dyn FnMut(&[u8], &str),
    monitor: &dyn Monitor,
) -> Result<(), DatabaseError> {
    let content = open(file)?;
    each_record(Source::new(&*content, monitor)?, format, &mut |record| {
        let mut header = Header::open(record)?;
        let Some(name) = header.string(header::NAME)?.map(field).transpose()? else {
            return Err(DatabaseError::Malformed("a package in it has no name"));
        };
        header.each_path(&mut |path| visit(path, &name))
    })
}

/// Calls `visit` with what the database says of each file of the packages that
/// are wanted.
pub(super) fn visit_shipped(
    file: &Resolved,
    format: DatabaseFormat,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(&Shipped<'_>),
    monitor: &dyn Monitor,
) -> Result<(), DatabaseError> {
    let content = open(file)?;
    each_record(Source::new(&*content, monitor)?, format, &mut |record| {
        let mut header = Header::open(record)?;
        let Some(name) = header.string(header::NAME)?.map(field).transpose()? else {
            return Err(DatabaseError::Malformed("a package in it has no name"));
        };
        if !wanted(&name) {
            return Ok(());
        }
        shipped::each(&mut header, &name, visit)
    })
}
