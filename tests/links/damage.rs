//! Files that are not what they seem, through the whole check: each is named
//! or passed over, and the others are judged all the same.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use fixtures::elf::{self, ElfSpec, FileType, Machine};
use libimage::inspect::{LinkProblem, Links};
use libimage::monitor::Silent;
use libimage::rules::{Demand, Policy};
use libimage::tree::{Tree, TreeError};
use libimage::verify::{Depth, Options, Outcome, explain, verify};

use crate::judged::live;

pub(crate) fn put(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("beneath the root")).expect("a directory");
    std::fs::write(&path, bytes).expect("a new file");
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("owned");
}

pub(crate) fn library() -> ElfSpec {
    ElfSpec {
        soname: Some("libx.so.1".to_owned()),
        ..ElfSpec::new(Machine::X86_64, FileType::Dyn)
    }
}

pub(crate) fn program() -> ElfSpec {
    ElfSpec {
        needed: vec!["libx.so.1".to_owned()],
        ..elf::program(Machine::X86_64)
    }
}

/// A root with a loader, and a program that needs `libx.so.1`.
pub(crate) fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    let loader = elf::library(Machine::X86_64);
    put(root.path(), "lib64/ld-linux-x86-64.so.2", &loader);
    put(root.path(), "usr/bin/program", &program().bytes());
    root
}

fn options() -> Options<'static> {
    Options {
        demand: Demand::default(),
        policy: Policy::default(),
        threads: 2,
        depth: Depth::ALONE,
    }
}

pub(crate) fn checked(tree: &dyn Tree) -> Outcome {
    verify(tree, &options(), &Silent).expect("the directories are readable")
}

pub(crate) fn links(outcome: &Outcome) -> &Links {
    outcome.facts.links.as_ref().expect("asked for")
}

/// Files whose links could not be read, with the reason.
fn unreadable(outcome: &Outcome) -> Vec<(String, String)> {
    let examples = links(outcome).unreadable().examples().iter();
    examples
        .map(|(path, reason)| (path.to_string(), reason.clone()))
        .collect()
}

