//! Releases in trees, as tables.

use super::*;
use crate::inspect::fake::FakeTree;
use crate::monitor::Silent;
use crate::path::ImagePath;

fn found(tree: &FakeTree) -> Release {
    let packages = Packages::find(tree, &Silent).expect("readable");
    Release::find(tree, packages.as_ref(), &Silent).expect("readable")
}

/// A tree in which these packages are installed: name and version by turns.
fn with(list: &str) -> FakeTree {
    let words: Vec<_> = list.split_whitespace().collect();
    let stanzas: Vec<_> = words
        .chunks(2)
        .map(|pair| {
            format!(
                "Package: {}\nStatus: install ok installed\nVersion: {}\n\n",
                pair[0], pair[1]
            )
        })
        .collect();
    FakeTree::new().file("var/lib/dpkg/status", stanzas.concat().as_bytes())
}

#[test]
fn a_tree_without_any_of_it_shows_none() {
    assert_eq!(found(&FakeTree::new()), Release::default());
    assert_eq!(
        found(&with("bash 5.2 libcm10.0 1 mcm11.0 2acm11.0")),
        Release::default()
    );
}

#[test]
fn dgx_os_is_read_without_the_serial_number() {
    let tree = FakeTree::new().file(
        "etc/dgx-release",
        b"DGX_NAME=\"DGX Server\"\nDGX_PRETTY_NAME=\"NVIDIA DGX Server\"\n\
          DGX_SWBUILD_DATE=\"2023-04-12\"\nDGX_SWBUILD_VERSION=\"6.0.11\"\n\
          DGX_PLATFORM=\"DGX Server for DGX H100\"\nDGX_SERIAL_NUMBER=\"1664622000016\"\n\
          DGX_OTA_VERSION=\"6.1.0\"\nDGX_OTA_VERSION=\"7.0.1\"\n",
    );
    let dgx = found(&tree).dgx.expect("it is there");
    assert_eq!(
        dgx,
        DgxRelease {
            path: ImagePath::new(*b"etc/dgx-release").expect("valid"),
            name: Some("DGX Server".to_owned()),
            pretty_name: Some("NVIDIA DGX Server".to_owned()),
            build_version: Some("6.0.11".to_owned()),
            upgrade_version: Some("7.0.1".to_owned()),
            platform: Some("DGX Server for DGX H100".to_owned()),
        }
    );
    assert!(!format!("{dgx:?}").contains("1664622000016"));
}

#[test]
fn dgx_os_is_made_of_an_ubuntu() {
    for (text, version, ubuntu) in [
        ("", None, None),
        ("DGX_SWBUILD_VERSION=5.0.0", Some("5.0.0"), Some("20.04")),
        ("DGX_SWBUILD_VERSION=6.0.11", Some("6.0.11"), Some("22.04")),
        ("DGX_SWBUILD_VERSION='7.0'", Some("7.0"), Some("24.04")),
        (
            "DGX_SWBUILD_VERSION=6.0\nDGX_OTA_VERSION=7.1",
            Some("7.1"),
            Some("24.04"),
        ),
        ("DGX_SWBUILD_VERSION=EL9-24.06", Some("EL9-24.06"), None),
        ("DGX_SWBUILD_VERSION=99.0", Some("99.0"), None),
    ] {
        let dgx = DgxRelease::parse(ImagePath::root(), text.as_bytes());
        assert_eq!((dgx.version(), dgx.ubuntu()), (version, ubuntu), "{text}");
    }
}

#[test]
fn the_series_of_most_packages_is_that_of_bcm() {
    for (list, series, count, others) in [
        ("a 11.0-162015_cm11.0_c1de4fd4d1", "11.0", 1, ""),
        (
            "a 1-1_cm11.0_x b 2_cm11.0 c 3-cm10.0+1",
            "11.0",
            2,
            "c 10.0",
        ),
        (
            "a 1_cm10.0_x b 2_cm10.0 c 3_cm11.0 d cm9.2",
            "10.0",
            2,
            "d 9.2, c 11.0",
        ),
        // Of as many of each the newer, by number.
        ("a 1_cm9.2_x b 2_cm11.0", "11.0", 1, "a 9.2"),
        (
            "a 1_cm11.0_x b 2_cm11.x c 2_cm11 d 2acm10.0 e 1_cm10.0b",
            "11.0",
            1,
            "",
        ),
    ] {
        let bcm = found(&with(list)).bcm.expect("there are some");
        let left: Vec<_> = bcm
            .others
            .iter()
            .map(|other| format!("{} {}", other.name, other.series))
            .collect();
        assert_eq!(
            (&*bcm.series, bcm.count, &*left.join(", ")),
            (series, count, others),
            "{list}"
        );
    }
}

