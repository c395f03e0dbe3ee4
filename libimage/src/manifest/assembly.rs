//! [`Assembly`]: lines become a tree again.

use std::collections::HashMap;

use super::Most;
use super::line::Line;
use crate::entry::{Counts, Entry, Kind, LinkGroup, Metadata, canonical_cmp};
use crate::path::ImagePath;
use crate::size::total;
use crate::tree::{MOST_NAMES, RecordId, Records, Trail};

/// The name last seen in a directory, and whether it was a directory itself.
type LastSeen = (Box<[u8]>, bool);

/// Entries that came in canonical order, becoming records.
pub(super) struct Assembly {
    pub(super) records: Records,
    /// The directories from the root to where the last entry stood.
    trail: Trail<(RecordId, Option<LastSeen>)>,
    leaders: HashMap<ImagePath, RecordId>,
    pub(super) counts: Counts,
    /// Content of all regular files, each inode once.
    pub(super) bytes: u64,
}

impl Assembly {
    pub(super) fn begin(first: Line) -> Result<Self, &'static str> {
        let Line::Entry(path, entry) = first else {
            return Err("the first entry is not the root");
        };
        if !path.is_root() || !entry.is_directory() {
            return Err("the first entry is not the root");
        }
        let mut counts = Counts::default();
        counts.add(&entry.kind);
        Ok(Self {
            records: Records::new(entry.metadata),
            trail: Trail::new((Records::ROOT, None)),
            leaders: HashMap::new(),
            counts,
            bytes: 0,
        })
    }

    pub(super) fn add(&mut self, line: Line) -> Result<(), &'static str> {
        match line {
            Line::Entry(path, entry) => {
                if let Kind::File { size } = entry.kind {
                    self.bytes = total([self.bytes, size]);
                }
                self.place(&path, *entry)?;
            }
            Line::Closed(path, entry) => {
                let id = self.place(&path, *entry)?;
                self.records.close(id);
                // Nothing can stand in it.
                self.trail
                    .up_to(&path.parent().ok_or("the root is left out")?);
            }
            Line::Mount(path) => {
                let entry = Entry {
                    name: path.file_name().unwrap_or_default().into(),
                    kind: Kind::Mount,
                    metadata: Metadata::default(),
                    link: None,
                    content: None,
                };
                self.place(&path, entry)?;
            }
            Line::HardLink { path, leader } => {
                let first = match self.leaders.get(&leader) {
                    Some(&first) => first,
                    None => self.find(&leader)?,
                };
                let kind = self.records.entry(first).kind;
                if matches!(kind, Kind::Directory | Kind::Mount) {
                    return Err("a hard link to a directory or a mount");
                }
                let group = LinkGroup(0, u64::from(first.number()));
                self.records.set_link(first, Some(group));
                let mut entry = self.records.entry(first);
                entry.name = path.file_name().unwrap_or_default().into();
                entry.link = Some(group);
                self.leaders.insert(leader, first);
                self.counts.hard_links += 1;
                self.place(&path, entry)?;
            }
        }
        Ok(())
    }

    fn find(&self, path: &ImagePath) -> Result<RecordId, &'static str> {
        let mut at = Records::ROOT;
        for name in path.components() {
            at = self
                .records
                .child(at, name)
                .ok_or("a hard link's leader does not come before it")?;
        }
        if self.records.link(at).is_some() {
            return Err("a hard link's leader is a hard link itself");
        }
        Ok(at)
    }

    /// Of what there is more than that, and how much that is.
    pub(super) fn over(&self, most: Most) -> Option<(&'static str, u64)> {
        let entries = self.counts.entries() + self.counts.mounts;
        [
            ("entries", entries, most.entries),
            ("bytes of names", self.records.name_bytes(), most.names),
            (
                "bytes of attributes",
                self.records.attribute_bytes(),
                most.attributes,
            ),
        ]
        .into_iter()
        .find(|(_, found, most)| found > most)
        .map(|(what, _, most)| (what, most))
    }

    fn place(&mut self, path: &ImagePath, entry: Entry) -> Result<RecordId, &'static str> {
        let parent = path.parent().ok_or("the root comes twice")?;
        if self.records.name_bytes_with(&entry) > MOST_NAMES {
            return Err("its names are more than fit in memory");
        }
        let above = self.trail.up_to(&parent);
        let (directory, last) = above.ok_or("its directory does not come right before it")?;
        let this = (&*entry.name, entry.is_directory());
        if let Some((name, is_directory)) = last
            && canonical_cmp((name, *is_directory), this).is_ge()
        {
            return Err("it is out of order");
        }
        self.counts.add(&entry.kind);
        let is_directory = entry.is_directory();
        *last = Some((entry.name.clone(), is_directory));
        let id = self
            .records
            .insert(*directory, entry)
            .ok_or("its name comes twice")?;
        if is_directory {
            self.trail.down_to(path.clone(), (id, None));
        }
        Ok(id)
    }
}
