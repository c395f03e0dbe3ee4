//! [`unified`]: two texts as the lines that patch(1) takes.
//!
//! The format is that of diff(1), `-u`, described in "Detailed Description of
//! Unified Format" of the GNU diffutils manual; names are quoted as git and GNU
//! patch do it.

use std::io::Write as _;
use std::ops::Range;

use imara_diff::sources::byte_lines;
use imara_diff::{Algorithm, Diff, Hunk, InternedInput, Token};

use crate::path::ImagePath;

/// Why writing to a `Vec` cannot fail.
const INFALLIBLE: &str = "a Vec takes everything";

/// The largest product of the numbers of lines that are compared: comparing
/// takes as many steps if lines are of few sorts, 2 seconds for so many.
const MOST_STEPS: usize = 1_000_000_000;

/// What leads from an old text to a new one; nothing stands for a file that is
/// not there. Answers nothing where that would take too long.
pub(super) fn unified(
    path: &ImagePath,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    context: u32,
) -> Option<Vec<u8>> {
    let texts = (old.unwrap_or_default(), new.unwrap_or_default());
    let input = InternedInput::new(byte_lines(texts.0), byte_lines(texts.1));
    if steps(&input.before, &input.after) > MOST_STEPS {
        return None;
    }
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let mut out = Vec::new();
    for (sign, prefix, side) in [("---", "a/", old), ("+++", "b/", new)] {
        out.extend_from_slice(sign.as_bytes());
        out.push(b' ');
        match side {
            Some(_) => put_name(prefix, path, &mut out),
            None => out.extend_from_slice(b"/dev/null"),
        }
        out.push(b'\n');
    }
    let lines = Lines {
        old: input
            .before
            .iter()
            .map(|&token| input.interner[token])
            .collect(),
        new: input
            .after
            .iter()
            .map(|&token| input.interner[token])
            .collect(),
    };
    let hunks: Vec<Hunk> = diff.hunks().collect();
    // Hunks whose context would touch are one.
    for group in
        hunks.chunk_by(|one, two| two.before.start - one.before.end <= context.saturating_mul(2))
    {
        lines.put(group, context, &mut out);
    }
    Some(out)
}

/// How long a comparison may take: what both begin and end with costs nothing.
fn steps(old: &[Token], new: &[Token]) -> usize {
    let differs = |(one, two): (&Token, &Token)| one != two;
    let shorter = old.len().min(new.len());
    let start = old.iter().zip(new).position(differs).unwrap_or(shorter);
    let (old, new) = (&old[start..], &new[start..]);
    let shorter = old.len().min(new.len());
    let from_end = old.iter().rev().zip(new.iter().rev());
    let end = { from_end }.position(differs).unwrap_or(shorter);
    (old.len() - end).saturating_mul(new.len() - end)
}

struct Lines<'t> {
    old: Vec<&'t [u8]>,
    new: Vec<&'t [u8]>,
}

impl Lines<'_> {
    fn put(&self, group: &[Hunk], context: u32, out: &mut Vec<u8>) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            return;
        };
        let length = u32::try_from(self.old.len()).expect("files are bounded");
        let before = context.min(first.before.start);
        let after = context.min(length - last.before.end);
        let old = first.before.start - before..last.before.end + after;
        let new = first.after.start - before..last.after.end + after;
        let (from, to) = (range(&old), range(&new));
        writeln!(out, "@@ -{from} +{to} @@").expect(INFALLIBLE);
        let mut at = old.start;
        for hunk in group {
            put_lines(b' ', lines(&self.old, at..hunk.before.start), out);
            put_lines(b'-', lines(&self.old, hunk.before.clone()), out);
            put_lines(b'+', lines(&self.new, hunk.after.clone()), out);
            at = hunk.before.end;
        }
        put_lines(b' ', lines(&self.old, at..old.end), out);
    }
}

fn lines<'l, 't>(all: &'l [&'t [u8]], range: Range<u32>) -> &'l [&'t [u8]] {
    &all[range.start as usize..range.end as usize]
}

