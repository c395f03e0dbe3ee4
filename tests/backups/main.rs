//! Backups: what is put back is what was there; what is damaged is found.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "prepares, damages and inspects as any program would"
)]

mod changing;
mod contents;
mod damage;
mod disguised;
mod hostile;
mod mounted;
mod paths;
mod place;
mod round;
mod times;
mod tools;
