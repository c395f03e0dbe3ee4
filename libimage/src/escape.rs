//! [`Escaped`]: bytes of an image made safe for a terminal, a log or a message; and
//! for a shell.

use std::fmt::{self, Write as _};

/// Shows bytes as text that cannot move a cursor, hide itself or end a line.
///
/// Printable UTF-8 stands as it is. Control characters (C0, DEL, C1),
/// bidirectional and other invisible format characters, line separators and
/// bytes that are not UTF-8 stand as `\xHH` a byte; a backslash as `\\`.
#[derive(Clone, Copy)]
pub struct Escaped<'a>(pub &'a [u8]);

/// Characters that change how others are shown, or are not shown themselves.
///
/// The bidirectional controls of Unicode Standard Annex 9 and the invisible
/// format characters beside them; see CVE-2021-42574 for why they matter.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Whether a character must not reach a terminal as it is: a control
/// character, or one that is invisible or changes how others are shown.
pub fn is_dangerous(character: char) -> bool {
    character.is_control() || is_invisible(character)
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character == '\\' {
                    f.write_str("\\\\")?;
                } else if is_dangerous(character) {
                    let mut buffer = [0; 4];
                    for byte in character.encode_utf8(&mut buffer).bytes() {
                        write!(f, "\\x{byte:02x}")?;
                    }
                } else {
                    f.write_char(character)?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

/// A word of a shell that stands for these bytes.
pub(crate) fn shell_word(bytes: &[u8]) -> Vec<u8> {
    let mut word = vec![b'\''];
    for &byte in bytes {
        match byte {
            b'\'' => word.extend_from_slice(b"'\\''"),
            _ => word.push(byte),
        }
    }
    word.push(b'\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_dangerous_is_left() {
        let cases: &[(&[u8], &str)] = &[
            (b"plain name", "plain name"),
            ("größe".as_bytes(), "größe"),
            (b"a\\b", "a\\\\b"),
            (b"\x1b[31mred", "\\x1b[31mred"),
            (b"line\nbreak\ttab\x7f", "line\\x0abreak\\x09tab\\x7f"),
            (b"\xff\xfe", "\\xff\\xfe"),
            ("c1\u{9b}".as_bytes(), "c1\\xc2\\x9b"),
            ("rtl\u{202e}txt".as_bytes(), "rtl\\xe2\\x80\\xaetxt"),
            ("ok\u{fe0f}".as_bytes(), "ok\u{fe0f}"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(&Escaped(bytes).to_string(), expected);
        }
    }
}
