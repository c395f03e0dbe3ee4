//! [`check_listed`]: whether a member is the entry that a manifest lists for it.

use super::member::{Member, MemberKind};
use crate::tree::{RecordId, Records};

pub(crate) const OTHER_KIND: &str = "its kind, size or target";
pub(crate) const OTHER_XATTRS: &str = "its extended attributes";

/// Compares a member as it comes with the entry that it should be, before anything
/// is made of it or kept: so a backup that lies takes no more memory than its
/// manifest does, and makes no name that is not listed. What is compared with all
/// the rest once it is made needs no look here.
pub(crate) fn check_listed(
    member: &Member,
    listed: &Records,
    id: RecordId,
) -> Result<(), &'static str> {
    let found = member.image_path();
    if !found.is_ok_and(|(path, _)| path == listed.path(id)) {
        return Err("another entry stands in its place");
    }
    let size = match member.kind {
        MemberKind::HardLink { .. } => return Ok(()),
        MemberKind::File { size, .. } => Some(size),
        _ => None,
    };
    if listed.file_size(id) != size {
        return Err(OTHER_KIND);
    }
    let xattrs = &member.metadata.xattrs;
    if listed.metadata(id).xattrs != *xattrs || !member.named_acls.is_empty() {
        return Err(OTHER_XATTRS);
    }
    Ok(())
}
