//! [`Pattern`]: which names a rule means.

use std::fmt;

use super::automaton::Around;
use super::class::ByteSet;
use super::glob::Glob;
use crate::escape::Escaped;

/// How a pattern is to be taken beyond what its text says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// `/`: it is matched against the absolute path.
    pub absolute: bool,
    /// `!`: it matches what its text does not.
    pub negated: bool,
}

/// Why some text cannot be a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternError {
    /// There is none.
    Empty,
    /// It holds a NUL byte, which no name can.
    Nul,
    /// It is longer than [`Pattern::MAX_LEN`] bytes.
    TooLong,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no pattern"),
            Self::Nul => f.write_str("the pattern holds a NUL byte"),
            Self::TooLong => write!(f, "the pattern has more than {} bytes", Pattern::MAX_LEN),
        }
    }
}

impl std::error::Error for PatternError {}

/// A compiled pattern.
///
/// Every text is a pattern: one that makes no sense, such as `[a` or `./b`,
/// matches nothing, as in rsync.
#[derive(Debug)]
pub struct Pattern {
    text: Box<[u8]>,
    modifiers: Modifiers,
    directories_only: bool,
    anchored: bool,
    /// It ends in `***`: a directory's name counts with a `/` behind it.
    takes_directory: bool,
    reach: Reach,
    body: Body,
}

/// What part of a path has to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The last component.
    Name,
    /// As many components as the pattern has, from the end.
    Tail { slashes: usize },
    /// All of it.
    Path,
    /// All of it, with a `/` before it, so that `**/foo` means a top-level
    /// `foo` too. Not so for absolute paths.
    Slashed,
    /// All of it, or all behind any `/` of it.
    Floating,
}

#[derive(Debug)]
enum Body {
    Literal(Box<[u8]>),
    Wild(Glob),
    /// A class without an end, or the like.
    Never,
}

impl Pattern {
    /// How long a pattern may be: as long as a path (`PATH_MAX` with its NUL).
    pub const MAX_LEN: usize = 4095;

    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// A [`PatternError`], if it is empty, holds a NUL or is too long.
    pub fn new(text: &[u8], modifiers: Modifiers) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.contains(&0) {
            return Err(PatternError::Nul);
        }
        if text.len() > Self::MAX_LEN {
            return Err(PatternError::TooLong);
        }
        let stripped = text.strip_suffix(b"/").filter(|rest| !rest.is_empty());
        let whole = stripped.unwrap_or(text);
        let slashes = whole.split(|&byte| byte == b'/').count() - 1;
        let anchor = whole.strip_prefix(b"/");
        let body = anchor.unwrap_or(whole);
        let has_stars = whole.windows(2).any(|two| two == b"**");
        let reach = if slashes == 0 && !has_stars {
            Reach::Name
        } else if whole.starts_with(b"**") && !modifiers.absolute {
            Reach::Slashed
        } else if whole.starts_with(b"**") || anchor.is_some() {
            Reach::Path
        } else if has_stars {
            Reach::Floating
        } else {
            Reach::Tail { slashes }
        };
        let is_wild = whole.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
        Ok(Self {
            text: text.into(),
            modifiers,
            directories_only: stripped.is_some(),
            anchored: anchor.is_some(),
            takes_directory: whole.ends_with(b"***"),
            reach,
            body: if is_wild {
                Glob::new(body).map_or(Body::Never, Body::Wild)
            } else {
                Body::Literal(body.into())
            },
        })
    }

    /// The text it was made from.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// What else was said of it.
    pub fn modifiers(&self) -> Modifiers {
        self.modifiers
    }

    /// Whether it starts with `/`, and so holds at one place of a tree only.
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// Whether it means the entry at this path, which has no `/` at its ends.
    pub fn matches(&self, path: &[u8], is_dir: bool) -> bool {
        self.means(Subject::new(path, is_dir))
    }

    pub(super) fn means(&self, subject: Subject<'_>) -> bool {
        let is_meant = (subject.is_dir || !self.directories_only) && self.body_matches(subject);
        is_meant != self.modifiers.negated
    }

    fn body_matches(&self, subject: Subject<'_>) -> bool {
        let Subject {
            path,
            name,
            bytes,
            is_dir,
        } = subject;
        match (&self.body, self.reach) {
            (Body::Literal(literal), Reach::Name) => name == &literal[..],
            (Body::Literal(literal), Reach::Tail { .. }) => path
                .strip_suffix(&literal[..])
                .is_some_and(|above| above.is_empty() || above.ends_with(b"/")),
            (Body::Literal(literal), _) => path == &literal[..],
            (Body::Wild(glob), reach) => {
                let text = match reach {
                    Reach::Name => Some(name),
                    Reach::Tail { slashes } => tail(path, slashes),
                    Reach::Path | Reach::Slashed | Reach::Floating => Some(path),
                };
                let around = Around {
                    floating: reach == Reach::Floating,
                    leading_slash: reach == Reach::Slashed,
                    trailing_slash: is_dir && self.takes_directory,
                };
                text.is_some_and(|text| glob.matches(text, bytes, around))
            }
            (Body::Never, _) => false,
        }
    }
}

/// An entry that patterns are matched against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    path: &'a [u8],
    /// The last component of the path.
    name: &'a [u8],
    /// All bytes of the path.
    bytes: ByteSet,
    is_dir: bool,
}

impl<'a> Subject<'a> {
    pub(super) fn new(path: &'a [u8], is_dir: bool) -> Self {
        let slash = path.iter().rposition(|&byte| byte == b'/');
        let name = &path[slash.map_or(0, |slash| slash + 1)..];
        Self {
            path,
            name,
            bytes: ByteSet::of(path.iter().copied()),
            is_dir,
        }
    }

    /// The same entry, its path counted behind some bytes that end in `/`.
    pub(super) fn behind(self, bytes: usize) -> Self {
        Self {
            path: &self.path[bytes..],
            ..self
        }
    }

    pub(super) fn path(self) -> &'a [u8] {
        self.path
    }

    pub(super) fn is_dir(self) -> bool {
        self.is_dir
    }
}

/// The end of a path that has this many slashes; nothing if it has fewer.
fn tail(path: &[u8], slashes: usize) -> Option<&[u8]> {
    let mut missing = slashes;
    for at in (0..path.len()).rev().filter(|&at| path[at] == b'/') {
        if missing == 0 {
            return Some(&path[at + 1..]);
        }
        missing -= 1;
    }
    (missing == 0).then_some(path)
}

/// Shows the pattern as it was written, escaped for a terminal.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.text).fmt(f)
    }
}

#[cfg(test)]
mod tests;
