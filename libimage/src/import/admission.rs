//! [`Admission`]: which members of an archive take part, and as what.

use std::collections::HashSet;
use std::fmt;

use super::{ImportError, Options};
use crate::archive::{Gate, Member, MemberKind, is_whiteout, normalise};
use crate::entry::{ACCESS_ACL, DEFAULT_ACL, Kind};
use crate::error::{ErrorKind, ImageError};
use crate::escape::Escaped;
use crate::filter::{Beneath, Filter, Side};
use crate::inspect::captured;
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::writer::{LeftOut, Privilege};

/// What leaves content of `/proc` and `/sys` out.
const WAY_OUT: &str = "leave such content out with --exclude '/proc/*' --exclude '/sys/*'";

/// Lets through what the filter, the privilege of
/// this process and good sense allow.
pub(crate) struct Admission<'a> {
    archive: &'a str,
    filter: &'a Filter,
    beneath: Beneath<'a>,
    strict: bool,
    /// Whether the archive is a layer of an image, in which some names are
    /// whiteouts.
    layered: bool,
    privilege: Privilege,
    /// Whether everything is let through that can be made: a backup is put back
    /// as it was.
    is_exact: bool,
    /// Devices that were left out, under all their names so far.
    missing: HashSet<ImagePath>,
    passed: Passed,
}

/// What was not let through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passed {
    /// For want of privilege.
    pub(crate) left_out: LeftOut,
    /// Members, by the filter.
    pub(crate) filtered: u64,
}

impl<'a> Admission<'a> {
    pub(crate) fn new(
        archive: &'a str,
        layered: bool,
        options: &'a Options,
        privilege: Privilege,
    ) -> Self {
        Self {
            archive,
            filter: &options.filter,
            beneath: options.filter.beneath(Side::Sender),
            strict: options.strict,
            layered,
            privilege,
            is_exact: options.is_exact,
            missing: HashSet::new(),
            passed: Passed::default(),
        }
    }

    /// The same without a filter, and without a judgement of what belongs into
    /// an image.
    pub(crate) fn exact(archive: &'a str, options: &'a Options, privilege: Privilege) -> Self {
        Self {
            is_exact: true,
            ..Self::new(archive, false, options, privilege)
        }
    }

    /// What was not let through.
    pub(crate) fn passed(&self) -> Passed {
        self.passed
    }

    fn refuse(
        &self,
        member: &Member,
        reason: String,
        help: impl Into<String>,
    ) -> Result<bool, ImportError> {
        Err(ImportError::Member(RefusedMember {
            archive: self.archive.to_owned(),
            member: member.path.clone(),
            reason,
            help: help.into(),
        }))
    }

    /// Whether the filter lets a member through.
    fn passes(&mut self, member: &Member) -> Result<bool, ImportError> {
        // What has no place the layout refuses, and says why.
        let Ok((path, _)) = member.image_path() else {
            return Ok(true);
        };
        // A whiteout is no file: what it hides may have been let through.
        if self.layered && path.file_name().is_some_and(is_whiteout) {
            return Ok(true);
        }
        let is_directory = matches!(member.kind, MemberKind::Directory);
        if self.beneath.excludes(&path, is_directory).is_some() {
            self.passed.filtered += 1;
            return Ok(false);
        }
        if let Some(name) = captured(&path, is_directory)
            && !self.is_included(&path)
        {
            let reason =
                format!("it belongs to a `/{name}` that was archived while a system was running");
            return self.refuse(member, reason, WAY_OUT);
        }
        if let MemberKind::HardLink { target } = &member.kind
            && let Ok((target, _)) = normalise(target)
            && let Some(excluded) = self.beneath.excludes(&target, false)
        {
            let reason = format!(
                "it is a hard link to `{target}`, which the filter leaves out by `{}`",
                excluded.rule
            );
            let help = "leave out all names of a file, or none";
            return self.refuse(member, reason, help);
        }
        Ok(true)
    }

