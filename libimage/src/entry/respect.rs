//! [`Respects`]: what of entries a tree records, or a comparison leaves aside.

use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::str::FromStr;

/// Something about entries that not every record of a tree has, and that not
/// every comparison asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Respect {
    /// The mtime.
    Time = 0,
    /// The permission bits.
    Mode = 1,
    /// The owner.
    Owner = 2,
    /// The group.
    Group = 3,
    /// ACLs, beyond the mode bits.
    Acl = 4,
    /// Extended attributes that are no ACLs.
    Xattr = 5,
    /// Which names are one inode.
    Links = 6,
}

impl Respect {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Time,
        Self::Mode,
        Self::Owner,
        Self::Group,
        Self::Acl,
        Self::Xattr,
        Self::Links,
    ];

    /// The respect as a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "mtime",
            Self::Mode => "mode",
            Self::Owner => "owner",
            Self::Group => "group",
            Self::Acl => "acl",
            Self::Xattr => "xattr",
            Self::Links => "links",
        }
    }
}

/// The text is no respect in which entries can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RespectError;

impl fmt::Display for RespectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Respect::ALL.map(Respect::word).join(", ");
        write!(f, "it is none of {words}")
    }
}

impl std::error::Error for RespectError {}

/// Reads the word, or its other number (`times`, `owners`, `link`).
impl FromStr for Respect {
    type Err = RespectError;

    fn from_str(text: &str) -> Result<Self, RespectError> {
        let stem = |word: &str| {
            let word = word.strip_suffix('s').unwrap_or(word);
            word.strip_prefix('m')
                .filter(|word| *word == "time")
                .unwrap_or(word)
                .to_owned()
        };
        let given = stem(text);
        Self::ALL
            .into_iter()
            .find(|respect| stem(respect.word()) == given)
            .ok_or(RespectError)
    }
}

/// Some of the respects.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Respects(u8);

impl Respects {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// All of them.
    pub const ALL: Self = Self((1 << Respect::ALL.len()) - 1);

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Whether this one is among them.
    pub fn contains(self, respect: Respect) -> bool {
        self.0 & 1 << respect as u8 != 0
    }

    /// Those among them, in the order of [`Respect::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Respect> {
        Respect::ALL
            .into_iter()
            .filter(move |&respect| self.contains(respect))
    }
}

impl From<Respect> for Respects {
    fn from(respect: Respect) -> Self {
        Self(1 << respect as u8)
    }
}

impl FromIterator<Respect> for Respects {
    fn from_iter<I: IntoIterator<Item = Respect>>(respects: I) -> Self {
        respects
            .into_iter()
            .fold(Self::NONE, |all, one| all | one.into())
    }
}

impl BitOr for Respects {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Respects {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// All the others.
impl Not for Respects {
    type Output = Self;

    fn not(self) -> Self {
        Self(Self::ALL.0 & !self.0)
    }
}

impl fmt::Debug for Respects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Respect::word))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_either_number() {
        for respect in Respect::ALL {
            assert_eq!(respect.word().parse(), Ok(respect));
        }
        for (text, respect) in [
            ("times", Respect::Time),
            ("time", Respect::Time),
            ("xattrs", Respect::Xattr),
            ("link", Respect::Links),
        ] {
            assert_eq!(text.parse(), Ok(respect), "{text}");
        }
        for text in ["", "s", "m", "size", "atime", "Mode"] {
            assert_eq!(text.parse::<Respect>(), Err(RespectError), "{text}");
        }
    }

    #[test]
    fn sets_are_sets() {
        let some: Respects = [Respect::Time, Respect::Links].into_iter().collect();
        assert!(some.contains(Respect::Links) && !some.contains(Respect::Mode));
        assert_eq!(some | !some, Respects::ALL);
        assert_eq!(some & !some, Respects::NONE);
        assert_eq!((!some).iter().count(), Respect::ALL.len() - 2);
    }
}
