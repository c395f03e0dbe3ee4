//! Archives cut anywhere, and with any bit of them changed.

use fixtures::archive::TarBuilder;
use fixtures::compress::{Codec, compress};
use fixtures::random::Prng;

use super::super::Limits;
use super::read;

fn archive() -> Vec<u8> {
    TarBuilder::new()
        .pax(&[(b"mtime", b"1.5"), (b"SCHILY.xattr.user.a", b"value")])
        .file("name", "some text\n".repeat(60))
        .gnu_long_name("long".repeat(30))
        .symlink("long", "name")
        .finish()
}

#[test]
fn every_shorter_archive_is_refused() {
    for codec in Codec::ALL {
        let whole = compress(&archive(), codec);
        assert!(read(&whole, Limits::default()).is_ok(), "{codec:?}");
        for length in 0..whole.len() {
            let outcome = read(&whole[..length], Limits::default());
            assert!(outcome.is_err(), "{codec:?}, {length} bytes");
        }
    }
}

#[test]
fn a_changed_bit_never_changes_the_content() {
    let (content, summary) = read(&archive(), Limits::default()).expect("it is whole");
    for codec in [Codec::Gzip, Codec::Zstd, Codec::Xz, Codec::Bzip2] {
        let whole = compress(&archive(), codec);
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // Some bits of the headers say nothing about the content: gzip's
            // time and operating system, the size of a window.
            if let Ok((seen, other)) = read(&damaged, Limits::default()) {
                assert_eq!(seen, content, "{codec:?}, bit {bit}");
                assert_ne!(other.digest, summary.digest);
            }
        }
    }
}

#[test]
fn changed_tars_are_read_or_refused() {
    let whole = archive();
    let mut prng = Prng::new(1);
    let mut refused = 0;
    for _ in 0..2000 {
        let mut damaged = whole.clone();
        for _ in 0..=prng.below(3) {
            let place = prng.below(damaged.len());
            damaged[place] = u8::try_from(prng.below(256)).expect("a byte");
        }
        // The headers' checksums made right again, so that what they hold counts.
        for start in (0..damaged.len()).step_by(512) {
            if whole[start + 257..].starts_with(b"ustar") {
                damaged[start + 148..start + 156].fill(b' ');
                let sum: u32 = damaged[start..start + 512]
                    .iter()
                    .map(|&b| u32::from(b))
                    .sum();
                let field = format!("{sum:06o}\0 ");
                damaged[start + 148..start + 156].copy_from_slice(field.as_bytes());
            }
        }
        refused += usize::from(read(&damaged, Limits::default()).is_err());
    }
    assert!((1..2000).contains(&refused));
}
