//! `imgtool diff` with rules for what takes part.

use std::fs;

use fixtures::archive::{Options, write};
use fixtures::tree::{Node, TreeSpec};
use serde_json::Value;

use crate::sandbox::Sandbox;

/// A tree and what became of it on a node: files of its own, a changed one, a
/// missing one.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, text) in [
        ("image/etc/fstab", "image"),
        ("image/etc/hostname", "image name"),
        ("image/var/log/empty", ""),
        ("node/etc/fstab", "node's own"),
        ("node/etc/hostname", "node001"),
        ("node/raid/data/results", "precious"),
        ("node/var/log/messages", "log"),
    ] {
        let path = sandbox.path(path);
        fs::create_dir_all(path.parent().expect("in a directory")).expect("ours");
        fs::write(path, text).expect("a new name");
    }
    sandbox
}

/// What is to be done about each path that is no directory.
fn changes(sandbox: &Sandbox, more: &[&str]) -> Vec<String> {
    let arguments = [&["diff", "image", "node", "--format", "json"], more].concat();
    let objects = sandbox.run(&arguments).objects();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    objects
        .iter()
        .filter(|object| object["type"] == "change" && object["action"] != "metadata")
        .map(|object| format!("{} {}", text(&object["action"]), text(&object["path"])))
        .collect()
}

#[test]
fn what_is_excluded_is_neither_sent_nor_deleted() {
    let sandbox = sandbox();
    let all = [
        "updated etc/fstab",
        "updated etc/hostname",
        "deleted raid",
        "deleted raid/data",
        "deleted raid/data/results",
        "created var/log/empty",
        "deleted var/log/messages",
    ];
    assert_eq!(changes(&sandbox, &[]), all);
    let some = changes(
        &sandbox,
        &[
            "--exclude",
            "/etc/fstab",
            "--filter",
            "protect results",
            "--exclude",
            "/var/log/*",
        ],
    );
    // The directories that hold what is protected stay as well.
    assert_eq!(some, ["updated etc/hostname"]);
    let some = changes(&sandbox, &["--exclude", "/var/log/*", "--delete-excluded"]);
    assert_eq!(some[5..], ["deleted var/log/messages"]);

    let answer = sandbox.run(&["diff", "image", "node", "--exclude", "/raid"]);
    let answer = answer.expect(1);
    assert!(
        answer
            .stdout
            .contains("\n  kept      1 by the rules, that only the target has\n"),
        "{answer:#?}"
    );
}

#[test]
fn what_cannot_give_way_is_no_equality() {
    let sandbox = sandbox();
    fs::write(sandbox.path("image/raid"), "a file").expect("ours");
    let arguments = ["diff", "image", "node", "--filter", "P results"];
    let rest = [
        "--ignore",
        "mtime",
        "--exclude",
        "/etc",
        "--exclude",
        "/var",
    ];
    let arguments = [&arguments[..], &rest].concat();
    let answer = sandbox.run(&arguments).expect(1);
    assert!(!answer.stdout.contains("no differences"), "{answer:#?}");
    let told = "\n  blocked   1, such as `raid`: what the rules keep is in the way\n";
    assert!(answer.stdout.contains(told), "{answer:#?}");
    let json = [&arguments[..], &["--format", "json"]].concat();
    let objects = sandbox.run(&json).expect(1).objects();
    let types = objects.iter().map(|object| &object["type"]);
    assert_eq!(types.collect::<Vec<_>>(), ["blocked", "summary"]);
    assert_eq!(objects[0]["path"], "raid");
    assert_eq!(objects[1]["blocked"], 1);
}

#[test]
fn rules_may_stand_in_the_trees() {
    let sandbox = sandbox();
    for tree in ["image", "node"] {
        fs::write(sandbox.path(&format!("{tree}/etc/.rules")), "- fstab\n").expect("ours");
    }
    let some = changes(&sandbox, &["--filter", ":e .rules"]);
    assert!(!some.contains(&"updated etc/fstab".to_owned()), "{some:?}");
    assert!(
        some.contains(&"updated etc/hostname".to_owned()),
        "{some:?}"
    );
    fs::write(sandbox.path("image/etc/.rules"), "nonsense\n").expect("ours");
    let arguments = ["diff", "image", "node", "--filter", ":e .rules"];
    let answer = sandbox.run(&arguments).expect(2);
    assert!(answer.stderr.contains("`etc/.rules` line 1"), "{answer:#?}");
}

#[test]
fn the_lists_of_bcm_are_two() {
    let sandbox = sandbox();
    sandbox.file(
        "excludes",
        b"# ours\n- /etc/fstab\nno-new-files: - /var/log/*\n- /raid\n",
    );
    let list = ["--bcm-excludes", "excludes"];
    assert_eq!(changes(&sandbox, &list), ["updated etc/hostname"]);
    // What the node lacks is sent by the first list, and not by the second.
    fs::remove_file(sandbox.path("node/etc/fstab")).expect("ours");
    assert_eq!(
        changes(&sandbox, &list),
        ["created etc/fstab", "updated etc/hostname"]
    );

    sandbox.file("wrong", b"- /a\nno-new-file: - /b\n");
    let arguments = ["diff", "image", "node", "--bcm-excludes", "wrong"];
    let answer = sandbox.run(&arguments).expect(2);
    assert!(answer.stderr.contains("`wrong` line 2"), "{answer:#?}");
    let both = [
        "diff",
        "image",
        "node",
        "--bcm-excludes",
        "excludes",
        "--exclude",
        "x",
    ];
    sandbox.run(&both).expect(2);
}

