//! What an ordinary user imports: all but what only root may set.

use std::collections::BTreeMap;
use std::path::Path;

use fixtures::snapshot::{Entry, EntryKind, Snapshot};
use libimage::import::{Options, Outcome};
use rustix::fs::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use crate::real::{ARCHES, assert_same, imported, real, run, scratch};

/// Nobody, who owns nothing.
const NOBODY: u32 = 65_534;

/// Imports as an ordinary user would, on a thread that becomes one: on Linux
/// each has its own credentials, and passes them on to those it starts.
fn imported_by_nobody(archive: &Path, into: &Path) -> Outcome {
    let work = || {
        let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        set_thread_groups(&[]).expect("root may");
        set_thread_res_gid(gid, gid, gid).expect("root may");
        set_thread_res_uid(uid, uid, uid).expect("root may");
        imported(archive, into, &Options::default())
    };
    std::thread::scope(|scope| scope.spawn(work).join().expect("it does not panic"))
        .unwrap_or_else(|error| panic!("{}: {error}", archive.display()))
}

/// The tree as an ordinary user may have it.
fn as_nobodys(tree: Snapshot) -> Snapshot {
    let is_device = |entry: &Entry| {
        matches!(
            entry.kind,
            EntryKind::CharDevice(..) | EntryKind::BlockDevice(..)
        )
    };
    let is_allowed =
        |name: &[u8]| !name.starts_with(b"security.") && !name.starts_with(b"trusted.");
    let entries = tree
        .entries
        .into_iter()
        .filter(|(_, entry)| !is_device(entry));
    let entries: BTreeMap<_, _> = entries
        .map(|(path, mut entry)| {
            (entry.uid, entry.gid) = (NOBODY, NOBODY);
            entry.xattrs.retain(|name, _| is_allowed(name));
            (path, entry)
        })
        .collect();
    Snapshot { entries }
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn an_ordinary_user_gets_all_but_what_only_root_may_set() {
    for arch in ARCHES {
        let scratch = scratch();
        let parent = scratch.path().join("images");
        std::fs::create_dir(&parent).expect("the name is free");
        run("chmod", ["755".as_ref(), scratch.path()]);
        run("chown", ["65534:65534".as_ref(), parent.as_path()]);
        let into = parent.join("image");
        let outcome = imported_by_nobody(&real(&format!("{arch}.gnu.tar.gz")), &into);
        let original = Snapshot::of(&real(arch));
        let devices = original.entries.len() as u64 - outcome.tree.counts.entries();
        assert_same(arch, &as_nobodys(original), &Snapshot::of(&into));
        assert_eq!(outcome.left_out.devices, devices);
        assert!(devices > 0 && outcome.left_out.owners > 0 && outcome.left_out.xattrs > 0);
    }
}
