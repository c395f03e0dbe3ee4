//! A destination is old or new, never between: whatever stands there before,
//! whenever an import ends.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "prepares and inspects destinations as an administrator's shell would"
)]

use std::fs;
use std::io::{Cursor, Read};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use fixtures::archive::{Options as Format, write};
use fixtures::image::{Arch, Distro, software_image};
use fixtures::snapshot::{Snapshot, names};
use libimage::digest::Digest;
use libimage::error::{ErrorKind, ImageError as _};
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::manifest;
use libimage::monitor::{Monitor, Phase, Silent, Warning};
use libimage::tree::{LiveTree, Want};
use libimage::writer::{Destination, WriteError};

fn archive(arch: Arch) -> Vec<u8> {
    write(&software_image(arch, Distro::Ubuntu2404), Format::gnu_tar())
}

fn source(input: impl Read + Send + 'static) -> Source {
    Source::stream("image.tar", Box::new(input), None)
}

fn run(bytes: Vec<u8>, into: &Path, options: &Options) -> Result<Outcome, ImportError> {
    let destination = Destination::new(into)?;
    import(source(Cursor::new(bytes)), &destination, options, &Silent)
}

fn replacing() -> Options {
    let mut options = Options::default();
    options.replace = true;
    options
}

/// A place for a tree, with a neighbour that must never change.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(dir.path().join("neighbour")).expect("a new name");
        fs::write(dir.path().join("neighbour/file"), "untouched").expect("a new name");
        Self { dir }
    }

    fn tree(&self) -> PathBuf {
        self.dir.path().join("tree")
    }

    fn private(&self) -> PathBuf {
        self.dir.path().join(".imgtool")
    }

    fn names(&self) -> Vec<String> {
        names(self.dir.path())
    }

    /// What changed since, but for the times of the private directory, in
    /// which names came and went.
    fn damage(&self, before: &Snapshot) -> Vec<String> {
        let mut lines = before.touched(&self.snapshot());
        lines.retain(|line| !line.starts_with(".imgtool: "));
        lines
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.dir.path()).without_top()
    }
}

fn digest_on_disk(place: &Place) -> Digest {
    let tree = LiveTree::open(&place.tree(), Want::All).expect("is there");
    let built = manifest::build(&tree, std::io::sink(), 1, &Silent);
    built.expect("readable").digest
}

#[test]
fn a_published_tree_has_its_records_beside_it_and_nothing_else() {
    let place = Place::new();
    let outcome = run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("honest");
    assert!(!outcome.replaced);
    assert_eq!(place.names(), [".imgtool", "neighbour", "tree"]);
    assert_eq!(
        names(&place.private()),
        ["tree.manifest", "tree.origin.json"]
    );
    let mode = fs::metadata(place.private()).expect("is there").mode();
    assert_eq!(mode & 0o7777, 0o700);
    let manifest = fs::read(place.private().join("tree.manifest")).expect("is there");
    let (_, summary) = manifest::read(&manifest[..], "m").expect("whole");
    assert_eq!(summary.digest, outcome.tree.digest);
    let origin = fs::read_to_string(place.private().join("tree.origin.json")).expect("is there");
    let inode = fs::metadata(place.tree()).expect("is there").ino();
    for part in [
        format!("\"tree_digest\":\"{}\"", outcome.tree.digest),
        format!(
            "\"archive_digest\":\"{}\"",
            outcome.received.digest.expect("of one archive")
        ),
        format!("\"root\":\"{inode}:"),
        "\"archive\":\"image.tar\"".to_owned(),
    ] {
        assert!(origin.contains(&part), "{part} in {origin}");
    }
}

