//! Package databases of each format, and the files beside them. The first byte
//! says which file the others are.
#![no_main]

use imgtool_fuzz::shelf::Shelf;
use imgtool_fuzz::text;
use libfuzzer_sys::fuzz_target;
use libimage::escape::Escaped;
use libimage::inspect::{Census, Facts, Packages};
use libimage::rules::{Demand, Policy, judge};

const FILES: [&str; 7] = [
    "var/lib/dpkg/status",
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/Packages",
    "var/lib/dpkg/status.d/a",
    "var/lib/dpkg/info/a.list",
    "etc/dgx-release",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, bytes)) = bytes.split_first() else {
        return;
    };
    let path = FILES[usize::from(which) % FILES.len()];
    let mut files = vec![
        (path, bytes),
        ("etc/os-release", b"ID=ubuntu\nVERSION_ID=24.04"),
    ];
    if which == 5 {
        files.push(("var/lib/dpkg/status", b""));
    }
    let tree = Shelf::new(&files);
    let monitor = text::Warnings::default();
    let facts = Facts::of_tree_metadata(&tree, Census::default(), &monitor)
        .expect("what is damaged is a fact");
    if let Some(packages) = &facts.packages {
        check(packages, bytes.len());
        let mut visited = 0;
        let unread = packages
            .visit_files(&tree, &mut |path, _| visited += path.len(), &monitor)
            .expect("what is damaged is a fact");
        for unread in unread {
            text::check(&unread.reason.to_string());
        }
    }
    let (_, findings) = judge(&facts, &Demand::default(), &Policy::default());
    for finding in findings {
        text::check(&finding.to_string());
    }
});

fn check(packages: &Packages, length: usize) {
    // A record of a byte is none.
    assert!(packages.list.len() <= length);
    assert!(packages.list.is_sorted());
    for package in &packages.list {
        assert!(!package.name.is_empty() || packages.format.manager() == "rpm");
        // Of each byte that is no UTF-8 become three.
        assert!(package.name.len() <= 256 * 3);
        text::check(&Escaped(package.name.as_bytes()).to_string());
    }
    for unread in &packages.unread {
        text::check(&unread.reason.to_string());
    }
    let counted: u64 = packages.architecture_counts().values().sum();
    assert!(counted <= packages.installed().count() as u64);
    if let Some(architecture) = packages.architecture() {
        assert!(packages.of_architecture(architecture).count() > 0);
    }
    if let Some(shown) = packages.distro() {
        assert!(shown.by.is_installed());
        text::check(&shown.distro.to_string());
    }
}
