//! EFI programs: boot loaders, shims and what they start.
//!
//! They are files of Microsoft's PE format, "MS-DOS Stub" to "COFF File
//! Header": `MZ`, at 0x3c where the signature `PE\0\0` stands, behind it the
//! machine, one of `IMAGE_FILE_MACHINE_*`.

use super::Architecture;
use crate::path::ImagePath;

/// Where the offset of the signature stands.
const SIGNATURE_AT: usize = 0x3c;

/// The signature and, behind it, the machine.
pub(super) const SIGNATURE_BYTES: usize = 6;

/// What names of EFI programs end with, in whatever case: as boot loaders are
/// installed, and as Debian and systemd keep them.
const ENDINGS: [&[u8]; 3] = [b".efi", b".efi.signed", b".efi.stub"];

/// Whether a name is that of an EFI program.
pub(super) fn is_named_so(name: &[u8]) -> bool {
    ENDINGS.iter().any(|ending| {
        name.len() > ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending)
    })
}

/// Whether the firmware would find it there: on the EFI system partition, which
/// is mounted at `boot/efi`, `efi` or `boot` (the Boot Loader Specification,
/// "The Partitions"); programs stand in its directory `EFI`.
pub(super) fn is_installed(path: &ImagePath) -> bool {
    let components: Vec<_> = path.components().collect();
    match components[..] {
        [b"boot", b"efi", _, ..] | [b"efi", _, ..] => true,
        [b"boot", directory, _, ..] => directory == b"EFI",
        _ => false,
    }
}

/// Where in the file the signature is, by its first bytes; nothing for files of
/// another format.
pub(super) fn signature_at(head: &[u8]) -> Option<u32> {
    if !head.starts_with(b"MZ") {
        return None;
    }
    let field = head.get(SIGNATURE_AT..)?.first_chunk()?;
    Some(u32::from_le_bytes(*field))
}

/// What the signature and what follows it say the program is for; nothing for
/// machines that run no Linux.
pub(super) fn machine(signature: &[u8]) -> Option<Architecture> {
    let number = signature.strip_prefix(b"PE\0\0")?.first_chunk()?;
    Some(match u16::from_le_bytes(*number) {
        0x014c => Architecture::I386,
        0x8664 => Architecture::X86_64,
        0x01c0 | 0x01c2 | 0x01c4 => Architecture::ARM,
        0xaa64 => Architecture::AARCH64,
        0x5032 => Architecture::RISCV32,
        0x5064 => Architecture::RISCV64,
        0x6264 => Architecture::LOONGARCH64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_places_tell_boot_programs() {
        let cases = [
            ("boot/efi/EFI/BOOT/BOOTX64.EFI", true, true),
            ("boot/efi/EFI/debian/shimaa64.efi", true, true),
            ("efi/EFI/systemd/systemd-bootx64.efi", true, true),
            ("boot/EFI/BOOT/BOOTAA64.EFI", true, true),
            ("usr/lib/shim/shimx64.efi.signed", true, false),
            ("usr/lib/systemd/boot/efi/linuxx64.efi.stub", true, false),
            ("boot/grub/x86_64-efi/core.efi", true, false),
            ("boot/efi/EFI/debian/grub.cfg", false, true),
            ("usr/bin/efi", false, false),
            ("usr/share/.efi", false, false),
            ("boot/efi", false, false),
            ("efi", false, false),
        ];
        for (path, named, installed) in cases {
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            let name = path.file_name().expect("not the root");
            assert_eq!(is_named_so(name), named, "{path}");
            assert_eq!(is_installed(&path), installed, "{path}");
        }
    }

    #[test]
    fn the_coff_header_names_the_machine() {
        let signature = |machine: u16| [b"PE\0\0", &machine.to_le_bytes()[..]].concat();
        for (number, expected) in [
            (0x8664, Some("x86_64")),
            (0xaa64, Some("aarch64")),
            (0x014c, Some("i386")),
            (0x01c2, Some("arm")),
            (0x5064, Some("riscv64")),
            (0x6264, Some("loongarch64")),
            // EFI byte code runs on all of them.
            (0x0ebc, None),
        ] {
            let found = machine(&signature(number)).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{number:#x}");
        }
        for other in [&b"PE\0\0\x64"[..], b"NE\0\0\x64\x86", b""] {
            assert_eq!(machine(other), None);
        }
        let mut head = vec![0; 64];
        head[..2].copy_from_slice(b"MZ");
        head[60..].copy_from_slice(&[0x80, 0, 0, 1]);
        assert_eq!(signature_at(&head), Some(0x0100_0080));
        assert_eq!(signature_at(&head[..63]), None);
        assert_eq!(signature_at(&[0; 64]), None);
    }
}
