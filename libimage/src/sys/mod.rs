//! Every system call of the library, and the only place for `unsafe` code.
//!
//! Functions here take a directory handle and one name, do one thing and
//! answer with the bare [`Errno`](rustix::io::Errno). They know no paths:
//! [`Root`](crate::root::Root) above adds those, and the rules about what may
//! be followed and entered.

pub(crate) mod aside;
pub(crate) mod copy;
pub(crate) mod dirents;
#[allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the one place where host files are opened by name"
)]
pub(crate) mod host;
pub(crate) mod identity;
pub(crate) mod open;
#[allow(
    clippy::disallowed_types,
    reason = "reads a host file that sys::host opened"
)]
pub(crate) mod section;
pub(crate) mod stat;
pub(crate) mod wait;
pub(crate) mod write;
pub(crate) mod xattr;

/// What a system call answers.
pub(crate) type Result<T> = rustix::io::Result<T>;
