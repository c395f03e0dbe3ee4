//! [`List`]: what there is to copy, as the clone shall have it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::STRICT;
use super::select::{Sent, filter_xattrs};
use super::{CloneError, Options, RefusedEntry};
use crate::entry::{Counts, Entry, Kind, LinkGroup, Timestamp};
use crate::filter::Filter;
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::size::total;
use crate::tree::{RecordId, Records, Trail, Tree, TreeError, Walked, changed, walk_selected};
use crate::writer::{LeftOut, Privilege};

/// The source, listed before its first byte is read.
pub(super) struct List {
    /// The clone as it shall be, directories before what is in them.
    pub(super) records: Records,
    /// For each further name of an inode the first one.
    pub(super) leaders: HashMap<RecordId, RecordId>,
    /// The times of each entry of the source, by number of its record.
    listed: Vec<Listed>,
    /// Directories that stand for what is mounted.
    mounted: HashSet<RecordId>,
    pub(super) counts: Counts,
    /// The lengths of all files, each inode once.
    pub(super) bytes: u64,
    pub(super) left_out: LeftOut,
    pub(super) filtered: u64,
    pub(super) mounts: u64,
}

/// The times of an entry when it was listed.
#[derive(Clone, Copy)]
struct Listed {
    /// When it was changed last; a file system that is not as exact may have the
    /// clone's otherwise.
    mtime: Timestamp,
    /// When anything was last done to it (its ctime), as far as its tree tells.
    touched: Option<Timestamp>,
}

impl List {
    /// Walks the source.
    pub(super) fn of(
        source: &dyn Tree,
        without: Option<&HashSet<ImagePath>>,
        options: &Options,
        privilege: Privilege,
        monitor: &dyn Monitor,
    ) -> Result<Self, CloneError> {
        monitor.begin(Phase::Walk, None);
        let filtered = AtomicU64::new(0);
        let sent = Sent::of(source, &options.filter, without, &filtered)?;
        let mut lister = Lister {
            label: source.label(),
            filter: &options.filter,
            strict: options.strict,
            privilege,
            list: Self {
                records: Records::new(source.root()?.0.metadata),
                leaders: HashMap::new(),
                listed: Vec::new(),
                mounted: HashSet::new(),
                counts: Counts::default(),
                bytes: 0,
                left_out: LeftOut::default(),
                filtered: 0,
                mounts: 0,
            },
            firsts: HashMap::new(),
            trail: Trail::new(Records::ROOT),
        };
        walk_selected(
            source,
            options.threads,
            sent,
            |directory, entry| match entry.kind {
                Kind::Mount => Ok(Seen::Mounted {
                    is_directory: directory.is_mounted_directory(&entry.name)?,
                }),
                _ => directory.changed(entry).map(Seen::Own),
            },
            |walked| lister.take(walked),
            monitor,
        )?;
        let Lister { mut list, .. } = lister;
        list.filtered = filtered.load(Ordering::Relaxed);
        Ok(list)
    }

    /// Whether an entry of the source is still what was listed, both as the clone
    /// has it (see [`adapt`]).
    pub(super) fn is_as_listed(&self, id: RecordId, entry: &Entry) -> bool {
        if entry.kind == Kind::Mount {
            return self.is_mount(id);
        }
        let mut was = self.records.entry(id);
        was.metadata.mtime = self.listed(id);
        was.kind == entry.kind && was.metadata == entry.metadata
    }

    /// When an entry of the source was changed last.
    pub(super) fn listed(&self, id: RecordId) -> Timestamp {
        self.listed[id.number() as usize].mtime
    }

    /// Whether nothing was done to an entry since it was listed, as far as its tree
    /// tells: mtimes can be set back, and ctimes cannot.
    pub(super) fn is_untouched(&self, id: RecordId, now: Timestamp) -> bool {
        let touched = self.listed[id.number() as usize].touched;
        touched.is_none_or(|touched| touched == now)
    }

    /// Whether a directory stands for something that is mounted in the source.
    pub(super) fn is_mount(&self, id: RecordId) -> bool {
        self.mounted.contains(&id)
    }

    /// Whether an entry of this kind may have been left out.
    pub(super) fn may_lack(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Mount => true,
            Kind::CharDevice(_) | Kind::BlockDevice(_) => self.left_out.devices > 0,
            _ => false,
        }
    }
}

