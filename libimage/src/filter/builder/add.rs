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

/// What a rule in the file of a directory has of that place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is for its sides, and anchored in the directory.
    Own,
    /// It is for its sides, but anchored at the top of the tree.
    AtTop,
    /// It is for both sides, and anchored at the top of the tree.
    Detached,
}

impl Standing {
    fn of(reading: Reading) -> Self {
        if reading.is_detached {
            Self::Detached
        } else {
            Self::Own
        }
    }
}

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
                self.cvs_names.clear();
                Ok(())
            }
            Parsed::Match(rule) => {
                self.judge_xattrs(rule.xattr).map_err(wrong)?;
                self.push(rule, origin, Standing::of(reading));
                Ok(())
            }
            Parsed::Cvs { form, xattr } => {
                self.judge_xattrs(xattr).map_err(wrong)?;
                self.push_cvs_names(form, reading)
            }
            Parsed::Merge(merge) => {
                self.judge_xattrs(merge.xattr).map_err(wrong)?;
                let inner = self.admit(&merge, reading).map_err(wrong)?;
                if merge.excludes_file
                    && let Some(rule) = own_exclusion(&merge)
                {
                    self.push(rule, origin, self.standing_of_files());
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
            return Err(Fault::XattrInDirectory);
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
            is_detached: !merge.per_directory && self.standing_of_files() == Standing::Detached,
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

    /// How the rules stand that are about a merged file, or in it.
    fn standing_of_files(&self) -> Standing {
        match self.place {
            Place::Directory(_) => Standing::Detached,
            Place::Stream | Place::Walk => Standing::Own,
        }
    }

    fn push(&mut self, rule: Match, origin: &Origin, standing: Standing) {
        let sides = self.sides(rule.sides);
        let anchor = match &self.place {
            Place::Directory(within) => within.anchor(),
            Place::Stream | Place::Walk => 0,
        };
        let (sides, anchor) = match standing {
            Standing::Own => (sides, anchor),
            Standing::AtTop => (sides, 0),
            Standing::Detached => (Sides::Both, 0),
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

    /// The sides of a rule that names these or none.
    fn sides(&self, named: Option<Sides>) -> Sides {
        named.unwrap_or(if self.basis.delete_excluded {
            Sides::Sender
        } else {
            Sides::Both
        })
    }

    /// Puts the names that CVS ignores here.
    fn push_cvs_names(&mut self, asked: Form, reading: Reading) -> Result<(), FilterError> {
        let mut form = *self.basis.cvs_form.get_or_insert(asked);
        // If all that ask for them, but for the first of all, do so for the other
        // side, they are for both.
        let forms = [asked, form].map(|form| self.sides(form.inherited.sides));
        let own = forms[1];
        let is_opposite = matches!(
            forms,
            [Sides::Sender, Sides::Receiver] | [Sides::Receiver, Sides::Sender]
        );
        let sides = if is_opposite { Sides::Both } else { own };
        form.inherited.sides = Some(sides);
        let standing = match Standing::of(reading) {
            Standing::Own => Standing::AtTop,
            other => other,
        };
        let perishable = asked.inherited.perishable;
        form.inherited.perishable |= perishable;
        // A second time they decide nothing, unless those before are passed over;
        // only their sides may change.
        if self.standing_of_files() == Standing::Own && !is_opposite {
            for (known, _) in &self.cvs_names {
                for rule in &mut self.rules[known.clone()] {
                    rule.sides = own;
                }
            }
        }
        let mut known = self.cvs_names.iter();
        if known.any(|&(_, is_perishable)| perishable || !is_perishable) {
            return Ok(());
        }
        let start = self.rules.len();
        for (origin, rule) in self.cvs_names(form)? {
            self.push(rule, &origin, standing);
        }
        self.cvs_names.push((start..self.rules.len(), perishable));
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
