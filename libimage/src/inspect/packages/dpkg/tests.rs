//! dpkg's texts, whole and damaged.

use std::io::Read;
use std::sync::Arc;

use rustix::io::Errno;

use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{Entry, Kind};
use crate::inspect::fake::FakeTree;
use crate::inspect::packages::tests::{find, lines, status};
use crate::inspect::packages::{MOST_PACKAGES, Packages};
use crate::monitor::{Monitor, Silent};
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, Tree, TreeError};

#[test]
fn stanzas_are_read_as_dpkg_reads_them() {
    let long = "x".repeat(257);
    let longest = "x".repeat(256);
    let cases: Vec<(&str, String, Vec<String>)> = vec![
        ("nothing", String::new(), vec![]),
        (
            "one",
            "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2-3\n"
                .into(),
            vec!["a 1:2-3 amd64 Install installed".into()],
        ),
        (
            "each state",
            "Package: a\nStatus: deinstall ok config-files\nVersion: 1\n\n\
             Package: b\nStatus: install reinstreq half-installed\nVersion: 1\n\n\
             Package: c\nStatus: hold ok half-configured\nVersion: 1\n\n\
             Package: d\nStatus: purge ok not-installed\n\n\
             Package: e\nStatus: unknown ok unpacked\n\n\
             Package: f\nStatus: install ok triggers-awaited\n\n\
             Package: g\nStatus: install ok triggers-pending\n\n\
             Package: h\n"
                .into(),
            [
                "a 1 - Deinstall config-files",
                "b 1 - Install reinstreq half-installed",
                "c 1 - Hold half-configured",
                "d  - Purge not-installed",
                "e  - Unknown unpacked",
                "f  - Install triggers-awaited",
                "g  - Install triggers-pending",
                "h  - Unknown not-installed",
            ]
            .map(str::to_owned)
            .into(),
        ),
        (
            "names in any case, values with blanks around, further lines",
            "\n\npackage:\ta \nDESCRIPTION: x\n Package: b\n\tStatus: x\n .\nSTATUS: install ok \
             installed\n\n\n\nPackage: c\n\n"
                .into(),
            vec![
                "a  - Install installed".into(),
                "c  - Unknown not-installed".into(),
            ],
        ),
        (
            "sorted, and by architecture",
            "Package: b\nArchitecture: i386\n\nPackage: b\nArchitecture: amd64\n\nPackage: a\n"
                .into(),
            vec![
                "a  - Unknown not-installed".into(),
                "b  amd64 Unknown not-installed".into(),
                "b  i386 Unknown not-installed".into(),
            ],
        ),
        (
            "the longest name",
            format!("Package: {longest}\n"),
            vec![format!("{longest}  - Unknown not-installed")],
        ),
        (
            "damage takes none of the others with it",
            format!(
                "Package: a\n\nVersion: 1\n\nPackage: {long}\n\nPackage: b\nStatus: ok\n\n\
                 Package: c\nStatus: install bad installed\n\nPackage: d\nStatus: install ok \
                 installed now\n\nPackage: e\n"
            ),
            vec![
                "a  - Unknown not-installed".into(),
                "e  - Unknown not-installed".into(),
                "var/lib/dpkg/status: of 5 packages, of the first for this reason: a stanza in \
                 it has no `Package`"
                    .into(),
            ],
        ),
        (
            "too long",
            format!("Package: {long}\n"),
            vec![
                "var/lib/dpkg/status: of one package, a name or version in it is longer than \
                 256 bytes"
                    .into(),
            ],
        ),
        (
            "a line without end",
            format!("Package: a\nConffiles: {}\nVersion: 1", "y".repeat(1 << 20)),
            vec!["a 1 - Unknown not-installed".into()],
        ),
    ];
    for (name, text, expected) in cases {
        assert_eq!(lines(&find(&status(&text))), expected, "{name}");
    }
}

#[test]
fn more_packages_than_there_can_be_are_not_kept() {
    let stanzas: Vec<_> = (0..=MOST_PACKAGES)
        .map(|number| format!("Package: p{number}\n\n"))
        .collect();
    let found = find(&status(&stanzas.concat()));
    assert_eq!(found.list.len(), MOST_PACKAGES);
    assert_eq!(
        found.unread[0].reason.to_string(),
        "it has more than 50000 packages"
    );
}

#[test]
fn architectures_are_dpkgs_own_first() {
    let tree = status("").file("var/lib/dpkg/arch", b"amd64\n i386 \n\n");
    let found = find(&tree);
    assert_eq!(
        found.architectures,
        ["amd64".into(), "i386".into()] as [Box<str>; 2]
    );
}

#[test]
fn files_of_packages_are_visited() {
    let tree = status("Package: a\nStatus: install ok installed\n")
        .file("var/lib/dpkg/info/a.list", b"/.\n/usr\n/usr/bin/a\n\n")
        .file("var/lib/dpkg/info/b:amd64.list", b"/bin/b")
        .file("var/lib/dpkg/info/b:amd64.md5sums", b"0 bin/b\n")
        .closed("var/lib/dpkg/info/c.list", Errno::ACCESS);
    let mut seen = Vec::new();
    let unread = find(&tree)
        .visit_files(
            &tree,
            &mut |path, package| {
                seen.push(format!("{package} {}", String::from_utf8_lossy(path)));
            },
            &Silent,
        )
        .expect("readable");
    assert_eq!(seen, ["a usr", "a usr/bin/a", "b bin/b"]);
    let unread: Vec<_> = unread.iter().map(|one| one.path.to_string()).collect();
    assert_eq!(unread, ["var/lib/dpkg/info/c.list"]);
}

/// A tree whose files turn out shorter than they were when they were looked up.
struct Shrinking(FakeTree);

struct ShrinkingDirectory(Arc<dyn Directory>);

impl Tree for Shrinking {
    fn label(&self) -> String {
        self.0.label()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (entry, directory) = self.0.root()?;
        Ok((entry, Arc::new(ShrinkingDirectory(directory))))
    }
}

impl Directory for ShrinkingDirectory {
    fn path(&self) -> &ImagePath {
        self.0.path()
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        self.0.entries(monitor)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        let mut found = self.0.lookup(name)?;
        if let Some(entry) = &mut found
            && let Kind::File { size } = &mut entry.kind
        {
            *size += 1;
        }
        Ok(found)
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let found = self.0.directory(name)?;
        Ok(found.map(|directory| Arc::new(Self(directory)) as Arc<dyn Directory>))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        self.0.open(name)
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        self.0.open_at(name)
    }

    fn digest(
        &self,
        entry: &Entry,
        algorithm: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        self.0.digest(entry, algorithm, monitor)
    }
}

#[test]
fn text_that_ends_early_is_told() {
    let tree = status("Package: a\n").file("var/lib/dpkg/info/a.list", b"/a\n");
    let tree = Shrinking(tree);
    let packages = Packages::find(&tree, &Silent).expect("readable");
    let packages = packages.expect("there is a database");
    let ends = |length| format!("it ends before byte {length}, which belongs to it");
    assert_eq!(
        lines(&packages),
        [
            "a  - Unknown not-installed".to_owned(),
            format!("var/lib/dpkg/status: {}", ends(12)),
        ]
    );
    let unread = packages
        .visit_files(&tree, &mut |_, _| {}, &Silent)
        .expect("readable");
    assert_eq!(unread[0].reason.to_string(), ends(4));
}
