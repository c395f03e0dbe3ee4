//! mtree files: what is read can be written, and is read the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use libimage::diff::{self, ModifyWindow};
use libimage::manifest::mtree;
use libimage::monitor::Silent;

fuzz_target!(|bytes: &[u8]| {
    let Ok(tree) = mtree::read(bytes, "mtree") else {
        return;
    };
    let mut out = Vec::new();
    let written = mtree::write(&tree, &mut out, false, 1, &Silent).expect("a Vec takes all");
    assert!(mtree::is_mtree(&out));
    let again = mtree::read(&*out, "again").expect("ours");
    let mut options = diff::Options::default();
    options.window = ModifyWindow::Exact;
    options.threads = 1;
    // What was not said is written as zero.
    let outcome = diff::diff(&tree, &again, &options, &Silent).expect("all is recorded");
    assert!(outcome.changes.is_empty(), "{outcome:?}");
    assert_eq!(outcome.totals.unchanged, written.counts.entries());
});