/// Changes an entry to what the clone shall have of it: what the filter sends and
/// this process may make. What is lost comes back; a device node is so altogether.
pub(super) fn adapt(filter: &Filter, privilege: Privilege, entry: &mut Entry) -> LeftOut {
    filter_xattrs(filter, entry);
    let mut lost = LeftOut::default();
    if privilege.can_make(&entry.kind) {
        let takes_user = matches!(entry.kind, Kind::File { .. } | Kind::Directory);
        privilege.adapt(takes_user, &mut entry.metadata, &mut lost);
    } else {
        lost.devices = 1;
    }
    lost
}

/// What is looked at besides an entry itself.
enum Seen {
    /// Whether what is mounted there is a directory.
    Mounted { is_directory: bool },
    /// When anything was last done to an entry of the tree, where that is known.
    Own(Option<Timestamp>),
}

/// Puts a list together.
struct Lister<'a> {
    label: String,
    filter: &'a Filter,
    strict: bool,
    privilege: Privilege,
    list: List,
    /// The first name of each inode that has several.
    firsts: HashMap<LinkGroup, RecordId>,
    /// The directories from the root to where the last entry stood.
    trail: Trail<RecordId>,
}

impl Lister<'_> {
    /// Takes an entry.
    fn take(&mut self, walked: Walked<Seen>) -> Result<(), CloneError> {
        let Walked {
            path,
            mut entry,
            seen,
        } = walked;
        let mtime = entry.metadata.mtime;
        if let Seen::Mounted { is_directory } = seen {
            self.list.mounts += 1;
            if !is_directory {
                return Ok(());
            }
            entry.kind = Kind::Directory;
        }
        let lost = adapt(self.filter, self.privilege, &mut entry);
        if self.strict && !lost.is_nothing() {
            return Err(CloneError::Entry(RefusedEntry {
                tree: self.label.clone(),
                path,
                reason: format!("{STRICT}{lost}"),
            }));
        }
        self.list.left_out += lost;
        if lost.devices > 0 {
            return Ok(());
        }
        let id = if path.is_root() {
            self.list
                .records
                .set_metadata(Records::ROOT, entry.metadata);
            self.list.counts.add(&Kind::Directory);
            Records::ROOT
        } else {
            self.add(&path, entry)?
        };
        let touched = match seen {
            Seen::Mounted { .. } => {
                self.list.mounted.insert(id);
                None
            }
            Seen::Own(touched) => touched,
        };
        let place = id.number() as usize;
        let listed = Listed { mtime, touched };
        self.list.listed.resize(place + 1, listed);
        Ok(())
    }

    fn add(&mut self, path: &ImagePath, entry: Entry) -> Result<RecordId, CloneError> {
        let list = &mut self.list;
        let parent = path.parent().unwrap_or_else(ImagePath::root);
        let above = self.trail.up_to(&parent);
        let directory = *above.expect("a directory comes before its entries");
        list.counts.add(&entry.kind);
        let (link, size) = (entry.link, entry.file_size());
        list.records.check_names(path, &entry)?;
        // A name that a directory lists twice was made anew meanwhile.
        let id = list.records.insert(directory, entry);
        let id = id.ok_or_else(|| changed(path, &self.label))?;
        let first = link.map(|group| *self.firsts.entry(group).or_insert(id));
        match first.filter(|&first| first != id) {
            Some(first) => {
                list.counts.hard_links += 1;
                list.leaders.insert(id, first);
                self.check_same(first, id)?;
            }
            None => list.bytes = total([list.bytes, size.unwrap_or(0)]),
        }
        if self.list.records.is_directory(id) {
            self.trail.down_to(path.clone(), id);
        }
        Ok(id)
    }

    /// One inode looks the same by all its names, unless it changed meanwhile.
    fn check_same(&self, first: RecordId, id: RecordId) -> Result<(), TreeError> {
        let records = &self.list.records;
        let [one, other] = [first, id].map(|id| records.entry(id));
        if one.kind == other.kind && one.metadata == other.metadata {
            return Ok(());
        }
        Err(changed(&records.path(id), &self.label))
    }
}
