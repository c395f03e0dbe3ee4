//! A target that is not changed here: on a node, or one of which a file tells.

use std::error::Error;
use std::fmt;
use std::path::Path;

use libimage::diff::Options;
use libimage::error::{ErrorKind, ImageError, show};
use libimage::node::{Pruning, Role};
use libimage::open::{Opened, named_node, open_or_list};
use libimage::tree::Want;

use crate::args::Sync;
use crate::failure::Failure;
use crate::node;
use crate::session::Session;

/// Opens a target for a dry run.
pub(super) fn target(
    path: &Path,
    options: Option<&Options>,
    arguments: &Sync,
    session: &Session,
) -> Result<Opened, Failure> {
    let mut node = node::options(arguments.rsh.as_deref())?;
    if let Some(options) = options {
        node.content = options.checksum;
        node.pruning = Pruning::of(Role::Target, &options.filter, options.new_files.as_deref());
    }
    let (choice, limits) = (&arguments.choice, &arguments.limits);
    #[rustfmt::skip]
    let opened = open_or_list(path, Want::All, choice, limits, &node, &session.watch)?;
    Ok(opened)
}

/// A target on a node was to be changed.
#[derive(Debug)]
struct Elsewhere(String);

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sync changes directories of this machine, not {}",
            self.0
        )
    }
}

impl Error for Elsewhere {}

impl ImageError for Elsewhere {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some(
            "hand it to rsync: give --emit-rsync DIR instead of -w, then run sh DIR/sync.sh -w"
                .to_owned(),
        )
    }
}

/// Refuses to change a tree on a node.
pub(super) fn refuse(target: &Path) -> Result<(), Failure> {
    match named_node(target)? {
        Some(_) => Err(Elsewhere(show(target).to_string()).into()),
        None => Ok(()),
    }
}
