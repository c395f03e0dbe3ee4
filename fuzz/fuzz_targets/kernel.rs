//! The header of a kernel image.
#![no_main]

use imgtool_fuzz::text;
use libfuzzer_sys::fuzz_target;
use libimage::inspect::{BootImage, ImageFormat};

/// What has to be seen of an image: x86's boot sector and its setup, the
/// longest of headers.
const HEAD: usize = 65 * 512;

fuzz_target!(|bytes: &[u8]| {
    let head = &bytes[..bytes.len().min(HEAD)];
    let image = BootImage::parse(head);
    if let Some(architecture) = image.architecture {
        assert!(architecture.machine.is_processor() || image.format == ImageFormat::Elf);
        text::check(&architecture.to_string());
    }
    assert!(image.format != ImageFormat::Unknown || image.architecture.is_none());
    if let Some(release) = &image.release {
        assert_eq!(image.format, ImageFormat::X86);
        assert!(!release.is_empty() && release.len() <= 256);
        assert!(!release.contains(|letter: char| letter == '\0' || letter.is_ascii_whitespace()));
    }
    // The same image, packed as some architectures install it.
    if !head.starts_with(&[0x1f, 0x8b]) && head.len() <= 4096 {
        let packed = fixtures::compress::compress(head, fixtures::compress::Codec::Gzip);
        assert_eq!(BootImage::parse(&packed), image);
    }
});
