//! [`explain`]: which rules decide about a path.

use super::part::read;
use super::{DiffError, Options};
use crate::filter::{Filter, Side};
use crate::path::ImagePath;
use crate::tree::{Tree, resolve};

/// What a filter says about a path on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Whether it is left out, or protected from deletion.
    pub is_excluded: bool,
    /// About what the rule is: the path, or a directory above that is excluded
    /// with all that is in it.
    pub about: ImagePath,
    /// The rule, as rsync's short form has it; nothing if none matches.
    pub rule: Option<String>,
    /// Where that stands.
    pub origin: Option<String>,
}

/// What the rules of a comparison say about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it is sent.
    pub sender: Ruling,
    /// Whether it may be deleted, if only the target has it.
    pub receiver: Ruling,
    /// Whether it is sent where the target has nothing of that name, for lists
    /// with such rules.
    pub new_files: Option<Ruling>,
}

/// Tells which rules decide about a path, which may be in either tree or in
/// none.
///
/// # Errors
///
/// A [`DiffError`] if files of rules in directories cannot be read.
pub fn explain(
    source: &dyn Tree,
    target: &dyn Tree,
    path: &ImagePath,
    options: &Options,
) -> Result<Explanation, DiffError> {
    let filter = &options.filter;
    Ok(Explanation {
        sender: ruling(filter, Side::Sender, source, path)?,
        receiver: ruling(filter, Side::Receiver, target, path)?,
        new_files: match &options.new_files {
            Some(filter) => Some(ruling(filter, Side::Sender, source, path)?),
            None => None,
        },
    })
}

fn ruling(
    filter: &Filter,
    side: Side,
    tree: &dyn Tree,
    path: &ImagePath,
) -> Result<Ruling, DiffError> {
    let mut read = |path: &ImagePath| read(tree, path);
    let mut scope = filter.scope(side, &mut read)?;
    let mut about = ImagePath::root();
    let mut names = path.components().peekable();
    loop {
        let Some(name) = names.next() else {
            // The root is never excluded.
            return Ok(Ruling {
                is_excluded: false,
                about,
                rule: None,
                origin: None,
            });
        };
        about = about.join(name);
        let is_last = names.peek().is_none();
        let decision = scope.decide(side, &about, !is_last || is_directory(tree, &about));
        if is_last || decision.is_excluded() {
            return Ok(Ruling {
                is_excluded: decision.is_excluded(),
                about,
                rule: decision.rule().map(ToString::to_string),
                origin: decision.rule().map(|rule| rule.origin.to_string()),
            });
        }
        scope = scope.enter(&about, &mut read)?;
    }
}

/// Whether the tree has a directory of that name itself, not a symlink.
fn is_directory(tree: &dyn Tree, path: &ImagePath) -> bool {
    let found = resolve(tree, path.as_bytes()).ok().flatten();
    found.is_some_and(|found| found.path == *path && found.entry.is_directory())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::filter::{Argument, BcmLists, Builder};
    use crate::inspect::fake::FakeTree;

    fn path(text: &str) -> ImagePath {
        ImagePath::new(text.as_bytes()).expect("valid")
    }

    fn trees() -> (FakeTree, FakeTree) {
        let source = FakeTree::new()
            .file("etc/passwd", b"")
            .file("etc/.rules", b"- *.bak\n")
            .directory("var/log");
        (source.clone(), source.file("var/log/messages", b""))
    }

    fn shown(ruling: &Ruling) -> String {
        let rule = ruling.rule.as_deref().unwrap_or("none");
        let origin = ruling.origin.as_deref().unwrap_or("nowhere");
        let word = if ruling.is_excluded { "out" } else { "in" };
        format!("{word} {} by {rule} in {origin}", ruling.about)
    }

    #[test]
    fn the_rule_that_decides_is_named_on_both_sides() {
        let (source, target) = trees();
        let mut builder = Builder::new().per_directory();
        for rule in ["P /etc/passwd", "- /var/log/", ": .rules"] {
            let argument = Argument::Filter(rule.as_bytes().to_vec());
            let added = builder.argument(&argument, &mut |_| unreachable!("no file is named"));
            added.expect("a rule");
        }
        let options = Options {
            filter: Arc::new(builder.build()),
            ..Options::default()
        };
        for (name, sender, receiver) in [
            (
                "etc/passwd",
                "in etc/passwd by none in nowhere",
                "out etc/passwd by -r /etc/passwd in --filter",
            ),
            (
                "var/log/messages",
                "out var/log by - /var/log/ in --filter",
                "out var/log by - /var/log/ in --filter",
            ),
            (
                "etc/a.bak",
                "out etc/a.bak by - *.bak in `etc/.rules` line 1",
                "out etc/a.bak by - *.bak in `etc/.rules` line 1",
            ),
            ("", "in . by none in nowhere", "in . by none in nowhere"),
        ] {
            let path = match name {
                "" => ImagePath::root(),
                name => path(name),
            };
            let found = explain(&source, &target, &path, &options).expect("readable");
            assert_eq!(shown(&found.sender), sender, "{name}");
            assert_eq!(shown(&found.receiver), receiver, "{name}");
            assert_eq!(found.new_files, None);
        }
    }

    #[test]
    fn lists_with_new_files_have_a_third_ruling() {
        let (source, target) = trees();
        let text = b"- /etc/passwd\nno-new-files: - /var/log/*\n";
        let lists = BcmLists::parse(text, std::path::Path::new("list"), &mut |_| {
            unreachable!("no file is merged")
        });
        let lists = lists.expect("rules");
        let options = Options {
            filter: Arc::new(lists.all),
            new_files: Some(Arc::new(lists.no_new_files)),
            ..Options::default()
        };
        for (name, expected) in [
            ("etc/passwd", "in etc/passwd by none in nowhere"),
            (
                "var/log/messages",
                "out var/log/messages by - /var/log/* in `list` line 2",
            ),
        ] {
            let found = explain(&source, &target, &path(name), &options).expect("readable");
            assert!(found.sender.is_excluded, "{name}");
            assert_eq!(
                shown(&found.new_files.expect("asked for")),
                expected,
                "{name}"
            );
        }
    }
}
