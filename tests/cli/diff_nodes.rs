//! `imgtool diff` with many nodes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::Sandbox;

/// An image, and what five nodes wrote: three are like it, one has a file more,
/// what one wrote is cut off.
fn collected() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("image/etc")).expect("makes");
    sandbox.file("image/etc/hosts", b"one\n");
    fs::create_dir(sandbox.path("lists")).expect("makes");
    for node in ["node001", "node002", "node003", "node005"] {
        let file = format!("lists/{node}");
        sandbox
            .run(&["manifest", "--listing", "image", "-o", &file])
            .expect(0);
    }
    sandbox.file("image/etc/extra", b"more\n");
    let file = "lists/node004.listing";
    sandbox
        .run(&["manifest", "--listing", "image", "-o", file])
        .expect(0);
    fs::remove_file(sandbox.path("image/etc/extra")).expect("there");
    let cut = sandbox.path("lists/node005");
    let text = fs::read(&cut).expect("there");
    fs::write(&cut, &text[..text.len() - 9]).expect("writes");
    sandbox
}

/// When the directory was changed does not count.
const LISTINGS: [&str; 5] = ["diff", "image", "--listings", "lists", "--ignore=mtime"];

#[test]
fn nodes_are_shown_in_groups_with_outliers_named() {
    let sandbox = collected();
    let answer = sandbox.run(&LISTINGS).expect(4);
    assert!(
        answer.stdout.starts_with(
            "from `image` to 5 nodes, in 2 groups:
3 nodes, node[001-003]: nothing to do
1 node, node004: 1 change
  deleted   file      etc/extra (5 bytes)
not compared: node005: manifest `lists/node005` is corrupt"
        ),
        "{}",
        answer.stdout
    );
    fs::remove_file(sandbox.path("lists/node005")).expect("there");
    sandbox.run(&LISTINGS).expect(1);
    fs::remove_file(sandbox.path("lists/node004.listing")).expect("there");
    let answer = sandbox.run(&LISTINGS).expect(0);
    assert_eq!(
        answer.stdout,
        "from `image` to 3 nodes, in 1 group:\n3 nodes, node[001-003]: nothing to do\n"
    );
}

#[test]
fn json_has_groups_and_their_changes() {
    let sandbox = collected();
    let answer = sandbox
        .run(&[&LISTINGS[..], &["--format=json"]].concat())
        .expect(4);
    let objects = answer.objects();
    let of = |kind: &str| -> Vec<&serde_json::Value> {
        let all = objects.iter();
        all.filter(|object| object["type"] == kind).collect()
    };
    let groups = of("group");
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0]["hostlist"], "node[001-003]");
    assert_eq!(groups[1]["nodes"], serde_json::json!(["node004"]));
    assert_eq!(groups[1]["deleted"], 1);
    let changes = of("change");
    assert_eq!((changes.len(), &changes[0]["group"]), (1, &1.into()));
    assert_eq!(of("failed")[0]["node"], "node005");
    let summary = objects.last().expect("the summary");
    let counts = ["nodes", "groups", "equal", "failed"].map(|name| summary[name].as_u64());
    assert_eq!(counts, [5, 2, 3, 1].map(Some));
}

/// Instead of ssh: the name of the node is taken off, and what is to be run is
/// run here; one node is not reached, one never answers.
const SHELL: &str = "#!/bin/sh
for last; do :; done
for word; do case $word in node*) node=$word;; esac; done
case $node in
  node002) echo 'No route to host' >&2; exit 255;;
  node003) exec sleep 1000;;
esac
exec sh -c \"$last\"
";

