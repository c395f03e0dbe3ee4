//! Kernels as distributions install them, as tables.

use super::*;
use crate::inspect::fake::FakeTree;
use crate::inspect::{Architecture, ImageFormat};
use crate::monitor::Silent;

fn shown(tree: &FakeTree) -> Vec<String> {
    let path = |path: &Option<ImagePath>| path.as_ref().map_or("-".to_owned(), ToString::to_string);
    kernels(tree, &Silent)
        .expect("readable")
        .iter()
        .map(|kernel| {
            format!(
                "{}: {} {} {} {}",
                String::from_utf8_lossy(&kernel.release),
                path(&kernel.image),
                path(&kernel.initrd),
                path(&kernel.modules),
                kernel.has_modules_dep,
            )
        })
        .collect()
}

#[test]
fn kernels_are_found_as_distributions_install_them() {
    let new = FakeTree::new;
    let cases: Vec<(&str, FakeTree, &[&str])> = vec![
        ("none", new(), &[]),
        (
            "Debian",
            new()
                .symlink("lib", "usr/lib")
                .file("boot/vmlinuz-6.1", b"")
                .file("boot/initrd.img-6.1", b"")
                .file("boot/vmlinuz", b"")
                .file("boot/System.map-6.1", b"")
                .file("usr/lib/modules/6.1/modules.dep", b""),
            &["6.1: boot/vmlinuz-6.1 boot/initrd.img-6.1 usr/lib/modules/6.1 true"],
        ),
        (
            "Debian before the merge of /usr",
            new()
                .file("boot/vmlinuz-6.1", b"")
                .directory("lib/modules/6.1"),
            &["6.1: boot/vmlinuz-6.1 - lib/modules/6.1 false"],
        ),
        (
            "RHEL",
            new()
                .symlink("lib", "usr/lib")
                .file("boot/vmlinuz-5.14", b"")
                .file("boot/initramfs-5.14.img", b"")
                .file("boot/initramfs-5.14kdump.img", b"")
                .file("usr/lib/modules/5.14/vmlinuz", b"")
                .file("usr/lib/modules/5.14/modules.dep", b""),
            &["5.14: boot/vmlinuz-5.14 boot/initramfs-5.14.img usr/lib/modules/5.14 true"],
        ),
        (
            "only beside its modules",
            new().file("usr/lib/modules/5.14/vmlinuz", b""),
            &["5.14: usr/lib/modules/5.14/vmlinuz - usr/lib/modules/5.14 false"],
        ),
        (
            "SUSE, where boot holds symlinks",
            new()
                .symlink("lib", "/usr/lib")
                .symlink(
                    "boot/vmlinuz-6.4-default",
                    "../usr/lib/modules/6.4-default/vmlinuz",
                )
                .file("usr/lib/modules/6.4-default/vmlinuz", b"")
                .file("boot/vmlinux-6.4-default.gz", b"")
                .file("boot/initrd-6.4-default", b""),
            &[
                "6.4-default: usr/lib/modules/6.4-default/vmlinuz boot/initrd-6.4-default \
               usr/lib/modules/6.4-default false",
            ],
        ),
        (
            "SUSE on arm64",
            new()
                .file("boot/Image-6.4-64kb", b"")
                .file("boot/vmlinux-6.4-64kb.gz", b""),
            &["6.4-64kb: boot/Image-6.4-64kb - - false"],
        ),
        (
            "several, and modules without a kernel",
            new()
                .file("boot/vmlinuz-2", b"")
                .file("boot/vmlinux-1.xz", b"")
                .directory("lib/modules/3")
                .file("lib/modules/file", b""),
            &[
                "1: boot/vmlinux-1.xz - - false",
                "2: boot/vmlinuz-2 - - false",
                "3: - - lib/modules/3 false",
            ],
        ),
        (
            "what is no file is no kernel",
            new()
                .fifo("boot/vmlinuz-1")
                .directory("boot/vmlinuz-2")
                .symlink("boot/vmlinuz-3", "vmlinuz-3")
                .symlink("boot/vmlinuz-4", "../../outside")
                .symlink("lib/modules", "modules"),
            &[
                "1: - - - false",
                "2: - - - false",
                "3: - - - false",
                "4: - - - false",
            ],
        ),
    ];
    for (name, tree, expected) in cases {
        assert_eq!(shown(&tree), expected, "{name}");
    }
}

#[test]
fn headers_are_read_and_what_cannot_be_read_is_a_fact() {
    let tree = FakeTree::new()
        .elf("boot/vmlinux-1", Architecture::PPC64LE)
        .closed("boot/vmlinuz-2", rustix::io::Errno::ACCESS);
    let found = kernels(&tree, &Silent).expect("readable");
    let boot = found[0].boot.as_ref().expect("read");
    assert_eq!(boot.format, ImageFormat::Elf);
    assert_eq!(boot.architecture, Some(Architecture::PPC64LE));
    assert_eq!(found[1].boot, None);
    assert!(found[1].image.is_some());
}
