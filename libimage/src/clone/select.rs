//! [`Sent`]: what of the source the filter sends.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::CloneError;
use crate::diff::read_rules;
use crate::entry::{ACCESS_ACL, DEFAULT_ACL, Entry};
use crate::filter::{Filter, Scope, Side};
use crate::path::ImagePath;
use crate::tree::{Select, Tree};

/// What of a directory takes part.
pub(super) struct Sent<'f> {
    filter: &'f Filter,
    tree: &'f dyn Tree,
    scope: Arc<Scope<'f>>,
    /// Names that are not wanted, whatever the filter says.
    without: Option<&'f HashSet<ImagePath>>,
    /// How many entries did not.
    filtered: &'f AtomicU64,
}

impl<'f> Sent<'f> {
    /// What takes part of the root.
    pub(super) fn of(
        tree: &'f dyn Tree,
        filter: &'f Filter,
        without: Option<&'f HashSet<ImagePath>>,
        filtered: &'f AtomicU64,
    ) -> Result<Self, CloneError> {
        let scope = filter.scope(Side::Sender, &mut |path| read_rules(tree, path))?;
        Ok(Self {
            filter,
            tree,
            scope: Arc::new(scope),
            without,
            filtered,
        })
    }
}

impl Select for Sent<'_> {
    type Error = CloneError;

    fn takes(&self, directory: &ImagePath, entry: &Entry) -> bool {
        if self.filter.is_empty() && self.without.is_none() {
            return true;
        }
        let path = directory.join(&entry.name);
        if self.without.is_some_and(|without| without.contains(&path)) {
            return false;
        }
        let decision = self.scope.decide(Side::Sender, &path, entry.is_directory());
        if decision.is_excluded() {
            self.filtered.fetch_add(1, Ordering::Relaxed);
        }
        !decision.is_excluded()
    }

    fn enter(&self, path: &ImagePath) -> Result<Self, CloneError> {
        let scope = if self.filter.reads_directories() {
            let read = &mut |path: &ImagePath| read_rules(self.tree, path);
            Arc::new(self.scope.enter(path, read)?)
        } else {
            self.scope.clone()
        };
        Ok(Self { scope, ..*self })
    }
}

/// Takes away the attributes that rules for their names leave out. These rules
/// are not about ACLs, which rsync sends all the same.
pub(super) fn filter_xattrs(filter: &Filter, entry: &mut Entry) {
    if filter.judges_xattrs() {
        let xattrs = std::mem::take(&mut entry.metadata.xattrs);
        entry.metadata.xattrs = xattrs.without(|name| {
            ![ACCESS_ACL, DEFAULT_ACL].contains(&name) && !filter.sends_xattr(name)
        });
    }
}
