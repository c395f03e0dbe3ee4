//! [`BootImage`]: what the header of a kernel image says it boots.

use std::io::Read as _;

use super::{Architecture, ElfIdentity, efi};
use crate::archive::GzipMembers;

/// How a kernel image is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageFormat {
    /// The compressed image of x86 (`Documentation/arch/x86/boot.rst`).
    X86,
    /// `Image` of arm64 (`Documentation/arch/arm64/booting.rst`).
    Arm64,
    /// `Image` of RISC-V (`Documentation/arch/riscv/boot-image-header.rst`).
    Riscv,
    /// An EFI program that unpacks the kernel itself
    /// (`drivers/firmware/efi/libstub/zboot-header.S`).
    EfiZboot,
    /// Another EFI program (PE format, the machine in its COFF header).
    Efi,
    /// A plain ELF `vmlinux`.
    Elf,
    /// None of these.
    Unknown,
}

/// What the first bytes of a kernel image tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootImage {
    /// How it is packed; of one compressed with gzip, what is inside.
    pub format: ImageFormat,
    /// What it runs on, where the header tells.
    pub architecture: Option<Architecture>,
    /// Its own release (`6.8.0-51-generic`), where the header tells; only
    /// that of x86 does.
    pub release: Option<String>,
    /// How the kernel in an EFI zboot image is packed: `gzip`, `zstd`, …
    pub payload: Option<&'static str>,
}

/// The words for it (`drivers/firmware/efi/libstub/Makefile.zboot`).
const ZBOOT_PAYLOADS: [&str; 7] = ["gzip", "lz4", "lzma", "lzo", "xzkern", "zstd", "zstd22"];

/// How much of an image has to be seen. x86 keeps the release within its setup
/// sectors, of which there are at most 64 of 512 bytes, behind the boot sector.
pub(crate) const HEADER_BYTES: usize = 65 * 512;

/// How much of what gzip packed is unpacked: enough for the headers that
/// architectures with gzipped images have.
const INFLATED_BYTES: u64 = 4096;

impl BootImage {
    /// Reads the header in the first 32.5 KiB of an image (or all of a
    /// shorter one).
    pub fn parse(head: &[u8]) -> Self {
        if head.starts_with(&[0x1f, 0x8b]) {
            let mut inner = Vec::new();
            // The head is cut off, so an error at its end is expected; what
            // came out before it counts.
            let _ = GzipMembers::new(head)
                .take(INFLATED_BYTES)
                .read_to_end(&mut inner);
            return Self::of_unpacked(&inner);
        }
        Self::of_unpacked(head)
    }

    fn of_unpacked(head: &[u8]) -> Self {
        let plain = |format, architecture| Self {
            format,
            architecture,
            release: None,
            payload: None,
        };
        if let Ok(Some(identity)) = ElfIdentity::parse(head) {
            return plain(ImageFormat::Elf, Some(identity.architecture()));
        }
        if at(head, 0x1fe) == Some([0x55, 0xaa]) && at(head, 0x202) == Some(*b"HdrS") {
            return Self {
                format: ImageFormat::X86,
                architecture: pe_machine(head).or_else(|| x86_size(head)),
                release: x86_release(head),
                payload: None,
            };
        }
        let is_pe = head.starts_with(b"MZ");
        if is_pe && at(head, 4) == Some(*b"zimg") {
            return Self {
                payload: zboot_payload(head),
                ..plain(ImageFormat::EfiZboot, pe_machine(head))
            };
        }
        if at(head, 56) == Some(*b"ARM\x64") {
            // Bit 0 of the flags is the kernel's byte order.
            let big = at::<1>(head, 24).is_some_and(|[flags]| flags & 1 == 1);
            let architecture = if big {
                Architecture {
                    data: super::Endian::Big,
                    ..Architecture::AARCH64
                }
            } else {
                Architecture::AARCH64
            };
            return plain(ImageFormat::Arm64, Some(architecture));
        }
        if at(head, 48) == Some(*b"RISCV\0\0\0") || at(head, 56) == Some(*b"RSC\x05") {
            let architecture = pe_machine(head).unwrap_or(Architecture::RISCV64);
            return plain(ImageFormat::Riscv, Some(architecture));
        }
        match pe_machine(head) {
            Some(architecture) => plain(ImageFormat::Efi, Some(architecture)),
            None => plain(ImageFormat::Unknown, None),
        }
    }
}

fn at<const N: usize>(head: &[u8], offset: usize) -> Option<[u8; N]> {
    head.get(offset..)?.first_chunk().copied()
}

/// The machine in the COFF header of a PE file.
fn pe_machine(head: &[u8]) -> Option<Architecture> {
    let offset = usize::try_from(efi::signature_at(head)?).ok()?;
    efi::machine(head.get(offset..)?)
}

/// How the kernel in a zboot image is packed: a string of at most 32 bytes at
/// 24, as the kernel's `Makefile.zboot` names it.
fn zboot_payload(head: &[u8]) -> Option<&'static str> {
    let field: [u8; 32] = at(head, 24)?;
    let name = field.split(|&byte| byte == 0).next()?;
    ZBOOT_PAYLOADS
        .into_iter()
        .find(|known| known.as_bytes() == name)
}

/// Whether an x86 kernel is for 64 bits: bit 0 of `xloadflags`, at 0x236 since
/// version 2.12 of the boot protocol.
fn x86_size(head: &[u8]) -> Option<Architecture> {
    let version = u16::from_le_bytes(at(head, 0x206)?);
    let [flags] = at(head, 0x236)?;
    (version >= 0x020c).then_some(if flags & 1 == 1 {
        Architecture::X86_64
    } else {
        Architecture::I386
    })
}

/// The release of an x86 kernel: 0x20e holds where its string begins, counted
/// from 0x200; the first word is the release.
fn x86_release(head: &[u8]) -> Option<String> {
    let offset = usize::from(u16::from_le_bytes(at(head, 0x20e)?));
    if offset == 0 {
        return None;
    }
    let text = head.get(0x200 + offset..)?;
    let word = text
        .split(|byte| byte.is_ascii_whitespace() || *byte == 0)
        .next()?;
    let word = std::str::from_utf8(word).ok()?;
    (!word.is_empty() && word.len() <= 256).then(|| word.to_owned())
}

#[cfg(test)]
mod tests;
