//! What must hold for every tree, wherever it was read from.

use std::collections::HashMap;

use libimage::diff::{self, ModifyWindow};
use libimage::entry::{Entry, Kind, LinkGroup};
use libimage::manifest::{self, Summary};
use libimage::monitor::Silent;
use libimage::path::{ImagePath, check_component};
use libimage::tree::{RecordId, RecordedTree, Records, resolve};

/// A circle of symlinks costs forty steps each, so not all are followed.
const FOLLOWED: usize = 16;

/// All entries of a tree in canonical order.
///
/// # Panics
///
/// If one of them is not beneath the root, is reached twice, has a name that
/// no file can have, or is said to be the same inode as another than it.
pub fn entries(records: &Records) -> Vec<(ImagePath, Entry)> {
    let mut found = Vec::new();
    let mut inodes: HashMap<LinkGroup, Entry> = HashMap::new();
    let mut rest = vec![(Records::ROOT, ImagePath::root())];
    while let Some((id, path)) = rest.pop() {
        assert!(records.is_attached(id));
        assert_eq!(records.path(id), path);
        let entry = records.entry(id);
        if let Some(group) = entry.link {
            assert!(!entry.is_directory(), "{path} has several names");
            let nameless = Entry {
                name: Box::default(),
                ..entry.clone()
            };
            let first = inodes.entry(group).or_insert_with(|| nameless.clone());
            assert_eq!(*first, nameless, "{path} differs from its own inode");
        }
        let before = rest.len();
        for child in records.children(id) {
            let name = records.name(child);
            check_component(name).expect("one component");
            assert_eq!(records.parent(child), id);
            rest.push((child, path.join(name)));
        }
        rest[before..].reverse();
        found.push((path, entry));
        assert!(found.len() <= records.len(), "more entries than records");
    }
    found
}

/// Checks that a tree written as a manifest and read back is the same tree,
/// and that its symlinks lead nowhere but to entries of its own; returns the
/// manifest with what it says in sum.
pub fn check(tree: &RecordedTree) -> (Vec<u8>, Summary) {
    follow_symlinks(tree);
    let mut text = Vec::new();
    let written = manifest::build(tree, &mut text, 1, &Silent).expect("all of it is recorded");
    let (again, read) = manifest::read(&*text, "its manifest").expect("as it was written");
    assert_eq!(read, written);
    let mut options = diff::Options::default();
    options.checksum = true;
    options.window = ModifyWindow::Exact;
    options.threads = 1;
    let outcome = diff::diff(tree, &again, &options, &Silent).expect("all of it is recorded");
    assert!(outcome.changes.is_empty(), "{:?}", outcome.changes);
    assert_eq!(outcome.totals.unchanged, written.counts.entries());
    assert_eq!(written.counts, tree.records().counts());
    (text, written)
}

/// Writes a tree as a listing, of which the digests are those that it has, and
/// returns it with what it says in sum.
pub fn list(tree: &RecordedTree) -> (Vec<u8>, Summary) {
    follow_symlinks(tree);
    let records = tree.records();
    let is_unread = |path: &ImagePath, is_directory: bool| {
        let mut names = path.components();
        let id = names.try_fold(Records::ROOT, |at, name| records.child(at, name));
        !is_directory && id.is_some_and(|id| records.content(id).is_none())
    };
    let mut text = Vec::new();
    let listed = manifest::list(tree, &mut text, true, &is_unread, 1, &Silent);
    (text, listed.expect("what it has not is left out"))
}

fn follow_symlinks(tree: &RecordedTree) {
    let records = tree.records();
    let symlinks = records
        .ids()
        .filter(|&id| records.is_attached(id) && records.symlink_target(id).is_some());
    for id in symlinks.take(FOLLOWED) {
        let path = records.path(id);
        // What leads in a circle, or through a file, is an error.
        let Ok(Some(found)) = resolve(tree, path.as_bytes()) else {
            continue;
        };
        let mut at = Records::ROOT;
        for name in found.path.components() {
            at = child(records, at, name);
        }
        assert_eq!(records.entry(at), found.entry);
        assert!(!matches!(found.entry.kind, Kind::Symlink { .. }));
    }
}

fn child(records: &Records, directory: RecordId, name: &[u8]) -> RecordId {
    assert!(records.is_directory(directory), "through no directory");
    records.child(directory, name).expect("leads to an entry")
}
