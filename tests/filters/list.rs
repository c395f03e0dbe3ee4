//! Random lists of rules, as options and the files that these name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use fixtures::random::Prng;
use fixtures::tree::TreeSpec;
use libimage::filter::{Argument, Builder, Filter, FilterError};

use crate::names::pattern;

/// A list of rules as a user would give it.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) arguments: Vec<Argument>,
    /// What is in the files that the arguments name.
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
}

/// The files that rules may name.
const FILES: [&str; 3] = ["rules", "more rules", "rules_too"];

impl List {
    /// A list for a tree that stands at one of some places.
    pub(crate) fn random(prng: &mut Prng, tree: &TreeSpec, places: &[&Path]) -> Self {
        let mut writer = Writer { prng, tree, places };
        let files = FILES.map(|name| (name.into(), writer.file()));
        let count = 1 + writer.prng.below(6);
        let mut arguments: Vec<_> = (0..count).map(|_| writer.argument()).collect();
        if writer.prng.chance(25) {
            let rest: [&[u8]; 4] = [b"*", b"*/", b"/*", b"**"];
            arguments.push(Argument::Exclude(writer.prng.pick(&rest).to_vec()));
        }
        Self {
            arguments,
            files: files.into(),
        }
    }

    /// libimage's filter.
    pub(crate) fn filter(&self, delete_excluded: bool) -> Result<Filter, FilterError> {
        let mut builder = Builder::new();
        if delete_excluded {
            builder = builder.delete_excluded();
        }
        let mut read = |path: &Path| {
            let content = self.files.get(path).cloned();
            content.ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        for argument in &self.arguments {
            builder.argument(argument, &mut read)?;
        }
        Ok(builder.build())
    }

    /// The arguments for rsync.
    pub(crate) fn options(&self) -> Vec<OsString> {
        let option = |name: &str, text: &[u8]| {
            OsString::from_vec([format!("--{name}=").as_bytes(), text].concat())
        };
        let path = |path: &PathBuf| path.clone().into_os_string().into_vec();
        self.arguments
            .iter()
            .map(|argument| match argument {
                Argument::Filter(text) => option("filter", text),
                Argument::Exclude(text) => option("exclude", text),
                Argument::Include(text) => option("include", text),
                Argument::ExcludeFrom(file) => option("exclude-from", &path(file)),
                Argument::IncludeFrom(file) => option("include-from", &path(file)),
            })
            .collect()
    }

    /// The list without what it fails without, too.
    pub(crate) fn reduced(mut self, fails: impl Fn(&Self) -> bool) -> Self {
        loop {
            let smaller = self.smaller().into_iter().find(|list| fails(list));
            match smaller {
                Some(list) => self = list,
                None => return self,
            }
        }
    }

    /// Lists with one argument or one line of a file less.
    fn smaller(&self) -> Vec<Self> {
        let mut lists = Vec::new();
        for index in 0..self.arguments.len() {
            let mut list = self.clone();
            list.arguments.remove(index);
            lists.push(list);
        }
        for (path, content) in &self.files {
            let lines: Vec<_> = content.split_inclusive(|&byte| byte == b'\n').collect();
            for index in 0..lines.len() {
                let mut lines = lines.clone();
                lines.remove(index);
                let mut list = self.clone();
                list.files.insert(path.clone(), lines.concat());
                lists.push(list);
            }
        }
        lists
    }

    /// The list as text for a message.
    pub(crate) fn shown(&self) -> String {
        let mut text = String::new();
        let mut line = |what: std::fmt::Arguments<'_>| {
            writeln!(text, "  {what}").expect("a String takes everything");
        };
        for option in self.options() {
            line(format_args!("'{}'", option.into_vec().escape_ascii()));
        }
        for (path, content) in &self.files {
            if !content.is_empty() {
                line(format_args!(
                    "{}: {}",
                    path.display(),
                    content.escape_ascii()
                ));
            }
        }
        text
    }
}

/// Writes rules.
struct Writer<'a> {
    prng: &'a mut Prng,
    tree: &'a TreeSpec,
    /// Where the tree stands, here and there.
    places: &'a [&'a Path],
}

impl Writer<'_> {
    fn argument(&mut self) -> Argument {
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
        if self.prng.chance(10) {
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
        let mut modifiers = Vec::new();
        for letter in *b"s/penwr" {
            if self.prng.chance(10) {
                modifiers.push(letter);
            }
        }
        if self.prng.chance(30) {
            modifiers.push(*self.prng.pick(b"-+C"));
        }
        let file = *self.prng.pick(&FILES);
        self.put(b".", b"merge", &modifiers, file.as_bytes())
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

    fn file(&mut self) -> Vec<u8> {
        let end: [&[u8]; 3] = [b"\n", b"\r\n", b"\r"];
        let end = *self.prng.pick(&end);
        let mut content = Vec::new();
        // Most often such that it can be read as one kind of file.
        let is_simple = self.prng.chance(50);
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
