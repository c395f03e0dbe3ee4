//! One table of path cases on both resolvers, and a race against both.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use fixtures::mount::Mount;
use rustix::io::Errno;

use super::*;
use crate::entry::Kind;
use crate::sys::xattr::Method;

const RESOLVERS: [Resolver; 2] = [Resolver::Openat2, Resolver::Components];

fn path(text: &str) -> ImagePath {
    ImagePath::new(text.as_bytes()).expect("the test gives a valid path")
}

/// Makes, beneath a temporary directory, a tree with every way out of it:
///
/// ```text
/// outside/secret      a file that must never be reached
/// tree/a/b/file       a file that may be reached
/// tree/up             -> ..
/// tree/out            -> ../outside
/// tree/absolute       -> /
/// tree/inside         -> a
/// tree/a/loop         -> loop
/// tree/link           -> a/b/file
/// tree/fifo           a fifo
/// ```
fn maze() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let top = Root::open(dir.path(), Mounts::Stay).expect("just made");
    let make = |parent: &str, name: &str| {
        let parent = top.directory(&path(parent)).expect("just made");
        parent.create_directory(name.as_bytes()).expect("free");
    };
    make("", "outside");
    make("", "tree");
    make("tree", "a");
    make("tree/a", "b");
    for (parent, name) in [("outside", "secret"), ("tree/a/b", "file")] {
        let parent = top.directory(&path(parent)).expect("just made");
        let file = parent.create_file(name.as_bytes()).expect("free");
        file.write(name.as_bytes()).expect("room for a few bytes");
    }
    for (parent, name, target) in [
        ("tree", "up", ".."),
        ("tree", "out", "../outside"),
        ("tree", "absolute", "/"),
        ("tree", "inside", "a"),
        ("tree/a", "loop", "loop"),
        ("tree", "link", "a/b/file"),
    ] {
        let parent = top.directory(&path(parent)).expect("just made");
        let target = Kind::Symlink {
            target: target.as_bytes().into(),
        };
        parent
            .create_special(name.as_bytes(), &target)
            .expect("free");
    }
    let tree = top.directory(&path("tree")).expect("just made");
    tree.create_special(b"fifo", &Kind::Fifo).expect("free");
    dir
}

fn open(dir: &Path, resolver: Resolver) -> Root {
    Root::open_with(&dir.join("tree"), Mounts::Stay, resolver, Method::best())
        .expect("the tree is there")
}

#[test]
fn every_resolver_answers_every_path_alike() {
    let maze = maze();
    let symlink: &[Errno] = &[Errno::LOOP, Errno::NOTDIR];
    let cases: &[(&str, Result<(), &[Errno]>)] = &[
        ("", Ok(())),
        ("a", Ok(())),
        ("a/b", Ok(())),
        ("missing", Err(&[Errno::NOENT])),
        ("a/missing/b", Err(&[Errno::NOENT])),
        ("a/b/file", Err(&[Errno::NOTDIR])),
        ("a/b/file/x", Err(&[Errno::NOTDIR])),
        ("fifo", Err(&[Errno::NOTDIR])),
        ("up", Err(symlink)),
        ("up/outside", Err(symlink)),
        ("out", Err(symlink)),
        ("out/secret", Err(symlink)),
        ("absolute", Err(symlink)),
        ("absolute/tmp", Err(symlink)),
        ("inside", Err(symlink)),
        ("inside/b", Err(symlink)),
        ("a/loop", Err(symlink)),
        ("a/loop/x", Err(symlink)),
        ("link", Err(symlink)),
    ];
    for resolver in RESOLVERS {
        let root = open(maze.path(), resolver);
        for (text, expected) in cases {
            let answer = root.directory(&path(text));
            match (answer, expected) {
                (Ok(directory), Ok(())) => assert_eq!(directory.path(), &path(text)),
                (Err(error), Err(errnos)) => assert!(
                    errnos.iter().any(|&errno| error.is(errno)),
                    "{resolver:?} {text}: {error}: {}",
                    error.source
                ),
                (Ok(_), Err(_)) => panic!("{resolver:?} followed {text}"),
                (Err(error), Ok(())) => panic!("{resolver:?} {text}: {error}"),
            }
        }
    }
}

