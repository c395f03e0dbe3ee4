//! Writes random rules.

use std::path::Path;

use fixtures::random::Prng;
use fixtures::tree::TreeSpec;
use libimage::filter::Argument;

use crate::attributes;
use crate::names::{join, pattern};

/// Which rules there are besides plain ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Plain,
    /// Rules that name a file which each directory may have, and such files.
    PerDirectory,
    /// Many for extended attributes.
    Xattrs,
}

/// The files that each directory may have.
pub(crate) const PER_DIRECTORY: [&str; 4] = [".r", ".s", ".cvsignore", ".rsync-filter"];

/// The files that rules in directories may merge.
pub(crate) const MERGED: [&str; 2] = ["m", ".m"];

/// The files that rules may name.
pub(crate) const FILES: [&str; 3] = ["rules", "more rules", "rules_too"];

/// Writes rules.
pub(crate) struct Writer<'a> {
    pub(crate) prng: &'a mut Prng,
    pub(crate) tree: &'a TreeSpec,
    /// Where the tree stands, here and there.
    pub(crate) places: &'a [&'a Path],
    pub(crate) sort: Sort,
    pub(crate) place: Place,
}

/// Where rules are to stand.
pub(crate) enum Place {
    /// In the list itself, or in a file that it names.
    List,
    /// In a file in this directory of the tree, which has these files for it
    /// to merge.
    Directory {
        dir: Vec<u8>,
        merged: Vec<Vec<u8>>,
        /// Whether further files may be looked for above. In a target they may
        /// be deleted by then.
        looks_above: bool,
    },
}

