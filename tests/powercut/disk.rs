//! A disk whose power can be cut.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::mount;
use rustix::ioctl::{Opcode, Setter, ioctl, opcode};

/// A file system that knows how to be shut down.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FileSystem {
    Ext4,
    Xfs,
}

impl FileSystem {
    /// The program that makes one, the least size, and how it is mounted.
    fn recipe(self) -> (&'static [&'static str], u64, &'static str) {
        match self {
            // A journal that is not written every five seconds loses more.
            Self::Ext4 => {
                let mkfs = &["mkfs.ext4", "-q", "-F", "-b", "4096", "-I", "256"];
                (mkfs, 64 << 20, "loop,commit=600")
            }
            Self::Xfs => (&["mkfs.xfs", "-q"], 300 << 20, "loop,nouuid"),
        }
    }
}

/// A file system in a file, mounted by a loop device.
pub(crate) struct Disk {
    dir: tempfile::TempDir,
    options: &'static str,
}

impl Disk {
    /// A fresh one.
    pub(crate) fn new(file_system: FileSystem) -> Self {
        let (mkfs, size, options) = file_system.recipe();
        let disk = Self {
            dir: tempfile::tempdir().expect("a temporary directory"),
            options,
        };
        let file = File::create(disk.file()).expect("a new name");
        file.set_len(size).expect("a sparse file");
        std::fs::create_dir(disk.path()).expect("a new name");
        run(Command::new(mkfs[0]).args(&mkfs[1..]).arg(disk.file()));
        disk.mount();
        disk
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("disk")
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("mounted")
    }

    fn mount(&self) {
        run(Command::new("mount")
            .args(["-o", self.options])
            .args([self.file(), self.path()]));
    }

    /// Writes out all there is.
    pub(crate) fn sync(&self) {
        let top = File::open(self.path()).expect("it is mounted");
        rustix::fs::syncfs(top).expect("the disk works");
    }

    /// Has the journal written: names and sizes, and no content that was not asked
    /// for. A file that nobody cares for is written out with it.
    pub(crate) fn flush_names(&self) {
        let file = File::create(self.path().join("flushed")).expect("it is mounted");
        file.sync_all().expect("the disk works");
    }

    /// Cuts the power, and starts again: the journal is replayed.
    ///
    /// What starts is a copy: if somebody's mount namespace has kept the old
    /// one, it would come back as it was shut down.
    pub(crate) fn cut(&self) {
        shut_down(&self.path());
        mount::unmount(&self.path()).expect("nobody holds it");
        let copy = self.dir.path().join("copy");
        run(Command::new("cp")
            .arg("--sparse=always")
            .args([&self.file(), &copy]));
        std::fs::rename(copy, self.file()).expect("both are ours");
        self.mount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A failure here would hide the one that is being told.
        let _ = mount::unmount(&self.path());
    }
}

fn run(command: &mut Command) {
    let output = command.output().expect("a program of the base system");
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// From now on nothing more reaches the disk, not even the journal.
///
/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`, of fs/ext4/ext4.h;
/// XFS has the same numbers as `XFS_IOC_GOINGDOWN`.
#[expect(unsafe_code, reason = "no crate has a wrapper for this ioctl")]
fn shut_down(mounted: &Path) {
    const SHUTDOWN: Opcode = opcode::read::<u32>(b'X', 125);
    const NO_LOG_FLUSH: u32 = 2;
    let top = File::open(mounted).expect("it is mounted");
    // SAFETY: the call reads a u32, which is what it is given.
    let answer = unsafe { ioctl(&top, Setter::<SHUTDOWN, u32>::new(NO_LOG_FLUSH)) };
    answer.expect("root may do that");
}
