//! [`Gathered`]: what `find` tells of a node becomes records.

use std::collections::HashSet;

use super::error::Fault;
use super::find::Found;
use super::mounts::Mount;
use crate::entry::{DeviceNumber, Entry, Kind, LinkGroup, Metadata, Xattrs};
use crate::manifest::Most;
use crate::path::ImagePath;
use crate::tree::{MOST_NAMES, RecordId, Records, Trail};

/// A tree in the making, from entries in the order in which `find` lists them:
/// a directory, then what is in it, before the next.
pub(super) struct Gathered {
    records: Records,
    /// The directories from the root to the one that was listed last.
    trail: Trail<RecordId>,
    /// The device of the file system that is listed.
    device: u64,
    /// Names where something is mounted, by the table of mounts.
    mounts: HashSet<ImagePath>,
    /// A mount whose content is being passed over.
    under: Option<ImagePath>,
    /// Directories on other file systems of which the table of mounts knows
    /// nothing, as subvolumes of btrfs are.
    foreign: Vec<ImagePath>,
    /// Content of all regular files, each name for itself.
    bytes: u64,
    most: Most,
}

impl Gathered {
    /// Begins with the root.
    pub(super) fn begin(root: &Found, mounts: &[Mount], most: Most) -> Result<Self, Fault> {
        if root.kind != Kind::Directory {
            return Err(Fault::Malformed("the root is no directory"));
        }
        // More cannot be recorded.
        let most = Most {
            entries: most.entries.min(u32::MAX.into()),
            names: most.names.min(MOST_NAMES),
            ..most
        };
        Ok(Self {
            records: Records::new(metadata(root)),
            trail: Trail::new(Records::ROOT),
            device: root.device,
            mounts: mounts.iter().map(|mount| mount.path.clone()).collect(),
            under: None,
            foreign: Vec::new(),
            bytes: 0,
            most,
        })
    }

    /// Adds an entry; a symlink has its target and a device its number by now.
    pub(super) fn add(&mut self, path: &[u8], found: &Found) -> Result<(), Fault> {
        let path = ImagePath::new(path).map_err(|_| Fault::Malformed("a name is no path"))?;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Fault::Malformed("the root comes twice"));
        };
        if let Some(mount) = &self.under {
            if path.starts_with(mount) {
                return Ok(());
            }
            self.under = None;
        }
        let Some(&mut directory) = self.trail.up_to(&parent) else {
            return Err(Fault::Malformed("an entry comes without its directory"));
        };
        if let Kind::File { size } = found.kind {
            // Whoever adds up sizes need not look again.
            let bytes = self.bytes.checked_add(size);
            self.bytes = bytes.ok_or(Fault::Malformed("the sizes overflow"))?;
        }
        let is_directory = found.kind == Kind::Directory;
        let is_foreign = is_directory && found.device != self.device;
        let is_mount = self.mounts.contains(&path);
        let mut entry = Entry {
            name: name.into(),
            kind: found.kind.clone(),
            metadata: metadata(found),
            link: (found.names > 1 && !is_directory)
                .then_some(LinkGroup(found.device, found.inode)),
            content: None,
        };
        if is_mount || is_foreign {
            entry.kind = Kind::Mount;
            entry.metadata = Metadata::default();
            entry.link = None;
        }
        self.check(&entry)?;
        let id = self.records.insert(directory, entry);
        let id = id.ok_or(Fault::Malformed("a name comes twice"))?;
        if is_mount || is_foreign {
            if !is_mount {
                self.foreign.push(path.clone());
            }
            self.under = Some(path);
        } else if found.is_closed {
            self.records.close(id);
        } else if is_directory {
            self.trail.down_to(path, id);
        }
        Ok(())
    }

    /// Whether there is room for one more.
    fn check(&self, entry: &Entry) -> Result<(), Fault> {
        if self.records.len() as u64 >= self.most.entries {
            return Err(Fault::TooMuch("entries", self.most.entries));
        }
        if self.records.name_bytes_with(entry) > self.most.names {
            return Err(Fault::TooMuch("bytes of names", self.most.names));
        }
        Ok(())
    }

    /// The tree; attributes and sums may be added to it.
    pub(super) fn finish(self) -> Listed {
        Listed {
            records: self.records,
            foreign: self.foreign,
        }
    }
}

/// A tree whose names are all there.
pub(super) struct Listed {
    pub(super) records: Records,
    /// Directories on other file systems that no table of mounts knows.
    pub(super) foreign: Vec<ImagePath>,
}

impl Listed {
    /// The entry at a path, if it was listed.
    pub(super) fn find(&self, path: &ImagePath) -> Option<RecordId> {
        let mut names = path.components();
        names.try_fold(Records::ROOT, |at, name| self.records.child(at, name))
    }

    /// Adds the attributes of an entry; what was not listed, or is a mount, has
    /// none.
    pub(super) fn set_attributes(&mut self, path: &ImagePath, xattrs: Xattrs) {
        if let Some(id) = self.find(path)
            && self.records.entry(id).kind != Kind::Mount
        {
            let mut metadata = self.records.metadata(id);
            metadata.xattrs = xattrs;
            self.records.set_metadata(id, metadata);
        }
    }
}

fn metadata(found: &Found) -> Metadata {
    Metadata {
        mode: found.mode,
        uid: found.uid,
        gid: found.gid,
        mtime: found.mtime,
        xattrs: Xattrs::NONE,
    }
}

