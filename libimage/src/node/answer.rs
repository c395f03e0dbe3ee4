//! [`read`]: the answer of a node, from the script's first line to its last.
//!
//! After the line [`MARK`], in fields that each end in a NUL (`node.sh` writes
//! them):
//!
//! ```text
//! absent                             there is no such directory; nothing follows
//! at, its one true path, the table of mounts, and one of
//!   a listing, as `imgtool manifest --listing` writes it; nothing follows
//!   no find                          there is no GNU find; nothing follows
//!   find 1, why not imgtool (none: there is none; old: it does not know how),
//!     the entries, found, how find ended;
//!     attributes, what getfattr writes, how find and it ended, or: no getfattr
//!     sums, by what; batches: names, an empty field, a text; an empty field,
//!       how find and it ended, or: no sums, and nothing follows
//!     end
//! ```

use std::ffi::OsStr;
use std::io::BufRead;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::attributes::{self, Block};
use super::error::Fault;
use super::fields::{End, Fields};
use super::find::{Found, device_number};
use super::gathered::{Gathered, Listed, completed};
use super::mounts::{self, Mount};
use super::pruning::Pruning;
use super::script::MARK;
use super::sums::{self, Read};
use crate::digest::Algorithm;
use crate::entry::{DeviceNumber, Kind};
use crate::manifest::{self, Form, Most};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{RecordedTree, Records};

/// What a node answered, all of it.
pub(super) struct Answer {
    pub(super) tree: RecordedTree,
    pub(super) mounts: Vec<Mount>,
    /// Directories on other file systems that no table of mounts knows.
    pub(super) foreign: Vec<ImagePath>,
    /// Names that were listed first and then were not there any more.
    pub(super) gone: Vec<ImagePath>,
    /// Whether attributes are known.
    pub(super) has_attributes: bool,
    pub(super) way: Way,
    /// Whether all programs ended well; if not, what they said tells why.
    pub(super) is_well: bool,
}

/// What listed a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// imgtool, which is on the node.
    Imgtool,
    /// `find` and its like, since the node has no imgtool, or none is wanted.
    Find,
    /// The same, since imgtool on the node is too old.
    FindForOld,
}

/// Bytes that a login shell may write before.
const NOISE: u64 = 1 << 20;

/// Bytes of a table of mounts: some 100,000 mounts.
const TABLE: usize = 16 << 20;

/// Bytes of a path or of a symlink's target, as of an archive: far more than
/// `PATH_MAX`, and a thousand of them are in memory at once.
const PATH: usize = 64 << 10;

/// Bytes of what is a few words.
const WORDS: usize = 512;

/// Bytes of a line with an attribute: twice the kernel's `XATTR_SIZE_MAX` of
/// 64 KiB, and a name.
const ATTRIBUTE: usize = 256 << 10;

/// Bytes of a line with a sum, which has a name behind it, escaped.
const SUM: usize = 64 << 10;

/// Bytes of such a line that are kept: 64 digits come first.
const DIGITS: usize = 128;

/// Names in a batch of sums; the script takes 200.
const BATCH: usize = 1000;

/// Reads an answer to its end; `label` is what messages call its tree.
pub(super) fn read(
    input: impl BufRead,
    label: &str,
    pruning: &Pruning,
    most: Most,
    monitor: &dyn Monitor,
) -> Result<Answer, Fault> {
    let mut fields = Fields::new(input);
    fields.skip_to(MARK, NOISE)?;
    match &*fields.field(WORDS)? {
        b"absent" => return Err(fields.at_its_end(Fault::NoDirectory)),
        b"at" => {}
        _ => return Err(Fault::Malformed("it does not say where it is")),
    }
    let root = fields.field(PATH)?;
    let root = root
        .strip_suffix(b"\n.")
        .ok_or(Fault::Malformed("it does not say where it is"))?;
    let table = fields.field(TABLE)?;
    let mounts = mounts::beneath(&table, Path::new(OsStr::from_bytes(root)));
    if fields.peek()?.starts_with(b"i") {
        return by_imgtool(fields, label, mounts, most);
    }
    let reader = Reader {
        fields,
        pruning,
        most,
        monitor,
        gone: Vec::new(),
        is_well: true,
    };
    by_find(reader, label, mounts)
}

