//! [`Privilege`]: what this process may write, decided before it starts.

use std::fmt;

use crate::entry::{Kind, Metadata, Xattrs};
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
}

impl std::ops::AddAssign for LeftOut {
    fn add_assign(&mut self, other: Self) {
        self.owners += other.owners;
        self.devices += other.devices;
        self.xattrs += other.xattrs;
    }
}

/// Shows what would be lost of one entry.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.devices > 0 {
            "only root can make device nodes"
        } else if self.owners > 0 {
            "only root can give files to other owners"
        } else {
            "only root can set its extended attributes (trusted, security)"
        })
    }
}

impl LeftOut {
    /// Whether everything was written.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
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
    pub fn adapt(&self, metadata: &mut Metadata, left_out: &mut LeftOut) {
        if !self.abilities.chown && (metadata.uid, metadata.gid) != self.owner {
            (metadata.uid, metadata.gid) = self.owner;
            left_out.owners += 1;
        }
        let xattrs = std::mem::take(&mut metadata.xattrs);
        let before = xattrs.iter().len();
        metadata.xattrs = self.allowed(xattrs);
        left_out.xattrs += (before - metadata.xattrs.iter().len()) as u64;
    }

    /// See xattr(7) and capabilities(7) for who may set which namespace.
    fn allowed(&self, xattrs: Xattrs) -> Xattrs {
        xattrs.without(|name| {
            if name == b"security.capability" {
                !self.abilities.setfcap
            } else {
                (name.starts_with(b"trusted.") || name.starts_with(b"security."))
                    && !self.abilities.admin
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{DeviceNumber, Timestamp};

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
        privilege(true).adapt(&mut adapted, &mut left_out);
        assert_eq!(adapted, metadata());
        assert!(left_out.is_nothing());
        assert_eq!(privilege(true).default_owner(), (0, 0));
    }

    #[test]
    fn an_ordinary_user_keeps_what_they_may_set() {
        let mut left_out = LeftOut::default();
        let mut adapted = metadata();
        privilege(false).adapt(&mut adapted, &mut left_out);
        assert_eq!((adapted.uid, adapted.gid), (1000, 1000));
        let kept: Vec<_> = adapted.xattrs.iter().map(|(name, _)| name).collect();
        assert_eq!(kept, [&b"system.posix_acl_access"[..], b"user.a"]);
        let counted = LeftOut {
            owners: 1,
            devices: 0,
            xattrs: 2,
        };
        assert_eq!(left_out, counted);
        let device = Kind::CharDevice(DeviceNumber { major: 1, minor: 3 });
        assert!(!privilege(false).can_make(&device));
        assert!(privilege(false).can_make(&Kind::Fifo));
        assert!(privilege(true).can_make(&device));
    }
}
