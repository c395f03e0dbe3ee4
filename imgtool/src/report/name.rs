//! [`Name`]: a path in JSON, lossless whatever bytes it has.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use libimage::escape::Escaped;
use libimage::path::ImagePath;
use serde::Serialize;

/// The members `path` and, for a name that is not UTF-8 only, `path_bytes`.
#[derive(Serialize)]
pub(super) struct Name {
    pub(super) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path_bytes: Option<String>,
}

impl From<&[u8]> for Name {
    fn from(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                path: text.to_owned(),
                path_bytes: None,
            },
            Err(_) => Self {
                path: Escaped(bytes).to_string(),
                path_bytes: Some(hex(bytes)),
            },
        }
    }
}

impl From<&Path> for Name {
    fn from(path: &Path) -> Self {
        path.as_os_str().as_bytes().into()
    }
}

/// The root of a tree is `.`, as in text.
impl From<&ImagePath> for Name {
    fn from(path: &ImagePath) -> Self {
        if path.is_root() {
            b".".as_slice().into()
        } else {
            path.as_bytes().into()
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

/// A name inside a list or an object of its own, where only text has place.
pub(super) fn text(bytes: &[u8]) -> String {
    Name::from(bytes).path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_text_stands_twice() {
        let cases: &[(&[u8], &str)] = &[
            (b"a/b", r#"{"path":"a/b"}"#),
            (b"a\\b\x1b", r#"{"path":"a\\b\u001b"}"#),
            (b"a\\\xff", r#"{"path":"a\\\\\\xff","path_bytes":"615cff"}"#),
        ];
        for (bytes, expected) in cases {
            let name = Name::from(*bytes);
            assert_eq!(serde_json::to_string(&name).expect("text"), *expected);
        }
        let root = serde_json::to_string(&Name::from(&ImagePath::root()));
        assert_eq!(root.expect("text"), r#"{"path":"."}"#);
    }
}
