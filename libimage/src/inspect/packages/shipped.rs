//! [`Shipped`]: what the content of a package's file was when it was unpacked.

use md5::Digest as _;

use super::dpkg::STATUS;
use super::files::{INFO, each_line};
use super::{DatabaseFormat, Packages, Unread, rpm};
use crate::digest::{Sha256, Sha256Hasher};
use crate::inspect::reach::{file, names};
use crate::monitor::Monitor;
use crate::tree::{Tree, TreeError};

/// What a package says of one of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped<'a> {
    /// The file as the package has it, without the slash in front; see
    /// [`Packages::visit_files`].
    pub path: &'a [u8],
    /// The package's name.
    pub package: &'a str,
    /// What it held.
    pub content: ShippedContent,
    /// What it is for.
    pub role: Role,
}

/// What a database says of the content that a package brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShippedContent {
    /// A regular file of this digest.
    Digest(ShippedDigest),
    /// No regular file, but a symlink or a directory.
    NoFile,
    /// Nothing, or a digest of a kind that is not known here.
    Unknown,
}

/// What a file of a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It stays as the package brought it.
    Plain,
    /// It is there to be edited: dpkg's conffiles, RPM's `%config`.
    Configuration,
    /// The package owns the name and brings no content: RPM's `%ghost`.
    Ghost,
}

/// The digest by which a package database knows a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShippedDigest {
    /// Of dpkg, and of RPM up to 4.5.
    Md5([u8; 16]),
    /// Of RPM.
    Sha256(Sha256),
}

impl ShippedDigest {
    /// From 32 hexadecimal digits.
    pub(super) fn md5(text: &[u8]) -> Option<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (pairs, []) = text.as_chunks::<2>() else {
            return None;
        };
        let mut bytes = [0; 16];
        if pairs.len() != bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
        }
        Some(Self::Md5(bytes))
    }

    /// From 64 lower-case hexadecimal digits.
    pub(super) fn sha256(text: &[u8]) -> Option<Self> {
        std::str::from_utf8(text)
            .ok()?
            .parse()
            .ok()
            .map(Self::Sha256)
    }

    /// What computes such a digest.
    pub fn hasher(&self) -> ShippedHasher {
        match self {
            Self::Md5(_) => ShippedHasher::Md5(md5::Md5::new()),
            Self::Sha256(_) => ShippedHasher::Sha256(Sha256Hasher::default()),
        }
    }
}

/// Computes a [`ShippedDigest`] piece by piece.
pub enum ShippedHasher {
    /// By MD5, which tells what was edited from what was not; who means to
    /// deceive it can.
    Md5(md5::Md5),
    /// By SHA-256.
    Sha256(Sha256Hasher),
}

impl ShippedHasher {
    /// Feeds some bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of all that was fed.
    pub fn finish(self) -> ShippedDigest {
        match self {
            Self::Md5(hasher) => ShippedDigest::Md5(hasher.finalize().into()),
            Self::Sha256(hasher) => ShippedDigest::Sha256(hasher.finish()),
        }
    }
}

