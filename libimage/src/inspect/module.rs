//! [`identity`]: what a compressed kernel module is for.
//!
//! `make modules_install` compresses modules with one of three programs
//! (`CONFIG_MODULE_COMPRESS_GZIP`, `_XZ`, `_ZSTD`); a plain `.ko` is an ELF
//! file like any other.

use std::fmt;
use std::io::{self, BufRead, Read};

use super::{Compression, ElfError, ElfIdentity, HEAD_BYTES};

/// What names of compressed modules end with.
const ENDINGS: [(&[u8], Compression); 3] = [
    (b".ko.gz", Compression::Gzip),
    (b".ko.xz", Compression::Xz),
    (b".ko.zst", Compression::Zstd),
];

/// Why a compressed module shows no architecture.
#[derive(Debug)]
#[non_exhaustive]
pub enum ModuleError {
    /// It is not compressed as its name says.
    Mark(Compression),
    /// It could not be decompressed so far.
    Unpack(Compression, io::Error),
    /// What is in it is no ELF file.
    NotElf,
    /// What is in it begins like an ELF file and is damaged.
    Elf(ElfError),
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark(compression) => {
                write!(f, "the module is not {compression} data, as its name says")
            }
            Self::Unpack(compression, _) => {
                write!(f, "the {compression} data of the module is damaged")
            }
            Self::NotElf => f.write_str("what is packed as a module is no ELF file"),
            Self::Elf(error) => write!(f, "in the packed module {error}"),
        }
    }
}

impl std::error::Error for ModuleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unpack(_, error) => Some(error),
            _ => None,
        }
    }
}

/// Whether a name is that of a compressed module.
pub(super) fn is_compressed(name: &[u8]) -> bool {
    compression(name).is_some()
}

fn compression(name: &[u8]) -> Option<Compression> {
    ENDINGS
        .iter()
        .find(|(ending, _)| name.ends_with(ending))
        .map(|(_, compression)| *compression)
}

/// Reads the header of the module that `file` holds compressed, as `name` says;
/// nothing for other names.
///
/// No more is unpacked than the header needs: some hundred bytes of gzip and
/// xz, the first block of zstd, which is 128 KiB at most. `file` should hand
/// out what it has in pieces of some KiB.
///
/// # Errors
///
/// A [`ModuleError`] where the name is that of a compressed module and the
/// content is not.
pub fn identity(mut file: impl BufRead, name: &[u8]) -> Result<Option<ElfIdentity>, ModuleError> {
    let Some(compression) = compression(name) else {
        return Ok(None);
    };
    let unpack = |error| ModuleError::Unpack(compression, error);
    let start = file.fill_buf().map_err(unpack)?;
    if Compression::detect(start) != Some(compression) {
        return Err(ModuleError::Mark(compression));
    }
    let decoder = compression
        .decoder(file)
        .map_err(unpack)?
        .expect("all three have decoders");
    let mut head = Vec::with_capacity(HEAD_BYTES);
    decoder
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(unpack)?;
    match ElfIdentity::parse(&head) {
        Ok(Some(identity)) => Ok(Some(identity)),
        Ok(None) => Err(ModuleError::NotElf),
        Err(error) => Err(ModuleError::Elf(error)),
    }
}

#[cfg(test)]
mod tests {
    use fixtures::compress::{Codec, compress};
    use fixtures::elf::{Machine, module_for};

    use super::*;

    fn shown(bytes: &[u8], name: &str) -> String {
        match identity(bytes, name.as_bytes()) {
            Ok(Some(identity)) => identity.architecture().to_string(),
            Ok(None) => "not compressed".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn compressed_modules_tell_what_they_are_for() {
        let module = module_for(Machine::Aarch64, "a", "6.1");
        let gz = compress(&module, Codec::Gzip);
        let xz = compress(&module, Codec::Xz);
        let zst = compress(&module, Codec::Zstd);
        let text = compress(b"no module", Codec::Gzip);
        let damaged = compress(b"\x7fELF\x07", Codec::Zstd);
        let cases: [(&str, &[u8], &str, &str); 11] = [
            ("gzip", &gz, "a.ko.gz", "aarch64"),
            ("xz", &xz, "a.ko.xz", "aarch64"),
            ("zstd", &zst, "a.ko.zst", "aarch64"),
            ("a plain one", &module, "a.ko", "not compressed"),
            ("another file", &gz, "ko.gz.txt", "not compressed"),
            (
                "another format than named",
                &gz,
                "a.ko.xz",
                "is not xz data",
            ),
            ("empty", b"", "a.ko.gz", "is not gzip data"),
            ("only the mark", &gz[..4], "a.ko.gz", "is damaged"),
            ("cut off", &xz[..20], "a.ko.xz", "is damaged"),
            ("text", &text, "a.ko.gz", "no ELF file"),
            (
                "a damaged module",
                &damaged,
                "a.ko.zst",
                "could not be read",
            ),
        ];
        for (name, bytes, file, expected) in cases {
            let shown = shown(bytes, file);
            assert!(shown.contains(expected), "{name}: {shown}");
        }
    }

    #[test]
    fn a_damaged_end_is_not_looked_at() {
        let module = [module_for(Machine::X86_64, "a", "6.1"), vec![7; 1 << 20]].concat();
        for (codec, name) in [
            (Codec::Gzip, "a.ko.gz"),
            (Codec::Xz, "a.ko.xz"),
            (Codec::Zstd, "a.ko.zst"),
        ] {
            let packed = compress(&module, codec);
            let cut = &packed[..packed.len() - 1];
            assert_eq!(shown(cut, name), "x86_64", "{name}");
        }
    }
}
