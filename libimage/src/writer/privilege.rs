//! [`Privilege`]: what this process may write, decided before it starts.

use std::fmt;

use crate::entry::{ACCESS_ACL, DEFAULT_ACL, Kind, Metadata};
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::sys::identity::{self, Abilities};

/// What this process may do, asked once before anything is written.
#[derive(Clone, Copy, Debug)]
pub struct Privilege {
    abilities: Abilities,
    owner: (u32, u32),
}

/// What was left out for want of privilege.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Entries that belong to who ran the command instead of their owner.
    pub owners: u64,
    /// Device nodes that were not made.
    pub devices: u64,
    /// Extended attributes that were not set: `trusted.*`, `security.*`.
    pub xattrs: u64,
    /// Extended attributes that Linux has no place for: of other systems and
    /// of single file systems, and `user.*` of what is no file or directory.
    pub foreign: u64,
}

impl std::ops::AddAssign for LeftOut {
    fn add_assign(&mut self, other: Self) {
        self.owners += other.owners;
        self.devices += other.devices;
        self.xattrs += other.xattrs;
        self.foreign += other.foreign;
    }
}

/// Shows what would be lost of one entry.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.devices > 0 {
            "only root can make device nodes"
        } else if self.owners > 0 {
            "only root can give files to other owners"
        } else if self.xattrs > 0 {
            "only root can set its extended attributes (trusted, security)"
        } else {
            "Linux has no place for its extended attributes"
        })
    }
}

impl LeftOut {
    /// Whether everything was written.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Says once, with counts, what was left out.
    pub(crate) fn warn(&self, monitor: &dyn Monitor) {
        let lines = [
            (
                self.owners,
                "owner",
                "replaced by you: only root can give files away",
            ),
            (
                self.devices,
                "device node",
                "left out: only root can make them",
            ),
            (
                self.xattrs,
                "extended attribute",
                "left out (trusted, security): only root can set them",
            ),
            (
                self.foreign,
                "extended attribute",
                "left out: Linux has no place for them",
            ),
        ];
        for (count, noun, what) in lines.into_iter().filter(|(count, ..)| *count > 0) {
            let plural = if count == 1 { "" } else { "s" };
            monitor.warn(Warning {
                path: ImagePath::root(),
                message: format!("{count} {noun}{plural} {what}"),
            });
        }
    }
}

impl Privilege {
    /// Asks the system.
    pub fn of_this_process() -> Self {
        Self {
            abilities: identity::abilities(),
            owner: identity::owner(),
        }
    }

    /// Who owns a directory that nobody described: root where that can be
    /// had, else who runs the command.
    pub fn default_owner(&self) -> (u32, u32) {
        if self.abilities.chown {
            (0, 0)
        } else {
            self.owner
        }
    }

    /// Whether an entry of this kind can be made at all.
    pub fn can_make(&self, kind: &Kind) -> bool {
        self.abilities.mknod || !matches!(kind, Kind::CharDevice(_) | Kind::BlockDevice(_))
    }

    /// Changes an entry's metadata to what this process may write, counting
    /// what is lost. What is left is what will be on disk.
    ///
    /// `takes_user` says whether the entry is a file or a directory: only those
    /// have attributes of users (`xattr(7)`).
    pub fn adapt(&self, takes_user: bool, metadata: &mut Metadata, left_out: &mut LeftOut) {
        if !self.abilities.chown && (metadata.uid, metadata.gid) != self.owner {
            (metadata.uid, metadata.gid) = self.owner;
            left_out.owners += 1;
        }
        let mut without = |unwanted: &dyn Fn(&[u8]) -> bool| {
            let xattrs = std::mem::take(&mut metadata.xattrs);
            let before = xattrs.iter().len();
            metadata.xattrs = xattrs.without(unwanted);
            (before - metadata.xattrs.iter().len()) as u64
        };
        left_out.foreign += without(&|name| is_foreign(name, takes_user));
        left_out.xattrs += without(&|name| !self.allows(name));
    }

    /// See xattr(7) and capabilities(7) for who may set which namespace.
    pub(crate) fn allows(&self, name: &[u8]) -> bool {
        if name == b"security.capability" {
            self.abilities.setfcap
        } else {
            self.abilities.admin
                || !(name.starts_with(b"trusted.") || name.starts_with(b"security."))
        }
    }
}

/// Whether an attribute has no place on Linux, whoever sets it (`xattr(7)`).
fn is_foreign(name: &[u8], takes_user: bool) -> bool {
    match name {
        ACCESS_ACL | DEFAULT_ACL => false,
        _ if name.starts_with(b"user.") => !takes_user,
        _ => !(name.starts_with(b"trusted.") || name.starts_with(b"security.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{DeviceNumber, Timestamp, Xattrs};

    fn privilege(all: bool) -> Privilege {
        Privilege {
            abilities: Abilities {
                chown: all,
                mknod: all,
                admin: all,
                setfcap: all,
            },
            owner: (1000, 1000),
        }
    }

    fn metadata() -> Metadata {
        let names = [
            "user.a",
            "trusted.b",
            "security.capability",
            "system.posix_acl_access",
        ];
        let pairs = names.map(|name| (name.as_bytes().into(), Box::default()));
        Metadata {
            mode: 0o644,
            uid: 0,
            gid: 0,
            mtime: Timestamp::default(),
            xattrs: Xattrs::new(pairs.into()),
        }
    }

    #[test]
    fn root_loses_nothing() {
        let mut left_out = LeftOut::default();
        let mut adapted = metadata();
        privilege(true).adapt(true, &mut adapted, &mut left_out);
        assert_eq!(adapted, metadata());
        assert!(left_out.is_nothing());
        assert_eq!(privilege(true).default_owner(), (0, 0));
    }

    #[test]
    fn what_linux_has_no_place_for_is_left_out_by_root_too() {
        let names = [
            "user.a",
            "com.apple.provenance",
            "btrfs.compression",
            "system.nfs4_acl",
            "system.posix_acl_default",
            "security.selinux",
            "trusted.a",
        ];
        let kept = |takes_user| {
            let mut metadata = metadata();
            let pairs = names.map(|name| (name.as_bytes().into(), Box::default()));
            metadata.xattrs = Xattrs::new(pairs.into());
            let mut left_out = LeftOut::default();
            privilege(true).adapt(takes_user, &mut metadata, &mut left_out);
            (metadata.xattrs.iter().len(), left_out.foreign)
        };
        assert_eq!(kept(true), (4, 3));
        assert_eq!(kept(false), (3, 4));
    }

    #[test]
    fn an_ordinary_user_keeps_what_they_may_set() {
        let mut left_out = LeftOut::default();
        let mut adapted = metadata();
        privilege(false).adapt(true, &mut adapted, &mut left_out);
        assert_eq!((adapted.uid, adapted.gid), (1000, 1000));
        let kept: Vec<_> = adapted.xattrs.iter().map(|(name, _)| name).collect();
        assert_eq!(kept, [&b"system.posix_acl_access"[..], b"user.a"]);
        let counted = LeftOut {
            owners: 1,
            devices: 0,
            xattrs: 2,
            foreign: 0,
        };
        assert_eq!(left_out, counted);
        let device = Kind::CharDevice(DeviceNumber { major: 1, minor: 3 });
        assert!(!privilege(false).can_make(&device));
        assert!(privilege(false).can_make(&Kind::Fifo));
        assert!(privilege(true).can_make(&device));
    }
}
