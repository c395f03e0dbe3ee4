//! The two lists of Base Command Manager: what a sync leaves is what two passes
//! of rsync leave.

use std::path::Path;
use std::sync::Arc;

use fixtures::random::{self, Prng};
use fixtures::snapshot::{EntryKind, Snapshot};
use fixtures::tree::Privilege;
use libimage::diff;
use libimage::filter::{Argument, BcmLists};

use crate::exceptions::Known;
use crate::list::List;
use crate::names;
use crate::seeds::for_each_seed;
use crate::stage::Stage;

/// How many lists are tried on one pair of trees.
const LISTS: usize = 2;

/// A rule, and whether it is in the second list.
type Rule = (Vec<u8>, bool);

fn list<'r>(rules: impl Iterator<Item = &'r Rule>) -> List {
    List {
        arguments: rules
            .map(|(rule, _)| Argument::Filter(rule.clone()))
            .collect(),
        files: std::collections::BTreeMap::new(),
        variable: Vec::new(),
    }
}

/// What the two passes leave.
fn expected(stage: &Stage, rules: &[Rule]) -> Option<Snapshot> {
    let always = ["-HAXS", "--numeric-ids", "--force", "--no-inc-recursive"];
    let second = list(rules.iter().filter(|(_, is_second)| *is_second));
    stage.rsync(&second, &[&always[..], &["--ignore-existing"]].concat())?;
    let [source, target] = &stage.places;
    let all = list(rules.iter());
    let how = [&always[..], &["--delete"]].concat();
    stage.desk.tries(&all, &how, [source, target])?;
    Some(Snapshot::of(target))
}

/// What two passes do that one does not.
impl Known {
    /// Whether the target has something else where the source has a directory:
    /// with `--ignore-existing` rsync keeps it, yet sets its time, and follows it
    /// if it is a symlink.
    fn is_gone_through(&self, all: &Snapshot) -> bool {
        self.before.entries.iter().any(|(name, before)| {
            let source = all.get(name);
            before.kind != EntryKind::Dir
                && source.is_some_and(|source| source.kind == EntryKind::Dir)
        })
    }

    /// The first pass does not see which inode the second will take a name for:
    /// names that are one in the source become two, and where what the target
    /// has counts as equal, a new name of it gets the content of the source. And
    /// the time of a directory that counts as equal is set if it is the second
    /// that changes something in there.
    fn in_one_pass(&self, mut rsync: Snapshot, ours: &Snapshot) -> Snapshot {
        for (name, entry) in &mut rsync.entries {
            let Some(ours) = ours.entries.get(name) else {
                continue;
            };
            // What other names its inode has is no concern of what is left alone.
            let Some(source) = self.source.get(name) else {
                entry.leader.clone_from(&ours.leader);
                continue;
            };
            if source.kind == EntryKind::Dir && self.is_equal_time(entry, source) {
                entry.mtime = ours.mtime;
            }
            let Some(leader) = &source.leader else {
                continue;
            };
            entry.leader.clone_from(&ours.leader);
            let mut names = self.source.entries.iter();
            let is_equal = names.any(|(name, entry)| {
                let before = self.before.get(name);
                entry.leader.as_ref() == Some(leader)
                    && before.is_some_and(|before| before.kind == ours.kind)
            });
            if is_equal {
                entry.kind = ours.kind.clone();
            }
        }
        rsync
    }
}

fn wrong(stage: &Stage, rules: &[Rule]) -> Option<String> {
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
    let mut options = diff::Options::default();
    options.filter = Arc::new(lists.all);
    options.new_files = Some(Arc::new(lists.no_new_files));
    let (ours, is_blocked) = stage.ours(&options).expect("readable");
    if is_blocked {
        return None;
    }
    let rsync = expected(stage, rules)?;
    let second = list(rules.iter().filter(|(_, is_second)| *is_second));
    let before = stage.before();
    let mut source = stage.sent(&list(rules.iter()))?;
    // What only the first list names is sent where there is nothing.
    let is_new = |name: &Vec<u8>| !before.entries.contains_key(name);
    let new = stage.sent(&second)?.entries.into_iter();
    source.entries.extend(new.filter(|(name, _)| is_new(name)));
    let known = Known {
        source,
        before,
        window: options.window,
        checksum: false,
        rules_for_attributes: false,
    };
    let all = Snapshot::of(&stage.places[0]);
    if known.is_gone_through(&all) {
        return None;
    }
    let (mut rsync, mut ours) = (rsync, ours);
    known.mend(&mut rsync, &mut ours);
    let rsync = known.in_one_pass(rsync, &ours);
    let differences = known.differences(rsync, ours);
    (!differences.is_empty()).then(|| format!("    {}\n", differences.join("\n    ")))
}

fn judge(seed: u64) -> Option<String> {
    let mut prng = Prng::new(seed);
    let pair = random::pair(seed, 40, Privilege::Root);
    let stage = Stage::empty().with([pair.source, pair.target]);
    (0..LISTS).find_map(|_| {
        let mut rules: Vec<Rule> = Vec::new();
        for _ in 0..=prng.below(6) {
            let spec = &stage.specs[usize::from(prng.chance(50))];
            let pattern = names::pattern(&mut prng, spec, None);
            // A line of a file, and a rule of the form that these lists have.
            let is_line = !pattern.is_empty() && !pattern.contains(&b'\n');
            if is_line && !pattern.contains(&b'\r') {
                rules.push(([b"- ".as_slice(), &pattern].concat(), prng.chance(50)));
            }
        }
        wrong(&stage, &rules)?;
        let mut at = 0;
        while at < rules.len() {
            let mut fewer = rules.clone();
            fewer.remove(at);
            if wrong(&stage, &fewer).is_some() {
                rules = fewer;
            } else {
                at += 1;
            }
        }
        let wrong = wrong(&stage, &rules).unwrap_or_default();
        let rules = rules.iter();
        let rules: Vec<_> = rules
            .map(|(rule, second)| (rule.escape_ascii().to_string(), *second))
            .collect();
        let changes = pair.changes.join("\n    ");
        Some(format!(
            "  {rules:?}\n  rsync and ours\n{wrong}  made by\n    {changes}\n"
        ))
    })
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn a_sync_by_two_lists_leaves_what_two_passes_leave() {
    for_each_seed(judge);
}
