//! The page's Content Security Policy, Level 3 of the W3C's.

use std::fmt::{self, Display, Write as _};

use sha2::{Digest as _, Sha256};

/// The policy of a page with one style sheet and one script of its own: these
/// work, by their digests, and nothing else does or is loaded.
///
/// A nonce would have to be another for each page and could not be guessed
/// only by whoever did not read it; a digest names the very script.
pub(super) fn of(style: &str, script: &str) -> impl Display {
    struct Policy(String, String);
    impl Display for Policy {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let Self(style, script) = self;
            write!(
                f,
                "default-src 'none'; style-src '{style}'; script-src '{script}'; \
                 base-uri 'none'; form-action 'none'"
            )
        }
    }
    Policy(digest(style), digest(script))
}

fn digest(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text)))
}

/// Base 64 of RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            let letter = if place <= chunk.len() { letter } else { b'=' };
            text.write_char(letter.into()).expect("a string takes all");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_that_of_the_rfc() {
        // Its section 10.
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    #[test]
    fn a_digest_is_as_browsers_compute_it() {
        // The example of the standard's section on hashes.
        assert_eq!(
            digest("alert('Hello, world.');"),
            "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
        );
    }
}
