//! A review of a node is that of its directory, or tells what it does not know.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use fixtures::rpm::{Header, ndb, sqlite, tag};
use libimage::diff::{self, diff};
use libimage::monitor::{Monitor, Silent};
use libimage::node::{NodeTree, Shell};
use libimage::review::{Options, Review, review};
use libimage::tree::Tree;
use tempfile::TempDir;

use crate::heard::Heard;
use crate::node::{listed, live};
use crate::server::{Programs, Server};

/// SHA-256 of nothing, and of the text `shipped`.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SHIPPED: &str = "698310fadbfa5275b3cb493120be05841923760acc7d2dde8a8e26f38d125412";

fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("in a directory")).expect("ours");
    fs::write(path, text).expect("a new name");
}

fn set_time(path: &Path, seconds: u32) {
    let status = Command::new("touch")
        .arg(format!("--date=@{seconds}"))
        .arg(path)
        .status();
    assert!(status.expect("touch is installed").success());
}

/// Puts the files of two packages into an image and what became of it on a node.
fn files(dir: &Path) {
    for (tree, seconds) in [("image", 1_700_000_000), ("node", 1_700_000_100)] {
        for (path, image, node) in [
            ("etc/p.conf", "shipped", "edited!"),
            ("etc/q.conf", "shipped", "shipped"),
            ("usr/bin/p", "shipped", "patched!"),
            ("usr/bin/it's odd\n", "shipped", "shipped"),
            ("var/log/p.log", "", "written"),
            ("srv/same", "as is", "as is"),
            ("srv/other", "one", "two"),
        ] {
            let path = dir.join(tree).join(path);
            write(&path, if tree == "image" { image } else { node });
            set_time(&path, seconds);
        }
    }
    write(&dir.join("node/srv/local"), "precious");
    write(&dir.join("node/usr/bin/gone"), "shipped");
}

/// A tree of each kind of database.
fn with_dpkg() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    files(dir.path());
    let sum = "8407efe4e76e884909955a5e7293661e";
    for tree in ["image", "node"] {
        let at = dir.path().join(tree).join("var/lib/dpkg");
        let status = format!(
            "Package: p\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nConffiles:\n \
             /etc/p.conf {sum}\n /etc/q.conf {sum}\n"
        );
        write(&at.join("status"), status);
        write(&at.join("arch"), "amd64\n");
        write(&at.join("diversions"), "/usr/bin/q\n/usr/bin/gone\nelse\n");
        write(
            &at.join("info/p.list"),
            "/.\n/etc\n/etc/p.conf\n/etc/q.conf\n/usr/bin/p\n/usr/bin/q\n/usr/bin/it's odd\n",
        );
        write(&at.join("info/p.md5sums"), format!("{sum}  usr/bin/p\n"));
        write(&at.join("info/p.postinst"), "#!/bin/sh\n");
    }
    dir
}

fn with_rpm(place: &str, database: impl Fn(&[Vec<u8>]) -> Vec<u8>) -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    files(dir.path());
    let header = Header::of("p", "1", "1", "noarch")
        .strings(tag::DIRNAMES, &["/etc/", "/usr/bin/", "/var/log/"])
        .strings(tag::BASENAMES, &["p.conf", "q.conf", "p", "gone", "p.log"])
        .numbers(tag::DIRINDEXES, &[0, 0, 1, 1, 2])
        .strings(tag::FILEDIGESTS, &[SHIPPED, SHIPPED, SHIPPED, EMPTY, ""])
        .numbers(tag::FILEFLAGS, &[1, 1, 0, 0, 64])
        .numbers(tag::FILEDIGESTALGO, &[8]);
    let bytes = database(&[header.bytes()]);
    for tree in ["image", "node"] {
        write(&dir.path().join(tree).join(place), &bytes);
    }
    dir
}

