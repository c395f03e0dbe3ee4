//! [`visit_files`]: which files belong to which package.

use std::io::{BufRead as _, BufReader, Read as _};

use super::database::DatabaseError;
use super::{DatabaseFormat, Packages, Unread, rpm};
use crate::inspect::reach::{file, names};
use crate::monitor::{self, Monitor};
use crate::tree::{Resolved, Tree, TreeError};

/// Where dpkg keeps the lists, one a package.
pub(super) const INFO: &[u8] = b"var/lib/dpkg/info";

/// More bytes than the list of any package has; those of large ones have 5 MB.
const MOST_BYTES: u64 = 64 << 20;

impl Packages {
    /// Calls `visit` with the path of each file and directory of each package,
    /// and the package's name, in no certain order.
    ///
    /// Paths are as packages have them, without the slash in front: neither
    /// are symlinks in them followed (a package may say `bin/su` where `bin` is
    /// a symlink to `usr/bin`), nor is a file always there. Nothing is kept in
    /// memory but the list of one package.
    ///
    /// Answers what could not be read, so that it is known what is missing.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory cannot be read, or if the monitor asks to
    /// stop.
    pub fn visit_files(
        &self,
        tree: &dyn Tree,
        visit: &mut dyn FnMut(&[u8], &str),
        monitor: &dyn Monitor,
    ) -> Result<Vec<Unread>, TreeError> {
        let mut unread = Vec::new();
        if self.format == DatabaseFormat::Dpkg {
            visit_lists(tree, visit, &mut unread, monitor)?;
        } else if let Some(database) = file(tree, self.path.as_bytes(), monitor)?
            && let Err(error) = rpm::visit_files(&database, self.format, visit, monitor)
        {
            error.note(&database.path, &mut unread)?;
        }
        Ok(unread)
    }
}

fn visit_lists(
    tree: &dyn Tree,
    visit: &mut dyn FnMut(&[u8], &str),
    unread: &mut Vec<Unread>,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    for name in names(tree, INFO, monitor)? {
        let Some(package) = name.strip_suffix(b".list") else {
            continue;
        };
        let Some(list) = file(tree, &[INFO, b"/", &*name].concat(), monitor)? else {
            continue;
        };
        // Of packages that may be installed for several architectures, the
        // name is followed by one.
        let package = package.split(|&byte| byte == b':').next();
        let package = String::from_utf8_lossy(package.unwrap_or_default());
        if let Err(error) = visit_list(&list, &package, visit, monitor) {
            error.note(&list.path, unread)?;
        }
    }
    Ok(())
}

fn visit_list(
    list: &Resolved,
    package: &str,
    visit: &mut dyn FnMut(&[u8], &str),
    monitor: &dyn Monitor,
) -> Result<(), DatabaseError> {
    let mut line = |line: &[u8]| {
        let path = line.strip_prefix(b"/").unwrap_or(line);
        // The root itself is written so.
        if !path.is_empty() && path != b"." {
            visit(path, package);
        }
    };
    each_line(list, &mut line, monitor)
}

/// Calls `visit` with each line of a file of dpkg's, without its end.
pub(super) fn each_line(
    file: &Resolved,
    visit: &mut dyn FnMut(&[u8]),
    monitor: &dyn Monitor,
) -> Result<(), DatabaseError> {
    monitor::check(monitor).map_err(|_| DatabaseError::Cancelled)?;
    let size = file.entry.file_size().unwrap_or_default();
    if size > MOST_BYTES {
        return Err(DatabaseError::TooLarge("it is larger than 64 MiB"));
    }
    let name = file.path.file_name().expect("a file is not the root");
    let content = file.parent.open(name).map_err(DatabaseError::Tree)?;
    let mut text = BufReader::new(content.take(MOST_BYTES));
    let mut line = Vec::new();
    let mut read = 0;
    loop {
        line.clear();
        let length = text
            .read_until(b'\n', &mut line)
            .map_err(DatabaseError::Io)?;
        if length == 0 {
            break;
        }
        read += length as u64;
        visit(line.strip_suffix(b"\n").unwrap_or(&line));
    }
    if read < size {
        return Err(match file.parent.open_at(name) {
            Err(error @ TreeError::NoContent { .. }) => DatabaseError::Tree(error),
            _ => DatabaseError::Truncated { needed: size },
        });
    }
    Ok(())
}
