//! [`Pruning`]: which directories of a node need not be looked into.

use std::sync::Arc;

use crate::filter::{Action, Filter, Pattern, Rule, Sides};
use crate::path::ImagePath;

/// On which side of a comparison a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is what would be sent.
    Source,
    /// It is what would receive.
    Target,
}

/// Rules that tell which directories of a node need not be looked into, and
/// which files need not be read.
///
/// The first that matches a directory decides, as in a filter. They are made
/// from the rules of a comparison so that a comparison never looks into what
/// they leave out, whatever there is on the other side; so they leave out less
/// than those:
///
/// - Something that is excluded on the target is compared all the same where the
///   source sends something of that name. So a rule counts for a target only if
///   it excludes on both sides, and files as well as directories: the source may
///   have a file there that takes the directory's place.
/// - Where two lists of Base Command Manager tell what is sent if it is new, only
///   rules of both lists count: what the second lets pass is looked into.
/// - A file of rules in a directory may include again what later rules exclude.
///   So only rules before the first that names such files count.
/// - An inclusion always counts.
#[derive(Clone, Debug, Default)]
pub struct Pruning {
    rules: Vec<Prune>,
}

#[derive(Clone, Debug)]
struct Prune {
    action: Action,
    pattern: Arc<Pattern>,
}

impl Prune {
    fn is_negated(&self) -> bool {
        self.pattern.modifiers().negated
    }

    fn matches(&self, path: &ImagePath, is_directory: bool) -> bool {
        self.pattern.matches(path.as_bytes(), is_directory)
    }
}

/// What to leave out, where that can be told without patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) area: Area,
    /// Whether that is about directories alone.
    pub(super) of_directories: bool,
}

/// Names without patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Area {
    /// This one.
    At(ImagePath),
    /// All that are right in this one but these.
    In(ImagePath, Vec<ImagePath>),
}

/// How many places are told: each costs time for every entry.
const MOST_PLACES: usize = 500;

impl Pruning {
    /// What a comparison by `filter`, and `new_files` if there are two lists,
    /// does not look into.
    pub fn of(role: Role, filter: &Filter, new_files: Option<&Filter>) -> Self {
        let mut rules = Vec::new();
        // Rules of the second list stand in the first in the same order.
        let mut second = new_files.map(|filter| filter.certain_rules().iter().peekable());
        for rule in filter.certain_rules() {
            let in_second = match &mut second {
                Some(rest) => rest.next_if(|next| is_same(next, rule)).is_some(),
                None => true,
            };
            let counts = match rule.action {
                Action::Exclude => in_second && excludes_always(rule, role),
                Action::Include => role == Role::Target || rule.sides != Sides::Receiver,
            };
            // Rules for names of attributes leave out no entry.
            if !counts || rule.xattr {
                continue;
            }
            if !is_expressible(rule, role) {
                match rule.action {
                    Action::Exclude => continue,
                    // All behind it might be kept by it.
                    Action::Include => break,
                }
            }
            let pattern = Pattern::new(rule.pattern.text(), rule.pattern.modifiers());
            rules.push(Prune {
                action: rule.action,
                pattern: Arc::new(pattern.expect("it was one before")),
            });
        }
        let is_understood = second.is_none_or(|mut rest| rest.next().is_none());
        Self {
            rules: if is_understood { rules } else { Vec::new() },
        }
    }

    /// Whether all is looked into.
    pub fn is_empty(&self) -> bool {
        self.rules.iter().all(|rule| rule.action == Action::Include)
    }

    /// Whether something is left out: a directory is not looked into, a file is
    /// not read. No directory above it is left out.
    pub fn leaves_out(&self, path: &ImagePath, is_directory: bool) -> bool {
        let mut rules = self.rules.iter();
        let first = rules.find(|rule| rule.matches(path, is_directory));
        first.is_some_and(|rule| rule.action == Action::Exclude)
    }

