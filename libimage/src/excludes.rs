//! Exclude lists of Base Command Manager: those that come with imgtool, and
//! whether a list says what it is meant to say.

mod lists;

pub use lists::Mode;

use std::path::Path;

use crate::filter::{BcmLists, Filter, Origin, Rule, Side};
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError, walk};

/// What is to be said about a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line it is about, counted from 1; nothing for the list as a whole.
    pub line: Option<usize>,
    /// What it is.
    pub matter: Matter,
    /// In one line, safe for a terminal.
    pub message: String,
}

/// What may be wrong with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Matter {
    /// A line is no rule.
    NoRule,
    /// A rule stands there twice.
    Duplicate,
    /// Another rule before decides about all that it matches.
    Unreachable,
    /// A rule matches nothing in the trees.
    MatchesNothing,
    /// There is no rule in it at all.
    Empty,
    /// Nothing keeps a directory from being deleted that often holds data.
    Unprotected,
}

impl Matter {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoRule => "no-rule",
            Self::Duplicate => "duplicate",
            Self::Unreachable => "unreachable",
            Self::MatchesNothing => "matches-nothing",
            Self::Empty => "empty",
            Self::Unprotected => "unprotected",
        }
    }
}

/// Where nodes keep data that no image has, and that a sync deletes unless a
/// rule protects it.
pub(crate) const VALUABLE: [&str; 13] = [
    "home",
    "local",
    "opt",
    "raid",
    "root",
    "scratch",
    "srv",
    "var/lib/containerd",
    "var/lib/docker",
    "var/lib/etcd",
    "var/lib/kubelet",
    "var/lib/mysql",
    "var/lib/postgresql",
];

/// One rule by itself.
struct Alone {
    line: usize,
    text: Vec<u8>,
    filter: Filter,
    /// Whether it matches something in the trees, and decides about something.
    matches: bool,
    decides: bool,
}

/// Checks a list; `file` is what messages call it. Whether its rules match
/// anything is checked in `trees`, if there are any: those of both sides.
///
/// # Errors
///
/// A [`TreeError`] if a tree cannot be read, or if the monitor asks to stop.
pub fn check(
    text: &[u8],
    file: &Path,
    trees: &[&dyn Tree],
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Remark>, TreeError> {
    let mut remarks = Vec::new();
    let mut rules: Vec<Alone> = Vec::new();
    let mut sound = Vec::new();
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let number = number + 1;
        let refuse = |_: &Path| Err(std::io::ErrorKind::Unsupported.into());
        // Lines that do not count stay as empty ones, so that the others keep
        // their numbers.
        sound.push(b'\n');
        match BcmLists::parse(line, file, &mut { refuse }) {
            Err(error) => remarks.push(no_rule(number, line, &error)),
            Ok(lists) if lists.all.is_empty() => {}
            Ok(lists) => {
                let text = line.trim_ascii().to_vec();
                if let Some(first) = rules.iter().find(|rule| rule.text == text) {
                    remarks.push(Remark {
                        line: Some(number),
                        matter: Matter::Duplicate,
                        message: format!("{} is line {} again", shown(&lists.all), first.line),
                    });
                    continue;
                }
                sound.extend_from_slice(line);
                rules.push(Alone {
                    line: number,
                    text,
                    filter: lists.all,
                    matches: false,
                    decides: false,
                });
            }
        }
    }
    if rules.is_empty() {
        remarks.push(Remark {
            line: None,
            matter: Matter::Empty,
            message: "there is no rule in it, so nothing on a node is protected".to_owned(),
        });
    }
    let whole = BcmLists::parse(&sound, file, &mut |_| {
        Err(std::io::ErrorKind::Unsupported.into())
    });
    let whole = whole.map(|lists| lists.all).unwrap_or_default();
    if !trees.is_empty() {
        for tree in trees {
            try_rules(*tree, &whole, &mut rules, threads, monitor)?;
        }
        remarks.extend(rules.iter().filter_map(unused));
    }
    for place in VALUABLE {
        let directory = ImagePath::new(place.as_bytes()).expect("valid");
        if !is_protected(&whole, &directory.join(b"data")) {
            remarks.push(Remark {
                line: None,
                matter: Matter::Unprotected,
                message: format!("nothing keeps what is in `/{directory}` from being deleted"),
            });
        }
    }
    Ok(remarks)
}

