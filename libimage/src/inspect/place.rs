//! [`Place`]: what kind of directory a file stands in.
//!
//! The majority of a tree is known only when all of it was seen, but keeping
//! every path until then would cost memory by the file. So each ELF file is
//! sorted by its place at once, and only places are counted.

use std::sync::LazyLock;

use super::Architecture;
use super::pattern::Pattern;
use crate::path::ImagePath;

/// Where in a tree a file stands, as far as it matters for whose code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// Programs of the system: `usr/bin` and its like.
    Programs,
    /// Libraries of the system: `usr/lib`.
    Libraries,
    /// Libraries of the system where `usr/lib` is left to 32-bit ones.
    Libraries64,
    /// Modules of a kernel: `lib/modules`.
    KernelModules,
    /// The libraries of one architecture among several: `usr/lib/<triplet>`.
    Multiarch(Architecture),
    /// What a compiler for that architecture needs: `usr/<triplet>`.
    Sysroot(Architecture),
    /// No place known here: `opt`, `srv`, `home`, `var` and the rest.
    Elsewhere,
    /// Code for devices, loaded by drivers.
    Firmware,
    /// The 32-bit ABI beside a 64-bit one.
    SmallerAbi,
    /// Compilers and tools that carry code for other targets.
    CrossTools,
    /// Debug information split from programs.
    DebugInfo,
    /// Code for the machines that emulators emulate.
    Emulator,
    /// Code that runs before the operating system.
    BootLoader,
    /// Valgrind's own copies of itself.
    Valgrind,
    /// Packages of a language that bring prebuilt files for several systems.
    LanguageBundle,
    /// Compiled Guile, which is ELF without a processor.
    Guile,
    /// Input for tests.
    TestData,
}

/// What a row of [`TABLE`] says about the paths it matches.
#[derive(Clone, Copy)]
enum Row {
    /// They stand in this place.
    Is(Place),
    /// They stand in the multiarch directory of the triplet in the pattern.
    Multiarch,
    /// They stand in the sysroot of the triplet in the pattern.
    Sysroot,
}

