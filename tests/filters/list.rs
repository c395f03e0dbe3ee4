//! Random lists of rules, as options and the files that these name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

use fixtures::random::Prng;
use fixtures::tree::{Node, TreeSpec};
use libimage::filter::{Argument, Builder, CvsNames, Filter, FilterError};

use crate::names::join;
use crate::writer::{self, FILES, MERGED, PER_DIRECTORY, Sort, Writer};

/// A list of rules as a user would give it.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) arguments: Vec<Argument>,
    /// What is in the files that the arguments name.
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
    /// What `$CVSIGNORE` holds.
    pub(crate) variable: Vec<u8>,
}

/// The user's own file for CVS, in the place that is `$HOME`.
const CVS_FILE: &str = "home/.cvsignore";

impl List {
    /// A list for a tree that stands at one of some places.
    pub(crate) fn random(prng: &mut Prng, tree: &TreeSpec, places: &[&Path], sort: Sort) -> Self {
        let mut writer = Writer {
            prng,
            tree,
            places,
            sort,
            place: writer::Place::List,
        };
        let mut files: BTreeMap<_, _> = FILES.map(|name| (name.into(), writer.file(50))).into();
        files.insert(CVS_FILE.into(), writer.cvs_names());
        let variable = writer.cvs_names();
        let count = 1 + writer.prng.below(6);
        let mut arguments: Vec<_> = (0..count).map(|_| writer.argument()).collect();
        if sort == Sort::PerDirectory {
            let at = writer.prng.below(count + 1);
            arguments.insert(at, Argument::Filter(writer.dir_merge()));
        }
        if writer.prng.chance(25) {
            let rest: [&[u8]; 4] = [b"*", b"*/", b"/*", b"**"];
            arguments.push(Argument::Exclude(writer.prng.pick(&rest).to_vec()));
        }
        Self {
            arguments,
            files,
            variable,
        }
    }

    /// Puts files of rules into some directories of a tree, which look for
    /// further ones in the directories above only if they may.
    pub(crate) fn add_to_tree(
        prng: &mut Prng,
        tree: &mut TreeSpec,
        place: &Path,
        sort: Sort,
        looks_above: bool,
    ) {
        if sort != Sort::PerDirectory {
            return;
        }
        // rsync takes wildcards in the path of a file for those of its patterns.
        let is_wild = |path: &[u8]| path.iter().any(|byte| b"*?[\\".contains(byte));
        let dirs = tree.nodes.iter();
        let dirs = dirs.filter(|node| node.is_dir() && !is_wild(&node.path));
        let mut dirs: Vec<_> = dirs.map(|dir| dir.path.clone()).collect();
        if !dirs.iter().any(Vec::is_empty) {
            dirs.push(Vec::new());
        }
        let in_dirs = |prng: &mut Prng, names: &[&str], percent| -> Vec<(Vec<u8>, Vec<u8>)> {
            let all = dirs.iter().flat_map(|dir| {
                let names = names.iter();
                names.map(|name| (dir.clone(), join(dir, name.as_bytes())))
            });
            all.filter(|_| prng.chance(percent)).collect()
        };
        let merged = in_dirs(prng, &MERGED, 25);
        let named = in_dirs(prng, &PER_DIRECTORY, 20);
        for (dir, path) in merged.iter().chain(&named) {
            let mut writer = Writer {
                prng,
                tree,
                places: &[place],
                sort,
                place: writer::Place::Directory {
                    dir: dir.clone(),
                    merged: merged.iter().map(|(_, path)| path.clone()).collect(),
                    looks_above,
                },
            };
            let content = writer.file(10);
            tree.push(Node::file(path.clone(), content));
        }
    }

    /// libimage's filter.
    pub(crate) fn filter(&self, delete_excluded: bool) -> Result<Filter, FilterError> {
        let mut builder = Builder::new().per_directory();
        if delete_excluded {
            builder = builder.delete_excluded();
        }
        self.build(builder)
    }

    /// libimage's filter, if no directory has rules of its own.
    pub(crate) fn flat_filter(&self) -> Result<Filter, FilterError> {
        self.build(Builder::new())
    }

    fn build(&self, builder: Builder) -> Result<Filter, FilterError> {
        let content = self.files.get(Path::new(CVS_FILE)).cloned();
        let content = content.ok_or_else(|| io::ErrorKind::NotFound.into());
        let mut builder = builder.cvs(CvsNames {
            file: Some((CVS_FILE.into(), content)),
            variable: self.variable.clone(),
        });
        let mut read = |path: &Path| {
            let is_name = |component| matches!(component, Component::Normal(_));
            if path == Path::new("-") {
                // Standard input, which is empty.
                return Ok(Vec::new());
            }
            if !path.components().any(is_name) {
                return Err(io::ErrorKind::IsADirectory.into());
            }
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
                Argument::RsyncFilter => "-F".into(),
                Argument::CvsExclude => "-C".into(),
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
        if !self.variable.is_empty() {
            let mut list = self.clone();
            list.variable.clear();
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
        if !self.variable.is_empty() {
            line(format_args!("CVSIGNORE: {}", self.variable.escape_ascii()));
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
