//! [`Gated`]: a sink that gets only what a [`Gate`] lets through.

use super::error::ArchiveError;
use super::layout::Replaced;
use super::member::Member;
use super::unpack::{FileData, Sink};
use crate::monitor::Cancelled;
use crate::tree::{RecordId, Records};

/// Decides about members before anything is made of them.
pub(crate) trait Gate {
    /// Why a member ends the reading.
    type Error;

    /// Changes a member to what shall be made of it; `false` leaves it out.
    fn admit(&mut self, member: &mut Member) -> Result<bool, Self::Error>;
}

/// A sink behind a gate.
pub(crate) struct Gated<G, S> {
    pub(crate) gate: G,
    pub(crate) sink: S,
}

impl<G, S> Sink for Gated<G, S>
where
    G: Gate,
    S: Sink,
    G::Error: From<S::Error> + From<ArchiveError> + From<Cancelled>,
{
    type Error = G::Error;

    fn admit(&mut self, member: &mut Member) -> Result<bool, G::Error> {
        Ok(self.gate.admit(member)? && self.sink.admit(member)?)
    }

    fn remove(&mut self, records: &mut Records, replaced: Replaced) -> Result<(), G::Error> {
        Ok(self.sink.remove(records, replaced)?)
    }

    fn directory(&mut self, records: &Records, id: RecordId) -> Result<(), G::Error> {
        Ok(self.sink.directory(records, id)?)
    }

    fn special(&mut self, records: &Records, id: RecordId) -> Result<(), G::Error> {
        Ok(self.sink.special(records, id)?)
    }

    fn hard_link(&mut self, id: RecordId, target: RecordId) {
        self.sink.hard_link(id, target);
    }

    fn file(
        &mut self,
        records: &mut Records,
        id: RecordId,
        size: u64,
        data: FileData<'_, '_>,
    ) -> Result<(), G::Error> {
        Ok(self.sink.file(records, id, size, data)?)
    }
}
