//! Which files are ELF, and what for, held against file(1) and readelf; the
//! database's architecture against dpkg itself.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use libimage::entry::{Entry, Kind};
use libimage::inspect::{Class, ElfIdentity, Endian, HEAD_BYTES, Packages};
use libimage::monitor::Silent;
use libimage::tree::{Directory, TreeError, Walked, walk};

use crate::real::{ARCHES, live, real};

/// What libimage says of every regular file, in the words of file(1).
fn identities(tree: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let visit = |directory: &dyn Directory, entry: &Entry| {
        if !matches!(entry.kind, Kind::File { .. }) {
            return Ok(None);
        }
        let file = directory.open_at(&entry.name)?;
        let mut head = [0; HEAD_BYTES];
        let length = file.read_at(&mut head, 0).expect("readable");
        Ok(Some(match ElfIdentity::parse(&head[..length]) {
            Ok(Some(identity)) => words(&identity),
            Ok(None) => "no ELF".to_owned(),
            Err(error) => panic!("{}: {error}", directory.path().join(&entry.name)),
        }))
    };
    let consume = |Walked { path, seen, .. }| {
        if let Some(words) = seen {
            found.insert(tree.join(OsStr::from_bytes(path.as_bytes())), words);
        }
        Ok::<(), TreeError>(())
    };
    walk(&live(tree), 2, visit, consume, &Silent).expect("readable");
    found
}

fn words(identity: &ElfIdentity) -> String {
    let class = match identity.class {
        Class::Elf32 => "32-bit",
        Class::Elf64 => "64-bit",
    };
    let data = match identity.data {
        Endian::Little => "LSB",
        Endian::Big => "MSB",
    };
    let machine = match identity.machine.to_string().as_str() {
        "x86_64" => "x86-64".to_owned(),
        "aarch64" => "ARM aarch64".to_owned(),
        "i386" => "Intel 80386".to_owned(),
        "bpf" => "eBPF".to_owned(),
        other => other.to_owned(),
    };
    format!("ELF {class} {data}, {machine}")
}

/// What file(1) says: `ELF 64-bit LSB shared object, x86-64, version 1 …`.
fn by_file(files: &[&PathBuf]) -> Vec<String> {
    let mut all = Vec::new();
    for some in files.chunks(2000) {
        let output = Command::new("file")
            .args(["--brief", "--raw", "--"])
            .args(some)
            .output()
            .expect("file is installed");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines: Vec<_> = text.lines().map(short).collect();
        assert_eq!(lines.len(), some.len());
        all.extend(lines);
    }
    all
}

fn short(line: &str) -> String {
    let mut parts = line.split(", ");
    let first = parts.next().unwrap_or_default();
    // It begins with what is special about the mode.
    let is_mode = |word: &&str| ["setuid", "setgid", "sticky"].contains(word);
    let mut words = first.split(' ').skip_while(is_mode);
    if words.next() != Some("ELF") {
        return "no ELF".to_owned();
    }
    let (class, data) = (words.next(), words.next());
    let machine = parts.next().unwrap_or_default();
    format!(
        "ELF {} {}, {machine}",
        class.unwrap_or_default(),
        data.unwrap_or_default()
    )
}

#[test]
#[ignore = "needs real images and file; .ci/run runs it"]
fn every_file_is_what_file_says() {
    for image in ARCHES {
        let identities = identities(&real(image));
        let files: Vec<_> = identities.keys().collect();
        assert!(files.len() > 10_000, "{image}: {}", files.len());
        let wrong: Vec<_> = by_file(&files)
            .into_iter()
            .zip(&identities)
            .filter(|(said, (_, ours))| said != *ours)
            .map(|(said, (path, ours))| format!("{path:?}: {ours}, file says {said}"))
            .collect();
        assert!(
            wrong.is_empty(),
            "{image}: {}\n{}",
            wrong.len(),
            wrong[..wrong.len().min(10)].join("\n")
        );
    }
}

#[test]
#[ignore = "needs root and real images; .ci/run runs it"]
fn the_database_is_for_what_dpkg_says() {
    let tree = real("amd64");
    let output = Command::new("chroot")
        .arg(&tree)
        .args(["/usr/bin/dpkg", "--print-architecture"])
        .output()
        .expect("chroot is there");
    let said = String::from_utf8_lossy(&output.stdout);
    let packages = Packages::find(&live(&tree), &Silent).expect("readable");
    let ours = packages.expect("there is one").architecture();
    assert_eq!(ours, said.trim().parse().ok());
}
