//! `imgtool lint`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use fixtures::image::broken::broken;
use fixtures::image::{Distro, cm_shared};
use fixtures::tree::{Privilege, TreeSpec};
use serde_json::Value;

use crate::archives::image;
use crate::sandbox::Sandbox;

/// The shared tree as whoever runs the test can write it.
fn shared() -> TreeSpec {
    let own = image(fixtures::image::Arch::X86_64).nodes[0].clone();
    let mut tree = cm_shared(fixtures::image::Arch::X86_64, Distro::Ubuntu2404);
    for node in &mut tree.nodes {
        (node.uid, node.gid) = (own.uid, own.gid);
    }
    tree
}

fn rules_of(objects: &[Value], r#type: &str) -> Vec<String> {
    objects
        .iter()
        .filter(|object| object["type"] == r#type)
        .map(|object| object["rule"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn text_tells_findings_and_what_could_not_be_checked() {
    let sandbox = Sandbox::with_trees();
    fs::write(sandbox.path("amd64/etc/machine-id.new"), "0123\n").expect("writes");
    fs::rename(
        sandbox.path("amd64/etc/machine-id.new"),
        sandbox.path("amd64/etc/machine-id"),
    )
    .expect("renames");
    fs::write(sandbox.path("amd64/etc/x.dpkg-old"), "").expect("writes");
    let answer = sandbox.run(&["lint", "amd64", "arm64"]).expect(1);
    assert_eq!(
        without_counts(&answer.stdout),
        "`amd64`: warnings
  kind      software-image (it holds a root filesystem with a kernel)
  arch      x86_64
  distro    ubuntu2404 (Ubuntu 24.04)
  kernel    …
  checks    …
  warning[machine-id]: `etc/machine-id` holds the identifier of one machine
  note[configuration-leftover]: 1 version set aside: `etc/x.dpkg-old`
  could not check[slurm-path]: which paths are right depends on the release: give --bcm
`arm64`: not all was checked
  kind      software-image (it holds a root filesystem with a kernel)
  arch      aarch64
  distro    ubuntu2404 (Ubuntu 24.04)
  kernel    …
  checks    …
  could not check[slurm-path]: which paths are right depends on the release: give --bcm
2 trees: …; 0 errors, 1 warning, 1 note
"
    );
    assert_eq!(answer.stderr, "");
    let answer = sandbox
        .run(&[
            "lint",
            "amd64",
            "--bcm",
            "10.0",
            "-v",
            "--only",
            "machine-id,swap-file,kind-mismatch",
        ])
        .expect(1);
    for part in [
        "\n  checks    1 passed, 1 failed, 1 not applicable\n",
        "\n    why: nodes with one identifier",
        "\n    help: empty the file",
        "\n    source: machine-id(5)\n",
        "\n  passed[swap-file]\n",
        "\n  not applicable[kind-mismatch]: no --kind was given\n",
    ] {
        assert!(answer.stdout.contains(part), "{part}\n{}", answer.stdout);
    }
}

/// How many checks there are grows, and what is told of kernels is told of
/// them by other commands too.
fn without_counts(text: &str) -> String {
    let masked = |line: &str| {
        for label in ["kernel", "checks"] {
            if line.starts_with(&format!("  {label} ")) {
                return format!("  {label:<10}…\n");
            }
        }
        match (line.split_once(" trees: "), line.split_once("; ")) {
            (Some((count, _)), Some((_, rest))) => format!("{count} trees: …; {rest}\n"),
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(masked).collect()
}

#[test]
fn json_lines_are_exactly_these() {
    let sandbox = Sandbox::with_trees();
    fs::create_dir(sandbox.path("amd64/opt/x")).expect("makes");
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(sandbox.path("amd64/opt/x"), open).expect("ours");
    let only = "tmp-mode,modulefile-no-version,world-writable,slurm-path";
    let answer = sandbox
        .run(&[
            "lint",
            "amd64",
            "--only",
            only,
            "--fatal-warnings",
            "--format",
            "json",
        ])
        .expect(1);
    let expected = [
        r#"{"type":"tree","path":"amd64","judged_as":"software-image","kind":"software-image","#,
        r#""arch":"x86_64","distro":"ubuntu2404","checks":4,"passed":1,"#,
        r#""failed":1,"could_not_check":1,"not_applicable":1,"unreadable":0}"#,
        "\n",
        r#"{"type":"check","rule":"tmp-mode","status":"passed","findings":0,"reason":null}"#,
        "\n",
        r#"{"type":"check","rule":"world-writable","status":"failed","findings":1,"reason":null}"#,
        "\n",
        r#"{"type":"check","rule":"modulefile-no-version","status":"not-applicable","findings":0,"#,
        r#""reason":"the tree is a software-image"}"#,
        "\n",
        r#"{"type":"check","rule":"slurm-path","status":"could-not-check","findings":0,"reason":"#,
        r#""which paths are right depends on the release: give --bcm"}"#,
        "\n",
        r#"{"type":"finding","rule":"world-writable","severity":"error","path":"opt/x","message":"#,
        r#""1 place everyone may write to (mode 0777): `opt/x`"}"#,
        "\n",
        r#"{"type":"summary","schema":1,"command":"lint","exit_status":1,"trees":1,"unread":0,"#,
        r#""checks":4,"passed":1,"failed":1,"could_not_check":1,"not_applicable":1,"errors":1,"#,
        r#""warnings":0,"notes":0}"#,
        "\n",
    ];
    assert_eq!(answer.stdout, expected.concat());
}

#[test]
fn every_end_has_its_status() {
    let sandbox = Sandbox::with_trees();
    fs::create_dir(sandbox.path("empty")).expect("makes");
    sandbox.file("file", b"x");
    let cases = [
        (0, "lint amd64 --bcm 10.0"),
        (0, "lint amd64 arm64 --bcm 10.0 --fatal-warnings"),
        (0, "lint amd64 --skip slurm-path"),
        (0, "lint amd64 --only swap-file,kernel-arch"),
        (0, "lint amd64 --kind software-image --bcm 10"),
        (0, "lint empty --kind cm-shared"),
        (0, "lint --list-rules"),
        (0, "lint --list-rules -v --format json"),
        // Findings, or checks that could not be made.
        (1, "lint amd64 --bcm 11.0"),
        (1, "lint amd64"),
        (1, "lint empty"),
        // Wrong usage.
        (2, "lint"),
        (2, "lint amd64 --bcm eleven"),
        (2, "lint amd64 --bcm 11.30.0"),
        (2, "lint amd64 --only swap-fil"),
        (2, "lint amd64 --skip elf-foreign"),
        (2, "lint amd64 --only="),
        (2, "lint amd64 --kind image"),
        (2, "lint amd64 --format itemize"),
        (2, "lint --list-rules amd64"),
        (2, "lint --list-rules --only swap-file"),
        // Refused.
        (3, "lint amd64 --kind cm-shared"),
        // The system failed.
        (4, "lint absent"),
        (4, "lint amd64 absent --bcm 10.0"),
        (4, "lint file"),
    ];
    for (status, line) in cases {
        let arguments: Vec<_> = line.split_whitespace().collect();
        let answer = sandbox.run(&arguments);
        assert_eq!(answer.status, Some(status), "`{line}`: {answer:#?}");
        let told = answer.stderr.contains("error:");
        assert_eq!(told, matches!(status, 2 | 4), "`{line}`: {answer:#?}");
    }
    let answer = sandbox
        .run(&["lint", "amd64", "--only", "swap-fil"])
        .expect(2);
    assert!(answer.stderr.contains("'swap-file'"), "{answer:#?}");
}

#[test]
fn one_tree_that_cannot_be_opened_keeps_no_other_from_being_checked() {
    let sandbox = Sandbox::with_trees();
    let answer = sandbox
        .run(&[
            "lint", "absent", "amd64", "--bcm", "10.0", "--format", "json",
        ])
        .expect(4);
    let objects = answer.objects();
    assert_eq!(objects[0]["path"], "amd64");
    let summary = objects.last().expect("a summary");
    assert_eq!(summary["trees"], 2);
    assert_eq!(summary["unread"], 1);
    assert_eq!(summary["failed"], 0);
}

#[test]
fn links_into_a_shared_tree_that_is_given_are_followed() {
    let sandbox = Sandbox::with_trees();
    sandbox.import(&shared(), "shared");
    let skip = "munge-key,world-writable";
    let arguments = ["lint", "amd64", "shared", "--bcm", "10.0", "--skip", skip];
    sandbox.run(&arguments).expect(0);
    symlink("/cm/shared/none", sandbox.path("amd64/opt/none")).expect("links");
    let answer = sandbox.run(&arguments).expect(1);
    let expected = "the trees together:
  error[shared-link]: `amd64`: 1 link leads to nothing in the shared tree: `opt/none`; the first to `/cm/shared/none`
";
    assert!(answer.stdout.contains(expected), "{}", answer.stdout);
    let mut more = arguments.to_vec();
    more.extend(["--skip", "shared-link"]);
    sandbox.run(&more).expect(0);
    sandbox.run(&["lint", "amd64", "--bcm", "10.0"]).expect(0);
}

/// The same trees as the library's own test has, on a disk. What only root can
/// make is left out for others.
#[test]
fn what_is_wrong_on_a_disk_is_found_there() {
    let privilege = Privilege::current();
    let needs_root = ["a capability", "root's", "read by the group", "in an image"];
    let mut seen = std::collections::BTreeSet::new();
    for (number, case) in broken().into_iter().enumerate() {
        // One of each is enough to show that a disk says the same as memory.
        if !seen.insert(case.rule) {
            continue;
        }
        if privilege == Privilege::User && needs_root.contains(&case.what) {
            continue;
        }
        let sandbox = Sandbox::new();
        let tree = case.tree;
        let path = sandbox.path(&format!("tree{number}"));
        tree.create(&path, privilege);
        let path = path.to_string_lossy().into_owned();
        // Without root the key belongs to whoever runs the test.
        let skip = if case.rule == "munge-key" {
            "tmp-mode"
        } else {
            "munge-key"
        };
        let line = [
            "lint",
            &path,
            "--bcm",
            case.series,
            "--skip",
            skip,
            "--format",
            "json",
        ];
        let objects = sandbox.run(&line).objects();
        let mut found = rules_of(&objects, "finding");
        found.dedup();
        assert_eq!(found, [case.rule], "{}", case.what);
    }
}

#[test]
fn directories_that_may_not_be_read_leave_checks_open() {
    // Root may read everything, so nothing can be shown then.
    if Privilege::current() == Privilege::Root {
        return;
    }
    let sandbox = Sandbox::with_trees();
    let closed = fs::Permissions::from_mode(0o000);
    fs::set_permissions(sandbox.path("amd64/opt"), closed).expect("ours");
    let answer = sandbox
        .run(&[
            "lint",
            "amd64",
            "--bcm",
            "10.0",
            "--only",
            "world-writable,tmp-mode",
        ])
        .expect(1);
    let expected = "could not check[world-writable]: a directory could not be read, `opt`";
    assert!(answer.stdout.contains(expected), "{}", answer.stdout);
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(sandbox.path("amd64/opt"), open).expect("ours");
}
