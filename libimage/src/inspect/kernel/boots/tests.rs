//! What shows the default kernel, as a table.

use super::*;
use crate::inspect::fake::FakeTree;
use crate::inspect::kernels;
use crate::monitor::Silent;

fn shown(tree: &FakeTree) -> String {
    let kernels = kernels(tree, &Silent).expect("readable");
    match default_kernel(tree, &kernels, &Silent).expect("readable") {
        None => "none".to_owned(),
        Some(DefaultKernel { release, because }) => {
            let release = release.map_or("?".to_owned(), |release| {
                String::from_utf8_lossy(&release).into_owned()
            });
            format!("{release}: {because}")
        }
    }
}

#[test]
fn what_shows_the_default_is_found_as_distributions_have_it() {
    let two = || {
        FakeTree::new()
            .file("boot/vmlinuz-6.8.0-9-generic", b"")
            .file("boot/vmlinuz-6.8.0-51-generic", b"")
    };
    let environment = b"# GRUB Environment Block\nsaved_entry=ffff-6.8.0-9-generic\n####";
    let entry = b"title One\nversion 6.8.0-9-generic\nlinux /vmlinuz-6.8.0-9-generic\n";
    let saved = || {
        two()
            .file("boot/grub2/grubenv", environment)
            .file("boot/loader/entries/ffff-6.8.0-9-generic.conf", entry)
    };
    let guess = "6.8.0-51-generic: a guess, its release is the highest";
    let cases: Vec<(&str, FakeTree, &str)> = vec![
        ("none", FakeTree::new(), "none"),
        (
            "modules alone",
            FakeTree::new().directory("lib/modules/6"),
            "none",
        ),
        ("nothing says it", two(), guess),
        (
            "a rescue image is the last",
            FakeTree::new()
                .file("boot/vmlinuz-0-rescue-ffff", b"")
                .file("boot/vmlinuz-0-1", b""),
            "0-1: a guess, its release is the highest",
        ),
        (
            "Debian",
            two().symlink("vmlinuz", "boot/vmlinuz-6.8.0-9-generic"),
            "6.8.0-9-generic: `vmlinuz` points to it",
        ),
        (
            "Ubuntu",
            two().symlink("boot/vmlinuz", "vmlinuz-6.8.0-9-generic"),
            "6.8.0-9-generic: `boot/vmlinuz` points to it",
        ),
        (
            "SUSE on arm64",
            FakeTree::new()
                .file("usr/lib/modules/6.4-64kb/Image", b"")
                .file("boot/Image-6.4-default", b"")
                .symlink("boot/Image-6.4-64kb", "../usr/lib/modules/6.4-64kb/Image")
                .symlink("boot/Image", "Image-6.4-64kb"),
            "6.4-64kb: `boot/Image` points to it",
        ),
        (
            "a link to nothing",
            two().symlink("boot/vmlinuz", "vmlinuz-5"),
            guess,
        ),
        (
            "an image without a release in its name",
            two().file(
                "boot/vmlinuz",
                &fixtures::kernel::bzimage("6.8.0-51-generic (a@b)"),
            ),
            "6.8.0-51-generic: it is `boot/vmlinuz`",
        ),
        (
            "nor in its header",
            FakeTree::new().file("boot/Image", &fixtures::kernel::arm64_image("6.1")),
            "?: it is `boot/Image`",
        ),
        (
            "RHEL",
            saved(),
            "6.8.0-9-generic: GRUB's saved entry is \
             `boot/loader/entries/ffff-6.8.0-9-generic.conf`",
        ),
        (
            "a saved title",
            two()
                .file(
                    "boot/grub2/grubenv",
                    b"# GRUB Environment Block\nsaved_entry=One\n",
                )
                .file("boot/loader/entries/a.conf", entry),
            "6.8.0-9-generic: GRUB's saved entry is `boot/loader/entries/a.conf`",
        ),
        (
            "a saved entry for a kernel that is gone",
            saved().file(
                "boot/loader/entries/ffff-6.8.0-9-generic.conf",
                b"version 5\nlinux /vmlinuz-5\n",
            ),
            guess,
        ),
        (
            "a saved number",
            two().file(
                "boot/grub2/grubenv",
                b"# GRUB Environment Block\nsaved_entry=0\n",
            ),
            guess,
        ),
        (
            "what cannot be read",
            saved().closed("boot/grub2/grubenv", rustix::io::Errno::ACCESS),
            guess,
        ),
    ];
    for (name, tree, expected) in cases {
        assert_eq!(shown(&tree), expected, "{name}");
    }
}
