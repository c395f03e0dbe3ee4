//! [`Kernel`]: the kernels of a tree, with all that a node needs to boot them.

mod boots;
mod grub;
mod release;

use std::collections::BTreeMap;

use super::boot_image::{BootImage, HEADER_BYTES};
use super::initrd::{Initrd, Unseen};
use super::reach::{chain, directory, file, names, read_head};
use crate::entry::Kind;
use crate::error::{ErrorKind, ImageError as _};
use crate::monitor::{self, Monitor, Warning};
use crate::path::ImagePath;
use crate::tree::{Resolved, Tree, TreeError};

pub use boots::{Because, DefaultKernel, default_kernel};

/// One kernel release and what the tree holds of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The release, as file and directory names spell it.
    pub release: Box<[u8]>,
    /// The image to boot, without any symlink in its path.
    pub image: Option<ImagePath>,
    /// What the image's header tells; nothing where the image could not be read.
    pub boot: Option<BootImage>,
    /// The initial RAM disk.
    pub initrd: Option<ImagePath>,
    /// What [`read_initrds`] found in it.
    pub initrd_holds: Option<Initrd>,
    /// The directory of its modules.
    pub modules: Option<ImagePath>,
    /// Whether its own modules are there (the directory `kernel` of `make
    /// modules_install`), not only what other packages add for it.
    pub has_own_modules: bool,
    /// Whether `depmod` has been run there, so that `modprobe` finds modules.
    pub has_modules_dep: bool,
}

/// What names of images in `boot` begin with, the one to boot first: the
/// uncompressed `vmlinux` stands beside it for debuggers.
const IMAGE_NAMES: [&[u8]; 3] = [b"vmlinuz-", b"Image-", b"vmlinux-"];

/// What follows the release in such names where the image is packed.
const IMAGE_ENDINGS: [&[u8]; 3] = [b".gz", b".xz", b".zst"];

/// Where modules are, one directory a release. The first is the second where
/// `lib` is a symlink.
const MODULES: [&[u8]; 2] = [b"lib/modules", b"usr/lib/modules"];

/// What distributions call the initial RAM disk, around the release.
const INITRDS: [(&str, &str); 4] = [
    ("initrd.img-", ""),
    ("initramfs-", ".img"),
    ("initrd-", ""),
    ("initrd-", ".img"),
];

/// How many initrds are read; kernels beyond that many are leftovers.
const MOST_INITRDS: usize = 8;

/// What the releases of rescue kernels begin with, which dracut makes: a copy
/// of another kernel that brings its modules in its initrd alone.
const RESCUE: &[u8] = b"0-rescue";

impl Kernel {
    /// Its flavour: `64k`, `rt`, `debug`, or what the distribution calls it;
    /// nothing where its release names none.
    pub fn flavour(&self) -> Option<&[u8]> {
        release::flavour(&self.release)
    }

    /// Whether it is a copy of another kernel, for emergencies.
    pub fn is_rescue(&self) -> bool {
        self.release.starts_with(RESCUE)
    }
}

