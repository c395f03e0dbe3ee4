//! Which database is found in a tree, and what dpkg's says.

use rustix::io::Errno;

use super::*;
use crate::inspect::fake::FakeTree;
use crate::monitor::{Cancelled, Phase, Silent, Warning};

fn find(tree: &FakeTree) -> Packages {
    Packages::find(tree, &Silent)
        .expect("readable")
        .expect("there is a database")
}

/// Each package in a line, then each thing that was not read.
fn lines(packages: &Packages) -> Vec<String> {
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

fn status(text: &str) -> FakeTree {
    FakeTree::new().file("var/lib/dpkg/status", text.as_bytes())
}

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
    let text: String = (0..=MOST_PACKAGES)
        .map(|number| format!("Package: p{number}\n\n"))
        .collect();
    let found = find(&status(&text));
    assert_eq!(found.list.len(), MOST_PACKAGES);
    assert_eq!(
        found.unread[0].reason.to_string(),
        "it has more than 50000 packages"
    );
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
