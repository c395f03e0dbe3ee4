//! `imgtool backup --to DIR/`, `backup list`, `backup prune`, `--if-changed`.

use std::fs;

use fixtures::image::{Arch, Distro, software_image};
use fixtures::tree::Privilege;

use crate::sandbox::{Answer, Sandbox};

/// A sandbox with a tree in it.
fn with_tree() -> Sandbox {
    let sandbox = Sandbox::new();
    let tree = software_image(Arch::Aarch64, Distro::Ubuntu2404);
    tree.create(&sandbox.path("tree"), Privilege::current());
    sandbox
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    fixtures::snapshot::names(&sandbox.path("bk"))
}

/// Two backups of different trees under names of 2026.
fn with_backups() -> Sandbox {
    let sandbox = with_tree();
    fs::create_dir(sandbox.path("bk")).expect("ours");
    let to = |name: &str| format!("bk/{name}");
    let one = to("tree-20260301T020000Z.tar.zst");
    sandbox.run(&["backup", "tree", "--to", &one]).expect(0);
    fs::copy(
        sandbox.path(&one),
        sandbox.path(&to("tree-20260302T020000Z.tar.zst")),
    )
    .expect("ours");
    fs::write(sandbox.path("tree/etc/hostname"), "changed\n").expect("ours");
    let three = to("tree-20260302T030000Z.tar.zst");
    sandbox.run(&["backup", "tree", "--to", &three]).expect(0);
    sandbox
}

/// Numbers, times and digests as one letter each.
fn plain(answer: &Answer) -> String {
    let mut out = String::new();
    for line in answer.stdout.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let masked: Vec<_> = words
            .iter()
            .map(|word| {
                let is_number = word.chars().any(|c| c.is_ascii_digit())
                    && !word.starts_with("tree-")
                    && word
                        .chars()
                        .all(|c| c.is_ascii_hexdigit() || ".:-".contains(c));
                if is_number { "#" } else { word }
            })
            .collect();
        out += &masked.join(" ");
        out.push('\n');
    }
    out
}

#[test]
fn a_directory_takes_one_after_the_other() {
    let sandbox = with_tree();
    let first = sandbox.run(&["backup", "tree", "--to", "bk/"]).expect(0);
    let second = sandbox
        .run(&["backup", "tree", "--to", "bk", "--format", "json"])
        .expect(0)
        .objects();
    let names = names(&sandbox);
    assert_eq!(names.len(), 2);
    assert!(
        first
            .stdout
            .starts_with(&format!("backed up `tree` to `bk/{}`\n", names[0]))
    );
    assert_eq!(second[0]["path"], format!("bk/{}", names[1]));
    assert_eq!(second[0]["tree"], "tree");
    let file = format!("bk/{}", names[1]);
    sandbox.run(&["backup", "verify", &file]).expect(0);
    sandbox.run(&["restore", &file, "--into", "back"]).expect(0);
    assert_eq!(sandbox.names(), [".imgtool", "back", "bk", "tree"]);
}

#[test]
fn nothing_new_makes_no_file() {
    let sandbox = with_tree();
    let args = ["backup", "tree", "--to", "bk/", "--if-changed"];
    sandbox.run(&args).expect(0);
    let answer = sandbox.run(&args).expect(0);
    assert!(
        answer.stdout.starts_with("`tree` is unchanged since 2"),
        "{}",
        answer.stdout
    );
    assert_eq!(names(&sandbox).len(), 1);
    let objects = sandbox
        .run(&[&args[..], &["--format", "json"]].concat())
        .expect(0)
        .objects();
    assert_eq!(objects[0]["type"], "unchanged");
    assert_eq!(objects[0]["path"], format!("bk/{}", names(&sandbox)[0]));
    assert_eq!(objects[1]["exit_status"], 0);

    // Another level is another backup.
    let small = sandbox
        .run(&[&args[..], &["--level", "5"]].concat())
        .expect(0);
    assert!(
        small
            .stdout
            .contains("\n  changed   the level was 3, since 2"),
        "{}",
        small.stdout
    );
    fs::write(sandbox.path("tree/etc/hostname"), "changed\n").expect("ours");
    let json = sandbox
        .run(&[&args[..], &["--level", "5", "--format", "json"]].concat())
        .expect(0)
        .objects();
    let changed = json[0]["changed"].as_str().expect("a text");
    assert!(changed.starts_with("`etc/hostname`: its "), "{changed}");
    assert_eq!(names(&sandbox).len(), 3);
}