fn reviewed(source: &dyn Tree, target: &dyn Tree, monitor: &dyn Monitor) -> Review {
    let outcome = diff(source, target, &diff::Options::default(), &Silent).expect("known");
    review(source, target, &outcome, &Options::default(), monitor).expect("it tells what is not")
}

fn here(dir: &Path) -> Review {
    reviewed(&live(&dir.join("image")), &live(&dir.join("node")), &Silent)
}

fn node(dir: &Path, shell: Shell) -> NodeTree {
    listed(&dir.join("node"), shell, |_| {}, &Silent).expect("it is there")
}

#[test]
#[ignore = "needs root, sshd, getfattr; .ci/run runs it"]
fn what_is_at_risk_is_the_same_from_a_node_as_from_here() {
    let servers = [
        Server::with(Programs::imgtool()),
        Server::with(Programs::tools()),
    ];
    for (dir, format) in [
        (with_dpkg(), "dpkg"),
        (
            with_rpm("var/lib/rpm/rpmdb.sqlite", |headers| sqlite(headers, 4096)),
            "sqlite",
        ),
        (with_rpm("usr/lib/sysimage/rpm/Packages.db", ndb), "ndb"),
    ] {
        let dir = dir.path();
        let expected = here(dir);
        assert_eq!(
            (&*expected.source.unread, &*expected.target.unread),
            (&[][..], &[][..])
        );
        let edited = expected
            .at_risk
            .iter()
            .filter(|risk| risk.reason.package() == Some("p"));
        assert!(edited.count() >= 2, "{format}: {expected:#?}");
        for server in &servers {
            let heard = Heard::default();
            let target = node(dir, server.shell());
            let found = reviewed(&live(&dir.join("image")), &target, &heard);
            assert_eq!(format!("{found:#?}"), format!("{expected:#?}"), "{format}");
            let source = listed(&dir.join("image"), server.shell(), |_| {}, &Silent);
            let source = source.expect("it is there");
            let found = reviewed(&source, &live(&dir.join("node")), &heard);
            assert_eq!(format!("{found:#?}"), format!("{expected:#?}"), "{format}");
            assert_eq!(heard.lines(), [""; 0], "{format}");
        }
    }
}

#[test]
#[ignore = "needs root, sshd, getfattr; .ci/run runs it"]
fn a_database_that_changes_is_not_known() {
    let changes = "changed";
    for (name, script, reason) in [
        // While it is read, before and after: longer, shorter, other bytes.
        (
            "cat",
            "REAL/cat \"$@\"; echo >>var/lib/dpkg/status",
            changes,
        ),
        (
            "cat",
            "echo >>var/lib/dpkg/status; REAL/cat \"$@\"",
            changes,
        ),
        ("cat", "REAL/cat \"$@\" | REAL/head -c 40", ""),
        ("cat", "REAL/cat \"$@\"; exit 1", changes),
        ("cat", "REAL/cat \"$@\"; >var/lib/dpkg/status", changes),
    ] {
        let dir = with_dpkg();
        // The listing asks for its table of mounts by the same program.
        let script = format!("case $1 in /proc/*) exec REAL/cat \"$1\";; esac\n{script}");
        let server = Server::with(Programs::tools().script(name, &script));
        let heard = Heard::default();
        let target = node(dir.path(), server.shell());
        let found = reviewed(&live(&dir.path().join("image")), &target, &heard);
        let unread = &found.target.unread;
        assert!(!unread.is_empty(), "{script}");
        assert!(unread[0].reason.to_string().contains(reason), "{unread:?}");
        assert!(!heard.lines().is_empty(), "{script}");
    }
    // Since it was listed.
    let dir = with_dpkg();
    let server = Server::with(Programs::tools());
    let target = node(dir.path(), server.shell());
    let list = dir.path().join("node/var/lib/dpkg/info/p.list");
    fs::write(
        &list,
        fs::read_to_string(&list)
            .expect("there")
            .replace("/p", "/x"),
    )
    .expect("ours");
    fs::remove_file(dir.path().join("node/var/lib/dpkg/diversions")).expect("there");
    let heard = Heard::default();
    let found = reviewed(&live(&dir.path().join("image")), &target, &heard);
    let unread = found.target.unread.iter();
    let unread: Vec<_> = unread
        .map(|one| format!("{}: {}", one.path, one.reason))
        .collect();
    assert_eq!(
        unread,
        [
            "var/lib/dpkg/diversions: it is not there any more, or may not be read",
            "var/lib/dpkg/info/p.list: it changed after it was listed",
        ]
    );
    assert_eq!(heard.lines().len(), 2);
}

