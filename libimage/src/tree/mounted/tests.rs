//! Mount points of every kind, and paths that lead through them.
#![allow(
    clippy::disallowed_methods,
    reason = "makes trees as any program would"
)]

use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::digest::Digest;
use crate::entry::Kind;
use crate::monitor::Silent;
use crate::tree::{LiveTree, Want, walk};

/// Makes what stands at the mount point.
type Make = fn(&Path);

fn directory(path: &Path) {
    std::fs::create_dir_all(path).expect("a new directory");
}

fn file(path: &Path, text: &str) {
    directory(path.parent().expect("beneath a directory"));
    std::fs::write(path, text).expect("a new file");
}

fn link(path: &Path, target: &str) {
    directory(path.parent().expect("beneath a directory"));
    symlink(target, path).expect("a new name");
}

/// An image, and a shared tree with symlinks both ways.
struct Trees {
    image: TempDir,
    shared: TempDir,
}

impl Trees {
    fn new(make: Make) -> Self {
        let temporary = || tempfile::tempdir().expect("a temporary directory");
        let trees = Self {
            image: temporary(),
            shared: temporary(),
        };
        let (image, shared) = (trees.image.path(), trees.shared.path());
        file(&image.join("usr/lib/libx"), "image");
        file(&image.join("cm.conf"), "beside the way");
        link(&image.join("into"), "/cm/shared/apps/liby");
        file(&shared.join("apps/liby"), "shared");
        link(&shared.join("apps/libx"), "/usr/lib/libx");
        link(&shared.join("apps/up"), "../../../usr/lib/libx");
        link(&shared.join("apps/own"), "/apps/liby");
        make(image);
        trees
    }

    /// What a path leads to in what a node sees: the real path, and the text.
    fn read(&self, path: &str) -> Option<(String, String)> {
        self.see(|world| {
            let found = resolve(world, path.as_bytes()).ok().flatten()?;
            let path = found.path.to_string();
            if found.entry.is_directory() {
                return Some((path, String::new()));
            }
            let mut text = String::new();
            found
                .parent
                .open(&found.entry.name)
                .expect("readable")
                .read_to_string(&mut text)
                .expect("text");
            let file = found.parent.open_at(&found.entry.name).expect("readable");
            assert_eq!(file.size(), text.len() as u64);
            Some((path, text))
        })
    }

    fn see<R>(&self, body: impl FnOnce(&dyn Tree) -> R) -> R {
        let live = |path| LiveTree::open(path, Want::All).expect("a directory");
        let (image, shared) = (live(self.image.path()), live(self.shared.path()));
        let point = ImagePath::new(*b"cm/shared").expect("valid");
        body(&Mounted::new(&image, point, &shared))
    }
}

const POINTS: [(&str, Make); 6] = [
    ("nothing there", |_| ()),
    ("no directory on the way", |image| {
        directory(&image.join("cm"));
    }),
    ("a directory that hides its own", |image| {
        file(&image.join("cm/shared/apps/liby"), "hidden");
        file(&image.join("cm/shared/hidden"), "hidden");
    }),
    ("a file", |image| file(&image.join("cm/shared"), "hidden")),
    ("a file on the way", |image| {
        file(&image.join("cm"), "hidden");
    }),
    ("a symlink to nothing", |image| {
        link(&image.join("cm/shared"), "/nowhere");
    }),
];

