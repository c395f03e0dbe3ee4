//! [`Within`]: which file a rule means that stands in a directory of a tree.

use super::error::Fault;
use crate::path::ImagePath;

/// The directory of a tree whose file of rules is read.
#[derive(Clone, Debug)]
pub(super) struct Within {
    pub(super) directory: ImagePath,
    /// Where the tree stands, without a leading `/`.
    pub(super) root: Box<[u8]>,
    /// The file is read on behalf of a directory below, whose rule names a
    /// path that starts here.
    pub(super) is_above: bool,
}

impl Within {
    /// How much of the path of an entry of the directory is the directory's.
    pub(super) fn anchor(&self) -> usize {
        match self.directory.as_bytes().len() {
            0 => 0,
            length => length + 1,
        }
    }

    /// The file that `merge` names.
    ///
    /// As to rsync, a path counts from the directory, a bare name from the top
    /// of the tree, and `..` takes away the name before it, whatever that is.
    pub(super) fn merged(&self, file: &[u8]) -> Result<ImagePath, Fault> {
        let is_name = !file.contains(&b'/') && !self.is_above;
        let directory = if is_name {
            b""
        } else {
            self.directory.as_bytes()
        };
        self.inside(&self.clean(directory, file))
            .ok_or(Fault::Outside)
    }

    /// Where the search for the file that `dir-merge` names starts, as an
    /// absolute path; nothing if that is the directory itself.
    pub(super) fn start(&self, file: &[u8]) -> Option<Vec<Box<[u8]>>> {
        let slash = file.iter().rposition(|&byte| byte == b'/');
        let start = match slash {
            // Behind the slash, so that one at the very start still counts.
            Some(slash) => &file[..=slash],
            None if self.is_above => b"",
            None => return None,
        };
        Some(self.clean(self.directory.as_bytes(), start))
    }

    /// The directories above this one from a place on, the topmost first: those
    /// in which rsync looks for a file that `dir-merge` names by a path. Those
    /// above the tree are no part of it.
    pub(super) fn above(&self, start: &[Box<[u8]>]) -> Vec<ImagePath> {
        let own = self.clean(self.directory.as_bytes(), b"");
        if !own.starts_with(start) {
            return Vec::new();
        }
        let outside = self.clean(b"", b"").len();
        let lengths = start.len().max(outside)..own.len();
        lengths
            .filter_map(|length| self.inside(&own[..length]))
            .collect()
    }

    /// The names on the way to a file, from the root of the file system on.
    fn clean(&self, directory: &[u8], file: &[u8]) -> Vec<Box<[u8]>> {
        let above: &[&[u8]] = match file {
            [b'/', ..] => &[],
            _ => &[&self.root, directory],
        };
        let mut names: Vec<Box<[u8]>> = Vec::new();
        for name in above
            .iter()
            .chain([&file])
            .flat_map(|path| path.split(|&byte| byte == b'/'))
        {
            match name {
                b"" | b"." => {}
                b".." => {
                    names.pop();
                }
                _ => names.push(name.into()),
            }
        }
        names
    }

    /// The path of a place in the tree; nothing if it is elsewhere.
    fn inside(&self, names: &[Box<[u8]>]) -> Option<ImagePath> {
        let root = self.clean(b"", b"");
        let names = names.strip_prefix(&root[..])?;
        ImagePath::new(names.join(&b'/')).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(is_above: bool) -> Within {
        Within {
            directory: ImagePath::new(*b"d/e").expect("valid"),
            root: (*b"images/a").into(),
            is_above,
        }
    }

    #[test]
    fn a_merged_file_is_one_of_the_tree() {
        for (file, expected) in [
            ("x", Ok("x")),
            ("./x", Ok("d/e/x")),
            ("f/x", Ok("d/e/f/x")),
            ("../x", Ok("d/x")),
            ("../../x/", Ok("x")),
            ("f/../g//./x", Ok("d/e/g/x")),
            ("/images/a/x", Ok("x")),
            ("/images/b/../a/d/x", Ok("d/x")),
            ("../../../a/x", Ok("x")),
            (".", Ok("")),
            ("..", Err(Fault::Outside)),
            ("../../../x", Err(Fault::Outside)),
            ("/x", Err(Fault::Outside)),
            ("/images/ab/x", Err(Fault::Outside)),
            ("/images", Err(Fault::Outside)),
        ] {
            let found = within(false).merged(file.as_bytes());
            let found = found.as_ref().map(ImagePath::as_bytes);
            assert_eq!(
                found,
                expected.as_ref().map(|path| path.as_bytes()),
                "{file}"
            );
        }
        let found = within(true).merged(b"x").expect("in the tree");
        assert_eq!(found.as_bytes(), b"d/e/x");
    }

    #[test]
    fn a_path_starts_a_search_above() {
        let root = "";
        for (file, expected) in [
            (".r", None),
            ("./.r", Some(vec![])),
            ("../.r", Some(vec!["d"])),
            ("../../.r", Some(vec![root, "d"])),
            ("/.r", Some(vec![root, "d"])),
            ("/images/.r", Some(vec![root, "d"])),
            ("/images/a/d/.r", Some(vec!["d"])),
            ("/images/a/d/e/.r", Some(vec![])),
            ("x/.r", Some(vec![])),
            ("/elsewhere/.r", Some(vec![])),
            ("../", Some(vec!["d"])),
        ] {
            let within = within(false);
            let found = within.start(file.as_bytes());
            let found = found.map(|start| within.above(&start));
            let expected = expected.map(|paths| {
                let paths = paths.iter().map(|path: &&str| path.as_bytes());
                paths
                    .map(|path| ImagePath::new(path).expect("valid"))
                    .collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{file}");
        }
        assert_eq!(within(true).start(b".r").map(|names| names.len()), Some(4));
    }
}