impl Packages {
    /// Calls `visit` with what is recorded of the files of the packages whose
    /// names are `wanted`, in no certain order; files of which nothing is
    /// recorded do not come.
    ///
    /// dpkg has MD5 sums in `info/*.md5sums`, those of conffiles in `status`;
    /// RPM has its digests in the headers.
    ///
    /// Answers what could not be read.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory cannot be read, or if the monitor asks to
    /// stop.
    pub fn visit_shipped(
        &self,
        tree: &dyn Tree,
        wanted: &dyn Fn(&str) -> bool,
        visit: &mut dyn FnMut(&Shipped<'_>),
        monitor: &dyn Monitor,
    ) -> Result<Vec<Unread>, TreeError> {
        let mut unread = Vec::new();
        if self.format == DatabaseFormat::Dpkg {
            sums(tree, wanted, visit, &mut unread, monitor)?;
            conffiles(tree, wanted, visit, &mut unread, monitor)?;
        } else if let Some(database) = file(tree, self.path.as_bytes(), monitor)?
            && let Err(error) = rpm::visit_shipped(&database, self.format, wanted, visit, monitor)
        {
            error.note(&database.path, &mut unread)?;
        }
        Ok(unread)
    }
}

/// The sums of what packages brought, see deb-md5sums(5).
fn sums(
    tree: &dyn Tree,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(&Shipped<'_>),
    unread: &mut Vec<Unread>,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    for name in names(tree, INFO, monitor)? {
        let Some(package) = name.strip_suffix(b".md5sums") else {
            continue;
        };
        let package = package.split(|&byte| byte == b':').next();
        let package = String::from_utf8_lossy(package.unwrap_or_default());
        if !wanted(&package) {
            continue;
        }
        let Some(list) = file(tree, &[INFO, b"/", &*name].concat(), monitor)? else {
            continue;
        };
        let mut line = |line: &[u8]| {
            let Some((sum, path)) = line.split_at_checked(32) else {
                return;
            };
            // Two blanks, or one and a star for binary files.
            let path = path.strip_prefix(b" ").unwrap_or(path);
            let path = path.strip_prefix(b" ").or(path.strip_prefix(b"*"));
            if let (Some(path), Some(digest)) = (path, ShippedDigest::md5(sum)) {
                visit(&Shipped {
                    path: plain(path),
                    package: &package,
                    content: ShippedContent::Digest(digest),
                    role: Role::Plain,
                });
            }
        };
        if let Err(error) = each_line(&list, &mut line, monitor) {
            error.note(&list.path, unread)?;
        }
    }
    Ok(())
}

/// A path without what dpkg overlooks at its beginning: slashes and `./`.
fn plain(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path.strip_prefix(b"/").or(path.strip_prefix(b"./")) {
        path = rest;
    }
    path
}

/// The sums of conffiles as packages brought them: lines of ` PATH SUM`, some
/// with a word behind it, in the field `Conffiles` of deb-status(5).
fn conffiles(
    tree: &dyn Tree,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(&Shipped<'_>),
    unread: &mut Vec<Unread>,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    let Some(status) = file(tree, STATUS, monitor)? else {
        return Ok(());
    };
    let mut package = String::new();
    let mut is_conffiles = false;
    let mut line = |line: &[u8]| {
        if let Some(conffile) = line.strip_prefix(b" ") {
            if is_conffiles && wanted(&package) {
                conffile_of(conffile, &package, visit);
            }
            return;
        }
        let (name, value) = match line.iter().position(|&byte| byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &line[line.len()..]),
        };
        if name.eq_ignore_ascii_case(b"Package") {
            package = String::from_utf8_lossy(value.trim_ascii()).into_owned();
        }
        is_conffiles = name.eq_ignore_ascii_case(b"Conffiles");
    };
    match each_line(&status, &mut line, monitor) {
        Ok(()) => Ok(()),
        Err(error) => error.note(&status.path, unread),
    }
}

fn conffile_of(line: &[u8], package: &str, visit: &mut dyn FnMut(&Shipped<'_>)) {
    // A path may hold blanks; a sum and the words behind it do not.
    let mut words = line.rsplitn(3, |&byte| byte == b' ');
    let (Some(last), Some(before)) = (words.next(), words.next()) else {
        return;
    };
    let rest = words.next();
    let found = match (ShippedDigest::md5(last), rest) {
        (Some(digest), None) => Some((before, Some(digest))),
        (Some(digest), Some(rest)) => {
            let end = rest.len() + 1 + before.len();
            Some((&line[..end], Some(digest)))
        }
        // A word behind the sum, or no sum yet: `newconffile`.
        (None, Some(path)) => match ShippedDigest::md5(before) {
            digest @ Some(_) => Some((path, digest)),
            None => Some((&line[..line.len() - last.len() - 1], None)),
        },
        (None, None) => Some((before, None)),
    };
    if let Some((path, digest)) = found {
        visit(&Shipped {
            path: plain(path),
            package,
            content: digest.map_or(ShippedContent::Unknown, ShippedContent::Digest),
            role: Role::Configuration,
        });
    }
}

#[cfg(test)]
mod tests {
    use fixtures::rpm::{Header, sqlite, tag};

    use super::*;
    use crate::inspect::fake::FakeTree;
    use crate::monitor::Silent;

    const SUM: &str = "d41d8cd98f00b204e9800998ecf8427e";
    const SHA: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn shipped(tree: &FakeTree, package: &str) -> Vec<String> {
        let packages = Packages::find(tree, &Silent).expect("readable");
        let packages = packages.expect("there is a database");
        let mut found = Vec::new();
        let mut visit = |shipped: &Shipped<'_>| {
            let path = String::from_utf8_lossy(shipped.path);
            let content = match shipped.content {
                ShippedContent::Unknown => "-",
                ShippedContent::NoFile => "none",
                // Both are those of nothing.
                ShippedContent::Digest(digest) if digest == digest.hasher().finish() => "empty",
                ShippedContent::Digest(_) => "other",
            };
            found.push(format!("{path} {content} {:?}", shipped.role));
        };
        let wanted = |name: &str| name == package;
        let unread = packages.visit_shipped(tree, &wanted, &mut visit, &Silent);
        assert_eq!(unread.expect("readable"), []);
        found
    }

    #[test]
    fn dpkg_has_sums_beside_the_lists_and_those_of_conffiles_in_its_status() {
        let other = "0".repeat(32);
        let status = format!(
            "Package: p\nStatus: install ok installed\nVersion: 1\nConffiles:\n /etc/a {SUM}\n \
             /etc/b c {other}\n /etc/old {SUM} obsolete\n /etc/new newconffile\nDescription: d\n \
             /etc/x {SUM}\n\nPackage: q\nStatus: install ok installed\nVersion: 1\nConffiles:\n \
             /etc/q {SUM}\n"
        );
        let tree = FakeTree::new()
            .file("var/lib/dpkg/status", status.as_bytes())
            .file(
                "var/lib/dpkg/info/p:amd64.md5sums",
                format!("{SUM}  usr/bin/p\n{other} */usr/a b\nshort\n{SUM}x\n{SUM}  ./usr/c\n")
                    .as_bytes(),
            )
            .file(
                "var/lib/dpkg/info/q.md5sums",
                format!("{SUM}  usr/bin/q\n").as_bytes(),
            );
        assert_eq!(
            shipped(&tree, "p"),
            [
                "usr/bin/p empty Plain",
                "usr/a b other Plain",
                "usr/c empty Plain",
                "etc/a empty Configuration",
                "etc/b c other Configuration",
                "etc/old empty Configuration",
                "etc/new - Configuration",
            ]
        );
        assert_eq!(
            shipped(&tree, "q"),
            ["usr/bin/q empty Plain", "etc/q empty Configuration"]
        );
    }

    #[test]
    fn rpm_has_digests_of_the_kind_that_it_names() {
        let header = |name, digest: &str, algorithm: &[u32]| {
            let header = Header::of(name, "1", "1", "noarch")
                .strings(tag::DIRNAMES, &["/etc/"])
                .strings(tag::BASENAMES, &["a", "b", "c", "symlink"])
                .numbers(tag::DIRINDEXES, &[0, 0, 0, 0])
                .strings(tag::FILEDIGESTS, &[digest, "", digest, ""])
                .numbers(tag::FILEFLAGS, &[1 | 16, 64, 0, 1]);
            match algorithm {
                [] => header.bytes(),
                _ => header.numbers(tag::FILEDIGESTALGO, algorithm).bytes(),
            }
        };
        let database = sqlite(
            &[
                header("sha256", SHA, &[8]),
                header("md5", SUM, &[1]),
                header("old", SUM, &[]),
                header("sha512", SHA, &[10]),
            ],
            4096,
        );
        let tree = FakeTree::new().file("var/lib/rpm/rpmdb.sqlite", &database);
        for (package, digest) in [
            ("sha256", "empty"),
            ("md5", "empty"),
            ("old", "empty"),
            ("sha512", "-"),
        ] {
            assert_eq!(
                shipped(&tree, package),
                [
                    format!("etc/a {digest} Configuration"),
                    "etc/b - Ghost".to_owned(),
                    format!("etc/c {digest} Plain"),
                    "etc/symlink none Configuration".to_owned(),
                ],
                "{package}"
            );
        }
    }
}