fn by_imgtool(
    mut fields: Fields<impl BufRead>,
    label: &str,
    mounts: Vec<Mount>,
    most: Most,
) -> Result<Answer, Fault> {
    let (tree, summary) = manifest::read_within(fields.rest(), label, most)?;
    if summary.form != Form::Listing {
        return Err(Fault::Malformed("it is a manifest, not a listing"));
    }
    Ok(Answer {
        tree,
        mounts,
        foreign: Vec::new(),
        gone: Vec::new(),
        has_attributes: true,
        way: Way::Imgtool,
        is_well: true,
    })
}

fn by_find(
    mut reader: Reader<'_, impl BufRead>,
    label: &str,
    mounts: Vec<Mount>,
) -> Result<Answer, Fault> {
    let way = reader.way()?;
    let mut listed = reader.entries(&mounts)?;
    let mut has_attributes = false;
    let mut has_sums = false;
    loop {
        match &*reader.fields.field(WORDS)? {
            b"attributes" if !has_attributes => {
                reader.attributes(&mut listed)?;
                has_attributes = true;
            }
            b"no getfattr" => {}
            b"sums" if !has_sums => {
                reader.sums(&mut listed)?;
                has_sums = true;
            }
            b"no sums" => {
                return Err(reader.fields.at_its_end(Fault::NoProgram(
                    "has neither b3sum nor sha256sum, by which content could be compared",
                )));
            }
            b"end" => break,
            _ => return Err(Fault::Malformed("a field is none that is known")),
        }
    }
    reader.fields.finish()?;
    Ok(Answer {
        tree: RecordedTree::new(listed.records, label.to_owned()),
        mounts,
        foreign: listed.foreign,
        gone: reader.gone,
        has_attributes,
        way,
        is_well: reader.is_well,
    })
}

struct Reader<'m, R> {
    fields: Fields<R>,
    pruning: &'m Pruning,
    most: Most,
    monitor: &'m dyn Monitor,
    gone: Vec<ImagePath>,
    is_well: bool,
}

