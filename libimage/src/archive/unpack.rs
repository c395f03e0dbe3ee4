//! [`Unpacker`]: reads archives to their end and has each member made by a sink.

use std::collections::{BTreeMap, HashMap};

use super::accounts::{AccountFile, Accounts};
use super::acl::NamedAcl;
use super::buffers::Slice;
use super::error::ArchiveError;
use super::layout::{Layout, Placed, Replaced, What};
use super::member::{Member, MemberKind};
use super::reader::{ArchiveReader, ArchiveSummary};
use super::sparse::SparseMap;
use crate::entry::{LinkGroup, Xattrs};
use crate::monitor::{self, Cancelled, Monitor, Warning};
use crate::tree::{RecordId, Records};

/// Makes what the members of an archive describe, or only notes it.
///
/// Calls come in the order of the archive. What is already decided stands in
/// the records.
pub trait Sink {
    /// Why something could not be made.
    type Error: From<ArchiveError> + From<Cancelled>;

    /// Changes a member to what can be made of it; `false` leaves it out.
    ///
    /// # Errors
    ///
    /// Any error ends the reading.
    fn admit(&mut self, member: &mut Member) -> Result<bool, Self::Error>;

    /// An entry goes, since a later member takes its place.
    ///
    /// # Errors
    ///
    /// Any error ends the reading.
    fn remove(&mut self, records: &mut Records, replaced: Replaced) -> Result<(), Self::Error>;

    /// A directory, new or described anew.
    ///
    /// # Errors
    ///
    /// Any error ends the reading.
    fn directory(&mut self, records: &Records, id: RecordId) -> Result<(), Self::Error>;

    /// A symlink, device or fifo.
    ///
    /// # Errors
    ///
    /// Any error ends the reading.
    fn special(&mut self, records: &Records, id: RecordId) -> Result<(), Self::Error>;

    /// Another name of an entry.
    fn hard_link(&mut self, id: RecordId, target: RecordId);

    /// A regular file of `size` bytes, whose content is in `data`.
    ///
    /// # Errors
    ///
    /// Any error ends the reading.
    fn file(
        &mut self,
        records: &mut Records,
        id: RecordId,
        size: u64,
        data: FileData<'_, '_>,
    ) -> Result<(), Self::Error>;
}

/// The content of the file that an archive is at.
pub struct FileData<'a, 'm> {
    reader: &'a mut ArchiveReader,
    meter: &'a mut Meter<'m>,
    sparse: Option<SparseMap>,
    /// Where a copy goes, if the content is wanted here too.
    copy: Option<&'a mut Vec<u8>>,
}

impl FileData<'_, '_> {
    /// Where its data lies, if it has holes; the pieces of data come back to back.
    pub fn take_sparse(&mut self) -> Option<SparseMap> {
        self.sparse.take()
    }

    /// The next piece of data, nothing at the end.
    ///
    /// # Errors
    ///
    /// What the reader answered, or that the monitor asks to stop.
    pub fn piece<E: From<ArchiveError> + From<Cancelled>>(&mut self) -> Result<Option<Slice>, E> {
        self.meter.check(self.reader)?;
        let slice = self.reader.data()?;
        if let (Some(copy), Some(slice)) = (&mut self.copy, &slice) {
            copy.extend_from_slice(slice);
        }
        Ok(slice)
    }
}

/// Tells a monitor how far a reader has come.
struct Meter<'a> {
    monitor: &'a dyn Monitor,
    /// Bytes told so far.
    told: u64,
}

impl Meter<'_> {
    /// Tells of what was read since, and asks whether to go on.
    fn check(&mut self, reader: &ArchiveReader) -> Result<(), Cancelled> {
        self.advance(0, reader);
        monitor::check(self.monitor)
    }

    fn advance(&mut self, entries: u64, reader: &ArchiveReader) {
        let now = reader.progress();
        if entries > 0 || now > self.told {
            self.monitor.advance(entries, now - self.told);
        }
        self.told = now;
    }
}

