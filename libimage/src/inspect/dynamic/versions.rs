//! The versions of libraries that a file needs and defines.

use goblin::elf::symver::{VER_FLG_BASE, VER_FLG_WEAK};

use super::reader::{Reader, sum};
use super::{DynamicError, MOST_ENTRIES, Requirement, Strings};

/// Reads the chain of `Elf64_Verneed`, which is the same in both classes: a
/// record a library, each with a chain of `Elf64_Vernaux`, a record a version.
pub(super) fn requirements(
    reader: &mut Reader<'_>,
    mut at: u64,
    strings: &Strings,
) -> Result<Vec<Requirement>, DynamicError> {
    let mut found = Vec::new();
    // Weak ones count too: records may overlap, so that a small file has
    // millions.
    let mut records = 0;
    for _ in 0..MOST_ENTRIES {
        let library = u64::from(reader.int(sum(at, 4)?)?);
        let library = strings.get(reader, library)?;
        let mut aux = sum(at, reader.int(sum(at, 8)?)?.into())?;
        for _ in 0..reader.half(sum(at, 2)?)? {
            let weak = reader.half(sum(aux, 4)?)? & VER_FLG_WEAK != 0;
            let version = u64::from(reader.int(sum(aux, 8)?)?);
            records += 1;
            if records > MOST_ENTRIES {
                return Err(DynamicError::Malformed("it needs too many versions"));
            }
            if !weak {
                reader.count_names(library.len())?;
                found.push(Requirement {
                    library: library.clone(),
                    version: strings.get(reader, version)?,
                });
            }
            match reader.int(sum(aux, 12)?)? {
                0 => break,
                next => aux = sum(aux, next.into())?,
            }
        }
        match reader.int(sum(at, 12)?)? {
            0 => return Ok(found),
            next => at = sum(at, next.into())?,
        }
    }
    Err(DynamicError::Malformed("it needs too many libraries"))
}

/// Reads the chain of `Elf64_Verdef`; the first `Elf64_Verdaux` of each has its
/// name, the others those of its parents.
pub(super) fn definitions(
    reader: &mut Reader<'_>,
    mut at: u64,
    strings: &Strings,
) -> Result<Vec<Box<[u8]>>, DynamicError> {
    let mut found = Vec::new();
    for _ in 0..MOST_ENTRIES {
        let base = reader.half(sum(at, 2)?)? & VER_FLG_BASE != 0;
        let aux = sum(at, reader.int(sum(at, 12)?)?.into())?;
        if !base {
            let name = u64::from(reader.int(aux)?);
            found.push(strings.get(reader, name)?);
        }
        match reader.int(sum(at, 16)?)? {
            0 => return Ok(found),
            next => at = sum(at, next.into())?,
        }
    }
    Err(DynamicError::Malformed("it defines too many versions"))
}
