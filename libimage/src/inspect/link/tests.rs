//! What programs find in trees, as tables.

mod versions;

use fixtures::elf::{self, ElfSpec, FileType, Machine};

use super::LinkProblem::{Library, Loader};
use super::*;
use crate::inspect::fake::{Bytes, FakeTree};
use crate::inspect::{Dynamic, ElfIdentity, HEAD_BYTES};
use crate::monitor::Silent;
use crate::path::ImagePath;
use crate::tree::Mounted;

const LOADER: &str = "lib64/ld-linux-x86-64.so.2";

fn library(machine: Machine, versions: &[&str]) -> Vec<u8> {
    ElfSpec {
        soname: Some("libx.so.1".to_owned()),
        defines: versions.iter().map(ToString::to_string).collect(),
        ..ElfSpec::new(machine, FileType::Dyn)
    }
    .bytes()
}

fn x86(versions: &[&str]) -> Vec<u8> {
    library(Machine::X86_64, versions)
}

/// A loader and nothing else.
fn root() -> FakeTree {
    FakeTree::new().file(LOADER, &elf::library(Machine::X86_64))
}

/// A program that needs `libx.so.1`, changed as wished.
fn program(change: impl FnOnce(&mut ElfSpec)) -> ElfSpec {
    let mut spec = elf::program(Machine::X86_64);
    spec.needed = vec!["libx.so.1".to_owned()];
    change(&mut spec);
    spec
}

fn problems(tree: &FakeTree, path: &str, spec: &ElfSpec) -> Vec<LinkProblem> {
    let bytes = spec.bytes();
    let identity = ElfIdentity::parse(&bytes[..HEAD_BYTES]).expect("valid");
    let identity = identity.expect("ELF");
    let dynamic = Dynamic::read(&Bytes(bytes), &identity).expect("valid");
    let path = ImagePath::new(path.as_bytes()).expect("valid");
    Linker::new(tree, &Silent)
        .expect("readable")
        .problems(&path, identity.architecture(), &dynamic.expect("linked"))
        .expect("readable")
}

fn missing(name: &str) -> Vec<LinkProblem> {
    vec![Library(name.as_bytes().into())]
}

