//! [`Json`]: objects for scripts, one a line.

use std::io::{self, Write};

use libimage::escape::is_dangerous;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Where objects go.
pub(crate) struct Json<'a> {
    pub(super) out: &'a mut dyn Write,
}

impl Json<'_> {
    /// Writes one object.
    pub(super) fn object(&mut self, object: &impl Serialize) -> io::Result<()> {
        object.serialize(&mut Serializer::with_formatter(&mut *self.out, Harmless))?;
        self.out.write_all(b"\n")
    }
}

/// Compact JSON that is safe to show on a terminal: what [`is_dangerous`]
/// stands as `\uXXXX`, which any reader of JSON turns back into itself.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_dangerous) {
            let (safe, tail) = rest.split_at(at);
            out.write_all(safe.as_bytes())?;
            let character = tail.chars().next().expect("one was found");
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &tail[character.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_harmless_and_come_back() {
        let cases = [
            ("plain größe", r#""plain größe""#),
            ("\x1b[31m\n\"\\", r#""\u001b[31m\n\"\\""#),
            ("del\x7f c1\u{9b}", r#""del\u007f c1\u009b""#),
            ("rtl\u{202e}txt", r#""rtl\u202etxt""#),
            ("tag\u{e0041}", r#""tag\udb40\udc41""#),
        ];
        for (text, expected) in cases {
            let mut out = Vec::new();
            Json { out: &mut out }
                .object(&text)
                .expect("fits in memory");
            let line = String::from_utf8(out).expect("JSON is UTF-8");
            assert_eq!(line.trim_end_matches('\n'), expected);
            let back: String = serde_json::from_str(&line).expect("valid");
            assert_eq!(back, text);
        }
    }
}