#[test]
fn a_tree_in_the_way_is_kept_unless_it_is_to_be_replaced() {
    let place = Place::new();
    run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("honest");
    let before = place.snapshot();
    let refused = run(archive(Arch::Aarch64), &place.tree(), &Options::default());
    assert!(
        matches!(&refused, Err(ImportError::Write(WriteError::Exists { .. }))),
        "{refused:?}"
    );
    assert_eq!(place.damage(&before), [""; 0]);

    let mut wrong = replacing();
    wrong.demand.arch = Some("x86_64".parse().expect("known"));
    let refused = run(archive(Arch::Aarch64), &place.tree(), &wrong);
    assert!(matches!(refused, Err(ImportError::NotAsDemanded(_))));
    assert_eq!(place.damage(&before), [""; 0]);

    let replaced = run(archive(Arch::Aarch64), &place.tree(), &replacing()).expect("honest");
    assert!(replaced.replaced);
    assert_eq!(
        replaced.facts.arch.map(|arch| arch.to_string()).as_deref(),
        Some("aarch64")
    );
    assert_eq!(
        names(&place.private()),
        ["tree.manifest", "tree.origin.json"]
    );
}

#[test]
fn only_a_directory_of_its_own_name_can_be_the_place() {
    let place = Place::new();
    let there = |name: &str| place.dir.path().join(name);
    fs::write(there("file"), "x").expect("a new name");
    fs::create_dir(there("empty")).expect("a new name");
    symlink("neighbour", there("link")).expect("a new name");
    let before = place.snapshot();
    for (into, kind) in [
        (there("file"), ErrorKind::Refused),
        (there("link"), ErrorKind::Refused),
        (there("neighbour"), ErrorKind::Refused),
        (there("missing/tree"), ErrorKind::System),
        (there("file/tree"), ErrorKind::System),
        (there(".imgtool"), ErrorKind::Usage),
        (there(".."), ErrorKind::Usage),
        (PathBuf::from("/"), ErrorKind::Usage),
    ] {
        let replace = into != there("neighbour");
        let mut options = Options::default();
        options.replace = replace;
        let error = run(archive(Arch::X86_64), &into, &options).expect_err("no place for a tree");
        assert_eq!(error.kind(), kind, "{}: {error}", into.display());
        assert_eq!(place.damage(&before), [""; 0], "{}", into.display());
    }
    run(archive(Arch::X86_64), &there("empty"), &Options::default()).expect("nothing is lost");
}

#[test]
fn what_a_dead_process_left_is_removed_and_hinders_nobody() {
    let place = Place::new();
    let private = place.private();
    fs::create_dir(&private).expect("a new name");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).expect("it is ours");
    fs::create_dir_all(private.join("tree.staged/tree/closed/inner")).expect("a new name");
    fs::write(private.join("tree.staged/tree/closed/inner/f"), "x").expect("a new name");
    symlink("../../../neighbour", private.join("tree.staged/tree/out")).expect("a new name");
    fs::write(private.join("tree.staged/manifest"), "half").expect("a new name");

    fs::write(private.join("tree.lock"), "process 1\n").expect("a new name");
    let closed = fs::Permissions::from_mode(0o000);
    fs::set_permissions(private.join("tree.staged/tree/closed"), closed).expect("it is ours");
    run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("honest");
    assert_eq!(names(&private), ["tree.manifest", "tree.origin.json"]);
    let kept = fs::read_to_string(place.dir.path().join("neighbour/file")).expect("is there");
    assert_eq!(kept, "untouched");
}

/// A process killed right after the rename: the tree stands, its records do not.
#[test]
fn records_of_a_tree_that_was_just_published_get_their_names() {
    let place = Place::new();
    run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("honest");
    let private = place.private();
    let staged = private.join("tree.staged");
    fs::create_dir(&staged).expect("a new name");
    for (name, suffix) in [("manifest", "manifest"), ("origin.json", "origin.json")] {
        let last = private.join(format!("tree.{suffix}"));
        fs::rename(last, staged.join(name)).expect("is there");
    }
    let before = fs::read(staged.join("manifest")).expect("is there");
    let origin = fs::read_to_string(staged.join("origin.json")).expect("is there");
    let (_, root) = origin.split_once("\"root\":\"").expect("names the tree");
    let (root, _) = root.split_once('"').expect("ends");
    fs::write(staged.join("note"), format!("{root} - -")).expect("a new name");
    let refused = run(archive(Arch::X86_64), &place.tree(), &Options::default());
    assert!(refused.is_err(), "the tree is in the way");
    let mut wrong = replacing();
    wrong.demand.arch = Some("x86_64".parse().expect("known"));
    let refused = run(archive(Arch::Aarch64), &place.tree(), &wrong);
    assert!(refused.is_err(), "not as demanded");
    assert_eq!(names(&private), ["tree.manifest", "tree.origin.json"]);
    let after = fs::read(private.join("tree.manifest")).expect("is there");
    assert_eq!(before, after);
}

