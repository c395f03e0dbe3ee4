//! rsync's filter rules: which entries of a tree take part in an operation.
//!
//! A [`Filter`] is an ordered list of rules; the first one that matches an
//! entry decides, and an entry that none matches takes part. What the rules
//! mean is what rsync 3.5 makes of them (`rsync(1)`, "FILTER RULES"), and is
//! tested against it. Nothing here does any I/O: files of rules are read by
//! the caller.
//!
//! | rule | on the sender | on the receiver |
//! |---|---|---|
//! | `- P`, `exclude P` | not sent | not deleted |
//! | `+ P`, `include P` | sent | may be deleted |
//! | `H P`, `hide P`, `-s P` | not sent | |
//! | `S P`, `show P`, `+s P` | sent | |
//! | `P P`, `protect P`, `-r P` | | not deleted |
//! | `R P`, `risk P`, `+r P` | | may be deleted |
//! | `. FILE`, `merge FILE` | the rules in a file stand here | the same |
//! | `: FILE`, `dir-merge FILE` | those in this file of each directory | the same |
//! | `-C` | the names that CVS ignores | the same |
//! | `!`, `clear` | all rules so far are void | the same |
//!
//! | pattern | means |
//! |---|---|
//! | `foo` | every entry of that name |
//! | `foo/` | every directory of that name |
//! | `/foo` | the one at the top of the tree |
//! | `foo/bar` | `bar` in any directory `foo` |
//! | `*` `?` `[a-z]` | any bytes, a byte, one of these bytes, never a `/` |
//! | `**` | any bytes, `/` as well |
//! | `foo/**` | all that is beneath any `foo`, but not `foo` |
//! | `foo/***` | the directory `foo` and all that is beneath |
//!
//! ```
//! use libimage::filter::{Argument, Filter, Side};
//! use libimage::path::ImagePath;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let arguments = [
//!     Argument::Include(b"*.ko".to_vec()),
//!     Argument::ExcludeFrom("excludes".into()),
//! ];
//! let mut read = |_: &std::path::Path| Ok(b"# caches\n/var/cache/*\n".to_vec());
//! let filter = Filter::new(&arguments, &mut read)?;
//!
//! let path = ImagePath::new(*b"var/cache/apt")?;
//! let decision = filter.decide(Side::Sender, &path, true);
//! assert!(decision.is_excluded());
//! let rule = decision.rule().expect("one matched");
//! assert_eq!(rule.to_string(), "- /var/cache/*");
//! assert_eq!(rule.origin.to_string(), "`excludes` line 2");
//! # Ok(())
//! # }
//! ```
//!
//! rsync never looks into a directory that it excludes, so [`Filter::decide`]
//! is asked about an entry only if none of the directories above it is
//! excluded. Whoever walks a tree from its top gets that for free; for a
//! stream without such an order, as an archive is, there is [`Beneath`].
//!
//! Rules from a file that each directory may have (`: FILE`, `dir-merge FILE`)
//! need a tree to walk: a [`Builder`] has to allow them, and [`Scope`] is what
//! judges then. Such a file may merge others and name files for the directories
//! below it, but none outside of its tree.
//!
//! Rules for the names of extended attributes (`x`) are asked by
//! [`Filter::decide_xattr`]. In the file of a directory they are refused: there
//! rsync has them hold from when it happens to read them.

mod automaton;
mod bcm;
mod beneath;
mod builder;
mod class;
mod cvs;
mod dir_merge;
mod error;
mod glob;
mod parse;
mod pattern;
mod question;
mod rule;
mod scope;
mod text;
mod within;
mod xattr;

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