impl Writer<'_> {
    pub(crate) fn argument(&mut self) -> Argument {
        if self.prng.chance(5) {
            return match self.sort {
                Sort::Plain | Sort::Xattrs => Argument::Filter(self.cvs_rule()),
                Sort::PerDirectory => Argument::CvsExclude,
            };
        }
        if self.sort == Sort::PerDirectory && self.prng.chance(5) {
            return Argument::RsyncFilter;
        }
        match self.prng.below(20) {
            0..9 => Argument::Filter(self.rule()),
            9..13 => Argument::Exclude(self.simple()),
            13..16 => Argument::Include(self.simple()),
            16..18 => Argument::ExcludeFrom((*self.prng.pick(&FILES)).into()),
            _ => Argument::IncludeFrom((*self.prng.pick(&FILES)).into()),
        }
    }

    fn pattern(&mut self) -> Vec<u8> {
        pattern(self.prng, self.tree, None)
    }

    /// What `--exclude` takes.
    fn simple(&mut self) -> Vec<u8> {
        let prefix: [&[u8]; 8] = [b"", b"", b"", b"", b"- ", b"+ ", b"-_", b"-  "];
        if self.prng.chance(3) {
            return b"!".to_vec();
        }
        [*self.prng.pick(&prefix), &self.pattern()].concat()
    }

    /// What `--filter` takes.
    fn rule(&mut self) -> Vec<u8> {
        let rules: [(&[u8], &[u8]); 6] = [
            (b"-", b"exclude"),
            (b"+", b"include"),
            (b"H", b"hide"),
            (b"S", b"show"),
            (b"P", b"protect"),
            (b"R", b"risk"),
        ];
        if self.prng.chance(4) {
            return self.prng.pick(&[&b"!"[..], b"clear", b"!,"]).to_vec();
        }
        let merges = match self.sort {
            Sort::Plain | Sort::Xattrs => 10,
            Sort::PerDirectory => 30,
        };
        if self.prng.chance(merges) {
            return self.merge();
        }
        if self.prng.chance(5) {
            return self.cvs_rule();
        }
        let which = match self.prng.below(10) {
            0..4 => 0,
            4..7 => 1,
            _ => 2 + self.prng.below(4),
        };
        let is_sided = which > 1;
        let mut modifiers = Vec::new();
        for (letter, percent) in [(b'!', 8), (b'/', 8), (b'p', 8), (b's', 8), (b'r', 8)] {
            let is_allowed = !is_sided || !matches!(letter, b's' | b'r');
            if self.prng.chance(percent) && is_allowed {
                modifiers.push(letter);
            }
        }
        let xattrs = match (&self.place, self.sort) {
            (Place::Directory { .. }, _) => 0,
            (Place::List, Sort::Xattrs) => 70,
            (Place::List, _) => 4,
        };
        if self.prng.chance(xattrs) {
            modifiers.push(b'x');
            let pattern = attributes::pattern(self.prng);
            let (short, long) = rules[which];
            return self.put(short, long, &modifiers, &pattern);
        }
        let place = match self.prng.pick(self.places) {
            path if modifiers.contains(&b'/') => Some(path.as_os_str().as_encoded_bytes()),
            _ => None,
        };
        let place = place.map(|place| place.strip_prefix(b"/").unwrap_or(place));
        let pattern = pattern(self.prng, self.tree, place);
        let (short, long) = rules[which];
        self.put(short, long, &modifiers, &pattern)
    }

    /// `-C` in one of its forms; in a directory just that, for there the form
    /// counts that rsync happens to read first.
    fn cvs_rule(&mut self) -> Vec<u8> {
        if let Place::Directory { .. } = self.place {
            return b"-C".to_vec();
        }
        let rules: [(&[u8], &[u8]); 3] =
            [(b"-", b"exclude"), (b"-", b"exclude"), (b"+", b"include")];
        let (short, long) = *self.prng.pick(&rules);
        let mut modifiers = b"C".to_vec();
        for letter in *b"!/psr" {
            if self.prng.chance(10) {
                modifiers.push(letter);
            }
        }
        let behind: [&[u8]; 4] = [b"", b"", b"a", b"a b"];
        let behind = *self.prng.pick(&behind);
        self.put(short, long, &modifiers, behind)
    }

    /// What CVS is to ignore as well: often nothing.
    pub(crate) fn cvs_names(&mut self) -> Vec<u8> {
        if self.prng.chance(60) {
            return Vec::new();
        }
        let mut names = Vec::new();
        for _ in 0..self.prng.below(4) {
            let name = match self.prng.below(6) {
                0 => b"!".to_vec(),
                _ => self.pattern(),
            };
            names.extend_from_slice(&name);
            names.push(*self.prng.pick(b" \n\t"));
        }
        names
    }

    fn merge(&mut self) -> Vec<u8> {
        if self.sort == Sort::PerDirectory && self.prng.chance(70) {
            return self.dir_merge();
        }
        let (modifiers, file) = (self.merge_modifiers(), self.merged());
        self.put(b".", b"merge", &modifiers, &file)
    }

    /// A file to merge, which most often is there.
    fn merged(&mut self) -> Vec<u8> {
        let (dir, merged) = match &self.place {
            Place::List => return self.prng.pick(&FILES).as_bytes().to_vec(),
            Place::Directory { dir, merged, .. } => (dir.clone(), merged.clone()),
        };
        if merged.is_empty() || self.prng.chance(3) {
            return self.prng.pick(&MERGED).as_bytes().to_vec();
        }
        let file = self.prng.pick(&merged).clone();
        match self.prng.below(3) {
            0 => absolute(self.places[0], &file),
            // A bare name is one at the top.
            1 if !file.contains(&b'/') => file,
            _ => relative(&dir, &file),
        }
    }

    pub(crate) fn dir_merge(&mut self) -> Vec<u8> {
        let modifiers = self.merge_modifiers();
        let name = self.prng.pick(&PER_DIRECTORY).as_bytes();
        let paths = match self.place {
            Place::Directory {
                looks_above: false, ..
            } => 3..12,
            _ => 0..12,
        };
        let file = match paths.start + self.prng.below(paths.len()) {
            0 => absolute(self.places[0], name),
            1 => [b"../", name].concat(),
            2 => [b"../../", name].concat(),
            3 => [b"a/", name].concat(),
            4 => [name, b"/"].concat(),
            5 => absolute(self.places[0], &join(b"x", name)),
            6 => [b"./", name].concat(),
            _ => name.to_vec(),
        };
        self.put(b":", b"dir-merge", &modifiers, &file)
    }

    fn merge_modifiers(&mut self) -> Vec<u8> {
        let mut modifiers = Vec::new();
        for letter in *b"s/penwr" {
            if self.prng.chance(10) {
                modifiers.push(letter);
            }
        }
        if matches!(self.place, Place::List) && self.prng.chance(3) {
            modifiers.push(b'x');
        }
        if self.prng.chance(30) {
            modifiers.push(*self.prng.pick(b"-+C"));
        }
        modifiers
    }

    /// A rule in one of its spellings, sometimes a wrong one.
    fn put(&mut self, short: &[u8], long: &[u8], modifiers: &[u8], rest: &[u8]) -> Vec<u8> {
        let is_long = self.prng.chance(30);
        let comma: &[u8] = match modifiers {
            [] if self.prng.chance(97) => b"",
            _ if is_long || self.prng.chance(20) => b",",
            _ => b"",
        };
        let between: [&[u8]; 12] = [
            b" ", b" ", b" ", b" ", b" ", b" ", b" ", b" ", b"_", b"_", b"  ", b" _",
        ];
        let wrong: [&[u8]; 4] = [b"", b"\t", b", ", b"q "];
        let between = if self.prng.chance(98) {
            *self.prng.pick(&between)
        } else {
            *self.prng.pick(&wrong)
        };
        let keyword = if is_long { long } else { short };
        [keyword, comma, modifiers, between, rest].concat()
    }

    /// What is in a file, that often for `--exclude-from` rather than `merge`.
    pub(crate) fn file(&mut self, simple_percent: usize) -> Vec<u8> {
        let end: [&[u8]; 3] = [b"\n", b"\r\n", b"\r"];
        let end = *self.prng.pick(&end);
        let mut content = Vec::new();
        let is_simple = self.prng.chance(simple_percent);
        for _ in 0..self.prng.below(5) {
            let line = match self.prng.below(20) {
                0 => b"# - *".to_vec(),
                1 => b"; - *".to_vec(),
                2 => Vec::new(),
                3 => b"!".to_vec(),
                _ if is_simple => self.simple(),
                _ => self.rule(),
            };
            content.extend_from_slice(&line);
            content.extend_from_slice(end);
        }
        content
    }
}

fn absolute(place: &Path, file: &[u8]) -> Vec<u8> {
    join(place.as_os_str().as_encoded_bytes(), file)
}

/// The way from a directory to a file of the same tree, never a bare name.
fn relative(dir: &[u8], file: &[u8]) -> Vec<u8> {
    if let Some(rest) = file.strip_prefix(dir)
        && (dir.is_empty() || rest.starts_with(b"/"))
    {
        return [b"./", rest.strip_prefix(b"/").unwrap_or(rest)].concat();
    }
    let up = dir.split(|&byte| byte == b'/').count();
    [&b"../".repeat(up), file].concat()
}
