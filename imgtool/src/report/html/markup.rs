//! Texts in HTML and in links.

use std::fmt::{self, Display, Write};

/// Text that stands in HTML, or in a quoted attribute, as itself.
pub(super) struct Inert<T>(pub(super) T);

/// Text as a value in the fragment of a link.
pub(super) struct Fragment<T>(pub(super) T);

impl<T: Display> Display for Inert<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Guard(f, entity), "{}", self.0)
    }
}

impl<T: Display> Display for Fragment<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Guard(f, percent), "{}", self.0)
    }
}

/// Passes each character on through a function.
struct Guard<'a, 'f>(
    &'a mut fmt::Formatter<'f>,
    fn(&mut fmt::Formatter<'_>, char) -> fmt::Result,
);

impl Write for Guard<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Self(out, put) = self;
        text.chars().try_for_each(|character| put(out, character))
    }
}

fn entity(out: &mut fmt::Formatter<'_>, character: char) -> fmt::Result {
    match character {
        '<' => out.write_str("&lt;"),
        '>' => out.write_str("&gt;"),
        '&' => out.write_str("&amp;"),
        '"' => out.write_str("&quot;"),
        '\'' => out.write_str("&#39;"),
        other => out.write_char(other),
    }
}

/// As RFC 3986 wants it, and `+` as well, which forms read as a space.
fn percent(out: &mut fmt::Formatter<'_>, character: char) -> fmt::Result {
    if character.is_ascii_alphanumeric() || "-._~/".contains(character) {
        return out.write_char(character);
    }
    let mut bytes = [0; 4];
    for byte in character.encode_utf8(&mut bytes).bytes() {
        write!(out, "%{byte:02X}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_html_or_links_understand() {
        for (text, inert, fragment) in [
            ("usr/lib", "usr/lib", "usr/lib"),
            (
                "</script><b>",
                "&lt;/script&gt;&lt;b&gt;",
                "%3C/script%3E%3Cb%3E",
            ),
            ("\"'&amp;", "&quot;&#39;&amp;amp;", "%22%27%26amp%3B"),
            ("c++ #=", "c++ #=", "c%2B%2B%20%23%3D"),
            ("größe", "größe", "gr%C3%B6%C3%9Fe"),
            ("{{data}}", "{{data}}", "%7B%7Bdata%7D%7D"),
            ("", "", ""),
        ] {
            assert_eq!(Inert(text).to_string(), inert);
            assert_eq!(Fragment(text).to_string(), fragment);
        }
    }
}
