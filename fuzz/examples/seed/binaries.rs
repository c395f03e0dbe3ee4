//! Programs and kernels.

use fixtures::compress::{Codec, compress};
use fixtures::elf::{self, Class, Data, ElfSpec, Machine};
use fixtures::initrd::{Packing, initrd};
use fixtures::{ar, kernel};

use super::Seeds;

/// The header of every machine in every form, and a path behind it; and some
/// whole files.
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
    for machine in [Machine::X86_64, Machine::I386, Machine::S390] {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let spec = ElfSpec {
            soname: Some("libx.so.1".into()),
            runpath: Some("$ORIGIN/../lib".into()),
            requires: vec![("libc.so.6".into(), names(&["GLIBC_2.2.5", "GLIBC_2.34"]))],
            defines: names(&["X_1", "X_2"]),
            ..elf::program(machine)
        };
        seeds.push((format!("{}-linked", machine.number()), spec.bytes()));
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

/// An initrd in each packing.
pub fn initrds() -> Seeds {
    let program = elf::executable(Machine::X86_64);
    Packing::ALL
        .into_iter()
        .map(|packing| {
            let modules: [(&str, &[u8]); 2] = [("6.1.0-28-amd64", b"a"), ("6.1.0-9-amd64", b"b")];
            (format!("{packing:?}"), initrd(&program, &modules, packing))
        })
        .collect()
}

/// A static archive of each form.
pub fn static_archives() -> Seeds {
    let (x86, arm) = (
        elf::executable(Machine::X86_64),
        elf::executable(Machine::Aarch64),
    );
    let members: [(&str, &[u8]); 3] = [
        ("a.o", &x86),
        ("a-name-of-more-than-fifteen.o", &arm),
        ("c.o", b"x"),
    ];
    let mut seeds: Seeds = [ar::Names::Gnu, ar::Names::Bsd, ar::Names::Short]
        .into_iter()
        .map(|names| (format!("{names:?}"), ar::archive(&members, names)))
        .collect();
    seeds.push(("thin".into(), ar::thin(&[("a.o", 1), ("b.o", 2)])));
    seeds
}