#[test]
fn whatever_stands_at_the_mount_point_the_other_tree_is_seen_there() {
    for (name, make) in POINTS {
        let trees = Trees::new(make);
        for (path, expected) in [
            ("cm/shared", Some(("cm/shared", ""))),
            (
                "/cm/shared/apps/liby",
                Some(("cm/shared/apps/liby", "shared")),
            ),
            ("/into", Some(("cm/shared/apps/liby", "shared"))),
            ("/cm/shared/apps/libx", Some(("usr/lib/libx", "image"))),
            ("/cm/shared/apps/up", Some(("usr/lib/libx", "image"))),
            (
                "/cm/shared/../../usr/lib/libx",
                Some(("usr/lib/libx", "image")),
            ),
            ("/cm/shared/apps/own", None),
            ("/cm/shared/hidden", None),
            ("/apps/liby", None),
            ("/cm/shared/apps/liby/x", None),
        ] {
            let expected = expected.map(|(path, text)| (path.to_owned(), text.to_owned()));
            assert_eq!(trees.read(path), expected, "{name}: {path}");
        }
    }
}

#[test]
fn a_symlink_to_a_directory_leads_the_mount_there() {
    let cases: [(&str, Make, &str); 3] = [
        (
            "the mount point",
            |image| {
                directory(&image.join("srv/shared"));
                link(&image.join("cm/shared"), "/srv/shared");
            },
            "srv/shared/apps/liby",
        ),
        (
            "the way to it",
            |image| {
                file(&image.join("srv/beside"), "beside");
                link(&image.join("cm"), "srv");
            },
            "srv/shared/apps/liby",
        ),
        (
            "out of the tree",
            |image| {
                directory(&image.join("srv/shared"));
                link(&image.join("cm/shared"), "../../../srv/shared");
            },
            "srv/shared/apps/liby",
        ),
    ];
    for (name, make, real) in cases {
        let trees = Trees::new(make);
        let expected = Some((real.to_owned(), "shared".to_owned()));
        assert_eq!(trees.read("/cm/shared/apps/liby"), expected, "{name}");
        assert_eq!(trees.read(real), expected, "{name}");
        if name == "the way to it" {
            assert!(
                trees.read("/cm/beside").is_some(),
                "what is beside it stays"
            );
        }
    }
}

#[test]
fn a_walk_sees_each_name_once_and_in_order() {
    for (name, make) in POINTS {
        let trees = Trees::new(make);
        let mut seen = Vec::new();
        trees.see(|world| {
            let look = |directory: &dyn Directory, entry: &Entry| {
                assert_eq!(directory.lookup(&entry.name)?.as_ref(), Some(entry));
                Ok(())
            };
            let note = |one: crate::tree::Walked<()>| {
                seen.push(one.path.to_string());
                Ok::<(), TreeError>(())
            };
            walk(world, 2, look, note, &Silent).expect("readable");
        });
        let beneath: Vec<_> = seen.iter().filter(|path| path.starts_with("cm")).collect();
        let expected = [
            "cm.conf",
            "cm",
            "cm/shared",
            "cm/shared/apps",
            "cm/shared/apps/libx",
            "cm/shared/apps/liby",
            "cm/shared/apps/own",
            "cm/shared/apps/up",
        ];
        assert_eq!(beneath, expected, "{name}");
    }
}

#[test]
fn entries_and_content_are_those_of_the_tree_they_come_from() {
    let trees = Trees::new(|image| directory(&image.join("cm")));
    trees.see(|world| {
        let (_, top) = world.root().expect("readable");
        let cm = top.directory(b"cm").expect("readable").expect("there");
        let shared = cm.lookup(b"shared").expect("readable").expect("there");
        assert_eq!(shared.kind, Kind::Directory);
        assert!(cm.open(b"other").is_err(), "there is no such file");
        assert_eq!(cm.lookup(b"other").expect("readable"), None);
        let apps = resolve(world, b"cm/shared/apps").expect("readable");
        let apps = apps.expect("there");
        let apps = apps.parent.directory(b"apps").expect("readable");
        let apps = apps.expect("there");
        let entry = apps.lookup(b"liby").expect("readable").expect("there");
        let digest = apps
            .digest(&entry, Algorithm::Blake3, &Silent)
            .expect("readable");
        assert_eq!(digest, Digest::of(b"shared").into());
        assert!(apps.allocated(&entry).expect("readable").is_some());
    });
}
