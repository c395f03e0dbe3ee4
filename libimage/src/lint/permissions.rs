//! Who may write to what.

use super::traces::{Noticed, tallied};
use crate::entry::{Entry, Kind};
use crate::path::ImagePath;
use crate::rules::{Finding, WORLD_WRITABLE};

/// `S_IWOTH` and `S_ISVTX`, see inode(7).
const WRITABLE_BY_OTHERS: u16 = 0o002;
const STICKY: u16 = 0o1000;

/// What belongs to users and to the kernel, not to the system.
const NOT_THE_SYSTEMS: &[&[u8]] = &[
    b"dev", b"home", b"media", b"mnt", b"proc", b"run", b"scratch", b"sys",
];

/// Whether everyone may write to what no user should.
///
/// Where everyone may make files, the sticky bit keeps them apart, so such a
/// directory is in order; `tmp` and `var/tmp` have a rule of their own. A
/// device, a pipe or a socket is made to be written to, and the mode of a
/// symlink means nothing.
pub(super) fn is_world_writable(path: &ImagePath, entry: &Entry) -> bool {
    let mode = entry.metadata.mode;
    let open = match entry.kind {
        Kind::File { .. } => mode & WRITABLE_BY_OTHERS != 0,
        Kind::Directory => mode & (WRITABLE_BY_OTHERS | STICKY) == WRITABLE_BY_OTHERS,
        _ => false,
    };
    open && !is_users(path)
}

fn is_users(path: &ImagePath) -> bool {
    let mut components = path.components();
    match components.next() {
        Some(b"tmp") => true,
        Some(b"var") => components.next() == Some(b"tmp"),
        Some(top) => NOT_THE_SYSTEMS.contains(&top),
        None => false,
    }
}

/// Files and directories of the system that everyone may write to.
pub(super) fn world_writable(traces: &Noticed) -> Vec<Finding> {
    let open = &traces.world_writable;
    let first = open.examples().first();
    let mode = first.map_or(String::new(), |(_, mode)| format!(" (mode {mode:04o})"));
    let rest = format!(" everyone may write to{mode}");
    tallied(&WORLD_WRITABLE, open, "place", &rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Metadata, Timestamp, Xattrs};

    #[test]
    fn only_what_is_the_systems_and_not_sticky_is_open() {
        let file = || Kind::File { size: 0 };
        let cases = [
            ("usr/bin/x", file(), 0o755, false),
            ("usr/bin/x", file(), 0o757, true),
            ("usr/bin/x", file(), 0o1757, true),
            ("etc/x", file(), 0o666, true),
            ("", Kind::Directory, 0o777, true),
            ("opt/x", Kind::Directory, 0o777, true),
            ("opt/x", Kind::Directory, 0o1777, false),
            ("opt/x", Kind::Directory, 0o775, false),
            ("tmp", Kind::Directory, 0o777, false),
            ("tmp/x", file(), 0o666, false),
            ("var/tmp/x", file(), 0o666, false),
            ("var/tmpx", file(), 0o666, true),
            ("home/x/y", file(), 0o666, false),
            ("apps/x", file(), 0o666, true),
            ("usr/x", Kind::Fifo, 0o666, false),
            ("usr/x", Kind::Socket, 0o777, false),
            (
                "usr/x",
                Kind::Symlink {
                    target: b"y"[..].into(),
                },
                0o777,
                false,
            ),
        ];
        for (path, kind, mode, expected) in cases {
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            let entry = Entry {
                name: path.file_name().unwrap_or_default().into(),
                kind,
                metadata: Metadata {
                    mode,
                    uid: 0,
                    gid: 0,
                    mtime: Timestamp::default(),
                    xattrs: Xattrs::NONE,
                },
                link: None,
                content: None,
            };
            assert_eq!(
                is_world_writable(&path, &entry),
                expected,
                "{path} {mode:o}"
            );
        }
    }
}
