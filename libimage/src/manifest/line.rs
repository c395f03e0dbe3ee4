//! One line of a manifest: an entry as text, and back.
//!
//! Fields are separated by one blank. Names and symlink targets stand with
//! every byte outside `!`..`~`, and the backslash, as `\xHH`; so a line holds
//! nothing but printable ASCII, and no blank is ever part of a name.
//!
//! A listing has lines that a manifest has not: see [`Form`].

use std::io::Write as _;

use super::Form;
use crate::digest::{ContentDigest, Digest, Sha256};
use crate::entry::{DeviceNumber, Entry, Kind, Metadata, Timestamp, Xattrs};
use crate::path::ImagePath;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// An entry with all that is recorded about it.
    Entry(ImagePath, Box<Entry>),
    /// Another name of an entry that an earlier line described.
    HardLink { path: ImagePath, leader: ImagePath },
    /// A directory of which it is not listed what is in it; in a listing only.
    Closed(ImagePath, Box<Entry>),
    /// A name where something else is mounted; in a listing only.
    Mount(ImagePath),
}

/// What stands in a listing for a digest that is not known.
const UNKNOWN: &str = "-";

/// What stands in a listing before a digest that is not BLAKE3's.
const SHA256: &str = "sha256:";

/// Longest line accepted, in bytes. XFS takes any number of attributes of up to
/// 64 KiB each (`XATTR_SIZE_MAX` of `<linux/limits.h>`), in two digits a byte;
/// 500 of them fit, besides the name. Memory is taken as a line arrives, so a
/// manifest can't ask for more than it is long.
pub(crate) const LONGEST_LINE: u64 = 1 << 26;

/// Adds a name or a text as it stands in a line.
pub(crate) fn put_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    escape(bytes, None, out);
}

/// Adds an entry as a listing has it, newline included, for whoever writes
/// lines of their own around it.
pub(crate) fn put_record(path: &ImagePath, entry: &Entry, out: &mut Vec<u8>) {
    put_entry(Form::Listing, path, entry, out);
}

/// Reads what [`put_record`] wrote.
pub(crate) fn parse_record(line: &[u8]) -> Result<(ImagePath, Entry), &'static str> {
    match parse(Form::Listing, line)? {
        Line::Entry(path, entry) => Ok((path, *entry)),
        Line::HardLink { .. } | Line::Closed(..) | Line::Mount(_) => Err("it is no entry"),
    }
}

