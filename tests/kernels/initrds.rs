//! Initrds as real tools pack them, held against lsinitramfs(8).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use libimage::inspect::{Initrd, Unseen};

use crate::tool::{ARCHES, bash, real, text};

const RELEASE: &str = "6.1.0-28-amd64";

/// How mkinitramfs(8) and dracut(8) call programs to pack, and that `lz4` of
/// today which the kernel does not read.
const PACKERS: [(&str, &str); 9] = [
    ("cat", ""),
    ("gzip -n", "gzip"),
    ("bzip2", "bzip2"),
    ("lzma -z -c", "lzma"),
    ("xz --check=crc32 --lzma2=dict=1MiB", "xz"),
    ("xz --check=crc32 -T2 --block-size=64KiB", "xz"),
    ("zstd -q -19 -T0", "zstd"),
    ("lz4 -l -9", "lz4 (legacy frame)"),
    ("lz4", "lz4"),
];

fn read(path: &Path, release: &str) -> Initrd {
    let file = File::open(path).expect("it was made");
    let size = file.metadata().expect("it was made").len();
    Initrd::read(file, size, release.as_bytes())
}

/// The releases whose modules a listing names.
fn releases(listing: &str) -> BTreeSet<String> {
    listing
        .lines()
        .filter_map(|line| line.split_once("lib/modules/"))
        .filter_map(|(_, rest)| rest.split('/').next())
        .map(str::to_owned)
        .collect()
}

fn shown(initrd: &Initrd) -> (Vec<String>, BTreeSet<String>) {
    let programs = initrd.programs.keys().map(ToString::to_string).collect();
    let releases = initrd.releases.iter();
    let releases = releases.map(|one| String::from_utf8_lossy(one).into_owned());
    (programs, releases.collect())
}

#[test]
#[ignore = "needs cpio, compressors and lsinitramfs; .ci/run runs it"]
fn initrds_packed_by_real_tools_are_read() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (root, early) = (work.path().join("root"), work.path().join("early"));
    let modules = root.join("usr/lib/modules").join(RELEASE).join("kernel");
    for directory in [
        root.join("usr/bin"),
        modules.clone(),
        early.join("kernel/x86/microcode"),
    ] {
        fs::create_dir_all(directory).expect("it is empty");
    }
    let program = fixtures::elf::executable(fixtures::elf::Machine::Aarch64);
    fs::write(root.join("usr/bin/sh"), program).expect("writes");
    // Some megabytes that hardly shrink, so that decoders see many blocks.
    fs::write(
        modules.join("a.ko"),
        fixtures::random::Prng::new(1).bytes(9 << 20),
    )
    .expect("writes");
    fs::write(
        early.join("kernel/x86/microcode/GenuineIntel.bin"),
        [7; 3000],
    )
    .expect("writes");
    let archive = "cd \"$1\"; find . | LC_ALL=C sort | cpio --quiet -o -H newc";
    let (main, early) = (bash(archive, &[&root]), bash(archive, &[&early]));
    let plain = work.path().join("main.cpio");
    fs::write(&plain, main).expect("writes");
    for (packer, compression) in PACKERS {
        let packed = bash(&format!("{packer} <\"$1\""), &[&plain]);
        let zeros = vec![0; 1024];
        for (what, front) in [
            ("alone", Vec::new()),
            ("microcode", early.clone()),
            (
                "twice, and zeros",
                [&early[..], &zeros, &early, &zeros].concat(),
            ),
        ] {
            let path = work.path().join("initrd");
            fs::write(&path, [&front[..], &packed].concat()).expect("writes");
            let initrd = read(&path, RELEASE);
            let what = format!("{packer}, {what}");
            assert_eq!(initrd.unseen, None, "{what}");
            let found = initrd.compression.map_or("", |found| found.name());
            assert_eq!(found, compression, "{what}");
            let (programs, found) = shown(&initrd);
            assert_eq!(programs, ["aarch64"], "{what}");
            assert_eq!(found, BTreeSet::from([RELEASE.to_owned()]), "{what}");
            // It takes whatever comes last for compressed.
            if packer != "cat" {
                let listing = text("lsinitramfs \"$1\"", &[&path]);
                assert_eq!(releases(&listing), found, "{what}");
            }
            // Its first half is never taken for the whole.
            let whole = fs::read(&path).expect("it was made");
            let half = &whole[..whole.len() / 2];
            let cut = Initrd::read(half, whole.len() as u64, RELEASE.as_bytes());
            assert_eq!(cut.unseen, Some(Unseen::Cut), "{what}");
        }
    }
}

#[test]
#[ignore = "needs real images and lsinitramfs; .ci/run runs it"]
fn real_initrds_are_what_lsinitramfs_lists() {
    for (image, arch) in ARCHES {
        let boot = real(image).join("boot");
        let mut seen = 0;
        for entry in fs::read_dir(&boot).expect("it has one") {
            let path = entry.expect("it can be read").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let Some(release) = name.strip_prefix("initrd.img-") else {
                continue;
            };
            // To its end, since its kernel is none.
            let initrd = read(&path, "none");
            assert_eq!(initrd.unseen, None, "{image}");
            let (programs, found) = shown(&initrd);
            let listing = text("lsinitramfs \"$1\"", &[&path]);
            assert_eq!(found, releases(&listing), "{image}");
            assert!(found.contains(release), "{image}");
            let has_programs = listing.lines().any(|line| line == "usr/bin/sh");
            assert_eq!(
                programs,
                if has_programs { vec![arch] } else { vec![] },
                "{image}"
            );
            for name in initrd.programs.values() {
                let name = String::from_utf8_lossy(name);
                assert!(listing.lines().any(|line| line == name), "{image}: {name}");
            }
            seen += 1;
        }
        assert!(seen > 0, "{image} has no initrd");
    }
}
