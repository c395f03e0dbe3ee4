//! Reading live trees that change while they are read.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "changes a tree behind the library's back"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use libimage::digest::Algorithm;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, TreeError, Want, walk};

type Meddle = fn(&Path);

/// Hashes a tree of one file, after doing something to that file between the
/// listing and the reading.
fn hash_after(meddle: impl Fn(&Path) + Sync) -> Result<u32, TreeError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("file");
    fs::write(&path, "AAAA").expect("a new name");
    let long_ago = SystemTime::now() - Duration::from_secs(1000);
    let file = fs::File::options().write(true).open(&path).expect("ours");
    file.set_modified(long_ago).expect("ours");
    let tree = LiveTree::open(dir.path(), Want::All).expect("a directory");
    let mut digests = 0;
    walk(
        &tree,
        1,
        |directory, entry| {
            if entry.file_size().is_none() {
                return Ok(None);
            }
            meddle(&path);
            directory
                .digest(entry, Algorithm::Blake3, &Silent)
                .map(Some)
        },
        |walked| {
            digests += u32::from(walked.seen.is_some());
            Ok::<(), TreeError>(())
        },
        &Silent,
    )?;
    Ok(digests)
}

#[test]
fn a_file_that_is_left_alone_is_hashed() {
    assert_eq!(hash_after(|_| ()).expect("nothing happens"), 1);
}

#[test]
fn a_file_that_changes_is_never_recorded_as_good() {
    let cases: [(&str, Meddle); 6] = [
        ("same size", |path| fs::write(path, "BBBB").expect("ours")),
        ("grown", |path| {
            let mut file = fs::File::options().append(true).open(path).expect("ours");
            file.write_all(b"more").expect("room");
        }),
        ("shrunk", |path| fs::write(path, "B").expect("ours")),
        ("emptied", |path| fs::write(path, "").expect("ours")),
        ("another file", |path| {
            fs::write(path.with_extension("new"), "CCCC").expect("a new name");
            fs::rename(path.with_extension("new"), path).expect("ours");
        }),
        ("a directory", |path| {
            fs::remove_file(path).expect("ours");
            fs::create_dir(path).expect("a new name");
        }),
    ];
    for (name, meddle) in cases {
        let answer = hash_after(meddle);
        assert!(answer.is_err(), "{name}: {answer:?}");
    }
    let gone = hash_after(|path| fs::remove_file(path).expect("ours"));
    assert!(matches!(gone, Err(TreeError::Sys(_))), "{gone:?}");
}

#[test]
fn a_file_that_became_a_symlink_is_not_followed() {
    let answer = hash_after(|path| {
        fs::remove_file(path).expect("ours");
        std::os::unix::fs::symlink("/etc/passwd", path).expect("a new name");
    });
    let Err(TreeError::Sys(error)) = answer else {
        panic!("{answer:?}");
    };
    assert!(error.is(rustix::io::Errno::LOOP), "{}", error.source);
}
