//! dpkg's database: stanzas of fields, in `status` or, in images without a
//! package manager (distroless), a file each package in `status.d`.
//!
//! The format is that of deb822(5); what is where is told by dpkg(1), FILES.

use std::io::{BufRead, BufReader, Read as _};

use super::database::{Damage, DatabaseError, Found, List, field};
use super::{DatabaseFormat, LONGEST_FIELD, Package, Packages, State, Unread};
use crate::inspect::reach::{directory, file, names, read_head};
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::tree::{Resolved, Tree, TreeError};

pub(super) const STATUS: &[u8] = b"var/lib/dpkg/status";
pub(super) const STATUS_D: &[u8] = b"var/lib/dpkg/status.d";
pub(super) const ARCH: &[u8] = b"var/lib/dpkg/arch";
const UPDATES: &[u8] = b"var/lib/dpkg/updates";

/// More bytes than any `status` has: those of large images have 5 MB.
const MOST_BYTES: u64 = 64 << 20;

/// More bytes than any `arch` has.
const MOST_ARCH: usize = 4096;

/// More than any architecture list has.
const MOST_ARCHITECTURES: usize = 64;

/// Looks for a database of dpkg.
pub(super) fn find(
    tree: &dyn Tree,
    found: &mut Found,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    let status = file(tree, STATUS, monitor)?;
    let directory = directory(tree, STATUS_D, monitor)?;
    let Some(path) = status.as_ref().or(directory.as_ref()) else {
        return Ok(());
    };
    let mut database = Packages {
        format: DatabaseFormat::Dpkg,
        path: path.path.clone(),
        list: Vec::new(),
        architectures: Vec::new(),
        unread: Vec::new(),
    };
    let mut list = List::default();
    if let Some(status) = &status {
        take(
            status,
            State::UNKNOWN,
            &mut list,
            &mut database.unread,
            monitor,
        )?;
    }
    if directory.is_some() {
        for name in names(tree, STATUS_D, monitor)? {
            // Sums of the package's files stand beside it.
            if name.ends_with(b".md5sums") {
                continue;
            }
            let path = [STATUS_D, b"/", &*name].concat();
            if let Some(stanza) = file(tree, &path, monitor)? {
                // What has a file there is installed; few say so.
                take(
                    &stanza,
                    State::INSTALLED,
                    &mut list,
                    &mut database.unread,
                    monitor,
                )?;
            }
        }
    }
    database.list = list.0;
    unmerged(tree, &mut database.unread, monitor)?;
    architectures(tree, &mut database, monitor)?;
    found.databases.push(database);
    Ok(())
}

/// `updates` holds records that dpkg has not merged into `status` yet, after it
/// was stopped; the next dpkg does, and nobody else reads them.
fn unmerged(
    tree: &dyn Tree,
    unread: &mut Vec<Unread>,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    let names = names(tree, UPDATES, monitor)?;
    let Some(first) = names
        .iter()
        .find(|name| name.iter().all(u8::is_ascii_digit))
    else {
        return Ok(());
    };
    let path = ImagePath::new(UPDATES).expect("a valid path").join(first);
    DatabaseError::Malformed("it holds changes that dpkg has not merged into `status`")
        .note(&path, unread)
}

fn architectures(
    tree: &dyn Tree,
    database: &mut Packages,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    let Some(arch) = file(tree, ARCH, monitor)? else {
        return Ok(());
    };
    let name = arch.path.file_name().expect("a file is not the root");
    let read = read_head(&*arch.parent, name, MOST_ARCH)
        .map_err(DatabaseError::Tree)
        .and_then(|text| {
            text.split(|&byte| byte == b'\n')
                .map(<[u8]>::trim_ascii)
                .filter(|line| !line.is_empty())
                .take(MOST_ARCHITECTURES)
                .map(field)
                .collect::<Result<_, _>>()
        });
    match read {
        Ok(architectures) => database.architectures = architectures,
        Err(error) => error.note(&arch.path, &mut database.unread)?,
    }
    Ok(())
}

/// Adds the packages of one file.
fn take(
    file: &Resolved,
    state: State,
    list: &mut List,
    unread: &mut Vec<Unread>,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    match read(file, state, list, monitor) {
        Ok(()) => Ok(()),
        Err(error) => error.note(&file.path, unread),
    }
}

