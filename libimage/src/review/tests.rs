//! Reviews of small trees.

mod made;

use fixtures::rpm::{Header, sqlite, tag};
use fixtures::tree::{Node, Privilege, TreeSpec};

use super::*;
use crate::diff::{self, Action, diff};
use crate::inspect::fake::FakeTree;
use crate::monitor::Silent;
use crate::tree::{LiveTree, Want};
use made::{LINK, P1, P2, Package, Q, WITH_LINK, installed, recorded, records};

fn reviewed(source: &dyn Tree, target: &dyn Tree, read: Read) -> (Outcome, Review) {
    let outcome = diff(source, target, &diff::Options::default(), &Silent).expect("readable");
    let options = Options {
        read,
        ..Options::default()
    };
    let review = review(source, target, &outcome, &options, &Silent).expect("readable");
    (outcome, review)
}

/// What is at risk, a line each.
fn risks(review: &Review) -> Vec<String> {
    let line = |risk: &Risk| {
        format!(
            "{} {}{} {} {} {}{}{}",
            risk.fate.word(),
            risk.path,
            if risk.is_directory { "/" } else { "" },
            risk.entries,
            risk.bytes,
            risk.reason.word(),
            risk.reason
                .package()
                .map(|name| format!(" {name}"))
                .unwrap_or_default(),
            if risk.is_valuable { " valuable" } else { "" },
        )
    };
    review.at_risk.iter().map(line).collect()
}