/// A process killed between a swap and its being taken back: what came out is
/// neither the staged tree nor the one that was to be replaced.
#[test]
fn a_tree_that_nobody_knows_is_set_aside() {
    let place = Place::new();
    run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("honest");
    let staged = place.private().join("tree.staged");
    fs::create_dir_all(staged.join("tree")).expect("a new name");
    fs::write(staged.join("tree/precious"), "data").expect("a new name");
    fs::write(staged.join("note"), "1:2.000000003 4:5.000000006 -").expect("a new name");
    run(archive(Arch::Aarch64), &place.tree(), &replacing()).expect("honest");
    let kept = place.private().join("tree.staged-1/tree/precious");
    assert_eq!(fs::read_to_string(kept).expect("is there"), "data");
}

#[test]
fn a_parent_that_is_gone_is_an_error() {
    let place = Place::new();
    let parent = place.dir.path().join("parent");
    fs::create_dir(&parent).expect("a new name");
    let destination = Destination::new(&parent.join("tree")).expect("a good place");
    fs::remove_dir(&parent).expect("it is empty");
    assert!(destination.lock().is_err());
}

#[test]
fn a_place_taken_while_an_archive_is_read_is_not_overwritten() {
    /// Makes something stand at the destination when everything is read.
    struct Meddler(PathBuf, bool);
    impl Monitor for Meddler {
        fn begin(&self, phase: Phase, _: Option<u64>) {
            if phase == Phase::Sync {
                if self.1 {
                    fs::remove_dir(&self.0).expect("it is empty");
                }
                fs::create_dir_all(&self.0).expect("a new name");
                fs::write(self.0.join("precious"), "data").expect("a new name");
            }
        }
        fn advance(&self, _: u64, _: u64) {}
        fn warn(&self, _: Warning) {}
        fn cancelled(&self) -> bool {
            false
        }
    }
    for (replace, stood_before) in [(false, false), (false, true), (true, false), (true, true)] {
        let place = Place::new();
        if stood_before {
            fs::create_dir(place.tree()).expect("a new name");
        }
        let mut options = Options::default();
        options.replace = replace;
        let destination = Destination::new(&place.tree()).expect("a good place");
        let monitor = Meddler(place.tree(), stood_before);
        let input = source(Cursor::new(archive(Arch::X86_64)));
        let refused = import(input, &destination, &options, &monitor);
        assert!(
            matches!(&refused, Err(ImportError::Write(WriteError::Exists { .. }))),
            "replace {replace}, stood before {stood_before}: {refused:?}"
        );
        assert_eq!(names(&place.tree()), ["precious"]);
        assert_eq!(place.names(), ["neighbour", "tree"]);
    }
}

#[test]
fn a_default_acl_of_the_parent_does_not_reach_the_tree() {
    let plain = Place::new();
    let wanted = run(archive(Arch::X86_64), &plain.tree(), &Options::default()).expect("honest");
    let place = Place::new();
    let acl = fixtures::acl::Acl::from_mode(0o755)
        .user(1000, 7)
        .group(7, 5);
    rustix::fs::setxattr(
        place.dir.path(),
        fixtures::acl::DEFAULT,
        &acl.bytes(),
        rustix::fs::XattrFlags::empty(),
    )
    .expect("a file system with ACLs");
    let outcome = run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("honest");
    assert_eq!(outcome.tree.digest, wanted.tree.digest);
    assert_eq!(digest_on_disk(&place), outcome.tree.digest);
}

