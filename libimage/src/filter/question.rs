//! [`Question`]: an entry, put to one rule after the other.

use std::cell::OnceCell;

use super::pattern::{Pattern, Subject};
use super::{Rule, Side};

/// Which rule decides about an entry.
pub(super) struct Question<'a> {
    side: Side,
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
            subject: Subject::new(path, is_dir),
            place,
            absolute: OnceCell::new(),
        }
    }

    /// The first rule that matches. Patterns that are anchored are so behind
    /// this many bytes of the path.
    pub(super) fn first<'r>(&self, rules: &'r [Rule], anchor: usize) -> Option<&'r Rule> {
        let mut rules = rules.iter();
        rules.find(|rule| rule.is_for(self.side) && self.is_meant(&rule.pattern, anchor))
    }

    fn is_meant(&self, pattern: &Pattern, anchor: usize) -> bool {
        if pattern.modifiers().absolute {
            let absolute = self.absolute.get_or_init(|| match self.place {
                b"" => self.subject.path().to_vec(),
                place => [place, self.subject.path()].join(&b'/'),
            });
            pattern.means(Subject::new(absolute, self.subject.is_dir()))
        } else if anchor > 0 && pattern.is_anchored() {
            pattern.means(self.subject.behind(anchor))
        } else {
            pattern.means(self.subject)
        }
    }
}
