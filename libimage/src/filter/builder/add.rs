//! From the text of one rule to its place in the list.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use super::{Builder, MAX_DEPTH, PER_DIRECTORY, Place, ReadFile, Reading};
use crate::filter::cvs::Form;
use crate::filter::dir_merge::{DirMerge, own_exclusion};
use crate::filter::error::{Fault, FilterError};
use crate::filter::parse::{Match, Merge, Parsed, matching, parse};
use crate::filter::rule::{Origin, Rule, Sides};

impl Builder {
    /// Adds what a text says, and what is in a file that it names.
    pub(super) fn one(
        &mut self,
        text: &[u8],
        origin: &Origin,
        reading: Reading,
        read: &mut ReadFile<'_>,
    ) -> Result<(), FilterError> {
        let wrong = |fault| FilterError::Rule {
            origin: origin.clone(),
            text: text.into(),
            fault,
        };
        match parse(text, reading.syntax, reading.inherited).map_err(wrong)? {
            Parsed::Nothing => Ok(()),
            Parsed::Clear => {
                self.rules.clear();
                self.merges.clear();
                self.is_cleared = true;
                self.has_cvs_names = false;
                Ok(())
            }
            Parsed::Match(rule) => {
                self.judge_xattrs(rule.xattr).map_err(wrong)?;
                self.push(rule, origin, reading.is_detached);
                Ok(())
            }
            Parsed::Cvs { form, xattr } => {
                self.judge_xattrs(xattr).map_err(wrong)?;
                self.push_cvs_names(form, reading.is_detached)
            }
            Parsed::Merge(merge) => {
                self.judge_xattrs(merge.xattr).map_err(wrong)?;
                let inner = self.admit(&merge, reading).map_err(wrong)?;
                if merge.excludes_file
                    && let Some(rule) = own_exclusion(&merge)
                {
                    let is_detached = matches!(self.place, Place::Directory(_));
                    self.push(rule, origin, is_detached);
                }
                if merge.per_directory {
                    self.push_per_directory(&merge, origin, inner, reading.is_detached);
                    return Ok(());
                }
                let path = match &self.place {
                    Place::Directory(within) => {
                        let path = within.merged(merge.file).map_err(wrong)?;
                        PathBuf::from(OsStr::from_bytes(path.as_bytes()))
                    }
                    Place::Stream | Place::Walk => OsStr::from_bytes(merge.file).into(),
                };
                self.file(&path, origin, inner, read)
            }
        }
    }

    /// Takes note of an `x`.
    fn judge_xattrs(&mut self, xattr: bool) -> Result<(), Fault> {
        if xattr && matches!(self.place, Place::Directory(_)) {
            // To rsync they hold for what it happens to look at next.
            return Err(Fault::Unsupported(
                "rules for extended attributes (`x`) in the file of a directory",
            ));
        }
        self.judges_xattrs |= xattr;
        Ok(())
    }

    /// How a merged file is to be read, if it may be.
    fn admit(&self, merge: &Merge<'_>, reading: Reading) -> Result<Reading, Fault> {
        let depth = match self.place {
            Place::Stream if merge.per_directory => return Err(PER_DIRECTORY),
            _ if merge.per_directory => 1,
            _ if reading.depth == MAX_DEPTH => return Err(Fault::TooDeep),
            _ => reading.depth + 1,
        };
        Ok(Reading {
            syntax: merge.syntax,
            words: merge.words,
            inherited: merge.inherited,
            depth,
            is_detached: !merge.per_directory && matches!(self.place, Place::Directory(_)),
        })
    }

    fn push_per_directory(
        &mut self,
        merge: &Merge<'_>,
        origin: &Origin,
        reading: Reading,
        is_detached: bool,
    ) {
        let within = match &self.place {
            Place::Directory(within) => Some(within),
            Place::Stream | Place::Walk => None,
        };
        let Some(mut merge) = DirMerge::new(merge, origin, reading, within) else {
            return;
        };
        if is_detached || within.is_none() {
            merge.side = None;
        }
        self.merges.push((self.rules.len(), merge));
    }

    fn push(&mut self, rule: Match, origin: &Origin, is_detached: bool) {
        let unnamed = if self.basis.delete_excluded {
            Sides::Sender
        } else {
            Sides::Both
        };
        let (sides, anchor) = match &self.place {
            _ if is_detached => (Sides::Both, 0),
            Place::Directory(within) => (rule.sides.unwrap_or(unnamed), within.anchor()),
            Place::Stream | Place::Walk => (rule.sides.unwrap_or(unnamed), 0),
        };
        self.rules.push(Rule {
            action: rule.action,
            sides,
            perishable: rule.perishable,
            xattr: rule.xattr,
            pattern: rule.pattern,
            origin: origin.clone(),
            anchor,
        });
    }

    /// Puts the names that CVS ignores here.
    fn push_cvs_names(&mut self, form: Form, is_detached: bool) -> Result<(), FilterError> {
        let form = *self.basis.cvs_form.get_or_insert(form);
        // A second time they would decide nothing.
        if self.has_cvs_names {
            return Ok(());
        }
        for (origin, rule) in self.cvs_names(form)? {
            self.push(rule, &origin, is_detached);
        }
        self.has_cvs_names = true;
        Ok(())
    }

    /// The names that CVS ignores, as rules of a form.
    pub(super) fn cvs_names(&self, form: Form) -> Result<Vec<(Origin, Match)>, FilterError> {
        let mut rules = Vec::new();
        for (origin, text) in self.basis.cvs.patterns()? {
            if text == b"!" {
                rules.clear();
                continue;
            }
            match matching(form.of_names_from(&origin), false, text) {
                Ok(rule) => rules.push((origin, rule)),
                Err(fault) => {
                    let text = text.into();
                    return Err(FilterError::Rule {
                        origin,
                        text,
                        fault,
                    });
                }
            }
        }
        Ok(rules)
    }
}
