//! [`read`]: a manifest or a listing becomes a tree again, or is refused.

use std::fmt;
use std::io::{self, BufRead};

use super::assembly::Assembly;
use super::line::{self, LONGEST_LINE};
use super::seal::Seal;
use super::{Form, LAST_WORD, Summary};
use crate::error::{ErrorKind, ImageError};
use crate::tree::{MOST_NAMES, RecordedTree};

/// Why some bytes are no manifest that can be trusted.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// Reading failed.
    Io {
        /// The manifest, as the user would write it.
        label: String,
        /// What the system answered.
        source: io::Error,
    },
    /// It is a manifest of a version that this one does not know.
    Version {
        /// The manifest, as the user would write it.
        label: String,
    },
    /// It is cut off, was changed, or was not written by a manifest writer.
    Corrupt {
        /// The manifest, as the user would write it.
        label: String,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// It lists more than whoever reads it wants to take.
    TooMuch {
        /// The manifest, as the user would write it.
        label: String,
        /// Of what: `entries`, `bytes of names`, `bytes of attributes`.
        what: &'static str,
        /// How much of it is taken.
        most: u64,
    },
}

/// How much of a listing is taken, from one who may be hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// Lines.
    pub entries: u64,
    /// Bytes of all names and symlink targets together.
    pub names: u64,
    /// Bytes of all extended attributes together, those that many entries share
    /// counted once.
    pub attributes: u64,
}

impl Most {
    /// As much as there is; of names as much as can be recorded, 4 GiB.
    pub const ALL: Self = Self {
        entries: u64::MAX,
        names: MOST_NAMES,
        attributes: u64::MAX,
    };
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { label, .. } => write!(f, "cannot read manifest {label}"),
            Self::Version { label } => {
                write!(f, "{label} is no manifest and no listing of version 1")
            }
            Self::Corrupt {
                label,
                line,
                reason,
            } => write!(f, "manifest {label} is corrupt at line {line}: {reason}"),
            Self::TooMuch { label, what, most } => {
                write!(f, "manifest {label} has more than {most} {what}")
            }
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl ImageError for ReadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } => ErrorKind::System,
            _ => ErrorKind::Refused,
        }
    }

    fn help(&self) -> Option<String> {
        Some(
            match self {
                Self::Io { .. } | Self::TooMuch { .. } => return None,
                Self::Version { .. } => "read it with the version of imgtool that wrote it",
                Self::Corrupt { .. } => {
                    "make the manifest anew from its tree: imgtool manifest TREE -o FILE"
                }
            }
            .to_owned(),
        )
    }
}

/// Whether some file begins like a manifest or a listing of any version.
pub fn is_manifest(head: &[u8]) -> bool {
    head.starts_with(b"imgtool-manifest ") || head.starts_with(b"imgtool-listing ")
}

/// Reads a manifest or a listing to its end and proves it whole.
///
/// Every byte counts: a line out of order, an entry without its directory, a
/// name twice, another way of writing an entry, a wrong digest or a byte after
/// the last line is an error.
///
/// # Errors
///
/// A [`ReadError`] that names the line.
pub fn read(input: impl BufRead, label: &str) -> Result<(RecordedTree, Summary), ReadError> {
    read_within(input, label, Most::ALL)
}

/// The same, for so much and no more.
///
/// # Errors
///
/// A [`ReadError`], [`ReadError::TooMuch`] among them.
pub fn read_within(
    input: impl BufRead,
    label: &str,
    most: Most,
) -> Result<(RecordedTree, Summary), ReadError> {
    let mut lines = Lines {
        input,
        label,
        line: Vec::new(),
        number: 0,
    };
    lines.advance()?;
    let mut forms = [Form::Manifest, Form::Listing].into_iter();
    let is_first = |form: &Form| lines.line == format!("{}\n", form.first_line()).as_bytes();
    let form = forms.find(is_first);
    let form = form.ok_or_else(|| ReadError::Version {
        label: label.to_owned(),
    })?;
    let mut assembly: Option<Assembly> = None;
    let mut seal = Seal::new(&lines.line);
    loop {
        lines.advance()?;
        if lines.line.starts_with(LAST_WORD.as_bytes()) {
            break;
        }
        seal.add(&lines.line);
        let parsed = line::parse(form, &lines.line).map_err(|reason| lines.corrupt(reason))?;
        let added = match &mut assembly {
            Some(assembly) => assembly.add(parsed),
            None => Assembly::begin(parsed).map(|begun| assembly = Some(begun)),
        };
        added.map_err(|reason| lines.corrupt(reason))?;
        if let Some(what) = assembly.as_ref().and_then(|assembly| assembly.over(most)) {
            return Err(ReadError::TooMuch {
                label: label.to_owned(),
                what: what.0,
                most: what.1,
            });
        }
    }
    let assembly = assembly.ok_or_else(|| lines.corrupt("it lists no entries"))?;
    let summary = Summary {
        form,
        digest: seal.tree(),
        counts: assembly.counts,
        bytes: assembly.bytes,
    };
    lines.check_end(&seal.last_line(&summary))?;
    Ok((
        RecordedTree::new(assembly.records, label.to_owned()),
        summary,
    ))
}

struct Lines<'a, R> {
    input: R,
    label: &'a str,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<'_, R> {
    fn corrupt(&self, reason: &'static str) -> ReadError {
        ReadError::Corrupt {
            label: self.label.to_owned(),
            line: self.number,
            reason,
        }
    }

    fn advance(&mut self) -> Result<(), ReadError> {
        use io::Read as _;
        self.line.clear();
        self.number += 1;
        let read = (&mut self.input)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut self.line)
            .map_err(|source| ReadError::Io {
                label: self.label.to_owned(),
                source,
            })?;
        if read == 0 {
            return Err(self.corrupt("the manifest ends too early"));
        }
        if self.line.last() != Some(&b'\n') {
            return Err(self.corrupt("the line is cut off or too long"));
        }
        Ok(())
    }

    /// Checks the last line against what was read, and that nothing follows.
    fn check_end(&mut self, expected: &str) -> Result<(), ReadError> {
        if self.line != expected.as_bytes() {
            return Err(self.corrupt("the digests do not match what was read"));
        }
        self.line.clear();
        match self.advance() {
            Err(ReadError::Corrupt { .. }) if self.line.is_empty() => Ok(()),
            Err(error) => Err(error),
            Ok(()) => Err(self.corrupt("something follows the last line")),
        }
    }
}
