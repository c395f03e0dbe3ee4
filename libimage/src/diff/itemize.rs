//! A change as the line that `rsync --itemize-changes` prints.

use std::io::Write as _;

use super::change::{Action, Change};
use super::compare::{Difference, type_letter};
use crate::entry::Kind;
use crate::escape::is_dangerous;

/// Which bytes of a name a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// Printable ASCII: the locale `C` or `POSIX`.
    Ascii,
    /// Well-formed UTF-8.
    Utf8,
    /// Well-formed UTF-8 on a terminal. Unlike rsync's, these lines have DEL,
    /// the C1 controls and the characters that hide or reorder others escaped.
    Terminal,
}

impl Change {
    /// The line that rsync prints about this change, without a newline; nothing
    /// if rsync would not notice it.
    ///
    /// Names stand escaped as rsync escapes them: `\#ooo` in octal for control
    /// characters but TAB, and for what `charset` cannot show.
    pub fn itemize(&self, charset: Charset) -> Option<Vec<u8>> {
        if !self.listed {
            return None;
        }
        let mut line = Vec::with_capacity(self.path.as_bytes().len() + 16);
        if self.action == Action::Delete {
            line.extend_from_slice(b"*deleting   ");
            self.put_name(charset, &mut line);
            return Some(line);
        }
        line.push(self.first_letter());
        line.push(type_letter(&self.kind));
        self.put_flags(&mut line);
        line.push(b' ');
        self.put_name(charset, &mut line);
        if let Some(leader) = &self.leader {
            line.extend_from_slice(b" => ");
            escape(leader.as_bytes(), charset, &mut line);
        } else if let Kind::Symlink { target } = &self.kind {
            line.extend_from_slice(b" -> ");
            escape(target, charset, &mut line);
        }
        Some(line)
    }

    fn first_letter(&self) -> u8 {
        let is_file = matches!(self.kind, Kind::File { .. });
        match self.action {
            // Content that is missed is noticed by other means and sent then,
            // a device that is missed is not made anew.
            Action::Create | Action::Update | Action::Miss if is_file => b'>',
            Action::Create | Action::Update => b'c',
            Action::Link => b'h',
            Action::Metadata | Action::Delete | Action::Miss => b'.',
        }
    }

    /// Positions 2 to 10.
    fn put_flags(&self, line: &mut Vec<u8>) {
        const LETTERS: [(Difference, usize, u8); 8] = [
            (Difference::Content, 0, b'c'),
            (Difference::Size, 1, b's'),
            (Difference::Time, 2, b't'),
            (Difference::Mode, 3, b'p'),
            (Difference::Owner, 4, b'o'),
            (Difference::Group, 5, b'g'),
            (Difference::Acl, 7, b'a'),
            (Difference::Xattr, 8, b'x'),
        ];
        let mut flags = [b'.'; 9];
        if self.is_new() {
            flags = [b'+'; 9];
        } else {
            for (difference, place, letter) in LETTERS {
                if self.differences.contains(difference) {
                    flags[place] = letter;
                }
            }
            if flags == [b'.'; 9] && self.first_letter() != b'>' {
                flags = [b' '; 9];
            }
        }
        line.extend_from_slice(&flags);
    }

    /// Whether the target has nothing that could be changed into it.
    fn is_new(&self) -> bool {
        match self.action {
            Action::Create => true,
            Action::Link => self.detail.is_none() && !self.replaces,
            _ => false,
        }
    }

    fn put_name(&self, charset: Charset, line: &mut Vec<u8>) {
        if self.path.is_root() {
            line.push(b'.');
        } else {
            escape(self.path.as_bytes(), charset, line);
        }
        if matches!(self.kind, Kind::Directory) {
            line.push(b'/');
        }
    }
}

/// Escapes as rsync's output does.
fn escape(bytes: &[u8], charset: Charset, line: &mut Vec<u8>) {
    let octal = |byte: u8, line: &mut Vec<u8>| {
        write!(line, "\\#{byte:03o}").expect("writing to a Vec cannot fail");
    };
    let ascii = |bytes: &[u8], line: &mut Vec<u8>, high: bool| {
        for (index, &byte) in bytes.iter().enumerate() {
            let looks_escaped = byte == b'\\'
                && bytes.get(index + 1) == Some(&b'#')
                && bytes
                    .get(index + 2..index + 5)
                    .is_some_and(|digits| digits.iter().all(u8::is_ascii_digit));
            if looks_escaped || (byte < 0x20 && byte != b'\t') || (byte >= 0x80 && !high) {
                octal(byte, line);
            } else {
                line.push(byte);
            }
        }
    };
    match charset {
        Charset::Ascii => ascii(bytes, line, false),
        Charset::Utf8 | Charset::Terminal => {
            let harms = |character: char| {
                charset == Charset::Terminal && character != '\t' && is_dangerous(character)
            };
            for chunk in bytes.utf8_chunks() {
                for part in chunk.valid().split_inclusive(harms) {
                    let harmful = part.chars().next_back().filter(|&last| harms(last));
                    let end = part.len() - harmful.map_or(0, char::len_utf8);
                    ascii(&part.as_bytes()[..end], line, true);
                    part.as_bytes()[end..]
                        .iter()
                        .for_each(|&byte| octal(byte, line));
                }
                ascii(chunk.invalid(), line, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_charset_shows_what_it_can() {
        let name = "é\t\x1b\u{9b}\u{202e}\x7f\\#123x".as_bytes();
        for (charset, expected) in [
            (Charset::Utf8, "é\t\\#033\u{9b}\u{202e}\x7f\\#134#123x"),
            (
                Charset::Ascii,
                "\\#303\\#251\t\\#033\\#302\\#233\\#342\\#200\\#256\x7f\\#134#123x",
            ),
            (
                Charset::Terminal,
                "é\t\\#033\\#302\\#233\\#342\\#200\\#256\\#177\\#134#123x",
            ),
        ] {
            let mut line = Vec::new();
            escape(name, charset, &mut line);
            assert_eq!(String::from_utf8_lossy(&line), expected, "{charset:?}");
        }
    }
}
