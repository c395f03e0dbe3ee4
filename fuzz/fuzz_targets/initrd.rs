//! An initial RAM disk: cpio archives, plain and compressed, one behind the
//! other.
#![no_main]

use imgtool_fuzz::text;
use libfuzzer_sys::fuzz_target;
use libimage::inspect::{Initrd, Unseen};

const RELEASE: &[u8] = b"6.1.0-28-amd64";

fuzz_target!(|bytes: &[u8]| {
    let initrd = read(bytes, bytes.len());
    assert!(initrd.programs.len() <= 16);
    assert!(initrd.releases.len() <= 17);
    for architecture in initrd.programs.keys() {
        text::check(&architecture.to_string());
    }
    if let Some(unseen) = &initrd.unseen {
        text::check(&unseen.to_string());
        assert_ne!(*unseen, Unseen::Cut, "all of it was at hand");
    }
    // A beginning shows no more than the whole, and that it is none.
    let head = read(&bytes[..bytes.len() / 2], bytes.len());
    for (architecture, name) in &head.programs {
        assert_eq!(initrd.programs.get(architecture), Some(name));
    }
    assert!(head.releases.is_subset(&initrd.releases));
    // The same archive, compressed: what is compressed once more in it is not
    // unpacked by the kernel.
    if bytes.starts_with(b"07070") && initrd.compression.is_none() && bytes.len() <= 4096 {
        let packed = fixtures::compress::compress(bytes, fixtures::compress::Codec::Gzip);
        let again = read(&packed, packed.len());
        assert_eq!(again.programs, initrd.programs);
        assert_eq!(again.releases, initrd.releases);
        assert_eq!(again.unseen, initrd.unseen);
    }
});

fn read(bytes: &[u8], size: usize) -> Initrd {
    Initrd::read(bytes, size as u64, RELEASE)
}
