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
pub struct Patterns(Vec<String>);

impl Patterns {
    /// These, in their order, at most [`MOST_PATTERNS`].
    pub fn new(patterns: Vec<String>) -> Option<Self> {
        let plain = |pattern: String| match pattern.strip_prefix('/') {
            Some(plain) => plain.to_owned(),
            None => pattern,
        };
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
            matches(pattern, &components, &mut None).then_some(1 << number)
        });
        Marks(bits.fold(0, |all, bit| all | bit))
    }
}

/// Whether the pattern matches; its triplet names an architecture then.
pub(super) fn matches(pattern: &str, path: &[&[u8]], triplet: &mut Option<Architecture>) -> bool {
    match (pattern.strip_suffix('/'), path) {
        (Some(pattern), [directories @ .., _]) => matches_from(pattern, directories, triplet),
        (Some(_), []) => false,
        (None, _) => matches_from(pattern, path, triplet),
    }
}

fn matches_from(pattern: &str, path: &[&[u8]], triplet: &mut Option<Architecture>) -> bool {
    let (first, rest) = match pattern.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (pattern, None),
    };
    if first == "**" {
        let Some(rest) = rest else {
            return true;
        };
        return (0..path.len()).any(|skipped| matches_from(rest, &path[skipped..], triplet));
    }
    let Some((component, beneath)) = path.split_first() else {
        return false;
    };
    let found = match first {
        "<triplet>" | "<multiarch>" => {
            *triplet = Architecture::from_triplet(component)
                .filter(|_| first == "<triplet>" || component.windows(7).any(|w| w == b"-linux-"));
            triplet.is_some()
        }
        _ => glob(first.as_bytes(), component),
    };
    found && rest.is_none_or(|rest| matches_from(rest, beneath, triplet))
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