#[test]
fn local_data_is_what_no_package_brought() {
    let image = || installed(&[P1]);
    let cases: Vec<(&str, FakeTree, FakeTree, &[&str])> = vec![
        ("nothing", image(), image(), &[]),
        (
            "a file of nobody's",
            image(),
            image().file("etc/hosts", b"12345"),
            &["deleted etc/hosts 1 5 no-package"],
        ),
        (
            "directories, the topmost for all in it, the largest first",
            image(),
            image()
                .file("srv/a/b/c", b"123456")
                .file("srv/a/d", b"7")
                .file("opt/x", b"12345678"),
            &[
                "deleted opt/ 2 8 no-package valuable",
                "deleted srv/ 5 7 no-package valuable",
            ],
        ),
        (
            "an empty directory",
            image(),
            image().directory("data/mnt"),
            &["deleted data/ 2 0 no-package"],
        ),
        (
            "a package that goes with all it brought",
            image(),
            installed(&[P1, Q]),
            &[],
        ),
        (
            "what lies among files of a package that goes",
            image(),
            installed(&[P1, Q])
                .file("usr/lib/q/mine/a", b"1")
                .file("usr/lib/q/mine/b", b"22")
                .file("var/lib/q/state", b"333"),
            &[
                "deleted usr/lib/q/mine/ 3 3 no-package",
                "deleted var/lib/q/state 1 3 no-package",
            ],
        ),
        (
            "what lies alone in a directory of a package that goes",
            image(),
            records(&[P1, Q])
                .file("usr/bin/p", b"program")
                .file("usr/share/p/data", b"data")
                .file("etc/p.conf", b"shipped")
                .file("var/lib/q/state", b"333"),
            &["deleted var/lib/q/state 1 3 no-package"],
        ),
        (
            "an edited conffile, that the next version would replace",
            installed(&[P2]),
            image().file("etc/p.conf", b"edited"),
            &["overwritten etc/p.conf 1 6 edited p"],
        ),
        ("a conffile as it was", installed(&[P2]), image(), &[]),
        (
            "an edited conffile of a package that goes",
            image(),
            installed(&[P1, Q]).file("etc/q.conf", b"edited"),
            &["deleted etc/q.conf 1 6 edited q"],
        ),
        (
            "a program that somebody changed",
            image(),
            image().file("usr/bin/p", b"patched program"),
            &["overwritten usr/bin/p 1 15 edited p"],
        ),
        (
            "a program that the next version replaces is not read",
            installed(&[P2]),
            image().file("usr/bin/p", b"patched program"),
            &[],
        ),
        (
            "a file that is written where programs write, of a package that goes",
            image(),
            installed(&[P1, Q]).file("var/lib/q/.keep", b"by the program"),
            &["deleted var/lib/q/.keep 1 14 edited q"],
        ),
        (
            "a conffile that nobody can read",
            installed(&[P2]),
            image().closed("etc/p.conf", rustix::io::Errno::ACCESS),
            &["overwritten etc/p.conf 1 1000 unknown p"],
        ),
        (
            "a file of nobody's in place of another",
            image().file("etc/motd", b"image"),
            image().file("etc/motd", b"the node's own"),
            &["overwritten etc/motd 1 14 no-package"],
        ),
        (
            "a directory in place of which a file comes",
            image().file("data", b"x"),
            image().file("data/a", b"123").file("data/b/c", b"45"),
            &["replaced data/ 4 5 no-package"],
        ),
        (
            "a file in place of which a directory comes",
            image().file("data/x", b"x"),
            image().file("data", b"123"),
            &["replaced data 1 3 no-package"],
        ),
        (
            "a file where the package has a symlink",
            installed(&[WITH_LINK]).symlink("etc/l.conf", "../usr/l.conf"),
            installed(&[WITH_LINK]).file("etc/l.conf", b"by hand"),
            &["replaced etc/l.conf 1 7 edited l"],
        ),
        (
            "a file where a package without sums has something",
            records(&[LINK]).symlink("etc/l.conf", "../usr/l.conf"),
            records(&[LINK]).file("etc/l.conf", b"by hand"),
            &[],
        ),
        (
            "an edited conffile in place of which a symlink comes",
            records(&[P1]).symlink("etc/p.conf", "p.d/one"),
            image().file("etc/p.conf", b"edited"),
            &["replaced etc/p.conf 1 6 edited p"],
        ),
        (
            "an edited conffile in place of which a directory comes",
            records(&[P1]).file("etc/p.conf/one", b"1"),
            image().file("etc/p.conf", b"edited"),
            &["replaced etc/p.conf 1 6 edited p"],
        ),
        (
            "a conffile as it was in place of which a symlink comes",
            records(&[P1]).symlink("etc/p.conf", "p.d/one"),
            image(),
            &[],
        ),
        (
            "names through symlinks are a package's all the same",
            FakeTree::new(),
            records(&[Package {
                name: "su",
                version: "1",
                files: &[("bin/su", "su", false)],
            }])
            .symlink("bin", "usr/bin")
            .file("usr/bin/su", b"su")
            .file("usr/bin/mine", b"1"),
            &["deleted usr/bin/mine 1 1 no-package"],
        ),
        (
            "what dpkg diverted is a package's under its other name",
            image(),
            image()
                .file(
                    "var/lib/dpkg/diversions",
                    b"/usr/bin/p\n/usr/bin/p.real\n:\n",
                )
                .file("usr/bin/p", b"wrapper")
                .file("usr/bin/p.real", b"program"),
            // Of equal size and time, so nothing is to be done about `p`.
            &[],
        ),
    ];
    for (what, source, target, expected) in cases {
        let (_, review) = reviewed(&source, &target, Read::Telling);
        assert_eq!(risks(&review), expected, "{what}");
        assert_eq!(review.target.unread, [], "{what}");
    }
    // Who has everything read learns of the program, too.
    let patched = image().file("usr/bin/p", b"patched program");
    let (_, review) = reviewed(&installed(&[P2]), &patched, Read::All);
    assert_eq!(risks(&review), ["overwritten usr/bin/p 1 15 edited p"]);
}

#[test]
fn what_is_taken_to_be_as_shipped_unseen_is_counted() {
    let patched = || installed(&[P1]).file("usr/bin/p", b"patched program");
    for (what, source, target, read, expected) in [
        ("upgraded", P2, patched(), Read::Telling, (1, 15)),
        ("upgraded and read", P2, patched(), Read::All, (0, 0)),
        ("same version", P1, patched(), Read::Telling, (0, 0)),
        // But for what lies in `etc` and `var`.
        ("gone", P1, installed(&[P1, Q]), Read::Telling, (1, 4)),
        (
            "cannot be read",
            P1,
            patched().closed("usr/bin/p", rustix::io::Errno::ACCESS),
            Read::All,
            (1, 1000),
        ),
    ] {
        let (_, review) = reviewed(&installed(&[source]), &target, read);
        let Unchecked { entries, bytes } = review.unchecked;
        assert_eq!((entries, bytes), expected, "{what}");
    }
}

