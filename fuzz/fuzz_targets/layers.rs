//! Layers of a container image over each other, with their whiteouts.
#![no_main]

use imgtool_fuzz::archive::{Kind, check};
use imgtool_fuzz::{blocks, layers};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| {
    let layers = layers::split(bytes);
    let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
    check(&layers, Kind::Layer);
});

fuzz_mutator!(
    |bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
        blocks::mutate(&mut bytes[..max_size], size, seed, |bytes, filled| {
            let room = bytes.len();
            fuzzer_mutate(bytes, filled, room)
        })
    }
);
