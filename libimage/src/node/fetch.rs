//! [`fetch`]: the content of some files of a node, over one connection.
//!
//! After the line [`MARK`] comes (`fetch.sh` writes it), in fields that each end
//! in a NUL:
//!
//! ```text
//! absent                 there is no such directory; nothing follows
//! no stat                sizes and times cannot be told; nothing follows
//! nanoseconds, seconds   how exact times are
//! a letter for each file: y, or n if it is not there or cannot be read
//! for each that can be, in a line: its size and its mtime
//! the content of these without anything between, an empty field behind it
//! how that ended, 0 if well
//! the same lines again
//! end
//! ```
//!
//! So content counts only if a file was before and after as it was when the node
//! was listed.

use std::io::{self, BufRead, BufReader, Read as _};
use std::os::unix::ffi::OsStrExt as _;

use super::BUFFER;
use super::error::{Fault, NodeError};
use super::fields::{End, Fields};
use super::find::timestamp;
use super::link::Link;
use super::name::Node;
use super::script::MARK;
use super::shell::Shell;
use crate::entry::Timestamp;
use crate::escape::shell_word;
use crate::monitor::Monitor;
use crate::path::ImagePath;

/// A file to be fetched, as it was listed.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) path: ImagePath,
    pub(super) size: u64,
    pub(super) mtime: Timestamp,
}

/// What became of it: its content, or why there is none.
pub(super) type Fetched = Result<Vec<u8>, &'static str>;

/// What is the same for all nodes.
const BODY: &[u8] = include_bytes!("fetch.sh");

/// Names that the script writes by one command.
const AT_ONCE: usize = 100;

/// Bytes that a login shell may write before.
const NOISE: u64 = 1 << 20;

/// Bytes of a line with a size and a time, and of what is a word.
const WORDS: usize = 128;

/// Fetches files, in their order; the answer has as many.
///
/// # Errors
///
/// A [`NodeError`] if the node is not reached, if the answer is not whole, or if
/// a file changes while it is read: then it cannot be told where the next one
/// begins.
pub(super) fn fetch(
    node: &Node,
    shell: &Shell,
    files: &[Wanted],
    monitor: &dyn Monitor,
) -> Result<Vec<Fetched>, NodeError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let script = script(node.path().as_os_str().as_bytes(), files);
    let mut link = Link::open(node, shell, &script, monitor)?;
    let input = BufReader::with_capacity(BUFFER, &mut link);
    let read = read(input, files, monitor);
    let (fetched, _) = link.close(read)?;
    Ok(fetched)
}

/// The whole script; cut off, it does nothing.
fn script(root: &[u8], files: &[Wanted]) -> Vec<u8> {
    let mut script = [b"main() {\nroot=", &*shell_word(root), b"\nnames() {\n"].concat();
    for files in files.chunks(AT_ONCE) {
        script.extend_from_slice(b"printf '%s\\0'");
        for file in files {
            script.push(b' ');
            script.extend_from_slice(&shell_word(&[b"./", file.path.as_bytes()].concat()));
        }
        script.push(b'\n');
    }
    script.extend_from_slice(b"}\n");
    script.extend_from_slice(BODY);
    script.extend_from_slice(b"}\nmain\n");
    script
}

fn read(
    input: impl BufRead,
    files: &[Wanted],
    monitor: &dyn Monitor,
) -> Result<Vec<Fetched>, Fault> {
    let mut fields = Fields::new(input);
    fields.skip_to(MARK, NOISE)?;
    let is_exact = match &*fields.field(WORDS)? {
        b"absent" => return Err(fields.at_its_end(Fault::NoDirectory)),
        b"no stat" => {
            return Err(fields.at_its_end(Fault::NoProgram(
                "has neither GNU find nor stat, by which it could be told whether files change while they are fetched",
            )));
        }
        b"nanoseconds" => true,
        b"seconds" => false,
        _ => return Err(Fault::Malformed("it does not say how exact times are")),
    };
    let letters = fields.field(files.len())?;
    let is_known = |letter: &u8| matches!(letter, b'y' | b'n');
    if letters.len() != files.len() || !letters.iter().all(is_known) {
        return Err(Fault::Malformed("it does not say which files are there"));
    }
    let there: Vec<_> = letters.iter().map(|&letter| letter == b'y').collect();
    let sent = || files.iter().zip(&there).filter(|(_, there)| **there);
    let count = sent().count();
    // Where one file changes, those behind it cannot be told apart.
    let changed = || Fault::Changed(above(files));
    let before = ages(&mut fields, count)?.ok_or_else(changed)?;
    let mut contents = Vec::with_capacity(count);
    for ((file, _), age) in sent().zip(&before) {
        let (size, mtime) = age;
        let is_same_time = if is_exact {
            *mtime == file.mtime
        } else {
            mtime.seconds == file.mtime.seconds
        };
        let mut content = fields.rest().take(*size);
        // What was not listed so is not kept, however large it is.
        contents.push(if *size == file.size && is_same_time {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            if bytes.len() as u64 != *size {
                return Err(Fault::Ended);
            }
            monitor.advance(1, *size);
            Ok(bytes)
        } else {
            if io::copy(&mut content, &mut io::sink())? != *size {
                return Err(Fault::Ended);
            }
            Err("it changed after it was listed")
        });
    }
    for expected in [&b""[..], b"0"] {
        match fields.field(WORDS) {
            Ok(field) if field == expected => {}
            // More content than there was before, without an end.
            Ok(_) | Err(Fault::Malformed(_)) => return Err(changed()),
            Err(fault) => return Err(fault),
        }
    }
    if ages(&mut fields, count)?.as_ref() != Some(&before) {
        return Err(changed());
    }
    if fields.field(WORDS)? != b"end" {
        return Err(Fault::Malformed("it does not end as the script does"));
    }
    fields.finish()?;
    let mut contents = contents.into_iter();
    let gone = "it is not there any more, or may not be read";
    let fetched = there.iter().map(|there| match there {
        true => contents.next().expect("as many as are there"),
        false => Err(gone),
    });
    Ok(fetched.collect())
}

/// Sizes and times of so many files; nothing if there are more or fewer.
fn ages(
    fields: &mut Fields<impl BufRead>,
    count: usize,
) -> Result<Option<Vec<(u64, Timestamp)>>, Fault> {
    let mut ages = Vec::with_capacity(count);
    let mut line = Vec::new();
    while fields.line(&mut line, WORDS)? == End::Line {
        let age = std::str::from_utf8(&line).ok();
        let age = age.and_then(|age| age.split_once(' '));
        let age = age.and_then(|(size, mtime)| Some((size.parse().ok()?, timestamp(mtime)?)));
        ages.push(age.ok_or(Fault::Malformed("a size and a time are none"))?);
        if ages.len() > count {
            return Ok(None);
        }
    }
    Ok((ages.len() == count && line.is_empty()).then_some(ages))
}

/// The lowest directory that holds all of some files; if it is one, that one.
fn above(files: &[Wanted]) -> ImagePath {
    let mut above = files
        .first()
        .map_or_else(ImagePath::root, |file| file.path.clone());
    while !files.iter().all(|file| file.path.starts_with(&above)) {
        above = above.parent().unwrap_or_else(ImagePath::root);
    }
    above
}

#[cfg(test)]
mod tests;
