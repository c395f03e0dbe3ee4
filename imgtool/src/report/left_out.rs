//! What a tree lacks because this process may not write it.

use serde::Serialize;

use super::text::Counted;

/// The members of its object.
#[derive(Serialize)]
pub(super) struct LeftOut {
    owners: u64,
    devices: u64,
    xattrs: u64,
    foreign: u64,
}

impl From<&libimage::writer::LeftOut> for LeftOut {
    fn from(left_out: &libimage::writer::LeftOut) -> Self {
        Self {
            owners: left_out.owners,
            devices: left_out.devices,
            xattrs: left_out.xattrs,
            foreign: left_out.foreign,
        }
    }
}

/// What of it there is, as words.
pub(super) fn kinds(left_out: &libimage::writer::LeftOut) -> String {
    let kinds = [
        Counted(left_out.owners, "owner", "owners"),
        Counted(left_out.devices, "device node", "device nodes"),
        Counted(
            left_out.xattrs,
            "attribute of root's",
            "attributes of root's",
        ),
        Counted(
            left_out.foreign,
            "attribute that Linux has no place for",
            "attributes that Linux has no place for",
        ),
    ];
    let kinds: Vec<_> = kinds
        .iter()
        .filter(|kind| kind.0 > 0)
        .map(ToString::to_string)
        .collect();
    kinds.join(", ")
}
