//! The layers of a container image: what a higher one hides of the lower.
//!
//! Source: OCI image specification, "Image Layer Filesystem Changeset". A
//! whiteout hides what lower layers have, wherever it stands in its own layer,
//! and never what its own layer has.

use std::collections::HashSet;

use super::{Layout, Replaced};
use crate::archive::error::Fault;
use crate::path::ImagePath;
use crate::tree::RecordId;

/// The layer that is being read.
#[derive(Debug)]
pub(super) struct Layer {
    /// Everything recorded before is of a lower layer.
    start: u32,
    /// Directories of lower layers that this one describes anew.
    described: HashSet<RecordId>,
}

/// A name by which a layer says what is gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whiteout<'a> {
    /// This name beside it.
    Name(&'a [u8]),
    /// All that lower layers have in its directory.
    Opaque,
}

const PREFIX: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

impl<'a> Whiteout<'a> {
    /// What a name means in a layer; nothing for any other name.
    pub(super) fn of(name: &'a [u8]) -> Result<Option<Self>, Fault> {
        if name == OPAQUE {
            return Ok(Some(Self::Opaque));
        }
        match name.strip_prefix(PREFIX) {
            None => Ok(None),
            Some(b"" | b"." | b"..") => Err(Fault::unsafe_("it is a whiteout of no name")),
            Some(hidden) if hidden.starts_with(PREFIX) => Err(Fault::unsafe_(
                "it is a whiteout whose meaning the specification of images leaves open",
            )),
            Some(hidden) => Ok(Some(Self::Name(hidden))),
        }
    }
}

/// Whether a name is one of those that layers keep for themselves.
pub fn is_whiteout(name: &[u8]) -> bool {
    name.starts_with(PREFIX)
}

impl Layout {
    /// Says that what follows is a layer over all that was placed so far:
    /// whiteouts are obeyed, which in any other archive are refused.
    pub fn begin_layer(&mut self) {
        self.layer = Some(Layer {
            start: u32::try_from(self.records.len()).expect("fewer than 2^32 entries"),
            described: HashSet::new(),
        });
    }

    /// Hides what lower layers have; what is gone then, children first.
    pub(super) fn hide(
        &mut self,
        directory: &ImagePath,
        whiteout: &Whiteout<'_>,
    ) -> Result<Vec<Replaced>, Fault> {
        let Some((directory, _)) = self.directory_at(directory, None)? else {
            return Ok(Vec::new());
        };
        let hidden = match whiteout {
            Whiteout::Name(name) => self.records.child(directory, name).into_iter().collect(),
            Whiteout::Opaque => self.records.children(directory),
        };
        let mut gone = Vec::new();
        for id in hidden.into_iter().rev() {
            self.clear(id, &mut gone);
        }
        Ok(gone)
    }

    /// Whether an entry is of a lower layer than the one being read.
    pub(super) fn is_lower(&self, id: RecordId) -> bool {
        self.layer
            .as_ref()
            .is_some_and(|layer| id.number() < layer.start)
    }

    /// Notes that the layer being read describes a directory.
    pub(super) fn describe(&mut self, id: RecordId) {
        if let Some(layer) = &mut self.layer
            && id.number() < layer.start
        {
            layer.described.insert(id);
        }
    }

    /// Takes away what lower layers have at and beneath an entry.
    pub(super) fn clear(&mut self, top: RecordId, gone: &mut Vec<Replaced>) {
        let mut all = vec![top];
        let mut next = 0;
        while let Some(&id) = all.get(next) {
            all.extend(self.records.children(id));
            next += 1;
        }
        // Parents stand before their children.
        for id in all.into_iter().rev() {
            let described = |layer: &Layer| layer.described.contains(&id);
            let lower = self.is_lower(id) && !self.layer.as_ref().is_some_and(described);
            if lower && self.records.children(id).is_empty() {
                gone.push(self.take_away(id));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whiteouts_are_told_from_other_names() {
        type Case<'a> = (&'a [u8], Result<Option<Whiteout<'a>>, ()>);
        let cases: &[Case<'_>] = &[
            (b"x", Ok(None)),
            (b".wh", Ok(None)),
            (b".whx", Ok(None)),
            (b".wh.x", Ok(Some(Whiteout::Name(b"x")))),
            (b".wh..x", Ok(Some(Whiteout::Name(b".x")))),
            (b".wh....", Ok(Some(Whiteout::Name(b"...")))),
            (b".wh..wh..opq", Ok(Some(Whiteout::Opaque))),
            (b".wh.", Err(())),
            (b".wh..", Err(())),
            (b".wh...", Err(())),
            (b".wh..wh.plnk", Err(())),
            (b".wh..wh..opqx", Err(())),
        ];
        for (name, expected) in cases {
            assert_eq!(Whiteout::of(name).map_err(drop), *expected, "{name:?}");
        }
    }
}
