//! Directories on nodes: a real sshd on the loopback interface, and programs in
//! its place that fail in every way. All of it needs root, sshd and the programs
//! by which a node is listed, so it is ignored unless asked for; `.ci/run` runs
//! it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "prepares trees and keys as an administrator's shell would"
)]

mod breaking;
mod command;
mod fetching;
mod handing;
mod heard;
mod lacking;
mod many;
mod mounts;
mod node;
mod reaching;
mod rules;
mod server;
mod trees;
