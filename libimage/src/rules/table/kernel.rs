//! Rules on what runs before or beside ordinary programs: kernels, their
//! modules and initrds, EFI programs.

use crate::rules::Group::Kernel;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Note, Warning};

pub(super) static KERNEL: &[&Rule] = &[
    &KERNEL_NONE,
    &KERNEL_ARCH,
    &KERNEL_INCOMPLETE,
    &KERNEL_INCOMPLETE_OTHER,
    &KERNEL_RELEASE_MISMATCH,
    &KERNEL_MODULES_DEP,
    &KERNEL_LEFTOVER,
    &KERNEL_MODULES_ALONE,
    &KERNEL_INITRD,
    &KERNEL_INITRD_ELSEWHERE,
    &INITRD_ARCH,
    &INITRD_RELEASE,
    &INITRD_PROGRAMS,
    &INITRD_UNDECODED,
    &INITRD_NOT_CHECKED,
    &KERNEL_FLAVOUR_DEFAULT,
    &KERNEL_FLAVOUR,
    &KERNEL_SEVERAL,
    &EFI_ARCH,
];

const BCM: &str = "BCM Administrator Manual: software images and the kernel that a node boots";
const MODULES: &str = "modules_install of the kernel's Makefile and depmod(8): lib/modules/RELEASE";
const INITRD: &str = "\"initramfs buffer format\" in the kernel's documentation";
const FLAVOURS: &str = "the names of kernel packages: kernel-64k and kernel-rt of RHEL, \
                        linux-image-generic-64k of Ubuntu, kernel-64kb of SLES";

/// No kernel in a software image.
pub static KERNEL_NONE: Rule = Rule {
    name: "kernel-none",
    severity: Error,
    group: Kernel,
    summary: "the software image holds no kernel image",
    reason: "a node cannot boot from it",
    remedy: "install the distribution's kernel package in the image",
    source: BCM,
};

/// A kernel image is for another architecture than the programs.
pub static KERNEL_ARCH: Rule = Rule {
    name: "kernel-arch",
    severity: Error,
    group: Kernel,
    summary: "a kernel image is for another architecture than the tree's programs",
    reason: "a node that boots it cannot run the programs, or does not boot at all",
    remedy: "install the kernel package of the tree's own architecture",
    source: "Documentation/arch/x86/boot.rst and Documentation/arch/arm64/booting.rst of the \
             kernel, and Microsoft's PE format for images with an EFI stub",
};

/// The kernel that boots has no modules.
pub static KERNEL_INCOMPLETE: Rule = Rule {
    name: "kernel-incomplete",
    severity: Error,
    group: Kernel,
    summary: "the kernel that the image boots by default has no modules",
    reason: "a node that boots it has no drivers but those in the initrd: no network, no disks, \
             no file systems",
    remedy: "reinstall the kernel package, or make another kernel the default",
    source: MODULES,
};

/// Another kernel has no modules.
pub static KERNEL_INCOMPLETE_OTHER: Rule = Rule {
    name: "kernel-incomplete-other",
    severity: Warning,
    group: Kernel,
    summary: "a kernel has no modules",
    reason: "a node that boots it has no drivers but those in the initrd",
    remedy: "remove the kernel image, or reinstall its package",
    source: MODULES,
};

/// An image's own release is not that of its name.
pub static KERNEL_RELEASE_MISMATCH: Rule = Rule {
    name: "kernel-release-mismatch",
    severity: Warning,
    group: Kernel,
    summary: "a kernel image is of another release than its name says",
    reason: "the running kernel looks for its modules by its own release, not by a file's name",
    remedy: "reinstall the kernel package, or remove the image that was put in its place",
    source: "Documentation/arch/x86/boot.rst of the kernel: kernel_version",
};

/// `depmod` was not run.
pub static KERNEL_MODULES_DEP: Rule = Rule {
    name: "kernel-modules-dep",
    severity: Warning,
    group: Kernel,
    summary: "a kernel's modules have no modules.dep",
    reason: "modprobe finds no module without it",
    remedy: "run `depmod RELEASE` in the tree",
    source: "modules.dep(5), depmod(8)",
};

/// Modules of a kernel that is gone.
pub static KERNEL_LEFTOVER: Rule = Rule {
    name: "kernel-leftover",
    severity: Warning,
    group: Kernel,
    summary: "modules are installed for a kernel that is not",
    reason: "a kernel was removed by half, or its image was lost; what boots by that release fails",
    remedy: "remove the directory of modules, or reinstall the kernel package",
    source: MODULES,
};

/// Modules without a kernel where none need be.
pub static KERNEL_MODULES_ALONE: Rule = Rule {
    name: "kernel-modules-alone",
    severity: Note,
    group: Kernel,
    summary: "there are modules or links for a kernel that is not installed",
    reason: "packages of drivers and headers leave directories for the releases they were made for",
    remedy: "nothing needs to be done",
    source: MODULES,
};

