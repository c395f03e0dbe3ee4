//! [`Index`]: where the parts of a backup are, and what they have to be.
//!
//! Text, a part a line. There is one way to write it: what would be written
//! differently is no index.

use super::MOST_RAW;
use crate::digest::Digest;

/// A frame of the tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where it begins in the backup.
    pub offset: u64,
    /// Its length there.
    pub length: u64,
    /// Its length unpacked.
    pub raw: u64,
    /// The number of the first entry that begins in it, counted from zero in
    /// the order of the manifest. If none does, that of the next one.
    pub first: u64,
    /// How many entries begin in it. If none does, it holds a piece of the
    /// content of the entry before.
    pub entries: u64,
    /// The digest of the frame as it is in the backup.
    pub digest: Digest,
}

/// A part that is no frame of the tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins in the backup: the skippable frame that holds it.
    pub offset: u64,
    /// Its length with that frame.
    pub length: u64,
    /// The digest of all that.
    pub digest: Digest,
}

/// Where the parts of a backup are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The frames of the tar in order.
    pub frames: Vec<Frame>,
    /// The manifest of the tree.
    pub manifest: Part,
    /// What is known of the backup.
    pub info: Part,
}

const FIRST_LINE: &str = "imgtool-backup-index 1";

/// zstd adds this much at most to what cannot be compressed (`ZSTD_compressBound`
/// and the checksum), with some room to spare.
fn most_packed(raw: u64) -> u64 {
    raw + (raw >> 7) + 1024
}

impl Index {
    /// The number of entries in the backup.
    pub fn entries(&self) -> u64 {
        self.frames
            .last()
            .map_or(0, |last| last.first + last.entries)
    }

    /// The length of the tar.
    pub fn raw(&self) -> u64 {
        self.frames.iter().map(|frame| frame.raw).sum()
    }

    /// The length of all its frames.
    pub fn packed(&self) -> u64 {
        self.manifest.offset
    }

    /// Where the index itself begins: behind all that it lists.
    pub(super) fn end(&self) -> u64 {
        self.info.offset + self.info.length
    }

    /// The numbers of the frames that hold an entry: the one in which it begins
    /// and those that go on with its content.
    pub fn frames_of(&self, entry: u64) -> std::ops::Range<usize> {
        let begins = self
            .frames
            .partition_point(|frame| frame.first + frame.entries <= entry);
        let Some(frame) = self.frames.get(begins) else {
            return begins..begins;
        };
        let mut end = begins + 1;
        if entry + 1 == frame.first + frame.entries {
            let behind = &self.frames[end..];
            end += behind.iter().take_while(|next| next.entries == 0).count();
        }
        begins..end
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.lines(|line| {
            text.push_str(line);
            true
        });
        text
    }

    /// Hands over each line, until one is not wanted; whether all were.
    fn lines(&self, mut take: impl FnMut(&str) -> bool) -> bool {
        if !take(&format!("{FIRST_LINE}\n")) {
            return false;
        }
        for frame in &self.frames {
            let Frame {
                offset,
                length,
                raw,
                first,
                entries,
                digest,
            } = frame;
            if !take(&format!(
                "frame {offset} {length} {raw} {first} {entries} {digest}\n"
            )) {
                return false;
            }
        }
        for (word, part) in [("manifest", &self.manifest), ("info", &self.info)] {
            let Part {
                offset,
                length,
                digest,
            } = part;
            if !take(&format!("{word} {offset} {length} {digest}\n")) {
                return false;
            }
        }
        take(&format!("end {} {}\n", self.frames.len(), self.entries()))
    }

    pub(super) fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(text).map_err(|_| "it is not ASCII")?;
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err("its first line is another");
        }
        let mut frames = Vec::new();
        let mut parts = Vec::new();
        for line in lines {
            let mut fields = Fields(line.split(' '));
            match fields.0.next() {
                Some("frame") => frames.push(Frame {
                    offset: fields.number()?,
                    length: fields.number()?,
                    raw: fields.number()?,
                    first: fields.number()?,
                    entries: fields.number()?,
                    digest: fields.digest()?,
                }),
                Some("manifest" | "info") => parts.push(Part {
                    offset: fields.number()?,
                    length: fields.number()?,
                    digest: fields.digest()?,
                }),
                _ => {}
            }
        }
        let [manifest, info] = parts[..] else {
            return Err("a part is missing or stands twice");
        };
        let index = Self {
            frames,
            manifest,
            info,
        };
        index.check()?;
        // Line by line: a second text of it would be as long as the file allows.
        let mut rest = text;
        let is_so = index.lines(|line| {
            let stripped = rest.strip_prefix(line);
            rest = stripped.unwrap_or_default();
            stripped.is_some()
        });
        if is_so && rest.is_empty() {
            Ok(index)
        } else {
            Err("it is not written in the one way that an index is written")
        }
    }

    /// Whether the parts follow each other without a gap, from the start.
    fn check(&self) -> Result<(), &'static str> {
        let mut end: u64 = 0;
        let mut next: u64 = 0;
        let overflow = "its numbers are too large";
        for frame in &self.frames {
            if frame.raw == 0 || frame.raw > MOST_RAW || frame.length > most_packed(frame.raw) {
                return Err("a frame has a length that no frame has");
            }
            // Each has a header of a block.
            if frame.entries > frame.raw / 512 {
                return Err("a frame has more entries than it has room for");
            }
            if frame.offset != end || frame.length == 0 || frame.first != next {
                return Err("its frames do not follow each other");
            }
            end = end.checked_add(frame.length).ok_or(overflow)?;
            next = next.checked_add(frame.entries).ok_or(overflow)?;
        }
        if self.frames.first().is_none_or(|first| first.entries == 0) {
            return Err("its first frame does not begin with an entry");
        }
        for part in [&self.manifest, &self.info] {
            if part.offset != end {
                return Err("its parts do not follow each other");
            }
            end = end.checked_add(part.length).ok_or(overflow)?;
        }
        Ok(())
    }
}