#[test]
fn nodes_that_are_not_reached_or_hang_are_listed_and_stop_nothing() {
    let sandbox = collected();
    sandbox.file("shell", SHELL.as_bytes());
    let shell = sandbox.path("shell");
    fs::set_permissions(&shell, fs::Permissions::from_mode(0o755)).expect("ours");
    sandbox.file("names", b"node001 # a rack\n\nnode002\n");
    let target = sandbox.path("image");
    let run = |more: &[&str]| {
        let target = target.to_str().expect("UTF-8");
        let shell = shell.to_str().expect("UTF-8");
        let arguments = [&["diff", "image", target, "--rsh", shell], more].concat();
        sandbox.run(&arguments).expect(4)
    };
    let answer = run(&["--nodes-from=names"]);
    assert!(
        answer
            .stdout
            .contains("to 2 nodes, in 1 group:\n1 node, node001: nothing to do\n"),
        "{answer:?}"
    );
    assert!(
        answer
            .stdout
            .contains("not compared: node002: cannot reach "),
        "{answer:?}"
    );
    assert!(answer.stdout.contains("No route to host"), "{answer:?}");
    let answer = run(&["--nodes=node003", "--time-limit=1"]);
    assert!(
        answer
            .stdout
            .contains("not compared: node003: it took longer than the time limit"),
        "{answer:?}"
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let sandbox = collected();
    for (arguments, reason) in [
        (&["image", "--nodes=node[1-"][..], "a bracket is not closed"),
        (&["image", "--nodes=a/b"], "is no name of a node"),
        (&["image", "--nodes=-oProxyCommand=x"], "error:"),
        (&["image", "/", "--listings=lists"], "cannot be used with"),
        (&["image", "--listings=image/etc/none"], "error:"),
        (&["image", "--nodes=n1", "--stat"], "shown in groups"),
        (
            &["image", "--nodes=n1", "--format=itemize"],
            "of one target",
        ),
        (&["image"], "required"),
    ] {
        let answer = sandbox.run(&[&["diff"], arguments].concat());
        assert!(
            matches!(answer.status, Some(2 | 4)),
            "{arguments:?}: {answer:?}"
        );
        assert!(answer.stderr.contains(reason), "{arguments:?}: {answer:?}");
    }
    fs::create_dir(sandbox.path("empty")).expect("makes");
    let answer = sandbox
        .run(&["diff", "image", "--listings=empty"])
        .expect(2);
    assert!(
        answer.stderr.contains("there are no files in `empty`"),
        "{answer:?}"
    );
}

/// A program in the place of ssh that runs what it is told here.
const HERE: &str = "#!/bin/sh\nshift\nexec \"$@\"\n";

#[test]
fn limits_hold_for_each_of_many_nodes() {
    let sandbox = collected();
    sandbox.file("shell", HERE.as_bytes());
    let shell = sandbox.path("shell");
    fs::set_permissions(&shell, fs::Permissions::from_mode(0o755)).expect("ours");
    let (target, shell) = (
        sandbox.path("image"),
        shell.to_str().expect("UTF-8").to_owned(),
    );
    let target = target.to_str().expect("UTF-8");
    let arguments = ["diff", "image", target, "--rsh", &shell, "--nodes=node001"];
    sandbox.run(&arguments).expect(0);
    let answer = sandbox
        .run(&[&arguments[..], &["--limit=entries=2"]].concat())
        .expect(4);
    assert!(
        answer.stdout.contains("lists more than 2 entries"),
        "{answer:?}"
    );
}

#[test]
fn why_a_node_was_not_compared_is_told_to_the_last_cause() {
    let sandbox = collected();
    let arguments = ["diff", "image", "--nodes=node001", "--rsh=/nowhere/ssh"];
    let answer = sandbox.run(&arguments).expect(4);
    let cause = "cannot start `/nowhere/ssh`: No such file or directory";
    assert!(answer.stdout.contains(cause), "{answer:?}");
    let answer = sandbox
        .run(&[&arguments[..], &["--format=json"]].concat())
        .expect(4);
    let failed = answer.objects();
    let failed = failed.iter().find(|object| object["type"] == "failed");
    let error = failed.expect("one failed")["error"].as_str();
    assert!(
        error.is_some_and(|error| error.contains(cause)),
        "{error:?}"
    );
}

#[test]
fn json_tells_what_cannot_give_way() {
    let sandbox = collected();
    sandbox.file("image/place", b"a file\n");
    fs::create_dir_all(sandbox.path("node/etc")).expect("makes");
    fs::copy(
        sandbox.path("image/etc/hosts"),
        sandbox.path("node/etc/hosts"),
    )
    .expect("copies");
    fs::create_dir(sandbox.path("node/place")).expect("makes");
    sandbox.file("node/place/kept", b"precious\n");
    fs::create_dir(sandbox.path("blocked")).expect("makes");
    sandbox
        .run(&["manifest", "--listing", "node", "-o", "blocked/node001"])
        .expect(0);
    let answer = sandbox
        .run(&[
            "diff",
            "image",
            "--listings=blocked",
            "--ignore=mtime",
            "--filter=P kept",
            "--format=json",
        ])
        .expect(1);
    let objects = answer.objects();
    let group = objects.iter().find(|object| object["type"] == "group");
    let group = group.expect("there is one");
    assert_eq!(group["blocked"], serde_json::json!(["place"]), "{group}");
    assert_eq!(group["hides"], false);
}
