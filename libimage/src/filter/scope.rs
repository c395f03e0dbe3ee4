//! [`Scope`]: the rules that hold in one directory.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use super::builder::{Builder, DirMerge};
use super::question::Question;
use super::{Decision, Filter, FilterError, Rule, Side};
use crate::error::SysError;
use crate::path::ImagePath;

/// Reads a file of rules in the tree that is walked; nothing if there is none.
pub type ReadInTree<'r> = dyn FnMut(&ImagePath) -> io::Result<Option<Vec<u8>>> + 'r;

/// The rules that hold in one directory: those of a [`Filter`] and those of
/// files in that directory and above.
///
/// A walk starts with [`Filter::scope`] and enters one directory after the
/// other. Each of the two trees of a transfer has scopes of its own, since the
/// files in it count. Scopes of a walk share what they have in common.
///
/// In one thing this is not rsync, which takes wildcards in the path of such a
/// file for wildcards of the anchored patterns in it.
#[derive(Clone, Debug)]
pub struct Scope<'f> {
    filter: &'f Filter,
    /// For each file that a directory may have, the rules from the deepest
    /// directory that has it.
    locals: Vec<Option<Arc<Local>>>,
}

/// The rules in the file of one directory.
#[derive(Debug)]
struct Local {
    rules: Vec<Rule>,
    /// How much of a path is the directory's, with the `/`: patterns that are
    /// anchored are so behind it.
    anchor: usize,
    /// The rules from directories above.
    above: Option<Arc<Self>>,
}

impl Filter {
    /// The rules that hold at the top of a tree.
    ///
    /// # Errors
    ///
    /// A [`FilterError`], if the top has a file of rules that cannot be read
    /// or in which something is no rule.
    pub fn scope(&self, read: &mut ReadInTree<'_>) -> Result<Scope<'_>, FilterError> {
        let scope = Scope {
            filter: self,
            locals: vec![None; self.merges.len()],
        };
        scope.enter(&ImagePath::root(), read)
    }
}

impl Scope<'_> {
    /// The rules that hold in a directory of this one.
    ///
    /// # Errors
    ///
    /// A [`FilterError`], as for [`Filter::scope`].
    pub fn enter(
        &self,
        directory: &ImagePath,
        read: &mut ReadInTree<'_>,
    ) -> Result<Self, FilterError> {
        let mut locals = Vec::with_capacity(self.locals.len());
        for ((_, merge), local) in self.filter.merges.iter().zip(&self.locals) {
            let above = local.clone().filter(|_| merge.is_inherited);
            locals.push(match self.read(merge, directory, read)? {
                None => above,
                Some(list) => Some(Arc::new(Local {
                    above: above.filter(|_| !list.is_cleared),
                    rules: list.rules,
                    anchor: match directory.as_bytes().len() {
                        0 => 0,
                        length => length + 1,
                    },
                })),
            });
        }
        Ok(Self {
            filter: self.filter,
            locals,
        })
    }

