//! [`parse`]: from the text of one rule to what it says.

use super::cvs::Form;
use super::error::Fault;
use super::pattern::{Modifiers, Pattern};
use super::rule::{Action, Sides};

/// How the text of a rule is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// A rule with its prefix: `--filter` and merged files.
    Rule,
    /// A pattern, unless it starts with `- ` or `+ ` or is a lone `!`:
    /// `--exclude`, `--include` and their files.
    Simple(Action),
    /// A pattern and nothing else: files merged with `-` or `+`.
    Pattern(Action),
    /// A pattern to exclude, or a lone `!`: files merged with `C`.
    Cvs,
}

/// What the rules of a merged file have from the rule that merged it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Inherited {
    /// The sides that were named; none is something else than both.
    pub(super) sides: Option<Sides>,
    pub(super) absolute: bool,
    pub(super) perishable: bool,
    /// They match directories only: the file each directory may have was named
    /// with a `/` behind its name, which rsync takes for that of a pattern.
    pub(super) directories: bool,
}

/// What the text of a rule says.
#[derive(Debug)]
pub(super) enum Parsed<'a> {
    /// Nothing: it is empty.
    Nothing,
    /// All rules so far are void.
    Clear,
    /// A pattern is included or excluded.
    Match(Match),
    /// The names that CVS ignores stand here.
    Cvs {
        form: Form,
        /// `x`, which says no more here than that attributes are judged.
        xattr: bool,
    },
    /// More rules are in a file.
    Merge(Merge<'a>),
}

/// A rule that matches names.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) action: Action,
    pub(super) sides: Option<Sides>,
    pub(super) perishable: bool,
    /// `x`: it is for the names of extended attributes.
    pub(super) xattr: bool,
    pub(super) pattern: Pattern,
}

/// A rule that names a file of rules.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a modifier or not")]
pub(super) struct Merge<'a> {
    /// Every directory has such a file (`:`).
    pub(super) per_directory: bool,
    pub(super) file: &'a [u8],
    pub(super) syntax: Syntax,
    /// `w`: rules end at blanks.
    pub(super) words: bool,
    /// `e`: the file itself is excluded.
    pub(super) excludes_file: bool,
    /// `n`: the file does not hold for subdirectories.
    pub(super) no_inheritance: bool,
    /// `x`, which the rules in the file do not inherit.
    pub(super) xattr: bool,
    pub(super) inherited: Inherited,
}

/// Reads one rule.
pub(super) fn parse(
    text: &[u8],
    syntax: Syntax,
    inherited: Inherited,
) -> Result<Parsed<'_>, Fault> {
    if text.is_empty() {
        return Ok(Parsed::Nothing);
    }
    let (action, pattern) = match syntax {
        Syntax::Rule => return rule(text, inherited),
        Syntax::Simple(_) | Syntax::Cvs if text == b"!" => return Ok(Parsed::Clear),
        Syntax::Simple(action) => match text {
            [b'-', b' ', pattern @ ..] => (Action::Exclude, pattern),
            [b'+', b' ', pattern @ ..] => (Action::Include, pattern),
            _ => (action, text),
        },
        Syntax::Pattern(action) => (action, text),
        Syntax::Cvs => (Action::Exclude, text),
    };
    let form = Form {
        action,
        negated: false,
        inherited,
    };
    Ok(Parsed::Match(matching(form, false, pattern)?))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keyword {
    Match(Action, Option<Sides>),
    Merge,
    DirMerge,
    Clear,
}

/// The rules, each by its letter and by its name.
const KEYWORDS: [(u8, &[u8], Keyword); 9] = {
    use Action::{Exclude, Include};
    use Keyword::{Clear, DirMerge, Match, Merge};
    use Sides::{Receiver, Sender};
    [
        (b'-', b"exclude", Match(Exclude, None)),
        (b'+', b"include", Match(Include, None)),
        (b'H', b"hide", Match(Exclude, Some(Sender))),
        (b'S', b"show", Match(Include, Some(Sender))),
        (b'P', b"protect", Match(Exclude, Some(Receiver))),
        (b'R', b"risk", Match(Include, Some(Receiver))),
        (b'.', b"merge", Merge),
        (b':', b"dir-merge", DirMerge),
        (b'!', b"clear", Clear),
    ]
};

fn rule(text: &[u8], inherited: Inherited) -> Result<Parsed<'_>, Fault> {
    let (keyword, rest) = keyword(text)?;
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    if keyword == Keyword::Clear {
        return match rest {
            b"" => Ok(Parsed::Clear),
            _ => Err(Fault::AfterClear),
        };
    }
    let (letters, rest) = Letters::read(keyword, rest)?;
    let sides = match keyword {
        Keyword::Match(_, Some(sides)) => Some(sides),
        _ => letters.sides(),
    };
    if sides.is_some() && inherited.sides.is_some() {
        return Err(Fault::SideTwice);
    }
    let inherited = Inherited {
        sides: sides.or(inherited.sides),
        absolute: letters.absolute || inherited.absolute,
        perishable: letters.perishable || inherited.perishable,
        directories: inherited.directories,
    };
    match keyword {
        Keyword::Match(action, _) => {
            let form = Form {
                action,
                negated: letters.negated,
                inherited,
            };
            let xattr = letters.xattr;
            // What else stands in such a rule means nothing to rsync either.
            if letters.cvs {
                return Ok(Parsed::Cvs { form, xattr });
            }
            Ok(Parsed::Match(matching(form, xattr, rest)?))
        }
        _ => letters.merge(keyword == Keyword::DirMerge, rest, inherited),
    }
}

