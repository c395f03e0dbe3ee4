//! Trees that are in use while another takes their place: by processes, by
//! other commands, by mounts. Whoever uses the former tree keeps it as long as
//! the kernel does; the place has the new one; and nothing is deleted that was
//! only mounted there.
#![allow(
    clippy::disallowed_methods,
    reason = "prepares and uses trees as an administrator's shell would"
)]

mod commands;
mod mounts;
mod processes;
mod site;
mod swaps;
mod umask;
