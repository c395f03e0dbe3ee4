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
mod tests;
