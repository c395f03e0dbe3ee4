//! [`Told`]: a monitor for who was told of a node's mounts already.

use std::collections::HashSet;

use super::NodeTree;
use crate::monitor::{Monitor, Phase, Warning};
use crate::path::ImagePath;

/// A monitor that hears no more about names where something is mounted on a
/// node: [`list`](super::list) tells of them in one sentence, and a node has
/// dozens.
pub struct Told<'a> {
    monitor: &'a dyn Monitor,
    mounts: HashSet<&'a ImagePath>,
}

impl<'a> Told<'a> {
    /// For the mounts of some nodes.
    pub fn new(monitor: &'a dyn Monitor, nodes: impl IntoIterator<Item = &'a NodeTree>) -> Self {
        let mounts = nodes.into_iter().flat_map(NodeTree::mounts);
        Self {
            monitor,
            mounts: mounts.collect(),
        }
    }
}

impl Monitor for Told<'_> {
    fn begin(&self, phase: Phase, bytes: Option<u64>) {
        self.monitor.begin(phase, bytes);
    }

    fn advance(&self, entries: u64, bytes: u64) {
        self.monitor.advance(entries, bytes);
    }

    fn warn(&self, warning: Warning) {
        if !self.mounts.contains(&warning.path) {
            self.monitor.warn(warning);
        }
    }

    fn cancelled(&self) -> bool {
        self.monitor.cancelled()
    }
}
