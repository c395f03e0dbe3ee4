//! Whether two entries have the same extended attributes, as rsync sees it.

use crate::entry::Xattrs;
use crate::filter::Filter;

/// Compares what is sent with what the receiver sees.
pub(super) fn differ(source: &Xattrs, target: &Xattrs, filter: &Filter) -> bool {
    let sent = source.iter().filter(|(name, _)| filter.sends_xattr(name));
    let seen = target
        .iter()
        .filter(|(name, _)| filter.receives_xattr(name));
    sent.ne(seen)
}
