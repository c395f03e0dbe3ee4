//! Static archives as real tools make them, held against readelf(1).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fixtures::elf::{ElfSpec, FileType, Machine};
use libimage::inspect::static_archive_identities;

use crate::tool::{ARCHES, bash, directory, name, real, text};

/// What readelf calls machines.
const MACHINES: [(&str, &str); 3] = [
    ("Advanced Micro Devices X86-64", "x86_64"),
    ("AArch64", "aarch64"),
    ("Intel 80386", "i386"),
];

fn identities(path: &Path) -> BTreeSet<String> {
    let parent = directory(path.parent().expect("it is no root"));
    let file = parent.open_at(name(path)).expect("it was made");
    static_archive_identities(&*file)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// The same, by readelf, or by LLVM's, which knows BSD's names.
fn told(path: &Path, program: &str, label: &str) -> BTreeSet<String> {
    text(&format!("{program} \"$1\" 2>/dev/null || true"), &[path])
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(label))
        .map(|machine| {
            let machine = machine.trim();
            let known = MACHINES.iter().find(|(name, _)| *name == machine);
            known.map_or(machine, |(_, name)| name).to_owned()
        })
        .collect()
}

const READELF: (&str, &str) = ("readelf -h", "Machine:");
const LLVM: (&str, &str) = ("llvm-readobj --file-headers", "Arch:");

#[test]
#[ignore = "needs binutils and llvm; .ci/run runs it"]
fn archives_made_by_real_tools_are_read() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let long = "an-object-with-a-name-of-more-than-sixteen-bytes.o";
    for (file, machine, odd) in [
        ("a.o", Machine::X86_64, 0),
        (long, Machine::X86_64, 1),
        ("b.o", Machine::Aarch64, 1),
    ] {
        let mut object = ElfSpec::new(machine, FileType::Rel).bytes();
        object.extend(vec![0; odd]);
        fs::write(work.path().join(file), object).expect("writes");
    }
    fs::write(work.path().join("text"), "no object").expect("writes");
    let both = ["aarch64", "x86_64"];
    let cases: [(&str, &str, &[&str]); 9] = [
        ("ar rcs", "a.o", &["x86_64"]),
        ("ar rcS", "a.o text *-bytes.o b.o", &both),
        ("ar rcs", "text", &[]),
        ("ar rcsT", "a.o *-bytes.o b.o", &[]),
        ("llvm-ar --format=gnu rcs", "a.o *-bytes.o b.o", &both),
        ("llvm-ar --format=bsd rcs", "a.o *-bytes.o b.o", &both),
        (
            "llvm-ar --format=darwin rcs",
            "a.o *-bytes.o text b.o",
            &both,
        ),
        ("llvm-ar --format=gnu rcsT", "a.o b.o", &[]),
        ("llvm-ar --format=bsd rcS", "b.o", &["aarch64"]),
    ];
    for (program, members, expected) in cases {
        let script = format!("cd \"$1\"; rm -f made.a; {program} made.a {members}");
        bash(&script, &[work.path()]);
        let expected: BTreeSet<_> = expected.iter().map(ToString::to_string).collect();
        let made = work.path().join("made.a");
        assert_eq!(identities(&made), expected, "{program} {members}");
        // Of thin archives they open the members.
        if !program.ends_with('T') {
            let (reader, label) = if program.contains("bsd") || program.contains("darwin") {
                LLVM
            } else {
                READELF
            };
            assert_eq!(told(&made, reader, label), expected, "{program} {members}");
        }
    }
}

#[test]
#[ignore = "needs real images and binutils; .ci/run runs it"]
fn real_archives_are_what_readelf_says() {
    for (image, arch) in ARCHES {
        let found = text(
            "find \"$1\" -name '*.a' -type f | LC_ALL=C sort",
            &[&real(image).join("usr")],
        );
        let mut objects = 0;
        for path in found.lines().map(Path::new) {
            let start = fs::read(path).expect("it can be read");
            // Of that name are linker scripts, too.
            if start.starts_with(b"!<arch>\n") {
                let identities = identities(path);
                assert_eq!(
                    identities,
                    told(path, READELF.0, READELF.1),
                    "{}",
                    path.display()
                );
                objects += u64::from(identities.contains(arch));
            }
        }
        assert!(objects > 5, "{image}: {objects}");
    }
}
