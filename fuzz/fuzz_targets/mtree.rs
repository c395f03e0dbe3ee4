//! mtree files: what is read can be written, and is read the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use libimage::diff::{self, ModifyWindow};
use libimage::entry::{Respect, Respects};
use libimage::manifest::{BuildError, mtree};
use libimage::monitor::Silent;
use libimage::tree::{Tree as _, TreeError};

fuzz_target!(|bytes: &[u8]| {
    let Ok(tree) = mtree::read(bytes, "mtree") else {
        return;
    };
    let mut out = Vec::new();
    let written = match mtree::write(&tree, &mut out, false, 1, &Silent) {
        // A directory is marked `ignore`.
        Err(BuildError::Tree(TreeError::NotListed { .. })) => return,
        written => written.expect("a Vec takes all"),
    };
    assert!(mtree::is_mtree(&out));
    let again = mtree::read(&*out, "again").expect("ours");
    let mut options = diff::Options::default();
    options.window = ModifyWindow::Exact;
    options.threads = 1;
    let links = Respects::from(Respect::Links);
    assert_eq!(tree.respects() | links, again.respects() | links);
    let outcome = diff::diff(&tree, &again, &options, &Silent).expect("all is recorded");
    assert!(outcome.changes.is_empty(), "{outcome:?}");
    assert_eq!(outcome.totals.unchanged, written.counts.entries());
});