#[test]
fn a_backup_of_the_future_is_noticed() {
    let sandbox = with_tree();
    sandbox.run(&["backup", "tree", "--to", "bk/"]).expect(0);
    let name = names(&sandbox).remove(0);
    let future = "bk/tree-29991231T000000Z.tar.zst";
    fs::rename(sandbox.path("bk").join(name), sandbox.path(future)).expect("ours");
    let answer = sandbox.run(&["backup", "tree", "--to", "bk"]).expect(0);
    let told =
        format!("warning: `{future}` is of a later time than the new one: is the clock right?\n");
    assert_eq!(answer.stderr, told);
}

#[test]
fn a_file_is_replaced_only_if_something_changed() {
    let sandbox = with_tree();
    let args = ["backup", "tree", "--to", "b", "--replace", "--if-changed"];
    sandbox.run(&args).expect(0);
    let before = fs::read(sandbox.path("b")).expect("is there");
    let answer = sandbox.run(&args).expect(0);
    assert!(answer.stdout.contains("unchanged since"));
    // Without --replace it is the same question, and no other file is at stake.
    sandbox
        .run(&["backup", "tree", "--to", "b", "--if-changed"])
        .expect(0);
    assert_eq!(fs::read(sandbox.path("b")).expect("is there"), before);
    fs::write(sandbox.path("tree/etc/hostname"), "changed\n").expect("ours");
    sandbox
        .run(&["backup", "tree", "--to", "b", "--if-changed"])
        .expect(3);
    sandbox.run(&args).expect(0);
    assert_ne!(fs::read(sandbox.path("b")).expect("is there"), before);
    sandbox.file("b", b"damaged");
    let answer = sandbox.run(&args).expect(0);
    assert!(
        answer
            .stderr
            .starts_with("warning: not compared with, for `b` is no backup")
    );
    sandbox.run(&["backup", "verify", "b"]).expect(0);
    assert_eq!(sandbox.names(), ["b", "tree"]);
}

#[test]
fn a_list_tells_what_changed() {
    let sandbox = with_backups();
    let answer = sandbox.run(&["backup", "list", "bk"]).expect(0);
    assert_eq!(
        plain(&answer),
        "tree: # backups of `$DIR/tree`, # KiB
file began (UTC) size arch distro digest since the one before
tree-20260301T020000Z.tar.zst # # # KiB aarch64 ubuntu2404 # -
tree-20260302T020000Z.tar.zst # # # KiB aarch64 ubuntu2404 # unchanged
tree-20260302T030000Z.tar.zst # # # KiB aarch64 ubuntu2404 # # changed, # B
"
    );
    assert_eq!(answer.stderr, "");
    let json = sandbox
        .run(&["backup", "list", "bk", "--format", "json"])
        .expect(0)
        .objects();
    assert_eq!(json[1]["since"]["same"], true);
    assert_eq!(json[2]["since"]["path"], "bk/tree-20260302T020000Z.tar.zst");
    assert_eq!(json[2]["since"]["updated"], 1);
    assert_eq!(json[2]["time"], "2026-03-02T03:00:00Z");
    assert_eq!(json[3]["backups"], 3);
    let none = sandbox
        .run(&["backup", "list", "bk", "--tree", "other"])
        .expect(0);
    assert_eq!(none.stdout, "there are no backups in `bk`\n");
}

