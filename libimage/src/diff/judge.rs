//! From two entries of one name to a change, decided without I/O.

use super::Options;
use super::change::{Action, Change, Detail};
use super::compare::{self, Difference, Differences};
use crate::entry::{Entry, Kind, Respect};
use crate::path::ImagePath;

/// What only the source has, or what is of another type there.
pub(super) fn created(path: ImagePath, source: Entry, replaces: bool) -> Change {
    Change {
        path,
        action: Action::Create,
        bytes: source.file_size().unwrap_or(0),
        kind: source.kind,
        differences: Differences::NONE,
        leader: None,
        detail: None,
        replaces,
        sides: None,
        listed: true,
    }
}

/// What only the target has.
pub(super) fn deleted(path: ImagePath, target: &Entry) -> Change {
    Change {
        path,
        action: Action::Delete,
        kind: target.kind.clone(),
        differences: Differences::NONE,
        bytes: target.file_size().unwrap_or(0),
        leader: None,
        detail: None,
        replaces: false,
        sides: None,
        listed: true,
    }
}

/// What both have, of one type; nothing if they are equal.
///
/// `same_content` tells whether the content of two files of equal size is
/// equal, where that was looked at.
pub(super) fn existing(
    path: &ImagePath,
    source: &Entry,
    target: &Entry,
    same_content: Option<bool>,
    options: &Options,
) -> Option<Change> {
    let differences = differences(source, target, same_content, options);
    let is_file = source.file_size().is_some();
    let has = |difference| differences.contains(difference);
    let sent = if is_file && !options.checksum {
        has(Difference::Size) || has(Difference::Time)
    } else {
        has(Difference::Size) || has(Difference::Content)
    };
    // Rsync takes a character and a block device of one number for equal.
    let confused = !has(Difference::Content)
        && matches!(
            (&source.kind, &target.kind),
            (Kind::CharDevice(_), Kind::BlockDevice(_))
                | (Kind::BlockDevice(_), Kind::CharDevice(_))
        );
    let unseen = is_file
        && sent
        && !has(Difference::Size)
        // Of times that are not compared nothing is known.
        && !options.ignore.contains(Respect::Time)
        && !has(Difference::Time);
    let action = if confused || unseen {
        Action::Miss
    } else if sent {
        Action::Update
    } else if differences.is_empty() {
        return None;
    } else {
        Action::Metadata
    };
    Some(Change {
        path: path.clone(),
        action,
        bytes: if sent {
            source.file_size().unwrap_or(0)
        } else {
            0
        },
        listed: !differences.is_empty(),
        kind: source.kind.clone(),
        differences,
        leader: None,
        detail: Some(Box::new(Detail {
            source: source.metadata.clone(),
            target: target.metadata.clone(),
            target_kind: target.kind.clone(),
        })),
        replaces: false,
        sides: None,
    })
}

/// Every respect in which two entries differ, content included where that is known.
fn differences(
    source: &Entry,
    target: &Entry,
    same_content: Option<bool>,
    options: &Options,
) -> Differences {
    let mut differences = compare::metadata(source, target, options);
    let content = match source.kind {
        Kind::File { .. } => {
            options.checksum
                && (same_content == Some(false) || differences.contains(Difference::Size))
        }
        _ => compare::value_differs(&source.kind, &target.kind),
    };
    differences.set(Difference::Content, content);
    differences
}

/// A name that becomes, or stays, another name of the inode that `leader` has.
///
/// `already` tells whether the target links the two by now.
pub(super) fn linked(
    path: ImagePath,
    source: Entry,
    target: Option<Entry>,
    leader: &ImagePath,
    already: bool,
    options: &Options,
) -> Option<Change> {
    let mut change = Change {
        path,
        action: Action::Link,
        bytes: 0,
        differences: Differences::NONE,
        leader: (!already).then(|| leader.clone()),
        detail: None,
        replaces: false,
        sides: None,
        listed: true,
        kind: source.kind.clone(),
    };
    if let Some(target) = target {
        change.differences = compare::metadata(&source, &target, options);
        change.replaces = !compare::same_type(&source.kind, &target.kind);
        if !change.replaces {
            change.detail = Some(Box::new(Detail {
                source: source.metadata,
                target: target.metadata,
                target_kind: target.kind,
            }));
        }
    }
    (!already || !change.differences.is_empty()).then_some(change)
}