fn shown(filter: &Filter) -> String {
    let rules = filter.rules().iter().map(|rule| format!("`{rule}`"));
    rules.collect::<Vec<_>>().join(", ")
}

fn no_rule(line: usize, text: &[u8], error: &crate::filter::FilterError) -> Remark {
    let word = text.trim_ascii().split(|&byte| byte == b':').next();
    let is_misspelt = word.is_some_and(|word| {
        word.to_ascii_lowercase().starts_with(b"no") && word.len() < 16 && text.contains(&b':')
    });
    let hint = if is_misspelt {
        "; the second list is written `no-new-files: `"
    } else {
        "; a rule is `- PATTERN`"
    };
    // It names the line, which counts from the line itself here.
    let message = error.to_string();
    let message = message.split_once(": ").map_or(&*message, |(_, rest)| rest);
    Remark {
        line: Some(line),
        matter: Matter::NoRule,
        message: format!("{message}{hint}"),
    }
}

/// Whether a path stays that only the target has.
fn is_protected(filter: &Filter, path: &ImagePath) -> bool {
    let mut above = ImagePath::root();
    let components: Vec<_> = path.components().collect();
    components.iter().enumerate().any(|(number, name)| {
        above = above.join(name);
        let is_directory = number + 1 < components.len();
        filter
            .decide(Side::Receiver, &above, is_directory)
            .is_excluded()
    })
}

/// Notes which rules match something in a tree, and which of them decide.
fn try_rules(
    tree: &dyn Tree,
    whole: &Filter,
    rules: &mut [Alone],
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    monitor.begin(Phase::Walk, None);
    // What lies beneath an excluded directory is decided there.
    let mut excluded: Option<ImagePath> = None;
    walk(
        tree,
        threads,
        |_, _| Ok(()),
        |walked| {
            let (path, is_directory) = (&walked.path, walked.entry.is_directory());
            if path.is_root() {
                return Ok::<(), TreeError>(());
            }
            for rule in rules.iter_mut().filter(|rule| !rule.matches) {
                let decision = rule.filter.decide(Side::Receiver, path, is_directory);
                rule.matches = decision.rule().is_some();
            }
            if excluded
                .as_ref()
                .is_some_and(|above| lies_beneath(path, above))
            {
                return Ok(());
            }
            let decision = whole.decide(Side::Receiver, path, is_directory);
            if let Some(decides) = decision.rule()
                && let Origin::File { line, .. } = &decides.origin
                // The text of all rules begins with an empty line.
                && let Some(rule) = rules.iter_mut().find(|rule| rule.line + 1 == *line)
            {
                rule.decides = true;
            }
            excluded = (decision.is_excluded() && is_directory).then(|| path.clone());
            Ok(())
        },
        monitor,
    )
}

fn lies_beneath(path: &ImagePath, above: &ImagePath) -> bool {
    let rest = path.as_bytes().strip_prefix(above.as_bytes());
    rest.is_some_and(|rest| rest.starts_with(b"/"))
}

