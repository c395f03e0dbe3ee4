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
//! | `. FILE`, `merge FILE` | the rules in a file stand here | |
//! | `!`, `clear` | all rules so far are void | |
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
//! Not supported yet, and refused: rules from a file in each directory (`:`),
//! rules for extended attributes (`x`) and the names that CVS ignores (`-C`).

mod beneath;
mod builder;
mod class;
mod error;
mod glob;
mod parse;
mod pattern;
mod rule;

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

pub use beneath::{Beneath, Excluded};
pub use builder::{Argument, Builder, MAX_DEPTH, ReadFile};
pub use error::{Fault, FilterError};
use pattern::Subject;
pub use pattern::{Modifiers, Pattern, PatternError};
pub use rule::{Action, Origin, Rule, Sides};

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
    rules: Vec<Rule>,
    /// Whether any rule is matched against absolute paths.
    has_absolute: bool,
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

    fn of(rules: Vec<Rule>) -> Self {
        let is_absolute = |rule: &Rule| rule.pattern.modifiers().absolute;
        Self {
            has_absolute: rules.iter().any(is_absolute),
            rules,
            places: Default::default(),
        }
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
        &self.rules
    }

    /// Whether there are no rules, so that nothing is excluded.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Judges an entry, of which no directory above is excluded.
    ///
    /// The root of a tree is never excluded.
    pub fn decide(&self, side: Side, path: &ImagePath, is_dir: bool) -> Decision<'_> {
        self.decide_bytes(side, path.as_bytes(), is_dir)
    }

    fn decide_bytes(&self, side: Side, path: &[u8], is_dir: bool) -> Decision<'_> {
        if path.is_empty() {
            return Decision(None);
        }
        let place = &self.places[usize::from(side != Side::Sender)];
        let whole = (self.has_absolute && !place.is_empty()).then(|| [place, path].join(&b'/'));
        let subject = Subject::new(path, is_dir);
        let absolute = whole
            .as_ref()
            .map_or(subject, |whole| Subject::new(whole, is_dir));
        Decision(self.rules.iter().find(|rule| {
            rule.is_for(side)
                && rule.pattern.means(if rule.pattern.modifiers().absolute {
                    absolute
                } else {
                    subject
                })
        }))
    }
}
