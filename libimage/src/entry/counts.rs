//! [`Counts`]: how many entries of each kind.

use super::Kind;

/// Entries by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Directories, the root among them.
    pub directories: u64,
    /// Names of regular files.
    pub files: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Character and block devices.
    pub devices: u64,
    /// Named pipes and sockets.
    pub pipes: u64,
    /// Names where something is mounted, which are no part of the tree.
    pub mounts: u64,
    /// Those of all names that are a further name of an inode counted before.
    pub hard_links: u64,
}

impl Counts {
    /// All names, the root's included.
    pub fn entries(&self) -> u64 {
        self.directories + self.files + self.symlinks + self.devices + self.pipes
    }

    /// All inodes, each counted once.
    pub fn inodes(&self) -> u64 {
        self.entries() - self.hard_links
    }

    pub(crate) fn add(&mut self, kind: &Kind) {
        *match kind {
            Kind::Directory => &mut self.directories,
            Kind::File { .. } => &mut self.files,
            Kind::Symlink { .. } => &mut self.symlinks,
            Kind::CharDevice(_) | Kind::BlockDevice(_) => &mut self.devices,
            Kind::Fifo | Kind::Socket => &mut self.pipes,
            Kind::Mount => &mut self.mounts,
        } += 1;
    }
}
