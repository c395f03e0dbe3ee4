//! What a header says of the content of its package's files.

use super::header::{FILEDIGESTALGO, FILEDIGESTS, FILEFLAGS, Header};
use crate::inspect::packages::database::DatabaseError;
use crate::inspect::packages::{Role, Shipped, ShippedContent, ShippedDigest};

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
    let content = |text: &[u8]| match parse(text) {
        Some(digest) => ShippedContent::Digest(digest),
        // Each regular file that is brought has a digest.
        None if text.is_empty() => ShippedContent::NoFile,
        None => ShippedContent::Unknown,
    };
    let mut at = 0;
    header.each_path(&mut |path| {
        let flags = flags.get(at).copied().unwrap_or_default();
        let role = match flags {
            flags if flags & GHOST != 0 => Role::Ghost,
            flags if flags & CONFIG != 0 => Role::Configuration,
            _ => Role::Plain,
        };
        visit(&Shipped {
            path,
            package,
            content: match digests.get(at) {
                Some(text) if role != Role::Ghost => content(text),
                _ => ShippedContent::Unknown,
            },
            role,
        });
        at += 1;
    })
}
