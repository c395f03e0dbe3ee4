//! Real modules, compressed by the programs that the kernel's makefile calls
//! (`scripts/Makefile.modinst`), held against modinfo(8).

use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;

use libimage::inspect::module_identity;

use crate::tool::{ARCHES, bash, name, real, text};

const PACKERS: [(&str, &str); 3] = [
    ("gzip -n -f", "gz"),
    ("xz --check=crc32 --lzma2=dict=1MiB -f", "xz"),
    ("zstd --rm -f -q", "zst"),
];

/// How many of an image's modules are tried.
const MOST: usize = 60;

#[test]
#[ignore = "needs real images, compressors and modinfo; .ci/run runs it"]
fn compressed_modules_are_what_they_were() {
    let work = tempfile::tempdir().expect("a temporary directory");
    for (image, arch) in ARCHES {
        let found = text(
            "find \"$1\" -name '*.ko' | LC_ALL=C sort",
            &[&real(image).join("usr/lib/modules")],
        );
        let modules: Vec<PathBuf> = found.lines().map(PathBuf::from).collect();
        assert!(modules.len() > MOST, "{image}");
        for module in modules.iter().step_by(modules.len() / MOST) {
            for (packer, ending) in PACKERS {
                let copy = work.path().join(module.file_name().expect("a file"));
                fs::copy(module, &copy).expect("there is room");
                bash(&format!("{packer} -- \"$1\""), &[&copy]);
                let packed = PathBuf::from(format!("{}.{ending}", copy.display()));
                let file = BufReader::with_capacity(512, File::open(&packed).expect("made"));
                let identity = module_identity(file, name(&packed))
                    .unwrap_or_else(|error| panic!("{}: {error}", packed.display()))
                    .expect("its name says that it is one");
                assert_eq!(
                    identity.architecture().to_string(),
                    arch,
                    "{}",
                    packed.display()
                );
                // kmod of Debian 12 reads zstd and xz; gzip it may not.
                if ending != "gz" {
                    let told = text("modinfo -F vermagic \"$1\"", &[&packed]);
                    assert!(told.contains(if arch == "x86_64" { "amd64" } else { "arm64" }));
                }
                fs::remove_file(packed).expect("it was made");
            }
        }
    }
}
