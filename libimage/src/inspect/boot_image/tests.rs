//! Headers of every format, whole and damaged, as tables.

use fixtures::kernel;
use proptest::prelude::*;

use super::*;
use crate::inspect::fake::elf_header;

fn put(mut image: Vec<u8>, offset: usize, bytes: &[u8]) -> Vec<u8> {
    image[offset..offset + bytes.len()].copy_from_slice(bytes);
    image
}

fn pe(machine: u16) -> Vec<u8> {
    let image = put(vec![0; 512], 0, b"MZ");
    let image = put(image, 0x3c, &[0x40]);
    let image = put(image, 0x40, b"PE\0\0");
    put(image, 0x44, &machine.to_le_bytes())
}

#[test]
fn headers_tell_format_and_architecture() {
    let x86 = kernel::bzimage("6.8.0-51-generic (buildd@host) #52");
    let x86_64 = put(x86.clone(), 0x236, &[1]);
    let arm64 = kernel::arm64_image("6.1");
    let cases: Vec<(&str, Vec<u8>, ImageFormat, Option<&str>)> = vec![
        ("bzImage, 64 bits", x86_64, ImageFormat::X86, Some("x86_64")),
        (
            "bzImage, 32 bits",
            put(x86.clone(), 0x236, &[0]),
            ImageFormat::X86,
            Some("i386"),
        ),
        (
            "bzImage, before the flag",
            put(x86.clone(), 0x206, &[0x0a, 2]),
            ImageFormat::X86,
            None,
        ),
        ("Image", arm64.clone(), ImageFormat::Arm64, Some("aarch64")),
        (
            "Image, big-endian",
            put(arm64, 24, &[0xb]),
            ImageFormat::Arm64,
            Some("aarch64_be"),
        ),
        (
            "Image with EFI stub",
            kernel::arm64_efi_image("6.1"),
            ImageFormat::Arm64,
            Some("aarch64"),
        ),
        (
            "gzipped Image",
            kernel::arm64_gzip_image("6.1"),
            ImageFormat::Arm64,
            Some("aarch64"),
        ),
        (
            "zboot",
            kernel::arm64_zboot_image("6.1"),
            ImageFormat::EfiZboot,
            Some("aarch64"),
        ),
        (
            "RISC-V",
            put(vec![0; 64], 48, b"RISCV\0\0\0RSC\x05"),
            ImageFormat::Riscv,
            Some("riscv64"),
        ),
        ("PE 8664", pe(0x8664), ImageFormat::Efi, Some("x86_64")),
        ("PE 5064", pe(0x5064), ImageFormat::Efi, Some("riscv64")),
        ("PE of another machine", pe(1), ImageFormat::Unknown, None),
        (
            "vmlinux",
            elf_header(Architecture::PPC64LE),
            ImageFormat::Elf,
            Some("ppc64le"),
        ),
        ("text", b"not a kernel".to_vec(), ImageFormat::Unknown, None),
        ("nothing", Vec::new(), ImageFormat::Unknown, None),
        (
            "PE header out of the file",
            put(pe(0x8664), 0x3c, &[0xff; 4]),
            ImageFormat::Unknown,
            None,
        ),
    ];
    for (name, image, format, architecture) in cases {
        let parsed = BootImage::parse(&image);
        assert_eq!(parsed.format, format, "{name}");
        let found = parsed.architecture.map(|found| found.to_string());
        assert_eq!(found.as_deref(), architecture, "{name}");
    }
}

#[test]
fn only_x86_tells_its_release() {
    let image = kernel::bzimage("6.8.0-51-generic (buildd@host) #52");
    let release = |image: &[u8]| BootImage::parse(image).release;
    assert_eq!(release(&image).as_deref(), Some("6.8.0-51-generic"));
    for (name, pointer) in [("none", [0, 0]), ("out of the file", [0xff, 0xff])] {
        assert_eq!(
            release(&put(image.clone(), 0x20e, &pointer)),
            None,
            "{name}"
        );
    }
    assert_eq!(release(&kernel::arm64_image("6.1")), None);
}

#[test]
fn only_zboot_tells_its_payload() {
    let image = kernel::arm64_zboot_image("6.1");
    let payload = |image: &[u8]| BootImage::parse(image).payload;
    assert_eq!(payload(&image), Some("gzip"));
    let zstd = put(image.clone(), 24, b"zstd22\0");
    assert_eq!(payload(&zstd), Some("zstd22"));
    assert_eq!(payload(&put(image, 24, b"other\0")), None);
    assert_eq!(payload(&kernel::arm64_efi_image("6.1")), None);
}

#[test]
fn every_truncation_is_read() {
    for image in [
        kernel::bzimage("6.8.0"),
        kernel::arm64_efi_image("6.1"),
        kernel::arm64_gzip_image("6.1"),
        kernel::arm64_zboot_image("6.1"),
        pe(0x8664),
    ] {
        let whole = BootImage::parse(&image);
        for length in 0..image.len().min(2048) {
            let cut = BootImage::parse(&image[..length]);
            assert!(
                cut.architecture.is_none() || cut.architecture == whole.architecture,
                "{length} bytes"
            );
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(
        start in prop::sample::select(vec![&b"MZ"[..], b"\x1f\x8b\x08", b"\x7fELF", b""]),
        tail in proptest::collection::vec(any::<u8>(), 0..700),
    ) {
        let image = [start, &tail].concat();
        prop_assert!(BootImage::parse(&image).release.is_none_or(|word| !word.is_empty()));
    }
}
