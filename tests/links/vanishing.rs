//! Files that are gone by the time they are opened.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use libimage::digest::{Algorithm, ContentDigest};
use libimage::entry::Entry;
use libimage::monitor::Monitor;
use libimage::path::ImagePath;
use libimage::tree::{Directory, LiveTree, ReadAt, Tree, TreeError};

use crate::damage::{checked, library, links, program, put, root, rules};
use crate::judged::live;

/// A tree of which files vanish once they have been listed or looked up.
struct Vanishing {
    tree: LiveTree,
    victims: Arc<[PathBuf]>,
}

impl Tree for Vanishing {
    fn label(&self) -> String {
        self.tree.label()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (entry, inner) = self.tree.root()?;
        let victims = self.victims.clone();
        Ok((entry, Arc::new(VanishingDirectory { inner, victims })))
    }
}

struct VanishingDirectory {
    inner: Arc<dyn Directory>,
    victims: Arc<[PathBuf]>,
}

impl VanishingDirectory {
    fn strike(&self, name: &[u8]) {
        for victim in self.victims.iter() {
            if victim
                .file_name()
                .is_some_and(|one| one.as_encoded_bytes() == name)
            {
                // By the second time it is gone already.
                let _ = std::fs::remove_file(victim);
            }
        }
    }
}

impl Directory for VanishingDirectory {
    fn path(&self) -> &ImagePath {
        self.inner.path()
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        let entries = self.inner.entries(monitor)?;
        for entry in &entries {
            self.strike(&entry.name);
        }
        Ok(entries)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        let found = self.inner.lookup(name)?;
        self.strike(name);
        Ok(found)
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let victims = self.victims.clone();
        Ok(self.inner.directory(name)?.map(|inner| {
            let child: Arc<dyn Directory> = Arc::new(Self { inner, victims });
            child
        }))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        self.inner.open(name)
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        self.inner.open_at(name)
    }

    fn digest(
        &self,
        entry: &Entry,
        algorithm: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        self.inner.digest(entry, algorithm, monitor)
    }
}

#[test]
fn what_vanishes_meanwhile_is_named() {
    for victim in ["usr/bin/gone", "opt/lib/libx.so.1"] {
        let root = root();
        let mut spec = program();
        spec.runpath = Some("/opt/lib".to_owned());
        put(root.path(), "usr/bin/program", &spec.bytes());
        put(root.path(), "usr/lib/libx.so.1", &library().bytes());
        put(root.path(), victim, &library().bytes());
        let tree = Vanishing {
            tree: live(root.path()),
            victims: [root.path().join(victim)].into(),
        };
        let outcome = checked(&tree);
        let unreadable = outcome.facts.census.unreadable().count();
        // The library goes when the directory is listed or when the program is
        // looked at, whichever comes first.
        let named = unreadable + links(&outcome).unreadable().count();
        assert!((1..=2).contains(&named), "{victim}: {named}");
        assert!(!rules(&outcome).is_empty(), "{victim}");
        assert!(!root.path().join(victim).exists(), "{victim} is gone");
    }
}