#[test]
fn parents_and_dots_are_refused_below_the_type_system_too() {
    let maze = maze();
    for resolver in RESOLVERS {
        let root = open(maze.path(), resolver);
        for name in [&b".."[..], b"../outside", b"a/../..", b"/", b"/tmp"] {
            let handle = std::os::fd::AsFd::as_fd(&**root.top());
            let answer = sys::open::directory(resolver, handle, name, false);
            assert!(
                matches!(answer, Err(Errno::XDEV)),
                "{resolver:?} {name:?}: {answer:?}"
            );
        }
    }
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_mount_is_a_border_for_every_resolver() {
    let maze = maze();
    let mounted = maze.path().join("tree/a");
    let outside = maze.path().join("outside");
    let outside = outside.to_str().expect("UTF-8");
    for mount in [["-t", "tmpfs", "none"].as_slice(), &["--bind", outside]] {
        let mounted = Mount::new(mount, &mounted);
        let answers = RESOLVERS.map(|resolver| {
            let root = open(maze.path(), resolver);
            let below = root.top().directory(b"a").map(|_| ());
            [root.directory(&path("a")).map(|_| ()), below]
        });
        drop(mounted);
        for answer in answers.into_iter().flatten() {
            let error = answer.expect_err("a border");
            assert!(error.is(Errno::XDEV), "{mount:?}: {}", error.source);
        }
    }
}

#[test]
fn only_regular_files_are_opened() {
    let maze = maze();
    for resolver in RESOLVERS {
        let root = open(maze.path(), resolver);
        let top = root.top();
        for (name, errno) in [
            ("link", Errno::LOOP),
            ("up", Errno::LOOP),
            ("fifo", Errno::INVAL),
            ("a", Errno::INVAL),
            ("missing", Errno::NOENT),
        ] {
            let Err(error) = top.file(name.as_bytes()) else {
                panic!("{name} was opened");
            };
            assert!(error.is(errno), "{name}: {}", error.source);
        }
        let directory = root.directory(&path("a/b")).expect("is there");
        let mut content = Vec::new();
        let mut file = directory.file(b"file").expect("a regular file");
        std::io::Read::read_to_end(&mut file, &mut content).expect("readable");
        assert_eq!(content, b"file");
    }
}

#[test]
fn a_path_longer_than_the_kernel_takes_is_walked_in_pieces() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let name = "n".repeat(200);
    for resolver in RESOLVERS {
        let root =
            Root::open_with(dir.path(), Mounts::Stay, resolver, Method::best()).expect("just made");
        let mut at = ImagePath::root();
        let mut directory = root.top().clone();
        for _ in 0..50 {
            match directory.create_directory(name.as_bytes()) {
                Err(error) if !error.is(Errno::EXIST) => panic!("{error}"),
                _ => {}
            }
            directory = Arc::new(directory.directory(name.as_bytes()).expect("just made"));
            at = at.join(name.as_bytes());
        }
        assert!(at.as_bytes().len() > 2 * 4096);
        let found = root.directory(&at).expect("as deep as it was made");
        assert_eq!(found.path(), &at);
    }
}

#[test]
fn both_ways_to_attributes_read_the_same() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut listed = Vec::new();
    for method in [Method::best(), Method::Proc] {
        let root =
            Root::open_with(dir.path(), Mounts::Stay, Resolver::best(), method).expect("just made");
        let top = root.top();
        if listed.is_empty() {
            let file = top.create_file(b"f").expect("free");
            let pairs = vec![
                ((*b"user.one").into(), (*b"1").into()),
                ((*b"user.two").into(), vec![0xff; 3000].into()),
                ((*b"user.empty").into(), Box::default()),
            ];
            let metadata = crate::entry::Metadata {
                mode: 0o644,
                uid: rustix::process::geteuid().as_raw(),
                gid: rustix::process::getegid().as_raw(),
                mtime: crate::entry::Timestamp::from_seconds(1),
                xattrs: crate::entry::Xattrs::new(pairs),
            };
            match file.finish(&metadata, None) {
                // A file system without user attributes shows nothing here.
                Err(error) if error.is(Errno::OPNOTSUPP) => return,
                answer => answer.expect("the file is ours"),
            }
        }
        listed.push(top.xattrs(b"f").expect("readable"));
        assert!(top.xattrs(b"").is_ok(), "of the directory itself");
    }
    assert_eq!(listed[0].iter().len(), 3);
    assert_eq!(listed[0], listed[1]);
}

/// Another thread swaps a directory for a symlink to the outside all the
/// while; whatever is read beneath the root must never be the outside's.
#[test]
fn a_directory_swapped_for_a_symlink_leads_nowhere() {
    let maze = maze();
    let outside = Root::open(&maze.path().join("outside"), Mounts::Stay).expect("is there");
    for name in [&b"b"[..], b"file"] {
        // The outside answers to the same names as the inside.
        outside.top().create_directory(name).expect("free");
    }
    for resolver in RESOLVERS {
        let root = open(maze.path(), resolver);
        let swapped = open(maze.path(), resolver);
        match swapped.top().create_special(
            b"evil",
            &Kind::Symlink {
                target: (*b"../outside").into(),
            },
        ) {
            Err(error) if !error.is(Errno::EXIST) => panic!("{error}"),
            _ => {}
        }
        let stop = AtomicBool::new(false);
        let (mut inside, mut refused) = (0, 0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let top = swapped.top();
                while !stop.load(Ordering::Relaxed) {
                    top.exchange(b"a", top, b"evil").expect("both exist");
                }
            });
            for _ in 0..20_000 {
                match root.directory(&path("a/b")) {
                    Ok(directory) => {
                        inside += 1;
                        let names = directory.names().expect("it is open");
                        assert!(
                            names.iter().any(|entry| *entry.name == *b"file"),
                            "{resolver:?} left the tree"
                        );
                    }
                    Err(error) => {
                        refused += 1;
                        assert!(
                            [Errno::LOOP, Errno::NOTDIR, Errno::XDEV, Errno::AGAIN]
                                .into_iter()
                                .any(|errno| error.is(errno)),
                            "{resolver:?}: {}",
                            error.source
                        );
                    }
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(inside + refused, 20_000);
        // Leave the real directory at its name for the next resolver.
        let top = swapped.top();
        if top.directory(b"a").is_err() {
            top.exchange(b"a", top, b"evil").expect("both exist");
        }
    }
}
