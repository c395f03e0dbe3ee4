//! A backup whose parts need not fit: a tar, where it is cut, and a manifest.
#![no_main]

use imgtool_fuzz::backup::{check, disassemble};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(backup) = disassemble(bytes) {
        check(&backup);
    }
});
