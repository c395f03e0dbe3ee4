//! Finishing what was published, also after a crash: [`sweep`].

use std::sync::Arc;

use rustix::io::Errno;

use super::destination::Destination;
use super::error::WriteError;
use super::remove::remove_tree;
use super::staging::{NOTE, SIDECARS, STAGED, Sidecar, TREE};
use crate::entry::Timestamp;
use crate::error::{SysError, chain};
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::root::{Dir, Identity};

/// What a staged tree says about itself while it is published, for the command
/// that comes after a crash.
#[derive(Default)]
pub(super) struct Note {
    /// Which directory the staged tree is.
    pub(super) own: String,
    /// Which directory it is to replace.
    pub(super) former: Option<String>,
    /// The tree's own mode, where that is set after the rename.
    pub(super) mode: Option<u16>,
    /// The tree's own time, which XFS sets anew where two directories swap
    /// their parents (`xfs_cross_rename`).
    pub(super) mtime: Option<Timestamp>,
    /// Which records the tree has; of the others those of the former tree go.
    /// Nothing in the note of a version that wrote all of them.
    pub(super) records: Option<Vec<Sidecar>>,
}

/// Stands in a note for no records.
const NO_RECORDS: &str = "-";

impl Note {
    /// As it is written.
    pub(super) fn text(&self) -> String {
        let former = self.former.as_deref().unwrap_or("-");
        let mode = self
            .mode
            .map_or_else(|| "-".to_owned(), |mode| format!("{mode:o}"));
        let Timestamp {
            seconds,
            nanoseconds,
        } = self.mtime.unwrap_or_default();
        let records: String = match &self.records {
            Some(records) if records.is_empty() => format!(" {NO_RECORDS}"),
            Some(records) => {
                let names = records.iter().map(|record| record.suffix());
                format!(" {}", names.collect::<String>())
            }
            None => String::new(),
        };
        format!(
            "{} {former} {mode} {seconds} {nanoseconds}{records}",
            self.own
        )
    }

    /// Reads one; nothing that makes sense counts as none.
    fn read(place: &Dir) -> Result<Option<Self>, SysError> {
        let mut text = String::new();
        let mut file = match place.file(NOTE) {
            Ok(file) => file,
            Err(error) if error.is(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error),
        };
        std::io::Read::read_to_string(&mut file, &mut text)
            .map_err(|error| SysError::new("read", place.shown(NOTE), error))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let records = text.split(' ').nth(5).map(|word| {
            let mut records = SIDECARS.to_vec();
            records.retain(|record| word.contains(record.suffix()));
            records
        });
        Some(Self {
            records,
            own: words.next()?.to_owned(),
            former: words.next().map(str::to_owned),
            mode: u16::from_str_radix(words.next()?, 8).ok(),
            mtime: words
                .next()
                .zip(words.next())
                .and_then(|(seconds, nanoseconds)| {
                    Some(Timestamp {
                        seconds: seconds.parse().ok()?,
                        nanoseconds: nanoseconds.parse().ok()?,
                    })
                }),
        })
    }
}

/// Finishes a tree that has its name: makes that durable, and gives the
/// records theirs.
pub(super) fn name_records(
    destination: &Destination,
    private: &Dir,
    place: &Dir,
    note: &Note,
) -> Result<(), SysError> {
    if let Some(mode) = note.mode {
        destination.parent.set_mode(&destination.name, mode)?;
    }
    if let Some(mtime) = note.mtime
        && destination.parent.mtime(&destination.name)? != mtime
    {
        destination.parent.set_mtime(&destination.name, mtime)?;
    }
    destination.parent.directory(&destination.name)?.sync()?;
    destination.parent.sync()?;
    for sidecar in SIDECARS {
        let staged = sidecar.staged_name();
        let name = destination.private_name(sidecar.suffix());
        if place.stat(staged)?.is_some() {
            place.rename_over(staged, private, &name)?;
        } else if note
            .records
            .as_ref()
            .is_some_and(|records| !records.contains(&sidecar))
        {
            // The former tree's, which the new one has none of its own for.
            match private.unlink(&name) {
                Err(error) if !error.is(Errno::NOENT) => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
    }
    private.sync()
}

/// Deals with what a dead process left: if its tree was published, that is
/// finished; then the rest goes, but for a tree that it did not know. The caller
/// holds the lock.
pub(crate) fn sweep(
    destination: &Destination,
    private: &Arc<Dir>,
    monitor: &dyn Monitor,
) -> Result<(), WriteError> {
    let name = &destination.private_name(STAGED);
    let shown = |identity: Option<Identity>| identity.map(|identity| identity.to_string());
    if private.stat(name)?.is_none() {
        return Ok(());
    }
    let place = private.directory(name)?;
    if let Some(note) = Note::read(&place)? {
        let stands = shown(destination.parent.identity(&destination.name)?);
        let left = shown(place.identity(TREE)?);
        if stands.as_ref() == Some(&note.own) {
            name_records(destination, private, &place, &note)?;
        }
        if left.is_some_and(|left| left != note.own && Some(left) != note.former) {
            let message = "it holds a tree that came while another was published";
            return set_aside(private, name, &message, monitor);
        }
    }
    match remove_tree(private, name, monitor) {
        Err(WriteError::Sys(error)) => set_aside(private, name, &chain(&error), monitor),
        answer => answer,
    }
}

/// Moves away what cannot be removed, an immutable file in it for one, so that
/// it does not block every later command on this tree.
fn set_aside(
    private: &Dir,
    name: &[u8],
    reason: &dyn std::fmt::Display,
    monitor: &dyn Monitor,
) -> Result<(), WriteError> {
    let mut number = 1_u32;
    loop {
        let aside = [name, format!("-{number}").as_bytes()].concat();
        match private.rename_new(name, private, &aside) {
            Ok(()) => {
                let shown = private.shown(&aside);
                monitor.warn(Warning {
                    path: ImagePath::root(),
                    message: format!(
                        "what an earlier command left is now {} and has to be looked at by hand: {reason}",
                        crate::error::show(&shown)
                    ),
                });
                return Ok(());
            }
            Err(error) if error.is(Errno::EXIST) && number < 1000 => number += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_come_back_those_of_older_versions_too() {
        let records = [
            None,
            Some(vec![]),
            Some(vec![Sidecar::Manifest]),
            Some(vec![Sidecar::Origin]),
            Some(SIDECARS.to_vec()),
        ];
        for records in records {
            let note = Note {
                own: "1:2.3".to_owned(),
                former: None,
                mode: Some(0o555),
                mtime: Some(Timestamp::from_seconds(4)),
                records: records.clone(),
            };
            let read = Note::parse(&note.text()).expect("a note");
            assert_eq!(read.records, records, "{}", note.text());
            assert_eq!((read.mode, read.mtime), (note.mode, note.mtime));
        }
    }
}
