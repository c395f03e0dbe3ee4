//! What this process may do.

use rustix::thread::{CapabilitySet, capabilities};

/// The abilities that writing a root filesystem needs, each had or not.
#[allow(clippy::struct_excessive_bools, reason = "one flag a capability")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// Give files to any owner.
    pub(crate) chown: bool,
    /// Create device nodes.
    pub(crate) mknod: bool,
    /// Set `trusted.*` and `security.*` attributes.
    pub(crate) admin: bool,
    /// Set file capabilities.
    pub(crate) setfcap: bool,
}

/// Asks the system what this process may do.
///
/// Inside a user namespace (uid map other than the identity) root may neither
/// make device nodes nor set `trusted.*` attributes: the kernel asks for those
/// capabilities in the first namespace (`capabilities(7)`, `user_namespaces(7)`).
pub(crate) fn abilities() -> Abilities {
    let effective = capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    let first = super::host::read_small("/proc/self/uid_map").is_ok_and(|map| {
        map.split(|byte: &u8| byte.is_ascii_whitespace())
            .filter(|word| !word.is_empty())
            .eq([&b"0"[..], b"0", b"4294967295"])
    });
    Abilities {
        chown: effective.contains(CapabilitySet::CHOWN),
        mknod: first && effective.contains(CapabilitySet::MKNOD),
        admin: first && effective.contains(CapabilitySet::SYS_ADMIN),
        setfcap: effective.contains(CapabilitySet::SETFCAP),
    }
}

/// The effective user and group.
pub(crate) fn owner() -> (u32, u32) {
    (
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
    )
}