pub use bcm::BcmLists;
pub use beneath::{Beneath, Excluded};
use builder::Basis;
pub use builder::{Argument, Builder, MAX_DEPTH, ReadFile};
pub use cvs::CvsNames;
use dir_merge::DirMerge;
pub use error::{Fault, FilterError};
pub use pattern::{Modifiers, Pattern, PatternError};
use question::Question;
pub use rule::{Action, Origin, Rule, Sides};
use scope::RuleList;
pub use scope::{MAX_PER_DIRECTORY, ReadInTree, Scope};

use crate::path::ImagePath;

/// On whose behalf an entry is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The sender's: an excluded entry is not sent.
    Sender,
    /// The receiver's: an excluded entry is not deleted.
    Receiver,
    /// The receiver's, in a directory that is itself to be deleted, where
    /// perishable rules do not hold.
    Removal,
}

/// An ordered list of rules.
#[derive(Debug, Default)]
pub struct Filter {
    list: RuleList,
    /// The files that each directory may have.
    merges: Vec<Arc<DirMerge>>,
    basis: Basis,
    judges_xattrs: bool,
    /// Where the trees of sender and receiver stand, without a leading `/`.
    places: [Box<[u8]>; 2],
}

/// What a filter says of an entry.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'f>(Option<&'f Rule>);

impl<'f> Decision<'f> {
    /// Whether the entry is left out, or protected from deletion.
    pub fn is_excluded(self) -> bool {
        self.0.is_some_and(|rule| rule.action == Action::Exclude)
    }

    /// The rule that decided; nothing if none matched.
    pub fn rule(self) -> Option<&'f Rule> {
        self.0
    }
}

impl Filter {
    /// Puts a filter together from options, in their order.
    ///
    /// # Errors
    ///
    /// A [`FilterError`] for the first rule that is none and the first file
    /// that cannot be read.
    pub fn new(arguments: &[Argument], read: &mut ReadFile<'_>) -> Result<Self, FilterError> {
        let mut builder = Builder::new();
        for argument in arguments {
            builder.argument(argument, read)?;
        }
        Ok(builder.build())
    }

    fn of(built: Builder) -> Self {
        let mut filter = Self {
            list: RuleList {
                rules: built.rules,
                slots: Vec::new(),
            },
            merges: Vec::new(),
            basis: built.basis,
            judges_xattrs: built.judges_xattrs,
            places: Default::default(),
        };
        for (before, merge) in built.merges {
            // A file is read once, for the first rule that names it.
            if filter.merges.iter().all(|known| known.name != merge.name) {
                filter.list.slots.push((before, filter.merges.len()));
                filter.merges.push(Arc::new(merge));
            }
        }
        filter
    }

    /// Tells where the trees of sender and receiver stand, as absolute paths,
    /// for rules with the modifier `/`.
    ///
    /// Without it these take the root of the tree for that of the file system,
    /// which it is for what runs in the tree.
    #[must_use]
    pub fn at(mut self, sender: &Path, receiver: &Path) -> Self {
        self.places = [sender, receiver].map(|path| {
            let components = path.components();
            let names = components.filter_map(|component| match component {
                std::path::Component::Normal(name) => Some(name.as_bytes()),
                _ => None,
            });
            names.collect::<Vec<_>>().join(&b'/').into()
        });
        self
    }

