//! A plain tar: what it holds, or why it is refused.
#![no_main]

use imgtool_fuzz::archive::{Kind, check};
use imgtool_fuzz::blocks;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| check(&[bytes], Kind::Plain));

fuzz_mutator!(
    |bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
        blocks::mutate(&mut bytes[..max_size], size, seed, |bytes, filled| {
            let room = bytes.len();
            fuzzer_mutate(bytes, filled, room)
        })
    }
);