/// Finds all kernels of a tree, sorted by release.
///
/// Images are looked for in `boot` and, as RHEL and SUSE install them, in the
/// directories of the modules. Symlinks are followed inside the tree alone.
///
/// # Errors
///
/// A [`TreeError`] if a directory cannot be read, or if the monitor asks to
/// stop. An image that cannot be read is a fact, not an error.
pub fn kernels(tree: &dyn Tree, monitor: &dyn Monitor) -> Result<Vec<Kernel>, TreeError> {
    let mut found: BTreeMap<Box<[u8]>, Kernel> = BTreeMap::new();
    let boot = names(tree, b"boot", monitor)?;
    for prefix in IMAGE_NAMES {
        for name in &boot {
            let Some(release) = name.strip_prefix(prefix).filter(|rest| !rest.is_empty()) else {
                continue;
            };
            let release = IMAGE_ENDINGS
                .iter()
                .find_map(|ending| release.strip_suffix(*ending))
                .unwrap_or(release);
            let kernel = kernel(&mut found, release);
            if kernel.image.is_none() {
                kernel.take_image(tree, &[b"boot/", &**name].concat(), monitor)?;
            }
        }
    }
    for place in MODULES {
        for name in names(tree, place, monitor)? {
            let path = [place, b"/", &*name].concat();
            let modules = directory(tree, &path, monitor)?.map(|found| found.path);
            let known = found.get(&name).and_then(|kernel| kernel.modules.as_ref());
            if modules.is_none() || known == modules.as_ref() {
                continue;
            }
            let kernel = kernel(&mut found, &name);
            kernel.modules = kernel.modules.take().or(modules);
            kernel.has_own_modules |=
                directory(tree, &[&path, &b"/kernel"[..]].concat(), monitor)?.is_some();
            kernel.has_modules_dep |=
                file(tree, &[&path, &b"/modules.dep"[..]].concat(), monitor)?.is_some();
            if kernel.image.is_none() {
                kernel.take_image(tree, &[&path, &b"/vmlinuz"[..]].concat(), monitor)?;
            }
        }
    }
    for kernel in found.values_mut() {
        monitor::check(monitor)?;
        for (before, after) in INITRDS {
            let name = [before.as_bytes(), &kernel.release, after.as_bytes()].concat();
            if kernel.initrd.is_none() && boot.contains(&*name) {
                kernel.initrd = file(tree, &[b"boot/", &*name].concat(), monitor)?
                    .map(|resolved| resolved.path);
            }
        }
    }
    Ok(found.into_values().collect())
}

fn kernel<'a>(found: &'a mut BTreeMap<Box<[u8]>, Kernel>, release: &[u8]) -> &'a mut Kernel {
    found.entry(release.into()).or_insert_with(|| Kernel {
        release: release.into(),
        image: None,
        boot: None,
        initrd: None,
        initrd_holds: None,
        modules: None,
        has_own_modules: false,
        has_modules_dep: false,
    })
}

impl Kernel {
    fn take_image(
        &mut self,
        tree: &dyn Tree,
        path: &[u8],
        monitor: &dyn Monitor,
    ) -> Result<(), TreeError> {
        if let Some(image) = file(tree, path, monitor)? {
            self.boot = boot_image(&image, monitor)?;
            self.image = Some(image.path);
        }
        Ok(())
    }
}

/// Looks into the initrds of kernels, those of the last releases if there are
/// many. The more an initrd holds the longer it takes, a second at worst.
///
/// # Errors
///
/// A [`TreeError`] if a directory cannot be read, or if the monitor asks to
/// stop. An initrd that cannot be read is a fact.
pub fn read_initrds(
    tree: &dyn Tree,
    kernels: &mut [Kernel],
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    let mut read = 0;
    for kernel in kernels
        .iter_mut()
        .rev()
        .filter(|kernel| !kernel.is_rescue())
    {
        monitor::check(monitor)?;
        let Some(path) = &kernel.initrd else {
            continue;
        };
        kernel.initrd_holds = if read == MOST_INITRDS {
            Some(Initrd::unseen(Unseen::Beyond))
        } else {
            let found = file(tree, path.as_bytes(), monitor)?;
            found
                .map(|found| initrd(&found, &kernel.release))
                .transpose()?
        };
        read = MOST_INITRDS.min(read + 1);
    }
    Ok(())
}

fn initrd(found: &Resolved, release: &[u8]) -> Result<Initrd, TreeError> {
    let name = found.path.file_name().expect("a file is not the root");
    let Kind::File { size } = found.entry.kind else {
        unreachable!("only files are asked for");
    };
    match found.parent.open(name) {
        Ok(content) => Ok(Initrd::read(content, size, release)),
        Err(error) if error.kind() == ErrorKind::System => {
            Ok(Initrd::unseen(Unseen::Undecoded(chain(&error))))
        }
        Err(error) => Err(error),
    }
}

/// Reads the header of an image; that it cannot be read is a fact.
fn boot_image(image: &Resolved, monitor: &dyn Monitor) -> Result<Option<BootImage>, TreeError> {
    let name = image.path.file_name().expect("a file is not the root");
    match read_head(&*image.parent, name, HEADER_BYTES) {
        Ok(head) => Ok(Some(BootImage::parse(&head))),
        Err(error) if error.kind() == ErrorKind::System => {
            monitor.warn(Warning {
                path: image.path.clone(),
                message: format!("this kernel image could not be read: {}", chain(&error)),
            });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
