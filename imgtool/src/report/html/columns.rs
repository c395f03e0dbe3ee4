//! Columns of numbers and texts as JSON, made while they are written.

use std::fmt::{self, Display};
use std::io::{self, Write};

use libimage::escape::Escaped;
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

/// A list that is made anew each time it is written.
pub(super) struct Column<F>(pub(super) F);

impl<F, I> Serialize for Column<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// One letter for each of many things, as a single text.
pub(super) struct Letters<F>(pub(super) F);

impl<F, I> Serialize for Letters<F>
where
    F: Fn() -> I,
    I: Iterator<Item = char>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<F, I> Display for Letters<F>
where
    F: Fn() -> I,
    I: Iterator<Item = char>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        (self.0)().try_for_each(|letter| f.write_char(letter))
    }
}

/// Numbers as how much each is more than the one before it: most are small
/// then.
pub(super) fn steps(numbers: impl Iterator<Item = usize>) -> impl Iterator<Item = i64> {
    numbers.scan(0, |last, number| {
        let number = i64::try_from(number).expect("memory holds fewer");
        let step = number - *last;
        *last = number;
        Some(step)
    })
}

/// Bytes of an image, as all reports show them.
pub(super) struct Name<'a>(pub(super) &'a [u8]);

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Escaped(self.0))
    }
}

/// Compact JSON for a `script` element: nothing in it ends the element or
/// begins a comment, for it has no `<`.
pub(super) struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut parts = fragment.split('<');
        out.write_all(parts.next().unwrap_or_default().as_bytes())?;
        parts.try_for_each(|part| {
            out.write_all(b"\\u003c")?;
            out.write_all(part.as_bytes())
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Serializer;

    use super::*;

    fn json(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        value
            .serialize(&mut Serializer::with_formatter(&mut out, Harmless))
            .expect("fits in memory");
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    #[test]
    fn names_neither_end_the_block_nor_pass_for_each_other() {
        let cases: &[(&[u8], &str)] = &[
            (b"plain", r#""plain""#),
            (b"</script><!--", r#""\u003c/script>\u003c!--""#),
            (b"<", r#""\u003c""#),
            (b"\"quoted\\", r#""\"quoted\\\\""#),
            (b"\n\x00\x1b", r#""\\x0a\\x00\\x1b""#),
            (
                "\u{2028}\u{202e}".as_bytes(),
                r#""\\xe2\\x80\\xa8\\xe2\\x80\\xae""#,
            ),
            (b"\xff", r#""\\xff""#),
            (br"\xff", r#""\\\\xff""#),
            ("\u{fffd}".as_bytes(), "\"\u{fffd}\""),
        ];
        for (bytes, expected) in cases {
            let written = json(&Name(bytes));
            assert_eq!(&written, expected);
            let back: String = serde_json::from_str(&written).expect("valid");
            assert_eq!(back, Escaped(bytes).to_string());
        }
    }

    #[test]
    fn columns_are_lists_and_letters_one_text() {
        assert_eq!(json(&Column(|| [3, 1].into_iter())), "[3,1]");
        assert_eq!(json(&Column(std::iter::empty::<u8>)), "[]");
        assert_eq!(json(&Letters(|| "ab<".chars())), r#""ab\u003c""#);
        let steps: Vec<_> = steps([0, 4, 4, 2].into_iter()).collect();
        assert_eq!(steps, [0, 4, 0, -2]);
    }
}
