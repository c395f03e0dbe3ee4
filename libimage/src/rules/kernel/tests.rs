//! What becomes of kernels and what belongs to them, as tables.

use fixtures::initrd::{Packing, initrd, microcode, pack};
use fixtures::kernel::{arm64_image, bzimage};

use super::*;
use crate::inspect::Inside;
use crate::inspect::fake::{FakeTree, elf_header};
use crate::rules::Severity;

const X86: Architecture = Architecture::X86_64;
const ARM: Architecture = Architecture::AARCH64;

const SEVERAL: &str = "kernel-several";

/// Name, EFI programs, and what is to come of them.
type Firmware<'a> = (
    &'a str,
    &'a [(&'a str, Option<Architecture>)],
    &'a [&'a str],
);

/// A root filesystem of 64-bit x86.
fn root() -> FakeTree {
    FakeTree::new()
        .file("etc/os-release", b"ID=ubuntu\nVERSION_ID=24.04")
        .elf("usr/bin/true", X86)
}

fn installer() -> FakeTree {
    root().file("scripts/node-installer", b"")
}

fn disk(architecture: Architecture, release: &str) -> Vec<u8> {
    initrd(&elf_header(architecture), &[(release, b"")], Packing::Zstd)
}

/// A kernel with all that belongs to it.
fn whole(tree: FakeTree, release: &str) -> FakeTree {
    with_modules(with_image(tree, release), release)
        .file(&format!("boot/initrd.img-{release}"), &disk(X86, release))
}

fn with_image(tree: FakeTree, release: &str) -> FakeTree {
    let image = bzimage(&format!("{release} (a@b) #1"));
    tree.file(&format!("boot/vmlinuz-{release}"), &image)
}

fn with_modules(tree: FakeTree, release: &str) -> FakeTree {
    tree.directory(&format!("lib/modules/{release}/kernel"))
        .file(&format!("lib/modules/{release}/modules.dep"), b"")
}

fn names(facts: &Facts) -> Vec<&'static str> {
    findings(facts)
        .iter()
        .map(|finding| finding.rule.name)
        .collect()
}

#[test]
fn kernels_are_whole_or_not() {
    let other = |tree| whole(tree, "6-generic").symlink("boot/vmlinuz", "vmlinuz-6-generic");
    let cases: Vec<(&str, FakeTree, &[&str])> = vec![
        ("all of it", whole(root(), "6"), &[]),
        ("nothing to boot", root(), &[]),
        (
            "a shared tree",
            FakeTree::new().directory("apps").directory("licenses"),
            &[],
        ),
        (
            "modules alone in an image",
            with_modules(root(), "6"),
            &["kernel-none"],
        ),
        (
            "an image without a release in its name",
            with_modules(root(), "6").file("boot/vmlinuz", &bzimage("6 (a@b)")),
            &["kernel-leftover"],
        ),
        (
            "no modules",
            with_image(root(), "6").file("boot/initrd.img-6", &disk(X86, "6")),
            &["kernel-incomplete"],
        ),
        (
            "no modules, not the default",
            with_image(other(root()), "5-generic")
                .file("boot/initrd.img-5-generic", &disk(X86, "5-generic")),
            &["kernel-incomplete-other", SEVERAL],
        ),
        (
            "no modules, in an installer",
            with_image(installer(), "6").file("boot/initrd.img-6", &disk(X86, "6")),
            &["kernel-incomplete-other"],
        ),
        (
            "no modules.dep",
            whole(root(), "6").fifo("lib/modules/6/modules.dep"),
            &["kernel-modules-dep"],
        ),
        (
            "no initrd",
            with_modules(with_image(root(), "6"), "6"),
            &["kernel-initrd"],
        ),
        (
            "no initrd, in an installer",
            with_modules(with_image(installer(), "6"), "6"),
            &["kernel-initrd-elsewhere"],
        ),
        (
            "modules of a kernel that is gone",
            with_modules(whole(root(), "6"), "5"),
            &["kernel-leftover"],
        ),
        (
            "the same, in an installer",
            with_modules(whole(installer(), "6"), "5"),
            &["kernel-modules-alone"],
        ),
        (
            "what drivers' packages leave",
            whole(root(), "6").directory("lib/modules/5/extra"),
            &["kernel-modules-alone"],
        ),
        (
            "a rescue image",
            whole(root(), "6").file("boot/vmlinuz-0-rescue-ffff", &bzimage("6 (a@b)")),
            &[],
        ),
        (
            "another image than its name says",
            whole(root(), "6").file("boot/vmlinuz-6", &bzimage("7 (a@b)")),
            &["kernel-release-mismatch"],
        ),
        (
            "an image for another architecture",
            whole(root(), "6").file("boot/vmlinuz-6", &arm64_image("6")),
            &["kernel-arch"],
        ),
        (
            "several of one flavour",
            whole(other(root()), "5-generic"),
            &[SEVERAL],
        ),
        (
            "a stray one of another flavour",
            whole(other(root()), "6-generic-64k"),
            &["kernel-flavour", SEVERAL],
        ),
        (
            "the odd one boots",
            whole(whole(root(), "6"), "6+64k").symlink("vmlinuz", "boot/vmlinuz-6+64k"),
            &["kernel-flavour-default", SEVERAL],
        ),
        (
            "two of one and the other boots",
            whole(whole(other(root()), "6-nvidia"), "5-nvidia"),
            &["kernel-flavour-default", SEVERAL],
        ),
    ];
    for (name, tree, expected) in cases {
        assert_eq!(names(&tree.facts()), expected, "{name}");
    }
}

