//! A file system that cannot keep a time.

use std::process::Command;
use std::sync::Mutex;

use fixtures::mount::Mount;
use fixtures::tree::{Node, TreeSpec};
use libimage::monitor::{Monitor, Phase, Warning};
use libimage::restore::{Options, restore};
use libimage::writer::Destination;

use crate::place::Place;

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Monitor for Heard {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, warning: Warning) {
        self.0.lock().expect("nobody panics").push(warning.message);
    }
    fn cancelled(&self) -> bool {
        false
    }
}

/// Inodes of 128 bytes have no room for a fraction, and end in 2038.
#[test]
#[ignore = "needs root and a loop device; .ci/run runs it"]
fn a_time_that_cannot_be_kept_is_told_and_no_damage() {
    let tree = TreeSpec::new()
        .with(Node::dir("").mode(0o755).mtime(5, 0))
        .with(Node::dir("d").mtime(6, 7))
        .with(Node::file("d/late", "x").mtime(1 << 34, 0))
        .with(Node::file("d/plain", "x").mtime(8, 0))
        .with(Node::file("exact", "x").mtime(9, 123_456_789));
    let place = Place::with(&tree);
    place.back_up(1);
    let disk = place.path("disk");
    std::fs::File::create(&disk)
        .expect("new")
        .set_len(8 << 20)
        .expect("sparse");
    let made = Command::new("mkfs.ext4")
        .args(["-q", "-F", "-I", "128"])
        .arg(&disk)
        .status();
    assert!(made.expect("it is in the base system").success());
    let at = place.path("mounted");
    std::fs::create_dir(&at).expect("new");
    let _mount = Mount::new(&[&"-o".into(), &"loop".into(), &disk], &at);
    let heard = Heard::default();
    let destination = Destination::new(&at.join("back")).expect("a name");
    let reader = std::sync::Arc::new(place.reader());
    let restored = restore(&reader, &destination, &Options::default(), &heard);
    let restored = restored.expect("all but some times can be kept");
    assert_ne!(restored.tree.digest, reader.info().tree);
    let heard = heard.0.into_inner().expect("nobody panics");
    let told = "3 mtimes are not as they were: this file system cannot keep them";
    assert_eq!(heard, [told]);
    let back = place.snapshot("mounted/back");
    assert_eq!(back.get("d/plain").expect("there").mtime.secs, 8);
    assert_eq!(back.get("exact").expect("there").mtime.secs, 9);
    // What is kept beside the tree is true of the tree.
    let manifest = at.join(".imgtool/back.manifest");
    let manifest = std::fs::read_to_string(manifest).expect("there");
    assert!(manifest.contains(&restored.tree.digest.to_string()));
}