/// A kernel of a software image has no initrd.
pub static KERNEL_INITRD: Rule = Rule {
    name: "kernel-initrd",
    severity: Warning,
    group: Kernel,
    summary: "a kernel has no initrd",
    reason: "distributions' kernels find the root file system by the drivers in it",
    remedy: "run `update-initramfs -c -k RELEASE` or `dracut --kver RELEASE` in the image",
    source: "the boot scripts of distributions: initrd.img-RELEASE, initramfs-RELEASE.img, \
             initrd-RELEASE in boot",
};

/// A kernel elsewhere has no initrd.
pub static KERNEL_INITRD_ELSEWHERE: Rule = Rule {
    name: "kernel-initrd-elsewhere",
    severity: Note,
    group: Kernel,
    summary: "a kernel has no initrd, in a tree that nodes need not boot from",
    reason: "a node-installer is started by an initrd from elsewhere",
    remedy: "nothing needs to be done unless nodes boot this kernel",
    source: BCM,
};

/// The programs in an initrd are for another architecture.
pub static INITRD_ARCH: Rule = Rule {
    name: "initrd-arch",
    severity: Error,
    group: Kernel,
    summary: "the programs in an initrd are for another architecture than the tree's",
    reason: "the kernel stops at its first program",
    remedy: "make the initrd anew in the tree: `update-initramfs -u` or `dracut --force`",
    source: INITRD,
};

/// An initrd has modules of other kernels only.
pub static INITRD_RELEASE: Rule = Rule {
    name: "initrd-release",
    severity: Warning,
    group: Kernel,
    summary: "an initrd holds modules, and none for its own kernel",
    reason: "the kernel loads no module made for another release, so the root file system may not \
             be found",
    remedy: "make the initrd anew for that kernel: `update-initramfs -u -k RELEASE` or \
             `dracut --force --kver RELEASE`",
    source: INITRD,
};

/// An initrd without programs.
pub static INITRD_PROGRAMS: Rule = Rule {
    name: "initrd-programs",
    severity: Note,
    group: Kernel,
    summary: "an initrd holds no program",
    reason: "a kernel that finds no `init` in it mounts the root file system by itself, for which \
             most have no driver built in",
    remedy: "make the initrd anew in the tree unless the kernel is meant to start without one: \
             `update-initramfs -u` or `dracut --force`",
    source: INITRD,
};

/// An initrd could not be unpacked.
pub static INITRD_UNDECODED: Rule = Rule {
    name: "initrd-undecoded",
    severity: Warning,
    group: Kernel,
    summary: "an initrd is damaged or could not be read",
    reason: "what is unpacked here is what a kernel could unpack at boot",
    remedy: "make the initrd anew, and see that the file system it stands on has room",
    source: INITRD,
};

/// An initrd was not looked at far enough.
pub static INITRD_NOT_CHECKED: Rule = Rule {
    name: "initrd-not-checked",
    severity: Note,
    group: Kernel,
    summary: "an initrd was not read far enough to tell what its programs are for",
    reason: "what was not seen may be for any architecture",
    remedy: "check the tree itself rather than its archive, or look with `lsinitramfs` or \
             `lsinitrd`",
    source: INITRD,
};

/// The default kernel is of a flavour of its own.
pub static KERNEL_FLAVOUR_DEFAULT: Rule = Rule {
    name: "kernel-flavour-default",
    severity: Warning,
    group: Kernel,
    summary: "the kernel that boots by default is of another flavour than those beside it",
    reason: "drivers and file systems made for pages of 4 KiB may not work with those of 64 KiB, \
             nor applications tuned for one with the other",
    remedy: "make the kernel that is meant the default, and remove the other",
    source: FLAVOURS,
};

/// Kernels of several flavours.
pub static KERNEL_FLAVOUR: Rule = Rule {
    name: "kernel-flavour",
    severity: Note,
    group: Kernel,
    summary: "kernels of more than one flavour are installed",
    reason: "a package that depends on a kernel may have brought another flavour unasked",
    remedy: "remove the flavour that is not meant",
    source: FLAVOURS,
};

/// Several kernels.
pub static KERNEL_SEVERAL: Rule = Rule {
    name: "kernel-several",
    severity: Note,
    group: Kernel,
    summary: "several kernels are installed",
    reason: "drivers must be built for the one that boots, and each takes some hundred MB",
    remedy: "remove those that no node boots",
    source: BCM,
};

/// Boot programs for other architectures alone.
pub static EFI_ARCH: Rule = Rule {
    name: "efi-arch",
    severity: Warning,
    group: Kernel,
    summary: "boot/efi holds programs, and none for the tree's architecture",
    reason: "firmware starts only programs of its own architecture",
    remedy: "install the boot loader of the tree's own architecture: grub-efi-amd64, \
             grub-efi-arm64, grub2-efi-x64, grub2-efi-aa64 and shim",
    source: "the UEFI specification, 3.5.1.1: removable media boot behaviour; Microsoft's PE \
             format",
};
