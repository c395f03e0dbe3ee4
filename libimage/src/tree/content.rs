//! Reading the content of a live file to its digest.

use std::cell::RefCell;

use super::TreeError;
use crate::digest::{Algorithm, ContentDigest, ContentHasher};
use crate::entry::{Entry, Timestamp};
use crate::error::show;
use crate::monitor::{self, Monitor};
use crate::root::{Dir, RegularFile};

/// Bytes read at once: large enough that calls do not count, small enough to
/// stay in a core's second-level cache between the copy and the hash.
const BUFFER: usize = 128 * 1024;

thread_local! {
    static SPACE: RefCell<Box<[u8]>> = RefCell::new(vec![0; BUFFER].into());
}

/// The digest of the file `entry` of `dir`.
///
/// Fails if the file is not, before and after, as long and as old as `entry`
/// says: what was read would belong to no one state of the file.
pub(super) fn digest(
    dir: &Dir,
    entry: &Entry,
    algorithm: Algorithm,
    monitor: &dyn Monitor,
) -> Result<ContentDigest, TreeError> {
    let changed = || TreeError::Changed {
        path: show(&dir.shown(&entry.name)).to_string(),
    };
    let file = dir.file(&entry.name)?;
    let opened = file.opened();
    let size = opened.size;
    let mtime = Timestamp {
        seconds: opened.mtime_seconds,
        nanoseconds: opened.mtime_nanoseconds,
    };
    if Some(size) != entry.file_size() || mtime != entry.metadata.mtime {
        return Err(changed());
    }
    let mut hasher = ContentHasher::new(algorithm);
    let whole = if opened.blocks * 512 < size {
        hash_sparse(&file, size, &mut hasher, monitor)?
    } else {
        hash_region(&file, size, &mut hasher, monitor)?
    };
    if !whole || !file.is_unchanged()? {
        return Err(changed());
    }
    Ok(hasher.finish())
}

/// Feeds data regions as they are and holes as zeros; false if it ends early.
fn hash_sparse(
    file: &RegularFile,
    size: u64,
    hasher: &mut ContentHasher,
    monitor: &dyn Monitor,
) -> Result<bool, TreeError> {
    let mut offset = 0;
    while let Some((start, end)) = file.next_data(offset)? {
        let end = end.min(size);
        if start >= end {
            break;
        }
        hasher.update_zeros(start - offset);
        if !hash_region(file, end - start, hasher, monitor)? {
            return Ok(false);
        }
        offset = end;
    }
    hasher.update_zeros(size - offset);
    Ok(true)
}

/// Feeds `length` bytes from the current position; false if it ends early.
fn hash_region(
    file: &RegularFile,
    mut length: u64,
    hasher: &mut ContentHasher,
    monitor: &dyn Monitor,
) -> Result<bool, TreeError> {
    SPACE.with_borrow_mut(|space| {
        while length > 0 {
            monitor::check(monitor)?;
            let wanted = usize::try_from(length).map_or(BUFFER, |length| length.min(BUFFER));
            let got = file.read_some(&mut space[..wanted])?;
            if got == 0 {
                return Ok(false);
            }
            hasher.update(&space[..got]);
            monitor.advance(0, got as u64);
            length -= got as u64;
        }
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "meddles with files as any program would"
    )]

    use std::fs::{File, OpenOptions};
    use std::os::unix::fs::FileExt as _;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::manifest;
    use crate::monitor::{Phase, Silent, Warning};
    use crate::tree::{LiveTree, Want};

    const SIZE: usize = 3 * BUFFER;

    type Meddle = dyn Fn(&Path) + Sync;

    /// Meddles with a file once the first bytes of it were read.
    struct Meddler<'a> {
        meddle: &'a Meddle,
        file: &'a Path,
        done: AtomicBool,
    }

    impl Monitor for Meddler<'_> {
        fn begin(&self, _: Phase, _: Option<u64>) {}
        fn advance(&self, _: u64, bytes: u64) {
            if bytes > 0 && !self.done.swap(true, Ordering::Relaxed) {
                (self.meddle)(self.file);
            }
        }
        fn warn(&self, _: Warning) {}
        fn cancelled(&self) -> bool {
            false
        }
    }

    /// What comes of a manifest if a file is meddled with while it is read.
    fn manifest_while(meddle: &Meddle) -> Result<Vec<u8>, String> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("file");
        std::fs::write(&file, vec![b'x'; SIZE]).expect("a new name");
        // A change within one tick of the kernel's clock would have its time.
        std::thread::sleep(Duration::from_millis(20));
        let tree = LiveTree::open(dir.path(), Want::All).expect("it is there");
        let meddler = Meddler {
            meddle,
            file: &file,
            done: AtomicBool::new(false),
        };
        let mut lines = Vec::new();
        let built = manifest::build(&tree, &mut lines, 1, &meddler);
        assert!(meddler.done.into_inner(), "nothing was read");
        built.map(|_| lines).map_err(|error| error.to_string())
    }

    fn write(file: &Path) -> File {
        OpenOptions::new().write(true).open(file).expect("a file")
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_never_recorded() {
        let shrink = |file: &Path| write(file).set_len(SIZE as u64 / 2).expect("a file");
        let grow = |file: &Path| write(file).set_len(SIZE as u64 + 1).expect("a file");
        let rewrite = |file: &Path| {
            let handle = write(file);
            let time = handle.metadata().and_then(|data| data.modified());
            handle.write_all_at(b"y", 0).expect("a file");
            handle.set_modified(time.expect("a time")).expect("a file");
        };
        let ways: [(&str, &Meddle); 3] =
            [("shrink", &shrink), ("grow", &grow), ("rewrite", &rewrite)];
        for (way, meddle) in ways {
            let answer = manifest_while(meddle);
            let message = answer.expect_err(way);
            assert!(
                message.contains("file` changed while it was read"),
                "{way}: {message}"
            );
        }
        assert!(manifest_while(&|_| ()).is_ok());
    }

    #[test]
    fn a_file_that_is_another_by_the_time_it_is_opened_is_never_recorded() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("file");
        std::fs::write(&file, "one").expect("a new name");
        let tree = LiveTree::open(dir.path(), Want::All).expect("it is there");
        let (_, top) = crate::tree::Tree::root(&tree).expect("it is there");
        let entry = top
            .lookup(b"file")
            .expect("it is there")
            .expect("it is there");
        assert!(top.digest(&entry, Algorithm::Blake3, &Silent).is_ok());
        std::fs::write(&file, "longer").expect("a file");
        assert!(matches!(
            top.digest(&entry, Algorithm::Blake3, &Silent),
            Err(TreeError::Changed { .. })
        ));
        std::fs::remove_file(&file).expect("a file");
        assert!(top.digest(&entry, Algorithm::Blake3, &Silent).is_err());
    }
}