#[test]
fn the_driver_is_told_by_packages_then_dkms_then_modules() {
    let new = FakeTree::new;
    let modules = "usr/lib/modules/6.8.0-51-generic/updates/dkms";
    let cases: Vec<(&str, FakeTree, Option<&str>, &str)> = vec![
        (
            "Ubuntu's",
            with(
                "nvidia-driver-570-server 570.86.15-0ubuntu0.24.04.1 nvidia-kernel-common-550 550.54.14-0ubuntu1",
            ),
            Some("570.86.15"),
            "nvidia-driver-570-server",
        ),
        (
            "NVIDIA's",
            with("nvidia-open 575.51.03-0ubuntu1"),
            Some("575.51.03"),
            "nvidia-open",
        ),
        (
            "with an epoch",
            with("nvidia-driver 3:550.54.14-1.el9"),
            Some("550.54.14"),
            "nvidia-driver",
        ),
        (
            "not what only has such a name",
            with(
                "nvidia-driver-assistant 0.21.57-1 nvidia-kernel-defaults 24.04-1 \
                 nvidia-kernel-common-535 535.161.08-0ubuntu2 nvidia-drivers 999.0",
            ),
            Some("535.161.08"),
            "nvidia-kernel-common-535",
        ),
        (
            "DKMS",
            new()
                .directory("var/lib/dkms/nvidia/550.54.14/6.8.0-51-generic/x86_64")
                .directory("var/lib/dkms/nvidia/570.86.15/6.8.0-51-generic/x86_64"),
            Some("570.86.15"),
            "var/lib/dkms/nvidia/570.86.15/6.8.0-51-generic/x86_64",
        ),
        (
            "a module",
            new().file(&format!("{modules}/nvidia.ko.zst"), b"x"),
            None,
            "usr/lib/modules/6.8.0-51-generic/updates/dkms/nvidia.ko.zst",
        ),
        (
            "packages before all",
            with("nvidia-open 575.51.03-1")
                .directory("var/lib/dkms/nvidia/550.54.14/6.8/x86_64")
                .file(&format!("{modules}/nvidia.ko"), b"x"),
            Some("575.51.03"),
            "nvidia-open",
        ),
    ];
    for (name, tree, version, shown_by) in cases {
        let driver = found(&tree).driver.expect("it is there");
        assert_eq!(driver.version.as_deref(), version, "{name}");
        assert_eq!(
            String::from_utf8_lossy(&driver.shown_by),
            shown_by,
            "{name}"
        );
    }
    for tree in [
        with("nvidia-driver-assistant 0.21.57-1 nvidia-container-toolkit 1.17.4-1"),
        new().file(&format!("{modules}/nvidia-fs.ko"), b"x"),
        new().directory(&format!("{modules}/nvidia.ko")),
        new().directory("var/lib/dkms/nvidia-fs/2.24.2/6.8/x86_64"),
    ] {
        assert_eq!(found(&tree).driver, None);
    }
}

#[test]
fn builds_of_dkms_are_listed_with_what_is_installed() {
    let tree = FakeTree::new()
        .directory("var/lib/dkms/mlnx/24.10/6.8/amd64/module")
        .directory("var/lib/dkms/mlnx/24.10/6.8/x86_64/module")
        .directory("var/lib/dkms/mlnx/24.10/build/x")
        .directory("var/lib/dkms/mlnx/24.10/source/x")
        .symlink("var/lib/dkms/mlnx/kernel-6.8-amd64", "24.10/6.8/amd64")
        .directory("var/lib/dkms/knem/1.1/6.8/x86_64/module")
        .symlink("var/lib/dkms/knem/kernel-6.8-x86_64", "1.0/6.8/x86_64")
        .file("var/lib/dkms/dkms_dbversion", b"2.0.0\n")
        .file("var/lib/dkms/knem/1.1/6.8/log", b"");
    let shown: Vec<_> = found(&tree)
        .dkms
        .iter()
        .map(|build| format!("{} {}", build.path, build.installed))
        .collect();
    assert_eq!(
        shown,
        [
            "var/lib/dkms/knem/1.1/6.8/x86_64 false",
            "var/lib/dkms/mlnx/24.10/6.8/amd64 true",
            "var/lib/dkms/mlnx/24.10/6.8/x86_64 false",
        ]
    );
}
