//! What could not be seen has not passed.

use super::*;

/// What it is about, the tree, the release that is meant, the rules whose
/// checks are open, and why the first of them is.
type Row<'a> = (&'a str, SpecTree, Option<&'a str>, &'a [&'a str], &'a str);

#[test]
fn what_could_not_be_seen_has_not_passed() {
    let stock = || SpecTree::new(&software_image(ARCH, UBUNTU));
    let spec = |tree: &TreeSpec| SpecTree::new(tree);
    let installed = |text: &str| {
        let mut tree = software_image(ARCH, UBUNTU);
        let status = tree.get_mut("var/lib/dpkg/status").expect("dpkg's");
        let fixtures::tree::Kind::File { content, .. } = &mut status.kind else {
            panic!("the status is a file");
        };
        content.extend_from_slice(text.as_bytes());
        tree
    };
    let bcm = "Package: cmdaemon\nStatus: install ok installed\nArchitecture: amd64\n\
               Version: 10.0-1_cm10.0_0123\n\n";
    let mut bare = software_image(ARCH, UBUNTU);
    bare.remove("var/lib/dpkg");
    let cases: [Row<'_>; 11] = [
        (
            "a directory",
            stock().closed("opt"),
            Some(STOCK_SERIES),
            &[
                "mount-leftover",
                "world-writable",
                "privileged-unpackaged",
                "file-inflated",
                "core-dump",
                "unpacking-interrupted",
            ],
            "a directory could not be read, `opt`: cannot open `opt`: Permission denied (os error 13)",
        ),
        (
            "a directory that some checks are about",
            SpecTree::new(&software_image(ARCH, UBUNTU).with(Node::dir("run/x"))).closed("run/x"),
            Some(STOCK_SERIES),
            &[
                "mount-leftover",
                "run-files",
                "world-writable",
                "privileged-unpackaged",
                "file-inflated",
                "core-dump",
                "unpacking-interrupted",
            ],
            "a directory could not be read, `run/x`: cannot open `run/x`: Permission denied \
             (os error 13)",
        ),
        (
            "a file that tells much",
            stock().closed("usr/bin/ls"),
            Some(STOCK_SERIES),
            &["file-inflated", "core-dump"],
            "a file could not be read, `usr/bin/ls`: cannot open `usr/bin/ls`: Permission denied \
             (os error 13)",
        ),
        (
            "a circle on the way",
            spec(&software_image(ARCH, UBUNTU).with(Node::symlink("var/lib/dbus", "dbus"))),
            Some(STOCK_SERIES),
            &["machine-id"],
            "var/lib/dbus/machine-id cannot be followed: too many symlinks",
        ),
        (
            "no release",
            spec(&software_image(ARCH, UBUNTU).with(Node::file(
                "etc/apt/sources.list.d/cm.list",
                "deb http://x/11.0 ./",
            ))),
            None,
            &["repository-series", "slurm-path"],
            "which release `etc/apt/sources.list.d/cm.list` should name is not known: give --bcm",
        ),
        (
            "no release for packages",
            spec(&installed(bcm)),
            None,
            &["bcm-series", "slurm-path"],
            "the packages are of BCM 10.0; which release is meant is not known: give --bcm",
        ),
        (
            "no release for DGX OS",
            spec(&software_image(ARCH, UBUNTU).with(Node::file("etc/dgx-release", ""))),
            None,
            &["dgx-release-old", "slurm-path"],
            "which DGX OS is supported depends on the release: give --bcm",
        ),
        (
            "no package database",
            spec(&bare),
            Some(STOCK_SERIES),
            &["privileged-unpackaged"],
            "there are such files, and no package database to tell where they come from",
        ),
        (
            "a list of files that may not be read",
            stock().closed("var/lib/dpkg/info/passwd.list"),
            Some(STOCK_SERIES),
            &["privileged-unpackaged", "file-inflated", "core-dump"],
            "which files belong to packages was not read in full: \
             `var/lib/dpkg/info/passwd.list`: cannot open `var/lib/dpkg/info/passwd.list`: \
             Permission denied (os error 13)",
        ),
        (
            "a database that may not be read",
            stock().closed("var/lib/dpkg/status"),
            Some(STOCK_SERIES),
            &[
                "package-unfinished",
                "bcm-series",
                "file-inflated",
                "core-dump",
            ],
            "the package database was not read in full: `var/lib/dpkg/status`: cannot open \
             `var/lib/dpkg/status`: Permission denied (os error 13)",
        ),
        (
            "lists without end",
            spec(&software_image(ARCH, UBUNTU).with(Node::file(
                "etc/apt/sources.list",
                vec![b'#'; (1 << 20) + 1],
            ))),
            Some(STOCK_SERIES),
            &[
                "repository-series",
                "repository-cm-ml",
                "repository-media",
                "repository-signed-by",
                "repository-duplicate",
            ],
            "`etc/apt/sources.list` is too large to be read",
        ),
    ];
    for (name, tree, series, rules, why) in cases {
        let options = Options {
            series: series.map(|series| series.parse().expect("a release")),
            ..Options::default()
        };
        let outcome = linted(&tree, &options);
        let open = open(&outcome);
        let opened: Vec<_> = open.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(opened, rules, "{name}: {open:#?}");
        assert_eq!(open[0].1, why, "{name}");
        assert_eq!(names(&outcome.findings), [""; 0], "{name}");
    }
}

#[test]
fn what_was_seen_counts_though_not_all_was() {
    let spec = software_image(ARCH, UBUNTU).with(Node::dir("srv/x").mode(0o777));
    let tree = SpecTree::new(&spec).closed("opt");
    let outcome = linted(&tree, &options(STOCK_SERIES));
    assert_eq!(names(&outcome.findings), ["world-writable"]);
    assert_eq!(outcome.unreadable.count(), 1);
}

#[test]
fn a_tree_of_no_kind_is_not_said_to_be_in_order() {
    let empty = SpecTree::new(&TreeSpec::new());
    let outcome = linted(&empty, &Options::default());
    assert_eq!(outcome.kind, None);
    assert!(open(&outcome).len() > 10);
    for (rule, why) in open(&outcome) {
        assert!(why.contains("--kind"), "{rule}: {why}");
    }
    let options = Options {
        kind: Some(ImageKind::CmShared),
        ..Options::default()
    };
    let outcome = linted(&empty, &options);
    assert_eq!(names(&outcome.findings), ["kind-not-provable"]);
    assert_eq!(open(&outcome), []);
}
