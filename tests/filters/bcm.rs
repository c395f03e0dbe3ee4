//! The two lists of Base Command Manager, held against two passes of rsync.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use fixtures::random::Prng;
use fixtures::snapshot::{EntryKind, Snapshot};
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::diff::{Action, Options, diff};
use libimage::filter::BcmLists;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};

use crate::names;
use crate::rsync::{Desk, Names};
use crate::seeds::for_each_seed;

/// How many lists are tried on one pair of trees.
const LISTS: usize = 3;

/// A rule, and whether it is in the second list.
type Rule = (Vec<u8>, bool);

struct Pair {
    _desk: Desk,
    specs: [TreeSpec; 2],
    places: [PathBuf; 2],
}

impl Pair {
    fn random(prng: &mut Prng) -> Self {
        let desk = Desk::new();
        let places = ["source", "target"].map(|name| desk.path(name));
        let mut specs = [30, 30].map(|size| names::tree(prng, size));
        for spec in &mut specs {
            // Their own times would be those of when they are made.
            spec.nodes.insert(0, Node::dir(""));
        }
        // Where one has a directory and the other has none, rsync may fail
        // because of what is protected, and has done some of it then.
        let directories = |spec: &TreeSpec| -> Vec<Vec<u8>> {
            let directories = spec.nodes.iter().filter(|node| node.is_dir());
            directories.map(|node| node.path.clone()).collect()
        };
        let [source, target] = specs.each_ref().map(directories);
        specs[0]
            .nodes
            .retain(|node| node.is_dir() || !target.contains(&node.path));
        specs[1]
            .nodes
            .retain(|node| node.is_dir() || !source.contains(&node.path));
        specs[0].create(&places[0], Privilege::User);
        Self {
            _desk: desk,
            specs,
            places,
        }
    }

    fn reset(&self) {
        std::fs::remove_dir_all(&self.places[1]).ok();
        self.specs[1].create(&self.places[1], Privilege::User);
    }

    fn pass(&self, rules: &[&Rule], options: &[&str]) {
        use std::os::unix::ffi::OsStringExt as _;
        let filters = rules.iter().map(|(rule, _)| {
            std::ffi::OsString::from_vec([b"--filter=".as_slice(), rule].concat())
        });
        let output = Command::new("rsync")
            .args(["-aHAXS", "--numeric-ids", "--force"])
            .args(options)
            .args(filters)
            .args(self.places.each_ref().map(|place| place.join("")))
            .output()
            .expect("rsync is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{rules:?}: {said}");
    }

    /// The names that are others after both passes. A directory's time is
    /// another after anything in it is.
    fn expected(&self, rules: &[Rule]) -> Names {
        self.reset();
        let before = Snapshot::of(&self.places[1]).entries;
        let second: Vec<_> = rules.iter().filter(|(_, is_second)| *is_second).collect();
        self.pass(&second, &["--ignore-existing"]);
        self.pass(&rules.iter().collect::<Vec<_>>(), &["--delete"]);
        let after = Snapshot::of(&self.places[1]).entries;
        let names = before.keys().chain(after.keys());
        names
            .filter(|name| {
                let kinds = [before.get(*name), after.get(*name)];
                let directories = kinds
                    .map(|entry| entry.is_some_and(|entry| matches!(entry.kind, EntryKind::Dir)));
                before.get(*name) != after.get(*name) && directories != [true, true]
            })
            .cloned()
            .collect()
    }

    fn found(&self, rules: &[Rule]) -> Names {
        self.reset();
        let mut text = Vec::new();
        for (rule, is_second) in rules {
            if *is_second {
                text.extend_from_slice(b"no-new-files: ");
            }
            text.extend_from_slice(rule);
            text.push(b'\n');
        }
        let lists = BcmLists::parse(&text, Path::new("list"), &mut |_| {
            unreachable!("no file is merged")
        });
        let lists = lists.expect("such are rules");
        let mut options = Options::default();
        options.filter = Arc::new(lists.all);
        options.new_files = Some(Arc::new(lists.no_new_files));
        options.threads = 2;
        let open = |path: &Path| LiveTree::open(path, Want::All).expect("it was made");
        let [source, target] = self.places.each_ref().map(|place| open(place));
        let outcome = diff(&source, &target, &options, &Silent).expect("readable");
        assert!(outcome.blocked.is_empty(), "{:?}", outcome.blocked);
        outcome
            .changes
            .iter()
            .filter(|change| change.action != Action::Metadata)
            .map(|change| change.path.as_bytes().to_vec())
            .collect()
    }
}

fn judge(seed: u64) -> Option<String> {
    let mut prng = Prng::new(seed);
    let pair = Pair::random(&mut prng);
    for _ in 0..LISTS {
        let mut rules = Vec::new();
        for _ in 0..=prng.below(6) {
            let spec = &pair.specs[usize::from(prng.chance(50))];
            let pattern = names::pattern(&mut prng, spec, None);
            // A line of a file, and a rule of the form that these lists have.
            let is_line = !pattern.is_empty() && !pattern.contains(&b'\n');
            if is_line && !pattern.ends_with(b"\r") {
                rules.push(([b"- ".as_slice(), &pattern].concat(), prng.chance(50)));
            }
        }
        let (expected, found) = (pair.expected(&rules), pair.found(&rules));
        if expected != found {
            let show = |names: Vec<&Vec<u8>>| {
                let names = names
                    .into_iter()
                    .map(|name| name.escape_ascii().to_string());
                names.collect::<Vec<_>>().join(", ")
            };
            let rules: Vec<_> = rules
                .iter()
                .map(|(rule, second)| (rule.escape_ascii().to_string(), *second))
                .collect();
            return Some(format!(
                "  {rules:?}\n  only rsync: {}\n  only libimage: {}\n",
                show(expected.difference(&found).collect()),
                show(found.difference(&expected).collect()),
            ));
        }
    }
    None
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn two_lists_mean_what_two_passes_do() {
    for_each_seed(judge);
}
