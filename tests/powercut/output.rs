//! A result that was written to a file is there, whole.

use std::fs;
use std::path::PathBuf;

use crate::disk::{Disk, FileSystem};
use crate::place::{Before, IMGTOOL, Import, Place};
use crate::strike::{self, Run, is_change};

struct Manifest {
    disk: Disk,
    place: Place,
}

impl Manifest {
    fn new(file_system: FileSystem) -> Self {
        let disk = Disk::new(file_system);
        let place = Place::new(&disk.path(), (Before::OldTree, Import::Replace));
        Self { disk, place }
    }

    /// Writes it over an old one.
    fn write(&self, tamper: Option<&str>) -> Run {
        fs::write(self.place.path("out"), "old").expect("there is space");
        self.disk.sync();
        let [tree, out, log] = ["tree", "out", "strace.log"].map(|name| self.place.path(name));
        let [manifest, to] = ["manifest", "-o"].map(PathBuf::from);
        strike::traced(IMGTOOL, [manifest, tree, to, out], tamper, &log)
    }

    fn read(&self) -> String {
        fs::read_to_string(self.place.path("out")).expect("is there")
    }
}

pub(crate) fn cut_behind_and_within(file_system: FileSystem) {
    let manifest = Manifest::new(file_system);
    let run = manifest.write(None);
    assert_eq!(run.status, Some(0), "{run:?}");
    let whole = manifest.read();
    manifest.disk.cut();
    assert_eq!(manifest.read(), whole);
    for strike in run.strikes(is_change) {
        let run = manifest.write(Some(&strike.with("signal=KILL")));
        assert_eq!(run.status, None, "{strike}: {run:?}");
        manifest.disk.cut();
        let now = manifest.read();
        assert!(now == whole || now == "old", "{strike}: {now:?}");
    }
    let run = manifest.write(Some("fsync:retval=0"));
    assert_eq!(run.status, Some(0), "{run:?}");
    manifest.disk.cut();
    assert_ne!(manifest.read(), whole, "the cut is not seen");
}
