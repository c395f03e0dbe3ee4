//! Some paths of a backup.

use fixtures::tree::{Node, TreeSpec};
use libimage::error::{ErrorKind, ImageError as _};

use crate::place::{Place, noise};

fn tree() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("a").mode(0o750))
        .with(Node::file("a/first", noise(1, 9 << 20)))
        .with(Node::file("a/other", noise(2, 5 << 20)))
        .with(Node::dir("etc").mode(0o711))
        .with(Node::dir("etc/slurm").mode(0o700))
        .with(Node::file("etc/slurm/slurm.conf", "nodes").mode(0o600))
        .with(Node::hard_link("etc/slurm/large", "a/first"))
        .with(Node::hard_link("etc/slurm/larger", "a/first"))
        .with(Node::symlink("etc/slurm/link", "slurm.conf"))
        .with(Node::file("etc/passwd", "root"))
        .with(Node::dir("usr"))
        .with(Node::file("usr/big", noise(3, 30 << 20)))
        .with(Node::file("usr/small", "small"))
}

/// The paths in the tree that came out, but for the root.
fn restored(place: &Place, paths: &[&[u8]]) -> (Vec<String>, usize) {
    let name = "some";
    let _ = std::fs::remove_dir_all(place.path(name));
    let outcome = place.restore(name, paths, 2).expect("whole");
    let (all, some) = (place.snapshot("tree"), place.snapshot(name));
    let mut found = Vec::new();
    for (path, entry) in &some.entries {
        let mut expected = all.get(path).expect("it was there").clone();
        if let Some(leader) = &expected.leader {
            // Of its names those count that came out.
            let names = some.entries.iter().filter(|(path, _)| {
                let other = all.get(path).expect("it was there");
                other.leader.as_ref() == Some(leader)
            });
            let names: Vec<_> = names.map(|(path, _)| path.clone()).collect();
            expected.leader = (names.len() > 1).then(|| names[0].clone());
        }
        assert_eq!(*entry, expected, "{}", String::from_utf8_lossy(path));
        if !path.is_empty() {
            found.push(String::from_utf8_lossy(path).into_owned());
        }
    }
    (found, outcome.frames)
}

/// Paths that are asked for, and what comes.
type Case<'a> = (&'a [&'a [u8]], &'a [&'a str]);

#[test]
fn a_path_comes_with_the_directories_above_it() {
    let place = Place::with(&tree());
    let all = place.back_up(2).sealed.index.frames.len();
    let cases: &[Case] = &[
        (&[b"usr/small"], &["usr", "usr/small"]),
        (
            &[b"etc/slurm/slurm.conf"],
            &["etc", "etc/slurm", "etc/slurm/slurm.conf"],
        ),
        (
            &[b"etc/passwd", b"usr/small"],
            &["etc", "etc/passwd", "usr", "usr/small"],
        ),
        // Its content stands under a name that nobody asked for.
        (
            &[b"etc/slurm/larger"],
            &["etc", "etc/slurm", "etc/slurm/larger"],
        ),
        (
            &[b"etc/slurm"],
            &[
                "etc",
                "etc/slurm",
                "etc/slurm/large",
                "etc/slurm/larger",
                "etc/slurm/link",
                "etc/slurm/slurm.conf",
            ],
        ),
        (
            &[b"a/first", b"etc/slurm/large"],
            &["a", "a/first", "etc", "etc/slurm", "etc/slurm/large"],
        ),
        (&[b"a", b"a/first"], &["a", "a/first", "a/other"]),
    ];
    for (paths, expected) in cases {
        let (found, frames) = restored(&place, paths);
        assert_eq!(found, *expected);
        assert!(frames < all, "{paths:?}: all {all} frames were read");
    }
    let (found, frames) = restored(&place, &[b"usr/small"]);
    assert_eq!((found.len(), frames), (2, 1));
    // The root is everything.
    let (found, frames) = restored(&place, &[b""]);
    assert_eq!((found.len(), frames), (13, all));
}

#[test]
fn a_path_that_is_not_there_is_told() {
    let place = Place::with(&tree());
    place.back_up(1);
    for path in [&b"etc/slum"[..], b"etc/passwd/x", b"usr/big/"] {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        match place.restore("some", &[b"etc", path], 1) {
            Ok(_) => assert_eq!(path, b"usr/big"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Usage);
                assert!(error.to_string().starts_with("there is no `etc/"));
                assert!(!place.path("some").exists());
            }
        }
    }
}

#[test]
fn a_path_through_a_symlink_is_told() {
    let place = Place::with(&tree());
    place.back_up(1);
    for (path, told) in [
        (
            &b"etc/slurm/link/x"[..],
            Some("`etc/slurm/link` is a symlink to `slurm.conf`"),
        ),
        (b"etc/slurm/x", None),
    ] {
        let error = place.restore("some", &[path], 1).map(|_| ());
        let help = error
            .expect_err("it is not there")
            .help()
            .expect("there is some");
        assert_eq!(help.contains("symlink"), told.is_some(), "{help}");
        assert!(told.is_none_or(|told| help.starts_with(told)), "{help}");
    }
}
