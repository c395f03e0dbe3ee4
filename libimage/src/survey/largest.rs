//! [`Largest`]: which directories take most.

use std::collections::BTreeMap;

use crate::path::ImagePath;
use crate::size::total;

/// How deep directories are told apart: `usr/lib/firmware`.
const DEPTH: usize = 3;

/// How many are told.
const TOLD: usize = 5;

/// How many directories are counted apart; of a tree with more at that depth
/// the rest counts for those above them alone.
const MOST: usize = 1 << 16;

/// Content of files by the directories above them, in bytes.
#[derive(Default)]
pub(super) struct Largest(BTreeMap<ImagePath, u64>);

impl Largest {
    /// Counts a file.
    pub(super) fn add(&mut self, path: &ImagePath, bytes: u64) {
        let mut above = path.parent();
        while let Some(directory) = above.filter(|above| !above.is_root()) {
            above = directory.parent();
            if directory.components().count() > DEPTH {
                continue;
            }
            if let Some(sum) = self.0.get_mut(&directory) {
                *sum = total([*sum, bytes]);
            } else if self.0.len() < MOST {
                self.0.insert(directory, bytes);
            }
        }
    }

    /// The directories with most, none of them because of one directory in it
    /// alone: `usr/lib/modules` is told, not `usr/lib` and `usr` as well.
    pub(super) fn told(self) -> Vec<(ImagePath, u64)> {
        let mut inner: BTreeMap<ImagePath, u64> = BTreeMap::new();
        for (path, bytes) in &self.0 {
            if let Some(parent) = path.parent() {
                let most = inner.entry(parent).or_default();
                *most = (*most).max(*bytes);
            }
        }
        let mut told: Vec<_> = self
            .0
            .into_iter()
            .filter(|(path, bytes)| inner.get(path).is_none_or(|inner| *inner <= *bytes / 2))
            .filter(|(_, bytes)| *bytes > 0)
            .collect();
        told.sort_by(|(one, more), (other, less)| less.cmp(more).then(one.cmp(other)));
        told.truncate(TOLD);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_told_where_their_content_is() {
        let mut largest = Largest::default();
        for (path, bytes) in [
            ("usr/lib/modules/6/a.ko", 700),
            ("usr/lib/modules/7/a.ko", 600),
            ("usr/lib/firmware/x", 500),
            ("usr/bin/a", 100),
            ("usr/bin/b", 100),
            ("etc/empty", 0),
            ("file", 5000),
        ] {
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            largest.add(&path, bytes);
        }
        let told = largest.told();
        let told: Vec<_> = told
            .iter()
            .map(|(path, bytes)| (path.to_string(), *bytes))
            .collect();
        let expected = [
            ("usr/lib/modules", 1300),
            ("usr/lib/firmware", 500),
            ("usr/bin", 200),
        ];
        assert_eq!(told, expected.map(|(path, bytes)| (path.to_owned(), bytes)));
    }
}