fn escape(bytes: &[u8], also: Option<u8>, out: &mut Vec<u8>) {
    let is_plain =
        |&byte: &u8| (0x21..=0x7e).contains(&byte) && byte != b'\\' && Some(byte) != also;
    let mut rest = bytes;
    while !rest.is_empty() {
        let plain = rest.iter().position(|byte| !is_plain(byte));
        let (plain, others) = rest.split_at(plain.unwrap_or(rest.len()));
        out.extend_from_slice(plain);
        let Some((&byte, after)) = others.split_first() else {
            break;
        };
        out.extend_from_slice(b"\\x");
        hex(&[byte], out);
        rest = after;
    }
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for &byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

fn put_path(path: &ImagePath, out: &mut Vec<u8>) {
    if path.is_root() {
        out.push(b'.');
    } else {
        escape(path.as_bytes(), None, out);
    }
}

/// Adds the line of an entry, newline included.
///
/// In a manifest a regular file must carry its content's digest.
pub(super) fn put_entry(form: Form, path: &ImagePath, entry: &Entry, out: &mut Vec<u8>) {
    let letter = match entry.kind {
        Kind::Directory => 'd',
        Kind::File { .. } => 'f',
        Kind::Symlink { .. } => 'l',
        Kind::CharDevice(_) => 'c',
        Kind::BlockDevice(_) => 'b',
        Kind::Fifo => 'p',
        Kind::Socket => 's',
        Kind::Mount => unreachable!("a mount has a line of its own"),
    };
    put_described(form, letter, path, entry, out);
}

/// Adds the line of a directory of which it is not listed what is in it.
pub(super) fn put_closed(path: &ImagePath, entry: &Entry, out: &mut Vec<u8>) {
    put_described(Form::Listing, 'x', path, entry, out);
}

/// Adds the line of a name where something else is mounted.
pub(super) fn put_mount(path: &ImagePath, out: &mut Vec<u8>) {
    out.extend_from_slice(b"m ");
    put_path(path, out);
    out.push(b'\n');
}

fn put_described(form: Form, letter: char, path: &ImagePath, entry: &Entry, out: &mut Vec<u8>) {
    let Metadata {
        mode,
        uid,
        gid,
        mtime,
        ref xattrs,
    } = entry.metadata;
    let infallible = "writing to a Vec cannot fail";
    write!(out, "{letter} {mode:04o} {uid} {gid} {mtime} ").expect(infallible);
    put_path(path, out);
    match &entry.kind {
        Kind::File { size } => {
            write!(out, " {size} ").expect(infallible);
            match entry.content {
                Some(ContentDigest::Blake3(digest)) => hex(digest.as_bytes(), out),
                Some(ContentDigest::Sha256(digest)) if form == Form::Listing => {
                    write!(out, "{SHA256}{digest}").expect(infallible);
                }
                Some(ContentDigest::Sha256(_)) => unreachable!("a manifest has BLAKE3 digests"),
                None if form == Form::Listing => out.extend_from_slice(UNKNOWN.as_bytes()),
                None => unreachable!("a file's digest is known here"),
            }
        }
        Kind::Symlink { target } => {
            out.push(b' ');
            escape(target, None, out);
        }
        Kind::CharDevice(number) | Kind::BlockDevice(number) => {
            write!(out, " {} {}", number.major, number.minor).expect(infallible);
        }
        Kind::Directory | Kind::Fifo | Kind::Socket | Kind::Mount => {}
    }
    for (name, value) in xattrs.iter() {
        out.push(b' ');
        escape(name, Some(b'='), out);
        out.push(b'=');
        hex(value, out);
    }
    out.push(b'\n');
}

/// Adds the line of another name of an inode, newline included.
pub(super) fn put_hard_link(path: &ImagePath, leader: &ImagePath, out: &mut Vec<u8>) {
    out.extend_from_slice(b"h ");
    put_path(path, out);
    out.push(b' ');
    put_path(leader, out);
    out.push(b'\n');
}

/// Reads a line, newline included. There is exactly one way to write an
/// entry, so a line that would be written differently is none.
pub(super) fn parse(form: Form, line: &[u8]) -> Result<Line, &'static str> {
    let parsed = parse_fields(form, line.strip_suffix(b"\n").ok_or("it does not end")?)?;
    let mut again = Vec::with_capacity(line.len());
    match &parsed {
        Line::Entry(path, entry) => put_entry(form, path, entry, &mut again),
        Line::Closed(path, entry) => put_closed(path, entry, &mut again),
        Line::Mount(path) => put_mount(path, &mut again),
        Line::HardLink { path, leader } => put_hard_link(path, leader, &mut again),
    }
    if again == line {
        Ok(parsed)
    } else {
        Err("it is not written in the one way that an entry is written")
    }
}

