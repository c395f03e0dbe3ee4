//! [`texts`]: from the content of a file to the texts of its rules.

/// The texts in a file, each with the number of its line: its lines without
/// comments, or all its words. Some are empty.
pub(super) fn texts(content: &[u8], words: bool) -> impl Iterator<Item = (usize, &[u8])> {
    let is_end = move |byte: &u8| words && matches!(byte, b' ' | b'\t'..=b'\r');
    let is_comment = move |line: &[u8]| !words && matches!(line.first(), Some(b'#' | b';'));
    lines(content)
        .filter(move |(_, line)| !is_comment(line))
        .flat_map(move |(number, line)| line.split(is_end).map(move |text| (number, text)))
}

/// The lines of a file with their numbers: they end at `\n`, `\r` or `\r\n`.
fn lines(content: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut number = 0;
    let mut rest = content;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let end = rest.iter().position(is_end).unwrap_or(rest.len());
        let (line, end) = rest.split_at(end);
        rest = match end {
            [b'\r', b'\n', behind @ ..] | [_, behind @ ..] => behind,
            [] => end,
        };
        number += 1;
        Some((number, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways_and_words_at_blanks() {
        type Texts<'a> = &'a [(usize, &'a str)];
        let cases: &[(&str, bool, Texts<'_>)] = &[
            ("", false, &[]),
            ("a", false, &[(1, "a")]),
            ("a\n", false, &[(1, "a")]),
            (
                "a\nb\r\nc\rd",
                false,
                &[(1, "a"), (2, "b"), (3, "c"), (4, "d")],
            ),
            ("\n\n\r\r\n", false, &[(1, ""), (2, ""), (3, ""), (4, "")]),
            ("a\n\rb", false, &[(1, "a"), (2, ""), (3, "b")]),
            (" a b\t", false, &[(1, " a b\t")]),
            ("#a\n;b\n #c\nd#\n", false, &[(3, " #c"), (4, "d#")]),
            (
                "a b\tc\x0bd\x0ce\nf",
                true,
                &[(1, "a"), (1, "b"), (1, "c"), (1, "d"), (1, "e"), (2, "f")],
            ),
            (
                " a\r\n#b ;c",
                true,
                &[(1, ""), (1, "a"), (2, "#b"), (2, ";c")],
            ),
        ];
        for (content, words, expected) in cases {
            let expected: Vec<_> = expected
                .iter()
                .map(|(number, text)| (*number, text.as_bytes()))
                .collect();
            let found: Vec<_> = texts(content.as_bytes(), *words).collect();
            assert_eq!(found, expected, "{content:?} {words}");
        }
    }
}