/// The kind with what belongs to a symlink or a device alone; nothing if that is
/// missing.
pub(super) fn completed(kind: Kind, target: Vec<u8>, number: Option<DeviceNumber>) -> Option<Kind> {
    match kind {
        // None is empty (symlink(2): ENOENT).
        Kind::Symlink { .. } => (!target.is_empty()).then(|| Kind::Symlink {
            target: target.into(),
        }),
        Kind::CharDevice(_) => number.map(Kind::CharDevice),
        Kind::BlockDevice(_) => number.map(Kind::BlockDevice),
        kind => Some(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(letter: char, device: u64) -> Found {
        let text = format!("e{letter} 755 0 0 5 1.0 7 {device} 2");
        Found::parse(text.as_bytes()).expect("valid")
    }

    fn gather(entries: &[(&str, Found)], mounts: &[&str], most: Most) -> Result<Listed, Fault> {
        let mounts: Vec<_> = mounts
            .iter()
            .map(|path| Mount {
                path: ImagePath::new(path.as_bytes()).expect("valid"),
                file_system: "nfs".to_owned(),
            })
            .collect();
        let mut gathered = Gathered::begin(&found('d', 1), &mounts, most)?;
        for (path, found) in entries {
            gathered.add(path.as_bytes(), found)?;
        }
        Ok(gathered.finish())
    }

    /// Names with what they are.
    fn shown(listed: &Listed) -> Vec<String> {
        let records = &listed.records;
        let ids = records.ids().skip(1);
        let mut shown: Vec<_> = ids
            .map(|id| format!("{} {}", records.path(id), records.entry(id).kind.word()))
            .collect();
        shown.sort();
        shown
    }

    #[test]
    fn what_is_mounted_is_named_and_its_content_is_not() {
        let (dir, file) = (found('d', 1), found('f', 1));
        let closed = Found {
            is_closed: true,
            ..dir.clone()
        };
        let entries = [
            ("b", dir.clone()),
            ("b/x", file.clone()),
            // A bind mount of the same file system, which find enters.
            ("bound", dir.clone()),
            ("bound/inner", dir.clone()),
            ("bound/inner/x", file.clone()),
            ("boundary", file.clone()),
            ("a", dir.clone()),
            ("a/file", file.clone()),
            ("a/subvolume", found('d', 2)),
            // On an overlay files have other devices than directories.
            ("a/lower", found('f', 2)),
            ("scratch", closed),
        ];
        let listed = gather(&entries, &["bound", "a/file", "gone"], Most::ALL).expect("a tree");
        assert_eq!(
            shown(&listed),
            [
                "a directory",
                "a/file mount",
                "a/lower file",
                "a/subvolume mount",
                "b directory",
                "b/x file",
                "bound mount",
                "boundary file",
                "scratch directory",
            ]
        );
        let path = |text: &str| ImagePath::new(text.as_bytes()).expect("valid");
        assert_eq!(listed.foreign, [path("a/subvolume")]);
        let id = |text| listed.find(&path(text)).expect("it is listed");
        assert!(listed.records.is_closed(id("scratch")));
        assert_eq!(listed.records.link(id("b/x")), Some(LinkGroup(1, 7)));
        assert_eq!(listed.records.link(id("a/file")), None);
        assert_eq!(listed.find(&path("bound/inner")), None);
    }

    #[test]
    fn what_is_no_listing_is_refused() {
        let (dir, file) = (found('d', 1), found('f', 1));
        for (entries, reason) in [
            (
                vec![("a/b", file.clone())],
                "an entry comes without its directory",
            ),
            (
                vec![("a", file.clone()), ("a/b", file.clone())],
                "an entry comes without its directory",
            ),
            (
                vec![
                    ("a", dir.clone()),
                    ("b", dir.clone()),
                    ("a/b", file.clone()),
                ],
                "an entry comes without its directory",
            ),
            (
                vec![("a", dir.clone()), ("a", file.clone())],
                "a name comes twice",
            ),
            (vec![("", dir.clone())], "the root comes twice"),
            (vec![("../a", dir.clone())], "a name is no path"),
            (vec![("/a", dir.clone())], "a name is no path"),
        ] {
            let fault = gather(&entries, &[], Most::ALL)
                .map(|_| ())
                .expect_err(reason);
            assert!(
                matches!(fault, Fault::Malformed(text) if text == reason),
                "{fault:?}"
            );
        }
        let fault = Gathered::begin(&file, &[], Most::ALL).map(|_| ());
        assert!(matches!(fault, Err(Fault::Malformed(_))));
    }

    #[test]
    fn there_is_an_end_to_what_is_taken() {
        let entries = [("aaaa", found('f', 1)), ("bbbb", found('f', 1))];
        for (most, what) in [
            (
                Most {
                    entries: 2,
                    ..Most::ALL
                },
                Some("entries"),
            ),
            (
                Most {
                    names: 7,
                    ..Most::ALL
                },
                Some("bytes of names"),
            ),
            (
                Most {
                    entries: 3,
                    names: 8,
                    ..Most::ALL
                },
                None,
            ),
        ] {
            let fault = gather(&entries, &[], most).err();
            let found = match fault {
                Some(Fault::TooMuch(what, _)) => Some(what),
                None => None,
                other => panic!("{other:?}"),
            };
            assert_eq!(found, what);
        }
    }
}
