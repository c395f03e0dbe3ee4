//! What packages show, as tables.

use super::*;
use crate::inspect::packages::{Stage, State};
use crate::path::ImagePath;

fn package(name: &str, version: &str, arch: &str) -> Package {
    Package {
        name: name.into(),
        version: version.into(),
        arch: (!arch.is_empty()).then(|| arch.into()),
        vendor: None,
        state: State::INSTALLED,
    }
}

fn packages(format: DatabaseFormat, mut list: Vec<Package>) -> Packages {
    list.sort_unstable();
    Packages {
        format,
        path: ImagePath::root(),
        list,
        architectures: Vec::new(),
        unread: Vec::new(),
    }
}

#[test]
fn most_packages_show_the_architecture() {
    for (arches, expected) in [
        ("", None),
        ("all noarch all", None),
        ("amd64", Some("x86_64")),
        ("arm64 arm64 amd64 all all all", Some("aarch64")),
        ("aarch64 noarch", Some("aarch64")),
        ("i586 i686 x86_64", Some("i386")),
        ("i686 x86_64", Some("x86_64")),
        ("x86_64_v2 x86_64", Some("x86_64")),
        ("armhf armhf", Some("arm")),
        ("armv7hl", Some("arm")),
        ("ppc64el", Some("ppc64le")),
        ("s390x", Some("s390x")),
        ("riscv64", Some("riscv64")),
        ("hurd-amd64 weird", None),
        ("weird weird amd64", Some("x86_64")),
    ] {
        let list = arches
            .split_whitespace()
            .enumerate()
            .map(|(index, arch)| package(&format!("p{index}"), "1", arch))
            .collect();
        let packages = packages(DatabaseFormat::Dpkg, list);
        let found = packages.architecture().map(|arch| arch.to_string());
        assert_eq!(found.as_deref(), expected, "{arches}");
    }
}

#[test]
fn packages_that_are_not_installed_show_nothing() {
    let mut removed = package("base-files", "12.4", "arm64");
    removed.state.stage = Stage::ConfigFiles;
    let packages = packages(DatabaseFormat::Dpkg, vec![removed]);
    assert_eq!(packages.architecture(), None);
    assert_eq!(packages.distro(), None);
}

#[test]
fn the_distributions_own_packages_show_it() {
    use DatabaseFormat::{Dpkg, RpmSqlite};
    for (format, list, expected) in [
        (Dpkg, "", None),
        (Dpkg, "bash 5", None),
        (Dpkg, "base-files 12.4+deb12u8", Some("debian12")),
        (Dpkg, "base-files 12.4", Some("debian12")),
        (Dpkg, "base-files 13", Some("debian13")),
        (Dpkg, "base-files 11.1+deb11u11", Some("debian11")),
        // Of Kali, Devuan, Raspberry Pi OS; and no version at all.
        (Dpkg, "base-files 1:2024.1.0", None),
        (Dpkg, "base-files 12.4devuan3", None),
        (Dpkg, "base-files 12.4+deb12u5+rpt1", None),
        (Dpkg, "base-files 12.4+deb11u5", None),
        (Dpkg, "base-files x", None),
        (Dpkg, "base-files 13ubuntu10", Some("ubuntu2404")),
        (Dpkg, "base-files 13ubuntu10.2", Some("ubuntu2404")),
        (Dpkg, "base-files 12ubuntu4.7", Some("ubuntu2204")),
        (Dpkg, "base-files 11ubuntu5.8", Some("ubuntu2004")),
        (Dpkg, "base-files 10.1ubuntu2.12", Some("ubuntu1804")),
        // Between two releases only the name is sure.
        (Dpkg, "base-files 13ubuntu2", Some("ubuntu")),
        (Dpkg, "base-files 13ubuntu100", Some("ubuntu")),
        (
            Dpkg,
            "base-files 13.3ubuntu6 ubuntu-release-upgrader-core 1:24.10.10",
            Some("ubuntu2410"),
        ),
        (
            Dpkg,
            "base-files 13.3ubuntu6 ubuntu-release-upgrader-core 7",
            Some("ubuntu"),
        ),
        (
            Dpkg,
            "base-files 13ubuntu10 ubuntu-release-upgrader-core 1:24.10.10",
            Some("ubuntu2404"),
        ),
        (Dpkg, "base-files 13ubuntu10acme1", None),
        (Dpkg, "rocky-release 9.5-1", None),
        (RpmSqlite, "base-files 12.4", None),
        (RpmSqlite, "rocky-release 9.5-1.2.el9", Some("rhel9u5")),
        (RpmSqlite, "redhat-release 9.4-0.5.el9", Some("rhel9u4")),
        (RpmSqlite, "almalinux-release 8.10-1.el8", Some("rhel8u10")),
        (
            RpmSqlite,
            "centos-stream-release 9.0-26.el9",
            Some("rhel9u0"),
        ),
        (
            RpmSqlite,
            "oraclelinux-release 8:9.3-1.0.5.el9 redhat-release 3:9.3-1.0.1.el9",
            Some("rhel9u3"),
        ),
        (
            RpmSqlite,
            "sles-release 15.6-150600.64.3.1",
            Some("sles15sp6"),
        ),
        (
            RpmSqlite,
            "SLE_HPC-release 15.5-150500.1",
            Some("sles15sp5"),
        ),
        (
            RpmSqlite,
            "openSUSE-release 15.6-1",
            Some("opensuse-leap156"),
        ),
        (
            RpmSqlite,
            "openSUSE-release 20240101-1",
            Some("opensuse-tumbleweed20240101"),
        ),
        (RpmSqlite, "fedora-release-common 41-29", Some("fedora41")),
        (RpmSqlite, "bash 5.1-1", None),
    ] {
        let words: Vec<_> = list.split_whitespace().collect();
        let packages = packages(
            format,
            words
                .chunks(2)
                .map(|pair| package(pair[0], pair[1], "x86_64"))
                .collect(),
        );
        let shown = packages.distro();
        let tag = shown.as_ref().map(|shown| shown.distro.tag());
        assert_eq!(tag.as_deref(), expected, "{list}");
        if let Some(shown) = shown {
            assert_eq!(&*shown.by.name, words[0], "{list}");
        }
    }
}
