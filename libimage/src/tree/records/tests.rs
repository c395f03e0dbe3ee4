//! Entries come back as they went in.

use super::*;

fn entry(name: &str, kind: Kind) -> Entry {
    Entry {
        name: name.as_bytes().into(),
        kind,
        metadata: plain(),
        link: None,
        content: None,
    }
}

fn plain() -> Metadata {
    Metadata {
        mode: 0o755,
        uid: 1,
        gid: 2,
        mtime: Timestamp::from_seconds(3),
        xattrs: Xattrs::NONE,
    }
}

#[test]
fn entries_come_back_as_they_went_in() {
    let mut records = Records::new(plain());
    let usr = records
        .insert(Records::ROOT, entry("usr", Kind::Directory))
        .expect("free");
    let link = entry(
        "sh",
        Kind::Symlink {
            target: (*b"../bin/dash").into(),
        },
    );
    let sh = records.insert(usr, link.clone()).expect("free");
    assert_eq!(records.insert(usr, link.clone()), None, "the name is taken");
    assert_eq!(records.entry(sh), link);
    assert_eq!(records.path(sh).as_bytes(), b"usr/sh");
    assert_eq!(records.symlink_target(sh), Some(&b"../bin/dash"[..]));
    for (name, kind) in [
        ("b", Kind::Directory),
        ("a", Kind::Directory),
        ("c", Kind::Fifo),
    ] {
        records.insert(usr, entry(name, kind)).expect("free");
    }
    let names: Vec<_> = records
        .children(usr)
        .into_iter()
        .map(|id| records.name(id).to_vec())
        .collect();
    assert_eq!(names, [&b"c"[..], b"sh", b"a", b"b"]);
    records.remove(sh);
    assert_eq!(records.child(usr, b"sh"), None);
    assert_eq!(records.child(Records::ROOT, b"usr"), Some(usr));
}
