//! [`Automaton`]: runs a row of places over a text, in one pass.
//!
//! Each place takes one byte or, as a star, any number of them. All positions
//! in the row that the text read so far can have led to are kept as one set, a
//! bit each, and a byte moves all of them on with a few operations on words.
//! So it takes time in proportion to the text, times one for each 64 places,
//! whatever the pattern: there is nothing to go back to. (A nondeterministic
//! automaton simulated by bits, after Baeza-Yates and Gonnet, "A New Approach
//! to Text Searching", 1992.)

use super::class::ByteSet;

/// A place of a pattern.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// This byte.
    Literal(u8),
    /// One of these bytes.
    OneOf(ByteSet),
    /// `*`: any number of bytes but `/`. No star is next to another.
    Star,
    /// `**`, or more stars: any number of bytes.
    Stars,
}

impl Place {
    fn is_star(self) -> bool {
        matches!(self, Self::Star | Self::Stars)
    }

    fn takes(self, byte: u8) -> bool {
        match self {
            Self::Literal(literal) => literal == byte,
            Self::OneOf(set) => set.contains(byte),
            Self::Star => byte != b'/',
            Self::Stars => true,
        }
    }
}

/// Where in a text a match may start, and what is to be read around it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    /// It may start behind every `/`, too.
    pub(super) floating: bool,
    /// A `/` stands before the text.
    pub(super) leading_slash: bool,
    /// A `/` stands behind the text.
    pub(super) trailing_slash: bool,
}

/// A row of places, compiled.
#[derive(Debug)]
pub(super) struct Automaton {
    /// Words in a set of positions.
    words: usize,
    /// Which column of the moves a byte has; bytes that all places treat alike
    /// share one.
    columns: Box<[u8; 256]>,
    /// `words` moves for each column.
    moves: Box<[Move]>,
    /// All stars: what stands before one may be behind it as well.
    stars: Box<[u64]>,
    /// The position behind the last place.
    end: usize,
}

/// What a byte does to the positions of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Move {
    /// From these to the next: their place takes the byte and is done.
    advance: u64,
    /// These stay: their star takes the byte and may take more.
    stay: u64,
}

impl Automaton {
    pub(super) fn new(places: &[Place]) -> Self {
        let words = places.len() / 64 + 1;
        let bit = |position| 1_u64 << (position % 64);
        let mut stars = vec![0; words];
        for (position, _) in places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.is_star())
        {
            stars[position / 64] |= bit(position);
        }
        let mut columns = Box::new([0; 256]);
        let mut moves: Vec<Move> = Vec::new();
        for byte in 0..=u8::MAX {
            let mut column = vec![Move::default(); words];
            let taking = places
                .iter()
                .enumerate()
                .filter(|(_, place)| place.takes(byte));
            for (position, place) in taking {
                let to = &mut column[position / 64];
                if place.is_star() {
                    to.stay |= bit(position);
                } else {
                    to.advance |= bit(position);
                }
            }
            let known = moves.chunks(words).position(|known| known == column);
            let number = known.unwrap_or_else(|| {
                moves.extend(column);
                moves.len() / words - 1
            });
            columns[usize::from(byte)] =
                u8::try_from(number).expect("no more than there are bytes");
        }
        Self {
            words,
            columns,
            moves: moves.into(),
            stars: stars.into(),
            end: places.len(),
        }
    }

    /// Whether the places take all of the text.
    pub(super) fn takes(&self, text: &[u8], around: Around) -> bool {
        // Most patterns are short: one word, known to be one when compiled.
        match self.words {
            1 => self.run(&mut [0; 1], text, around),
            2..=4 => self.run(&mut [0; 4][..self.words], text, around),
            _ => self.run(&mut vec![0; self.words], text, around),
        }
    }

    #[inline]
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
    #[inline]
    fn start(&self, positions: &mut [u64]) {
        positions[0] |= 1 | (self.stars[0] & 1) << 1;
    }

    /// Moves all positions on by a byte; whether any is left.
    #[inline]
    fn step(&self, positions: &mut [u64], byte: u8) -> bool {
        let column = usize::from(self.columns[usize::from(byte)]) * positions.len();
        let moves = &self.moves[column..column + positions.len()];
        let (mut carried, mut passed, mut any) = (0, 0, 0);
        for ((word, moves), stars) in positions.iter_mut().zip(moves).zip(&self.stars) {
            let advancing = *word & moves.advance;
            let next = (advancing << 1) | carried | passed | (*word & moves.stay);
            carried = advancing >> 63;
            // No star is next to another, so one round passes them all.
            let passing = next & stars;
            passed = passing >> 63;
            *word = next | (passing << 1);
            any |= *word;
        }
        any != 0
    }
}
