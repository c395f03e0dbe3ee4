//! [`Selection`]: which checks are made.

use std::fmt;
use std::str::FromStr;

use super::checks;
use crate::rules::{Group, Rule, SHARED_LINK};

/// A rule or a group of rules, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// One rule.
    Rule(&'static Rule),
    /// All rules of a group.
    Group(Group),
}

/// Which checks are made: those in `only`, or all if that is empty, but for
/// those in `skip`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these.
    pub only: Vec<Selector>,
    /// Not these.
    pub skip: Vec<Selector>,
}

impl Selector {
    /// All that can be selected: the groups, then the rules.
    pub fn all() -> impl Iterator<Item = Self> {
        let rules = || {
            checks()
                .map(|check| check.rule)
                .chain(std::iter::once(&SHARED_LINK))
        };
        let groups = Group::ALL
            .into_iter()
            .filter(move |group| rules().any(|rule| rule.group == *group));
        groups.map(Self::Group).chain(rules().map(Self::Rule))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.name,
            Self::Group(group) => group.word(),
        }
    }

    fn takes(self, rule: &Rule) -> bool {
        match self {
            Self::Rule(selected) => selected.name == rule.name,
            Self::Group(group) => group == rule.group,
        }
    }
}

/// The text names no rule that a check is for, and no group of such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectorError;

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no check is for a rule or a group of this name")
    }
}

impl std::error::Error for SelectorError {}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        Self::all()
            .find(|selector| selector.name() == text)
            .ok_or(SelectorError)
    }
}

impl Selection {
    /// Whether the check of a rule is made.
    pub fn takes(&self, rule: &Rule) -> bool {
        let any = |selectors: &[Selector]| selectors.iter().any(|selector| selector.takes(rule));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{KIND_MISMATCH, MACHINE_ID, SWAP_FILE};

    #[test]
    fn names_come_back_and_are_not_shared() {
        let mut names: Vec<_> = Selector::all().map(Selector::name).collect();
        for selector in Selector::all() {
            assert_eq!(selector.name().parse(), Ok(selector));
        }
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for wrong in ["", "elf-foreign", "Preflight", "no-such-rule"] {
            assert_eq!(wrong.parse::<Selector>(), Err(SelectorError), "{wrong}");
        }
    }

    #[test]
    fn what_is_skipped_is_not_made_even_if_asked_for() {
        /// What is selected, by name, and whether three rules are taken.
        type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str], [bool; 3]);
        let named = |names: &[&str]| -> Vec<Selector> {
            names
                .iter()
                .map(|name| name.parse().expect("it is there"))
                .collect()
        };
        let cases: [Row<'_>; 6] = [
            ("all", &[], &[], [true; 3]),
            ("one", &["machine-id"], &[], [true, false, false]),
            ("a group", &["preflight"], &[], [true, true, false]),
            ("not one", &[], &["machine-id"], [false, true, true]),
            ("not a group", &[], &["preflight"], [false, false, true]),
            (
                "both",
                &["preflight"],
                &["machine-id"],
                [false, true, false],
            ),
        ];
        for (name, only, skip, expected) in cases {
            let selection = Selection {
                only: named(only),
                skip: named(skip),
            };
            let taken = [&MACHINE_ID, &SWAP_FILE, &KIND_MISMATCH].map(|rule| selection.takes(rule));
            assert_eq!(taken, expected, "{name}");
        }
    }
}