#[test]
#[ignore = "needs getfattr; .ci/run runs it"]
fn a_connection_that_breaks_off_while_content_is_fetched_is_told() {
    let dir = with_dpkg();
    let programs = Programs::tools();
    let at = tempfile::tempdir().expect("a directory");
    // The first connection is as it should be, the others are cut.
    let script = format!(
        "#!/bin/sh\ncd {}\ncut=$1; shift 2\nPATH={}\nif [ -e runs ]; then\n  \
         echo >>runs\n  \
         (cd /; \"$@\") >answer 2>said; head -c $cut answer; cat said >&2; exit 255\n\
         fi\necho >>runs\n\"$@\"\n",
        at.path().display(),
        programs.path().display(),
    );
    let path = at.path().join("cut");
    fs::write(&path, script).expect("a new name");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
    let image = live(&dir.path().join("image"));
    for cut in [0, 10, 16, 40, 100, 400, 600, 1 << 20] {
        let runs = at.path().join("runs");
        let _ = fs::remove_file(&runs);
        let shell = format!("{} {cut}", path.display());
        let shell = Shell::parse(shell.as_ref()).expect("a command");
        let target = node(dir.path(), shell);
        let heard = Heard::default();
        let found = reviewed(&image, &target, &heard);
        let unread = &found.target.unread;
        assert!(!unread.is_empty(), "{cut}");
        let reason = unread[0].reason.to_string();
        assert!(reason.contains("broke off"), "{cut}: {reason}");
        // The database, and local files that may be the same: no third attempt.
        assert_eq!(heard.lines().len(), 2, "{cut}: {:?}", heard.lines());
        let runs = fs::read_to_string(runs).expect("it was listed");
        assert_eq!(runs.lines().count(), 2, "{cut}");
    }
}

#[test]
#[ignore = "needs root, sshd, getfattr; .ci/run runs it"]
fn content_is_fetched_only_where_it_is_shown() {
    let dir = with_dpkg();
    let server = Server::with(Programs::tools());
    let ssh = dir.path().join("ssh");
    let script = format!(
        "#!/bin/sh\necho >>{}\nexec {} \"$@\"\n",
        dir.path().join("connections").display(),
        server.rsh()
    );
    fs::write(&ssh, script).expect("a new name");
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).expect("ours");
    let remote = format!("node001:{}", dir.path().join("node").display());
    let run = |target: &str, arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_imgtool"))
            .args(["diff", "image", target])
            .args(arguments)
            .current_dir(dir.path())
            .env("IMGTOOL_SSH", &ssh)
            .output()
            .expect("it was built");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        text(output.stdout).replace(target, "node") + &text(output.stderr)
    };
    for (arguments, connections) in [
        (&["--stat"][..], 1),
        (&["--name-only"], 1),
        (&["--format", "itemize"], 1),
        (&["--patch", "/srv"], 2),
        // The database, files of packages, local ones of the same size.
        (&["--details"], 4),
        (&[], 4),
        (&["--format", "json"], 4),
    ] {
        let counted = dir.path().join("connections");
        let _ = fs::remove_file(&counted);
        assert_eq!(
            run(&remote, arguments),
            run("node", arguments),
            "{arguments:?}"
        );
        let lines = fs::read_to_string(&counted).expect("it was listed");
        assert_eq!(lines.lines().count(), connections, "{arguments:?}");
    }
}
