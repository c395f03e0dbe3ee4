//! Patterns for paths, and [`Patterns`]: which of several a path matches.

use super::Architecture;
use crate::path::ImagePath;

/// How many patterns there may be: a bit each in [`Marks`].
pub const MOST_PATTERNS: usize = 64;

/// Which of some [`Patterns`] a path matches, a bit each from the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(u64);

impl Marks {
    /// Whether it matches the pattern of that number.
    pub fn has(self, number: usize) -> bool {
        number < MOST_PATTERNS && self.0 & (1 << number) != 0
    }
}

/// Patterns for paths, as a policy has them.
///
/// Components are compared one by one: `*` stands for any part of a component,
/// `**` for any number of components, `<triplet>` for one like
/// `aarch64-linux-gnu`. A pattern matches a file and whatever lies beneath a
/// directory; with `/` at its end, only the latter. One at its beginning means
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// These, in their order, at most [`MOST_PATTERNS`].
    pub fn new(patterns: Vec<String>) -> Option<Self> {
        let plain = |pattern: String| Pattern::new(pattern.strip_prefix('/').unwrap_or(&pattern));
        let fits = patterns.len() <= MOST_PATTERNS;
        fits.then(|| Self(patterns.into_iter().map(plain).collect()))
    }

    /// Those that a path matches.
    pub fn marks(&self, path: &ImagePath) -> Marks {
        if self.0.is_empty() {
            return Marks::default();
        }
        let components: Vec<&[u8]> = path.components().collect();
        let bits = self.0.iter().enumerate().filter_map(|(number, pattern)| {
            pattern
                .matches(&components, &mut None)
                .then_some(1 << number)
        });
        Marks(bits.fold(0, |all, bit| all | bit))
    }
}

/// One pattern, taken apart: all files of a tree are held against all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Box<[Part]>,
    /// Whether it matches what lies beneath a directory alone.
    beneath: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Plain(Box<[u8]>),
    /// With `*` in it.
    Glob(Box<[u8]>),
    /// `**`
    Any,
    /// `<triplet>`
    Triplet,
    /// `<multiarch>`
    Multiarch,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Self {
        let path = pattern.strip_suffix('/');
        let part = |part: &str| match part {
            "**" => Part::Any,
            "<triplet>" => Part::Triplet,
            "<multiarch>" => Part::Multiarch,
            glob if glob.contains('*') => Part::Glob(glob.as_bytes().into()),
            plain => Part::Plain(plain.as_bytes().into()),
        };
        Self {
            parts: path.unwrap_or(pattern).split('/').map(part).collect(),
            beneath: path.is_some(),
        }
    }

    /// Whether it matches; its triplet names an architecture then.
    pub(super) fn matches(&self, path: &[&[u8]], triplet: &mut Option<Architecture>) -> bool {
        match (self.beneath, path) {
            (true, [directories @ .., _]) => matches(&self.parts, directories, triplet),
            (true, []) => false,
            (false, _) => matches(&self.parts, path, triplet),
        }
    }
}

/// What the pattern matches may be followed by anything.
fn matches(parts: &[Part], path: &[&[u8]], triplet: &mut Option<Architecture>) -> bool {
    let Some((first, rest)) = parts.split_first() else {
        return true;
    };
    if *first == Part::Any {
        return rest.is_empty()
            || (0..path.len()).any(|skipped| matches(rest, &path[skipped..], triplet));
    }
    let Some((component, beneath)) = path.split_first() else {
        return false;
    };
    let found = match first {
        Part::Plain(name) => **name == **component,
        Part::Glob(pattern) => glob(pattern, component),
        Part::Triplet | Part::Multiarch => {
            let is_linux = || component.windows(7).any(|part| part == b"-linux-");
            *triplet = Architecture::from_triplet(component)
                .filter(|_| *first == Part::Triplet || is_linux());
            triplet.is_some()
        }
        Part::Any => unreachable!("taken above"),
    };
    found && matches(rest, beneath, triplet)
}

/// Whether a component matches a pattern in which `*` stands for anything.
fn glob(pattern: &[u8], component: &[u8]) -> bool {
    match pattern.iter().position(|&byte| byte == b'*') {
        None => pattern == component,
        Some(star) => {
            let (start, rest) = (&pattern[..star], &pattern[star + 1..]);
            component.strip_prefix(start).is_some_and(|component| {
                (0..=component.len()).any(|skipped| glob(rest, &component[skipped..]))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_which_patterns_match() {
        let patterns = ["/opt/x/", "**/*.so", "opt/**", "usr/<triplet>/"];
        let patterns = Patterns::new(patterns.map(str::to_owned).to_vec()).expect("a few");
        for (path, expected) in [
            ("opt/x/a.so", &[0, 1, 2][..]),
            ("opt/x", &[2]),
            ("a.so", &[1]),
            ("usr/aarch64-linux-gnu/x", &[3]),
            ("usr/bin/x", &[]),
        ] {
            let marks = patterns.marks(&ImagePath::new(path.as_bytes()).expect("valid"));
            let found: Vec<_> = (0..MOST_PATTERNS).filter(|&one| marks.has(one)).collect();
            assert_eq!(found, expected, "{path}");
        }
        assert!(Patterns::new(vec![String::new(); MOST_PATTERNS + 1]).is_none());
    }

    #[test]
    fn stars_stand_for_any_part_of_a_component() {
        for (pattern, component, expected) in [
            ("grub*", "grub", true),
            ("grub*", "grub2", true),
            ("grub*", "rub", false),
            ("*a*b", "xaxb", true),
            ("*a*b", "xbxa", false),
            ("*", "", true),
            ("a", "ab", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), component.as_bytes()), expected);
        }
    }
}