#[test]
fn the_rule_that_decides_is_told() {
    let sandbox = sandbox();
    sandbox.file("excludes", b"- /etc/fstab\nno-new-files: - /var/log/*\n");
    let arguments = [
        "diff",
        "image",
        "node",
        "--bcm-excludes",
        "excludes",
        "--explain",
        "/etc/fstab",
        "--explain",
        "etc/hostname",
    ];
    let answer = sandbox.run(&arguments).expect(1);
    assert!(
        answer.stdout.starts_with(
            "`/etc/fstab`:
  sent      no: `- /etc/fstab` (`excludes` line 1) matches `etc/fstab`
  if new    yes: no rule matches
  deleted   no: `- /etc/fstab` (`excludes` line 1) matches `etc/fstab`
`etc/hostname`:
  sent      yes: no rule matches
  if new    yes: no rule matches
  deleted   yes: no rule matches
local data at risk: "
        ),
        "{answer:#?}"
    );
    let objects = sandbox
        .run(&[&arguments[..], &["--format", "json"]].concat())
        .objects();
    assert_eq!(objects[0]["type"], "ruling");
    assert_eq!(objects[0]["sent"]["allowed"], false);
    assert_eq!(objects[0]["sent"]["rule"], "- /etc/fstab");
    assert_eq!(objects[0]["sent_if_new"]["allowed"], true);
}

#[test]
fn short_options_are_those_of_rsync() {
    let sandbox = sandbox();
    for (path, text) in [
        ("image/etc/core", ""),
        ("image/etc/.cvsignore", "fstab\n"),
        ("image/.rsync-filter", "- hostname\n"),
        ("image/.cvs/.cvsignore", "var\n"),
    ] {
        let path = sandbox.path(path);
        fs::create_dir_all(path.parent().expect("in a directory")).expect("ours");
        fs::write(path, text).expect("a new name");
    }
    let created = |options: &[&str]| -> Vec<String> {
        let all = changes(&sandbox, options).into_iter();
        all.filter(|change| !change.starts_with("deleted"))
            .collect()
    };
    let rest = [
        "created .cvs",
        "created .cvs/.cvsignore",
        "created etc/.cvsignore",
    ];
    for (options, expected) in [
        (
            &["-F", "-C"][..],
            &[
                "created .rsync-filter",
                rest[0],
                rest[1],
                rest[2],
                "created var/log/empty",
            ][..],
        ),
        (
            &["-FFC"],
            &[rest[0], rest[1], rest[2], "created var/log/empty"],
        ),
        (
            &["-C", "-f", "+ fstab", "-f- .*", "-f", "- /var"],
            &["updated etc/fstab", "updated etc/hostname"],
        ),
        (
            &["-f", "-C", "-f", "- .*"],
            &[
                "updated etc/fstab",
                "updated etc/hostname",
                "created var/log/empty",
            ],
        ),
    ] {
        assert_eq!(created(options), expected, "{options:?}");
    }
}

#[test]
fn cvs_may_be_told_of_more_names_by_the_environment() {
    let sandbox = sandbox();
    let home = sandbox.path("home");
    fs::create_dir(&home).expect("a new name");
    sandbox.file("home/.cvsignore", b"fstab\n");
    let arguments = [
        "diff",
        "image",
        "node",
        "-C",
        "--explain",
        "etc/fstab",
        "--explain",
        "var",
    ];
    let mut command = sandbox.command(&arguments);
    command.env("HOME", &home).env("CVSIGNORE", "x var");
    let answer = sandbox.answer(command.spawn().expect("it was built"));
    let answer = answer.expect(1);
    for line in [
        "/.cvsignore` line 1) matches `etc/fstab`",
        "  sent      no: `- var` (CVSIGNORE) matches `var`",
    ] {
        assert!(answer.stdout.contains(line), "{answer:#?}");
    }
}

#[test]
fn attributes_are_left_out_by_name() {
    let sandbox = Sandbox::new();
    let tar = |node: Node| write(&TreeSpec::new().with(node), Options::gnu_tar());
    sandbox.file("source", &tar(Node::file("f", "").xattr("user.a", "1")));
    sandbox.file("target", &tar(Node::file("f", "").xattr("user.b/c", "1")));
    for (rules, expected) in [
        (&[][..], ".f........x f\n"),
        (&["- user.*"], ".f........x f\n"),
        (&["-x user.a"], ".f........x f\n"),
        (&["-x user.a", "-x c"], ""),
        (&["-xs *", "-xr c"], ""),
        (&["-xr **"], ""),
        (&["+x user.a", "-x **"], ".f........x f\n"),
    ] {
        let arguments = ["diff", "source", "target", "--format", "itemize"];
        let rules: Vec<_> = rules.iter().flat_map(|rule| ["-f", rule]).collect();
        let answer = sandbox.run(&[&arguments[..], &rules].concat());
        assert_eq!(answer.stdout, expected, "{rules:?}: {answer:#?}");
    }
}
