//! Which runs a plan becomes, as a table.

use super::{Ends, Passes, script};
use crate::entry::{Entry, Kind, LinkGroup, Metadata, Timestamp};
use crate::path::ImagePath;
use crate::plan::{Deed, Plan, Step};

fn entry(path: &str, kind: Kind, group: u64) -> Entry {
    let path = ImagePath::new(path.as_bytes()).expect("valid");
    Entry {
        name: path.file_name().unwrap_or_default().into(),
        kind,
        metadata: Metadata::default(),
        link: (group > 0).then_some(LinkGroup(0, group)),
        content: None,
    }
}

fn step(deed: Deed, path: &str, source: Option<Entry>, target: Option<Entry>) -> Step {
    Step {
        path: ImagePath::new(path.as_bytes()).expect("valid"),
        deed,
        differences: crate::diff::Differences::NONE,
        source,
        target,
        wanted: None,
        leader: None,
    }
}

fn plan(mut steps: Vec<Step>) -> Plan {
    steps.sort_by(|one, two| one.path.cmp(&two.path));
    Plan {
        steps,
        ..Plan::default()
    }
}

const FILE: Kind = Kind::File { size: 1 };

/// Each run with its options and names.
fn runs(plan: &Plan) -> Vec<String> {
    let passes = Passes::of(plan);
    let shown = |pass: &super::Pass| {
        let names: Vec<_> = pass.names.iter().map(ToString::to_string).collect();
        format!("{} [{}]", pass.options().join(" "), names.join(" "))
    };
    passes.passes.iter().map(shown).collect()
}

#[test]
fn what_is_in_the_way_goes_first_and_directories_level_by_level() {
    let dir = |path| Some(entry(path, Kind::Directory, 0));
    let file = |path| Some(entry(path, FILE, 0));
    let plan = plan(vec![
        step(Deed::Keep, "", dir(""), dir("")),
        step(Deed::Create, "a", file("a"), dir("a")),
        step(Deed::Delete, "a/b", None, dir("a/b")),
        step(Deed::Delete, "a/b/c", None, file("a/b/c")),
        step(Deed::Create, "new", dir("new"), None),
        step(Deed::Delete, "z", None, file("z")),
    ]);
    assert_eq!(
        runs(&plan),
        [
            "--delete-missing-args [a/b/c]",
            "--delete-missing-args [a/b]",
            "--delete-missing-args [a]",
            "--ignore-times [a new]",
            "--delete-missing-args [z]",
            "--size-only [new]",
            "--size-only --dirs --exclude=/* []",
        ]
    );
}

#[test]
fn all_names_of_an_inode_are_in_one_list_and_one_that_parts_is_sent() {
    let group = |path, group| Some(entry(path, FILE, group));
    let mut link = step(Deed::Link, "b", group("b", 1), None);
    link.leader = ImagePath::new(b"a".as_slice()).ok();
    let plan = plan(vec![
        step(Deed::Keep, "a", group("a", 1), group("a", 0)),
        link,
        // Its other names are not here.
        step(Deed::Metadata, "d/c", group("d/c", 0), group("d/c", 7)),
        step(
            Deed::Keep,
            "d",
            Some(entry("d", Kind::Directory, 0)),
            Some(entry("d", Kind::Directory, 0)),
        ),
    ]);
    assert_eq!(
        runs(&plan),
        [
            "--ignore-times [d/c]",
            "--size-only --hard-links [a b]",
            "--size-only [d]",
        ]
    );
}

#[test]
fn what_is_no_file_and_parts_from_its_inode_is_made_anew() {
    // Their other names are not here.
    let parting = |path: &str, kind: Kind, group| {
        let side = |group| Some(entry(path, kind.clone(), group));
        step(Deed::Metadata, path, side(0), side(group))
    };
    let plan = plan(vec![
        parting("file", FILE, 7),
        parting("socket", Kind::Socket, 8),
    ]);
    assert_eq!(
        runs(&plan),
        [
            "--delete-missing-args [socket]",
            "--ignore-times [file socket]",
        ]
    );
}

#[test]
fn what_the_target_keeps_is_left_by_an_option_or_told() {
    let mut kept = entry("kept", FILE, 0);
    kept.metadata.mtime = Timestamp::from_seconds(5);
    let old = Metadata {
        uid: 7,
        ..Metadata::default()
    };
    let target = Entry {
        metadata: old.clone(),
        ..entry("kept", FILE, 0)
    };
    let mut metadata = step(
        Deed::Metadata,
        "kept",
        Some(kept.clone()),
        Some(target.clone()),
    );
    metadata.wanted = Some(Metadata {
        mtime: kept.metadata.mtime,
        ..old.clone()
    });
    let plan = plan(vec![metadata.clone()]);
    assert_eq!(runs(&plan), ["--size-only --no-owner [kept]"]);
    assert_eq!(Passes::of(&plan).misfits, []);
    metadata.deed = Deed::Update;
    let plan = self::plan(vec![metadata]);
    assert_eq!(runs(&plan), ["--ignore-times [kept]"]);
    let misfits = Passes::of(&plan).misfits;
    let told: Vec<_> = misfits.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["kept: owner will be the source's, where a sync leaves the target's or mixes them"]
    );
}

#[test]
fn names_stand_in_lists_and_words_as_they_are() {
    let names = ["#a", "-w", "n\nl", "it's"];
    let file = |path: &&str| step(Deed::Create, path, Some(entry(path, FILE, 0)), None);
    let plan = plan(names.iter().map(file).collect());
    let ends = Ends {
        source: b"/a'b".to_vec(),
        target: Some(b"root@node:/\n$x\xff".to_vec()),
        rsh: Some(b"ssh -p 2".to_vec()),
    };
    let files = script(&Passes::of(&plan), &ends);
    assert_eq!(
        files[0],
        (
            "01-content".to_owned(),
            b"./#a\0./-w\0./it's\0./n\nl\0".to_vec()
        )
    );
    let (name, text) = files.last().expect("the script");
    assert_eq!(name, "sync.sh");
    for part in [
        b"\nsource='/a'\\''b'\n".as_slice(),
        b"\ntarget='root@node:/\n$x\xff'\n",
        b"\nRSYNC_RSH=${RSYNC_RSH:-'ssh -p 2'}\n",
        b"#   target  root@node:/\\x0a$x\\xff\n",
    ] {
        assert!(
            text.windows(part.len()).any(|window| window == part),
            "{}",
            part.escape_ascii()
        );
    }
}
