//! Writes the inputs that fuzzing starts from: `seed CORPUS`.
//!
//! They are made by `fixtures`, so that nothing binary is kept in the
//! repository; the same files come out every time.

mod archives;
mod backups;
mod binaries;
mod containers;
mod databases;
mod texts;

use std::fs;
use std::io::{Error, Result};
use std::path::Path;

/// Larger ones make every run slow and show nothing that small ones do not.
const LARGEST: usize = 16 << 10;

/// Inputs by what they are.
type Seeds = Vec<(String, Vec<u8>)>;

fn main() -> Result<()> {
    let corpus = std::env::args_os()
        .nth(1)
        .ok_or_else(|| Error::other("which directory shall the corpus be in?"))?;
    let plain = archives::plain();
    let (whole, parts) = backups::backups();
    for (target, seeds) in [
        ("acl", texts::acls()),
        ("archive_compressed", archives::compressed(&plain)),
        ("backup", whole),
        ("backup_parts", parts),
        ("container", containers::images()),
        ("diff", archives::pairs()),
        ("elf", binaries::elf_headers()),
        ("filter", texts::filters()),
        ("initrd", binaries::initrds()),
        ("kernel", binaries::kernels()),
        ("layers", containers::layers()),
        ("manifest", archives::manifests(&plain)),
        ("mtree", texts::mtrees()),
        ("os_release", texts::os_releases()),
        ("packages", databases::packages()),
        ("pax", archives::pax_records()),
        ("plan", archives::plans()),
        ("static_archive", binaries::static_archives()),
        ("archive", plain),
    ] {
        write(&Path::new(&corpus).join(target), seeds)?;
    }
    Ok(())
}

fn write(directory: &Path, seeds: Seeds) -> Result<()> {
    fs::create_dir_all(directory)?;
    for (name, seed) in seeds {
        if seed.len() <= LARGEST {
            fs::write(directory.join(format!("seed-{name}")), seed)?;
        }
    }
    Ok(())
}
