//! Host files that the user names or the system provides, outside any tree.

use std::fs::File;
use std::io::{Read, Result};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::section::Section;

/// A file of the host, for those who keep one open.
pub(crate) type HostFile = File;

/// Opens a file that the user named, an archive or a manifest, for reading.
pub(crate) fn open(path: &Path) -> Result<(File, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// The same without waiting for anybody to write, where it is a pipe.
pub(crate) fn open_at_once(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    // Without a meaning for a regular file.
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(nonblock)
        .open(path)
}

/// Whether an open file is a regular one.
pub(crate) fn is_regular(file: &File) -> Result<bool> {
    Ok(file.metadata()?.is_file())
}

/// The first bytes of a regular file, `most` at most; its offset stays.
pub(crate) fn head(file: &File, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Section::whole(file.try_clone()?)?
        .take(most)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether there is something at a path, a symlink to nothing too.
pub(crate) fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Whether a path that the user named leads to a directory.
pub(crate) fn is_directory(path: &Path) -> Result<bool> {
    Ok(std::fs::metadata(path)?.is_dir())
}

/// Makes a directory that only its owner may use, durably.
pub(crate) fn create_private_directory(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(path)?;
    File::open(parent(path))?.sync_all()
}

/// The directory that a path leads to a name in.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Removes a directory if it is empty.
pub(crate) fn remove_directory(path: &Path) {
    // What is in it was put there by others, who want it.
    let _ = std::fs::remove_dir(path);
}

/// The one true path of something that exists.
pub(crate) fn canonical(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path)
}

/// Most that is read of a small file: a mount takes some 150 bytes, and there may be
/// a hundred thousand (`/proc/sys/fs/mount-max`).
const MOST_SMALL: u64 = 64 << 20;

/// Reads a small file whole; one of more than 64 MiB is `EFBIG`.
pub(crate) fn read_small(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(MOST_SMALL + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_SMALL {
        return Err(Errno::FBIG.into());
    }
    Ok(bytes)
}

/// What stands where a file shall be written, symlinks followed.
pub(crate) enum Occupant {
    /// Nothing yet, or a symlink to nothing.
    Nobody,
    /// A regular file, by its one true path: it can be replaced.
    File(PathBuf),
    /// A device, a pipe, a terminal: it can only be written to.
    Special,
}

/// Looks at what stands where a file shall be written.
pub(crate) fn occupant(path: &Path) -> Result<Occupant> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Occupant::Nobody),
        Err(error) => return Err(error),
    };
    if metadata.is_dir() {
        return Err(Errno::ISDIR.into());
    }
    if metadata.is_file() {
        Ok(Occupant::File(canonical(path)?))
    } else {
        Ok(Occupant::Special)
    }
}

/// Opens what is no regular file to write to it.
pub(crate) fn open_special(path: &Path) -> Result<File> {
    std::fs::OpenOptions::new().write(true).open(path)
}

/// Permissions that the umask cuts down.
pub(crate) const EVERYONE: u32 = 0o666;

/// Permissions of what nobody else shall read.
pub(crate) const OWNER: u32 = 0o600;

/// The mount points at or beneath an absolute directory, from
/// `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`).
pub(crate) fn mounts_at_or_beneath(directory: &Path) -> Result<Vec<PathBuf>> {
    let table = read_small("/proc/self/mountinfo")?;
    Ok(mount_table(&table)
        .map(|(mount, _)| mount)
        .filter(|mount| mount.starts_with(directory))
        .collect())
}

/// The kind of file system that an absolute path is on, `ext4` for one; nothing
/// if the system does not tell.
pub(crate) fn file_system(path: &Path) -> Option<String> {
    let table = read_small("/proc/self/mountinfo").ok()?;
    // Of several at one place the last one is on top.
    let (_, kind) = mount_table(&table)
        .filter(|(mount, _)| path.starts_with(mount))
        .max_by_key(|(mount, _)| mount.as_os_str().len())?;
    Some(crate::escape::Escaped(&kind).to_string())
}

/// Which directory a path that the user named leads to, by device and inode.
pub(crate) fn inode(path: &Path) -> Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Where `inner` is in the directory `outer`, by inodes, so that no bind mount
/// hides it; nothing if it is elsewhere. Both are canonical.
pub(crate) fn within(inner: &Path, outer: &Path) -> Option<PathBuf> {
    let directory = inode(outer).ok()?;
    let mut above = inner.ancestors();
    let found = above.find(|path| inode(path).ok() == Some(directory))?;
    inner.strip_prefix(found).ok().map(Path::to_owned)
}

/// The mount points in the text of a `mountinfo` with their file systems' types.
pub(crate) fn mount_table(table: &[u8]) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    table.split(|&byte| byte == b'\n').filter_map(|line| {
        let mut fields = line.split(|&byte| byte == b' ');
        let place = unescape(fields.nth(4)?);
        // Optional fields end with a dash.
        let mut behind = fields.skip_while(|field| *field != b"-").skip(1);
        let place = PathBuf::from(std::ffi::OsStr::from_bytes(&place));
        Some((place, unescape(behind.next().unwrap_or_default())))
    })
}

/// Undoes the octal escapes (`\040`) of blanks, tabs, newlines and backslashes.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first == b'\\' && tail.len() >= 3 {
            let octal = tail[..3]
                .iter()
                .try_fold(0_u32, |number, &digit| {
                    (b'0'..=b'7')
                        .contains(&digit)
                        .then(|| number * 8 + u32::from(digit - b'0'))
                })
                .and_then(|number| u8::try_from(number).ok());
            if let Some(byte) = octal {
                bytes.push(byte);
                rest = &tail[3..];
                continue;
            }
        }
        bytes.push(first);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_are_read_whole_or_not_at_all() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        for (length, is_read) in [(0, true), (5 << 20, true), (MOST_SMALL + 1, false)] {
            file.as_file().set_len(length).expect("it may be sparse");
            let read = read_small(file.path()).map(|bytes| bytes.len() as u64);
            assert_eq!(read.ok(), is_read.then_some(length));
        }
    }

    #[test]
    fn mount_points_come_back_with_their_blanks() {
        let table = b"22 1 0:20 / / rw - ext4 /dev/vda rw\n\
            23 22 0:21 / /cm/images/a\\040b/proc rw,nosuid shared:1 - proc proc rw\n\
            24 22 0:22 / /back\\134slash rw - tmpfs t rw\n";
        let found: Vec<_> = mount_table(table).collect();
        assert_eq!(
            found,
            [
                ("/", "ext4"),
                ("/cm/images/a b/proc", "proc"),
                ("/back\\slash", "tmpfs")
            ]
            .map(|(place, kind)| (PathBuf::from(place), kind.as_bytes().to_vec()))
        );
    }
}
