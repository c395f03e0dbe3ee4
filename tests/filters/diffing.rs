//! What a comparison under filters lists is what rsync then does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fixtures::random::Prng;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::diff::{Charset, Options, diff};
use libimage::error::ImageError as _;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};

use crate::list::List;
use crate::names;
use crate::rsync::{Desk, Names};
use crate::seeds::for_each_seed;
use crate::writer::PerDirectory;

/// How many lists are tried on one pair of trees.
const LISTS: usize = 3;

struct Pair {
    desk: Desk,
    specs: [TreeSpec; 2],
    places: [PathBuf; 2],
}

impl Pair {
    fn random(prng: &mut Prng, per_directory: PerDirectory) -> Self {
        let desk = Desk::new();
        let places = ["source", "target"].map(|name| desk.path(name));
        let mut specs = [30, 30].map(|size| names::tree(prng, size));
        for (spec, place) in specs.iter_mut().zip(&places) {
            List::add_to_tree(prng, spec, place, per_directory);
            // Their own times would be those of when they are made.
            spec.nodes.insert(0, Node::dir(""));
        }
        specs[0].create(&places[0], Privilege::User);
        Self {
            desk,
            specs,
            places,
        }
    }

    fn reset(&self) {
        std::fs::remove_dir_all(&self.places[1]).ok();
        self.specs[1].create(&self.places[1], Privilege::User);
    }

    /// The lines of rsync when it does it; nothing if it refuses the rules, or
    /// fails because something protected is in the way.
    fn expected(&self, list: &List, options: &[&str]) -> Option<Names> {
        self.reset();
        let [source, target] = &self.places;
        let mut all = vec!["-iHAXS", "--numeric-ids", "--force", "--no-inc-recursive"];
        all.extend(options);
        let lines = self.desk.tries(list, &all, [source, target])?;
        let lines = lines.split(|&byte| byte == b'\n');
        let is_line = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"cannot delete non-");
        Some(lines.filter(is_line).map(escaped).collect())
    }

    /// Those of libimage; the names that are blocked stand for a failure.
    fn found(&self, list: &List, delete: bool, excluded: bool) -> Option<(Names, bool)> {
        self.reset();
        let [source, target] = self.places.each_ref().map(Path::new);
        let filter = list.filter(excluded).ok()?.at(source, target);
        let mut options = Options::default();
        options.filter = Arc::new(filter);
        options.delete = delete;
        options.threads = 2;
        let open = |path| LiveTree::open(path, Want::All).expect("it was made");
        let outcome = match diff(&open(source), &open(target), &options, &Silent) {
            Ok(outcome) => outcome,
            Err(error) => {
                assert_ne!(error.kind(), libimage::error::ErrorKind::System, "{error}");
                return None;
            }
        };
        let lines = outcome.changes.iter();
        let lines = lines.filter_map(|change| change.itemize(Charset::Utf8));
        Some((lines.collect(), !outcome.blocked.is_empty()))
    }
}

/// The one byte among the names that is no text, as rsync shows it unless it is
/// told to show all bytes as they are.
fn escaped(line: &[u8]) -> Vec<u8> {
    let parts: Vec<_> = line.split(|&byte| byte == 0xff).collect();
    parts.join(&b"\\#377"[..])
}

fn judge(seed: u64, per_directory: PerDirectory) -> Option<String> {
    let mut prng = Prng::new(seed);
    let pair = Pair::random(&mut prng, per_directory);
    let [source, target] = &pair.places;
    for _ in 0..LISTS {
        let delete = prng.chance(80);
        let excluded = delete && prng.chance(30);
        let options: &[&str] = match (delete, excluded) {
            (false, _) => &[],
            (true, false) => &["--delete"],
            (true, true) => &["--delete", "--delete-excluded"],
        };
        let list = List::random(&mut prng, &pair.specs[1], &[source, target], per_directory);
        let wrong = |list: &List| {
            let (found, is_blocked) = pair.found(list, delete, excluded)?;
            let expected = pair.expected(list, options);
            match (expected, is_blocked) {
                // Where it fails, it has done some of it.
                (None, _) | (_, true) => None,
                (Some(expected), false) if expected == found => None,
                (Some(expected), false) => Some((expected, found)),
            }
        };
        if wrong(&list).is_some() {
            let list = list.reduced(|list| wrong(list).is_some());
            let (expected, found) = wrong(&list).unwrap_or_default();
            let show = |lines: BTreeSet<&Vec<u8>>| {
                let lines = lines
                    .into_iter()
                    .map(|line| line.escape_ascii().to_string());
                lines.collect::<Vec<_>>().join("\n    ")
            };
            return Some(format!(
                "  {options:?}\n{}  only rsync:\n    {}\n  only libimage:\n    {}\n{}",
                list.shown(),
                show(expected.difference(&found).collect()),
                show(found.difference(&expected).collect()),
                pair.specs.each_ref().map(names::shown_files).concat(),
            ));
        }
    }
    None
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn a_comparison_lists_what_rsync_does() {
    for_each_seed(|seed| judge(seed, PerDirectory::No));
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn a_comparison_by_rules_in_directories_lists_what_rsync_does() {
    for_each_seed(|seed| judge(seed, PerDirectory::Yes));
}
