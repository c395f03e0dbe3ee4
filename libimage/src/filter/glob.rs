//! [`Glob`]: a pattern with wildcards.

use super::automaton::{Around, Automaton, Place};
use super::class::{self, ByteSet};

/// A compiled pattern with wildcards.
///
/// Most texts do not match most patterns, and most of these are found out
/// without running the automaton.
#[derive(Debug)]
pub(super) struct Glob {
    automaton: Automaton,
    /// Literal bytes before the first wildcard and behind the last one.
    prefix: Box<[u8]>,
    suffix: Box<[u8]>,
    /// All literal bytes but `/`, which may stand around the text.
    needed: ByteSet,
}

impl Glob {
    /// Compiles a pattern; nothing if it cannot match any text.
    pub(super) fn new(pattern: &[u8]) -> Option<Self> {
        let places = places(pattern)?;
        let prefix = places.iter().map_while(literal).collect();
        let mut suffix: Vec<_> = places.iter().rev().map_while(literal).collect();
        suffix.reverse();
        let needed = places.iter().filter_map(literal);
        Some(Self {
            automaton: Automaton::new(&places),
            prefix,
            suffix: suffix.into(),
            needed: ByteSet::of(needed.filter(|&byte| byte != b'/')),
        })
    }

    /// Whether it matches all of a text, which has no other bytes than `bytes`.
    pub(super) fn matches(&self, text: &[u8], bytes: ByteSet, around: Around) -> bool {
        self.needed.is_within(bytes)
            && self.has_ends(text, around)
            && self.automaton.takes(text, around)
    }

    /// Whether the text has the literal ends of the pattern, of which one byte
    /// may be a `/` around the text.
    fn has_ends(&self, text: &[u8], around: Around) -> bool {
        let (mut prefix, mut suffix) = (&self.prefix[..], &self.suffix[..]);
        if around.leading_slash {
            suffix = suffix.strip_prefix(b"/").unwrap_or(suffix);
        }
        if around.trailing_slash {
            prefix = prefix.strip_suffix(b"/").unwrap_or(prefix);
        }
        text.ends_with(suffix) && (around.floating || text.starts_with(prefix))
    }
}

fn literal(place: &Place) -> Option<u8> {
    match place {
        Place::Literal(byte) => Some(*byte),
        _ => None,
    }
}

/// Takes a pattern apart; nothing if a place of it can never be passed.
fn places(pattern: &[u8]) -> Option<Vec<Place>> {
    let mut places = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let place = match byte {
            b'*' => {
                let more = rest.iter().take_while(|&&byte| byte == b'*').count();
                rest = &rest[more..];
                if more == 0 { Place::Star } else { Place::Stars }
            }
            b'?' => Place::OneOf(ByteSet::no_slash()),
            b'[' => {
                let (set, behind) = class::parse(rest)?;
                rest = behind;
                Place::OneOf(set)
            }
            b'\\' => {
                let (&byte, behind) = rest.split_first()?;
                rest = behind;
                Place::Literal(byte)
            }
            _ => Place::Literal(byte),
        };
        places.push(place);
    }
    Some(places)
}