    /// The rules in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.list.rules
    }

    /// The rules that stand before all that files in directories may bring, and
    /// so decide whatever these say.
    pub fn certain_rules(&self) -> &[Rule] {
        let rules = self.rules();
        let end = self.list.slots.first().map(|(before, _)| *before);
        &rules[..end.unwrap_or(rules.len())]
    }

    /// Whether there are no rules, so that nothing is excluded.
    pub fn is_empty(&self) -> bool {
        self.list.rules.is_empty() && self.merges.is_empty()
    }

    /// Whether directories may have files with more rules, so that only a
    /// [`Scope`] knows them all.
    pub fn reads_directories(&self) -> bool {
        !self.merges.is_empty()
    }

    /// Judges an entry, of which no directory above is excluded.
    ///
    /// The root of a tree is never excluded. Rules from files in directories
    /// are not known here but to a [`Scope`].
    pub fn decide(&self, side: Side, path: &ImagePath, is_dir: bool) -> Decision<'_> {
        self.decide_bytes(side, path.as_bytes(), is_dir)
    }

    fn decide_bytes(&self, side: Side, path: &[u8], is_dir: bool) -> Decision<'_> {
        if path.is_empty() || self.list.rules.is_empty() {
            return Decision(None);
        }
        let question = Question::new(side, self.place(side), path, is_dir);
        Decision(question.first(&self.list.rules))
    }

    fn place(&self, side: Side) -> &[u8] {
        &self.places[usize::from(side != Side::Sender)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(rules: &[&str]) -> Filter {
        let arguments: Vec<_> = rules
            .iter()
            .map(|rule| Argument::Filter(rule.as_bytes().to_vec()))
            .collect();
        Filter::new(&arguments, &mut |_| unreachable!("names no file")).expect("rules")
    }

    fn path(text: &str) -> ImagePath {
        ImagePath::new(text.as_bytes()).expect("valid")
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let filter = filter(&["+ a.o", "- *.o", "- a*", "+ *"]);
        for (entry, excluded, rule) in [
            ("a.o", false, Some("+ a.o")),
            ("b.o", true, Some("- *.o")),
            ("a", true, Some("- a*")),
            ("b", false, Some("+ *")),
            // The root is no entry.
            ("", false, None),
        ] {
            let decision = filter.decide(Side::Sender, &path(entry), false);
            let found = decision.rule().map(ToString::to_string);
            assert_eq!(
                (decision.is_excluded(), found.as_deref()),
                (excluded, rule),
                "{entry}"
            );
        }
        let nothing = Filter::default();
        assert!(nothing.is_empty());
        let decision = nothing.decide(Side::Sender, &path("a"), false);
        assert!(!decision.is_excluded() && decision.rule().is_none());
    }

    #[test]
    fn a_rule_holds_on_its_sides() {
        let sides = [Side::Sender, Side::Receiver, Side::Removal];
        for (rule, expected) in [
            ("- a", [true, true, true]),
            ("-s a", [true, false, false]),
            ("H a", [true, false, false]),
            ("-r a", [false, true, true]),
            ("P a", [false, true, true]),
            ("-sr a", [true, true, true]),
            ("-p a", [true, true, false]),
            ("Pp a", [false, true, false]),
        ] {
            let filter = filter(&[rule]);
            let found = sides.map(|side| filter.decide(side, &path("a"), false).is_excluded());
            assert_eq!(found, expected, "{rule}");
        }
    }

    #[test]
    fn absolute_patterns_know_where_the_trees_stand() {
        let sides = [Side::Sender, Side::Receiver, Side::Removal];
        for (rule, at, expected) in [
            ("-/ /images/a/etc", Some("/images/a"), [true, false, false]),
            ("-/ /images/b/etc", Some("/images/a"), [false, true, true]),
            ("-/ a/etc", Some("/images/a/"), [true, false, false]),
            ("-/ etc", Some("/images/a"), [true, true, true]),
            ("-/ **/a/etc", Some("/images/a"), [true, false, false]),
            (
                "-/ **/images/a/etc",
                Some("/images/a"),
                [false, false, false],
            ),
            ("-/ /etc", Some("/images/a"), [false, false, false]),
            ("- /images/a/etc", Some("/images/a"), [false, false, false]),
            ("-/ /etc", Some("/"), [true, false, false]),
            ("-/ /etc", None, [true, true, true]),
        ] {
            let mut filter = filter(&[rule]);
            if let Some(at) = at {
                filter = filter.at(Path::new(at), Path::new("/images/b"));
            }
            let found = sides.map(|side| filter.decide(side, &path("etc"), true).is_excluded());
            assert_eq!(found, expected, "{rule} at {at:?}");
        }
    }
}