/// Patterns and places; the first row that matches counts.
///
/// Components are compared one by one: `*` stands for any part of a component,
/// `**` for any number of components, `<multiarch>` for a component like
/// `aarch64-linux-gnu`, `<triplet>` for that or one like `arm-none-eabi`. A
/// pattern matches a file and whatever lies beneath a directory; with `/` at
/// its end, only the latter.
const TABLE: &[(&str, Row)] = &[
    // Wherever they are.
    ("**/testdata/", Row::Is(Place::TestData)),
    ("**/tests/", Row::Is(Place::TestData)),
    ("usr/lib/python*/test/", Row::Is(Place::TestData)),
    ("**/site-packages/", Row::Is(Place::LanguageBundle)),
    ("**/dist-packages/", Row::Is(Place::LanguageBundle)),
    ("**/node_modules/", Row::Is(Place::LanguageBundle)),
    // NVIDIA's profilers and toolkits carry their agents for all targets.
    ("**/nsight-compute*/**/target/", Row::Is(Place::CrossTools)),
    (
        "**/nsight-systems*/**/target-*/",
        Row::Is(Place::CrossTools),
    ),
    ("**/cuda*/**/targets/<triplet>/", Row::Sysroot),
    // The linux-firmware package.
    ("lib/firmware/", Row::Is(Place::Firmware)),
    ("usr/lib/firmware/", Row::Is(Place::Firmware)),
    // Kernels: the vDSO of the 32-bit ABIs is installed beside the modules.
    ("lib/modules/*/vdso/", Row::Is(Place::SmallerAbi)),
    ("usr/lib/modules/*/vdso/", Row::Is(Place::SmallerAbi)),
    ("lib/modules/", Row::Is(Place::KernelModules)),
    ("usr/lib/modules/", Row::Is(Place::KernelModules)),
    // Boot loaders and what they start in their own or in real mode.
    ("boot/grub*/", Row::Is(Place::BootLoader)),
    ("boot/efi/", Row::Is(Place::BootLoader)),
    ("boot/extlinux/", Row::Is(Place::BootLoader)),
    ("boot/memtest86*", Row::Is(Place::BootLoader)),
    ("usr/lib/grub*/", Row::Is(Place::BootLoader)),
    ("usr/share/grub*/", Row::Is(Place::BootLoader)),
    ("usr/lib/syslinux/", Row::Is(Place::BootLoader)),
    ("usr/share/syslinux/", Row::Is(Place::BootLoader)),
    ("usr/lib/EXTLINUX/", Row::Is(Place::BootLoader)),
    ("usr/lib/ISOLINUX/", Row::Is(Place::BootLoader)),
    ("usr/lib/PXELINUX/", Row::Is(Place::BootLoader)),
    ("usr/lib/ipxe/", Row::Is(Place::BootLoader)),
    ("usr/share/ipxe/", Row::Is(Place::BootLoader)),
    ("usr/lib/u-boot/", Row::Is(Place::BootLoader)),
    ("usr/share/u-boot/", Row::Is(Place::BootLoader)),
    ("usr/lib/arm-trusted-firmware/", Row::Is(Place::BootLoader)),
    ("usr/lib*/kexec-tools/", Row::Is(Place::BootLoader)),
    ("usr/lib/*/kexec-tools/", Row::Is(Place::BootLoader)),
    ("tftpboot/", Row::Is(Place::BootLoader)),
    // Emulators and hypervisors.
    ("usr/share/qemu*/", Row::Is(Place::Emulator)),
    ("usr/lib/qemu/", Row::Is(Place::Emulator)),
    ("usr/share/openbios/", Row::Is(Place::Emulator)),
    ("usr/share/slof/", Row::Is(Place::Emulator)),
    ("usr/share/skiboot/", Row::Is(Place::Emulator)),
    ("usr/share/opensbi/", Row::Is(Place::Emulator)),
    ("usr/lib/*/opensbi/", Row::Is(Place::Emulator)),
    ("usr/lib/xen-*/boot/", Row::Is(Place::Emulator)),
    ("usr/libexec/xen*/boot/", Row::Is(Place::Emulator)),
    // The smaller ABI, as FHS 3.0 (4.10, /usr/lib<qual>) names its directories.
    ("lib32/", Row::Is(Place::SmallerAbi)),
    ("libx32/", Row::Is(Place::SmallerAbi)),
    ("usr/lib32/", Row::Is(Place::SmallerAbi)),
    ("usr/libx32/", Row::Is(Place::SmallerAbi)),
    ("usr/libexec/getconf/", Row::Is(Place::SmallerAbi)),
    ("usr/lib/perf-core/", Row::Is(Place::SmallerAbi)),
    ("usr/libexec/perf-core/", Row::Is(Place::SmallerAbi)),
    ("usr/lib*/gcc/*/*/32/", Row::Is(Place::SmallerAbi)),
    ("usr/lib*/gcc/*/*/x32/", Row::Is(Place::SmallerAbi)),
    // Compilers for other targets; Go's race detector comes as one object a target.
    ("**/src/runtime/race/", Row::Is(Place::CrossTools)),
    ("usr/lib/gcc-cross/", Row::Is(Place::CrossTools)),
    // Which machines the kernel runs programs of, by one program for each.
    ("usr/lib/arch-test/", Row::Is(Place::CrossTools)),
    ("usr/lib/gcc/avr/", Row::Is(Place::CrossTools)),
    ("usr/lib/avr/", Row::Is(Place::CrossTools)),
    ("usr/lib/clang*/", Row::Is(Place::CrossTools)),
    ("usr/lib64/clang*/", Row::Is(Place::CrossTools)),
    ("usr/lib/llvm*/lib/clang/", Row::Is(Place::CrossTools)),
    ("usr/lib*/gcc/<triplet>/", Row::Sysroot),
    ("usr/libexec/gcc/<triplet>/", Row::Sysroot),
    ("usr/lib*/rustlib/<triplet>/", Row::Sysroot),
    ("usr/<triplet>/", Row::Sysroot),
    // Others with a directory of their own among the native ones.
    ("usr/lib/debug/", Row::Is(Place::DebugInfo)),
    ("**/.debug/", Row::Is(Place::DebugInfo)),
    ("**/.build-id/", Row::Is(Place::DebugInfo)),
    ("usr/lib*/valgrind/", Row::Is(Place::Valgrind)),
    ("usr/lib/*/valgrind/", Row::Is(Place::Valgrind)),
    ("usr/libexec/valgrind/", Row::Is(Place::Valgrind)),
    ("usr/lib*/guile/", Row::Is(Place::Guile)),
    ("usr/lib/*/guile/", Row::Is(Place::Guile)),
    // The system's own directories (hier(7), Debian's multiarch).
    ("lib/<multiarch>/", Row::Multiarch),
    ("usr/lib/<multiarch>/", Row::Multiarch),
    ("usr/lib/<triplet>/", Row::Sysroot),
    ("bin/", Row::Is(Place::Programs)),
    ("sbin/", Row::Is(Place::Programs)),
    ("usr/bin/", Row::Is(Place::Programs)),
    ("usr/sbin/", Row::Is(Place::Programs)),
    ("usr/games/", Row::Is(Place::Programs)),
    ("usr/libexec/", Row::Is(Place::Programs)),
    ("lib/", Row::Is(Place::Libraries)),
    ("lib64/", Row::Is(Place::Libraries64)),
    ("usr/lib/", Row::Is(Place::Libraries)),
    ("usr/lib64/", Row::Is(Place::Libraries64)),
    // What BCM's daemons run, on the node's own disk.
    ("cm/local/apps/*/bin/", Row::Is(Place::Programs)),
    ("cm/local/apps/*/sbin/", Row::Is(Place::Programs)),
    ("cm/local/apps/*/*/bin/", Row::Is(Place::Programs)),
    ("cm/local/apps/*/*/sbin/", Row::Is(Place::Programs)),
];