#[test]
fn libraries_are_found_where_the_linker_looks() {
    let found = Vec::new;
    let lost = || missing("libx.so.1");
    let plain = || program(|_| ());
    let run = |path: &str| program(|spec| spec.runpath = Some(path.to_owned()));
    let old = |path: &str| program(|spec| spec.rpath = Some(path.to_owned()));
    let at = |path: &str| root().directory("opt/bin").file(path, &x86(&[]));
    let cases = [
        ("nowhere", root(), plain(), lost()),
        ("lib", at("lib/libx.so.1"), plain(), found()),
        ("usr/lib", at("usr/lib/libx.so.1"), plain(), found()),
        ("lib64", at("usr/lib64/libx.so.1"), plain(), found()),
        (
            "multiarch",
            at("usr/lib/x86_64-linux-gnu/libx.so.1"),
            plain(),
            found(),
        ),
        (
            "another multiarch",
            at("usr/lib/aarch64-linux-gnu/libx.so.1"),
            plain(),
            lost(),
        ),
        (
            "usr/local/lib alone",
            at("usr/local/lib/libx.so.1"),
            plain(),
            lost(),
        ),
        (
            "configured",
            at("usr/local/lib/libx.so.1").file("etc/ld.so.conf", b"/usr/local/lib\n"),
            plain(),
            found(),
        ),
        (
            "runpath",
            at("opt/x/libx.so.1"),
            run("/opt/y:/opt/x"),
            found(),
        ),
        (
            "origin",
            at("opt/lib/libx.so.1"),
            run("$ORIGIN/../lib"),
            found(),
        ),
        ("rpath", at("opt/x/libx.so.1"), old("/opt/x"), found()),
        (
            "rpath beside a runpath",
            at("opt/x/libx.so.1"),
            program(|spec| {
                spec.rpath = Some("/opt/x".to_owned());
                spec.runpath = Some("/opt/y".to_owned());
            }),
            lost(),
        ),
        (
            "through symlinks",
            at("usr/lib/x/libx.so.1.2").symlink("lib/libx.so.1", "/usr/lib/x/libx.so.1.2"),
            plain(),
            found(),
        ),
        (
            "dangling",
            root().symlink("lib/libx.so.1", "/nowhere"),
            plain(),
            lost(),
        ),
        (
            "a circle",
            root().symlink("lib/libx.so.1", "libx.so.1"),
            plain(),
            lost(),
        ),
        (
            "a directory",
            root().directory("lib/libx.so.1"),
            plain(),
            lost(),
        ),
        (
            "a text",
            root().file("lib/libx.so.1", b"GROUP ( x )"),
            plain(),
            lost(),
        ),
        (
            "of another architecture",
            root().file("lib/libx.so.1", &library(Machine::Aarch64, &[])),
            plain(),
            lost(),
        ),
        (
            "the second is the right one",
            at("usr/lib/libx.so.1").file("lib/libx.so.1", &library(Machine::I386, &[])),
            plain(),
            found(),
        ),
        (
            "for newer processors alone",
            at("usr/lib/glibc-hwcaps/x86-64-v3/libx.so.1"),
            plain(),
            found(),
        ),
        (
            "by its path",
            at("opt/libx.so"),
            program(|spec| spec.needed = vec!["/opt/libx.so".to_owned()]),
            found(),
        ),
        (
            "by a path that leads nowhere",
            root(),
            program(|spec| spec.needed = vec!["/opt/libx.so".to_owned()]),
            missing("/opt/libx.so"),
        ),
        (
            "relative to the working directory",
            root(),
            program(|spec| spec.needed = vec!["./libx.so".to_owned()]),
            found(),
        ),
        (
            "configured, by another name than its own",
            at("opt/x/libx.so")
                .symlink("opt/x/liby.so.1", "libx.so")
                .file("etc/ld.so.conf", b"/opt/x\n"),
            program(|spec| spec.needed = vec!["liby.so.1".to_owned()]),
            missing("liby.so.1"),
        ),
        (
            "named, by another name than its own",
            at("opt/x/liby.so.1"),
            program(|spec| {
                spec.needed = vec!["liby.so.1".to_owned()];
                spec.runpath = Some("/opt/x".to_owned());
            }),
            found(),
        ),
        (
            "by the name of one that is there already",
            at("opt/x/liby.so.1"),
            program(|spec| {
                spec.needed = vec!["liby.so.1".to_owned(), "libx.so.1".to_owned()];
                spec.runpath = Some("/opt/x".to_owned());
            }),
            found(),
        ),
        (
            "a text on the program's own path ends it",
            at("opt/y/libx.so.1").file("opt/x/libx.so.1", b"GROUP ( x )"),
            run("/opt/x:/opt/y"),
            lost(),
        ),
        (
            "so does a FIFO, which is never opened",
            at("opt/y/libx.so.1").fifo("opt/x/libx.so.1"),
            run("/opt/x:/opt/y"),
            lost(),
        ),
        (
            "a circle ends the program's own path",
            at("opt/y/libx.so.1").symlink("opt/x/libx.so.1", "libx.so.1"),
            run("/opt/x:/opt/y"),
            lost(),
        ),
        (
            "and not the search in the system",
            at("usr/lib/libx.so.1").symlink("opt/x/libx.so.1", "libx.so.1"),
            run("/opt/x:/opt/y"),
            found(),
        ),
        (
            "for processors that there are not",
            at("usr/lib/glibc-hwcaps/fast/libx.so.1"),
            plain(),
            lost(),
        ),
        (
            "its own loader, wherever that is",
            root().file("opt/glibc/ld-own.so.1", &x86(&[])),
            program(|spec| {
                spec.interp = Some("/opt/glibc/ld-own.so.1".to_owned());
                spec.needed = vec!["ld-own.so.1".to_owned()];
            }),
            found(),
        ),
        (
            "by a path from its own directory",
            at("opt/lib/libx.so.1"),
            program(|spec| spec.needed = vec!["$ORIGIN/../lib/libx.so.1".to_owned()]),
            found(),
        ),
        (
            "by a path to another architecture's",
            root().file("opt/libx.so", &library(Machine::Aarch64, &[])),
            program(|spec| spec.needed = vec!["/opt/libx.so".to_owned()]),
            missing("/opt/libx.so"),
        ),
        (
            "no loader",
            FakeTree::new().file("lib/libx.so.1", &x86(&[])),
            plain(),
            vec![Loader(format!("/{LOADER}").as_bytes().into())],
        ),
        (
            "a loader for another architecture",
            FakeTree::new()
                .directory("opt/bin")
                .file(LOADER, &elf::library(Machine::Aarch64))
                .file("lib/libx.so.1", &x86(&[])),
            plain(),
            vec![Loader(format!("/{LOADER}").as_bytes().into())],
        ),
        (
            "musl's own libc",
            root().file("lib/ld-musl-x86_64.so.1", &x86(&[])),
            program(|spec| {
                spec.interp = Some("/lib/ld-musl-x86_64.so.1".to_owned());
                spec.needed = vec!["libc.musl-x86_64.so.1".to_owned()];
            }),
            found(),
        ),
    ];
    for (name, tree, spec, expected) in cases {
        assert_eq!(
            problems(&tree, "opt/bin/program", &spec),
            expected,
            "{name}"
        );
    }
}

