//! [`Mounts`]: what becomes of the names where something is mounted.

use crate::entry::{Entry, Kind, canonical_cmp};
use crate::path::ImagePath;
use crate::tree::Walked;

/// What is found out about an entry while its directory is at hand.
pub(super) enum Seen<T> {
    /// What whoever walks wants to know.
    Entry(T),
    /// Something is mounted here.
    Mount {
        /// Whether that is a directory.
        is_directory: bool,
    },
}

/// Turns names of mounts into empty directories, which have another place in
/// the order of a tree: they come from the walk among files.
///
/// What is no directory is left out, as `tar --one-file-system` does.
#[derive(Default)]
pub(super) struct Mounts {
    /// Directories that wait for their place, in their order, with the paths of
    /// those that they are in; the deepest is the last.
    waiting: Vec<(ImagePath, Vec<Entry>)>,
    count: u64,
}

/// Takes entries in the order of the tree, with what was found out unless
/// something is mounted there.
type Take<'t, T, E> = dyn FnMut(ImagePath, Entry, Option<T>) -> Result<(), E> + 't;

impl Mounts {
    /// How many names there were.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Hands an entry on, after the directories that come before it.
    pub(super) fn pass<T, E>(
        &mut self,
        walked: Walked<Seen<T>>,
        take: &mut Take<'_, T, E>,
    ) -> Result<(), E> {
        let Walked {
            path,
            mut entry,
            seen,
        } = walked;
        self.settle(Some((&path, &entry)), take)?;
        let seen = match seen {
            Seen::Mount { is_directory } => {
                self.count += 1;
                if is_directory {
                    entry.kind = Kind::Directory;
                    self.wait(path.parent().unwrap_or_default(), entry);
                }
                return Ok(());
            }
            Seen::Entry(seen) => seen,
        };
        take(path, entry, Some(seen))
    }

    /// Hands on what still waits.
    pub(super) fn end<T, E>(&mut self, take: &mut Take<'_, T, E>) -> Result<(), E> {
        self.settle(None, take)
    }

    fn wait(&mut self, parent: ImagePath, entry: Entry) {
        match self.waiting.last_mut() {
            Some((last, entries)) if *last == parent => entries.push(entry),
            _ => self.waiting.push((parent, vec![entry])),
        }
    }

    /// Hands on the directories that come before the next entry.
    fn settle<T, E>(
        &mut self,
        next: Option<(&ImagePath, &Entry)>,
        take: &mut Take<'_, T, E>,
    ) -> Result<(), E> {
        while let Some((parent, entries)) = self.waiting.last_mut() {
            entries.sort_by(Entry::canonical_cmp);
            let is_inside = next.is_some_and(|(path, _)| path.starts_with(parent));
            let due = match next {
                Some((path, next)) if is_inside => {
                    let is_beside = path.parent().as_ref() == Some(parent) && next.is_directory();
                    let comes_first = |entry: &Entry| {
                        let (one, two) = ((&*entry.name, true), (&*next.name, true));
                        is_beside && canonical_cmp(one, two).is_lt()
                    };
                    entries.partition_point(comes_first)
                }
                _ => entries.len(),
            };
            for entry in entries.drain(..due) {
                take(parent.join(&entry.name), entry, None)?;
            }
            if is_inside {
                return Ok(());
            }
            self.waiting.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Metadata;

    /// The paths that come out of a walk's paths: directories end with a slash,
    /// directories that hide something with `!`, other such names with `?`.
    fn passed(walk: &[&str]) -> Vec<String> {
        let mut seen = Vec::new();
        let mut take = |path: ImagePath, entry: Entry, _: Option<()>| {
            let slash = if entry.is_directory() { "/" } else { "" };
            seen.push(format!("{path}{slash}"));
            Ok::<(), ()>(())
        };
        let mut mounts = Mounts::default();
        for text in walk {
            let path = text.trim_end_matches(['/', '!', '?']);
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            let (kind, what) = match text.chars().last() {
                None | Some('/') => (Kind::Directory, Seen::Entry(())),
                Some('!') => (Kind::Mount, Seen::Mount { is_directory: true }),
                Some('?') => (
                    Kind::Mount,
                    Seen::Mount {
                        is_directory: false,
                    },
                ),
                Some(_) => (Kind::Fifo, Seen::Entry(())),
            };
            let entry = Entry {
                name: path.file_name().unwrap_or_default().into(),
                kind,
                metadata: Metadata::default(),
                link: None,
                content: None,
            };
            let walked = Walked {
                path,
                entry,
                seen: what,
            };
            mounts.pass(walked, &mut take).expect("nothing fails");
        }
        mounts.end(&mut take).expect("nothing fails");
        seen
    }

    #[test]
    fn hidden_directories_stand_where_directories_stand() {
        let cases: &[(&[&str], &[&str])] = &[
            (&["", "a", "b/"], &["./", "a", "b/"]),
            (
                &["", "a!", "z", "b/", "b/x"],
                &["./", "z", "a/", "b/", "b/x"],
            ),
            (
                &["", "c!", "z", "b/", "b/x", "d/"],
                &["./", "z", "b/", "b/x", "c/", "d/"],
            ),
            (&["", "a.b!", "a/", "a/x"], &["./", "a.b/", "a/", "a/x"]),
            (&["", "dev!", "etc?", "proc!"], &["./", "dev/", "proc/"]),
            (
                &["", "z!", "a/", "a/m!", "a/f", "a/b/", "b/"],
                &["./", "a/", "a/f", "a/b/", "a/m/", "b/", "z/"],
            ),
            // A mount in a directory of the same name as another's beginning.
            (&["", "a/", "a/m!", "ab/"], &["./", "a/", "a/m/", "ab/"]),
        ];
        for (walk, expected) in cases {
            assert_eq!(passed(walk), *expected, "{walk:?}");
        }
    }
}
