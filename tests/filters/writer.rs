//! Writes random rules.

use std::path::Path;

use fixtures::random::Prng;
use fixtures::tree::TreeSpec;
use libimage::filter::Argument;

use crate::names::pattern;

/// Whether there are rules that name a file which each directory may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PerDirectory {
    No,
    Yes,
}

/// The files that each directory may have.
pub(crate) const PER_DIRECTORY: [&str; 3] = [".r", ".s", ".cvsignore"];

/// The files that rules may name.
pub(crate) const FILES: [&str; 3] = ["rules", "more rules", "rules_too"];

/// Writes rules.
pub(crate) struct Writer<'a> {
    pub(crate) prng: &'a mut Prng,
    pub(crate) tree: &'a TreeSpec,
    /// Where the tree stands, here and there.
    pub(crate) places: &'a [&'a Path],
    pub(crate) per_directory: PerDirectory,
    /// Whether a rule may name a file.
    pub(crate) merges: bool,
}

impl Writer<'_> {
    pub(crate) fn argument(&mut self) -> Argument {
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
        let merges = match self.per_directory {
            PerDirectory::No => 10,
            PerDirectory::Yes => 30,
        };
        if self.merges && self.prng.chance(merges) {
            return self.merge();
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
        let place = match self.prng.pick(self.places) {
            path if modifiers.contains(&b'/') => Some(path.as_os_str().as_encoded_bytes()),
            _ => None,
        };
        let place = place.map(|place| place.strip_prefix(b"/").unwrap_or(place));
        let pattern = pattern(self.prng, self.tree, place);
        let (short, long) = rules[which];
        self.put(short, long, &modifiers, &pattern)
    }

    fn merge(&mut self) -> Vec<u8> {
        if self.per_directory == PerDirectory::Yes && self.prng.chance(80) {
            return self.dir_merge();
        }
        let (modifiers, file) = (self.merge_modifiers(), *self.prng.pick(&FILES));
        self.put(b".", b"merge", &modifiers, file.as_bytes())
    }

    pub(crate) fn dir_merge(&mut self) -> Vec<u8> {
        let (modifiers, file) = (self.merge_modifiers(), *self.prng.pick(&PER_DIRECTORY));
        self.put(b":", b"dir-merge", &modifiers, file.as_bytes())
    }

    fn merge_modifiers(&mut self) -> Vec<u8> {
        let mut modifiers = Vec::new();
        for letter in *b"s/penwr" {
            if self.prng.chance(10) {
                modifiers.push(letter);
            }
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
