//! Generations of backups: what is added, listed and removed, and what never is.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "prepares, damages and inspects as any program would"
)]

mod adding;
mod elsewhere;
mod listing;
mod place;
mod pruning;