/// A range of lines, counted from 1; of an empty one the line before it.
fn range(lines: &Range<u32>) -> String {
    match lines.end - lines.start {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

fn put_lines(sign: u8, lines: &[&[u8]], out: &mut Vec<u8>) {
    for line in lines {
        out.push(sign);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

/// A name, quoted as a string of C where anything else would be misread.
fn put_name(prefix: &str, path: &ImagePath, out: &mut Vec<u8>) {
    let name = path.as_bytes();
    let is_odd = |&byte: &u8| !(0x20..0x7f).contains(&byte) || matches!(byte, b'"' | b'\\');
    if !name.iter().any(|byte| is_odd(byte) || *byte == b' ') {
        out.extend_from_slice(prefix.as_bytes());
        out.extend_from_slice(name);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(prefix.as_bytes());
    for byte in name {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            byte if is_odd(byte) => write!(out, "\\{byte:03o}").expect(INFALLIBLE),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(old: Option<&str>, new: Option<&str>) -> String {
        let path = ImagePath::new(*b"etc/hosts").expect("valid");
        let bytes = unified(&path, old.map(str::as_bytes), new.map(str::as_bytes), 1);
        String::from_utf8(bytes.expect("short")).expect("of text")
    }

    #[test]
    fn hunks_have_context_and_are_joined_where_it_touches() {
        assert_eq!(
            text(
                Some("1\n2\n3\n4\n5\n6\n7\n8\n"),
                Some("1\n2\nx\n4\n5\ny\n7\n8\n")
            ),
            "--- a/etc/hosts\n+++ b/etc/hosts\n\
             @@ -2,6 +2,6 @@\n 2\n-3\n+x\n 4\n 5\n-6\n+y\n 7\n"
        );
        assert_eq!(
            text(Some("1\n2\n3\n4\n5\n6\n"), Some("0\n1\n2\n3\n4\n5\n")),
            "--- a/etc/hosts\n+++ b/etc/hosts\n\
             @@ -1 +1,2 @@\n+0\n 1\n@@ -5,2 +6 @@\n 5\n-6\n"
        );
    }

    #[test]
    fn ends_without_a_newline_and_missing_files_are_told() {
        assert_eq!(
            text(Some("1"), Some("1\n")),
            "--- a/etc/hosts\n+++ b/etc/hosts\n\
             @@ -1 +1 @@\n-1\n\\ No newline at end of file\n+1\n"
        );
        assert_eq!(
            text(None, Some("1\n")),
            "--- /dev/null\n+++ b/etc/hosts\n@@ -0,0 +1 @@\n+1\n"
        );
        assert_eq!(
            text(Some("1\n"), None),
            "--- a/etc/hosts\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
        );
    }

    #[test]
    fn many_lines_of_few_sorts_are_not_compared() {
        let path = ImagePath::new(*b"etc/hosts").expect("valid");
        let is_compared = |[old, new]: [&str; 2]| {
            let text = unified(&path, Some(old.as_bytes()), Some(new.as_bytes()), 3);
            text.is_some()
        };
        let [one, two] = ["a\nb\n", "b\na\na\n"].map(|lines| lines.repeat(20_000));
        assert!(!is_compared([&one, &two]));
        // However long, what is the same in both takes no time.
        for more in [["x\n", ""], ["", "x\n"]] {
            let [before, behind] = more;
            assert!(is_compared([&one, &[before, &*one, behind].concat()]));
        }
        let middle = [&*one, "x\n", &*one].concat();
        assert!(is_compared([&middle, &[&*one, "y\nz\n", &*one].concat()]));
    }

    #[test]
    fn odd_names_are_quoted() {
        for (name, expected) in [
            ("plain", "a/plain"),
            ("a b", r#""a/a b""#),
            ("q\"\\", r#""a/q\"\\""#),
            ("tab\té", r#""a/tab\011\303\251""#),
        ] {
            let mut out = Vec::new();
            put_name(
                "a/",
                &ImagePath::new(name.as_bytes()).expect("valid"),
                &mut out,
            );
            assert_eq!(String::from_utf8(out).expect("ASCII"), expected);
        }
    }
}
