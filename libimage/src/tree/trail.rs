//! [`Trail`]: where one is in a tree whose entries come one by one.

use crate::path::ImagePath;

/// The directories from the root to the one that came last, each with something
/// of its own, while entries come in an order in which a directory is followed by
/// all that is in it.
///
/// One path is kept, however deep it is: who sends entries may be hostile.
pub(crate) struct Trail<T> {
    /// The last of them.
    at: ImagePath,
    /// What belongs to each, the root's first.
    held: Vec<T>,
}

impl<T> Trail<T> {
    /// Begins at the root.
    pub(crate) fn new(root: T) -> Self {
        Self {
            at: ImagePath::root(),
            held: vec![root],
        }
    }

    /// Goes up to a directory; nothing if it is none of these.
    pub(crate) fn up_to(&mut self, directory: &ImagePath) -> Option<&mut T> {
        while self.at != *directory {
            // The root stays.
            self.at = self.at.parent()?;
            self.held.pop();
        }
        self.held.last_mut()
    }

    /// Goes down into a directory, which is in the last of these.
    pub(crate) fn down_to(&mut self, directory: ImagePath, held: T) {
        self.at = directory;
        self.held.push(held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_leads_up_and_down() {
        let path = |text: &str| ImagePath::new(text.as_bytes()).expect("valid");
        let mut trail = Trail::new("");
        trail.down_to(path("a"), "a");
        trail.down_to(path("a/b"), "b");
        for (directory, expected) in [
            ("a/b", Some("b")),
            ("a", Some("a")),
            ("", Some("")),
            ("a", None),
        ] {
            let found = trail.up_to(&path(directory)).copied();
            assert_eq!(found, expected, "{directory}");
        }
        trail.down_to(path("a-b"), "a-b");
        assert_eq!(trail.up_to(&path("a")), None);
    }
}
