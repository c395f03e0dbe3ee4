//! What is said about databases that fit their trees, and those that don't.

use super::*;
use crate::inspect::Architecture;
use crate::inspect::fake::FakeTree;
use crate::rules::{Demand, Policy, Severity, Verdict, judge};

/// An Ubuntu 24.04 for 64-bit x86, with these packages: name, version and
/// architecture by turns.
fn ubuntu(list: &str) -> FakeTree {
    let words: Vec<_> = list.split_whitespace().collect();
    let stanzas: Vec<_> = words
        .chunks(3)
        .map(|package| {
            format!(
                "Package: {}\nStatus: install ok installed\nVersion: {}\nArchitecture: {}\n\n",
                package[0], package[1], package[2]
            )
        })
        .collect();
    FakeTree::new()
        .elf("usr/bin/true", Architecture::X86_64)
        .file(
            "etc/os-release",
            b"ID=ubuntu\nVERSION_ID=24.04\nID_LIKE=debian",
        )
        .file("var/lib/dpkg/status", stanzas.concat().as_bytes())
}

fn said(tree: &FakeTree) -> Vec<String> {
    findings(&tree.facts())
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn databases_fit_their_trees_or_not() {
    let release = |text: &str| {
        ubuntu("base-files 13ubuntu10.1 amd64").file("etc/os-release", text.as_bytes())
    };
    let cases: Vec<(&str, FakeTree, &[&str])> = vec![
        (
            "all fits",
            ubuntu("base-files 13ubuntu10.1 amd64 adduser 3 all"),
            &[],
        ),
        ("an empty database", ubuntu(""), &[]),
        (
            "no database",
            FakeTree::new().elf("usr/bin/true", Architecture::X86_64),
            &[],
        ),
        (
            "no programs to compare with",
            FakeTree::new().file("var/lib/dpkg/status", b"Package: a\nArchitecture: arm64\n"),
            &[],
        ),
        (
            "some foreign packages",
            ubuntu("a 1 amd64 b 1 amd64 c 1 i386"),
            &[],
        ),
        (
            "an architecture that is not known",
            ubuntu("a 1 hurd-i386"),
            &[],
        ),
        (
            "another architecture",
            ubuntu("a\x1b[31m 1 arm64 b 1 arm64 c 1 arm64 d 1 arm64 e 1 amd64"),
            &[
                "error[package-db-arch]: the database of dpkg in `var/lib/dpkg/status` is for \
                 aarch64, the tree's programs are for x86_64: 4 of 5 packages are for aarch64, \
                 such as a\\x1b[31m 1, b 1, c 1",
            ],
        ),
        (
            "another release",
            release("ID=ubuntu\nVERSION_ID=22.04"),
            &[
                "error[package-db-distro]: `etc/os-release` says ubuntu2204, the database of \
                 dpkg in `var/lib/dpkg/status` shows ubuntu2404, by base-files 13ubuntu10.1",
            ],
        ),
        (
            "another minor release",
            release("ID=ubuntu\nVERSION_ID=24.10"),
            &[
                "warning[package-db-release]: `etc/os-release` says ubuntu2410, the database of \
                 dpkg in `var/lib/dpkg/status` shows ubuntu2404, by base-files 13ubuntu10.1",
            ],
        ),
        (
            "another distribution",
            release("ID=rhel\nVERSION_ID=9.5"),
            &[
                "error[package-db-distro]: `etc/os-release` says rhel9u5, the database of dpkg \
                 in `var/lib/dpkg/status` shows ubuntu2404, by base-files 13ubuntu10.1",
            ],
        ),
        ("no release", release("ID=ubuntu"), &[]),
        (
            "a derivative",
            release("ID=linuxmint\nVERSION_ID=22\nID_LIKE=ubuntu"),
            &[],
        ),
        (
            "Ubuntu over packages of Debian",
            ubuntu("base-files 12.4+deb12u8 amd64"),
            &[
                "error[package-db-distro]: `etc/os-release` says ubuntu2404, the database of \
                 dpkg in `var/lib/dpkg/status` shows debian12, by base-files 12.4+deb12u8",
            ],
        ),
        (
            "not read",
            ubuntu("a 1 amd64")
                .file("var/lib/dpkg/updates/0", b"")
                .closed("var/lib/rpm/Packages", rustix::io::Errno::ACCESS),
            &[
                "warning[package-db-unreadable]: the database of dpkg was not read in full: \
                 `var/lib/dpkg/updates/0`: it holds changes that dpkg has not merged into \
                 `status`; and 1 more",
            ],
        ),
        (
            "DGX OS of this Ubuntu",
            ubuntu("").file("etc/dgx-release", b"DGX_SWBUILD_VERSION=7.0.1"),
            &[],
        ),
        (
            "DGX OS of another",
            ubuntu("").file("etc/dgx-release", b"DGX_SWBUILD_VERSION='6.1\x1b'"),
            &[
                "warning[dgx-release-distro]: `etc/dgx-release` says DGX OS 6.1\\x1b, which is \
                 made of Ubuntu 22.04; `etc/os-release` says ubuntu2404",
            ],
        ),
        (
            "NVIDIA's software on another distribution",
            release("ID=rhel\nVERSION_ID=9.5")
                .file("var/lib/dpkg/status", b"")
                .file("etc/dgx-release", b"DGX_SWBUILD_VERSION=6.1"),
            &[],
        ),
    ];
    for (name, tree, expected) in cases {
        assert_eq!(said(&tree), expected, "{name}");
    }
}

#[test]
fn rebuilds_are_alike() {
    let rocky = |version: &str| {
        let header = fixtures::rpm::Header::of("rocky-release", version, "1", "noarch");
        FakeTree::new()
            .file("etc/os-release", b"ID=rhel\nVERSION_ID=9.5")
            .file(
                "var/lib/rpm/rpmdb.sqlite",
                &fixtures::rpm::sqlite(&[header.bytes()], 4096),
            )
    };
    let rules = |tree: &FakeTree| -> Vec<_> {
        let findings = findings(&tree.facts());
        findings.iter().map(|finding| finding.rule.name).collect()
    };
    assert_eq!(rules(&rocky("9.5")), [""; 0]);
    assert_eq!(rules(&rocky("9")), [""; 0]);
    assert_eq!(rules(&rocky("9.4")), ["package-db-release"]);
    assert_eq!(rules(&rocky("8.5")), ["package-db-distro"]);
}

#[test]
fn an_error_is_a_mismatch_and_no_broken_demand() {
    let tree = ubuntu("a 1 arm64");
    let (verdict, findings) = judge(&tree.facts(), &Demand::default(), &Policy::default());
    assert_eq!(verdict, Verdict::Mismatch);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].severity(), Severity::Error);
    assert!(!findings[0].breaks_demand());
    let shown = findings[0].path.as_ref().map(ToString::to_string);
    assert_eq!(shown.as_deref(), Some("var/lib/dpkg/status"));
}