/// What was found besides the tree itself.
#[derive(Debug)]
pub struct Unpacked {
    /// How many members had a leading `/` taken off.
    pub absolute: u64,
    /// Entries whose ACLs became known at the end only, and which the sink
    /// has made without them.
    pub amended: Vec<RecordId>,
    /// ACLs left out because they name users that the archive does not know.
    pub unknown_acls: u64,
}

/// The ACLs of entries that wait for the numbers of the users they name.
type Named = BTreeMap<RecordId, Vec<NamedAcl>>;

/// Reads archives into one tree: a single one, or the layers of an image.
pub struct Unpacker<'a> {
    layout: &'a mut Layout,
    accounts: Accounts,
    named: Named,
    absolute: u64,
}

impl<'a> Unpacker<'a> {
    /// Begins with the tree as `layout` has it.
    pub fn new(layout: &'a mut Layout) -> Self {
        Self {
            layout,
            accounts: Accounts::default(),
            named: Named::new(),
            absolute: 0,
        }
    }

    /// Reads one archive to its end, places every member and has `sink` make
    /// it.
    ///
    /// # Errors
    ///
    /// What the reader, the layout or the sink answered first.
    pub fn archive<S: Sink>(
        &mut self,
        mut reader: ArchiveReader,
        sink: &mut S,
        monitor: &dyn Monitor,
    ) -> Result<ArchiveSummary, S::Error> {
        let mut meter = Meter { monitor, told: 0 };
        while let Some(mut member) = reader.next()? {
            meter.check(&reader)?;
            if sink.admit(&mut member)? {
                self.member(member, &mut reader, &mut meter, sink)?;
            }
            meter.advance(1, &reader);
        }
        for placed in self.layout.settle_links()? {
            self.make(placed, None, sink)?;
        }
        Ok(reader.finish()?)
    }

    /// Places a member without content, wherever it comes from, and has it made.
    ///
    /// # Errors
    ///
    /// As those of [`Unpacker::archive`].
    pub(crate) fn plain<S: Sink>(
        &mut self,
        mut member: Member,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if sink.admit(&mut member)? {
            let placed = self.layout.place(member)?;
            self.make(placed, None, sink)?;
        }
        Ok(())
    }

    /// Reads so many members of an archive, as [`Unpacker::archive`] does, and
    /// not what follows.
    ///
    /// # Errors
    ///
    /// As those of [`Unpacker::archive`].
    pub(crate) fn members<S: Sink>(
        &mut self,
        mut reader: ArchiveReader,
        count: u64,
        sink: &mut S,
        monitor: &dyn Monitor,
    ) -> Result<(), S::Error> {
        let mut meter = Meter { monitor, told: 0 };
        for _ in 0..count {
            let Some(mut member) = reader.next()? else {
                break;
            };
            meter.check(&reader)?;
            if sink.admit(&mut member)? {
                self.member(member, &mut reader, &mut meter, sink)?;
            }
            meter.advance(1, &reader);
        }
        Ok(())
    }

    /// The same for a layer over what was read so far, whose whiteouts hide it.
    ///
    /// # Errors
    ///
    /// As those of [`Unpacker::archive`].
    pub fn layer<S: Sink>(
        &mut self,
        reader: ArchiveReader,
        sink: &mut S,
        monitor: &dyn Monitor,
    ) -> Result<ArchiveSummary, S::Error> {
        self.layout.begin_layer();
        self.archive(reader, sink, monitor)
    }

    /// Ends the tree: ACLs by name become ACLs by number.
    pub fn finish(self, monitor: &dyn Monitor) -> Unpacked {
        let mut unpacked = Unpacked {
            absolute: self.absolute,
            amended: Vec::new(),
            unknown_acls: 0,
        };
        resolve(
            self.named,
            &self.accounts,
            self.layout.records_mut(),
            &mut unpacked,
            monitor,
        );
        unpacked
    }

