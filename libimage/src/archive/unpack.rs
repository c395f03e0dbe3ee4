//! [`unpack`]: reads an archive to its end and has each member made by a sink.

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
    fn admit(&mut self, member: &mut Member) -> bool;

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
        data: FileData<'_>,
    ) -> Result<(), Self::Error>;
}

/// The content of the file that an archive is at.
pub struct FileData<'a> {
    reader: &'a mut ArchiveReader,
    sparse: Option<SparseMap>,
    /// Where a copy goes, if the content is wanted here too.
    copy: Option<&'a mut Vec<u8>>,
}

impl FileData<'_> {
    /// Where its data lies, if it has holes; the pieces of data come back to back.
    pub fn take_sparse(&mut self) -> Option<SparseMap> {
        self.sparse.take()
    }

    /// The next piece of data, nothing at the end.
    ///
    /// # Errors
    ///
    /// What the reader answered.
    pub fn piece(&mut self) -> Result<Option<Slice>, ArchiveError> {
        let slice = self.reader.data()?;
        if let (Some(copy), Some(slice)) = (&mut self.copy, &slice) {
            copy.extend_from_slice(slice);
        }
        Ok(slice)
    }
}

/// What an archive was found to hold.
#[derive(Debug)]
pub struct Unpacked {
    /// The archive itself.
    pub summary: ArchiveSummary,
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

/// Reads `reader` to its end, places every member in `layout` and has `sink`
/// make it.
///
/// # Errors
///
/// What the reader, the layout or the sink answered first.
pub fn unpack<S: Sink>(
    mut reader: ArchiveReader,
    layout: &mut Layout,
    sink: &mut S,
    monitor: &dyn Monitor,
) -> Result<Unpacked, S::Error> {
    let mut accounts = Accounts::default();
    let mut named = Named::new();
    let mut absolute = 0;
    let mut read = 0;
    while let Some(mut member) = reader.next()? {
        monitor::check(monitor)?;
        if sink.admit(&mut member) {
            let acls = std::mem::take(&mut member.named_acls);
            absolute += u64::from(one(
                member,
                acls,
                &mut reader,
                layout,
                sink,
                &mut accounts,
                &mut named,
            )?);
        }
        let now = reader.progress();
        monitor.advance(1, now - read);
        read = now;
    }
    let summary = reader.finish()?;
    let mut unpacked = Unpacked {
        summary,
        absolute,
        amended: Vec::new(),
        unknown_acls: 0,
    };
    resolve(
        named,
        &accounts,
        layout.records_mut(),
        &mut unpacked,
        monitor,
    );
    Ok(unpacked)
}

/// Places one member and has it made; tells whether its path was absolute.
fn one<S: Sink>(
    mut member: Member,
    acls: Vec<NamedAcl>,
    reader: &mut ArchiveReader,
    layout: &mut Layout,
    sink: &mut S,
    accounts: &mut Accounts,
    named: &mut Named,
) -> Result<bool, S::Error> {
    let sparse = match &mut member.kind {
        MemberKind::File { sparse, .. } => sparse.take(),
        _ => None,
    };
    layout.count_acls(&acls, &member.path)?;
    let Placed {
        what,
        replaced,
        was_absolute,
    } = layout.place(member)?;
    let records = layout.records_mut();
    if let Some(replaced) = replaced {
        sink.remove(records, replaced)?;
    }
    match what {
        What::Directory(id) => sink.directory(records, id)?,
        What::Special(id) => sink.special(records, id)?,
        What::HardLink { id, target } => sink.hard_link(id, target),
        What::Nothing => {}
        What::File(id) => {
            let size = records.entry(id).file_size().unwrap_or(0);
            let wanted = AccountFile::at(records.path(id).as_bytes())
                .filter(|_| size <= AccountFile::MAX_SIZE && sparse.is_none());
            let mut copy = Vec::new();
            let data = FileData {
                reader,
                sparse,
                copy: wanted.is_some().then_some(&mut copy),
            };
            sink.file(records, id, size, data)?;
            if let Some(wanted) = wanted {
                accounts.read(wanted, &copy);
            }
        }
    }
    if let What::Directory(id) | What::File(id) = what {
        // A directory that is described anew has no more of what it had.
        named.remove(&id);
        if !acls.is_empty() {
            named.insert(id, acls);
        }
    }
    Ok(was_absolute)
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