#[test]
fn what_the_manifest_lists_is_what_is_on_the_disk() {
    use fixtures::archive::{Number, RawMember, TarBuilder};
    let passwd = "daemon:x:1:1::/:/bin/sh\n";
    let named: &[(&[u8], &[u8])] = &[(
        b"SCHILY.acl.access",
        b"user::rw-\nuser:daemon:r--\ngroup::r--\nmask::r--\nother::---\n",
    )];
    let symlink = RawMember {
        mode: Number::Of(0o644),
        ..RawMember::symlink("s", "t")
    };
    let at = |mtime: i64| RawMember {
        mtime: Number::Base256(mtime),
        ..RawMember::file("f", "x")
    };
    let new = TarBuilder::new;
    for (name, builder) in [
        ("a symlink with a mode of its own", new().member(&symlink)),
        ("a file of 2514", new().member(&at(1 << 34))),
        ("a file of 3058", new().member(&at(1 << 35))),
        ("a file of 1697", new().member(&at(-(1 << 33)))),
        (
            "an ACL of a name, on a file with two names",
            new()
                .pax(named)
                .file("z", "x")
                .hard_link("a", "z")
                .file("etc/passwd", passwd),
        ),
        (
            "an ACL of a name, on a directory described twice",
            new()
                .pax(named)
                .dir("d")
                .dir("d")
                .file("etc/passwd", passwd),
        ),
        (
            "an ACL of a name, on a file that another replaces",
            new()
                .pax(named)
                .file("z", "x")
                .hard_link("a", "z")
                .file("z", "y")
                .file("etc/passwd", passwd),
        ),
        (
            "a directory that only a symlink names, then a file",
            new()
                .symlink("l", "missing/../b")
                .file("l/x", "x")
                .file("missing", "y"),
        ),
    ] {
        let place = Place::new();
        let outcome = run(builder.finish(), &place.tree(), &Options::default()).expect(name);
        assert_eq!(digest_on_disk(&place), outcome.tree.digest, "{name}");
    }
}

#[test]
fn neighbours_of_similar_names_do_not_meet() {
    let place = Place::new();
    let there = |name: &str| place.dir.path().join(name);
    for name in ["a", "a.manifest", "a.staged", "a.lock", "a.origin.json"] {
        run(archive(Arch::X86_64), &there(name), &Options::default()).expect(name);
    }
    assert_eq!(names(&place.private()).len(), 10, "two records a tree");
}

