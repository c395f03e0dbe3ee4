//! Plans of random trees, in a file and back.
#![allow(
    clippy::disallowed_methods,
    reason = "makes trees as any program would"
)]

use std::fmt::Write as _;

use fixtures::random;
use fixtures::tree::Privilege;

use super::*;
use crate::diff::{self, diff};
use crate::entry::Respect;
use crate::monitor::Silent;
use crate::tree::{LiveTree, Want};

/// The plan of a random pair of trees.
fn plan(seed: u64) -> Plan {
    let place = tempfile::tempdir().expect("a temporary directory");
    let pair = random::pair(seed, 30, Privilege::User);
    let paths = ["source", "target"].map(|name| place.path().join(name));
    pair.source.create(&paths[0], Privilege::User);
    pair.target.create(&paths[1], Privilege::User);
    let [source, target] = paths.map(|path| LiveTree::open(&path, Want::All).expect("it is there"));
    let options = diff::Options {
        sides: true,
        checksum: seed.is_multiple_of(2),
        threads: 1,
        ..diff::Options::default()
    };
    let outcome = diff(&source, &target, &options, &Silent).expect("readable");
    let mut plan = Plan::new(&outcome, &options);
    plan.source = (*b"/a b").into();
    plan.target = (*b"/\xff").into();
    plan.ignored = [Respect::Time, Respect::Links].into_iter().collect();
    plan.protected = seed;
    let path = |text: &str| ImagePath::new(text.as_bytes()).expect("a path");
    plan.mounts = vec![path("a"), path("b c")];
    plan.blocked = vec![path("d")];
    plan.arguments = vec![(*b"--exclude").into(), (*b"*.o\n").into(), Box::default()];
    plan
}

fn text(plan: &Plan) -> Vec<u8> {
    let mut text = Vec::new();
    plan.write(&mut text).expect("a Vec takes everything");
    text
}

#[test]
fn plans_come_back_as_they_were_written() {
    let mut steps = 0;
    for seed in 0..60 {
        let plan = plan(seed);
        steps += plan.steps.len();
        let again = read(&*text(&plan), "plan").unwrap_or_else(|error| panic!("{seed}: {error}"));
        assert_eq!(again, plan, "seed {seed}");
    }
    assert!(steps > 500);
}

#[test]
fn every_flipped_bit_and_every_cut_is_found() {
    let whole = text(&plan(7));
    assert!(read(&*whole, "plan").is_ok());
    for at in 0..whole.len() {
        assert!(read(&whole[..at], "plan").is_err(), "cut at {at}");
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            assert!(read(&*flipped, "plan").is_err(), "bit {bit} of {at}");
        }
    }
    assert!(read(&*[&whole[..], b"x"].concat(), "plan").is_err());
}

/// A plan of these lines, its last one right.
fn lines(steps: &[&str]) -> Vec<u8> {
    let begin = "imgtool-plan 1\nsource a\ntarget b\nignored -\nequal 0\nprotected 0\n";
    let mut text = format!("{begin}{}", steps.concat());
    let deeds = Deed::ALL.map(|deed| format!("{} ", deed.word()));
    let is_deed = |line: &&str| deeds.iter().any(|deed| line.starts_with(deed));
    let count = text.lines().filter(is_deed).count();
    write!(text, "end {count} ").expect("a String takes everything");
    let digest = crate::digest::Digest::of(text.as_bytes());
    format!("{text}{digest}\n").into_bytes()
}