#[test]
fn what_is_damaged_is_named_and_stays() {
    let sandbox = with_backups();
    let bad = "bk/tree-20260309T000000Z.tar.zst";
    sandbox.file(bad, b"no backup");
    sandbox.file("bk/notes", b"");
    sandbox.file("bk/.tree-20260309T000001Z.tar.zst.1.partial", b"half");
    let listed = sandbox.run(&["backup", "list", "bk", "-v"]).expect(3);
    assert!(
        listed
            .stderr
            .contains(&format!("error: `{bad}` is no backup")),
        "{}",
        listed.stderr
    );
    assert!(
        listed
            .stderr
            .contains("Z.tar.zst.1.partial` is what a backup that was cut off")
    );
    assert!(listed.stdout.contains("damaged or no backup"));
    assert!(listed.stdout.contains("1 other name passed over"));
    let keep = ["backup", "prune", "bk", "--keep-last", "1"];
    let dry = sandbox.run(&keep).expect(3);
    assert_eq!(
        plain(&dry),
        "tree: # of # backups stay
remove tree-20260301T020000Z.tar.zst # KiB
remove tree-20260302T020000Z.tar.zst # KiB
keep tree-20260302T030000Z.tar.zst # KiB newest good, last
keep tree-20260309T000000Z.tar.zst # B damaged
# file of backups that were cut off, # B, to be removed
nothing was removed: give -w to remove # backups, # KiB
"
    );
    assert_eq!(names(&sandbox).len(), 6);
    sandbox.run(&[&keep[..], &["-w"]].concat()).expect(3);
    assert_eq!(
        names(&sandbox),
        [
            "notes",
            "tree-20260302T030000Z.tar.zst",
            "tree-20260309T000000Z.tar.zst"
        ]
    );
}

#[test]
fn what_would_go_is_a_difference() {
    let sandbox = with_backups();
    let keep = |more: &[&str]| {
        let all = [&["backup", "prune", "bk", "--format", "json"], more].concat();
        sandbox.run(&all)
    };
    let dry = keep(&["--keep-daily", "5"]).expect(1).objects();
    let actions: Vec<_> = dry.iter().map(|object| object["action"].as_str()).collect();
    assert_eq!(actions, [Some("keep"), Some("remove"), Some("keep"), None]);
    assert_eq!(dry[2]["reasons"], serde_json::json!(["newest", "daily"]));
    let summary = &dry[3];
    assert_eq!(
        (&summary["removed"], &summary["written"]),
        (&1.into(), &false.into())
    );
    keep(&["--keep-last", "unlimited"]).expect(0);
    keep(&["--keep-within", "1d1h"]).expect(0);
    let done = keep(&["--keep-weekly", "1", "--verify", "-w"])
        .expect(0)
        .objects();
    assert_eq!(done[3]["removed"], 2);
    assert_eq!(names(&sandbox), ["tree-20260302T030000Z.tar.zst"]);
    let text = sandbox
        .run(&["backup", "prune", "bk", "--keep-last", "1", "-w"])
        .expect(0);
    assert!(
        text.stdout.ends_with("nothing to remove\n"),
        "{}",
        text.stdout
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let sandbox = with_backups();
    let before = names(&sandbox);
    let cases: &[(&[&str], i32, &str)] = &[
        (&["backup", "prune", "bk"], 2, "nothing says what stays"),
        (
            &["backup", "prune", "bk", "--keep-last", "0", "-w"],
            2,
            "nothing says what stays",
        ),
        (
            &["backup", "prune", "bk", "--keep-last", "x"],
            2,
            "--keep-last",
        ),
        (&["backup", "prune", "bk", "--keep-within", "2w"], 2, "1y6m"),
        (
            &["backup", "prune", "nothing", "--keep-last", "1"],
            4,
            "`nothing`",
        ),
        (&["backup", "list", "tree/etc/hostname"], 4, "hostname"),
        (&["backup", "list"], 2, "DIR"),
        (
            &["backup", "tree", "--to", "bk", "--replace"],
            2,
            "nothing is replaced",
        ),
        (
            &["backup", "tree", "--to", "new/", "--replace"],
            2,
            "nothing is replaced",
        ),
        (
            &["backup", "tree", "--to", "-", "--if-changed"],
            2,
            "--if-changed",
        ),
        (&["backup", "tree", "--to", "tree"], 2, "in the tree itself"),
        (
            &["backup", "tree", "--to", "tree/new/"],
            2,
            "in the tree itself",
        ),
        (&["backup", "tree", "--to", "no/new/"], 4, "`no`"),
        (&["backup", "no", "--to", "new/"], 4, "`no`"),
    ];
    for (arguments, status, told) in cases {
        let answer = sandbox.run(arguments).expect(*status);
        assert!(
            answer.stderr.contains(told),
            "{arguments:?}: {}",
            answer.stderr
        );
    }
    assert_eq!(names(&sandbox), before);
    assert_eq!(sandbox.names(), ["bk", "tree"]);
}
