//! [`Glob`]: matches text against a pattern with wildcards, in one pass.
//!
//! The pattern is a row of places, each taking one byte of a set or, for a
//! star, any number. All that could have been matched so far is kept as one
//! set of positions in that row, a bit each, and every byte of the text moves
//! it on with a few operations on words. So a match takes time in proportion
//! to the text, times one for each 64 places, whatever the pattern: there is
//! nothing to go back to. (The simulation of a nondeterministic automaton by
//! bits: Baeza-Yates and Gonnet, "A New Approach to Text Searching", 1992.)

use super::class::{self, ByteSet};

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Glob {
    /// Words in a set of positions.
    words: usize,
    table: Table,
    /// All stars: what stands before one may be behind it as well.
    stars: Box<[u64]>,
    /// The position behind the last place.
    end: usize,
    /// Literal bytes before the first wildcard and behind the last one.
    prefix: Box<[u8]>,
    suffix: Box<[u8]>,
}

/// What the places of a pattern do with each byte.
#[derive(Debug)]
struct Table {
    /// Bytes that all places treat alike share a column.
    columns: Box<[u8; 256]>,
    /// Of each column, the places that take the byte and are done.
    advance: Box<[u64]>,
    /// Of each column, the stars that take the byte and may take more.
    stay: Box<[u64]>,
}

/// Where in a text a match may start and what is put around it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    /// It may start behind every `/`, too.
    pub(super) floating: bool,
    /// A `/` stands before the text.
    pub(super) leading_slash: bool,
    /// A `/` stands behind the text.
    pub(super) trailing_slash: bool,
}

enum Place {
    Literal(u8),
    OneOf(ByteSet),
    /// `*`
    Star,
    /// `**`, or more stars.
    Stars,
}

/// As many words as are kept without an allocation: 255 places.
const INLINE: usize = 4;

impl Glob {
    /// Compiles a pattern; nothing if it cannot match any text.
    pub(super) fn new(pattern: &[u8]) -> Option<Self> {
        let places = places(pattern)?;
        let words = places.len() / 64 + 1;
        let mut stars = vec![0; words];
        for (position, place) in places.iter().enumerate() {
            if matches!(place, Place::Star | Place::Stars) {
                stars[position / 64] |= 1 << (position % 64);
            }
        }
        Some(Self {
            words,
            table: Table::new(&places, words),
            stars: stars.into(),
            end: places.len(),
            prefix: literals(places.iter()).collect(),
            suffix: {
                let mut suffix: Vec<_> = literals(places.iter().rev()).collect();
                suffix.reverse();
                suffix.into()
            },
        })
    }

    /// Whether all of the text matches.
    pub(super) fn matches(&self, text: &[u8], around: Around) -> bool {
        if !self.may_match(text, around) {
            return false;
        }
        if self.words <= INLINE {
            self.run(&mut [0; INLINE][..self.words], text, around)
        } else {
            self.run(&mut vec![0; self.words], text, around)
        }
    }

    /// Whether the text has the literal ends of the pattern, of which one byte
    /// may be a `/` around the text.
    fn may_match(&self, text: &[u8], around: Around) -> bool {
        let (mut prefix, mut suffix) = (&self.prefix[..], &self.suffix[..]);
        if around.leading_slash {
            suffix = suffix.strip_prefix(b"/").unwrap_or(suffix);
        }
        if around.trailing_slash {
            prefix = prefix.strip_suffix(b"/").unwrap_or(prefix);
        }
        text.ends_with(suffix) && (around.floating || text.starts_with(prefix))
    }

    fn run(&self, positions: &mut [u64], text: &[u8], around: Around) -> bool {
        self.start(positions);
        if around.leading_slash {
            self.step(positions, b'/');
        }
        for &byte in text {
            let is_alive = self.step(positions, byte);
            if around.floating {
                if byte == b'/' {
                    self.start(positions);
                }
            } else if !is_alive {
                return false;
            }
        }
        if around.trailing_slash {
            self.step(positions, b'/');
        }
        positions[self.end / 64] & (1 << (self.end % 64)) != 0
    }

    /// Adds the position before the first place.
    fn start(&self, positions: &mut [u64]) {
        positions[0] |= 1;
        positions[0] |= (positions[0] & self.stars[0] & 1) << 1;
    }

    /// Moves the set on by a byte; whether any position is left.
    fn step(&self, positions: &mut [u64], byte: u8) -> bool {
        let column = usize::from(self.table.columns[usize::from(byte)]) * self.words;
        let (mut moved, mut passed) = (0, 0);
        let mut any = 0;
        for (word, current) in positions.iter_mut().enumerate() {
            let advancing = *current & self.table.advance[column + word];
            let mut next = (advancing << 1) | moved | (*current & self.table.stay[column + word]);
            moved = advancing >> 63;
            // No two stars are neighbours, so one round passes them all.
            next |= passed;
            let passing = next & self.stars[word];
            next |= passing << 1;
            passed = passing >> 63;
            *current = next;
            any |= next;
        }
        any != 0
    }
}

/// The literal bytes before the first wildcard.
fn literals<'a>(places: impl Iterator<Item = &'a Place>) -> impl Iterator<Item = u8> {
    places.map_while(|place| match place {
        Place::Literal(byte) => Some(*byte),
        _ => None,
    })
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

impl Table {
    fn new(places: &[Place], words: usize) -> Self {
        let mut columns = Box::new([0; 256]);
        let (mut advance, mut stay) = (Vec::new(), Vec::new());
        let mut known = 0;
        for byte in 0..=u8::MAX {
            let (mut advancing, mut staying) = (vec![0_u64; words], vec![0_u64; words]);
            for (position, place) in places.iter().enumerate() {
                let bit = 1 << (position % 64);
                match place {
                    Place::Literal(literal) if *literal == byte => {
                        advancing[position / 64] |= bit;
                    }
                    Place::OneOf(set) if set.contains(byte) => advancing[position / 64] |= bit,
                    Place::Star if byte != b'/' => staying[position / 64] |= bit,
                    Place::Stars => staying[position / 64] |= bit,
                    Place::Literal(_) | Place::OneOf(_) | Place::Star => {}
                }
            }
            let is_like = |column: &usize| {
                let range = column * words..(column + 1) * words;
                advance[range.clone()] == advancing && stay[range] == staying
            };
            let column = (0..known).find(is_like).unwrap_or_else(|| {
                advance.extend(advancing);
                stay.extend(staying);
                known += 1;
                known - 1
            });
            columns[usize::from(byte)] =
                u8::try_from(column).expect("no more than there are bytes");
        }
        Self {
            columns,
            advance: advance.into(),
            stay: stay.into(),
        }
    }
}
