//! Container images, squashfs and discs become the trees that they hold, or
//! nothing.
//!
//! Most of it needs neither root nor other programs. What does is ignored
//! unless asked for: images made by umoci and skopeo, squashfs by mksquashfs,
//! discs by xorriso.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the oracle has to reach a tree by other ways than what it judges"
)]

mod arena;
mod attributes;
mod claims;
mod damage;
mod discs;
mod filters;
mod forms;
mod layered;
mod layouts;
mod links;
mod names;
mod notation;
mod opaque;
mod platforms;
mod programs;
mod replaced;
mod sqfs2tar;
mod squashfs;
mod symlinks;
mod umoci;
mod unnamed;
mod whiteouts;
