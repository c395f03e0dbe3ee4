//! `imgtool diff --patch` and `--against-synclog`.

use std::fs;

use crate::sandbox::Sandbox;

/// Two trees: a file of text differs, one that is no text, one is new.
fn edited() -> Sandbox {
    let sandbox = Sandbox::new();
    for (tree, hosts) in [("image", "one\ntwo\n\x1b[31mred\n"), ("node", "one\n")] {
        fs::create_dir_all(sandbox.path(tree).join("etc")).expect("makes");
        sandbox.file(&format!("{tree}/etc/hosts"), hosts.as_bytes());
    }
    sandbox.file("image/etc/binary", b"\0\x01");
    sandbox.file("node/etc/binary", b"\0");
    sandbox.file("image/new.conf", b"new\n");
    sandbox
}

const HOSTS: &str = "--- a/etc/hosts\n+++ b/etc/hosts\n@@ -1 +1,3 @@\n one\n+two\n+\x1b[31mred\n";

#[test]
fn patches_are_of_what_matches_and_nothing_else() {
    let sandbox = edited();
    let run = |patterns: &[&str]| {
        let arguments = [&["diff", "image", "node", "--patch"], patterns].concat();
        sandbox.run(&arguments).expect(1).stdout
    };
    let binary = "etc/binary: it is no text\n";
    let new = "--- /dev/null\n+++ b/new.conf\n@@ -0,0 +1 @@\n+new\n";
    for (patterns, expected) in [
        (&["/etc"][..], format!("{binary}{HOSTS}")),
        (&["/etc/ho*"], HOSTS.to_owned()),
        (&["*.conf"], new.to_owned()),
        (&["*.conf", "--patch", "hosts"], format!("{new}{HOSTS}")),
        (&["nothing"], String::new()),
    ] {
        assert_eq!(run(patterns), expected, "{patterns:?}");
    }
}

#[test]
fn patches_stand_in_json() {
    let sandbox = edited();
    let run = ["diff", "image", "node", "--patch=/etc", "--format=json"];
    let objects = sandbox.run(&run).expect(1).objects();
    let patches: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "patch")
        .map(|patch| {
            (
                patch["path"].clone(),
                patch["text"].clone(),
                patch["reason"].clone(),
            )
        })
        .collect();
    let text = |text: &str| serde_json::Value::from(text);
    let null = serde_json::Value::Null;
    assert_eq!(
        patches,
        [
            (text("etc/binary"), null.clone(), text("it is no text")),
            (text("etc/hosts"), text(HOSTS), null),
        ]
    );
    assert!(objects.iter().any(|object| object["type"] == "change"));
}

#[test]
fn a_manifest_has_no_text_to_show() {
    let sandbox = edited();
    sandbox.run(&["manifest", "image", "-o", "list"]).expect(0);
    let answer = sandbox
        .run(&["diff", "list", "node", "--patch=hosts"])
        .expect(1);
    assert_eq!(
        answer.stdout,
        "etc/hosts: a side has no content to compare\n"
    );
}

#[test]
fn a_log_is_held_against_what_was_foreseen() {
    let sandbox = edited();
    let log = "sending incremental file list\nnew.conf\netc/binary\netc/hosts\n\n";
    sandbox.file("log", log.as_bytes());
    // When the directories were made does not count.
    let ignore = "--ignore=mtime";
    let run = ["diff", "image", "node", ignore, "--against-synclog", "log"];
    let answer = sandbox.run(&run).expect(0);
    assert!(
        answer
            .stdout
            .starts_with("`log` agrees with what was foreseen:\n  confirmed   "),
        "{}",
        answer.stdout
    );
    let wrong = log.replace("etc/hosts", "deleting home/\x1b[2J");
    sandbox.file("log", wrong.as_bytes());
    let answer = sandbox.run(&run).expect(1);
    assert!(
        answer
            .stdout
            .contains("  unforeseen  line 4: deleting home/\\x1b[2J\n")
            && answer.stdout.ends_with("  unconfirmed updated etc/hosts\n"),
        "{}",
        answer.stdout
    );
    let objects = sandbox
        .run(&[&run[..], &["--format=json"]].concat())
        .expect(1)
        .objects();
    let matters: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "synclog")
        .map(|object| (&object["matter"], &object["line"]))
        .collect();
    assert_eq!(
        matters,
        [
            (&serde_json::json!("unforeseen"), &serde_json::json!(4)),
            (&serde_json::json!("unconfirmed"), &serde_json::Value::Null),
        ]
    );
    sandbox.file("log", b"\n");
    let answer = sandbox.run(&run).expect(3);
    assert!(
        answer.stderr.contains("the sync log is empty"),
        "{}",
        answer.stderr
    );
    sandbox
        .run(&["diff", "image", "node", "--against-synclog=none"])
        .expect(4);
}