struct Fields<'a>(std::str::Split<'a, char>);

impl Fields<'_> {
    fn number(&mut self) -> Result<u64, &'static str> {
        let field = self.0.next().ok_or("a number is missing")?;
        field.parse().map_err(|_| "a number is malformed")
    }

    fn digest(&mut self) -> Result<Digest, &'static str> {
        let field = self.0.next().ok_or("a digest is missing")?;
        field.parse().map_err(|_| "a digest is malformed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of frames with so many entries each.
    fn index(entries: &[u64]) -> Index {
        let digest = Digest::of(b"");
        let (mut offset, mut first) = (0, 0);
        let frames = entries.iter().map(|&entries| {
            let frame = Frame {
                offset,
                length: 100,
                raw: 2048,
                first,
                entries,
                digest,
            };
            offset += 100;
            first += entries;
            frame
        });
        let frames: Vec<_> = frames.collect();
        let part = |offset| Part {
            offset,
            length: 20,
            digest,
        };
        Index {
            manifest: part(offset),
            info: part(offset + 20),
            frames,
        }
    }

    #[test]
    fn an_entry_is_found_in_its_frames() {
        let index = index(&[3, 1, 0, 0, 2, 1, 0]);
        let cases = [
            (0, 0..1),
            (2, 0..1),
            (3, 1..4),
            (4, 4..5),
            (5, 4..5),
            (6, 5..7),
            (7, 7..7),
        ];
        for (entry, frames) in cases {
            assert_eq!(index.frames_of(entry), frames, "entry {entry}");
        }
        assert_eq!(index.entries(), 7);
        assert_eq!(index.raw(), 7 * 2048);
    }

    #[test]
    fn what_is_written_is_read() {
        for entries in [&[1][..], &[3, 0, 2]] {
            let index = index(entries);
            assert_eq!(Index::parse(index.text().as_bytes()), Ok(index));
        }
    }

    #[test]
    fn what_does_not_tile_the_file_is_refused() {
        type Change = fn(&mut Index);
        let changes: &[(&str, Change)] = &[
            ("a gap", |index| index.frames[1].offset += 1),
            ("an overlap", |index| index.frames[1].offset -= 1),
            ("an empty frame", |index| index.frames[0].length = 0),
            ("nothing unpacked", |index| index.frames[0].raw = 0),
            ("too much unpacked", |index| {
                index.frames[0].raw = MOST_RAW + 1;
            }),
            ("more than zstd makes of it", |index| {
                index.frames[1].length = 6000;
            }),
            ("more entries than headers", |index| {
                index.frames[1].entries = 5;
            }),
            ("an entry left out", |index| index.frames[1].first += 1),
            ("no entry in the first", |index| index.frames[0].entries = 0),
            ("a gap before the manifest", |index| {
                index.manifest.offset += 1;
            }),
            ("a gap before the info", |index| index.info.offset += 1),
            ("an endless info", |index| index.info.length = u64::MAX),
            ("no frames", |index| index.frames.clear()),
        ];
        for (name, change) in changes {
            let mut index = index(&[2, 3]);
            change(&mut index);
            assert!(Index::parse(index.text().as_bytes()).is_err(), "{name}");
        }
    }

    #[test]
    fn text_is_strict() {
        let text = index(&[2, 3]).text();
        let cases = [
            ("no end", text.replace("end 2 5\n", "")),
            ("another count", text.replace("end 2 5", "end 2 6")),
            ("more behind it", format!("{text}x\n")),
            ("no last newline", text.trim_end().to_owned()),
            ("a sign", text.replace("frame 0 ", "frame +0 ")),
            ("a leading zero", text.replace("frame 100 ", "frame 0100 ")),
            ("a blank more", text.replace("frame 100 ", "frame  100 ")),
            ("another version", text.replace("index 1", "index 2")),
            ("carriage returns", text.replace('\n', "\r\n")),
            (
                "too many entries",
                text.replace(" 2048 2 3 ", " 2048 2 18446744073709551615 "),
            ),
            ("two manifests", text.replace("info", "manifest")),
        ];
        for (name, changed) in cases {
            assert_ne!(changed, text, "{name}");
            assert!(Index::parse(changed.as_bytes()).is_err(), "{name}");
        }
    }
}
