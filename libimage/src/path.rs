//! [`ImagePath`]: the only path in the core.
//!
//! Paths inside an image are bytes, relative to the tree's root and already
//! taken apart: no leading `/`, no empty, `.` or `..` component, no NUL. What
//! an archive, a manifest or a user writes is checked once, here, and every
//! layer above can join and split without asking again.

use std::borrow::Borrow;
use std::fmt;

use crate::escape::Escaped;

/// A validated path relative to the root of a tree; the empty path is the root.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ImagePath(Box<[u8]>);

/// Why some bytes are not an [`ImagePath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// It starts with `/`.
    Absolute,
    /// A component is empty, as in `a//b` or `a/`.
    EmptyComponent,
    /// A component is `.`.
    Dot,
    /// A component is `..`.
    DotDot,
    /// It holds a NUL byte, which no Linux path can.
    Nul,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absolute => "the path is absolute",
            Self::EmptyComponent => "the path has an empty component",
            Self::Dot => "the path has a `.` component",
            Self::DotDot => "the path has a `..` component",
            Self::Nul => "the path holds a NUL byte",
        })
    }
}

impl std::error::Error for PathError {}

/// Checks one component: not empty, not `.` or `..`, no `/`, no NUL.
///
/// # Errors
///
/// The [`PathError`] that names what is wrong with it.
pub fn check_component(name: &[u8]) -> Result<(), PathError> {
    match name {
        b"" => Err(PathError::EmptyComponent),
        b"." => Err(PathError::Dot),
        b".." => Err(PathError::DotDot),
        _ if name.contains(&0) => Err(PathError::Nul),
        _ if name.contains(&b'/') => Err(PathError::EmptyComponent),
        _ => Ok(()),
    }
}

impl ImagePath {
    /// The root of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// Takes bytes that must already be in the one accepted form.
    ///
    /// # Errors
    ///
    /// The first [`PathError`] found, reading from the left.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Result<Self, PathError> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Ok(Self(bytes));
        }
        if bytes[0] == b'/' {
            return Err(PathError::Absolute);
        }
        for component in bytes.split(|&byte| byte == b'/') {
            check_component(component)?;
        }
        Ok(Self(bytes))
    }

    /// The path of an entry of this directory.
    ///
    /// `name` must be a valid component, which names read from a directory
    /// and names that passed [`check_component`] are.
    #[must_use]
    pub fn join(&self, name: &[u8]) -> Self {
        debug_assert_eq!(check_component(name), Ok(()));
        if self.is_root() {
            return Self(name.into());
        }
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        bytes.push(b'/');
        bytes.extend_from_slice(name);
        Self(bytes.into())
    }

    /// The directory that holds this path, or nothing for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let end = self.0.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        Some(Self(self.0[..end].into()))
    }

    /// The last component, or nothing for the root.
    pub fn file_name(&self) -> Option<&[u8]> {
        if self.is_root() {
            return None;
        }
        self.0.rsplit(|&byte| byte == b'/').next()
    }

    /// The components from the root down; none for the root itself.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0
            .split(|&byte| byte == b'/')
            .filter(|component| !component.is_empty())
    }

    /// How many components it has.
    pub fn depth(&self) -> usize {
        self.components().count()
    }

    /// Whether it is the root of the tree.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is `base` or lies beneath it, by whole components.
    pub fn starts_with(&self, base: &Self) -> bool {
        base.is_root()
            || (self.0.starts_with(&base.0)
                && (self.0.len() == base.0.len() || self.0[base.0.len()] == b'/'))
    }

    /// The bytes, components separated by `/`, empty for the root.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for ImagePath {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

/// Shows the path as `a/b`, escaped for a terminal; the root as `.`.
impl fmt::Display for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            f.write_str(".")
        } else {
            Escaped(&self.0).fmt(f)
        }
    }
}

impl fmt::Debug for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_form_is_accepted() {
        let cases: &[(&[u8], Result<(), PathError>)] = &[
            (b"", Ok(())),
            (b"a", Ok(())),
            (b"a/b c/\xff\n", Ok(())),
            (b"...", Ok(())),
            (b"..a/.b", Ok(())),
            (b"/", Err(PathError::Absolute)),
            (b"/a", Err(PathError::Absolute)),
            (b"a/", Err(PathError::EmptyComponent)),
            (b"a//b", Err(PathError::EmptyComponent)),
            (b".", Err(PathError::Dot)),
            (b"./a", Err(PathError::Dot)),
            (b"a/./b", Err(PathError::Dot)),
            (b"..", Err(PathError::DotDot)),
            (b"a/../b", Err(PathError::DotDot)),
            (b"a\0b", Err(PathError::Nul)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(
                &ImagePath::new(*bytes).map(|_| ()),
                expected,
                "{}",
                Escaped(bytes)
            );
        }
    }

    #[test]
    fn parents_names_and_joins_agree() {
        let path = ImagePath::new(*b"usr/lib/x").expect("valid");
        assert_eq!(path.file_name(), Some(&b"x"[..]));
        assert_eq!(path.depth(), 3);
        let parent = path.parent().expect("has a parent");
        assert_eq!(parent.as_bytes(), b"usr/lib");
        assert_eq!(parent.join(b"x"), path);
        let top = ImagePath::new(*b"usr").expect("valid");
        assert_eq!(top.parent(), Some(ImagePath::root()));
        assert_eq!(ImagePath::root().join(b"usr"), top);
        assert_eq!(ImagePath::root().parent(), None);
        assert_eq!(ImagePath::root().depth(), 0);
    }

    #[test]
    fn prefixes_end_at_components() {
        let path = |text: &str| ImagePath::new(text.as_bytes()).expect("valid");
        assert!(path("dest/a").starts_with(&path("dest")));
        assert!(path("dest").starts_with(&path("dest")));
        assert!(!path("dest-evil").starts_with(&path("dest")));
        assert!(path("dest").starts_with(&ImagePath::root()));
    }
}
