//! [`Tally`]: how many, and a few of them by name.

use crate::path::ImagePath;

/// A count with up to three examples; what is counted costs no more memory.
///
/// The examples are the first by path, so that they don't depend on the order
/// in which several threads met the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<T = ()> {
    count: u64,
    examples: Vec<(ImagePath, T)>,
}

/// How many examples are kept.
const EXAMPLES: usize = 3;

impl<T> Default for Tally<T> {
    fn default() -> Self {
        Self {
            count: 0,
            examples: Vec::new(),
        }
    }
}

impl<T> Tally<T> {
    /// Counts one more, with whatever is worth keeping about it.
    pub fn add(&mut self, path: &ImagePath, note: T) {
        self.count += 1;
        self.keep(path, note);
    }

    /// Adds what another tally counted.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        for (path, note) in other.examples {
            self.keep(&path, note);
        }
    }

    fn keep(&mut self, path: &ImagePath, note: T) {
        let at = self.examples.partition_point(|(kept, _)| kept <= path);
        if at < EXAMPLES {
            self.examples.truncate(EXAMPLES - 1);
            self.examples.insert(at, (path.clone(), note));
        }
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The examples, sorted by path.
    pub fn examples(&self) -> &[(ImagePath, T)] {
        &self.examples
    }

    /// The paths of the examples, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &ImagePath> {
        self.examples.iter().map(|(path, _)| path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_by_path_stay_in_whatever_order_they_come() {
        let path = |name: &str| ImagePath::new(name.as_bytes()).expect("valid");
        let names = ["e", "b", "a", "d", "c"];
        for turn in 0..names.len() {
            let mut one = Tally::default();
            let mut other = Tally::default();
            for (index, name) in names.iter().cycle().skip(turn).take(5).enumerate() {
                let tally = if index % 2 == 0 { &mut one } else { &mut other };
                tally.add(&path(name), ());
            }
            one.merge(other);
            assert_eq!(one.count(), 5);
            let kept: Vec<_> = one.paths().map(ToString::to_string).collect();
            assert_eq!(kept, ["a", "b", "c"]);
        }
    }
}
