//! Ways to take something out of a tree.

use std::collections::BTreeMap;

use fixtures::snapshot::{Entry, EntryKind, Snapshot};
use fixtures::tree::{Time, is_below};

/// Changes every entry.
pub(super) fn each(tree: &mut Snapshot, change: impl Fn(&mut Entry)) {
    tree.entries.values_mut().for_each(change);
}

/// Removes entries; a directory that is left out, but something beneath it not,
/// is one that no member describes.
pub(super) fn leave_out(tree: &mut Snapshot, is_out: impl Fn(&[u8], &Entry) -> bool) {
    let (out, rest): (BTreeMap<_, _>, _) = std::mem::take(&mut tree.entries)
        .into_iter()
        .partition(|(path, entry)| is_out(path, entry));
    tree.entries = rest;
    let implied: Vec<_> = out
        .into_iter()
        .filter_map(|(path, directory)| {
            let inside = |(inner, _): &(&Vec<u8>, &Entry)| is_below(inner, &path);
            let (_, first) = tree.entries.iter().find(inside)?;
            let entry = undescribed(directory, first.mtime);
            Some((path, entry))
        })
        .collect();
    tree.entries.extend(implied);
    regroup(tree);
}

/// Removes entries with all that is beneath them.
pub(super) fn leave_out_whole(tree: &mut Snapshot, is_out: impl Fn(&[u8], &Entry) -> bool) {
    let entries = tree.entries.iter();
    let out: Vec<_> = entries
        .filter(|(path, entry)| is_out(path, entry))
        .map(|(path, _)| path.clone())
        .collect();
    leave_out(tree, |path, _| {
        out.iter().any(|top| path == top || is_below(path, top))
    });
}

/// Makes the further names of some inodes inodes of their own.
pub(super) fn unlink(tree: &mut Snapshot, is_alone: impl Fn(&EntryKind) -> bool) {
    each(tree, |entry| {
        if is_alone(&entry.kind) {
            entry.leader = None;
        }
    });
}

/// A directory as an import makes one that the archive only implies: root's, for
/// everyone, as old as the first member in it.
pub(crate) fn undescribed(directory: Entry, mtime: Time) -> Entry {
    assert_eq!(directory.kind, EntryKind::Dir);
    Entry {
        mode: 0o755,
        uid: 0,
        gid: 0,
        mtime,
        xattrs: BTreeMap::new(),
        ..directory
    }
}

/// Gives the names of each inode that is left the first one of them as leader.
fn regroup(tree: &mut Snapshot) {
    let mut groups: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for (path, entry) in &tree.entries {
        if let Some(leader) = &entry.leader {
            groups.entry(leader.clone()).or_default().push(path.clone());
        }
    }
    for names in groups.into_values() {
        let leader = (names.len() > 1).then(|| names[0].clone());
        for name in &names {
            let entry = tree.entries.get_mut(name).expect("it was listed");
            entry.leader.clone_from(&leader);
        }
    }
}