#[test]
fn what_a_hard_link_takes_the_place_of_is_lost_if_it_is_other_content() {
    let place = tempfile::tempdir().expect("makes");
    let tree = |name: &str, nodes: Vec<Node>| {
        let path = place.path().join(name);
        let nodes = nodes.into_iter().map(|node| node.mtime(1, 0));
        let spec = TreeSpec::new().with(Node::dir("").mtime(1, 0));
        nodes
            .fold(spec, TreeSpec::with)
            .create(&path, Privilege::current());
        LiveTree::open(&path, Want::All).expect("opens")
    };
    let names = ["one", "other", "same", "later"];
    let links = names[1..].iter().map(|name| Node::hard_link(*name, "one"));
    let source = tree(
        "source",
        [Node::file("one", "1234")]
            .into_iter()
            .chain(links)
            .collect(),
    );
    // A sync takes files of the same size and time for the same.
    let contents = ["1234", "else", "1234", "longer"];
    let files = names.iter().zip(contents);
    let target = tree(
        "target",
        files.map(|(name, text)| Node::file(*name, text)).collect(),
    );
    let (outcome, review) = reviewed(&source, &target, Read::Telling);
    assert_eq!(outcome.totals.count(Action::Link), 3);
    assert_eq!(
        risks(&review),
        [
            "overwritten later 1 6 no-package",
            "overwritten other 1 4 no-package",
        ]
    );
    assert_eq!(review.regenerated, []);
}

#[test]
fn what_is_made_again_is_counted_apart() {
    let image = installed(&[P1]);
    let node = installed(&[P1])
        .file("var/cache/apt/pkgcache.bin", b"12345678")
        .file("var/log/messages", b"123")
        .file("usr/share/p/__pycache__/data.cpython-312.pyc", b"1234")
        .file("usr/share/p/code.py", b"")
        // What is no compiled Python, wherever it lies.
        .file("usr/share/p/__pycache__/state.db", b"12345678901")
        .file("usr/share/p/results.pyc/run.csv", b"1234567890")
        .file("usr/share/p/.pyc", b"123456789")
        .file("usr/share/p/__pycache__/code.cpython-312.pyc", b"12");
    let (_, review) = reviewed(&image, &node, Read::Telling);
    let again: Vec<_> = review
        .regenerated
        .iter()
        .map(|again| {
            let (path, bytes) = &again.largest;
            format!(
                "{} {} {}: {path} {bytes}",
                again.reason, again.entries, again.bytes
            )
        })
        .collect();
    assert_eq!(
        again,
        [
            "caches 3 8: var/cache/apt/pkgcache.bin 8",
            "logs 1 3: var/log/messages 3",
            "compiled from the Python files beside them 2 2: \
             usr/share/p/__pycache__/code.cpython-312.pyc 2",
        ]
    );
    assert_eq!(
        risks(&review),
        [
            // There is no `data.py` that one of them could be made from.
            "deleted usr/share/p/__pycache__/ 2 15 no-package",
            "deleted usr/share/p/results.pyc/ 2 10 no-package",
            "deleted usr/share/p/.pyc 1 9 no-package",
            "deleted usr/share/p/code.py 1 0 no-package",
        ]
    );
}

#[test]
fn changes_belong_to_packages() {
    let source = installed(&[P2]).file("etc/new", b"1");
    let target = installed(&[P1, Q]);
    let (outcome, review) = reviewed(&source, &target, Read::Telling);
    let packages: Vec<_> = review
        .packages
        .iter()
        .map(|package| {
            let version = |version: &Option<Version>| match version {
                Some(version) => version.version.to_string(),
                None => "-".to_owned(),
            };
            let (from, to) = (version(&package.from), version(&package.to));
            let totals = &package.totals;
            format!(
                "{} {} {from} {to}: {} {} {}",
                package.name,
                package.transition.word(),
                totals.changes(),
                totals.bytes_sent,
                totals.bytes_deleted
            )
        })
        .collect();
    assert_eq!(packages, ["p upgraded 1 2: 2 25 0", "q removed 1 -: 6 0 5"]);
    let all = outcome.changes.len() as u64;
    assert_eq!(review.unpackaged.changes(), all - 8);
    let owner = |path: &str| {
        let is_it = |change: &Change| change.path.as_bytes() == path.as_bytes();
        let number = outcome.changes.iter().position(is_it);
        review
            .package(number.expect("it changes"))
            .map(str::to_owned)
    };
    assert_eq!(owner("etc/p.conf").as_deref(), Some("p"));
    assert_eq!(owner("usr/lib/q").as_deref(), Some("q"));
    assert_eq!(owner("etc/new"), None);
}

