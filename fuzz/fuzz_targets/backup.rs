//! A backup, as it is and with its digests put right: refused, or sound.
#![no_main]

use imgtool_fuzz::backup::{check, mend};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // Nobody hits its digests by chance.
    if let Some(mended) = mend(bytes) {
        check(&mended);
    }
});
