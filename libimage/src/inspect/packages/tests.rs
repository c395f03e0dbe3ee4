//! Which database is found in a tree, and which of its packages are there.

use rustix::io::Errno;

use super::*;
use crate::inspect::fake::FakeTree;
use crate::monitor::{Cancelled, Phase, Silent, Warning};

pub(super) fn find(tree: &FakeTree) -> Packages {
    Packages::find(tree, &Silent)
        .expect("readable")
        .expect("there is a database")
}

/// Each package in a line, then each thing that was not read.
pub(super) fn lines(packages: &Packages) -> Vec<String> {
    let package = |package: &Package| {
        let state = package.state;
        format!(
            "{} {} {} {:?}{} {}",
            package.name,
            package.version,
            package.arch.as_deref().unwrap_or("-"),
            state.want,
            if state.reinstall { " reinstreq" } else { "" },
            state.stage.word(),
        )
    };
    let unread = |unread: &Unread| format!("{}: {}", unread.path, unread.reason);
    packages
        .list
        .iter()
        .map(package)
        .chain(packages.unread.iter().map(unread))
        .collect()
}

pub(super) fn status(text: &str) -> FakeTree {
    FakeTree::new().file("var/lib/dpkg/status", text.as_bytes())
}

#[test]
fn installed_unfinished_and_named_packages_are_told_apart() {
    let found = find(&status(
        "Package: a\nStatus: deinstall ok config-files\n\nPackage: b\nStatus: install ok \
         unpacked\n\nPackage: c\nStatus: install ok installed\n\nPackage: d\nStatus: install \
         reinstreq not-installed\n\nPackage: e\nStatus: install ok triggers-pending\n",
    ));
    let names = |packages: &mut dyn Iterator<Item = &Package>| {
        packages.map(|package| &*package.name).collect::<String>()
    };
    assert_eq!(names(&mut found.installed()), "bce");
    assert_eq!(names(&mut found.unfinished()), "bde");
    assert_eq!(found.get("c").map(|package| &*package.name), Some("c"));
    for absent in ["a", "d", "f", ""] {
        assert_eq!(found.get(absent), None, "{absent}");
    }
}

#[test]
fn the_version_without_its_epoch() {
    for (version, expected) in [
        ("1:2.3-4", "2.3-4"),
        ("2.3-4", "2.3-4"),
        ("2:3:4", "3:4"),
        ("a:1", "a:1"),
        ("", ""),
    ] {
        let found = find(&status(&format!("Package: a\nVersion: {version}\n")));
        assert_eq!(found.list[0].without_epoch(), expected, "{version}");
    }
}

