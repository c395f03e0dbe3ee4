//! Files, symlinks and devices: made aside, made durable, put in their places.
//!
//! A rename may reach the disk before the content of what is renamed: after a
//! power cut there would be a file of the right time and no content. So some are
//! made, the file system is synced, and only then they take their places.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Outcome;
use super::content::{descend, pour};
use super::crew::share;
use super::deeds::{Deeds, name};
use super::error::SyncError;
use crate::digest::{ContentDigest, Digest};
use crate::entry::{Entry, Kind, Metadata};
use crate::monitor;
use crate::path::ImagePath;
use crate::plan::{Deed, Step};
use crate::root::Dir;
use crate::size::total;
use crate::tree::{Directory, LiveTree, TreeError, Want};
use crate::writer::Filling;

/// Files of a directory that are one piece of work.
const PIECE_FILES: usize = 64;

/// Content of a piece of work, in bytes.
const PIECE_BYTES: u64 = 4 << 20;

/// Steps that wait aside at once.
const ROUND_STEPS: usize = 1 << 14;

/// Some of the steps in one directory.
struct Piece<'a> {
    path: &'a ImagePath,
    steps: Vec<usize>,
    bytes: u64,
}

/// Steps of a directory whose entries wait aside, by these names.
struct Waiting<'a> {
    path: &'a ImagePath,
    made: Vec<(usize, Vec<u8>)>,
}

