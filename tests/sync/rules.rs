//! Random pairs of trees under random lists of rules: what a sync leaves is
//! what rsync leaves under the same list.

use std::sync::Arc;

use fixtures::random::{self, Prng};
use fixtures::tree::Privilege;
use libimage::diff::{self, DiffError};
use libimage::filter::Argument;

use crate::attributes;
use crate::exceptions::Known;
use crate::list::List;
use crate::seeds::for_each_seed;
use crate::stage::Stage;
use crate::writer::Sort;

/// How many lists are tried on one pair of trees.
const LISTS: usize = 2;

/// What is deleted from the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deletes {
    Nothing,
    Extra,
    /// What is extra, and what is excluded as well.
    Excluded,
}

impl Deletes {
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::Extra => &["--delete"],
            Self::Excluded => &["--delete", "--delete-excluded"],
        }
    }
}

/// In what the two differ; nothing where one refuses the rules, or something
/// protected is in the way, by which rsync fails with some of it done.
fn wrong(stage: &Stage, list: &List, deletes: Deletes) -> Option<String> {
    let filter = list.filter(deletes == Deletes::Excluded).ok()?;
    let mut options = diff::Options::default();
    let [source, target] = &stage.places;
    options.filter = Arc::new(filter.at(source, target));
    options.delete = deletes != Deletes::Nothing;
    let (ours, is_blocked) = match stage.ours(&options) {
        Ok(answer) => answer,
        Err(DiffError::Filter(_)) => return None,
        Err(error) => panic!("{error}"),
    };
    if is_blocked {
        return None;
    }
    let always = ["-HAXS", "--numeric-ids", "--force", "--no-inc-recursive"];
    let how = [&always, deletes.options()].concat();
    let rsync = stage.rsync(list, &how)?;
    let known = Known {
        source: stage.sent(list)?,
        before: stage.before(),
        window: options.window,
        checksum: false,
        rules_for_attributes: has_rules_for_attributes(list),
    };
    let differences = known.differences(rsync, ours);
    (!differences.is_empty()).then(|| format!("    {}\n", differences.join("\n    ")))
}

/// The rules by their long names.
const WORDS: [&[u8]; 8] = [
    b"exclude",
    b"include",
    b"hide",
    b"show",
    b"protect",
    b"risk",
    b"dir-merge",
    b"merge",
];

/// Whether any rule, in whatever file, has the modifier `x`.
fn has_rules_for_attributes(list: &List) -> bool {
    let has_one = |rule: &[u8]| {
        let mut bare = WORDS.iter().filter_map(|word| rule.strip_prefix(*word));
        let modifiers = bare.next().unwrap_or(rule);
        let modifiers = modifiers.split(|byte| matches!(byte, b' ' | b'_')).next();
        modifiers.is_some_and(|modifiers| modifiers.contains(&b'x'))
    };
    let mut rules = list.arguments.iter().filter_map(|argument| match argument {
        Argument::Filter(rule) => Some(&rule[..]),
        _ => None,
    });
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let mut lines = list.files.values().flat_map(|text| text.split(ends));
    rules.any(has_one) || lines.any(has_one)
}

fn judge(seed: u64, sort: Sort) -> Option<String> {
    use Deletes::{Excluded, Extra, Nothing};
    let mut prng = Prng::new(seed);
    let pair = random::pair(seed, 40, Privilege::Root);
    let mut specs = [pair.source, pair.target];
    let stage = Stage::empty();
    for (index, spec) in specs.iter_mut().enumerate() {
        List::add_to_tree(&mut prng, spec, &stage.places[index], sort, index == 0);
        attributes::add_to_tree(&mut prng, spec, Sort::Plain);
    }
    let stage = stage.with(specs);
    let places = stage.places.each_ref().map(|place| &**place);
    (0..LISTS).find_map(|_| {
        let deletes = *prng.pick(&[Nothing, Extra, Extra, Excluded]);
        let list = List::random(&mut prng, &stage.specs[1], &places, sort);
        wrong(&stage, &list, deletes)?;
        let list = list.reduced(|list| wrong(&stage, list, deletes).is_some());
        let wrong = wrong(&stage, &list, deletes).unwrap_or_default();
        let changes = pair.changes.join("\n    ");
        Some(format!(
            "  deletes {deletes:?}\n{}  rsync and ours\n{wrong}  made by\n    {changes}\n",
            list.shown()
        ))
    })
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn a_sync_under_rules_leaves_what_rsync_leaves() {
    for_each_seed(|seed| judge(seed, Sort::Plain));
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn a_sync_by_rules_in_directories_leaves_what_rsync_leaves() {
    for_each_seed(|seed| judge(seed, Sort::PerDirectory));
}