    /// Whether a rule asks for a path by itself.
    fn is_included(&self, path: &ImagePath) -> bool {
        let decision = self.filter.decide(Side::Sender, path, false);
        decision.rule().is_some() && !decision.is_excluded()
    }

    /// Takes away the attributes that rules for their names leave out. These
    /// rules are not about ACLs, which rsync sends all the same.
    fn filter_xattrs(&self, member: &mut Member) {
        if self.filter.judges_xattrs() {
            let leaves_out = |side, name: &[u8]| {
                let decision = self.filter.decide_xattr(side, name);
                decision.is_excluded()
            };
            let xattrs = std::mem::take(&mut member.metadata.xattrs);
            member.metadata.xattrs = xattrs.without(|name| {
                let is_acl = [ACCESS_ACL, DEFAULT_ACL].contains(&name);
                !is_acl && (leaves_out(Side::Sender, name) || leaves_out(Side::Receiver, name))
            });
        }
    }

    /// Changes a member to what this process may make of it.
    fn adapt(&mut self, member: &mut Member) -> Result<bool, ImportError> {
        let device = match member.kind {
            MemberKind::CharDevice(number) => Some(Kind::CharDevice(number)),
            MemberKind::BlockDevice(number) => Some(Kind::BlockDevice(number)),
            _ => None,
        };
        let mut lost = LeftOut::default();
        let mut makes = device.is_none_or(|kind| self.privilege.can_make(&kind));
        if let MemberKind::HardLink { target } = &member.kind
            && !self.missing.is_empty()
        {
            makes = !normalise(target).is_ok_and(|(target, _)| self.missing.contains(&target));
        }
        if !makes && let Ok((path, _)) = member.image_path() {
            self.missing.insert(path);
        }
        if !makes {
            lost.devices = 1;
        } else if !matches!(member.kind, MemberKind::HardLink { .. }) {
            let takes_user = matches!(member.kind, MemberKind::File { .. } | MemberKind::Directory);
            self.privilege
                .adapt(takes_user, &mut member.metadata, &mut lost);
        }
        if self.strict && !lost.is_nothing() {
            let reason = format!("with --strict nothing may be left out, but {lost}");
            return self.refuse(
                member,
                reason,
                "run the command as root, or without --strict",
            );
        }
        self.passed.left_out += lost;
        Ok(makes)
    }
}

impl Gate for Admission<'_> {
    type Error = ImportError;

    fn admit(&mut self, member: &mut Member) -> Result<bool, ImportError> {
        if !self.is_exact {
            if !self.passes(member)? {
                return Ok(false);
            }
            self.filter_xattrs(member);
        }
        self.adapt(member)
    }
}

impl Passed {
    /// Says once, with counts, what is not in the tree as it was in the archive.
    pub(crate) fn warn(&self, absolute: u64, monitor: &dyn Monitor) {
        if absolute > 0 {
            let plural = if absolute == 1 { "" } else { "s" };
            monitor.warn(Warning {
                path: ImagePath::root(),
                message: format!(
                    "{absolute} member name{plural} had a leading `/`, which is removed"
                ),
            });
        }
        self.left_out.warn(monitor);
    }
}

/// A member that the options do not allow, though its archive is well formed.
#[derive(Debug)]
pub struct RefusedMember {
    /// The archive, as the user would write it.
    pub archive: String,
    /// The member as the archive names it.
    pub member: Box<[u8]>,
    /// What speaks against it.
    pub reason: String,
    /// What the user can do about it.
    pub help: String,
}

impl fmt::Display for RefusedMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "archive `{}`, member `{}`: {}",
            Escaped(self.archive.as_bytes()),
            Escaped(&self.member),
            self.reason
        )
    }
}

impl std::error::Error for RefusedMember {}

impl ImageError for RefusedMember {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn help(&self) -> Option<String> {
        Some(self.help.clone())
    }
}
