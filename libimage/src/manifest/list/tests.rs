use super::*;
use crate::digest::{Digest, Hasher, Sha256};
use crate::manifest::{Most, ReadError, read, read_within};
use crate::monitor::Silent;
use crate::tree::{RecordedTree, TreeError};

/// A listing of these lines, with the digests that it needs to be read.
fn sealed(first: &str, lines: &[&str]) -> Vec<u8> {
    let body = [&lines.join("\n"), "\n"].concat();
    let mut tree = Hasher::new();
    tree.update(body.as_bytes());
    let mut text = format!("{first}\n{body}end {} {} ", lines.len(), tree.finish());
    let mut whole = Hasher::new();
    whole.update(text.as_bytes());
    text += &whole.finish().to_string();
    text.push('\n');
    text.into_bytes()
}

fn listing(lines: &[&str]) -> Vec<u8> {
    sealed("imgtool-listing 1", lines)
}

fn again(tree: &RecordedTree, with_content: bool, left_out: &LeftOut<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    list(tree, &mut bytes, with_content, left_out, 2, &Silent).expect("all is known");
    bytes
}

/// A listing with all that only listings have.
fn all() -> Vec<u8> {
    let digests = (Digest::of(b"x"), Sha256::of(b"x"));
    listing(&[
        "d 0755 0 0 1.000000000 .",
        &format!("f 0644 0 0 1.000000000 blake3 1 {}", digests.0),
        "m dev",
        "m etc",
        &format!("f 0644 0 0 1.000000000 sha256 1 sha256:{}", digests.1),
        "h zz sha256",
        "d 0755 0 0 1.000000000 a",
        "f 0644 0 0 1.000000000 a/unread 1 -",
        "x 0755 0 0 1.000000000 scratch user.a=00",
    ])
}

#[test]
fn a_listing_comes_back_as_it_was() {
    let bytes = all();
    let (tree, summary) = read(&bytes[..], "l").expect("whole");
    assert_eq!(summary.counts.mounts, 2);
    assert_eq!(summary.counts.entries(), 7);
    let is_unread =
        |path: &ImagePath, is_directory: bool| !is_directory && path.as_bytes() == b"a/unread";
    assert_eq!(again(&tree, true, &is_unread), bytes);
    // It may leave out more than before.
    let less = again(&tree, false, &|path, _| path.as_bytes() == b"a");
    let text = String::from_utf8(less.clone()).expect("ASCII");
    assert!(text.contains("\nx 0755 0 0 1.000000000 a\nx "), "{text}");
    assert!(text.contains(" blake3 1 -\n"), "{text}");
    read(&less[..], "l").expect("whole");

    let (_, top) = tree.root().expect("it is listed");
    assert!(top.is_closed(b"scratch") && !top.is_closed(b"a"));
    let scratch = top
        .directory(b"scratch")
        .expect("listed")
        .expect("no mount");
    for answer in [
        scratch.entries(&Silent).map(|_| ()),
        scratch.lookup(b"x").map(|_| ()),
    ] {
        assert!(
            matches!(answer, Err(TreeError::NotListed { .. })),
            "{answer:?}"
        );
    }
}

#[test]
fn a_listing_that_is_cut_off_or_changed_is_none() {
    let bytes = all();
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end], "l").is_err(), "cut at {end}");
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(read(&changed[..], "l").is_err(), "changed at {at}");
    }
}

#[test]
fn lines_stand_where_they_may() {
    let root = "d 0755 0 0 1.000000000 .";
    for (lines, reason) in [
        (
            &["x 0755 0 0 1.000000000 ."][..],
            "the first entry is not the root",
        ),
        (&["m ."], "the first entry is not the root"),
        (&[root, "m ."], "the root comes twice"),
        (&[root, "m b", "m a"], "it is out of order"),
        (
            &[root, "d 0755 0 0 1.000000000 a", "m b"],
            "it is out of order",
        ),
        (&[root, "m a", "m a"], "it is out of order"),
        (
            &[root, "m a", "d 0755 0 0 1.000000000 a"],
            "its name comes twice",
        ),
        (
            &[root, "x 0755 0 0 1.000000000 a", "m a/b"],
            "its directory does not come right before it",
        ),
        (
            &[root, "m a", "m a/b"],
            "its directory does not come right before it",
        ),
        (
            &[root, "m a", "h b a"],
            "a hard link to a directory or a mount",
        ),
        (
            &[root, "x 0755 0 0 1.000000000 a", "h a/b a"],
            "a hard link to a directory or a mount",
        ),
    ] {
        let error = read(&listing(lines)[..], "l")
            .map(|_| ())
            .expect_err(reason);
        assert!(
            matches!(error, ReadError::Corrupt { reason: found, .. } if found == reason),
            "{lines:?}: {error:?}"
        );
    }
    // What a listing has is no part of a manifest.
    for line in [
        "m a",
        "x 0755 0 0 1.000000000 a",
        "f 0644 0 0 1.000000000 a 1 -",
    ] {
        assert!(read(&listing(&[root, line])[..], "l").is_ok(), "{line}");
        let manifest = sealed("imgtool-manifest 1", &[root, line]);
        assert!(read(&manifest[..], "l").is_err(), "{line}");
    }
}

#[test]
fn no_more_is_taken_than_is_wanted() {
    let bytes = all();
    let most = Most {
        entries: 9,
        names: 34,
        attributes: 32,
    };
    read_within(&bytes[..], "l", most).expect("it is not too much");
    for (most, expected) in [
        (Most { entries: 8, ..most }, "entries"),
        (Most { names: 33, ..most }, "bytes of names"),
        (
            Most {
                attributes: 31,
                ..most
            },
            "bytes of attributes",
        ),
    ] {
        let error = read_within(&bytes[..], "l", most)
            .map(|_| ())
            .expect_err(expected);
        assert!(
            matches!(error, ReadError::TooMuch { what, .. } if what == expected),
            "{error:?}"
        );
    }
}