    /// The rules as a file of rules has them, a line each.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for rule in &self.rules {
            text.extend_from_slice(match (rule.action, rule.is_negated()) {
                (Action::Exclude, false) => b"- ",
                (Action::Exclude, true) => b"-! ",
                (Action::Include, false) => b"+ ",
                (Action::Include, true) => b"+! ",
            });
            text.extend_from_slice(rule.pattern.text());
            text.push(b'\n');
        }
        text
    }

    /// What of it can be told by names alone: `/scratch`, `/proc/*`.
    pub(super) fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let is_plain = rule.action == Action::Exclude && !rule.is_negated();
            if is_plain && places.len() < MOST_PLACES {
                let before = self.rules[..index].iter();
                let kept = before.filter(|rule| rule.action == Action::Include);
                let text = rule.pattern.text();
                places.extend(area(text, kept).map(|area| Place {
                    area,
                    of_directories: is_of_directories(text),
                }));
            }
        }
        places
    }
}

fn is_same(one: &Rule, two: &Rule) -> bool {
    one.origin == two.origin
        && one.action == two.action
        && one.sides == two.sides
        && one.pattern.text() == two.pattern.text()
}

/// Whether an exclusion holds for all that a comparison may ask about a
/// directory on this side.
fn excludes_always(rule: &Rule, side: Role) -> bool {
    match side {
        Role::Source => rule.sides != Sides::Receiver,
        // The last question is about a file of that name.
        Role::Target => {
            let text = rule.pattern.text();
            rule.sides == Sides::Both && !rule.perishable && !is_of_directories(text)
        }
    }
}

/// Whether a pattern may mean a directory and not a file of that name.
fn is_of_directories(text: &[u8]) -> bool {
    text.len() > 1 && text.ends_with(b"/") || text.ends_with(b"***")
}

/// Whether a rule can be given to another machine in a line of its own, and
/// says the same there.
fn is_expressible(rule: &Rule, side: Role) -> bool {
    let modifiers = rule.pattern.modifiers();
    let is_line = !rule
        .pattern
        .text()
        .iter()
        .any(|byte| matches!(byte, b'\n' | b'\r'));
    // A negated pattern for directories means every file.
    let is_turned = modifiers.negated && is_of_directories(rule.pattern.text());
    let is_turned = is_turned && side == Role::Target;
    is_line && !modifiers.absolute && !is_turned
}

/// What an exclusion means, unless inclusions before it get in the way.
fn area<'r>(text: &[u8], mut kept: impl Iterator<Item = &'r Prune>) -> Option<Area> {
    let text = text.strip_prefix(b"/")?;
    if let Some(path) = literal(text.strip_suffix(b"/").unwrap_or(text)) {
        let is_kept = kept.any(|rule| rule.matches(&path, true) || rule.matches(&path, false));
        return (!is_kept).then_some(Area::At(path));
    }
    // `dir/***` means the directory too.
    if let Some(path) = text.strip_suffix(b"/***").and_then(literal) {
        let is_kept = kept.any(|rule| rule.matches(&path, true) || rule.matches(&path, false));
        return (!is_kept).then_some(Area::At(path));
    }
    let directory = match text.strip_suffix(b"/").unwrap_or(text) {
        b"*" | b"**" => ImagePath::root(),
        text => literal(text.strip_suffix(b"/**").or(text.strip_suffix(b"/*"))?)?,
    };
    let mut but = Vec::new();
    for rule in kept {
        // Which names a pattern keeps cannot be told without names.
        let path = rule.pattern.text().strip_prefix(b"/");
        let path = path.filter(|_| !rule.is_negated())?;
        let with_content = path.strip_suffix(b"/***");
        let path = path.strip_suffix(b"/").unwrap_or(path);
        let path = literal(with_content.unwrap_or(path))?;
        if with_content.is_some() && directory.starts_with(&path) {
            return None;
        }
        if path.parent().as_ref() == Some(&directory) {
            but.push(path);
        }
    }
    Some(Area::In(directory, but))
}

/// A path that a pattern without wildcards means, if it can be one.
fn literal(text: &[u8]) -> Option<ImagePath> {
    let is_wild = text.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
    if is_wild {
        return None;
    }
    ImagePath::new(text).ok().filter(|path| !path.is_root())
}

#[cfg(test)]
mod tests;
