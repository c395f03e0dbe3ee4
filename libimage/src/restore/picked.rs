//! [`Picked`]: lets through the members of a backup that are restored.

use super::error::RestoreError;
use super::pick::{Action, Pick, member_path};
use crate::archive::{Gate, Member, MemberKind};
use crate::backup::agree::check_member;
use crate::tree::Records;

/// Knows each member by its number.
pub(super) struct Picked<'p> {
    pick: &'p Pick,
    listed: &'p Records,
    next: u64,
}

impl<'p> Picked<'p> {
    pub(super) fn new(pick: &'p Pick, listed: &'p Records) -> Self {
        Self {
            pick,
            listed,
            next: 0,
        }
    }

    /// The next member that comes is the one of this number.
    pub(super) fn begin(&mut self, number: u64) {
        self.next = number;
    }
}

impl Gate for Picked<'_> {
    type Error = RestoreError;

    fn admit(&mut self, member: &mut Member) -> Result<bool, RestoreError> {
        let number = self.next;
        self.next += 1;
        check_member(self.listed, number, member)?;
        match self.pick.action(number) {
            None => return Ok(false),
            Some(Action::Take) => {}
            Some(Action::TakeAs(path)) => member.path = member_path(path),
            Some(Action::LinkTo(path)) => {
                member.kind = MemberKind::HardLink {
                    target: member_path(path),
                };
            }
        }
        Ok(true)
    }
}
