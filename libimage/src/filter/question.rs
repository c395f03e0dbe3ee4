//! [`Question`]: an entry, or an attribute, put to one rule after the other.

use std::cell::OnceCell;

use super::pattern::Subject;
use super::{Rule, Side};

/// Which rule decides about an entry, or about an extended attribute.
pub(super) struct Question<'a> {
    side: Side,
    is_xattr: bool,
    subject: Subject<'a>,
    /// Where the tree stands, without a leading `/`.
    place: &'a [u8],
    /// The absolute path, without a leading `/`, once a rule wants it.
    absolute: OnceCell<Vec<u8>>,
}

impl<'a> Question<'a> {
    pub(super) fn new(side: Side, place: &'a [u8], path: &'a [u8], is_dir: bool) -> Self {
        Self {
            side,
            is_xattr: false,
            subject: Subject::new(path, is_dir),
            place,
            absolute: OnceCell::new(),
        }
    }

    /// About an attribute, whose name rsync takes for the path of a file.
    pub(super) fn about_xattr(side: Side, place: &'a [u8], name: &'a [u8]) -> Self {
        Self {
            is_xattr: true,
            ..Self::new(side, place, name, false)
        }
    }

    pub(super) fn side(&self) -> Side {
        self.side
    }

    /// The first rule that matches.
    pub(super) fn first<'r>(&self, rules: &'r [Rule]) -> Option<&'r Rule> {
        let mut rules = rules.iter();
        rules.find(|rule| {
            rule.xattr == self.is_xattr && rule.is_for(self.side) && self.is_meant(rule)
        })
    }

    fn is_meant(&self, rule: &Rule) -> bool {
        let pattern = &rule.pattern;
        if pattern.modifiers().absolute {
            let absolute = self.absolute.get_or_init(|| match self.place {
                b"" => self.subject.path().to_vec(),
                place => [place, self.subject.path()].join(&b'/'),
            });
            pattern.means(Subject::new(absolute, self.subject.is_dir()))
        } else if rule.anchor > 0 && pattern.is_anchored() {
            pattern.means(self.subject.behind(rule.anchor))
        } else {
            pattern.means(self.subject)
        }
    }
}
