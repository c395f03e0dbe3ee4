//! A diff between trees in which dpkg itself worked.

use std::fs;
use std::path::Path;

use libimage::diff::{Outcome, diff};
use libimage::inspect::FileRole;
use libimage::monitor::Silent;
use libimage::review::{Content, Options, Read, Review, Transition, review};
use tempfile::TempDir;

use crate::tool::{live, output};

/// Copies what dpkg needs to work, and programs to work on.
fn copy_of_database(to: &Path) {
    let images = std::env::var_os("IMGTOOL_REAL_IMAGES")
        .expect("IMGTOOL_REAL_IMAGES names what fixtures/real-images.sh made");
    let from = Path::new(&images).join("amd64");
    let copy = "mkdir \"$2\" && cd \"$1\" && cp -a --parents bin etc usr/bin var/lib/dpkg \"$2\"";
    let (from, to) = (from.to_str().expect("UTF-8"), to.to_str().expect("UTF-8"));
    output("sh", ["-ec", copy, "sh", from, to]);
}

/// Makes a package with a program and a conffile.
fn package(place: &Path, name: &str, version: &str) -> String {
    let root = place.join(format!("{name}-{version}"));
    for (path, text) in [
        (
            "DEBIAN/control",
            format!(
                "Package: {name}\nVersion: {version}\nArchitecture: all\n\
                 Maintainer: nobody <nobody@example.org>\nDescription: a test\n"
            ),
        ),
        ("DEBIAN/conffiles", format!("/etc/{name}.conf\n")),
        (&*format!("bin/{name}"), format!("program of {version}\n")),
        (
            &*format!("etc/{name}.conf"),
            format!("shipped by {version}\n"),
        ),
    ] {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("in a directory")).expect("ours");
        fs::write(path, text).expect("a new name");
    }
    let sums = "cd \"$1\" && md5sum bin/* >DEBIAN/md5sums";
    let root = root.to_str().expect("UTF-8");
    output("sh", ["-ec", sums, "sh", root]);
    let file = format!("{root}.deb");
    output("dpkg-deb", ["--root-owner-group", "-b", root, &file]);
    file
}

fn install(root: &Path, package: &str) {
    let root = format!("--root={}", root.display());
    output("dpkg", [&root, "--force-depends", "-i", package]);
}

fn reviewed(source: &Path, target: &Path, read: Read) -> (Outcome, Review) {
    let (source, target) = (live(source), live(target));
    let options = libimage::diff::Options::default();
    let outcome = diff(&source, &target, &options, &Silent).expect("readable");
    let mut options = Options::default();
    options.read = read;
    let review = review(&source, &target, &outcome, &options, &Silent).expect("readable");
    assert_eq!(review.source.unread, []);
    assert_eq!(review.target.unread, []);
    (outcome, review)
}

#[test]
#[ignore = "needs real images, dpkg and root; .ci/run runs it"]
fn an_upgrade_by_dpkg_is_named_and_edited_conffiles_are_at_risk() {
    let place = TempDir::new().expect("a place for trees");
    let (image, node) = (place.path().join("image"), place.path().join("node"));
    let deb = |name, version| package(place.path(), name, version);
    copy_of_database(&image);
    copy_of_database(&node);
    install(&node, &deb("imgtool-test", "1.9~rc1-1"));
    install(&image, &deb("imgtool-test", "1.10-1"));
    fs::write(node.join("etc/imgtool-test.conf"), "edited by hand\n").expect("is there");
    fs::create_dir_all(node.join("opt/data/deep")).expect("a new name");
    fs::write(node.join("opt/data/deep/results"), "of years").expect("a new name");

    let (outcome, review) = reviewed(&image, &node, Read::Telling);
    let packages: Vec<_> = review
        .packages
        .iter()
        .filter(|package| package.transition != Transition::Same)
        .map(|package| {
            let version = |version: &Option<libimage::review::Version>| {
                version.as_ref().map(|version| version.version.to_string())
            };
            let (from, to) = (version(&package.from), version(&package.to));
            (package.name.to_string(), package.transition, from, to)
        })
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        packages,
        [(
            "imgtool-test".to_owned(),
            Transition::Upgraded,
            some("1.9~rc1-1"),
            some("1.10-1")
        )]
    );
    let risks: Vec<_> = review
        .at_risk
        .iter()
        .map(|risk| {
            let package = risk.reason.package().unwrap_or("-");
            format!(
                "{} {} {} {package}",
                risk.fate.word(),
                risk.path,
                risk.entries
            )
        })
        .collect();
    assert_eq!(
        risks,
        [
            "overwritten etc/imgtool-test.conf 1 imgtool-test",
            "deleted opt 4 -",
        ]
    );
    // Behind the symlink that the package says.
    let program = outcome
        .changes
        .iter()
        .position(|change| change.path.as_bytes() == b"usr/bin/imgtool-test");
    let program = program.expect("it changes");
    assert_eq!(review.package(program), Some("imgtool-test"));

    // And a package that goes takes its own with it.
    install(&node, &deb("imgtool-other", "1"));
    let (_, review) = reviewed(&image, &node, Read::Telling);
    let other = review
        .packages
        .iter()
        .find(|package| &*package.name == "imgtool-other");
    assert_eq!(
        other.map(|other| other.transition),
        Some(Transition::Removed)
    );
    assert_eq!(review.at_risk.len(), 2);
}

#[test]
#[ignore = "needs real images and dpkg; .ci/run runs it"]
fn changed_files_are_those_that_dpkg_verify_names() {
    let place = TempDir::new().expect("a place for trees");
    let (image, empty) = (place.path().join("image"), place.path().join("empty"));
    copy_of_database(&image);
    fs::create_dir(&empty).expect("a new name");
    let work = "cd \"$1\"
        for file in $(find usr/bin -type f | sort | awk 'NR % 7 == 0'); do echo >>\"$file\"; done
        for file in $(find etc -type f | sort | awk 'NR % 5 == 0'); do echo '#' >>\"$file\"; done";
    output("sh", ["-ec", work, "sh", image.to_str().expect("UTF-8")]);
    // It fails where files are missing, as most are here.
    let root = format!("--root={}", image.display());
    let said = std::process::Command::new("dpkg")
        .args([&*root, "--verify"])
        .output();
    let said = String::from_utf8(said.expect("dpkg is there").stdout).expect("UTF-8");
    let mut expected: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("??5"))
        .map(|line| {
            let (_, path) = line.split_once(" /").expect("a path");
            let path = path
                .strip_prefix("bin/")
                .map_or(path.to_owned(), |rest| format!("usr/bin/{rest}"));
            let role = if line.contains(" c /") {
                FileRole::Configuration
            } else {
                FileRole::Plain
            };
            format!("{path} {role:?}")
        })
        .collect();
    expected.sort();
    let (outcome, review) = reviewed(&image, &empty, Read::All);
    let mut found: Vec<_> = review
        .files
        .iter()
        .filter(|file| file.source == Some(Content::Changed))
        .map(|file| format!("{} {:?}", outcome.changes[file.change].path, file.role))
        .collect();
    found.sort();
    assert!(expected.len() > 50, "{said}");
    assert_eq!(found, expected);
    let shipped = |file: &&libimage::review::PackageFile| file.source == Some(Content::AsShipped);
    assert!(review.files.iter().filter(shipped).count() > 200);
}