impl Deeds<'_> {
    /// Does what is about files; what was written counts even if it fails.
    pub(super) fn files(&self, outcome: &mut Outcome) -> Result<(), SyncError> {
        let pieces = self.pieces();
        let written = AtomicU64::new(0);
        let mut left = &pieces[..];
        let mut answer = Ok(());
        while !left.is_empty() && answer.is_ok() {
            let (round, behind) = left.split_at(self.round_of(left));
            answer = self.round(round, &written);
            left = behind;
        }
        outcome.bytes = written.into_inner();
        answer
    }

    /// The files and what is neither file nor directory, in pieces.
    fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        // Where room is scarce, each file takes its place before the next is made.
        let most = PIECE_BYTES.min(self.round);
        for (path, steps) in &self.ready.directories {
            let steps = steps.iter().copied().filter(|&index| self.is_file(index));
            let mut piece = Piece::new(path);
            for index in steps {
                piece.steps.push(index);
                piece.bytes = total([piece.bytes, self.ready.step(index).bytes()]);
                if piece.steps.len() >= PIECE_FILES || piece.bytes > most {
                    pieces.push(std::mem::replace(&mut piece, Piece::new(path)));
                }
            }
            if !piece.steps.is_empty() {
                pieces.push(piece);
            }
        }
        pieces
    }

    fn is_file(&self, index: usize) -> bool {
        let step = self.ready.step(index);
        let is_made = matches!(step.deed, Deed::Create | Deed::Update | Deed::Metadata);
        let is_left = self.ready.is_left_out(index) || self.found.done.contains(&index);
        is_made && !step.is_directory() && !is_left
    }

    /// How many of these pieces may wait aside at once: one at least.
    fn round_of(&self, pieces: &[Piece<'_>]) -> usize {
        let (mut bytes, mut steps) = (0_u64, 0);
        let fits = |piece: &&Piece<'_>| {
            bytes = total([bytes, piece.bytes]);
            steps += piece.steps.len();
            bytes <= self.round && steps <= ROUND_STEPS
        };
        pieces.iter().take_while(fits).count().max(1)
    }

    fn round(&self, pieces: &[Piece<'_>], written: &AtomicU64) -> Result<(), SyncError> {
        let waiting = Mutex::new(Vec::new());
        share(self.threads, pieces, |piece| {
            let made = self.piece(piece)?;
            let path = piece.path;
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(Waiting { path, made });
            Ok::<(), SyncError>(())
        })?;
        let mut waiting = waiting.into_inner().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|some| !some.made.is_empty());
        let mut made = waiting.iter().flat_map(|some| &some.made);
        let is_file = |index| {
            let source = self.ready.step(index).source.as_ref();
            source
                .and_then(Entry::file_size)
                .is_some_and(|size| size > 0)
        };
        if made.any(|(index, _)| is_file(*index)) {
            self.root.top().sync_file_system()?;
        }
        share(self.threads, &waiting, |some| self.put(some, written))
    }

    /// Makes what is new, and sets metadata where nothing else is to be done.
    fn piece(&self, piece: &Piece<'_>) -> Result<Vec<(usize, Vec<u8>)>, SyncError> {
        let dir = self.root.directory(piece.path)?;
        dir.make_writable()?;
        let mut source = None;
        let mut made = Vec::new();
        for &index in &piece.steps {
            monitor::check(self.monitor)?;
            let step = self.ready.step(index);
            let metadata = self.ready.metadata(index);
            let entry = step.source.as_ref().expect("all but deletions have one");
            if step.deed != Deed::Metadata {
                if source.is_none() {
                    source = Some(self.source_directory(piece.path)?);
                }
                let from = source.as_deref().expect("just opened");
                made.push((index, self.make(from, entry, metadata)?));
            } else if self.found.apart.contains(&index) {
                made.push((index, self.part(step, metadata, &dir)?));
            } else {
                let is_symlink = matches!(entry.kind, Kind::Symlink { .. });
                self.amend(&dir, name(step), metadata, is_symlink)?;
                self.placed[index].store(true, Ordering::Relaxed);
                self.monitor.advance(1, 0);
            }
        }
        Ok(made)
    }

    /// Puts what waits in its places.
    fn put(&self, some: &Waiting<'_>, written: &AtomicU64) -> Result<(), SyncError> {
        let dir = self.root.directory(some.path)?;
        for (index, own) in &some.made {
            monitor::check(self.monitor)?;
            let step = self.ready.step(*index);
            if step.deed != Deed::Metadata {
                self.keep(&dir, step)?;
            }
            self.aside.put(own, &dir, name(step))?;
            self.placed[*index].store(true, Ordering::Relaxed);
            written.fetch_add(step.bytes(), Ordering::Relaxed);
            self.monitor.advance(1, 0);
        }
        Ok(())
    }

    fn source_directory(&self, path: &ImagePath) -> Result<Arc<dyn Directory>, SyncError> {
        let directory = descend(self.source, path)?;
        directory.ok_or_else(|| changed(path))
    }

    /// Makes an entry anew; by what name it waits.
    fn make(
        &self,
        from: &dyn Directory,
        entry: &Entry,
        metadata: &Metadata,
    ) -> Result<Vec<u8>, SyncError> {
        let Kind::File { size } = entry.kind else {
            return Ok(self.aside.special(&entry.kind, metadata)?);
        };
        // Nobody has to see what was not compared.
        if entry.content.is_none()
            && let Some(dir) = from.yields()?
            && let Some(own) = self.aside.adopt(&dir, &entry.name)?
        {
            self.amend(self.aside.dir(), &own, metadata, false)?;
            self.monitor.advance(0, size);
            return Ok(own);
        }
        let fill =
            |filling: &mut Filling<'_>| pour(from, entry, filling, self.copier, self.monitor);
        let (own, digest) = self.aside.file(size, metadata, fill)?;
        if digest.is_some_and(|digest| is_another(entry, &digest)) {
            return Err(changed(&from.path().join(&entry.name)));
        }
        Ok(own)
    }

    /// Makes a name an inode of its own, with the content that it has.
    fn part(&self, step: &Step, metadata: &Metadata, dir: &Dir) -> Result<Vec<u8>, SyncError> {
        let tree = LiveTree::new(self.root.clone(), Want::NoXattrs, String::new());
        let own = descend(&tree, dir.path())?;
        let own = own.ok_or_else(|| changed(&step.path))?;
        let entry = own.lookup(name(step))?;
        let entry = entry.ok_or_else(|| changed(&step.path))?;
        self.make(&*own, &entry, metadata)
    }
}

impl<'a> Piece<'a> {
    fn new(path: &'a ImagePath) -> Self {
        Self {
            path,
            steps: Vec::new(),
            bytes: 0,
        }
    }
}

fn changed(path: &ImagePath) -> SyncError {
    let path = path.to_string();
    TreeError::Changed { path }.into()
}

/// Whether a file's content is known to be another than was written.
fn is_another(entry: &Entry, digest: &Digest) -> bool {
    matches!(entry.content, Some(ContentDigest::Blake3(known)) if known != *digest)
}
