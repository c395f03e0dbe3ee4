//! Where libimage doesn't say what a dry run of rsync says: the proof of every
//! exception that the other tests make.

use std::path::Path;

use fixtures::tree::Node;

use crate::pairs::Pair;
use crate::rsync::{self, Question, shown};

/// The lines of rsync when it makes `target` what `source` is.
fn run_for_real(source: &Path, target: &Path) -> Vec<Vec<u8>> {
    rsync::run(source, target, Question::PLAIN, &[])
}

/// A case in which rsync contradicts itself.
struct Contradiction {
    source: Vec<Node>,
    target: Vec<Node>,
    /// Lines of the dry run that the real one doesn't have.
    dry: Vec<&'static str>,
    /// Lines of the real run that the dry one doesn't have.
    real: Vec<&'static str>,
}

impl Contradiction {
    /// Has rsync prove it; gives libimage's lines and those of the real run.
    fn prove(&self) -> (Pair, Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let pair = Pair::of(&self.source, &self.target);
        let [source, target] = pair.live();
        let ours = rsync::ours(&source, &target, Question::PLAIN, 1);
        let dry = rsync::rsyncs(&pair.source, &pair.target, Question::PLAIN);
        // What the real run does must not be what the comparison sees.
        let copy = Pair::of(&self.source, &self.target);
        let real = run_for_real(&copy.source, &copy.target);
        let but_for = |lines: &[Vec<u8>], others: &[Vec<u8>]| -> Vec<String> {
            let mut rest = others.to_vec();
            let mut only = Vec::new();
            for line in lines {
                match rest.iter().position(|other| other == line) {
                    Some(at) => drop(rest.remove(at)),
                    None => only.push(line.escape_ascii().to_string()),
                }
            }
            only
        };
        assert_eq!(but_for(&dry, &real), self.dry);
        assert_eq!(but_for(&real, &dry), self.real);
        (pair, ours, real)
    }
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn a_dry_run_looks_for_leaders_through_symlinks() {
    let null = |path: &str| Node::char_device(path, 1, 3);
    let (pair, ours, real) = Contradiction {
        source: vec![
            Node::dir("d"),
            null("d/a"),
            Node::dir("e"),
            Node::hard_link("e/b", "d/a"),
        ],
        // Through d, d/a is e/a, which e/b is linked with already.
        target: vec![
            Node::symlink("d", "e"),
            Node::dir("e"),
            null("e/a"),
            Node::hard_link("e/b", "e/a"),
        ],
        dry: vec![],
        real: vec!["hD          e/b => d/a"],
    }
    .prove();
    let found = pair.compare(&real, &ours);
    assert!(found.is_empty(), "{}", shown(&found));
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn a_dry_run_fails_where_a_leader_has_no_directory_yet() {
    let cases = [
        (Node::symlink("d", "d"), "Too many levels of symbolic links"),
        (Node::fifo("d"), "Not a directory"),
    ];
    for (in_the_way, complaint) in cases {
        let null = |path: &str| Node::char_device(path, 1, 3);
        let source_nodes = [
            Node::dir("d"),
            null("d/a"),
            Node::dir("e"),
            Node::hard_link("e/b", "d/a"),
        ];
        let target_nodes = [in_the_way, Node::dir("e"), null("e/b")];
        let pair = Pair::of(&source_nodes, &target_nodes);
        let dry = rsync::rsyncs(&pair.source, &pair.target, Question::PLAIN);
        let complains = |line: &Vec<u8>| String::from_utf8_lossy(line).contains(complaint);
        assert!(dry.iter().any(complains), "{complaint}");
        let [source, target] = pair.live();
        let ours = rsync::ours(&source, &target, Question::PLAIN, 1);
        let copy = Pair::of(&source_nodes, &target_nodes);
        let real = run_for_real(&copy.source, &copy.target);
        let found = pair.compare(&real, &ours);
        assert!(found.is_empty(), "{}", shown(&found));
        // So that the other tests may ask this way.
        let found = pair.compare(&pair.expected(Question::PLAIN), &ours);
        assert!(found.is_empty(), "{}", shown(&found));
    }
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn a_dry_run_lists_twice_what_gives_way_and_compares_it() {
    let (pair, ours, real) = Contradiction {
        source: vec![Node::file("a", "x"), Node::hard_link("b", "a")],
        target: vec![Node::dir("a"), Node::fifo("a/p"), Node::file("b", "x")],
        dry: vec!["*deleting   a/p", "hf.s.p..... a => b"],
        real: vec!["hf+++++++++ a => b"],
    }
    .prove();
    let found = pair.compare(&real, &ours);
    assert!(found.is_empty(), "{}", shown(&found));
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn a_dry_run_takes_names_for_linked_that_will_be_gone() {
    let linked = |first: Node, others: &[&str]| {
        let path = first.path.clone();
        let others = others.iter().map(|name| Node::hard_link(*name, &*path));
        std::iter::once(first.clone()).chain(others).collect()
    };
    let (pair, ours, real) = Contradiction {
        source: linked(Node::fifo("a"), &["b", "c"]),
        target: linked(Node::file("a", ""), &["b"]),
        dry: vec![],
        real: vec!["hS          b => a"],
    }
    .prove();
    let found = pair.compare(&real, &ours);
    assert!(found.is_empty(), "{}", shown(&found));
    // So that the other tests may ask this way.
    let found = pair.compare(&pair.expected(Question::PLAIN), &ours);
    assert!(found.is_empty(), "{}", shown(&found));
}

/// What rsync passes on is decided by iconv; that of glibc 2.36 takes four
/// bytes past U+10FFFF for a character. To libimage they are no UTF-8.
#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn what_is_past_unicode_is_escaped_all_the_same() {
    let pair = Pair::of(&[Node::file(b"\xf4\x90\x80\x80", "")], &[]);
    let [source, target] = pair.live();
    let ours = rsync::ours(&source, &target, Question::PLAIN, 1);
    assert_eq!(ours, [b">f+++++++++ \\#364\\#220\\#200\\#200"]);
    let theirs = rsync::rsyncs(&pair.source, &pair.target, Question::PLAIN);
    assert_eq!(theirs, [b">f+++++++++ \xf4\x90\x80\x80"]);
}

/// `user.rsync.%…` is where rsync keeps what it may not set (`--fake-super`);
/// it takes no notice of them unless `-X` is given twice. A tree has them all
/// the same, and its digest too.
#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn attributes_of_rsync_are_attributes() {
    let node = || Node::file("a", "");
    let pair = Pair::of(
        &[node().xattr("user.rsync.%stat", "100644 0,0 0:0")],
        &[node()],
    );
    let [source, target] = pair.live();
    let ours = rsync::ours(&source, &target, Question::PLAIN, 1);
    assert_eq!(ours, [b".f........x a"]);
    let theirs = rsync::rsyncs(&pair.source, &pair.target, Question::PLAIN);
    assert!(theirs.is_empty(), "rsync notices them now");
}