#[test]
fn default_directories_count_unless_the_file_says_otherwise() {
    let dynamic = Dynamic {
        needed: vec![b"libx.so.1".as_slice().into()],
        no_default_directories: true,
        ..Dynamic::default()
    };
    let configured = |path: &str| {
        let line = format!("/{path}\n");
        root()
            .file("etc/ld.so.conf", line.as_bytes())
            .file(&format!("{path}/libx.so.1"), &x86(&[]))
    };
    for (path, expected) in [
        ("usr/lib", missing("libx.so.1")),
        ("usr/lib/x", missing("libx.so.1")),
        ("usr/library", vec![]),
        ("opt/x", vec![]),
    ] {
        let tree = configured(path);
        let linker = Linker::new(&tree, &Silent).expect("readable");
        let program = ImagePath::new(*b"bin/program").expect("valid");
        let x86_64 = crate::inspect::Architecture::X86_64;
        let problems = |no_default| {
            let dynamic = Dynamic {
                no_default_directories: no_default,
                ..dynamic.clone()
            };
            linker
                .problems(&program, x86_64, &dynamic)
                .expect("readable")
        };
        assert_eq!(problems(true), expected, "{path}");
        assert_eq!(problems(false), [], "{path}");
    }
}

#[test]
fn a_shared_tree_is_seen_in_its_image() {
    let image = root().file("usr/lib/libx.so.1", &x86(&[]));
    let shared = FakeTree::new()
        .directory("apps/bin")
        .file("apps/lib/liby.so.1", &x86(&[]));
    let point = ImagePath::new(*b"cm/shared").expect("valid");
    let world = Mounted::new(&image, point, &shared);
    let linker = Linker::new(&world, &Silent).expect("readable");
    for (path, expected) in [
        ("/cm/shared/apps/lib/liby.so.1", true),
        ("/cm/shared/apps/lib/libx.so.1", false),
        ("/usr/lib/libx.so.1", true),
        ("/apps/lib/liby.so.1", false),
        ("/cm/shared", false),
    ] {
        assert_eq!(
            linker.is_file(path.as_bytes()).expect("readable"),
            expected,
            "{path}"
        );
    }
    let dynamic = Dynamic {
        needed: vec![
            b"libx.so.1".as_slice().into(),
            b"liby.so.1".as_slice().into(),
        ],
        runpath: Some(b"$ORIGIN/../lib".as_slice().into()),
        ..Dynamic::default()
    };
    let program = ImagePath::new(*b"cm/shared/apps/bin/program").expect("valid");
    let x86_64 = crate::inspect::Architecture::X86_64;
    let found = linker
        .problems(&program, x86_64, &dynamic)
        .expect("readable");
    assert_eq!(found, []);
    let offered = linker.defined_by(b"libx.so.1", x86_64).expect("readable");
    assert_eq!(offered.map(|versions| versions.len()), Some(0));
}