#[test]
fn a_private_directory_that_others_may_use_is_refused() {
    let place = Place::new();
    fs::create_dir(place.private()).expect("a new name");
    fs::set_permissions(place.private(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    let refused = run(archive(Arch::X86_64), &place.tree(), &Options::default());
    assert!(
        matches!(
            &refused,
            Err(ImportError::Write(WriteError::NotPrivate { .. }))
        ),
        "{refused:?}"
    );
    assert_eq!(place.names(), [".imgtool", "neighbour"]);
}

#[test]
fn two_imports_to_one_place_exclude_each_other() {
    let place = Place::new();
    let destination = Destination::new(&place.tree()).expect("a good place");
    let lock = destination.lock().expect("nobody else is here");
    let refused = run(archive(Arch::X86_64), &place.tree(), &Options::default());
    let Err(ImportError::Write(WriteError::Locked { holder, .. })) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(holder, &format!("process {}", std::process::id()));
    drop(lock);
    assert_eq!(
        place.names(),
        ["neighbour"],
        "the lock leaves nothing behind"
    );
    run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("free again");
}

#[test]
fn a_tree_whose_own_directory_is_read_only_is_published_and_replaced() {
    use fixtures::tree::{Node, TreeSpec};
    let place = Place::new();
    let closed = TreeSpec::new()
        .with(Node::dir("").mode(0o555))
        .with(Node::file("f", "text"));
    for options in [Options::default(), replacing()] {
        run(write(&closed, Format::gnu_tar()), &place.tree(), &options).expect("honest");
        let mode = fs::metadata(place.tree()).expect("is there").mode();
        assert_eq!(mode & 0o7777, 0o555);
    }
    assert_eq!(
        names(&place.private()),
        ["tree.manifest", "tree.origin.json"]
    );
    // So that the temporary directory can be removed.
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(place.tree(), open).expect("it is ours");
}

#[test]
fn a_panic_of_a_writing_thread_ends_the_import() {
    use libimage::entry::{Entry, Kind, Metadata, Timestamp, Xattrs};
    use libimage::path::ImagePath;
    use libimage::tree::Records;
    use libimage::writer::{Content, Filling, Observe, Staging, write_tree};
    struct Panics;
    impl Content for Panics {
        fn pour(self: Box<Self>, _: &mut Filling<'_>) -> Result<(), WriteError> {
            panic!("as the test wants it");
        }
    }
    struct Blind;
    impl Observe for Blind {
        fn file(&self, _: &ImagePath, _: &[u8]) {}
    }
    let place = Place::new();
    let destination = Destination::new(&place.tree()).expect("a good place");
    // More than can wait: some are submitted when no thread is left.
    for files in [1, 3, 200] {
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut staging = Staging::begin(&destination, &Silent).expect("a good place");
            let metadata = Metadata {
                mode: 0o755,
                uid: 0,
                gid: 0,
                mtime: Timestamp::default(),
                xattrs: Xattrs::NONE,
            };
            let mut records = Records::new(metadata.clone());
            write_tree(&mut staging, 1, &Blind, |writer| {
                for number in 0..files {
                    let entry = Entry {
                        name: format!("{number}").into_bytes().into(),
                        kind: Kind::File { size: 1 },
                        metadata: metadata.clone(),
                        link: None,
                        content: None,
                    };
                    let id = records.insert(Records::ROOT, entry).expect("a new name");
                    writer.file(&records, id, 1, Box::new(Panics))?;
                }
                writer.finish(&mut records, &Silent)
            })
        }));
        assert!(ended.is_err(), "{files} files: {ended:?}");
        assert_eq!(place.names(), ["neighbour"], "{files} files");
    }
}

/// Cancels after it was asked so many times.
struct Patience(AtomicU64);

impl Monitor for Patience {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_err()
    }
}

#[test]
fn a_cancelled_import_leaves_what_was_there() {
    let place = Place::new();
    run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("honest");
    let before = place.snapshot();
    let bytes = archive(Arch::Aarch64);
    let mut cancelled = 0;
    let mut questions = 0;
    loop {
        let destination = Destination::new(&place.tree()).expect("a good place");
        let monitor = Patience(AtomicU64::new(questions));
        let input = source(Cursor::new(bytes.clone()));
        match import(input, &destination, &replacing(), &monitor) {
            Ok(_) => break,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
                assert_eq!(place.damage(&before), [""; 0], "after {questions}");
                cancelled += 1;
            }
        }
        questions += 7;
    }
    assert!(cancelled > 10, "cancelled at {cancelled} places only");
}

#[test]
fn an_input_that_fails_in_the_middle_leaves_what_was_there() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(space) {
                Ok(0) => Err(std::io::Error::from_raw_os_error(5)),
                answer => answer,
            }
        }
    }
    let place = Place::new();
    run(archive(Arch::X86_64), &place.tree(), &Options::default()).expect("honest");
    let before = place.snapshot();
    let mut bytes = archive(Arch::Aarch64);
    bytes.truncate(bytes.len() / 2);
    let destination = Destination::new(&place.tree()).expect("a good place");
    let input = source(Failing(Cursor::new(bytes)));
    let error = import(input, &destination, &replacing(), &Silent).expect_err("EIO");
    assert_eq!(error.kind(), ErrorKind::System, "{error}");
    assert_eq!(place.damage(&before), [""; 0]);
}
