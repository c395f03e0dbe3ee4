//! The metadata that a name gets, decided without I/O.

use crate::diff::{Action, Change, Difference, Options, same_type};
use crate::entry::{ACCESS_ACL, DEFAULT_ACL, Entry, Metadata, Respect, Xattrs};

pub(super) fn is_acl(name: &[u8]) -> bool {
    [ACCESS_ACL, DEFAULT_ACL].contains(&name)
}

/// What a changed name gets: what the source has, but for what is not compared,
/// what the rules leave out, and what counts as equal and is therefore left
/// alone.
pub(super) fn of_change(
    change: &Change,
    source: &Entry,
    target: Option<&Entry>,
    options: &Options,
) -> Metadata {
    let target = target.filter(|target| same_type(&source.kind, &target.kind));
    let mut wanted = source.metadata.clone();
    wanted.xattrs = sent(&source.metadata.xattrs, None, options);
    let Some(Entry { metadata: old, .. }) = target else {
        return wanted;
    };
    let is_ignored = |respect| options.ignore.contains(respect);
    // New content comes with all that the source has.
    let is_anew = change.action != Action::Metadata;
    let is_equal = |differences: &[Difference]| {
        !is_anew
            && differences
                .iter()
                .all(|one| !change.differences.contains(*one))
    };
    // Where it sets attributes, rsync sets the time as well, however little it
    // differs.
    if is_ignored(Respect::Time) && !is_anew || is_equal(&[Difference::Time, Difference::Xattr]) {
        wanted.mtime = old.mtime;
    }
    if is_ignored(Respect::Mode) {
        wanted.mode = old.mode;
    }
    if is_ignored(Respect::Owner) {
        wanted.uid = old.uid;
    }
    if is_ignored(Respect::Group) {
        wanted.gid = old.gid;
    }
    // The group's bits of a mode and an ACL are one thing.
    let acl = if is_ignored(Respect::Acl) || is_equal(&[Difference::Acl, Difference::Mode]) {
        &old.xattrs
    } else {
        &source.metadata.xattrs
    };
    let plain = if is_ignored(Respect::Xattr) || is_equal(&[Difference::Xattr]) {
        old.xattrs.clone()
    } else {
        sent(&source.metadata.xattrs, Some(&old.xattrs), options)
    };
    wanted.xattrs = joined(acl, &plain);
    wanted
}

/// The attributes that are sent, and those of the target that the rules keep
/// from being removed.
fn sent(source: &Xattrs, kept: Option<&Xattrs>, options: &Options) -> Xattrs {
    let filter = &options.filter;
    let sent = source
        .iter()
        .filter(|(name, _)| is_acl(name) || filter.sends_xattr(name));
    let stays = |name: &[u8]| !is_acl(name) && !filter.receives_xattr(name);
    let kept = kept.into_iter().flat_map(Xattrs::iter);
    let kept = kept.filter(|(name, _)| stays(name));
    collected(kept.chain(sent))
}

/// The ACLs of one, all else of the other.
fn joined(acl: &Xattrs, plain: &Xattrs) -> Xattrs {
    let acl = acl.iter().filter(|(name, _)| is_acl(name));
    let plain = plain.iter().filter(|(name, _)| !is_acl(name));
    collected(plain.chain(acl))
}

fn collected<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Xattrs {
    Xattrs::new(
        pairs
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
    )
}
