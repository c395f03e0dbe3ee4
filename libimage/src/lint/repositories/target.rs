//! [`Target`]: one list of packages that a package manager would read.

use std::sync::Arc;

use crate::lint::Series;
use crate::path::ImagePath;

/// One repository, suite and component of apt, or one section of yum's and
/// zypper's files. Targets of one stanza share their words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The file that names it.
    pub(super) file: ImagePath,
    /// `deb`, `deb-src`, `rpm`.
    pub(super) form: Arc<[u8]>,
    /// Where it is, without a slash at the end.
    pub(super) uri: Arc<[u8]>,
    /// The suite of apt; empty elsewhere.
    pub(super) suite: Arc<[u8]>,
    /// The component of apt, or the name of yum's section.
    pub(super) component: Arc<[u8]>,
    /// The key that apt is told to check it by.
    pub(super) signed_by: Option<Arc<[u8]>>,
}

/// How many targets of a tree are taken; real ones have some dozen. A stanza of
/// apt is the product of its lists, so a small file could make many.
pub(super) const MOST_TARGETS: usize = 4096;

impl Target {
    /// Whether the packages are on a medium or in a directory of the machine.
    pub(super) fn is_medium(&self) -> bool {
        [&b"cdrom:"[..], b"file:", b"copy:"]
            .iter()
            .any(|scheme| self.uri.starts_with(scheme))
    }

    /// The BCM release that the repository is for, if it is one of BCM's.
    ///
    /// BCM's are told by the name of the file or by the address. The release
    /// stands in the address as a word of its own, often behind that of the
    /// distribution (`rhel/9/11.0`), so `intended` counts wherever it stands,
    /// and else the last one. The user `cm10user` in an address is no release.
    pub(super) fn series(&self, intended: Series) -> Option<Series> {
        if !self.is_bcms() {
            return None;
        }
        let mut found = [&self.uri, &self.suite, &self.component]
            .into_iter()
            .flat_map(|text| words(text))
            .filter_map(series)
            .peekable();
        found.peek()?;
        let all: Vec<_> = found.collect();
        if all.contains(&intended) {
            return Some(intended);
        }
        all.last().copied()
    }

    fn is_bcms(&self) -> bool {
        let file = self.file.file_name().unwrap_or_default();
        let begins = |start: &[u8]| file.starts_with(start);
        let is_named = begins(b"cm.") || begins(b"cm-") || begins(b"cm1") || begins(b"bcm");
        is_named
            || [&b"brightcomputing"[..], b"/cm/", b"/bcm"]
                .iter()
                .any(|mark| self.uri.windows(mark.len()).any(|part| part == *mark))
    }
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'.')
}

/// The release that a word is: `11.0`, `cm11.0`.
fn series(word: &[u8]) -> Option<Series> {
    let word = word.strip_prefix(b"b").unwrap_or(word);
    let number = word.strip_prefix(b"cm").unwrap_or(word);
    let text = std::str::from_utf8(number).ok()?;
    // Addresses, versions of Ubuntu and plain numbers are none.
    text.contains('.').then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_from_what_looks_like_one() {
        let eleven = Series {
            major: 11,
            minor: 0,
        };
        let ten = Series {
            major: 10,
            minor: 0,
        };
        let cases = [
            ("cm.list", "http://x/cm/11.0", Some(eleven)),
            ("cm.list", "http://x/ubuntu/24.04/10.0/updates", Some(ten)),
            ("cm.repo", "http://x/rhel/9.2/11.0", Some(eleven)),
            ("cm.repo", "http://x/11.0/rhel/9.2", Some(eleven)),
            ("cm.repo", "http://x/rhel/9.2/10.0", Some(ten)),
            ("cm.list", "http://cm10user:secret@x/11.0", Some(eleven)),
            ("cm.list", "http://cm10user:secret@x/ubuntu", None),
            ("cm.list", "http://10.0.0.1/ubuntu/24.04", None),
            ("cm.list", "http://x/cm10.0/x", Some(ten)),
            (
                "x.list",
                "http://updates.brightcomputing.com/10.0",
                Some(ten),
            ),
            ("mongodb.list", "http://x/mongodb/10.0", None),
        ];
        for (file, uri, expected) in cases {
            let target = Target {
                file: ImagePath::new(format!("etc/apt/sources.list.d/{file}").as_bytes())
                    .expect("valid"),
                form: b"deb"[..].into(),
                uri: uri.as_bytes().into(),
                suite: b"./"[..].into(),
                component: b""[..].into(),
                signed_by: None,
            };
            assert_eq!(target.series(eleven), expected, "{file} {uri}");
        }
    }
}
