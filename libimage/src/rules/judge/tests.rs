//! What becomes of trees and demands, as tables.

use fixtures::initrd::{Packing, initrd};

use super::Verdict::{Match, Mismatch, Unknown};
use super::*;
use crate::inspect::ImageKind::{CmShared, NodeInstaller, SoftwareImage};
use crate::inspect::fake::{FakeTree, elf_header};
use crate::inspect::{Architecture, Endian, Machine};
use crate::rules::{Demand, Policy};

const X86: Architecture = Architecture::X86_64;
const ARM: Architecture = Architecture::AARCH64;
const I386: Architecture = Architecture::I386;

const FOREIGN: &str = "elf-foreign";
const ELSEWHERE: &str = "elf-foreign-elsewhere";
const EXPECTED: &str = "elf-foreign-expected";

/// Name, tree, demand, and what is to come of it.
type Demanded<'a> = (&'a str, FakeTree, Demand, Verdict, &'a [&'a str]);

/// A software image of Ubuntu 24.04 for 64-bit x86, with one program.
fn image() -> FakeTree {
    FakeTree::new()
        .file(
            "etc/os-release",
            b"ID=ubuntu\nVERSION_ID=24.04\nPRETTY_NAME='Ubuntu 24.04'",
        )
        .elf("boot/vmlinux-6.8", X86)
        .file(
            "boot/initrd.img-6.8",
            &initrd(&elf_header(X86), &[("6.8", b"")], Packing::Gzip),
        )
        .directory("lib/modules/6.8/kernel")
        .file("lib/modules/6.8/modules.dep", b"")
        .elf("usr/bin/true", X86)
}

fn rhel() -> FakeTree {
    image().file("etc/os-release", b"ID=rocky\nVERSION_ID=9.5")
}

fn shared() -> FakeTree {
    FakeTree::new()
        .directory("modulefiles")
        .elf("apps/one/bin/a", X86)
        .elf("apps/one/bin/b", X86)
}

fn words(tree: &FakeTree, demand: &Demand) -> (Verdict, Vec<&'static str>) {
    let (verdict, findings) = judge(&tree.facts(), demand, &Policy::default());
    (
        verdict,
        findings.iter().map(|finding| finding.rule.name).collect(),
    )
}