impl<R: BufRead> Reader<'_, R> {
    fn way(&mut self) -> Result<Way, Fault> {
        match &*self.fields.field(WORDS)? {
            b"find 1" => {}
            b"no find" => {
                return Err(self.fields.at_its_end(Fault::NoProgram(
                    "has neither imgtool nor GNU find (`find -printf`), by which it could be listed",
                )));
            }
            _ => return Err(Fault::Malformed("it lists nothing")),
        }
        match &*self.fields.field(WORDS)? {
            b"none" => Ok(Way::Find),
            b"old" => Ok(Way::FindForOld),
            _ => Err(Fault::Malformed("it does not say why it uses find")),
        }
    }

    /// The entries, to how `find` ended.
    fn entries(&mut self, mounts: &[Mount]) -> Result<Listed, Fault> {
        let mut gathered: Option<Gathered> = None;
        let mut next = self.fields.field(WORDS)?;
        while next != b"found" {
            let mut found = Found::parse(&next).ok_or(Fault::Malformed("an entry is none"))?;
            let path = self.fields.field(PATH)?;
            let target = self.fields.field(PATH)?;
            next = self.fields.field(WORDS)?;
            let number = self.number(&found.kind, &mut next)?;
            self.monitor.advance(1, 0);
            let Some(kind) = completed(found.kind, target, number) else {
                // It was listed, and then there was no more to be learned. What
                // was said tells whether it vanished.
                self.is_well = false;
                continue;
            };
            found.kind = kind;
            match &mut gathered {
                Some(gathered) => gathered.add(&path, &found)?,
                None if path.is_empty() => {
                    gathered = Some(Gathered::begin(&found, mounts, self.most)?);
                }
                None => return Err(Fault::Malformed("the first entry is not the root")),
            }
        }
        self.ends()?;
        let gathered = gathered.ok_or(Fault::Malformed("it lists no entries"))?;
        Ok(gathered.finish())
    }

    /// The number of a device, which comes in a field of its own.
    fn number(&mut self, kind: &Kind, next: &mut Vec<u8>) -> Result<Option<DeviceNumber>, Fault> {
        let is_device = matches!(kind, Kind::CharDevice(_) | Kind::BlockDevice(_));
        if !is_device || !next.starts_with(b"d") {
            return Ok(None);
        }
        let number = device_number(next).ok_or(Fault::Malformed("a device has no number"))?;
        *next = self.fields.field(WORDS)?;
        Ok(Some(number))
    }

    /// How programs ended, a number in a line each.
    fn ends(&mut self) -> Result<(), Fault> {
        let ends = self.fields.field(WORDS)?;
        let is_number = |end: &[u8]| !end.is_empty() && end.iter().all(u8::is_ascii_digit);
        if !ends.split(|&byte| byte == b'\n').all(is_number) {
            return Err(Fault::Malformed("it does not say how a program ended"));
        }
        let mut ends = ends.split(|&byte| byte == b'\n');
        self.is_well &= ends.all(|end| end == b"0");
        Ok(())
    }

    fn attributes(&mut self, listed: &mut Listed) -> Result<(), Fault> {
        let mut block = Block::default();
        let mut line = Vec::new();
        loop {
            let end = self.fields.line(&mut line, ATTRIBUTE)?;
            if end == End::Text {
                break;
            }
            if let Some((path, xattrs)) = block.line(&line).map_err(Fault::Malformed)? {
                listed.set_attributes(&path, xattrs);
            }
            if block.bytes() > self.most.attributes {
                return Err(Fault::TooMuch("bytes of attributes", self.most.attributes));
            }
        }
        if block.is_open() || !line.is_empty() {
            return Err(Fault::Malformed("attributes are cut off"));
        }
        self.ends()
    }

    fn sums(&mut self, listed: &mut Listed) -> Result<(), Fault> {
        let algorithm = sums::algorithm(&self.fields.field(WORDS)?);
        let algorithm = algorithm.ok_or(Fault::Malformed("sums of no known program"))?;
        loop {
            let mut names = Vec::new();
            loop {
                let name = self.fields.field(PATH)?;
                if name.is_empty() {
                    break;
                }
                if names.len() == BATCH {
                    return Err(Fault::Malformed("a batch of sums is too long"));
                }
                names.push(attributes::path(&name).map_err(Fault::Malformed)?);
            }
            if names.is_empty() {
                break;
            }
            self.batch(algorithm, names, listed)?;
        }
        self.ends()?;
        self.without_sums(listed);
        Ok(())
    }

    /// The sums of some files: as many lines with sums as there are names, and
    /// as many with sizes and times.
    fn batch(
        &mut self,
        algorithm: Algorithm,
        names: Vec<ImagePath>,
        listed: &mut Listed,
    ) -> Result<(), Fault> {
        let mut lines = Vec::with_capacity(names.len() * 2);
        let mut line = Vec::new();
        while self.fields.line(&mut line, SUM)? == End::Line {
            if lines.len() == names.len() * 2 {
                return Err(Fault::Malformed("there are more sums than files"));
            }
            lines.push(line[..line.len().min(DIGITS)].to_vec());
        }
        if lines.len() != names.len() * 2 || !line.is_empty() {
            return Err(Fault::Malformed("there are fewer sums than files"));
        }
        let (sums, ages) = lines.split_at(names.len());
        for ((path, sum), age) in names.into_iter().zip(sums).zip(ages) {
            let read = sums::read(algorithm, sum, age);
            let read = read.ok_or(Fault::Malformed("a sum is none"))?;
            let Some(id) = listed.find(&path) else {
                // It was made since, or something is mounted there.
                continue;
            };
            let entry = listed.records.entry(id);
            let (Some(size), mtime) = (entry.file_size(), entry.metadata.mtime) else {
                continue;
            };
            if self.pruning.leaves_out(&path, false) {
                continue;
            }
            match read {
                Read::Whole(digest, read_size, read_mtime) => {
                    if (size, mtime) != (read_size, read_mtime) {
                        return Err(Fault::Changed(path));
                    }
                    self.monitor.advance(0, size);
                    listed.records.set_content(id, digest);
                }
                Read::Gone => {}
                Read::Failed => self.is_well = false,
            }
        }
        Ok(())
    }

    /// Files of which there is no sum are not there any more, unless nobody
    /// wanted to know it.
    fn without_sums(&mut self, listed: &mut Listed) {
        let pruning = self.pruning;
        let records = &mut listed.records;
        let is_lost = |records: &Records, id| {
            records.entry(id).file_size().is_some()
                && records.content(id).is_none()
                && !pruning.leaves_out(&records.path(id), false)
        };
        for id in records.ids() {
            if is_lost(records, id) {
                self.gone.push(records.path(id));
                records.remove(id);
            }
        }
    }
}

#[cfg(test)]
mod tests;
