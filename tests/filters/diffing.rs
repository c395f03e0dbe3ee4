//! What a comparison under filters lists is what rsync then does.

use std::collections::BTreeSet;
use std::sync::Arc;

use fixtures::random::Prng;
use fixtures::tree::Node;
use libimage::diff::{Charset, DiffError, Options, diff};
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};

use crate::attributes;
use crate::list::List;
use crate::pair::{Deletes, Pair};
use crate::rsync::Names;
use crate::seeds::for_each_seed;
use crate::writer::Sort;

/// Two trees with attributes.
fn pair(prng: &mut Prng, sort: Sort) -> Pair {
    Pair::random(prng, [30, 30], sort, |prng, specs| {
        for spec in specs {
            // Their own times would be those of when they are made.
            spec.nodes.insert(0, Node::dir(""));
            attributes::add_to_tree(prng, spec, sort);
        }
    })
}

/// The lines of rsync when it does it; nothing if it refuses the rules, or
/// fails because something protected is in the way.
fn expected(pair: &Pair, list: &List, deletes: Deletes, sort: Sort) -> Option<Names> {
    pair.reset();
    let [source, target] = &pair.places;
    let always = ["-iHAXS", "--numeric-ids", "--force", "--no-inc-recursive"];
    // When an ACL is an attribute, too, rsync looks at the one after it has
    // set the other.
    let dry: &[&str] = match sort {
        Sort::Xattrs => &["-n"],
        Sort::Plain | Sort::PerDirectory => &[],
    };
    let options = [&always, dry, deletes.options()].concat();
    let lines = pair.desk.tries(list, &options, [source, target])?;
    let lines = lines.split(|&byte| byte == b'\n');
    let is_line = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"cannot delete non-");
    Some(lines.filter(is_line).map(escaped).collect())
}

/// Those of libimage, and whether something is in the way; nothing if it
/// refuses the rules.
fn found(pair: &Pair, list: &List, deletes: Deletes) -> Option<(Names, bool)> {
    pair.reset();
    let [source, target] = &pair.places;
    let filter = list.filter(deletes == Deletes::Excluded).ok()?;
    let mut options = Options::default();
    options.filter = Arc::new(filter.at(source, target));
    options.delete = deletes != Deletes::Nothing;
    options.threads = 2;
    let open = |path| LiveTree::open(path, Want::All).expect("it was made");
    let outcome = match diff(&open(source), &open(target), &options, &Silent) {
        Ok(outcome) => outcome,
        Err(DiffError::Filter(_)) => return None,
        Err(error) => panic!("{error}"),
    };
    let lines = outcome.changes.iter();
    let lines = lines.filter_map(|change| change.itemize(Charset::Utf8));
    Some((lines.collect(), !outcome.blocked.is_empty()))
}

/// The one byte among the names that is no text, as rsync shows it unless it is
/// told to show all bytes as they are.
fn escaped(line: &[u8]) -> Vec<u8> {
    let parts: Vec<_> = line.split(|&byte| byte == 0xff).collect();
    parts.join(&b"\\#377"[..])
}

fn judge(seed: u64, sort: Sort) -> Option<String> {
    use Deletes::{Excluded, Extra, Nothing};
    let mut prng = Prng::new(seed);
    let pair = pair(&mut prng, sort);
    let deletes: &[_] = match sort {
        Sort::Plain | Sort::PerDirectory => &[Nothing, Extra, Extra, Excluded],
        // A dry run lists deletions that it then does not make.
        Sort::Xattrs => &[Nothing],
    };
    pair.disagreement(&mut prng, sort, deletes, |list, deletes| {
        let (found, is_blocked) = found(&pair, list, deletes)?;
        let expected = expected(&pair, list, deletes, sort);
        // Where it fails, it has done some of it.
        let expected = expected.filter(|expected| !is_blocked && *expected != found)?;
        let show = |lines: BTreeSet<&Vec<u8>>| {
            let lines = lines.into_iter();
            let lines = lines.map(|line| line.escape_ascii().to_string());
            lines.collect::<Vec<_>>().join("\n    ")
        };
        Some(format!(
            "  only rsync:\n    {}\n  only libimage:\n    {}\n",
            show(expected.difference(&found).collect()),
            show(found.difference(&expected).collect()),
        ))
    })
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn a_comparison_lists_what_rsync_does() {
    for_each_seed(|seed| judge(seed, Sort::Plain));
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn a_comparison_by_rules_in_directories_lists_what_rsync_does() {
    for_each_seed(|seed| judge(seed, Sort::PerDirectory));
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn a_comparison_by_rules_for_attributes_lists_what_rsync_would_do() {
    for_each_seed(|seed| judge(seed, Sort::Xattrs));
}
