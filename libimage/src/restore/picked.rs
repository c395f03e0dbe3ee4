//! [`Picked`]: lets through the members of a backup that are restored.

use super::error::RestoreError;
use super::pick::{Action, Pick, member_path};
use crate::archive::{FileData, Member, MemberKind, Replaced, Sink};
use crate::backup::agree::check_member;
use crate::import::ImportError;
use crate::tree::{RecordId, Records};

/// Stands before a sink and knows each member by its number.
pub(super) struct Picked<'p, S> {
    sink: S,
    pick: &'p Pick,
    listed: &'p Records,
    next: u64,
}

impl<'p, S: Sink<Error = ImportError>> Picked<'p, S> {
    pub(super) fn new(sink: S, pick: &'p Pick, listed: &'p Records) -> Self {
        Self {
            sink,
            pick,
            listed,
            next: 0,
        }
    }

    /// The next member that comes is the one of this number.
    pub(super) fn begin(&mut self, number: u64) {
        self.next = number;
    }

    /// The sink itself, for what comes from elsewhere.
    pub(super) fn inner(&mut self) -> &mut S {
        &mut self.sink
    }

    pub(super) fn into_inner(self) -> S {
        self.sink
    }
}

impl<S: Sink<Error = ImportError>> Sink for Picked<'_, S> {
    type Error = RestoreError;

    fn admit(&mut self, member: &mut Member) -> Result<bool, RestoreError> {
        let number = self.next;
        self.next += 1;
        check_member(self.listed, number, member)?;
        let action = self.pick.action(number);
        match action {
            None => return Ok(false),
            Some(Action::Take) => {}
            Some(Action::TakeAs(path)) => member.path = member_path(path),
            Some(Action::LinkTo(path)) => {
                member.kind = MemberKind::HardLink {
                    target: member_path(path),
                };
            }
        }
        Ok(self.sink.admit(member)?)
    }

    fn remove(&mut self, records: &mut Records, replaced: Replaced) -> Result<(), RestoreError> {
        Ok(self.sink.remove(records, replaced)?)
    }

    fn directory(&mut self, records: &Records, id: RecordId) -> Result<(), RestoreError> {
        Ok(self.sink.directory(records, id)?)
    }

    fn special(&mut self, records: &Records, id: RecordId) -> Result<(), RestoreError> {
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
    ) -> Result<(), RestoreError> {
        Ok(self.sink.file(records, id, size, data)?)
    }
}
