//! Whether two entries have the same ACLs, as rsync sees it.

use crate::entry::{ACCESS_ACL, Acl, AclEntry, AclTag, DEFAULT_ACL, Xattrs};

/// Compares what ACLs say beyond the mode bits: the named entries, the group's
/// own entry under a mask, whether there is a mask, and the default ACL.
pub(super) fn differ(source: &Xattrs, target: &Xattrs) -> bool {
    if source.get(ACCESS_ACL) == target.get(ACCESS_ACL)
        && source.get(DEFAULT_ACL) == target.get(DEFAULT_ACL)
    {
        return false;
    }
    Access::of(source) != Access::of(target) || default_of(source) != default_of(target)
}

/// What an access ACL adds to the mode.
#[derive(PartialEq, Eq)]
enum Access {
    Known {
        named: Vec<AclEntry>,
        /// The group's own permissions, which the mode shows unless there is
        /// a mask.
        group_under_mask: Option<u8>,
    },
    /// An attribute that is no ACL counts by its bytes.
    Unreadable(Box<[u8]>),
}

impl Access {
    fn of(xattrs: &Xattrs) -> Self {
        let Some(value) = xattrs.get(ACCESS_ACL) else {
            return Self::Known {
                named: Vec::new(),
                group_under_mask: None,
            };
        };
        let Ok(acl) = Acl::from_xattr(value) else {
            return Self::Unreadable(value.into());
        };
        let named = |entry: &&AclEntry| matches!(entry.tag, AclTag::User(_) | AclTag::Group(_));
        Self::Known {
            named: acl.entries().iter().filter(named).copied().collect(),
            group_under_mask: acl
                .get(AclTag::Mask)
                .and_then(|_| acl.get(AclTag::GroupObj)),
        }
    }
}

fn default_of(xattrs: &Xattrs) -> Option<Result<Acl, &[u8]>> {
    let value = xattrs.get(DEFAULT_ACL)?;
    Some(Acl::from_xattr(value).map_err(|_| value))
}
