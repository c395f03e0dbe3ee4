//! [`Beneath`]: whether an entry, or any directory above it, is excluded.

use super::{Filter, Rule, Side};
use crate::path::ImagePath;

/// Judges the entries of a stream in any order, each with all directories
/// above it.
///
/// The verdict on the last entry's directory is remembered, so a stream that
/// names the entries of a directory one after the other costs one decision
/// for each.
#[derive(Debug)]
pub struct Beneath<'f> {
    filter: &'f Filter,
    side: Side,
    /// The directory of the last entry.
    directory: Vec<u8>,
    /// How much of its path is excluded as a whole, and by what.
    verdict: Option<(usize, &'f Rule)>,
}

/// Why an entry is left out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Excluded<'f> {
    /// The topmost excluded directory above the entry, or the entry itself.
    pub top: ImagePath,
    /// The rule that excludes it.
    pub rule: &'f Rule,
}

impl Filter {
    /// Starts to judge the entries of a stream.
    pub fn beneath(&self, side: Side) -> Beneath<'_> {
        Beneath {
            filter: self,
            side,
            directory: Vec::new(),
            verdict: None,
        }
    }
}

impl<'f> Beneath<'f> {
    /// Judges an entry; nothing if it takes part.
    pub fn excludes(&mut self, path: &ImagePath, is_dir: bool) -> Option<Excluded<'f>> {
        if self.filter.is_empty() {
            return None;
        }
        let path = path.as_bytes();
        self.enter(&path[..last_slash(path).unwrap_or(0)]);
        let own = || Some((path.len(), self.excluding(path, is_dir)?));
        let (length, rule) = self.verdict.or_else(own)?;
        let top = ImagePath::new(&path[..length]).expect("the start of a path is one");
        Some(Excluded { top, rule })
    }

    /// Comes to a verdict on a directory.
    fn enter(&mut self, directory: &[u8]) {
        if self.directory == directory {
            return;
        }
        let shared = shared(&self.directory, directory);
        self.verdict = self.verdict.filter(|(top, _)| *top <= shared).or_else(|| {
            let ends = (shared + 1..=directory.len())
                .filter(|&end| matches!(directory.get(end), None | Some(b'/')));
            ends.map(|end| (end, self.excluding(&directory[..end], true)))
                .find_map(|(end, rule)| Some((end, rule?)))
        });
        self.directory.clear();
        self.directory.extend_from_slice(directory);
    }

    fn excluding(&self, path: &[u8], is_dir: bool) -> Option<&'f Rule> {
        let decision = self.filter.decide_bytes(self.side, path, is_dir);
        decision.rule().filter(|_| decision.is_excluded())
    }
}

fn last_slash(path: &[u8]) -> Option<usize> {
    path.iter().rposition(|&byte| byte == b'/')
}

/// The length of the last directory on the way to both of two directories.
fn shared(one: &[u8], two: &[u8]) -> usize {
    let same = one.iter().zip(two).take_while(|(a, b)| a == b).count();
    let is_whole = |path: &[u8]| matches!(path.get(same), None | Some(b'/'));
    if is_whole(one) && is_whole(two) {
        same
    } else {
        last_slash(&one[..same]).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Argument;

    fn path(text: &str) -> ImagePath {
        ImagePath::new(text.as_bytes()).expect("valid")
    }

    fn filter(rules: &[&str]) -> Filter {
        let arguments: Vec<_> = rules
            .iter()
            .map(|rule| Argument::Filter(rule.as_bytes().to_vec()))
            .collect();
        Filter::new(&arguments, &mut |_| unreachable!("names no file")).expect("valid")
    }

    #[test]
    fn what_two_directories_share_ends_at_a_component() {
        for (one, two, expected) in [
            ("", "", ""),
            ("", "a", ""),
            ("a", "a", "a"),
            ("a/b", "a", "a"),
            ("a", "ab", ""),
            ("a/b", "a/bc", "a"),
            ("a/b/c", "a/b/d", "a/b"),
            ("ab/c", "ac/c", ""),
        ] {
            let expected = expected.len();
            assert_eq!(
                shared(one.as_bytes(), two.as_bytes()),
                expected,
                "{one} {two}"
            );
            assert_eq!(
                shared(two.as_bytes(), one.as_bytes()),
                expected,
                "{two} {one}"
            );
        }
    }

    #[test]
    fn an_excluded_directory_takes_all_beneath_along() {
        let filter = filter(&["+ /a/b/keep", "- /a/b/", "- *.o"]);
        let cases = [
            // entry, is it a directory, topmost excluded
            ("a", true, None),
            ("a/b/keep", false, Some("a/b")),
            ("a/b/c/d", false, Some("a/b")),
            ("a/b", true, Some("a/b")),
            ("a/b", false, None),
            ("a/bc", true, None),
            ("a/bc/x.o", false, Some("a/bc/x.o")),
            ("x.o/a/b/c", false, Some("x.o")),
            ("x.o/z", false, Some("x.o")),
            ("z", false, None),
            ("", true, None),
        ];
        // The order makes no difference.
        for start in 0..cases.len() {
            for step in 1..cases.len() {
                let mut beneath = filter.beneath(Side::Sender);
                for turn in 0..=cases.len() {
                    let (entry, is_dir, top) = cases[(start + turn * step) % cases.len()];
                    let excluded = beneath.excludes(&path(entry), is_dir);
                    let found = excluded.map(|excluded| excluded.top);
                    assert_eq!(found, top.map(path), "{entry} from {start} by {step}");
                }
            }
        }
    }
}
