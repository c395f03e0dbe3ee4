//! Removing a tree: beneath its directory, through no symlink, into no mount.

use std::sync::Arc;

use rustix::fs::FileType;

use super::error::WriteError;
use crate::monitor::{self, Monitor};
use crate::root::Dir;

/// Removes `name` of `parent` and all beneath it.
///
/// Where something is mounted it stops with `EXDEV`, and what is mounted stays
/// untouched.
pub(crate) fn remove_tree(
    parent: &Arc<Dir>,
    name: &[u8],
    monitor: &dyn Monitor,
) -> Result<(), WriteError> {
    let Some(stat) = parent.stat(name)? else {
        return Ok(());
    };
    if stat.file_type != FileType::Directory {
        return Ok(parent.unlink(name)?);
    }
    // Each level holds its handle and the subdirectories still to be removed.
    let mut levels = vec![Level::enter(parent, name, monitor)?];
    let mut lifted = 0_u64;
    while let Some(level) = levels.last_mut() {
        if let Some(next) = level.directories.pop() {
            let dir = level.dir.clone();
            if levels.len() < DEEPEST {
                levels.push(Level::enter(&dir, &next, monitor)?);
            } else {
                lifted += 1;
                levels[0].lift(&dir, &next, lifted)?;
            }
            continue;
        }
        let done = levels.pop().expect("just looked at");
        let above = levels.last().map_or(parent, |level| &level.dir);
        above.remove_directory(&done.name)?;
    }
    Ok(())
}

/// Levels that are held open at once. What lies deeper is moved up to the first
/// level and removed from there, so that no nesting exhausts file handles.
const DEEPEST: usize = 128;

struct Level {
    dir: Arc<Dir>,
    name: Box<[u8]>,
    directories: Vec<Box<[u8]>>,
}

impl Level {
    /// Moves a directory from far below into this level, to be removed here.
    fn lift(&mut self, from: &Dir, name: &[u8], number: u64) -> Result<(), WriteError> {
        // Moving a directory changes its `..`, for which it must be writable.
        from.directory(name)?.make_writable()?;
        let mut new_name = format!(".lifted-{number}").into_bytes();
        while self.dir.stat(&new_name)?.is_some() {
            new_name.push(b'+');
        }
        from.rename_new(name, &self.dir, &new_name)?;
        self.directories.push(new_name.into());
        Ok(())
    }

    /// Opens a directory and removes what in it is no directory.
    fn enter(parent: &Dir, name: &[u8], monitor: &dyn Monitor) -> Result<Self, WriteError> {
        monitor::check(monitor)?;
        let dir = match parent.directory(name) {
            // A tree that its owner may not enter, as an archive can ask for.
            Err(error) if error.is(rustix::io::Errno::ACCESS) => {
                parent.set_mode(name, 0o700)?;
                parent.directory(name)?
            }
            answer => answer?,
        };
        let names = dir.names()?;
        if !names.is_empty() {
            dir.make_writable()?;
        }
        let mut directories = Vec::new();
        let count = names.len() as u64;
        for entry in names {
            let is_directory = match entry.file_type {
                FileType::Directory => true,
                FileType::Unknown => dir
                    .stat(&entry.name)?
                    .is_some_and(|stat| stat.file_type == FileType::Directory),
                _ => false,
            };
            if is_directory {
                directories.push(entry.name);
            } else {
                dir.unlink(&entry.name)?;
            }
        }
        monitor.advance(count, 0);
        Ok(Self {
            dir: Arc::new(dir),
            name: name.into(),
            directories,
        })
    }
}