fn parse_fields(form: Form, line: &[u8]) -> Result<Line, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not ASCII")?;
    let mut fields = text.split(' ');
    let mut field = |what: &'static str| fields.next().ok_or(what);
    let letter = field("it is empty")?;
    if letter == "h" {
        let path = path(field("the path is missing")?)?;
        let leader = self::path(field("the hard link's leader is missing")?)?;
        return Ok(Line::HardLink { path, leader });
    }
    let is_listing = form == Form::Listing;
    if is_listing && letter == "m" {
        return Ok(Line::Mount(path(field("the path is missing")?)?));
    }
    let mode = u16::from_str_radix(field("the mode is missing")?, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or("the mode is malformed")?;
    let uid = number(field("the owner is missing")?, "the owner is malformed")?;
    let gid = number(field("the group is missing")?, "the group is malformed")?;
    let mtime = timestamp(field("the mtime is missing")?).ok_or("the mtime is malformed")?;
    let path = path(field("the path is missing")?)?;
    let mut content = None;
    let kind = match letter {
        "d" => Kind::Directory,
        "x" if is_listing => Kind::Directory,
        "p" => Kind::Fifo,
        "s" => Kind::Socket,
        "f" => {
            let size = field("the size is missing")?
                .parse()
                .map_err(|_| "the size is malformed")?;
            let digest = field("the digest is missing")?;
            content = match digest.strip_prefix(SHA256) {
                Some(digest) if is_listing => {
                    let digest = digest.parse::<Sha256>();
                    Some(digest.map_err(|_| "the digest is malformed")?.into())
                }
                _ if is_listing && digest == UNKNOWN => None,
                _ => {
                    let digest = digest.parse::<Digest>();
                    Some(digest.map_err(|_| "the digest is malformed")?.into())
                }
            };
            Kind::File { size }
        }
        "l" => Kind::Symlink {
            target: unescape(field("the target is missing")?)?.into(),
        },
        "c" | "b" => {
            let device = DeviceNumber {
                major: number(
                    field("the major number is missing")?,
                    "the major number is malformed",
                )?,
                minor: number(
                    field("the minor number is missing")?,
                    "the minor number is malformed",
                )?,
            };
            if letter == "c" {
                Kind::CharDevice(device)
            } else {
                Kind::BlockDevice(device)
            }
        }
        _ => return Err("its type is none that exists"),
    };
    let mut xattrs = Vec::new();
    for field in fields {
        let (name, value) = field
            .split_once('=')
            .ok_or("an extended attribute is malformed")?;
        xattrs.push((unescape(name)?.into(), unhex(value)?.into()));
    }
    let entry = Entry {
        name: path.file_name().unwrap_or_default().into(),
        kind,
        metadata: Metadata {
            mode,
            uid,
            gid,
            mtime,
            xattrs: Xattrs::new(xattrs),
        },
        link: None,
        content,
    };
    let entry = Box::new(entry);
    Ok(match letter {
        "x" => Line::Closed(path, entry),
        _ => Line::Entry(path, entry),
    })
}

fn number(text: &str, problem: &'static str) -> Result<u32, &'static str> {
    text.parse().map_err(|_| problem)
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let (seconds, nanoseconds) = text.split_once('.')?;
    Some(Timestamp {
        seconds: seconds.parse().ok()?,
        nanoseconds: (nanoseconds.len() == 9)
            .then(|| nanoseconds.parse().ok())
            .flatten()?,
    })
}

fn path(text: &str) -> Result<ImagePath, &'static str> {
    if text == "." {
        return Ok(ImagePath::root());
    }
    ImagePath::new(unescape(text)?)
        .ok()
        .filter(|path| !path.is_root())
        .ok_or("the path is not a path inside a tree")
}

/// Undoes [`put_escaped`].
pub(crate) fn unescape(text: &str) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'\\' {
            bytes.push(first);
            continue;
        }
        let (code, after) = tail
            .strip_prefix(b"x")
            .and_then(|tail| tail.split_at_checked(2))
            .ok_or("an escape is malformed")?;
        let code = std::str::from_utf8(code).map_err(|_| "an escape is malformed")?;
        bytes.extend(unhex(code)?);
        rest = after;
    }
    Ok(bytes)
}

fn unhex(text: &str) -> Result<Vec<u8>, &'static str> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return Err("a hexadecimal value is cut off");
    }
    pairs
        .iter()
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect::<Option<_>>()
        .ok_or("a hexadecimal value is malformed")
}

#[cfg(test)]
mod tests;
