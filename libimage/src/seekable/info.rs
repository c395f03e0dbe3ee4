//! [`Info`]: what is known of a backup without reading its manifest.

use serde::{Deserialize, Serialize};

use super::VERSION;
use crate::digest::Digest;
use crate::entry::Timestamp;

/// What is known of a backup without reading its manifest. Texts are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// What the tree is called: the last component of its path.
    pub name: String,
    /// Where the tree stood.
    pub source: String,
    /// When reading it began.
    pub began: Timestamp,
    /// The digest of the tree, as its manifest has it.
    pub tree: Digest,
    /// How many entries it has.
    pub entries: u64,
    /// Content of all its regular files in bytes, each inode counted once.
    pub bytes: u64,
    /// Which component of a cluster it is, as a word.
    pub kind: Option<String>,
    /// What most of its programs are for.
    pub arch: Option<String>,
    /// The tag of its distribution.
    pub distro: Option<String>,
    /// The level of zstd.
    pub level: i32,
    /// The version of the library that wrote it.
    pub version: String,
    /// Which directory the tree was: its device, its inode number and when that
    /// was made. Earlier versions did not tell.
    pub root: Option<String>,
}

/// The same as it stands in the file. Readers pass over members that they do
/// not know.
#[derive(Serialize, Deserialize)]
struct Object {
    r#type: String,
    format: u8,
    name: String,
    source: String,
    began: String,
    tree_digest: String,
    entries: u64,
    bytes: u64,
    kind: Option<String>,
    arch: Option<String>,
    distro: Option<String>,
    level: i32,
    version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root: Option<String>,
}

const TYPE: &str = "backup";

impl Info {
    /// One JSON object on a line.
    pub(super) fn text(&self) -> String {
        let Self {
            name,
            source,
            began,
            tree,
            entries,
            bytes,
            kind,
            arch,
            distro,
            level,
            version,
            root,
        } = self.clone();
        let object = Object {
            r#type: TYPE.to_owned(),
            format: VERSION,
            name,
            source,
            began: began.to_string(),
            tree_digest: tree.to_string(),
            entries,
            bytes,
            kind,
            arch,
            distro,
            level,
            version,
            root,
        };
        let text = serde_json::to_string(&object).expect("texts and numbers");
        format!("{text}\n")
    }

    pub(super) fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let object: Object =
            serde_json::from_slice(text).map_err(|_| "it is not the object that it should be")?;
        if object.r#type != TYPE || object.format != VERSION {
            return Err("it is the object of something else");
        }
        Ok(Self {
            name: object.name,
            source: object.source,
            began: timestamp(&object.began).ok_or("its time is malformed")?,
            tree: object
                .tree_digest
                .parse()
                .map_err(|_| "its digest is malformed")?,
            entries: object.entries,
            bytes: object.bytes,
            kind: object.kind,
            arch: object.arch,
            distro: object.distro,
            level: object.level,
            version: object.version,
            root: object.root,
        })
    }
}

/// As [`Timestamp`] shows itself.
fn timestamp(text: &str) -> Option<Timestamp> {
    let (seconds, nanoseconds) = text.split_once('.')?;
    let time = Timestamp {
        seconds: seconds.parse().ok()?,
        nanoseconds: nanoseconds.parse().ok().filter(|&n| n < 1_000_000_000)?,
    };
    (time.to_string() == text).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_nothing_else_is_taken() {
        let info = Info {
            name: "default-image".to_owned(),
            source: "/cm/images/default-image".to_owned(),
            began: Timestamp {
                seconds: 1_731_000_000,
                nanoseconds: 5,
            },
            tree: Digest::of(b"tree"),
            entries: 7,
            bytes: u64::MAX,
            kind: None,
            arch: Some("aarch64".to_owned()),
            distro: Some("ubuntu2404".to_owned()),
            level: -5,
            version: "0.1.0".to_owned(),
            root: Some("8:1:2:7.000000001".to_owned()),
        };
        let text = info.text();
        assert_eq!(Info::parse(text.as_bytes()), Ok(info.clone()));
        let without = Info { root: None, ..info };
        assert_eq!(Info::parse(without.text().as_bytes()), Ok(without));
        let more = text.replace("{\"type\"", "{\"later\":[1],\"type\"");
        assert!(Info::parse(more.as_bytes()).is_ok());
        let cases = [
            ("cut off", text[..text.len() / 2].to_owned()),
            ("another type", text.replace("\"backup\"", "\"origin\"")),
            (
                "another format",
                text.replace("\"format\":1", "\"format\":2"),
            ),
            (
                "no digest",
                text.replace(&Digest::of(b"tree").to_string(), "x"),
            ),
            ("a long fraction", text.replace(".000000005", ".0000000005")),
            (
                "a number as text",
                text.replace("\"entries\":7", "\"entries\":\"7\""),
            ),
        ];
        for (name, changed) in cases {
            assert_ne!(changed, text, "{name}");
            assert!(Info::parse(changed.as_bytes()).is_err(), "{name}");
        }
    }
}
