//! Clones: equal to their source in everything, or not there at all.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "prepares and inspects trees as an administrator's shell would"
)]

mod changing;
mod mounted;
mod place;
mod reflinks;
mod refused;
mod selected;
mod whole;
