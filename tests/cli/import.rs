//! `imgtool import`.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use fixtures::archive::{Options, write};
use fixtures::compress::{Codec, compress};
use fixtures::elf::Machine;
use fixtures::image::Arch;
use fixtures::tree::{Node, TreeSpec};

use crate::archives::{escaping, image, mixed, tar_gz};
use crate::sandbox::Sandbox;

#[test]
fn the_report_tells_what_came_where() {
    let sandbox = Sandbox::with_archives();
    let answer = sandbox
        .run(&["import", "arm64.tar.gz", "--into", "new"])
        .expect(0);
    assert_eq!(
        answer.stdout,
        "imported `arm64.tar.gz` as `$DIR/new`
  kind      software-image (it holds a root filesystem with a kernel)
  arch      aarch64
  distro    ubuntu2404 (Ubuntu 24.04)
  kernel    6.8.0-51-generic (aarch64, boot/vmlinuz-6.8.0-51-generic, initrd aarch64), boots by default: `boot/vmlinuz` points to it
  entries   …
  content   …
  digest    <digest>
  archive   …
  time      …
"
    );
    assert_eq!(answer.stderr, "");
}

#[test]
fn any_compression_and_standard_input_make_the_same_tree() {
    let sandbox = Sandbox::new();
    let tar = write(&image(Arch::X86_64), Options::gnu_tar());
    let mut digests = Vec::new();
    for codec in Codec::ALL {
        let name = format!("image{}", codec.suffix());
        sandbox.file(&name, &compress(&tar, codec));
        sandbox
            .run(&["import", &name, "--into", &name[..5], "--replace"])
            .expect(0);
        digests.push(tree_digest(&sandbox, "image"));
        let arguments = ["import", "-", "--into", "piped", "--replace"];
        let answer = sandbox
            .run_with_input(&arguments, &sandbox.path(&name))
            .expect(0);
        assert!(
            answer.stdout.starts_with("imported `-` as `$DIR/piped`\n"),
            "{answer:#?}"
        );
        digests.push(tree_digest(&sandbox, "piped"));
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
}

/// The digest itself, which normalised output does not show.
fn tree_digest(sandbox: &Sandbox, name: &str) -> String {
    sandbox.run(&["manifest", name, "-o", "digested"]).expect(0);
    let manifest = fs::read_to_string(sandbox.path("digested")).expect("it was written");
    let last = manifest.lines().last().expect("it has lines");
    last.split(' ').nth(2).expect("the tree digest").to_owned()
}

#[test]
fn a_refusal_leaves_nothing_behind() {
    let gz = tar_gz(&image(Arch::X86_64));
    let mut flipped = gz.clone();
    flipped[gz.len() / 2] ^= 1;
    let cases: &[(&str, &[u8], &[&str])] = &[
        ("escaping", &escaping(), &[]),
        ("cut", &gz[..gz.len() - 9], &[]),
        ("flipped", &flipped, &[]),
        ("other architecture", &gz, &["--arch", "aarch64"]),
        ("other distribution", &gz, &["--distro", "rhel9"]),
        ("other kind", &gz, &["--kind", "cm-shared"]),
        ("too many entries", &gz, &["--limit", "entries=20"]),
        ("too large", &gz, &["--limit", "size=20K"]),
        ("no archive", b"text", &[]),
        ("nothing", b"", &[]),
    ];
    for (name, bytes, more) in cases {
        let sandbox = Sandbox::new();
        sandbox.file("archive", bytes);
        let arguments = [&["import", "archive", "--into", "new"], *more].concat();
        let answer = sandbox.run(&arguments).expect(3);
        assert_eq!(answer.stdout, "", "{name}");
        assert_eq!(sandbox.names(), ["archive"], "{name}");
    }
}

#[test]
fn what_stands_there_is_replaced_only_when_told_and_only_by_what_is_right() {
    let sandbox = Sandbox::with_trees();
    let inode = || {
        fs::metadata(sandbox.path("amd64"))
            .expect("it stands")
            .ino()
    };
    let before = inode();
    let import = ["import", "arm64.tar.gz", "--into", "amd64"];
    sandbox.run(&import).expect(3);
    assert_eq!(inode(), before);
    let wrong = [&import[..], &["--replace", "--arch", "x86_64"]].concat();
    sandbox.run(&wrong).expect(3);
    assert_eq!(inode(), before);
    sandbox.run(&["diff", "amd64", "amd64.tar.gz"]).expect(0);

    let answer = sandbox
        .run(&[&import[..], &["--replace"]].concat())
        .expect(0);
    assert!(answer.stdout.contains("\n  replaced  "), "{answer:#?}");
    assert_ne!(inode(), before);
    sandbox.run(&["diff", "amd64", "arm64.tar.gz"]).expect(0);
    sandbox.run(&["diff", "amd64", "arm64"]).expect(0);
}

#[test]
fn findings_are_shown_and_the_tree_is_published() {
    let sandbox = Sandbox::new();
    let tree = mixed(Arch::X86_64, b"usr/bin/odd", Machine::Aarch64);
    sandbox.file("mixed.tar.gz", &tar_gz(&tree));
    let answer = sandbox
        .run(&["import", "mixed.tar.gz", "--into", "new"])
        .expect(1);
    assert!(
        answer.stdout.contains("\n  error[elf-foreign]: "),
        "{answer:#?}"
    );
    assert!(answer.stdout.contains("`usr/bin/odd`"), "{answer:#?}");
    assert!(sandbox.has("new/usr/bin/odd"));
    // With a demand the same tree is not good enough.
    let arguments = [
        "import",
        "mixed.tar.gz",
        "--into",
        "strict",
        "--arch",
        "x86_64",
    ];
    let answer = sandbox.run(&arguments).expect(3);
    assert!(answer.stderr.contains("usr/bin/odd"), "{answer:#?}");
    assert!(!sandbox.has("strict"));
}

#[test]
fn attributes_are_left_out_by_name() {
    let sandbox = Sandbox::new();
    let program = Node::file("bin/a", "").xattr("user.a", "1");
    let tree = |node| {
        write(
            &TreeSpec::new().with(Node::dir("bin")).with(node),
            Options::gnu_tar(),
        )
    };
    sandbox.file("both", &tree(program.clone().xattr("user.b", "2")));
    sandbox.file("one", &tree(program));
    let digest = |archive, rules: &[&str]| {
        let arguments = [
            "import",
            archive,
            "--into",
            "new",
            "--dry-run",
            "--format",
            "json",
        ];
        let mut command = sandbox.command(&[&arguments, rules].concat());
        let output = command.output().expect("it was built");
        let mut objects = output.stdout.split(|&byte| byte == b'\n');
        let object: serde_json::Value =
            serde_json::from_slice(objects.next().expect("an object")).expect("JSON");
        object["digest"]
            .as_str()
            .map(ToOwned::to_owned)
            .expect("a digest")
    };
    let one = digest("one", &[]);
    assert_ne!(digest("both", &[]), one);
    assert_eq!(digest("both", &["-f", "-x user.b"]), one);
    assert_eq!(digest("both", &["-f", "+x user.a", "-f", "-x *"]), one);
    assert_eq!(digest("both", &["-f", "-xr user.b"]), one);
}
