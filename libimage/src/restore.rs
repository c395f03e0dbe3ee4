//! [`restore`]: a tree comes back from a backup, exactly as it was.
//!
//! It goes the way of an import: members are placed, files written on several
//! threads, all of it aside. The frames are proven and unpacked several at once,
//! the first while the manifest is read; for some paths only those frames are read
//! that hold them. What was written is compared with the backup's manifest, entry
//! by entry, before it takes its name.

mod error;
mod frames;
mod pick;
mod picked;

pub use error::{NoSuchPath, RestoreError};

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::{ArchiveReader, Gated, Layout, Limits, Unpacker};
use crate::backup::Inside;
use crate::backup::agree::Agreement;
use crate::import::{self, Admission, Disk, ImportError, Origin};
use crate::manifest::{self, Summary};
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::seekable::Reader;
use crate::sys::host::within;
use crate::tree::{RecordedTree, Records};
use crate::writer::{
    Destination, HEAD_BYTES, KeptTimes, Known, LeftOut, Needs, NoRoom, Observe, Privilege, Sidecar,
    Staging, WriteError, write_tree,
};
use frames::Frames;
use pick::Pick;
use picked::Picked;

/// How a tree is restored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What is restored, with all beneath it; everything if there is nothing in
    /// it. Directories above come as they were, with nothing else in them.
    pub paths: Vec<ImagePath>,
    /// Whether a tree that stands at the destination is swapped out.
    pub replace: bool,
    /// Whether it is an error if something must be left out for want of
    /// privilege.
    pub strict: bool,
    /// Whether a tree is refused for which there is no room.
    pub room_check: bool,
    /// Threads that write files, and threads that unpack.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            replace: false,
            strict: false,
            room_check: true,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What was restored.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Where the tree stands.
    pub path: PathBuf,
    /// The tree: its digest, entries and bytes.
    pub tree: Summary,
    /// What was left out for want of privilege.
    pub left_out: LeftOut,
    /// How many frames were read.
    pub frames: usize,
    /// Whether a former tree was replaced.
    pub replaced: bool,
    /// Where the former tree still is, if it could not be removed whole.
    pub left_behind: Option<PathBuf>,
}