#[test]
fn a_tree_is_judged_by_itself() {
    let bpf = Architecture {
        machine: Machine::BPF,
        ..X86
    };
    let gpu = Architecture {
        machine: Machine::CUDA,
        ..X86
    };
    let none = Architecture {
        machine: Machine::NONE,
        ..X86
    };
    let cases: Vec<(&str, FakeTree, Verdict, &[&str])> = vec![
        ("all of one", image(), Match, &[]),
        ("nothing", FakeTree::new(), Unknown, &["no-elf"]),
        (
            "only scripts",
            FakeTree::new().file("bin/sh", b"#!/bin/x"),
            Unknown,
            &["no-elf"],
        ),
        (
            "firmware alone",
            FakeTree::new().elf("lib/firmware/x", ARM),
            Unknown,
            &["no-elf"],
        ),
        (
            "a foreign program",
            image().elf("usr/bin/x", ARM),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "a foreign library",
            image().elf("lib64/x.so", ARM),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "a foreign library among the own",
            image().elf("usr/lib/x86_64-linux-gnu/x.so", ARM),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "a foreign module",
            image().elf("lib/modules/6.8/x.ko", ARM),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "a foreign BCM daemon",
            image().elf("cm/local/apps/cmd/bin/x", ARM),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "big-endian",
            image().elf(
                "usr/bin/x",
                Architecture {
                    data: Endian::Big,
                    ..X86
                },
            ),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "foreign in opt",
            image().elf("opt/x", ARM),
            Match,
            &[ELSEWHERE],
        ),
        (
            "foreign in usr/local",
            image().elf("usr/local/bin/x", ARM),
            Match,
            &[ELSEWHERE],
        ),
        (
            "foreign multiarch",
            image().elf("usr/lib/aarch64-linux-gnu/x", ARM),
            Match,
            &[ELSEWHERE],
        ),
        (
            "firmware",
            image().elf("lib/firmware/x", ARM),
            Match,
            &[EXPECTED],
        ),
        (
            "debug information",
            image().elf("usr/lib/debug/x", ARM),
            Match,
            &[EXPECTED],
        ),
        (
            "a cross-compiler",
            image().elf("usr/aarch64-linux-gnu/lib/x", ARM),
            Match,
            &[EXPECTED],
        ),
        (
            "BPF among programs",
            image().elf("usr/lib/x.o", bpf),
            Match,
            &[EXPECTED],
        ),
        (
            "GPU code",
            image().elf("usr/lib64/x.cubin", gpu),
            Match,
            &[EXPECTED],
        ),
        (
            "no machine",
            image().elf("usr/lib/x.go", none),
            Match,
            &[EXPECTED],
        ),
        (
            "32-bit libraries",
            image().elf("usr/lib/i386-linux-gnu/x", I386),
            Match,
            &[EXPECTED],
        ),
        (
            "their directory",
            image().elf("usr/lib32/x", I386),
            Match,
            &[EXPECTED],
        ),
        (
            "x32",
            image().elf("libx32/x", Architecture::X32),
            Match,
            &[EXPECTED],
        ),
        (
            "its vDSO",
            image().elf("lib/modules/6.8/vdso/vdso32.so", I386),
            Match,
            &[EXPECTED],
        ),
        (
            "neither, in lib32",
            image().elf("usr/lib32/x", ARM),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "neither, in the 32-bit multiarch",
            image().elf("usr/lib/i386-linux-gnu/x", ARM),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "32-bit programs",
            image().elf("usr/bin/x", I386),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "32-bit in lib of Ubuntu",
            image().elf("usr/lib/x.so", I386),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "32-bit in lib of RHEL",
            rhel().elf("usr/lib/x.so", I386),
            Match,
            &[EXPECTED],
        ),
        (
            "32-bit in lib64 of RHEL",
            rhel().elf("usr/lib64/x.so", I386),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "a foreign kernel",
            image().elf("boot/vmlinux-6.8", ARM),
            Mismatch,
            &["kernel-arch", ELSEWHERE],
        ),
        (
            "damaged program",
            image().file("usr/bin/x", b"\x7fELF\x07"),
            Match,
            &["elf-malformed"],
        ),
        (
            "damaged test data",
            image().file("opt/x", b"\x7fELF\x07"),
            Match,
            &["elf-malformed-elsewhere"],
        ),
        (
            "unreadable",
            image().closed("usr/bin/x", rustix::io::Errno::ACCESS),
            Match,
            &["file-unreadable"],
        ),
        ("a shared tree", shared(), Match, &[]),
        (
            "foreign anywhere in it",
            shared().elf("apps/x", ARM),
            Mismatch,
            &[FOREIGN],
        ),
        (
            "but for tools that bring both",
            shared().elf("apps/cuda12/nsight-compute/target/l4t/x", ARM),
            Match,
            &[EXPECTED],
        ),
        (
            "the worst comes first",
            image()
                .elf("lib/firmware/x", ARM)
                .elf("opt/x", ARM)
                .elf("usr/bin/x", ARM),
            Mismatch,
            &[FOREIGN, ELSEWHERE, EXPECTED],
        ),
    ];
    for (name, tree, verdict, rules) in cases {
        assert_eq!(
            words(&tree, &Demand::default()),
            (verdict, rules.to_vec()),
            "{name}"
        );
    }
}

