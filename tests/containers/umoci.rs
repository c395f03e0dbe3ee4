//! Images made by umoci and copied by skopeo are what umoci itself unpacks.

use std::fs;
use std::path::PathBuf;

use fixtures::image::{Arch, Distro, software_image};
use fixtures::random::{self, pair};
use fixtures::snapshot::{Entry, EntryKind, Snapshot};
use fixtures::tree::{Node, Privilege, TreeSpec, display};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::monitor::Silent;
use libimage::writer::Destination;
use tempfile::TempDir;

use crate::notation::tree;
use crate::programs::{run, scratch, without_sockets};

/// A layout called `layout`, and a bundle whose root filesystem is changed for
/// each layer.
struct Workshop(TempDir);

impl Workshop {
    fn new(architecture: &str) -> Self {
        let workshop = Self(scratch());
        workshop.umoci(&["init", "--layout", "layout"]);
        workshop.umoci(&["new", "--image", "layout:0"]);
        workshop.umoci(&[
            "config",
            "--image",
            "layout:0",
            "--architecture",
            architecture,
        ]);
        workshop.umoci(&["unpack", "--image", "layout:0", "bundle"]);
        workshop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    #[track_caller]
    fn umoci(&self, arguments: &[&str]) {
        run("umoci", arguments, self.0.path());
    }

    /// Makes a layer of what it takes to make this tree, and an image of that
    /// tag with it on top.
    #[track_caller]
    fn layer(&self, tag: &str, tree: &TreeSpec) {
        let rootfs = self.path("bundle/rootfs");
        fs::remove_dir_all(&rootfs).expect("umoci made it");
        tree.create(&rootfs, Privilege::Root);
        let image = format!("layout:{tag}");
        self.umoci(&["repack", "--refresh-bundle", "--image", &image, "bundle"]);
    }

    /// What umoci makes of an image.
    #[track_caller]
    fn unpacked(&self, tag: &str) -> Snapshot {
        let bundle = format!("unpacked-{tag}");
        self.umoci(&["unpack", "--image", &format!("layout:{tag}"), &bundle]);
        Snapshot::of(&self.path(&bundle).join("rootfs"))
    }

    fn import(
        &self,
        source: &str,
        into: &str,
        image: Option<&str>,
    ) -> Result<Outcome, ImportError> {
        let source = Source::open(&self.path(source)).expect("it was just made");
        let destination = Destination::new(&self.path(into)).expect("its parent is there");
        let mut options = Options::default();
        options.choice.image = image.map(str::to_owned);
        import(source, &destination, &options, &Silent)
    }

    #[track_caller]
    fn imported(&self, tag: &str) -> Snapshot {
        let into = format!("imported-{tag}");
        let answer = self.import("layout", &into, Some(tag));
        answer.unwrap_or_else(|error| panic!("{tag}: {error}"));
        Snapshot::of(&self.path(&into))
    }
}

/// Whether `umoci repack` leaves out of a layer what a difference is about.
fn is_lost_by_umoci(difference: &str, original: &Snapshot) -> bool {
    let about = |(path, entry): (&Vec<u8>, &Entry)| {
        matches!(entry.kind, EntryKind::Symlink(_))
            && difference.starts_with(&format!("{}: xattr ", display(path)))
    };
    // It writes headers with whole seconds.
    difference.contains(": mtime ")
        // It says so: "disallowed by PAX standard", which GNU tar does all the same.
        || difference.contains(": xattr ") && difference.ends_with(" \"\" -> none")
        // It does not notice that attributes of a symlink have changed.
        || original.entries.iter().any(about)
        // A name that did not change is not written again, so what changed
        // beside it has nothing to be linked to.
        || difference.contains(": same inode as ")
}

/// The tree without what stands where there was a directory: umoci marks as
/// gone what was in it, behind what took its place, and does not unpack that
/// itself as it was (see `whiteouts.rs`).
fn keeping_directories(former: &TreeSpec, tree: &TreeSpec) -> TreeSpec {
    let takes = |node: &Node| !node.is_dir() && former.get(&node.path).is_some_and(Node::is_dir);
    let stays = |node: &&Node| !takes(node) && !takes(tree.leader(node));
    TreeSpec {
        nodes: tree.nodes.iter().filter(stays).cloned().collect(),
    }
}

#[test]
#[ignore = "needs root and umoci; .ci/run runs it"]
fn layers_of_random_changes_make_what_umoci_unpacks() {
    let mut compared = 0;
    for seed in 0..15 {
        let workshop = Workshop::new("wasm");
        let pair = pair(seed, 60, Privilege::Root);
        let other = random::tree(seed + 1000, 60, Privilege::Root);
        let mut former = TreeSpec::new();
        for (tag, tree) in [("1", pair.target), ("2", pair.source), ("3", other)] {
            let tree = keeping_directories(&former, &without_sockets(&tree));
            workshop.layer(tag, &tree);
            let imported = workshop.imported(tag);
            let differences = workshop.unpacked(tag).diff(&imported);
            assert_eq!(differences, [""; 0], "seed {seed}, layer {tag}");
            let original = Snapshot::of(&workshop.path("bundle/rootfs"));
            let mut differences = original.diff(&imported);
            differences.retain(|line| !is_lost_by_umoci(line, &original));
            assert_eq!(differences, [""; 0], "seed {seed}, layer {tag}");
            compared += imported.entries.len();
            former = tree;
        }
    }
    assert!(compared > 1000, "only {compared} entries");
}

/// What umoci marks as gone behind what took a directory's place is gone from
/// the directory, and from nothing that stands there now.
#[test]
#[ignore = "needs root and umoci; .ci/run runs it"]
fn what_stands_where_there_was_a_directory_is_as_it_was() {
    for line in ["d:1", "d|", "d->x", "d->/", "d->/x", "d->nothing", "d=x/a"] {
        let workshop = Workshop::new("wasm");
        workshop.layer("1", &tree("d/ d/a:0 d/e/ d/e/a:0 x/ x/a:0 a:0"));
        workshop.layer("2", &tree(&format!("a:0 x/ x/a:0 {line}")));
        let original = Snapshot::of(&workshop.path("bundle/rootfs"));
        let mut differences = original.diff(&workshop.imported("2"));
        differences.retain(|line| !is_lost_by_umoci(line, &original));
        assert_eq!(differences, [""; 0], "{line}");
    }
}

/// A system for one processor, some changes, and files put in and marked as
/// gone without a root filesystem at hand.
fn system() -> Workshop {
    let workshop = Workshop::new("arm64");
    let system = software_image(Arch::Aarch64, Distro::Debian12);
    workshop.layer("1", &system);
    let mut changed = system;
    changed.remove("usr/share");
    changed.get_mut("etc/os-release").expect("it has one").mode = 0o600;
    workshop.layer("2", &changed.with(Node::file("etc/added", "text")));
    let files = TreeSpec::new()
        .with(Node::file("x", "1"))
        .with(Node::symlink("y", "x"));
    files.create(&workshop.path("files"), Privilege::Root);
    let image = ["insert", "--image"];
    let insert = |arguments: &[&str]| workshop.umoci(&[&image[..], arguments].concat());
    insert(&["layout:2", "--tag", "3", "files", "/opt/files"]);
    insert(&["layout:3", "--tag", "4", "--opaque", "files", "/etc"]);
    insert(&["layout:4", "--tag", "5", "--whiteout", "/opt/files/x"]);
    workshop
}

#[test]
#[ignore = "needs root and umoci; .ci/run runs it"]
fn a_system_with_files_put_in_is_what_umoci_unpacks() {
    let workshop = system();
    let has = |snapshot: &Snapshot, path: &str| snapshot.get(path).is_some();
    for tag in ["1", "2", "3", "4", "5"] {
        let imported = workshop.imported(tag);
        let differences = workshop.unpacked(tag).diff(&imported);
        assert_eq!(differences, [""; 0], "{tag}");
        let number: u32 = tag.parse().expect("a digit");
        assert_eq!(has(&imported, "usr/share"), number < 2, "{tag}");
        assert_eq!(
            has(&imported, "etc/added"),
            (2..4).contains(&number),
            "{tag}"
        );
        assert_eq!(
            has(&imported, "opt/files/x"),
            (3..5).contains(&number),
            "{tag}"
        );
        assert_eq!(has(&imported, "etc/x"), number >= 4, "{tag}");
    }
}

#[test]
#[ignore = "needs root, umoci and skopeo; .ci/run runs it"]
fn what_skopeo_copies_is_the_same_image() {
    let workshop = system();
    let original = workshop.imported("5");
    let name = "registry.example/hpc/compute:5";
    let copies = [
        ("archive.tar", format!("oci-archive:archive.tar:{name}"), ""),
        (
            "docker.tar",
            format!("docker-archive:docker.tar:{name}"),
            "",
        ),
        (
            "zstd",
            format!("oci:zstd:{name}"),
            "--dest-compress-format=zstd",
        ),
        ("docker", format!("oci:docker:{name}"), "--format=v2s2"),
    ];
    for (path, destination, option) in copies {
        let arguments = ["--insecure-policy", "copy", "--quiet", option];
        let arguments = arguments
            .into_iter()
            .filter(|argument| !argument.is_empty());
        let ends = ["oci:layout:5", &destination];
        run("skopeo", arguments.chain(ends), &workshop.path(""));
        for image in [None, Some(name), Some("hpc/compute:5")] {
            let into = format!("imported-{path}-{}", image.map_or(0, str::len));
            let answer = workshop.import(path, &into, image);
            answer.unwrap_or_else(|error| panic!("{path} {image:?}: {error}"));
            let imported = Snapshot::of(&workshop.path(&into));
            assert_eq!(original.diff(&imported), [""; 0], "{path} {image:?}");
        }
    }
}

/// What skopeo calls `dir:` is for skopeo alone.
#[test]
#[ignore = "needs root, umoci and skopeo; .ci/run runs it"]
fn a_directory_that_is_no_layout_is_refused() {
    let workshop = system();
    let arguments = [
        "--insecure-policy",
        "copy",
        "--quiet",
        "oci:layout:5",
        "dir:copy",
    ];
    run("skopeo", arguments, &workshop.path(""));
    let error = workshop.import("copy", "images", None);
    let error = error.expect_err("it is no layout");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(!workshop.path("images").exists());
    assert!(!workshop.path(".imgtool").exists());
}