/// The libraries that files lack.
fn missing(outcome: &Outcome) -> Vec<String> {
    let lacking = links(outcome).lacking();
    lacking
        .map(|(lacking, files)| match &lacking.problem {
            LinkProblem::Library(name) => {
                format!("{} {}", String::from_utf8_lossy(name), files.count())
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

/// The rules that speak, and nothing they say harms a terminal.
pub(crate) fn rules(outcome: &Outcome) -> Vec<&'static str> {
    for finding in &outcome.findings {
        let is_harmless = !finding.message.chars().any(char::is_control);
        assert!(is_harmless, "{:?}", finding.message);
    }
    let mut rules: Vec<_> = outcome.findings.iter().map(|one| one.rule.name).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Changes bytes of a header.
type Change = fn(&mut Vec<u8>);

/// Makes something at a path.
type Make = fn(&Path);

fn set(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// Sets a field of the dynamic section's program header, the last one.
fn set_dynamic(bytes: &mut [u8], field: usize, value: u64) {
    let count = usize::from(bytes[56]);
    let at = (0..count)
        .map(|index| 64 + 56 * index)
        .find(|&at| bytes[at..at + 4] == 2_u32.to_le_bytes())
        .expect("PT_DYNAMIC");
    set(bytes, at + field, &value.to_le_bytes());
}

/// Sets the value of a dynamic entry.
fn set_tag(bytes: &mut [u8], tag: u64, value: u64) {
    let pattern = tag.to_le_bytes();
    let at = bytes.chunks_exact(8).position(|word| word == pattern);
    let at = at.expect("a dynamic entry") * 8 + 8;
    set(bytes, at, &value.to_le_bytes());
}

#[test]
fn absurd_headers_are_named_with_what_is_wrong() {
    let cases: [(&str, Change); 11] = [
        ("program headers beyond all files", |bytes| {
            set(bytes, 32, &[0xff; 8]);
        }),
        ("program headers behind the end", |bytes| {
            set(bytes, 32, &(1_u64 << 40).to_le_bytes());
        }),
        ("65,535 program headers", |bytes| set(bytes, 56, &[0xff; 2])),
        ("program headers of no size", |bytes| {
            set(bytes, 54, &[0; 2]);
        }),
        ("a dynamic section beyond all files", |bytes| {
            set_dynamic(bytes, 8, u64::MAX - 3);
        }),
        ("a dynamic section behind the end", |bytes| {
            set_dynamic(bytes, 8, 1 << 40);
        }),
        ("strings at no address", |bytes| set_tag(bytes, 5, 1 << 50)),
        ("strings of no length", |bytes| set_tag(bytes, 10, 0)),
        ("a name behind the strings", |bytes| {
            set_tag(bytes, 1, 1 << 40);
        }),
        ("an interpreter without an end", |bytes| {
            let at = bytes
                .windows(4)
                .position(|one| one == b"/lib")
                .expect("PT_INTERP");
            let end = at
                + elf::program(Machine::X86_64)
                    .interp
                    .expect("a program")
                    .len();
            bytes[end] = b'x';
        }),
        ("cut within the dynamic section", |bytes| {
            let length = bytes.len() - 64;
            bytes.truncate(length);
        }),
    ];
    for (name, change) in cases {
        let root = root();
        put(root.path(), "usr/lib/libx.so.1", &library().bytes());
        let mut bytes = program().bytes();
        change(&mut bytes);
        put(root.path(), "usr/bin/damaged", &bytes);
        let outcome = checked(&live(root.path()));
        let unreadable = unreadable(&outcome);
        assert_eq!(unreadable.len(), 1, "{name}: {unreadable:?}");
        assert_eq!(unreadable[0].0, "usr/bin/damaged", "{name}");
        assert!(rules(&outcome).contains(&"links-unreadable"), "{name}");
        // The sound one beside it is found to be sound.
        assert_eq!(missing(&outcome), [""; 0], "{name}");
    }
}

#[test]
fn what_is_no_library_is_missing_and_never_opened() {
    let cases: [(&str, Make); 8] = [
        ("nothing", |_| ()),
        ("a FIFO", |path| {
            let status = Command::new("mkfifo").arg(path).status();
            assert!(status.expect("coreutils").success());
        }),
        ("a directory", |path| {
            std::fs::create_dir(path).expect("a new name");
        }),
        ("a socket", |path| {
            std::os::unix::net::UnixListener::bind(path).expect("a new name");
        }),
        ("a link to itself", |path| {
            symlink("libx.so.1", path).expect("a new name");
        }),
        ("a link in a circle", |path| {
            symlink("../lib/liby", path).expect("a new name");
            symlink("libx.so.1", path.with_file_name("liby")).expect("a new name");
        }),
        ("a link to a device outside", |path| {
            symlink("/dev/zero", path).expect("a new name");
        }),
        ("2 GB of nothing", |path| {
            let file = File::create(path).expect("a new name");
            file.set_len(2 << 30).expect("a sparse file");
        }),
    ];
    for (name, make) in cases {
        let root = root();
        std::fs::create_dir_all(root.path().join("usr/lib")).expect("a directory");
        make(&root.path().join("usr/lib/libx.so.1"));
        let outcome = checked(&live(root.path()));
        assert_eq!(missing(&outcome), ["libx.so.1 1"], "{name}");
        assert_eq!(unreadable(&outcome), [], "{name}");
        rules(&outcome);
    }
}

#[test]
fn a_large_file_is_read_where_its_headers_lead_and_nowhere_else() {
    let root = root();
    put(root.path(), "usr/lib/libx.so.1", &library().bytes());
    let path = root.path().join("usr/lib/libx.so.1");
    let file = File::options().write(true).open(path).expect("a file");
    file.set_len(2 << 30).expect("a sparse file");
    // The program headers of this one are zeros at its end.
    let mut bytes = program().bytes();
    set(&mut bytes, 32, &((2_u64 << 30) - 4096).to_le_bytes());
    put(root.path(), "usr/bin/hollow", &bytes);
    let hollow = root.path().join("usr/bin/hollow");
    let hollow = File::options().write(true).open(hollow).expect("a file");
    hollow.set_len(2 << 30).expect("a sparse file");
    let outcome = checked(&live(root.path()));
    assert_eq!(missing(&outcome), [""; 0]);
    assert_eq!(unreadable(&outcome), []);
    assert_eq!(outcome.facts.census.total(), 4);
}

#[test]
fn what_nobody_may_read_is_named() {
    let root = root();
    put(root.path(), "usr/lib/libx.so.1", &library().bytes());
    put(root.path(), "usr/bin/closed", &program().bytes());
    let closed = ["usr/lib/libx.so.1", "usr/bin/closed"];
    for name in closed {
        let mode = Permissions::from_mode(0o000);
        std::fs::set_permissions(root.path().join(name), mode).expect("owned");
    }
    let may_read = File::open(root.path().join(closed[0])).is_ok();
    let outcome = checked(&live(root.path()));
    assert_eq!(missing(&outcome), [""; 0], "it is there");
    let census = &outcome.facts.census;
    let expected = if may_read { 0 } else { 2 };
    assert_eq!(census.unreadable().count(), expected);
    let unreadable = unreadable(&outcome);
    if may_read {
        assert_eq!(unreadable, []);
    } else {
        // Not that it lacks the library: that was not found out.
        assert_eq!(unreadable.len(), 1, "{unreadable:?}");
        assert_eq!(unreadable[0].0, "usr/bin/program");
        assert!(unreadable[0].1.contains("libx.so.1"), "{unreadable:?}");
    }
}

#[test]
fn names_with_escapes_are_shown_escaped() {
    let root = root();
    let name = "lib\x1b[31m\n\u{202e}.so";
    let spec = ElfSpec {
        interp: Some("/lib/\x1b]0;x\x07ld.so".to_owned()),
        needed: vec![name.to_owned(), "lib\\x1b.so".to_owned()],
        requires: vec![(name.to_owned(), vec!["X\r_1".to_owned()])],
        ..elf::program(Machine::X86_64)
    };
    put(root.path(), "usr/bin/a\x1b[2Jb\n", &spec.bytes());
    put(root.path(), "usr/bin/script\x07", b"#!/no/\x1b[31msuch\n");
    let outcome = checked(&live(root.path()));
    let rules = rules(&outcome);
    for rule in ["loader-missing", "library-missing", "script-interpreter"] {
        assert!(rules.contains(&rule), "{rule}: {rules:?}");
    }
}

#[test]
fn files_that_are_explained_are_explained_whatever_they_are() {
    let root = root();
    let mut bytes = program().bytes();
    set(&mut bytes, 32, &[0xff; 8]);
    put(root.path(), "usr/bin/damaged", &bytes);
    symlink("loop", root.path().join("usr/bin/loop")).expect("a new name");
    let tree = live(root.path());
    let outcome = checked(&tree);
    let explained = |path: &str| {
        let explained = explain(&tree, path.as_bytes(), &outcome.facts, &options(), &Silent);
        explained.map(|found| found.map(|one| (one.needed.len(), one.findings.len())))
    };
    assert_eq!(explained("usr/bin/program").expect("there"), Some((1, 1)));
    assert_eq!(explained("usr/bin/damaged").expect("there"), Some((0, 1)));
    assert_eq!(explained("usr/bin/none").expect("readable"), None);
    assert_eq!(explained("usr/bin").expect("there"), Some((0, 0)));
    assert!(matches!(
        explained("usr/bin/loop"),
        Err(TreeError::Unresolved { .. })
    ));
}
