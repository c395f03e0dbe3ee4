//! Debian packages: what dpkg unpacks is what an import makes of their data.

use std::path::PathBuf;

use fixtures::snapshot::Snapshot;

use crate::import::{differences, tree_of};
use crate::scratch::Scratch;
use crate::undated::Beginning;
use crate::writers::written;

/// Packages with something of everything: directories of others, setuid and
/// setgid programs, hard links, symlinks, files of root's alone.
const PACKAGES: &[&str] = &[
    "hello",
    "coreutils",
    "passwd",
    "sudo",
    "perl-base",
    "man-db",
];

#[test]
#[ignore = "needs root, dpkg and a Debian mirror; .ci/run runs it"]
fn packages_are_what_dpkg_unpacks() {
    let scratch = Scratch::new();
    let dir = scratch.path(".");
    // apt downloads as a user of its own, if that one may write here.
    let download = format!("chmod 755 . && apt-get download -q {}", PACKAGES.join(" "));
    written(&download, &dir);
    let packages = packages(&dir);
    assert_eq!(packages.len(), PACKAGES.len());
    let mut wrong = Vec::new();
    for (number, package) in packages.iter().enumerate() {
        let package = package.display();
        let begun = Beginning::now();
        let data = written(&format!("dpkg-deb --fsys-tarfile {package}"), &dir);
        written(&format!("dpkg-deb -x {package} unpacked-{number}"), &dir);
        let mut expected = Snapshot::of(&scratch.path(&format!("unpacked-{number}")));
        let into = scratch.path(&format!("imported-{number}"));
        let found = tree_of(&package.to_string(), &data, &into);
        // tar puts some links into directories that it has dated.
        begun.date(&mut expected, &found);
        let lines = differences(&expected, &found);
        wrong.extend(lines.iter().map(|line| format!("{package}: {line}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn packages(dir: &std::path::Path) -> Vec<PathBuf> {
    std::fs::read_dir(dir)
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .collect()
}