/// The patterns of [`TABLE`] in the same order.
static COMPILED: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    TABLE
        .iter()
        .map(|(pattern, _)| Pattern::new(pattern))
        .collect()
});

/// The place of the file at `path`.
pub fn classify(path: &ImagePath) -> Place {
    classify_by(path).0
}

/// The place of the file at `path`, and the pattern that says so.
pub fn classify_by(path: &ImagePath) -> (Place, Option<&'static str>) {
    let components: Vec<&[u8]> = path.components().collect();
    for ((pattern, row), compiled) in TABLE.iter().zip(&*COMPILED) {
        let mut triplet = None;
        if !compiled.matches(&components, &mut triplet) {
            continue;
        }
        match (row, triplet) {
            (Row::Is(place), _) => return (*place, Some(pattern)),
            (Row::Multiarch, Some(architecture)) => {
                return (Place::Multiarch(architecture), Some(pattern));
            }
            (Row::Sysroot, Some(architecture)) => {
                return (Place::Sysroot(architecture), Some(pattern));
            }
            (Row::Multiarch | Row::Sysroot, None) => {}
        }
    }
    (Place::Elsewhere, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_place() {
        let arm64 = Architecture::AARCH64;
        let cases = [
            ("usr/bin/true", Place::Programs),
            ("bin/true", Place::Programs),
            ("usr/libexec/x/y", Place::Programs),
            ("usr/bin/tests", Place::Programs),
            ("usr/lib64/libc.so.6", Place::Libraries64),
            ("lib/libc.so.6", Place::Libraries),
            ("usr/lib/systemd/systemd", Place::Libraries),
            (
                "usr/lib/aarch64-linux-gnu/libc.so.6",
                Place::Multiarch(arm64),
            ),
            (
                "lib/i386-linux-gnu/libc.so.6",
                Place::Multiarch(Architecture::I386),
            ),
            ("usr/aarch64-linux-gnu/lib/libc.so.6", Place::Sysroot(arm64)),
            (
                "usr/lib/gcc/aarch64-linux-gnu/12/cc1",
                Place::Sysroot(arm64),
            ),
            (
                "usr/lib/arm-none-eabi/lib/crt0.o",
                Place::Sysroot(Architecture::ARM),
            ),
            (
                "usr/lib/gcc/x86_64-redhat-linux/11/32/crtbegin.o",
                Place::SmallerAbi,
            ),
            (
                "usr/lib/gcc-cross/x86_64-linux-gnu/12/cc1",
                Place::CrossTools,
            ),
            (
                "usr/lib/llvm-14/lib/clang/14/lib/linux/x-i386.so",
                Place::CrossTools,
            ),
            ("usr/lib/arch-test/m68k", Place::CrossTools),
            ("usr/lib/perf-core/perf-read-vdso32", Place::SmallerAbi),
            ("home/a/.debug/x/debug", Place::DebugInfo),
            ("usr/lib32/libc.so.6", Place::SmallerAbi),
            ("lib/modules/6.8.0/vdso/vdso32.so", Place::SmallerAbi),
            ("lib/modules/6.8.0/kernel/fs/xfs.ko", Place::KernelModules),
            (
                "usr/lib/modules/6.8.0/kernel/fs/xfs.ko",
                Place::KernelModules,
            ),
            ("lib/firmware/nvidia/gsp.bin", Place::Firmware),
            ("usr/lib/firmware/x", Place::Firmware),
            ("usr/lib/debug/.build-id/00/11.debug", Place::DebugInfo),
            ("usr/lib/grub/i386-pc/kernel.img", Place::BootLoader),
            ("boot/grub2/i386-pc/ext2.mod", Place::BootLoader),
            ("boot/memtest86+.elf", Place::BootLoader),
            (
                "usr/lib/x86_64-linux-gnu/kexec-tools/kexec_test",
                Place::BootLoader,
            ),
            (
                "usr/share/go-1.19/src/runtime/race/race_linux_arm64.syso",
                Place::CrossTools,
            ),
            ("usr/share/qemu/hppa-firmware.img", Place::Emulator),
            ("usr/libexec/valgrind/memcheck-x86-linux", Place::Valgrind),
            ("usr/lib/x86_64-linux-gnu/valgrind/none", Place::Valgrind),
            (
                "usr/lib/x86_64-linux-gnu/guile/3.0/ccache/x.go",
                Place::Guile,
            ),
            ("usr/lib/python3/dist-packages/x.so", Place::LanguageBundle),
            (
                "opt/app/node_modules/x/prebuilds/y.node",
                Place::LanguageBundle,
            ),
            (
                "usr/share/go-1.19/src/debug/elf/testdata/x",
                Place::TestData,
            ),
            (
                "opt/nvidia/nsight-compute/2024.1/target/l4t/x",
                Place::CrossTools,
            ),
            (
                "apps/cuda/nsight-systems-2024/target-linux-sbsa/x",
                Place::CrossTools,
            ),
            (
                "apps/cuda12.4/12.4.1/targets/sbsa-linux/lib/x.so",
                Place::Sysroot(arm64),
            ),
            ("apps/cuda12.4/12.4.1/lib/x.so", Place::Elsewhere),
            ("cm/local/apps/cmd/sbin/cmd", Place::Programs),
            ("cm/local/apps/slurm/24.05/bin/srun", Place::Programs),
            ("cm/shared/apps/x/bin/y", Place::Elsewhere),
            ("usr/local/bin/x", Place::Elsewhere),
            ("usr/share/x", Place::Elsewhere),
            ("opt/bin/x", Place::Elsewhere),
            ("usr/binary/x", Place::Elsewhere),
            ("bin", Place::Elsewhere),
        ];
        for (path, place) in cases {
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            assert_eq!(classify(&path), place, "{path}");
        }
        assert_eq!(classify(&ImagePath::root()), Place::Elsewhere);
    }
}
