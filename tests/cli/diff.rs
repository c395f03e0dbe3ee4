//! `imgtool diff`.

use std::fs;

use crate::sandbox::Sandbox;

/// Two trees that differ in three files.
fn changed() -> Sandbox {
    let sandbox = Sandbox::with_trees();
    let import = ["import", "amd64.tar.gz", "--into", "changed"];
    sandbox.run(&import).expect(0);
    let etc = sandbox.path("changed/etc");
    let time = fs::metadata(&etc)
        .and_then(|etc| etc.modified())
        .expect("known");
    fs::write(etc.join("hostname"), "node001\n").expect("writes");
    fs::write(etc.join("new"), "12345").expect("writes");
    fs::remove_file(etc.join("fstab")).expect("removes");
    for name in ["hostname", "new", "."] {
        let file = fs::File::open(etc.join(name)).expect("opens");
        file.set_modified(time).expect("sets");
    }
    sandbox
}

#[test]
fn text_says_first_what_is_lost() {
    let answer = changed().run(&["diff", "changed", "amd64"]).expect(1);
    assert_eq!(
        answer.stdout,
        "local data at risk: 2 entries, 43 bytes
  deleted        33 bytes  etc/fstab
  overwritten    10 bytes  etc/hostname
from `changed` to `amd64`:
  created   1
  updated   1
  deleted   1
  equal     120
  to send   13 bytes
  to delete 33 bytes
changes:
  deleted   file      etc/fstab (33 bytes)
  updated   file      etc/hostname (size, mtime, 8 bytes)
  created   file      etc/new (5 bytes)
"
    );
}

#[test]
fn itemize_writes_the_lines_and_nothing_else() {
    let sandbox = changed();
    let answer = sandbox
        .run(&["diff", "changed", "amd64", "--format", "itemize"])
        .expect(1);
    assert_eq!(
        answer.stdout,
        "*deleting   etc/fstab\n>f.st...... etc/hostname\n>f+++++++++ etc/new\n"
    );
    let answer = sandbox
        .run(&["diff", "amd64", "amd64", "--format", "itemize"])
        .expect(0);
    assert_eq!((&*answer.stdout, &*answer.stderr), ("", ""));
}

#[test]
fn json_has_every_change_and_the_sums() {
    let answer = changed()
        .run(&["diff", "changed", "amd64", "--format", "json"])
        .expect(1);
    let objects = answer.objects();
    let changes: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "change")
        .map(|change| format!("{} {}", change["action"], change["path"]).replace('"', ""))
        .collect();
    assert_eq!(
        changes,
        [
            "deleted etc/fstab",
            "updated etc/hostname",
            "created etc/new"
        ]
    );
    let summary = objects.last().expect("there are lines");
    for (member, count) in [
        ("created", 1),
        ("updated", 1),
        ("deleted", 1),
        ("metadata", 0),
    ] {
        assert_eq!(summary[member], count, "{member}");
    }
    assert_eq!(summary["bytes_sent"], 13);
}

#[test]
fn what_is_ignored_is_no_difference_and_is_told() {
    let sandbox = changed();
    let hostname = sandbox.path("changed/etc/hostname");
    fs::write(
        &hostname,
        fs::read(sandbox.path("amd64/etc/hostname")).expect("reads"),
    )
    .expect("writes");
    let only = [
        "diff",
        "changed",
        "amd64",
        "--include=/etc/",
        "--include=/etc/hostname",
        "--exclude=*",
    ];
    let run = |more: &[&str]| sandbox.run(&[&only[..], more].concat());
    assert!(run(&[]).expect(1).stdout.contains("(mtime, "));
    let answer = run(&["--ignore", "xattrs,times"]).expect(0);
    assert!(
        answer.stdout.ends_with("  left out  mtime, xattr\n"),
        "{}",
        answer.stdout
    );
    let answer = run(&["--ignore", "mtime", "--format", "json"]).expect(0);
    let objects = answer.objects();
    let summary = objects.last().expect("the summary");
    assert_eq!(summary["not_compared"], serde_json::json!(["mtime"]));
    let answer = run(&["--ignore", "mtime,size"]).expect(2);
    assert!(
        answer.stderr.contains("none of mtime, mode, owner"),
        "{}",
        answer.stderr
    );
}
