//! Exclude lists of Base Command Manager: those that come with imgtool, and
//! whether a list says what it is meant to say.

mod lists;

pub use lists::Mode;

use std::error::Error as _;
use std::path::Path;

use crate::filter::{BcmLists, Filter, FilterError, Origin, ReadFile, Rule, Side};
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
    /// Another rule before decides about all that it matches, or a line behind
    /// takes it away.
    Unreachable,
    /// A rule matches nothing in the trees.
    MatchesNothing,
    /// No rule of it holds.
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

/// Checks a list; `file` is what messages call it, and `read` reads the files
/// that it merges. Whether its rules match anything is checked in `trees`, if
/// there are any: those of both sides.
///
/// # Errors
///
/// A [`TreeError`] if a tree cannot be read, or if the monitor asks to stop.
pub fn check(
    text: &[u8],
    file: &Path,
    read: &mut ReadFile<'_>,
    trees: &[&dyn Tree],
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Remark>, TreeError> {
    let mut remarks = Vec::new();
    let mut rules: Vec<Alone> = Vec::new();
    let mut sound = Vec::new();
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let number = number + 1;
        // Lines that do not count stay as empty ones, so that the others keep
        // their numbers.
        sound.push(b'\n');
        match BcmLists::parse(line, file, read) {
            Err(error) => remarks.push(no_rule(number, line, &error)),
            Ok(lists) => {
                if clears(line, &lists.all, file, read) {
                    remarks.extend(rules.drain(..).map(|rule| cleared(&rule, number)));
                }
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
                if !lists.all.is_empty() {
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
    }
    if rules.is_empty() {
        remarks.push(Remark {
            line: None,
            matter: Matter::Empty,
            message: "no rule of it holds, so nothing on a node is protected".to_owned(),
        });
    }
    let whole = BcmLists::parse(&sound, file, read);
    let whole = whole.map(|lists| lists.all).unwrap_or_default();
    if !trees.is_empty() {
        for tree in trees {
            try_rules(*tree, (&whole, file), &mut rules, threads, monitor)?;
        }
        remarks.extend(rules.iter().filter_map(|rule| unused(rule, file)));
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

/// Whether a line takes away all rules before it, as `!` does: a rule in front
/// of its own is gone then.
fn clears(line: &[u8], own: &Filter, file: &Path, read: &mut ReadFile<'_>) -> bool {
    let behind_another = [b"- /\n", line].concat();
    BcmLists::parse(&behind_another, file, read)
        .is_ok_and(|lists| lists.all.rules().len() == own.rules().len())
}

fn cleared(rule: &Alone, line: usize) -> Remark {
    Remark {
        line: Some(rule.line),
        matter: Matter::Unreachable,
        message: format!(
            "{} never decides: line {line} takes away all rules before it",
            shown(&rule.filter)
        ),
    }
}

fn no_rule(line: usize, text: &[u8], error: &FilterError) -> Remark {
    let word = text.trim_ascii().split(|&byte| byte == b':').next();
    let is_misspelt = word.is_some_and(|word| {
        word.to_ascii_lowercase().starts_with(b"no") && word.len() < 16 && text.contains(&b':')
    });
    let hint = match error.source() {
        Some(cause) => format!(": {cause}"),
        None if is_misspelt => "; the second list is written `no-new-files: `".to_owned(),
        None => "; a rule is `- PATTERN`".to_owned(),
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

/// On each of them a rule may hold or not.
const SIDES: [Side; 2] = [Side::Sender, Side::Receiver];

/// Notes which rules match something in a tree, and which of them decide.
fn try_rules(
    tree: &dyn Tree,
    (whole, file): (&Filter, &Path),
    rules: &mut [Alone],
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<(), TreeError> {
    monitor.begin(Phase::Walk, None);
    // What lies beneath an excluded directory is decided there.
    let mut excluded = SIDES.map(|_| None::<ImagePath>);
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
                rule.matches = SIDES.iter().any(|&side| {
                    let decision = rule.filter.decide(side, path, is_directory);
                    decision.rule().is_some()
                });
            }
            for (side, excluded) in SIDES.into_iter().zip(&mut excluded) {
                let lies_in_it = |above: &ImagePath| lies_beneath(path, above);
                if excluded.as_ref().is_some_and(lies_in_it) {
                    continue;
                }
                let decision = whole.decide(side, path, is_directory);
                if let Some(line) = decision.rule().and_then(|rule| line_of(rule, file))
                    // The text of all rules begins with an empty line.
                    && let Some(rule) = rules.iter_mut().find(|rule| rule.line + 1 == line)
                {
                    rule.decides = true;
                }
                *excluded = (decision.is_excluded() && is_directory).then(|| path.clone());
            }
            Ok(())
        },
        monitor,
    )
}

/// The line where a rule stands, if it stands in the list itself.
fn line_of(rule: &Rule, file: &Path) -> Option<usize> {
    match &rule.origin {
        Origin::File { path, line } if **path == *file => Some(*line),
        _ => None,
    }
}

fn lies_beneath(path: &ImagePath, above: &ImagePath) -> bool {
    let rest = path.as_bytes().strip_prefix(above.as_bytes());
    rest.is_some_and(|rest| rest.starts_with(b"/"))
}

fn unused(rule: &Alone, file: &Path) -> Option<Remark> {
    // One for attributes is not about entries; a line that stands for many, as
    // `-C` and merged files do, need not have them all.
    let is_about_entries = |rule: &Rule| !rule.xattr && line_of(rule, file).is_some();
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
mod tests;