/// Restores the tree in a backup, or some paths of it, as the tree at
/// `destination`.
///
/// # Errors
///
/// A [`RestoreError`]; the destination is as it was then, and nothing is left
/// beside it, but for [`WriteError::NotFinished`],
/// which says so.
pub fn restore(
    reader: &Arc<Reader>,
    destination: &Destination,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, RestoreError> {
    destination.check(options.replace)?;
    if let Some(path) = reader.path()
        && within(path, destination.path()).is_some()
    {
        // It would be removed with the former tree.
        return Err(RestoreError::Inside(Inside {
            path: path.to_owned(),
        }));
    }
    let is_whole = options.paths.is_empty();
    let mut frames = Frames::begin(reader, options.threads, is_whole)?;
    let (listed, summary) = reader.tree()?;
    let records = listed.records();
    let pick = if is_whole {
        Pick::everything(reader.index(), records)
    } else {
        Pick::of(&options.paths, reader.index(), records)
            .map_err(|path| NoSuchPath::new(reader.label(), path, records))?
    };
    if options.room_check {
        check_room(&pick, reader, records, destination)?;
    }
    let privilege = Privilege::of_this_process();
    let mut staging = Staging::begin(destination, monitor)?;
    staging.check_rename(options.replace)?;
    let bytes = pick
        .frames()
        .map(|number| reader.index().frames[number].length);
    monitor.begin(Phase::Restore, Some(bytes.sum()));
    let (mut written, left_out, kept) = write(
        &mut frames,
        records,
        &pick,
        &mut staging,
        options,
        privilege,
        monitor,
    )
    .map_err(|error| {
        let block = staging.top().room().map_or(1, |room| room.block);
        let needs = pick.needs(records, reader.index(), block);
        explain(error, &staging, needs)
    })?;
    let agreement = Agreement {
        expected: records,
        found: &written,
        privilege: Some(privilege),
    };
    agreement.check(pick.entries())?;
    let is_exact = left_out.is_nothing() && kept.is_exact();
    // From here on the times count that the file system has.
    kept.record(&mut written);
    let written = RecordedTree::new(written, reader.label().to_owned());
    let tree = staging.sidecar(Sidecar::Manifest, |out| {
        manifest::build(&written, out, 1, monitor).map_err(RestoreError::from)
    })?;
    if is_whole && is_exact && tree.digest != summary.digest {
        // What was compared entry by entry has to be this as well.
        return Err(reader.bad_manifest("the tree has another digest").into());
    }
    let origin = Origin::of_backup(reader, &tree, &staging)?;
    staging.sidecar(Sidecar::Origin, |out| origin.write(out))?;
    let published = staging.publish(options.replace, monitor)?;
    Ok(Outcome {
        path: destination.path().to_owned(),
        tree,
        left_out,
        frames: pick.frames().count(),
        replaced: published.replaced,
        left_behind: published.left_behind,
    })
}

/// Nobody looks at files while they are written: the backup knows what they are.
struct Nobody;

impl Observe for Nobody {
    fn file(&self, _: &ImagePath, head: &[u8]) {
        debug_assert!(head.len() <= HEAD_BYTES);
    }
}

/// Writes what was picked; the tree as it was to be written comes back, what was
/// left out, and which times are others.
fn write(
    frames: &mut Frames<'_>,
    listed: &Records,
    pick: &Pick,
    staging: &mut Staging<'_>,
    options: &Options,
    privilege: Privilege,
    monitor: &dyn Monitor,
) -> Result<(Records, LeftOut, KeptTimes), RestoreError> {
    let label = frames.reader.label();
    let limits = Limits::none();
    let mut layout = Layout::new(label.to_owned(), privilege.default_owner(), limits.clone());
    let how = import::Options {
        strict: options.strict,
        ..import::Options::default()
    };
    let (left_out, kept) = write_tree(staging, options.threads, &Nobody, |writer| {
        let mut sink = Gated {
            gate: Picked::new(pick, listed),
            sink: Gated {
                gate: Admission::exact(label, &how, privilege),
                sink: Disk::new(writer),
            },
        };
        let mut unpacker = Unpacker::new(&mut layout);
        for directory in pick.directories(listed) {
            unpacker.plain(directory, &mut sink.sink)?;
        }
        for run in pick.runs() {
            let of_run = frames.run(run.frames.clone())?;
            let archive = ArchiveReader::framed(of_run, label.to_owned(), limits.clone())?;
            sink.gate.begin(run.first);
            unpacker.members(archive, run.entries, &mut sink, monitor)?;
        }
        unpacker.finish(monitor);
        let passed = sink.sink.gate.passed();
        let Disk { writer, .. } = sink.sink.sink;
        let kept = writer.finish(layout.records_mut(), monitor)?;
        passed.warn(0, monitor);
        Ok::<_, RestoreError>((passed.left_out, kept))
    })?;
    Ok((layout.into_records(), left_out, kept))
}

/// Refuses a tree for which there is certainly no room: the sizes are known.
fn check_room(
    pick: &Pick,
    reader: &Reader,
    records: &Records,
    destination: &Destination,
) -> Result<(), RestoreError> {
    let room = destination.room()?;
    let needs = pick.needs(records, reader.index(), room.block);
    NoRoom::check(destination.path(), &room, needs, Known::AtLeast).map_err(RestoreError::NoRoom)
}

/// Says how much is missing, where the file system became full in the middle.
fn explain(error: RestoreError, staging: &Staging<'_>, needs: Needs) -> RestoreError {
    let error = match error {
        RestoreError::Write(WriteError::Sys(error))
        | RestoreError::Member(ImportError::Write(WriteError::Sys(error))) => error,
        error => return error,
    };
    match staging.explain(error, || needs) {
        Ok(no_room) => no_room.into(),
        Err(error) => WriteError::Sys(error).into(),
    }
}
