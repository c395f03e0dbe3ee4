//! [`Inside`]: what a file that is no ELF file holds of code.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufReader, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::reach::chain;
use super::{
    Architecture, ElfIdentity, Place, StaticArchiveError, classify, efi, module, static_archive,
};
use crate::error::SysError;
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, TreeError};

/// What was found in a file that is looked into for its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// A compressed kernel module, or a static archive: what is packed in it is
    /// for these.
    Packed(BTreeSet<Architecture>),
    /// One of these, and damaged: why, as a text from here and the tree's
    /// bytes.
    Damaged(String),
    /// An EFI program, and what it is for where that is known here.
    Efi(Option<Architecture>),
}

/// Bytes of a module that are read at once. Headers need less, but for zstd,
/// whose first block has often some 40 KiB.
const PIECE: usize = 16 << 10;

/// Looks into a regular file that begins with `head` and is no ELF file.
///
/// Answers nothing for most files, by their names alone, and for trees that
/// hold no more than the first bytes of files.
///
/// # Errors
///
/// A [`TreeError`] if the file cannot be opened or read.
pub(crate) fn look_inside(
    directory: &dyn Directory,
    name: &[u8],
    head: &[u8],
) -> Result<Option<Inside>, TreeError> {
    // By the name and the first bytes alone, since all files come here.
    let look: fn(&dyn ReadAt, &ImagePath, &[u8]) -> Result<Inside, TreeError> =
        if module::is_compressed(name) {
            in_module
        } else if is_static(name) && static_archive::begins(head) {
            in_archive
        } else if efi::is_named_so(name) && efi::signature_at(head).is_some() {
            in_efi_program
        } else {
            return Ok(None);
        };
    let path = directory.path().join(name);
    if module::is_compressed(name) && classify(&path) != Place::KernelModules {
        return Ok(None);
    }
    match directory.open_at(name) {
        Ok(file) => look(&*file, &path, head).map(Some),
        Err(TreeError::NoContent { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a name is that of a static archive, Rust's among them.
fn is_static(name: &[u8]) -> bool {
    name.ends_with(b".a") || name.ends_with(b".rlib")
}

fn in_module(file: &dyn ReadAt, path: &ImagePath, _: &[u8]) -> Result<Inside, TreeError> {
    let name = path.file_name().expect("a file is not the root");
    let mut position = Position {
        file,
        at: 0,
        failed: None,
    };
    let found = module::identity(BufReader::with_capacity(PIECE, &mut position), name);
    if let Some(error) = position.failed {
        return Err(unread(path, error));
    }
    Ok(match found {
        Ok(identity) => Inside::Packed(identity.iter().map(ElfIdentity::architecture).collect()),
        Err(error) => Inside::Damaged(chain(&error)),
    })
}

fn in_archive(file: &dyn ReadAt, path: &ImagePath, _: &[u8]) -> Result<Inside, TreeError> {
    match static_archive::identities(file) {
        Ok(architectures) => Ok(Inside::Packed(architectures)),
        Err(StaticArchiveError::Read(error)) => Err(unread(path, error)),
        Err(error) => Ok(Inside::Damaged(chain(&error))),
    }
}

fn in_efi_program(file: &dyn ReadAt, path: &ImagePath, head: &[u8]) -> Result<Inside, TreeError> {
    let at = efi::signature_at(head).expect("looked at before");
    let mut signature = [0; efi::SIGNATURE_BYTES];
    let length = file
        .read_at(&mut signature, at.into())
        .map_err(|error| unread(path, error))?;
    Ok(Inside::Efi(efi::machine(&signature[..length])))
}

fn unread(path: &ImagePath, error: std::io::Error) -> TreeError {
    SysError::new("read", Path::new(OsStr::from_bytes(path.as_bytes())), error).into()
}

/// Reads a file from its start, and keeps an error of the system apart from
/// those of a decoder.
struct Position<'a> {
    file: &'a dyn ReadAt,
    at: u64,
    failed: Option<std::io::Error>,
}

impl Read for Position<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.file.read_at(into, self.at) {
            Ok(length) => {
                self.at += length as u64;
                Ok(length)
            }
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fixtures::ar;
    use fixtures::compress::{Codec, compress};
    use rustix::io::Errno;

    use super::*;
    use crate::inspect::fake::{FakeTree, elf_header};
    use crate::tree::{Tree as _, resolve};

    const ARM: Architecture = Architecture::AARCH64;

    fn inside(tree: &FakeTree, path: &str) -> Result<Option<Inside>, TreeError> {
        let found = resolve(tree, path.as_bytes())?.expect("it is there");
        let name = found.path.file_name().expect("not the root");
        let mut head = Vec::new();
        found
            .parent
            .open(name)?
            .take(64)
            .read_to_end(&mut head)
            .expect("in memory");
        look_inside(&*found.parent, name, &head)
    }

    #[test]
    fn names_and_first_bytes_say_what_is_looked_into() {
        let packed = |architectures: &[Architecture]| {
            Some(Inside::Packed(architectures.iter().copied().collect()))
        };
        let object = elf_header(ARM);
        let module = compress(&object, Codec::Zstd);
        let archive = ar::archive(&[("a.o", &object)], ar::Names::Gnu);
        let mut program = vec![0; 256];
        program[..2].copy_from_slice(b"MZ");
        program[60] = 128;
        program[128..134].copy_from_slice(b"PE\0\0\x64\xaa");
        let cases: [(&str, &[u8], Option<Inside>); 12] = [
            ("lib/modules/6/kernel/a.ko.zst", &module, packed(&[ARM])),
            ("usr/lib/modules/6/extra/a.ko.zst", &module, packed(&[ARM])),
            ("usr/src/a.ko.zst", &module, None),
            ("usr/lib/liba.a", &archive, packed(&[ARM])),
            ("usr/lib/liba.rlib", &archive, packed(&[ARM])),
            ("usr/lib/liba.deb", &archive, None),
            // The linker reads a text of that name as a script.
            ("usr/lib/libm.a", b"/* GNU ld script", None),
            (
                "boot/efi/EFI/BOOT/BOOTAA64.EFI",
                &program,
                Some(Inside::Efi(Some(ARM))),
            ),
            ("usr/lib/a.efi", &program[..130], Some(Inside::Efi(None))),
            ("usr/lib/b.efi", b"MZ", None),
            ("usr/lib/a.exe", &program, None),
            ("usr/bin/a", b"#!/bin/sh", None),
        ];
        for (path, bytes, expected) in cases {
            let tree = FakeTree::new().file(path, bytes);
            assert_eq!(inside(&tree, path).expect("readable"), expected, "{path}");
        }
    }

    #[test]
    fn damage_is_told_apart_from_what_cannot_be_read() {
        let tree = FakeTree::new()
            .file("lib/modules/6/a.ko.xz", b"no xz")
            .file("usr/lib/liba.a", b"!<arch>\nno header");
        for (path, expected) in [
            ("lib/modules/6/a.ko.xz", "not xz data"),
            ("usr/lib/liba.a", "ends inside"),
        ] {
            let Ok(Some(Inside::Damaged(reason))) = inside(&tree, path) else {
                panic!("{path} is damaged");
            };
            assert!(reason.contains(expected), "{reason}");
        }
        let tree = FakeTree::new().closed("lib/modules/6/a.ko.xz", Errno::ACCESS);
        let (_, root) = tree.root().expect("readable");
        let mut directory = root;
        for name in ["lib", "modules", "6"] {
            let next = directory.directory(name.as_bytes()).expect("readable");
            directory = next.expect("no mount");
        }
        let error = look_inside(&*directory, b"a.ko.xz", b"").expect_err("closed");
        assert!(matches!(error, TreeError::Sys(_)));
    }
}