#[test]
fn demands_must_hold() {
    let demand = |arch: Option<Architecture>, distro: Option<&str>, kind| Demand {
        arch,
        distro: distro.map(str::to_owned),
        kind,
    };
    let new = FakeTree::new;
    let cases: Vec<Demanded<'_>> = vec![
        (
            "all of it",
            image(),
            demand(Some(X86), Some("ubuntu2404"), Some(SoftwareImage)),
            Match,
            &[],
        ),
        (
            "arch",
            image(),
            demand(Some(ARM), None, None),
            Mismatch,
            &["arch-mismatch"],
        ),
        (
            "distro",
            image(),
            demand(None, Some("ubuntu2204"), None),
            Mismatch,
            &["distro-mismatch"],
        ),
        (
            "minor release left out",
            rhel(),
            demand(None, Some("rhel9"), None),
            Match,
            &[],
        ),
        (
            "kind",
            image(),
            demand(None, None, Some(NodeInstaller)),
            Mismatch,
            &["kind-mismatch"],
        ),
        (
            "image as shared",
            image(),
            demand(None, None, Some(CmShared)),
            Mismatch,
            &["kind-mismatch"],
        ),
        (
            "all of it wrong",
            image(),
            demand(Some(ARM), Some("rhel9"), Some(CmShared)),
            Mismatch,
            &["kind-mismatch", "arch-mismatch", "distro-mismatch"],
        ),
        (
            "arch of nothing",
            new(),
            demand(Some(X86), None, None),
            Unknown,
            &["arch-unknown", "no-elf"],
        ),
        (
            "arch and distro of nothing",
            new(),
            demand(Some(X86), Some("rhel9"), None),
            Mismatch,
            &["arch-unknown", "distro-unknown", "no-elf"],
        ),
        (
            "kind of nothing",
            new(),
            demand(None, None, Some(SoftwareImage)),
            Mismatch,
            &["kind-mismatch", "no-elf"],
        ),
        (
            "distro of a root filesystem without os-release",
            new().elf("usr/bin/a", X86),
            demand(None, Some("rhel9"), None),
            Mismatch,
            &["distro-unknown"],
        ),
        (
            "distro of a shared tree",
            shared(),
            demand(Some(X86), Some("rhel9u5"), Some(CmShared)),
            Match,
            &["distro-not-provable"],
        ),
        (
            "kind given where nothing tells",
            new().elf("apps/a", X86),
            demand(None, Some("rhel9"), Some(CmShared)),
            Match,
            &["distro-not-provable", "kind-not-provable"],
        ),
        (
            "kind given counts for places",
            new()
                .elf("apps/a", X86)
                .elf("apps/b", X86)
                .elf("apps/c", ARM),
            demand(None, None, Some(CmShared)),
            Mismatch,
            &["elf-foreign", "kind-not-provable"],
        ),
    ];
    for (name, tree, demand, verdict, rules) in cases {
        let (found, mut names) = words(&tree, &demand);
        let mut rules = rules.to_vec();
        names.sort_unstable();
        rules.sort_unstable();
        assert_eq!((found, names), (verdict, rules), "{name}");
    }
}

#[test]
fn messages_say_what_was_found_where() {
    let tree = image()
        .elf("usr/bin/a\n", X86)
        .elf("usr/bin/b", X86)
        .elf("usr/bin/c", X86)
        .elf("opt/x/\u{1b}[31m", ARM)
        .elf("lib/firmware/y", ARM)
        .file("opt/broken", b"\x7fELF\x02\x09")
        .closed("root/x", rustix::io::Errno::ACCESS);
    let demand = Demand {
        arch: Some(ARM),
        distro: Some("rhel9".to_owned()),
        kind: Some(CmShared),
    };
    let (_, findings) = judge(&tree.facts(), &demand, &Policy::default());
    let shown: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "error[kind-mismatch]: the tree is a software-image, not a cm-shared: it holds \
             a root filesystem with a kernel",
            "error[arch-mismatch]: the tree is x86_64, not aarch64: 5 of 7 ELF files are \
             x86_64, such as `usr/bin/a\\x0a`, `usr/bin/b`, `usr/bin/c`",
            "error[distro-mismatch]: the tree is ubuntu2404 (`etc/os-release` says \
             Ubuntu 24.04), not rhel9",
            "warning[elf-foreign-elsewhere]: 1 file for aarch64 in a tree for x86_64: \
             `opt/x/\\x1b[31m`",
            "warning[file-unreadable]: 1 file could not be read and were not checked: \
             `root/x`; of `root/x`: Permission denied (os error 13)",
            "note[elf-foreign-expected]: 1 file for aarch64 in a tree for x86_64: \
             `lib/firmware/y` (firmware for devices)",
            "note[elf-malformed-elsewhere]: 1 damaged file with the magic of ELF: \
             `opt/broken`; of `opt/broken` the ELF header could not be read: it ends after \
             6 bytes",
        ]
    );
    let broken: Vec<_> = findings.iter().map(Finding::breaks_demand).collect();
    assert_eq!(broken, [true, true, true, false, false, false, false]);
}