#[test]
fn steps_that_make_no_sense_are_refused() {
    let root = "metadata . mode\ns 0 d 0755 0 0 0.000000000 .\nt 0 d 0700 0 0 0.000000000 .\n";
    let file = |path: &str| format!("create {path} -\ns 0 f 0644 0 0 0.000000000 {path} 1 -\n");
    let delete = |path: &str, kind: &str| {
        format!("delete {path} -\nt 0 {kind} 0644 0 0 0.000000000 {path}\n")
    };
    let linked = "link b - a\ns 1 p 0644 0 0 0.000000000 b\n";
    let cases: &[(&str, &[&str], bool)] = &[
        ("nothing", &[], true),
        ("two files", &[root, &file("a"), &file("b")], true),
        ("not sorted", &[&file("b"), &file("a")], false),
        ("twice", &[&file("a"), &file("a")], false),
        ("in a file", &[&file("a"), &file("a/b")], false),
        (
            "removed from what is no directory",
            &[&delete("a", "p"), &delete("a/b", "p")],
            false,
        ),
        (
            "removed from a directory",
            &[&delete("a", "d"), &delete("a/b", "p")],
            true,
        ),
        (
            "two levels into a file",
            &[&file("a"), &file("a/b/c")],
            false,
        ),
        (
            "kept in what is removed",
            &[&delete("a", "d"), &file("a/b/c")],
            false,
        ),
        ("the root removed", &[&delete(".", "d")], false),
        ("upwards", &[&file("../a")], false),
        ("absolute", &[&file("/a")], false),
        ("no source", &["create a -\n"], false),
        (
            "another's entry",
            &["create a -\ns 0 p 0644 0 0 0.000000000 b\n"],
            false,
        ),
        (
            "too many words",
            &["create a - b c\ns 0 p 0644 0 0 0.000000000 a\n"],
            false,
        ),
        (
            "a leader of nothing",
            &["create a - b\ns 0 p 0644 0 0 0.000000000 a\n"],
            false,
        ),
        ("linked with nothing", &[linked], false),
        (
            "linked",
            &["create a -\ns 1 p 0644 0 0 0.000000000 a\n", linked],
            true,
        ),
        (
            "linked with another inode",
            &["create a -\ns 0 p 0644 0 0 0.000000000 a\n", linked],
            false,
        ),
        (
            "a number from nowhere",
            &["create a -\ns 2 p 0644 0 0 0.000000000 a\n"],
            false,
        ),
        (
            "wants what there is",
            &["create a -\ns 0 p 0644 0 0 0.000000000 a\nw p 0644 0 0 0.000000000 a\n"],
            false,
        ),
        (
            "wants what the target has",
            &[
                "metadata a -\ns 0 p 0644 1 0 0.000000000 a\nt 0 p 0600 0 0 0.000000000 a\n\
               w p 0600 1 0 0.000000000 a\n",
            ],
            true,
        ),
        (
            "wants what nobody has",
            &[
                "metadata a -\ns 0 p 0644 1 0 0.000000000 a\nt 0 p 0600 0 0 0.000000000 a\n\
               w p 4755 1 0 0.000000000 a\n",
            ],
            false,
        ),
        (
            "wants another owner of what is new",
            &["create a -\ns 0 p 0644 0 0 0.000000000 a\nw p 0644 9 0 0.000000000 a\n"],
            false,
        ),
        (
            "wants an attribute from nowhere",
            &["create a -\ns 0 p 0644 0 0 0.000000000 a\n\
               w p 0644 0 0 0.000000000 a user.x=eA==\n"],
            false,
        ),
        (
            "keeps a directory that becomes another's",
            &["keep . -\ns 0 d 0755 9 0 0.000000000 .\nt 0 d 0755 0 0 0.000000000 .\n"],
            false,
        ),
        (
            "wants something else",
            &["create a -\ns 0 p 0644 0 0 0.000000000 a\nw s 0600 0 0 0.000000000 a\n"],
            false,
        ),
        (
            "sides in another order",
            &["metadata a mode\nt 0 p 0644 0 0 0.000000000 a\ns 0 p 0600 0 0 0.000000000 a\n"],
            false,
        ),
    ];
    for (name, steps, is_good) in cases {
        let answer = read(&*lines(steps), "plan");
        assert_eq!(answer.is_ok(), *is_good, "{name}: {answer:?}");
    }
}

#[test]
fn the_example_in_the_definition_is_a_plan() {
    let definition = include_str!("../../../docs/plan-format.md");
    let lines = definition.lines();
    let lines = lines.map(|line| line.strip_prefix("    ").unwrap_or_default());
    let lines = lines.skip_while(|line| !line.starts_with("imgtool-plan"));
    let lines: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let text = lines.join("\n") + "\n";
    let plan = read(text.as_bytes(), "example").unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!((plan.steps.len(), plan.equal), (3, 23894));
}
