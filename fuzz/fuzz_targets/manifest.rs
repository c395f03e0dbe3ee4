//! A manifest or a listing: refused, or exactly what would be written for its tree.
#![no_main]

use imgtool_fuzz::{manifest::seal, text, tree};
use libfuzzer_sys::fuzz_target;
use libimage::manifest::{self, Form};

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // Nobody hits the digests of a changed manifest by chance.
    let sealed = seal(bytes);
    if sealed != bytes {
        check(&sealed);
    }
});

fn check(bytes: &[u8]) {
    let (tree, read) = match manifest::read(bytes, "fuzz.manifest") {
        Ok(accepted) => accepted,
        Err(error) => {
            text::of_error(&error);
            return;
        }
    };
    assert!(manifest::is_manifest(bytes));
    assert!(seal(bytes) == bytes, "accepted with wrong digests");
    let (written, summary) = match read.form {
        Form::Manifest => tree::check(&tree),
        Form::Listing => tree::list(&tree),
    };
    assert!(written == bytes, "not the one way to write it");
    assert_eq!(summary, read);
    assert_eq!(
        tree::entries(tree.records()).len() as u64,
        read.counts.entries() + read.counts.mounts
    );
}
