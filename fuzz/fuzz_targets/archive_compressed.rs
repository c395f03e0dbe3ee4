//! An archive as it comes, its first bytes telling how it is compressed.
#![no_main]

use imgtool_fuzz::archive::{Kind, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check(&[bytes], Kind::Plain));
