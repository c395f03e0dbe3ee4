//! [`read`]: an mtree file becomes a tree.

use std::io::{self, BufRead};

use super::MtreeError;
use super::assembly::Assembly;
use super::keyword::Keywords;
use crate::tree::RecordedTree;

/// Longest line accepted, in bytes: a name and a target of `PATH_MAX` each, every
/// byte in four, and all digests that there are.
const LONGEST_LINE: u64 = 1 << 17;

/// Reads an mtree file to its end.
///
/// Both forms are known, names below each other with `..` behind each
/// directory, and whole paths. Each entry needs a `type`, each file a `size`;
/// what else is missing is missing in [`Tree::respects`](crate::tree::Tree::respects)
/// of the tree. Unlike a manifest, the file does not prove itself whole.
///
/// # Errors
///
/// An [`MtreeError`] that names the line.
pub fn read(input: impl BufRead, label: &str) -> Result<RecordedTree, MtreeError> {
    let mut lines = Lines {
        input,
        number: 0,
        line: Vec::new(),
    };
    let mut defaults = Keywords::default();
    let mut assembly = Assembly::default();
    loop {
        match lines.advance() {
            Ok(true) => {}
            Ok(false) => break,
            Err(Fault::Io(source)) => {
                return Err(MtreeError::Io {
                    label: label.to_owned(),
                    source,
                });
            }
            Err(Fault::TooLong) => return Err(lines.refuse(label, "the line is too long")),
        }
        let taken = take(lines.line.trim_ascii(), &mut defaults, &mut assembly);
        taken.map_err(|reason| lines.refuse(label, reason))?;
    }
    let (records, respects) = assembly
        .finish()
        .map_err(|reason| lines.refuse(label, reason))?;
    Ok(RecordedTree::new(records, label.to_owned()).recording(respects))
}

/// Takes in what a line says.
fn take(line: &[u8], defaults: &mut Keywords, assembly: &mut Assembly) -> Result<(), &'static str> {
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(());
    }
    let end = line
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(line.len());
    let (name, words) = line.split_at(end);
    match name {
        b"/set" => defaults.take(words),
        b"/unset" => {
            defaults.unset(words);
            Ok(())
        }
        b".." => assembly.leave(),
        _ => {
            let mut keywords = defaults.clone();
            keywords.take(words)?;
            assembly.add(name, keywords)
        }
    }
}

enum Fault {
    Io(io::Error),
    TooLong,
}

struct Lines<R> {
    input: R,
    /// Of the line that was read last, from 1.
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line with those that continue it; false at the end.
    fn advance(&mut self) -> Result<bool, Fault> {
        use io::Read as _;
        self.line.clear();
        // As long as there are only blanks, a comment may begin.
        let (mut is_blank, mut is_comment) = (true, false);
        loop {
            self.number += 1;
            let start = self.line.len();
            let room = LONGEST_LINE - start as u64;
            let read = (&mut self.input)
                .take(room)
                .read_until(b'\n', &mut self.line)
                .map_err(Fault::Io)?;
            if read as u64 == room {
                return Err(Fault::TooLong);
            }
            let is_whole = self.line.pop_if(|last| *last == b'\n').is_some();
            let part = self.line[start..].trim_ascii_start();
            is_comment |= is_blank && part.starts_with(b"#");
            is_blank &= matches!(part, b"" | b"\\");
            let backslashes = part.iter().rev().take_while(|&&byte| byte == b'\\');
            if is_whole && !is_comment && backslashes.count() % 2 == 1 {
                self.line.pop();
                continue;
            }
            return Ok(is_whole || !self.line.is_empty());
        }
    }

    fn refuse(&self, label: &str, reason: &'static str) -> MtreeError {
        MtreeError::Line {
            label: label.to_owned(),
            line: self.number,
            reason,
        }
    }
}