    /// Places one member and has it made.
    fn member<S: Sink>(
        &mut self,
        mut member: Member,
        reader: &mut ArchiveReader,
        meter: &mut Meter<'_>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let sparse = match &mut member.kind {
            MemberKind::File { sparse, .. } => sparse.take(),
            _ => None,
        };
        let acls = std::mem::take(&mut member.named_acls);
        self.layout.count_acls(&acls, &member.path)?;
        let placed = self.layout.place(member)?;
        self.absolute += u64::from(placed.was_absolute);
        let what = placed.what;
        self.make(placed, Some((reader, meter, sparse)), sink)?;
        if let What::Directory(id) | What::File(id) = what {
            // A directory that is described anew has no more of what it had.
            self.named.remove(&id);
            if !acls.is_empty() {
                self.named.insert(id, acls);
            }
        }
        Ok(())
    }

    /// Has made what was placed; `content` is where a file's comes from.
    fn make<S: Sink>(
        &mut self,
        placed: Placed,
        content: Option<(&mut ArchiveReader, &mut Meter<'_>, Option<SparseMap>)>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let records = self.layout.records_mut();
        for replaced in placed.replaced {
            sink.remove(records, replaced)?;
        }
        match placed.what {
            What::Directory(id) => sink.directory(records, id)?,
            What::Special(id) => sink.special(records, id)?,
            What::HardLink { id, target } => sink.hard_link(id, target),
            What::Nothing => {}
            What::File(id) => {
                let (reader, meter, sparse) = content.expect("a file is placed with its content");
                let size = records.entry(id).file_size().unwrap_or(0);
                let wanted = AccountFile::at(records.path(id).as_bytes())
                    .filter(|_| size <= AccountFile::MAX_SIZE && sparse.is_none());
                let mut copy = Vec::new();
                let data = FileData {
                    reader,
                    meter,
                    sparse,
                    copy: wanted.is_some().then_some(&mut copy),
                };
                sink.file(records, id, size, data)?;
                if let Some(wanted) = wanted {
                    self.accounts.read(wanted, &copy);
                }
            }
        }
        Ok(())
    }
}

/// Gives entries the ACLs that named users, now that all accounts are known.
fn resolve(
    named: Named,
    accounts: &Accounts,
    records: &mut Records,
    unpacked: &mut Unpacked,
    monitor: &dyn Monitor,
) {
    let inodes = names_of(named.keys().copied(), records);
    for (id, acl) in named
        .into_iter()
        .flat_map(|(id, acls)| acls.into_iter().map(move |acl| (id, acl)))
    {
        let standing = match records.link(id) {
            Some(group) => inodes.get(&group).cloned().unwrap_or_default(),
            None if records.is_attached(id) => vec![id],
            None => Vec::new(),
        };
        let Some(&id) = standing.first() else {
            continue;
        };
        match acl.resolve(|name| accounts.user(name), |name| accounts.group(name)) {
            Ok(resolved) => {
                let mut metadata = records.metadata(id);
                if let Some(permissions) = resolved.permissions {
                    metadata.mode = metadata.mode & 0o7000 | permissions;
                }
                if let Some(value) = resolved.value {
                    let pairs = metadata
                        .xattrs
                        .iter()
                        .map(|(name, value)| (name.into(), value.into()))
                        .chain([(resolved.attribute.into(), value.into())])
                        .collect();
                    metadata.xattrs = Xattrs::new(pairs);
                }
                for id in standing {
                    records.set_metadata(id, metadata.clone());
                }
                if unpacked.amended.last() != Some(&id) {
                    unpacked.amended.push(id);
                }
            }
            Err(reason) => {
                unpacked.unknown_acls += 1;
                monitor.warn(Warning {
                    path: records.path(id),
                    message: format!("its ACL is left out: {reason}"),
                });
            }
        }
    }
}

/// All names that inodes still have, for the inodes of some entries.
fn names_of(
    entries: impl Iterator<Item = RecordId>,
    records: &Records,
) -> HashMap<LinkGroup, Vec<RecordId>> {
    let mut names: HashMap<LinkGroup, Vec<RecordId>> = entries
        .filter_map(|id| Some((records.link(id)?, Vec::new())))
        .collect();
    if !names.is_empty() {
        for id in records.ids().filter(|&id| records.is_attached(id)) {
            if let Some(names) = records.link(id).and_then(|group| names.get_mut(&group)) {
                names.push(id);
            }
        }
    }
    names
}