fn read(
    file: &Resolved,
    state: State,
    list: &mut List,
    monitor: &dyn Monitor,
) -> Result<(), DatabaseError> {
    let name = file.path.file_name().expect("a file is not the root");
    let size = file.entry.file_size().unwrap_or_default();
    if size > MOST_BYTES {
        return Err(DatabaseError::TooLarge("it is larger than 64 MiB"));
    }
    let content = file.parent.open(name).map_err(DatabaseError::Tree)?;
    let mut lines = Lines {
        text: BufReader::new(content.take(MOST_BYTES)),
        line: Vec::new(),
        read: 0,
    };
    let parsed = parse(&mut lines, state, list, monitor);
    if lines.read < size
        && let Err(error @ TreeError::NoContent { .. }) = file.parent.open_at(name)
    {
        return Err(DatabaseError::Tree(error));
    }
    parsed?;
    // What ends early says nothing about what is missing.
    if lines.read < size {
        return Err(DatabaseError::Truncated { needed: size });
    }
    Ok(())
}

/// Reads all stanzas; `state` is that of a package without `Status`.
fn parse(
    lines: &mut Lines<impl BufRead>,
    state: State,
    list: &mut List,
    monitor: &dyn Monitor,
) -> Result<(), DatabaseError> {
    let mut stanza = Stanza::default();
    let mut damage = Damage::default();
    loop {
        let more = lines.next()?;
        if more && !lines.line.is_empty() {
            stanza.line(&lines.line);
            continue;
        }
        monitor::check(monitor).map_err(|_| DatabaseError::Cancelled)?;
        match std::mem::take(&mut stanza).package(state) {
            Ok(Some(package)) => list.push(package)?,
            Ok(None) => {}
            // The others can be read all the same.
            Err(error) => damage.add(error)?,
        }
        if !more {
            return damage.finish();
        }
    }
}

/// The fields of a stanza that tell something here.
#[derive(Default)]
struct Stanza {
    begun: bool,
    values: [Option<Vec<u8>>; FIELDS.len()],
}

const FIELDS: [&str; 4] = ["Package", "Version", "Architecture", "Status"];

impl Stanza {
    fn line(&mut self, line: &[u8]) {
        self.begun = true;
        // A further line of the field before.
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return;
        }
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return;
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if let Some(index) = FIELDS
            .iter()
            .position(|field| field.as_bytes().eq_ignore_ascii_case(name))
        {
            self.values[index] = Some(value.trim_ascii().to_vec());
        }
    }

    /// The package; nothing for empty lines between two.
    fn package(self, state: State) -> Result<Option<Package>, DatabaseError> {
        if !self.begun {
            return Ok(None);
        }
        let [name, version, arch, status] = self.values;
        let filled = |value: Option<Vec<u8>>| value.filter(|value| !value.is_empty());
        let Some(name) = filled(name) else {
            return Err(DatabaseError::Malformed("a stanza in it has no `Package`"));
        };
        let state = match status {
            None => state,
            Some(status) => State::parse(&String::from_utf8_lossy(&status)).ok_or(
                DatabaseError::Malformed("a `Status` in it is none that dpkg knows"),
            )?,
        };
        Ok(Some(Package {
            name: field(&name)?,
            version: field(&version.unwrap_or_default())?,
            arch: filled(arch).as_deref().map(field).transpose()?,
            vendor: None,
            state,
        }))
    }
}

/// Lines of any length, of which the beginning is kept.
struct Lines<R> {
    text: R,
    line: Vec<u8>,
    read: u64,
}

/// More than the longest field that tells something, with its name.
const KEPT: usize = LONGEST_FIELD + 64;

impl<R: BufRead> Lines<R> {
    /// Reads the next line into `line`, without its end; false at the end.
    fn next(&mut self) -> Result<bool, DatabaseError> {
        self.line.clear();
        let mut any = false;
        loop {
            let bytes = match self.text.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(DatabaseError::Io(error)),
            };
            if bytes.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = bytes.iter().position(|&byte| byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            let room = KEPT - self.line.len();
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.text.consume(used);
            self.read += used as u64;
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests;
