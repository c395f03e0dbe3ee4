//! Every archive becomes the tree that it was made from.

use std::path::Path;

use fixtures::snapshot::Snapshot;
use libimage::import::Options;
use libimage::manifest;
use libimage::monitor::Silent;

use crate::real::{ARCHES, assert_same, imported, live, real, run, scratch};
use crate::rsync::differences;

/// Unpacks as root, with everything kept that the program can keep.
fn unpack(program: &str, archive: &Path, into: &Path) {
    std::fs::create_dir(into).expect("the name is free");
    let options: &[&str] = match program {
        "tar" => &[
            "--xattrs",
            "--xattrs-include=*",
            "--acls",
            "--numeric-owner",
            "-xpf",
        ],
        _ => &["--xattrs", "--acls", "--numeric-owner", "-xpf"],
    };
    let mut arguments: Vec<_> = options.iter().map(AsRef::as_ref).collect();
    arguments.extend([archive.as_os_str(), "-C".as_ref(), into.as_os_str()]);
    run(program, arguments);
}

/// The archives of an image that there are, and the program that unpacks each
/// to the very tree that it was made from, which is the one that made it: GNU
/// tar 1.34 takes no notice of bsdtar's attributes (`LIBARCHIVE.xattr.*`) and
/// forgets the times of directories that are listed before others of their
/// own; bsdtar 3.6 reads none of GNU tar's ACLs that have names in them.
fn archives(arch: &str) -> Vec<(String, &'static str)> {
    let names = [
        ("gnu.tar", "tar"),
        ("gnu.tar.gz", "tar"),
        ("gnu.tar.zst", "tar"),
        ("gnu.tar.xz", "tar"),
        ("gnu.tar.bz2", "tar"),
        ("bsd.tar.gz", "bsdtar"),
    ];
    let names = names.map(|(name, program)| (format!("{arch}.{name}"), program));
    let there = names.into_iter().filter(|(name, _)| real(name).exists());
    there.collect()
}

fn imports_are_what_was_archived(arch: &str) {
    let original = real(arch);
    let tree = Snapshot::of(&original);
    let digest = manifest::build(&live(&original), std::io::sink(), 2, &Silent)
        .expect("it can be read")
        .digest;
    let archives = archives(arch);
    assert!(archives.len() >= 4, "{archives:?}");
    for (name, program) in archives {
        let scratch = scratch();
        let into = scratch.path().join("image");
        let outcome = imported(&real(&name), &into, &Options::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        // bsdtar was given what is in the top directory, not that itself.
        let has_top = program == "tar";
        let found = Snapshot::of(&into);
        if has_top {
            assert_same(&name, &tree, &found);
            assert_eq!(outcome.tree.digest, digest, "{name}");
        } else {
            assert_same(&name, &tree.clone().without_top(), &found.without_top());
        }
        assert_eq!(
            outcome.tree.counts.entries(),
            tree.entries.len() as u64,
            "{name}"
        );
        assert!(outcome.left_out.is_nothing(), "{name}");
        let differences = differences(&live(&original), &live(&into));
        let top: &[String] = if has_top {
            &[]
        } else {
            &[".: Metadata".to_owned()]
        };
        assert_eq!(differences, top, "{name}");
    }
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn archives_of_amd64_become_what_was_archived() {
    imports_are_what_was_archived("amd64");
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn archives_of_arm64_become_what_was_archived() {
    imports_are_what_was_archived("arm64");
}

/// So that an import which equals the original equals the program's extraction.
#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn each_program_keeps_everything_of_its_own() {
    for arch in ARCHES {
        let tree = Snapshot::of(&real(arch)).without_top();
        for (name, program) in [("gnu.tar", "tar"), ("bsd.tar.gz", "bsdtar")] {
            let scratch = scratch();
            let into = scratch.path().join("image");
            unpack(program, &real(&format!("{arch}.{name}")), &into);
            assert_same(name, &tree, &Snapshot::of(&into).without_top());
        }
    }
}
