//! A small root, and what its own loader says about a program in it.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use crate::linked::{LOADER, Linkage, copy_loader, run};

/// What the loader says about what a program needs itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Libraries that are not found.
    pub(crate) missing: BTreeSet<String>,
    /// Libraries that are found, and where.
    pub(crate) found: BTreeMap<String, String>,
    /// Versions that the libraries lack: the loader names only the library's
    /// place.
    pub(crate) versions: BTreeSet<String>,
    /// What it gave up at: a file that is there and is no library.
    pub(crate) gave_up: Option<String>,
}

/// Where [`Linkage::trace`] stands in a root.
const TRACE: &str = "/trace";

/// A directory that is to be a node's root.
pub(crate) struct TestRoot {
    directory: tempfile::TempDir,
}

impl TestRoot {
    /// With a loader in it; `lib` and `lib64` are symlinks in a merged one.
    pub(crate) fn new(is_merged: bool, linkage: &mut Linkage) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = Self { directory };
        if is_merged {
            for name in ["lib", "lib64"] {
                root.directory(&format!("usr/{name}"));
                root.symlink(name, &format!("usr/{name}"));
            }
        }
        root.directory("lib64");
        root.directory("etc");
        // Where programs are run: what is relative leads nowhere.
        root.directory("nothing");
        copy_loader(&root.path("lib64/ld-linux-x86-64.so.2"));
        root.file(&TRACE[1..], &linkage.trace());
        root
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn directory(&self, name: &str) {
        std::fs::create_dir_all(self.path(name)).expect("a new directory");
    }

    fn parent(&self, name: &str) {
        if let Some((parent, _)) = name.rsplit_once('/') {
            self.directory(parent);
        }
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) {
        self.parent(name);
        std::fs::write(self.path(name), bytes).expect("a new file");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path(name), mode).expect("owned");
    }

    pub(crate) fn symlink(&self, name: &str, target: &str) {
        self.parent(name);
        symlink(target, self.path(name)).expect("a new name");
    }

    /// Whether there is anything of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Makes the cache of the loader as every distribution does.
    pub(crate) fn ldconfig(&self) {
        if !self.has("etc/ld.so.conf") {
            self.file("etc/ld.so.conf", b"");
        }
        let mut ldconfig = Command::new("/sbin/ldconfig");
        run(ldconfig.arg("-r").arg(self.directory.path()));
    }

    /// Asks the loader.
    pub(crate) fn loader_says(&self, program: &str) -> Said {
        // `ld.so --list` would stop at the first library that is missing.
        let output = Command::new("/usr/sbin/chroot")
            .arg(self.directory.path())
            .args([TRACE, LOADER, &format!("/{program}")])
            .env_clear()
            .output()
            .expect("coreutils are installed");
        let out = String::from_utf8_lossy(&output.stdout);
        let err = String::from_utf8_lossy(&output.stderr);
        let mut said = Said::default();
        for line in out.lines().chain(err.lines()) {
            let line = line.trim();
            if let Some((_, version)) = line.split_once(": version `") {
                let (version, by) = version.split_once("' not found").expect("its own words");
                if by.contains(&format!("(required by /{program})")) {
                    said.versions.insert(version.to_owned());
                }
            } else if let Some((_, what)) =
                line.split_once("error while loading shared libraries: ")
            {
                said.gave_up = Some(what.to_owned());
            } else if let Some((name, place)) = line.split_once(" => ") {
                match place.split_once(" (0x") {
                    Some((place, _)) => {
                        said.found.insert(name.to_owned(), place.to_owned());
                    }
                    None => assert!(said.missing.insert(name.to_owned()), "{line}"),
                }
            } else if let Some((name, _)) = line.split_once(" (0x") {
                said.found.insert(name.to_owned(), name.to_owned());
            } else {
                // Such a library is taken nevertheless.
                let is_warning = line.contains(": no version information available (required by");
                assert!(is_warning || line == "statically linked", "{line}");
            }
        }
        let is_understood = output.status.success() || !err.is_empty();
        assert!(is_understood, "{program}: {:?} {out}", output.status);
        said
    }
}