    /// Judges an entry of this directory.
    pub fn decide(&self, side: Side, path: &ImagePath, is_dir: bool) -> Decision<'_> {
        if path.is_root() {
            return Decision(None);
        }
        let place = self.filter.place(side);
        let question = Question::new(side, place, path.as_bytes(), is_dir);
        Decision(self.first(&question))
    }

    fn first(&self, question: &Question<'_>) -> Option<&Rule> {
        let rules = &self.filter.rules;
        let mut start = 0;
        for ((before, _), local) in self.filter.merges.iter().zip(&self.locals) {
            if let Some(rule) = question.first(&rules[start..*before], 0) {
                return Some(rule);
            }
            let deepest = local.as_deref();
            let mut locals = std::iter::successors(deepest, |local| local.above.as_deref());
            let rule = locals.find_map(|local| question.first(&local.rules, local.anchor));
            if rule.is_some() {
                return rule;
            }
            start = *before;
        }
        question.first(&rules[start..], 0)
    }

    /// Reads the rules in a file that a directory may have.
    fn read(
        &self,
        merge: &DirMerge,
        directory: &ImagePath,
        read: &mut ReadInTree<'_>,
    ) -> Result<Option<Builder>, FilterError> {
        let file = directory.join(&merge.name);
        let path = Path::new(OsStr::from_bytes(file.as_bytes()));
        let content = read(&file).map_err(|source| FilterError::File {
            origin: merge.origin.clone(),
            source: SysError::new("read the filter rules in", path, source),
        })?;
        let delete_excluded = self.filter.delete_excluded;
        content
            .map(|content| Builder::in_directory(&content, path, merge, delete_excluded))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, ImageError as _};
    use crate::filter::Argument;

    fn path(text: &str) -> ImagePath {
        ImagePath::new(text.as_bytes()).expect("valid")
    }

    /// Files in memory.
    type Files<'a> = &'a [(&'a str, &'a str)];

    fn read(files: Files<'_>, path: &ImagePath) -> Option<Vec<u8>> {
        let mut files = files.iter();
        let file = files.find(|(name, _)| name.as_bytes() == path.as_bytes());
        file.map(|(_, content)| content.as_bytes().to_vec())
    }

    fn filter(rules: &[&str]) -> Result<Filter, FilterError> {
        let mut builder = Builder::new().per_directory();
        for rule in rules {
            let argument = Argument::Filter(rule.as_bytes().to_vec());
            builder.argument(&argument, &mut |_| unreachable!("no file is merged"))?;
        }
        Ok(builder.build())
    }

    /// The rule that decides about an entry, in short.
    fn decide(filter: &Filter, files: Files<'_>, entry: &str) -> Result<String, FilterError> {
        let entry = path(entry);
        let mut read = |path: &ImagePath| Ok(read(files, path));
        let mut scope = filter.scope(&mut read)?;
        let slashes = entry.as_bytes().iter().enumerate();
        for (slash, _) in slashes.filter(|(_, byte)| **byte == b'/') {
            let directory = ImagePath::new(&entry.as_bytes()[..slash]).expect("valid");
            scope = scope.enter(&directory, &mut read)?;
        }
        let decision = scope.decide(Side::Sender, &entry, false);
        Ok(decision.rule().map(ToString::to_string).unwrap_or_default())
    }

    #[test]
    fn a_directorys_rules_hold_in_it_and_beneath() {
        // Rules, files, entries with what decides about them.
        type Case<'a> = (&'a [&'a str], Files<'a>, &'a [(&'a str, &'a str)]);
        let cases: &[Case<'_>] = &[
            (
                &[": .r"],
                &[("d/.r", "- a")],
                &[
                    ("a", ""),
                    ("d", ""),
                    ("d/a", "- a"),
                    ("d/e/a", "- a"),
                    ("x/a", ""),
                ],
            ),
            (
                &[": .r"],
                &[
                    (".r", "- /a\n- d/a"),
                    ("d/.r", "- /b\n- e/b"),
                    ("d/e/.r", "- /d/e/**"),
                ],
                &[
                    ("a", "- /a"),
                    ("d/a", "- d/a"),
                    ("d/b", "- /b"),
                    ("d/e/b", "- e/b"),
                    ("d/e/c", ""),
                    ("x/a", ""),
                ],
            ),
            // The deepest directory comes first.
            (
                &[": .r"],
                &[(".r", "- a\n- b"), ("d/.r", "+ a")],
                &[("a", "- a"), ("d/a", "+ a"), ("d/b", "- b")],
            ),
            // All of them stand where the rule stands that names them.
            (
                &["- a", ": .r", "- *"],
                &[(".r", "+ a\n+ b")],
                &[("a", "- a"), ("b", "+ b"), ("c", "- *")],
            ),
            (
                &[": .s", ": .r"],
                &[(".r", "+ a"), ("d/.s", "- a")],
                &[("a", "+ a"), ("d/a", "- a")],
            ),
            // Clearing is for what the same rule brought.
            (
                &["- c", ": .r"],
                &[(".r", "- a\n- b"), ("d/.r", "- b\n!\n+ e")],
                &[
                    ("a", "- a"),
                    ("d/a", ""),
                    ("d/b", ""),
                    ("d/c", "- c"),
                    ("d/e", "+ e"),
                ],
            ),
            (&[":n .r"], &[(".r", "- a")], &[("a", "- a"), ("d/a", "")]),
            (
                &[":e .r"],
                &[("d/.r", "- a")],
                &[(".r", "- .r"), ("d/.r", "- .r"), ("d/a", "- a")],
            ),
            (
                &[":sw- .r"],
                &[(".r", "a !")],
                &[("a", "-s a"), ("!", "-s !")],
            ),
            (
                &[":C"],
                &[(".cvsignore", "a b"), ("d/.cvsignore", "c")],
                &[("a", "- a"), ("d/a", ""), ("d/c", "- c")],
            ),
            // A file is read for the first rule that names it.
            (&[":r .r", ":s .r"], &[(".r", "- a")], &[("a", "")]),
            (
                &[":r .r", "- a", "!", ":s .r"],
                &[(".r", "+ a")],
                &[("a", "+s a")],
            ),
            // Wildcards in the directory's path are none of its patterns.
            (
                &[": .r"],
                &[("[d]/.r", "- /a")],
                &[("[d]/a", "- /a"), ("d/a", "")],
            ),
        ];
        for (rules, files, entries) in cases {
            let filter = filter(rules).expect("rules");
            for (entry, expected) in *entries {
                let found = decide(&filter, files, entry).expect("rules");
                assert_eq!(found, *expected, "{rules:?} {files:?}: {entry}");
            }
        }
    }

    #[test]
    fn what_is_excluded_in_a_directory_may_be_deleted_on_demand() {
        let mut builder = Builder::new().per_directory().delete_excluded();
        let argument = Argument::Filter(b": .r".to_vec());
        let added = builder.argument(&argument, &mut |_| unreachable!("no file is merged"));
        added.expect("a rule");
        let found = decide(&builder.build(), &[(".r", "- a")], "a");
        assert_eq!(found.expect("rules"), "-s a");
    }

    #[test]
    fn errors_name_the_file_of_the_directory() {
        let cases: &[(&str, &str)] = &[
            (
                "foo",
                "`d/.r` line 2: the rule `foo`: there is no such rule",
            ),
            (
                ". x",
                "`d/.r` line 2: the rule `. x`: rules in the file of a directory that name further files are not supported",
            ),
            (
                ": .r",
                "`d/.r` line 2: the rule `: .r`: rules in the file of a directory that name further files are not supported",
            ),
        ];
        let filter = filter(&[": .r"]).expect("rules");
        for (rule, expected) in cases {
            let content = format!("- a\n{rule}");
            let error = decide(&filter, &[("d/.r", &content)], "d/a").expect_err(rule);
            assert_eq!(error.to_string(), *expected);
        }
        let denied = io::ErrorKind::PermissionDenied;
        let error = filter
            .scope(&mut |_| Err(denied.into()))
            .expect_err("denied");
        assert_eq!(
            error.to_string(),
            "--filter: cannot read the filter rules in `.r`"
        );
        assert_eq!(error.kind(), ErrorKind::System);
    }

    #[test]
    fn a_directorys_file_has_a_name_and_no_path() {
        for name in ["/.r", "../.r", "a/.r", ".r/", ".", ".."] {
            let error = filter(&[&format!(": {name}")]).expect_err(name);
            assert_eq!(
                error.to_string(),
                format!(
                    "--filter: the rule `: {name}`: paths as the name of a file in each directory are not supported"
                )
            );
        }
    }
}