#[test]
fn initrds_fit_their_kernels_or_not() {
    let plain = initrd(&elf_header(ARM), &[], Packing::None);
    let cases: [(&str, Vec<u8>, &[&str]); 9] = [
        ("its own", disk(X86, "6"), &[]),
        (
            "without modules",
            initrd(&elf_header(X86), &[], Packing::Xz),
            &[],
        ),
        ("of another architecture", disk(ARM, "6"), &["initrd-arch"]),
        ("of another kernel", disk(X86, "5"), &["initrd-release"]),
        (
            "of both",
            disk(ARM, "5"),
            &["initrd-arch", "initrd-release"],
        ),
        ("microcode alone", microcode(), &["initrd-programs"]),
        ("empty", Vec::new(), &["initrd-undecoded"]),
        (
            "damaged at its end",
            [plain, b"damage".to_vec()].concat(),
            &["initrd-arch", "initrd-undecoded"],
        ),
        ("lzop", b"\x89LZO\0\r\n".to_vec(), &["initrd-not-checked"]),
    ];
    for (name, bytes, expected) in cases {
        let tree = whole(root(), "6").file("boot/initrd.img-6", &bytes);
        assert_eq!(names(&tree.facts()), expected, "{name}");
    }
    let closed = whole(root(), "6").closed("boot/initrd.img-6", rustix::io::Errno::ACCESS);
    assert_eq!(names(&closed.facts()), ["initrd-undecoded"]);
}

#[test]
fn firmware_needs_a_program_of_its_own_architecture() {
    let cases: [Firmware<'_>; 5] = [
        ("none", &[], &[]),
        (
            "its own",
            &[("boot/efi/EFI/BOOT/BOOTX64.EFI", Some(X86))],
            &[],
        ),
        (
            "both",
            &[
                ("boot/efi/EFI/a.efi", Some(X86)),
                ("boot/efi/EFI/b.efi", Some(ARM)),
            ],
            &[],
        ),
        (
            "another",
            &[("boot/efi/EFI/b.efi", Some(ARM))],
            &["efi-arch"],
        ),
        (
            "not installed, or for no processor",
            &[
                ("usr/lib/shim/shimaa64.efi", Some(ARM)),
                ("boot/efi/EFI/c.efi", None),
            ],
            &[],
        ),
    ];
    for (name, files, expected) in cases {
        let mut facts = root().facts();
        for (path, architecture) in files {
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            facts
                .census
                .record_inside(&path, Inside::Efi(*architecture));
        }
        assert_eq!(names(&facts), expected, "{name}");
    }
}

#[test]
fn messages_name_the_kernel_and_what_shows_it() {
    let tree = whole(whole(root(), "6"), "6\x1b+64k")
        .file("boot/initrd.img-6", &pack(&disk(ARM, "5\n"), Packing::None));
    let shown: Vec<_> = findings(&tree.facts())
        .iter()
        .map(|finding| (finding.severity(), finding.to_string()))
        .filter(|(severity, _)| *severity != Severity::Note)
        .map(|(_, shown)| shown)
        .collect();
    assert_eq!(
        shown,
        [
            "error[initrd-arch]: the kernel 6 has an initrd for aarch64 (`usr/bin/sh` in it), \
             the tree's programs are for x86_64: `boot/initrd.img-6`",
            "warning[initrd-release]: the kernel 6 has an initrd with modules for 5\\x0a and \
             none for itself: `boot/initrd.img-6`",
            "warning[kernel-flavour-default]: kernels of several flavours: the plain one, 64k; \
             6\\x1b+64k boots by default (a guess, its release is the highest)",
        ]
    );
}