#[test]
fn databases_are_found_where_they_are_kept() {
    let new = FakeTree::new;
    let stanza = |name: &str| format!("Package: {name}\nStatus: install ok installed\n");
    let sqlite = |names: &[&str]| rpm::tests::database(DatabaseFormat::RpmSqlite, names);
    let bdb = |names: &[&str]| rpm::tests::database(DatabaseFormat::RpmBerkeley, names);
    let cases: Vec<(&str, FakeTree, &str, &[&str])> = vec![
        (
            "a file each package",
            new()
                .file("var/lib/dpkg/status.d/a", stanza("a").as_bytes())
                .file("var/lib/dpkg/status.d/b", b"Package: b\n")
                .file("var/lib/dpkg/status.d/b.md5sums", b"0 usr/bin/b\n")
                .directory("var/lib/dpkg/status.d/c"),
            "var/lib/dpkg/status.d",
            &["a  - Install installed", "b  - Install installed"],
        ),
        (
            "both",
            status(&stanza("a")).file("var/lib/dpkg/status.d/b", b"Package: b\n"),
            "var/lib/dpkg/status",
            &["a  - Install installed", "b  - Install installed"],
        ),
        (
            "through symlinks inside the tree",
            new()
                .symlink("var/lib/rpm", "/usr/lib/sysimage/rpm")
                .file("usr/lib/sysimage/rpm/rpmdb.sqlite", &sqlite(&["a"])),
            "usr/lib/sysimage/rpm/rpmdb.sqlite",
            &["a 1-2 x86_64 Install installed"],
        ),
        (
            "the former place",
            new().file("var/lib/rpm/Packages", &bdb(&["a"])),
            "var/lib/rpm/Packages",
            &["a 1-2 x86_64 Install installed"],
        ),
        (
            "an empty one of the other package manager",
            status(&stanza("a")).file("var/lib/rpm/rpmdb.sqlite", &sqlite(&[])),
            "var/lib/dpkg/status",
            &["a  - Install installed"],
        ),
        (
            "the same, turned",
            status("").file("var/lib/rpm/rpmdb.sqlite", &sqlite(&["a"])),
            "var/lib/rpm/rpmdb.sqlite",
            &["a 1-2 x86_64 Install installed"],
        ),
        (
            "a former format left behind",
            new()
                .file("var/lib/rpm/Packages", &bdb(&["a"]))
                .file("var/lib/rpm/rpmdb.sqlite", &sqlite(&["a", "b"])),
            "var/lib/rpm/rpmdb.sqlite",
            &[
                "a 1-2 x86_64 Install installed",
                "b 1-2 x86_64 Install installed",
            ],
        ),
        (
            "changes that are not in it yet",
            new()
                .file("var/lib/rpm/rpmdb.sqlite", &sqlite(&["a"]))
                .file("var/lib/rpm/rpmdb.sqlite-wal", b"x")
                .file("var/lib/rpm/rpmdb.sqlite-journal", b""),
            "var/lib/rpm/rpmdb.sqlite",
            &[
                "a 1-2 x86_64 Install installed",
                "var/lib/rpm/rpmdb.sqlite-wal: it holds changes that are not in the database yet",
            ],
        ),
        (
            "changes that dpkg has not merged",
            status(&stanza("a"))
                .directory("var/lib/dpkg/updates/tmp.i")
                .file("var/lib/dpkg/updates/0001", stanza("b").as_bytes()),
            "var/lib/dpkg/status",
            &[
                "a  - Install installed",
                "var/lib/dpkg/updates/0001: it holds changes that dpkg has not merged into \
                 `status`",
            ],
        ),
        (
            "closed",
            new().closed("var/lib/dpkg/status", Errno::ACCESS),
            "var/lib/dpkg/status",
            &["var/lib/dpkg/status: cannot open `/fake/file`: Permission denied (os error 13)"],
        ),
        (
            "closed beside one that can be read",
            status(&stanza("a")).closed("var/lib/rpm/Packages.db", Errno::IO),
            "var/lib/dpkg/status",
            &[
                "a  - Install installed",
                "var/lib/rpm/Packages.db: cannot open `/fake/file`: Input/output error (os error 5)",
            ],
        ),
    ];
    for (name, tree, path, expected) in cases {
        let found = find(&tree);
        assert_eq!(found.path.to_string(), path, "{name}");
        assert_eq!(lines(&found), expected, "{name}");
    }
    let none = [
        new(),
        new().directory("var/lib/dpkg/status"),
        new().fifo("var/lib/rpm/Packages"),
        new().symlink("var/lib/dpkg/status", "status"),
        new().symlink("var/lib/rpm", "../../../outside"),
    ];
    for tree in none {
        assert_eq!(Packages::find(&tree, &Silent).expect("readable"), None);
    }
}

/// A monitor that asks to stop.
struct Stopped;

impl Monitor for Stopped {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn reading_stops_when_it_is_to() {
    let trees = [
        status("Package: a\n"),
        FakeTree::new().file(
            "var/lib/rpm/Packages.db",
            &rpm::tests::database(DatabaseFormat::RpmNdb, &["a"]),
        ),
    ];
    for tree in trees {
        let stopped = Packages::find(&tree, &Stopped).expect_err("is to stop");
        assert_eq!(stopped.to_string(), Cancelled.to_string());
    }
}
