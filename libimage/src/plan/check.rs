//! Whether the steps of a plan make sense together.

use super::{Deed, Plan, Step};
use crate::diff::same_type;
use crate::entry::Metadata;

impl Plan {
    /// Checks the last step against those before it. Leaders, which may come
    /// later, are left to [`Plan::check_leaders`].
    pub(super) fn check_last(&self) -> Result<(), &'static str> {
        let Some((last, before)) = self.steps.split_last() else {
            return Ok(());
        };
        let above = before.last();
        if above.is_some_and(|above| above.path.as_bytes() >= last.path.as_bytes()) {
            return Err("the steps are not sorted by path");
        }
        if !is_whole(last) {
            return Err("the entries do not belong to what is done");
        }
        // Between the two there may be directories that stay as they are.
        let path = last.path.as_bytes();
        let ends = path.iter().enumerate().rev();
        let ends = ends.filter(|(_, byte)| **byte == b'/');
        let mut above = ends.map(|(end, _)| &path[..end]).chain([&b""[..]]);
        let above = above.find_map(|above| self.step(above).filter(|step| step.path != last.path));
        let stands = above.is_none_or(|above| match last.deed {
            Deed::Delete => above.was_directory(),
            _ => above.is_directory(),
        });
        if stands {
            Ok(())
        } else {
            Err("it lies in what is no directory")
        }
    }

    /// Checks that each name that is linked is linked with the first of its
    /// inode.
    pub(super) fn check_leaders(&self) -> Result<(), &'static str> {
        let group = |step: &Step| step.source.as_ref().and_then(|entry| entry.link);
        for step in &self.steps {
            let Some(leader) = &step.leader else { continue };
            let leader = self.step(leader.as_bytes());
            let is_so = leader
                .is_some_and(|leader| leader.leader.is_none() && group(leader) == group(step));
            if !is_so || group(step).is_none() {
                return Err("a hard link's leader is none");
            }
        }
        Ok(())
    }
}

/// Whether all metadata that a name gets is what one of the trees has there, and
/// nothing that nobody was shown; what stays has its own, but for a time.
fn is_known(step: &Step) -> bool {
    let entries = [&step.source, &step.target].map(Option::as_ref);
    let sides = entries.iter().flatten().map(|entry| &entry.metadata);
    let sides: Vec<&Metadata> = sides.collect();
    let Some(gets) = step.metadata() else {
        return true;
    };
    let is_of_a_side = |is_so: &dyn Fn(&Metadata) -> bool| sides.iter().any(|side| is_so(side));
    let stays = step.deed != Deed::Keep
        || step.target.as_ref().is_some_and(|target| {
            let own = Metadata {
                mtime: gets.mtime,
                ..target.metadata.clone()
            };
            own == *gets
        });
    let mut xattrs = gets.xattrs.iter();
    stays
        && is_of_a_side(&|side| side.mtime == gets.mtime)
        && is_of_a_side(&|side| side.mode == gets.mode)
        && is_of_a_side(&|side| side.uid == gets.uid)
        && is_of_a_side(&|side| side.gid == gets.gid)
        && xattrs.all(|(name, value)| is_of_a_side(&|side| side.xattrs.get(name) == Some(value)))
}

/// Whether a step has what its deed needs and no more.
fn is_whole(step: &Step) -> bool {
    let is_linked = step.leader.is_some();
    let name = step.path.file_name().unwrap_or_default();
    let entries = step.source.iter().chain(&step.target);
    let mut entries = entries.map(|entry| (&*entry.name == name, entry));
    let is_consistent = entries
        .all(|(is_named, entry)| is_named && !(entry.is_directory() && entry.link.is_some()));
    let wants = step.wanted.is_none()
        || step.wanted.as_ref() != step.source.as_ref().map(|entry| &entry.metadata);
    let wants = wants && is_known(step);
    let fits = match (step.deed, &step.source, &step.target) {
        (Deed::Create, Some(source), target) => {
            let is_new = |target| !same_type(&source.kind, target);
            !is_linked && target.as_ref().is_none_or(|target| is_new(&target.kind))
        }
        (Deed::Update, Some(source), Some(target)) => {
            !is_linked && !source.is_directory() && same_type(&source.kind, &target.kind)
        }
        (Deed::Metadata, Some(source), Some(target)) => {
            !is_linked && same_type(&source.kind, &target.kind)
        }
        (Deed::Keep, Some(source), Some(target)) => {
            !(is_linked && source.is_directory()) && same_type(&source.kind, &target.kind)
        }
        (Deed::Link, Some(source), _) => is_linked && !source.is_directory(),
        (Deed::Delete, None, Some(_)) => !is_linked && step.wanted.is_none(),
        _ => false,
    };
    let is_root = step.path.is_root();
    let may_be_root = matches!(step.deed, Deed::Metadata | Deed::Keep) && step.is_directory();
    is_consistent && wants && fits && (!is_root || may_be_root)
}
