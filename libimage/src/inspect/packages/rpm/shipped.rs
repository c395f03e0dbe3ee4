//! What a header says of the content of its package's files.

use super::header::{FILEDIGESTALGO, FILEDIGESTS, FILEFLAGS, Header};
use crate::inspect::packages::database::DatabaseError;
use crate::inspect::packages::{Role, Shipped, ShippedDigest};

/// `RPMFILE_CONFIG` and `RPMFILE_GHOST`, by `include/rpm/rpmfiles.h` of RPM.
const CONFIG: u32 = 1 << 0;
const GHOST: u32 = 1 << 6;

/// Numbers of hashes as OpenPGP has them, RFC 4880, 9.4; none given is MD5.
const MD5: u32 = 1;
const SHA256: u32 = 8;

/// Calls `visit` with each file of the package.
pub(super) fn each(
    header: &mut Header<'_, '_>,
    package: &str,
    visit: &mut dyn FnMut(&Shipped<'_>),
) -> Result<(), DatabaseError> {
    let digests = header.strings(FILEDIGESTS)?;
    let flags = header.numbers(FILEFLAGS)?.unwrap_or_default();
    let hash = header.number(FILEDIGESTALGO)?.unwrap_or(MD5);
    let parse = |text: &[u8]| match hash {
        MD5 => ShippedDigest::md5(text),
        SHA256 => ShippedDigest::sha256(text),
        _ => None,
    };
    let mut at = 0;
    header.each_path(&mut |path| {
        let flags = flags.get(at).copied().unwrap_or_default();
        visit(&Shipped {
            path,
            package,
            digest: digests.get(at).and_then(|text| parse(text)),
            role: match flags {
                flags if flags & GHOST != 0 => Role::Ghost,
                flags if flags & CONFIG != 0 => Role::Configuration,
                _ => Role::Plain,
            },
        });
        at += 1;
    })
}