#[test]
fn files_are_held_against_what_was_shipped() {
    let cases = [
        // The source's program and conffile, then the target's.
        ([None, None], [None, None], &[][..]),
        (
            [None, None],
            [Some("patch"), Some("edited")],
            &[
                "etc/p.conf Configuration as-shipped changed",
                "usr/bin/p Plain as-shipped changed",
            ],
        ),
        (
            [Some("patched!"), None],
            [None, None],
            &["usr/bin/p Plain changed as-shipped"],
        ),
        (
            [None, Some("edited!")],
            [None, Some("edited")],
            &["etc/p.conf Configuration changed changed"],
        ),
    ];
    for (source, target, expected) in cases {
        let tree = |[program, conffile]: [Option<&str>; 2]| {
            installed(&[P1])
                .file("usr/bin/p", program.unwrap_or("program").as_bytes())
                .file("etc/p.conf", conffile.unwrap_or("shipped").as_bytes())
        };
        let (outcome, review) = reviewed(&tree(source), &tree(target), Read::Telling);
        let found: Vec<_> = review
            .files
            .iter()
            .map(|file| {
                let word = |side: Option<Content>| side.and_then(Content::word).unwrap_or("-");
                let path = &outcome.changes[file.change].path;
                let (source, target) = (word(file.source), word(file.target));
                format!("{path} {:?} {source} {target}", file.role)
            })
            .collect();
        assert_eq!(found, expected, "{source:?} {target:?}");
    }
}

#[test]
fn rpm_knows_its_files_by_their_headers() {
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let header = |version| {
        Header::of("p", version, "1.el9", "x86_64")
            .strings(tag::DIRNAMES, &["/etc/", "/usr/bin/"])
            .strings(tag::BASENAMES, &["config", "ghost", "link", "p"])
            .numbers(tag::DIRINDEXES, &[0, 0, 0, 1])
            .strings(tag::FILEDIGESTS, &[EMPTY, "", "", EMPTY])
            .numbers(tag::FILEFLAGS, &[1, 64, 1, 0])
            .numbers(tag::FILEDIGESTALGO, &[8])
            .bytes()
    };
    let tree = |version| {
        let database = sqlite(&[header(version)], 4096);
        FakeTree::new()
            .file("var/lib/rpm/rpmdb.sqlite", &database)
            .file("usr/bin/p", b"")
    };
    let target = tree("1.9")
        .file("etc/config", b"edited")
        .file("etc/ghost", b"written")
        .file("etc/link", b"edited in place")
        .file("etc/own", b"1");
    let source = tree("1.10")
        .file("etc/config", b"")
        .symlink("etc/link", "config")
        .file("etc/other", b"");
    let (_, review) = reviewed(&source, &target, Read::Telling);
    assert_eq!(
        risks(&review),
        [
            "replaced etc/link 1 15 edited p",
            "deleted etc/ghost 1 7 ghost p",
            "overwritten etc/config 1 6 edited p",
            "deleted etc/own 1 1 no-package",
        ]
    );
    assert_eq!(review.packages[0].transition, Transition::Upgraded);
}

#[test]
fn what_a_manifest_does_not_have_is_not_guessed() {
    let image = installed(&[P2]);
    let node = recorded(&installed(&[P1, Q]));
    let (outcome, review) = reviewed(&image, &node, Read::All);
    let unread: Vec<_> = review
        .target
        .unread
        .iter()
        .map(|unread| unread.path.to_string())
        .collect();
    assert_eq!(
        unread,
        [
            "var/lib/dpkg/status",
            "var/lib/dpkg/info/p.list",
            "var/lib/dpkg/info/q.list",
        ]
    );
    // Whether it is new or was there in another version is not known.
    assert_eq!(review.packages.len(), 1);
    assert_eq!(review.packages[0].transition, Transition::Unknown);
    let contents: Vec<_> = review
        .files
        .iter()
        .map(|file| (file.source, file.target))
        .collect();
    assert_eq!(contents, [(Some(Content::AsShipped), None); 2]);
    assert!(risks(&review).contains(&"overwritten etc/p.conf 1 7 no-package".to_owned()));

    // The other way round the owners are known, and content is not.
    let (_, review) = reviewed(&node, &image, Read::All);
    assert_eq!(review.target.unread, []);
    let contents: Vec<_> = review
        .files
        .iter()
        .map(|file| (file.source, file.target))
        .collect();
    assert_eq!(contents, [(None, Some(Content::AsShipped)); 2]);
    assert_eq!(risks(&review), [""; 0]);
    assert!(!outcome.changes.is_empty());
}
