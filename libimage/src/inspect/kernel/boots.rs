//! [`default_kernel`]: which kernel of a tree a node boots, and what shows it.

use std::fmt;

use super::grub::{self, BootEntry};
use super::{Kernel, boot_image, release};
use crate::error::{ErrorKind, ImageError as _};
use crate::inspect::reach::{file, names, read_head};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

/// The kernel that boots unless somebody chooses another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultKernel {
    /// Its release; nothing for an image whose name and header tell none.
    pub release: Option<Box<[u8]>>,
    /// What shows it.
    pub because: Because,
}

/// What shows which kernel boots by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Because {
    /// This symlink leads to its image.
    Link(ImagePath),
    /// Its image itself has a name without a release.
    Name(ImagePath),
    /// GRUB's saved entry is this.
    SavedEntry(ImagePath),
    /// Nothing says so: its release is the highest, by the rule of RPM
    /// (rpm-version(7)), which GRUB follows as well.
    Highest,
}

/// Shows it as words that follow "boots by default:".
impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(path) => write!(f, "`{path}` points to it"),
            Self::Name(path) => write!(f, "it is `{path}`"),
            Self::SavedEntry(path) => write!(f, "GRUB's saved entry is `{path}`"),
            Self::Highest => f.write_str("a guess, its release is the highest"),
        }
    }
}

/// Names without a release, in the order in which they count: Debian's link in
/// `/`, that in `boot` of Ubuntu and SUSE, SUSE's on arm64.
const NAMES: [&[u8]; 3] = [b"vmlinuz", b"boot/vmlinuz", b"boot/Image"];

/// Where RHEL keeps its environment block, and Debian.
const ENVIRONMENTS: [&[u8]; 2] = [b"boot/grub2/grubenv", b"boot/grub/grubenv"];

/// The entries of the Boot Loader Specification.
const ENTRIES: &[u8] = b"boot/loader/entries";

/// How many entries are looked at to find one by its title.
const MOST_ENTRIES: usize = 64;

/// Finds the kernel that boots by default; `kernels` are those of the tree.
///
/// # Errors
///
/// A [`TreeError`] if the tree cannot be read.
pub fn default_kernel(
    tree: &dyn Tree,
    kernels: &[Kernel],
    monitor: &dyn Monitor,
) -> Result<Option<DefaultKernel>, TreeError> {
    if let Some(found) = by_name(tree, kernels, monitor)? {
        return Ok(Some(found));
    }
    if let Some(found) = by_saved_entry(tree, kernels, monitor)? {
        return Ok(Some(found));
    }
    let highest = kernels
        .iter()
        .filter(|kernel| kernel.image.is_some() && !kernel.is_rescue())
        .max_by(|one, other| release::compare(&one.release, &other.release));
    Ok(highest.map(|kernel| DefaultKernel {
        release: Some(kernel.release.clone()),
        because: Because::Highest,
    }))
}

fn by_name(
    tree: &dyn Tree,
    kernels: &[Kernel],
    monitor: &dyn Monitor,
) -> Result<Option<DefaultKernel>, TreeError> {
    for name in NAMES {
        let Some(image) = file(tree, name, monitor)? else {
            continue;
        };
        let path = ImagePath::new(name).expect("the names are valid");
        let known = kernels
            .iter()
            .find(|kernel| kernel.image.as_ref() == Some(&image.path));
        return Ok(Some(match known {
            Some(kernel) => DefaultKernel {
                release: Some(kernel.release.clone()),
                because: Because::Link(path),
            },
            None => DefaultKernel {
                release: boot_image(&image, monitor)?
                    .and_then(|boot| boot.release)
                    .map(|release| release.into_bytes().into()),
                because: Because::Name(path),
            },
        }));
    }
    Ok(None)
}

fn by_saved_entry(
    tree: &dyn Tree,
    kernels: &[Kernel],
    monitor: &dyn Monitor,
) -> Result<Option<DefaultKernel>, TreeError> {
    for path in ENVIRONMENTS {
        let Some(saved) = head(tree, path, monitor)?.and_then(|block| grub::saved_entry(&block))
        else {
            continue;
        };
        let entries = names(tree, ENTRIES, monitor)?;
        let by_id = entries
            .iter()
            .filter(|name| name.strip_suffix(b".conf") == Some(&*saved));
        let others = entries.iter().filter(|name| name.ends_with(b".conf"));
        for name in by_id.chain(others.take(MOST_ENTRIES)) {
            let path = [ENTRIES, b"/", name].concat();
            let Some(text) = head(tree, &path, monitor)? else {
                continue;
            };
            let entry = BootEntry::parse(&text);
            if name.strip_suffix(b".conf") != Some(&*saved) && entry.title != saved {
                continue;
            }
            let named = |release: &[u8]| {
                kernels
                    .iter()
                    .find(|kernel| kernel.image.is_some() && *kernel.release == *release)
            };
            let kernel = entry.release().and_then(named);
            if let Some(kernel) = kernel.or_else(|| named(entry.version)) {
                return Ok(Some(DefaultKernel {
                    release: Some(kernel.release.clone()),
                    because: Because::SavedEntry(
                        ImagePath::new(&*path).expect("a name in a directory"),
                    ),
                }));
            }
        }
    }
    Ok(None)
}

/// A small file, where there is one that can be read.
fn head(tree: &dyn Tree, path: &[u8], monitor: &dyn Monitor) -> Result<Option<Vec<u8>>, TreeError> {
    let Some(found) = file(tree, path, monitor)? else {
        return Ok(None);
    };
    let name = found.path.file_name().expect("a file is not the root");
    match read_head(&*found.parent, name, grub::MOST_BYTES) {
        Ok(head) => Ok(Some(head)),
        // It only says which of the kernels boots; a guess remains.
        Err(error) if error.kind() == ErrorKind::System => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
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
}
