//! Hard links, whose target may come before them or after.

use std::collections::HashMap;

use super::{Layout, Placed, Replaced, What};
use crate::archive::error::{ArchiveError, Fault};
use crate::archive::path::normalise;
use crate::entry::LinkGroup;
use crate::escape::Escaped;
use crate::path::ImagePath;
use crate::tree::{RecordId, Records};

/// A hard link whose target has not come yet.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The member as the archive names it.
    member: Box<[u8]>,
    parent: RecordId,
    name: Box<[u8]>,
    /// What stands at its place, until something else does.
    existing: Option<RecordId>,
    target: ImagePath,
}

impl Waiting {
    fn names(&self) -> (&[u8], &[u8]) {
        (&self.member, self.target.as_bytes())
    }
}

impl Layout {
    /// Places another name of `raw`, or keeps it until that has come.
    pub(super) fn put_hard_link(
        &mut self,
        member: &[u8],
        parent: RecordId,
        name: &[u8],
        existing: Option<RecordId>,
        raw: &[u8],
    ) -> Result<(What, Vec<Replaced>), Fault> {
        let (target, _) = normalise(raw)
            .map_err(|error| Fault::unsafe_(format!("hard link to `{}`: {error}", Escaped(raw))))?;
        if let Some(target) = self.hard_link_target(&target)? {
            return self.link(parent, name, existing, target);
        }
        let names = member.len() + name.len() + target.as_bytes().len();
        self.waiting_names += names as u64;
        self.limits.check_names(self.name_bytes())?;
        self.waiting.push(Waiting {
            member: member.into(),
            parent,
            name: name.into(),
            existing,
            target,
        });
        Ok((What::Nothing, Vec::new()))
    }

    /// Places the hard links that came before their target, at the end of the
    /// archive. GNU tar writes a group's content with its first name, but an
    /// archive that was sorted or merged later may have it behind.
    ///
    /// # Errors
    ///
    /// An [`ArchiveError`] naming the first whose target never came, or may
    /// not be linked.
    pub fn settle_links(&mut self) -> Result<Vec<Placed>, ArchiveError> {
        let mut placed = Vec::new();
        let mut blocked: HashMap<ImagePath, Vec<Waiting>> = HashMap::new();
        let mut ready = std::mem::take(&mut self.waiting);
        self.waiting_names = 0;
        ready.reverse();
        while let Some(link) = ready.pop() {
            let Some(parent) = self.parent_of(&link) else {
                continue;
            };
            let found = self.hard_link_target(&link.target);
            let Some(target) = found.map_err(|fault| self.at(fault, &link.member))? else {
                blocked.entry(link.target.clone()).or_default().push(link);
                continue;
            };
            let existing = self.records.child(parent, &link.name);
            // What took its place since is newer; what was there may be gone.
            if existing.is_some() && existing != link.existing {
                continue;
            }
            let (what, replaced) = self
                .link(parent, &link.name, existing, target)
                .map_err(|fault| self.at(fault, &link.member))?;
            if let What::HardLink { id, .. } = what {
                let unblocked = blocked.remove(&self.records.path(id));
                ready.extend(unblocked.into_iter().flatten());
            }
            placed.push(Placed {
                what,
                replaced,
                was_absolute: false,
            });
        }
        let never = blocked.into_values().flatten();
        // The first by name: which came first nobody has kept.
        match never.min_by(|one, two| one.names().cmp(&two.names())) {
            None => Ok(placed),
            Some(link) => {
                let fault = Fault::unsafe_(format!(
                    "hard link to `{}`, which is not in the archive",
                    link.target
                ));
                Err(self.at(fault, &link.member))
            }
        }
    }

    /// The directory of a link that waited; nothing if something else took its
    /// place. One that a whiteout hid meanwhile is made again, since it does
    /// not hide what its own layer has.
    fn parent_of(&mut self, link: &Waiting) -> Option<RecordId> {
        if self.records.is_beneath_root(link.parent) {
            return Some(link.parent);
        }
        self.layer.as_ref()?;
        let path = self.records.path(link.parent);
        let mtime = self.records.metadata(link.parent).mtime;
        let (parent, _) = self.directory_at(&path, Some(mtime)).ok()??;
        Some(parent)
    }

    fn link(
        &mut self,
        parent: RecordId,
        name: &[u8],
        existing: Option<RecordId>,
        target: RecordId,
    ) -> Result<(What, Vec<Replaced>), Fault> {
        if existing == Some(target) {
            return Ok((What::Nothing, Vec::new()));
        }
        let group = self.records.link(target).unwrap_or_else(|| {
            let group = LinkGroup(0, u64::from(target.number()));
            self.records.set_link(target, Some(group));
            group
        });
        if existing.is_some_and(|id| self.records.link(id) == Some(group)) {
            return Ok((What::Nothing, Vec::new()));
        }
        let replaced = self.make_room(existing)?;
        // Every name of a symlink has its target recorded.
        let copied = self.records.symlink_target(target).map_or(0, <[u8]>::len);
        self.limits
            .check_names(self.name_bytes() + (name.len() + copied) as u64)?;
        let mut entry = self.records.entry(target);
        entry.name = name.into();
        let id = self
            .records
            .insert(parent, entry)
            .expect("room was made at this name");
        Ok((What::HardLink { id, target }, replaced))
    }

    /// A hard link names its target from the root, with no symlink on the way.
    fn hard_link_target(&self, path: &ImagePath) -> Result<Option<RecordId>, Fault> {
        let mut at = Records::ROOT;
        for name in path.components() {
            if self.records.symlink_target(at).is_some() {
                return Err(Fault::unsafe_(format!(
                    "hard link to `{path}`, whose path runs through a symlink"
                )));
            }
            let Some(next) = self.records.child(at, name) else {
                return Ok(None);
            };
            at = next;
        }
        if self.records.is_directory(at) {
            return Err(Fault::unsafe_(format!(
                "hard link to the directory `{path}`"
            )));
        }
        Ok(Some(at))
    }
}
