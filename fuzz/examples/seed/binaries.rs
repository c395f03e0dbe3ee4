//! Programs and kernels.

use fixtures::compress::{Codec, compress};
use fixtures::elf::{self, Class, Data, ElfSpec, Machine};
use fixtures::kernel;

use super::Seeds;

/// The header of every machine in every form, and a path behind it.
pub fn elf_headers() -> Seeds {
    let paths = [
        "usr/bin/true",
        "usr/lib/aarch64-linux-gnu/libc.so.6",
        "lib/modules/6.1/a.ko",
        "opt/a",
    ];
    let mut seeds = Seeds::new();
    for (machine, path) in Machine::ALL.into_iter().zip(paths.into_iter().cycle()) {
        for (form, class, data) in [
            ("32le", Class::Elf32, Data::Little),
            ("32be", Class::Elf32, Data::Big),
            ("64le", Class::Elf64, Data::Little),
            ("64be", Class::Elf64, Data::Big),
        ] {
            let mut bytes = ElfSpec {
                class,
                data,
                ..elf::program(machine)
            }
            .bytes();
            bytes.truncate(64);
            bytes.extend(path.bytes());
            seeds.push((format!("{}-{form}", machine.number()), bytes));
        }
    }
    seeds
}

/// A kernel image of each format.
pub fn kernels() -> Seeds {
    let mut vmlinux = elf::executable(Machine::X86_64);
    vmlinux.truncate(256);
    vec![
        ("bzimage".into(), kernel::bzimage("6.8.0-51-generic (a@b)")),
        ("arm64".into(), kernel::arm64_image("6.1")),
        ("arm64-efi".into(), kernel::arm64_efi_image("6.1")),
        ("arm64-gzip".into(), kernel::arm64_gzip_image("6.1")),
        ("arm64-zboot".into(), kernel::arm64_zboot_image("6.1")),
        ("vmlinux-gzip".into(), compress(&vmlinux, Codec::Gzip)),
        ("vmlinux".into(), vmlinux),
    ]
}
