//! [`OsRelease`]: the fields of os-release(5).

use std::collections::BTreeMap;

use super::reach::{file, read_head};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

/// More than any `os-release` has; what follows is not read.
const MOST_BYTES: usize = 64 * 1024;

/// More bytes than any value has; the rest of a longer one is dropped, so that no
/// message grows with it.
const MOST_VALUE: usize = 256;

/// Where os-release(5) says to look, in this order.
const PLACES: [&[u8]; 2] = [b"etc/os-release", b"usr/lib/os-release"];

/// What a tree says about the distribution in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OsRelease {
    /// The file that was read, without any symlink in its path.
    pub path: ImagePath,
    fields: BTreeMap<String, String>,
}

impl OsRelease {
    /// Finds and reads the file, following symlinks inside the tree alone.
    ///
    /// Answers nothing where there is none; a symlink that leads nowhere or in
    /// a circle counts as none, and the monitor is told.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory on the way or the file cannot be read.
    pub fn find(tree: &dyn Tree, monitor: &dyn Monitor) -> Result<Option<Self>, TreeError> {
        for place in PLACES {
            let Some(found) = file(tree, place, monitor)? else {
                continue;
            };
            let name = found.path.file_name().expect("a file is not the root");
            let text = read_head(&*found.parent, name, MOST_BYTES)?;
            return Ok(Some(Self::parse(found.path, &text)));
        }
        Ok(None)
    }

    /// Reads the text of the file.
    ///
    /// Lines that are no assignment are passed over, as the shells and
    /// services that read this file do; of two assignments the later counts.
    pub fn parse(path: ImagePath, text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let fields = text.lines().filter_map(assignment).collect();
        Self { path, fields }
    }

    /// A field by its name, where it is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// `ID`: the distribution's short name; `linux` where it gives none.
    pub fn id(&self) -> &str {
        self.get("ID").unwrap_or("linux")
    }

    /// `PRETTY_NAME`, for people.
    pub fn pretty_name(&self) -> Option<&str> {
        self.get("PRETTY_NAME")
    }
}

/// Takes one line apart, or nothing for comments and other lines.
fn assignment(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let (name, value) = line.split_once('=')?;
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(valid)).then(|| (name.to_owned(), unquote(value)))
}

/// Takes quotes and escapes off a value, as a shell would.
///
/// os-release(5) knows no concatenation and no expansion, so what comes behind
/// a closing quote is no part of the value, and `$` stands for itself.
fn unquote(value: &str) -> String {
    let mut value_chars = value.chars();
    let quote = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            value_chars.next();
            Some(quote)
        }
        _ => None,
    };
    let mut result = String::new();
    while let Some(character) = value_chars.next() {
        if result.len() >= MOST_VALUE {
            break;
        }
        match (quote, character) {
            (Some(quote), _) if character == quote => break,
            (None, ' ' | '\t') => break,
            (Some('\''), _) => result.push(character),
            (None, '\\') => result.extend(value_chars.next()),
            (Some(_), '\\') => match value_chars.next() {
                Some(escaped @ ('"' | '\\' | '$' | '`')) => result.push(escaped),
                // Within double quotes a shell keeps other backslashes.
                Some(other) => result.extend(['\\', other]),
                None => result.push('\\'),
            },
            _ => result.push(character),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inspect::fake::FakeTree;
    use crate::monitor::Silent;

    #[test]
    fn values_are_read_as_a_shell_reads_them() {
        let cases = [
            ("ID=debian", Some(("ID", "debian"))),
            ("  ID=debian  ", Some(("ID", "debian"))),
            (r#"NAME="Rocky Linux""#, Some(("NAME", "Rocky Linux"))),
            ("NAME='Rocky Linux'", Some(("NAME", "Rocky Linux"))),
            (r#"A="a\"b\\c\$d\`e""#, Some(("A", r#"a"b\c$d`e"#))),
            (r#"A="a\nb""#, Some(("A", r"a\nb"))),
            (r"A='a\b'", Some(("A", r"a\b"))),
            (r"A=a\ b", Some(("A", "a b"))),
            ("A=a b", Some(("A", "a"))),
            (r#"A="a"b"#, Some(("A", "a"))),
            ("A=", Some(("A", ""))),
            ("A=b=c", Some(("A", "b=c"))),
            (r#"A="unclosed"#, Some(("A", "unclosed"))),
            (r#"A="ends with \"#, Some(("A", r"ends with \"))),
            ("# ID=debian", None),
            ("", None),
            ("no assignment", None),
            ("=x", None),
            ("A B=c", None),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(assignment(line), expected, "{line}");
        }
    }

    #[test]
    fn the_later_assignment_counts_and_bytes_do_not_matter() {
        let text = b"ID=one\nID=two\r\nNAME=\"\xff\x1b\"\n\nVERSION_ID=";
        let release = OsRelease::parse(ImagePath::root(), text);
        assert_eq!(release.id(), "two");
        assert_eq!(release.get("NAME"), Some("\u{fffd}\u{1b}"));
        assert_eq!(release.get("VERSION_ID"), None);
        assert_eq!(OsRelease::parse(ImagePath::root(), b"").id(), "linux");
    }

    #[test]
    fn it_is_found_inside_the_tree_alone() {
        type Case<'a> = (&'a str, FakeTree, Option<(&'a str, &'a str)>);
        let vendor = || FakeTree::new().file("usr/lib/os-release", b"ID=vendor");
        let cases: Vec<Case<'_>> = vec![
            ("none", FakeTree::new(), None),
            (
                "in etc",
                vendor().file("etc/os-release", b"ID=local"),
                Some(("etc/os-release", "local")),
            ),
            (
                "in usr/lib",
                vendor(),
                Some(("usr/lib/os-release", "vendor")),
            ),
            (
                "relative symlink",
                vendor().symlink("etc/os-release", "../usr/lib/os-release"),
                Some(("usr/lib/os-release", "vendor")),
            ),
            (
                "absolute symlink",
                vendor().symlink("etc/os-release", "/usr/lib/os-release"),
                Some(("usr/lib/os-release", "vendor")),
            ),
            (
                "past the root",
                vendor().symlink("etc/os-release", "../../../../usr/lib/os-release"),
                Some(("usr/lib/os-release", "vendor")),
            ),
            (
                "a circle",
                FakeTree::new().symlink("etc/os-release", "os-release"),
                None,
            ),
            (
                "dangling, then the vendor's",
                vendor().symlink("etc/os-release", "/nowhere"),
                Some(("usr/lib/os-release", "vendor")),
            ),
            (
                "a directory",
                FakeTree::new().file("etc/os-release/x", b"ID=no"),
                None,
            ),
            (
                "etc is a file",
                vendor().file("etc", b""),
                Some(("usr/lib/os-release", "vendor")),
            ),
        ];
        for (name, tree, expected) in cases {
            let found = OsRelease::find(&tree, &Silent).expect("readable");
            let found = found.map(|found| (found.path.to_string(), found.id().to_owned()));
            let expected = expected.map(|(path, id)| (path.to_owned(), id.to_owned()));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn reading_is_bounded() {
        let mut text = vec![b'#'; MOST_BYTES];
        text.extend(b"\nID=beyond\n");
        let tree = FakeTree::new().file("etc/os-release", &text);
        let found = OsRelease::find(&tree, &Silent).expect("readable");
        assert_eq!(found.expect("there").id(), "linux");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let release = OsRelease::parse(ImagePath::root(), &text);
            prop_assert!(!release.id().is_empty());
        }
    }
}