fn unused(rule: &Alone) -> Option<Remark> {
    // One for attributes is not about entries; one that stands for many, as
    // `-C` does, need not have them all.
    let is_about_entries = |rule: &Rule| !rule.xattr && matches!(rule.origin, Origin::File { .. });
    if !rule.filter.rules().iter().all(is_about_entries) {
        return None;
    }
    let shown = shown(&rule.filter);
    let (matter, message) = match (rule.matches, rule.decides) {
        (_, true) => return None,
        (true, false) => (
            Matter::Unreachable,
            format!("{shown} never decides: rules before it match all that it matches"),
        ),
        (false, false) => (
            Matter::MatchesNothing,
            format!("{shown} matches nothing in the trees"),
        ),
    };
    Some(Remark {
        line: Some(rule.line),
        matter,
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::fake::FakeTree;
    use crate::monitor::Silent;

    fn remarks(text: &str, trees: &[&dyn Tree]) -> Vec<(Option<usize>, Matter)> {
        let found = check(text.as_bytes(), Path::new("list"), trees, 1, &Silent);
        let found = found.expect("readable");
        found
            .iter()
            .filter(|remark| remark.matter != Matter::Unprotected)
            .map(|remark| (remark.line, remark.matter))
            .collect()
    }

    #[test]
    fn each_kind_of_mistake_is_found() {
        let tree = FakeTree::new()
            .file("etc/fstab", b"")
            .file("var/log/messages", b"")
            .file("var/log/old/messages", b"");
        let trees: [&dyn Tree; 1] = [&tree];
        for (text, expected) in [
            ("- /etc/fstab\n", vec![]),
            ("\n# nothing\n", vec![(None, Matter::Empty)]),
            (
                "- /etc/fstab\nno-new-file: - /a\n",
                vec![(Some(2), Matter::NoRule)],
            ),
            ("/etc/fstab\n- /etc/*\n", vec![(Some(1), Matter::NoRule)]),
            ("- /etc/*\n\n- /etc/*\n", vec![(Some(3), Matter::Duplicate)]),
            (
                "- /etc/*\n- /etc/*\n- /x\n- /var/*\n",
                vec![
                    (Some(2), Matter::Duplicate),
                    (Some(3), Matter::MatchesNothing),
                ],
            ),
            (
                "- /etc/*\n- /etc/fstab\n",
                vec![(Some(2), Matter::Unreachable)],
            ),
            (
                "- /var/log/\n- messages\n",
                vec![(Some(2), Matter::Unreachable)],
            ),
            (
                "- /nowhere\n- /etc/fstab\n",
                vec![(Some(1), Matter::MatchesNothing)],
            ),
            (
                "+ /etc/fstab\n- /etc/*\n",
                vec![(Some(2), Matter::MatchesNothing)],
            ),
        ] {
            let mut expected = expected;
            if text.starts_with('+') {
                // It matches, but the one before decides.
                expected[0].1 = Matter::Unreachable;
            }
            assert_eq!(remarks(text, &trees), expected, "{text}");
        }
        assert_eq!(remarks("- /nowhere\n", &[]), []);
    }

    #[test]
    fn mistakes_are_told_in_words() {
        let found = check(b"no-new-file: - /a", Path::new("list"), &[], 1, &Silent);
        let found = found.expect("no tree is read");
        assert!(found[0].message.contains("`no-new-files: `"), "{found:?}");
    }

    #[test]
    fn what_nothing_protects_is_told() {
        let unprotected = |text: &str| {
            let found = check(text.as_bytes(), Path::new("list"), &[], 1, &Silent);
            let found = found.expect("no tree is read");
            let all = found.iter();
            all.filter(|remark| remark.matter == Matter::Unprotected)
                .count()
        };
        assert_eq!(unprotected("- /x"), VALUABLE.len());
        assert_eq!(unprotected("- /raid/*\n- /srv"), VALUABLE.len() - 2);
        // Two rules that seem to, and one that does.
        assert_eq!(
            unprotected("+ /raid/*\n- /raid/*\n- /srv/*/*\n- /opt/**"),
            VALUABLE.len() - 1
        );
    }

    #[test]
    fn the_lists_that_come_with_imgtool_are_sound() {
        for mode in Mode::ALL {
            let found = check(
                mode.list().as_bytes(),
                Path::new(mode.word()),
                &[],
                1,
                &Silent,
            );
            let found = found.expect("no tree is read");
            let wrong: Vec<_> = found
                .iter()
                .filter(|remark| remark.matter != Matter::Unprotected || mode == Mode::Update)
                // Images bring their own there.
                .filter(|remark| {
                    !["`/opt`", "`/root`"]
                        .iter()
                        .any(|own| remark.message.contains(own))
                })
                .collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}", mode.word());
        }
    }
}
