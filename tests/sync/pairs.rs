//! Random pairs of trees.

use std::fmt::Write as _;

use fixtures::random;
use fixtures::tree::Privilege;

use crate::exceptions::Known;
use crate::seeds::for_each_seed;
use crate::trees::{Question, Trees, Way};

fn judge(seed: u64) -> Option<String> {
    let question = Question::ALL[usize::try_from(seed % 5).expect("below 5")];
    let pair = random::pair(seed, 40, Privilege::Root);
    let trees = Trees::new(&pair.source, &pair.target);
    let known = Known {
        source: trees.snapshot("source"),
        before: trees.snapshot("in-place"),
        window: question.window,
        checksum: question.checksum,
        rules_for_attributes: false,
    };
    let rsync = trees.rsync(question);
    let mut wrong = String::new();
    for way in Way::ALL {
        let ours = trees.ours(way, &question.options());
        let differences = match &rsync {
            Some(rsync) => known.differences(rsync.clone(), ours),
            None => Vec::new(),
        };
        let left = trees.compared(way, &question.options());
        let left: Vec<_> = left.changes.iter().map(|change| &change.path).collect();
        if !differences.is_empty() || !left.is_empty() {
            let differences = differences.join("\n    ");
            let _ = write!(
                wrong,
                "  {way:?}\n  rsync and ours\n    {differences}\n  left {left:?}\n"
            );
        }
    }
    if wrong.is_empty() {
        return None;
    }
    let changes = pair.changes.join("\n    ");
    Some(format!("  {question:?}\n{wrong}  made by\n    {changes}\n"))
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn a_sync_leaves_what_rsync_leaves() {
    for_each_seed(judge);
}
