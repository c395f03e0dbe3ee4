//! What a sync said that it does, against what a comparison says.
//!
//! The log is rsync's own: with names alone, as `rsync -v` and Base Command
//! Manager's `synclog` have them, or itemized (`rsync -i`, `--log-file`).

mod line;

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, Read as _};

use self::line::{Class, Line};
use crate::diff::{Action, Change, Charset};
use crate::entry::Kind;
use crate::error::{ErrorKind, ImageError};
use crate::monitor::{self, Cancelled, Monitor};

/// Longest line of a log that is looked at, in bytes: two paths, each byte
/// escaped.
const LONGEST_LINE: u64 = 1 << 16;

/// How a log and a comparison agree.
#[derive(Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agreement {
    /// Changes that both tell of.
    pub confirmed: u64,
    /// Changes that the comparison tells of and the log does not, though it
    /// would show them: their places among the changes.
    pub unconfirmed: Vec<usize>,
    /// Changes that a log of names does not show: of owner, mode, times and
    /// attributes of what is no directory, and what a sync would miss.
    pub silent: u64,
    /// Lines of the log that no change stands for.
    pub unforeseen: Vec<Said>,
    /// Changes that the log tells of otherwise: their places among the changes,
    /// and its lines.
    pub otherwise: Vec<(usize, Said)>,
    /// What the log says went wrong.
    pub problems: Vec<Said>,
    /// Whether its lines are itemized.
    pub is_itemized: bool,
}

impl Agreement {
    /// Whether the two tell the same, as far as the log can, and nothing went
    /// wrong.
    pub fn is_whole(&self) -> bool {
        self.unconfirmed.is_empty()
            && self.unforeseen.is_empty()
            && self.otherwise.is_empty()
            && self.problems.is_empty()
    }
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its number, from 1.
    pub number: u64,
    /// The line as it stands there, its end included only in part if it is very
    /// long. It is hostile, as all names are.
    pub text: Box<[u8]>,
}

/// Why a log could not be compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogError {
    /// Reading it failed.
    Io(io::Error),
    /// No line of it is of a sync.
    Empty,
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(_) => f.write_str("cannot read the sync log"),
            Self::Empty => f.write_str("the sync log is empty"),
            Self::Cancelled(cancelled) => cancelled.fmt(f),
        }
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl ImageError for LogError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io(_) => ErrorKind::System,
            Self::Empty => ErrorKind::Refused,
            Self::Cancelled(_) => ErrorKind::Interrupted,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Empty => Some(
                "give what `synclog` shows of the node, or what `rsync -v` or `rsync -i` printed"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Compares the log of a sync with the changes that were found.
///
/// Memory grows with the changes and with what does not agree, not with the
/// log.
///
/// # Errors
///
/// A [`LogError`].
pub fn compare(
    changes: &[Change],
    log: impl BufRead,
    monitor: &dyn Monitor,
) -> Result<Agreement, LogError> {
    let mut comparison = Comparison::new(changes);
    let mut lines = Lines { log, number: 0 };
    let mut is_empty = true;
    while let Some(said) = lines.next().map_err(LogError::Io)? {
        if said.number % 1024 == 0 {
            monitor::check(monitor).map_err(LogError::Cancelled)?;
        }
        is_empty &= said.text.trim_ascii().is_empty();
        comparison.take(said);
    }
    if is_empty {
        return Err(LogError::Empty);
    }
    Ok(comparison.finish())
}

struct Comparison<'c> {
    changes: &'c [Change],
    by_path: HashMap<&'c [u8], usize>,
    is_confirmed: Vec<bool>,
    agreement: Agreement,
}

impl<'c> Comparison<'c> {
    fn new(changes: &'c [Change]) -> Self {
        let paths = changes.iter().map(|change| change.path.as_bytes());
        Self {
            changes,
            by_path: paths.zip(0..).collect(),
            is_confirmed: vec![false; changes.len()],
            agreement: Agreement::default(),
        }
    }

    fn take(&mut self, said: Said) {
        let line = Line::parse(&said.text);
        let letters = line.letters;
        self.agreement.is_itemized |= letters.is_some();
        let Some(index) = self.find(&line) else {
            match line.class {
                Class::Noise => {}
                Class::Problem => self.agreement.problems.push(said),
                Class::Name => self.agreement.unforeseen.push(said),
            }
            return;
        };
        // What a sync misses it takes for unchanged.
        let is_missed = self.changes[index].action == Action::Miss;
        if is_missed && line.class == Class::Noise {
            return;
        }
        // A log may be of several passes.
        if std::mem::replace(&mut self.is_confirmed[index], true) {
            return;
        }
        let change = &self.changes[index];
        // Of a link in the place of another type rsync's flags mean nothing.
        let telling = if change.action == Action::Link && change.replaces {
            2
        } else {
            usize::MAX
        };
        let is_same = letters.is_none_or(|letters| {
            let foreseen = change.itemize(Charset::Ascii).unwrap_or_default();
            foreseen.starts_with(&letters[..letters.len().min(telling)])
        });
        if is_same {
            self.agreement.confirmed += 1;
        } else {
            self.agreement.otherwise.push((index, said));
        }
    }

    /// The change that a line is about. What looks like an arrow may be part of
    /// a name.
    fn find(&self, line: &Line) -> Option<usize> {
        line.readings().find_map(|(is_deletion, name)| {
            let index = *self.by_path.get(name)?;
            let deletes = self.changes[index].action == Action::Delete;
            (deletes == is_deletion).then_some(index)
        })
    }

    fn finish(mut self) -> Agreement {
        let is_itemized = self.agreement.is_itemized;
        for (index, change) in self.changes.iter().enumerate() {
            if self.is_confirmed[index] {
                continue;
            }
            if is_shown(change, is_itemized) {
                self.agreement.unconfirmed.push(index);
            } else {
                self.agreement.silent += 1;
            }
        }
        self.agreement
    }
}

/// Whether rsync would print a line about a change: with `-v` about what it
/// sends, makes or deletes, and about directories whatever changes.
fn is_shown(change: &Change, is_itemized: bool) -> bool {
    let is_directory = matches!(change.kind, Kind::Directory);
    match change.action {
        Action::Miss => false,
        _ if change.itemize(Charset::Ascii).is_none() => false,
        Action::Metadata => is_itemized || is_directory,
        // One that is linked already has nothing but its metadata set.
        Action::Link => is_itemized || change.leader.is_some(),
        Action::Create | Action::Update | Action::Delete => true,
    }
}

struct Lines<R> {
    log: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> io::Result<Option<Said>> {
        let mut text = Vec::new();
        let read = (&mut self.log)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut text)?;
        if read == 0 {
            return Ok(None);
        }
        if text.pop_if(|last| *last == b'\n').is_none() {
            self.skip_line()?;
        }
        text.pop_if(|last| *last == b'\r');
        self.number += 1;
        Ok(Some(Said {
            number: self.number,
            text: text.into(),
        }))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.log.fill_buf()?;
            let Some(end) = buffer.iter().position(|&byte| byte == b'\n') else {
                let length = buffer.len();
                self.log.consume(length);
                if length == 0 {
                    return Ok(());
                }
                continue;
            };
            self.log.consume(end + 1);
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