/// Takes the keyword off.
fn keyword(text: &[u8]) -> Result<(Keyword, &[u8]), Fault> {
    for (letter, name, keyword) in KEYWORDS {
        if let Some(rest) = text.strip_prefix(&[letter]) {
            return Ok((keyword, rest));
        }
        if let Some(rest) = text.strip_prefix(name)
            && matches!(rest, [] | [b',' | b' ' | b'_', ..])
        {
            return Ok((keyword, rest));
        }
    }
    match text {
        [b' ' | b'\t', ..] => Err(Fault::BlankBefore),
        _ => Err(Fault::UnknownRule),
    }
}

/// The modifiers of a rule.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a modifier or not")]
struct Letters {
    absolute: bool,
    negated: bool,
    sender: bool,
    receiver: bool,
    perishable: bool,
    xattr: bool,
    cvs: bool,
    prefix: Option<Action>,
    excludes_file: bool,
    no_inheritance: bool,
    words: bool,
}

impl Letters {
    /// Takes the modifiers off, and the one blank or `_` behind them.
    fn read(keyword: Keyword, text: &[u8]) -> Result<(Self, &[u8]), Fault> {
        let mut letters = Self::default();
        let mut rest = text;
        while let Some((&letter, behind)) = rest.split_first() {
            rest = behind;
            if matches!(letter, b' ' | b'_') {
                break;
            }
            letters
                .take(letter, keyword)
                .ok_or(Fault::Modifier(letter))?;
        }
        Ok((letters, rest))
    }

    fn take(&mut self, letter: u8, keyword: Keyword) -> Option<()> {
        let is_merge = matches!(keyword, Keyword::Merge | Keyword::DirMerge);
        let is_sided = matches!(keyword, Keyword::Match(_, Some(_)));
        let has_prefix = self.cvs || self.prefix.is_some();
        match letter {
            b'/' => self.absolute = true,
            b'p' => self.perishable = true,
            b'x' => self.xattr = true,
            b'!' if !is_merge => self.negated = true,
            b's' if !is_sided => self.sender = true,
            b'r' if !is_sided => self.receiver = true,
            b'C' if !is_sided && !has_prefix => self.cvs = true,
            b'-' if is_merge && !has_prefix => self.prefix = Some(Action::Exclude),
            b'+' if is_merge && !has_prefix => self.prefix = Some(Action::Include),
            b'e' if is_merge => self.excludes_file = true,
            b'n' if is_merge => self.no_inheritance = true,
            b'w' if is_merge => self.words = true,
            _ => return None,
        }
        Some(())
    }

    fn sides(self) -> Option<Sides> {
        match (self.sender, self.receiver) {
            (false, false) => None,
            (true, false) => Some(Sides::Sender),
            (false, true) => Some(Sides::Receiver),
            (true, true) => Some(Sides::Both),
        }
    }

    fn merge(
        self,
        per_directory: bool,
        file: &[u8],
        mut inherited: Inherited,
    ) -> Result<Parsed<'_>, Fault> {
        let named = file;
        let file = match file.strip_suffix(b"/") {
            Some(name) if per_directory && !name.is_empty() => {
                inherited.directories = true;
                name
            }
            _ => file,
        };
        let file = match file {
            b"" if self.cvs => b".cvsignore",
            b"" => return Err(Fault::NoFile),
            _ if file.contains(&0) => return Err(Fault::FileName),
            _ => file,
        };
        Ok(Parsed::Merge(Merge {
            per_directory,
            file,
            syntax: match self.prefix {
                _ if self.cvs => Syntax::Cvs,
                Some(action) => Syntax::Pattern(action),
                None => Syntax::Rule,
            },
            words: self.words || self.cvs,
            // What ends in `/` has no name of its own to rsync.
            excludes_file: self.excludes_file && !named.ends_with(b"/"),
            no_inheritance: self.no_inheritance || self.cvs,
            xattr: self.xattr,
            inherited,
        }))
    }
}

/// A rule of this form with a pattern.
pub(super) fn matching(form: Form, xattr: bool, pattern: &[u8]) -> Result<Match, Fault> {
    let modifiers = Modifiers {
        absolute: form.inherited.absolute,
        negated: form.negated,
    };
    let directory = [pattern, b"/"].concat();
    let pattern = match pattern {
        b"" | [_, .., b'/'] => pattern,
        _ if form.inherited.directories => &directory,
        _ => pattern,
    };
    Ok(Match {
        action: form.action,
        sides: form.inherited.sides,
        perishable: form.inherited.perishable,
        xattr,
        pattern: Pattern::new(pattern, modifiers).map_err(Fault::Pattern)?,
    })
}

#[cfg(test)]
mod tests;
