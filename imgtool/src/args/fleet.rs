//! `--nodes` and its kin: many nodes at once.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::error::ErrorKind;

use super::{Format, Misfit};

/// Many nodes, in the forms in which they are named.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    /// Hostlists.
    pub(crate) nodes: Vec<String>,
    /// A file of hostlists.
    pub(crate) nodes_from: Option<PathBuf>,
    /// A directory of what nodes wrote.
    pub(crate) listings: Option<PathBuf>,
    pub(crate) at_once: NonZero<usize>,
    pub(crate) time_limit: Option<Duration>,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Many nodes, grouped by what differs")]
pub(super) struct Raw {
    /// Compare with the directory TARGET [default: /] of each of these nodes,
    /// as in `node[001-064]`; may be given several times
    #[arg(long, value_name = "HOSTLIST")]
    nodes: Vec<String>,
    /// Read the names of nodes from a file, hostlists line by line; `-` for
    /// standard input
    #[arg(long, value_name = "FILE")]
    nodes_from: Option<PathBuf>,
    /// Compare with what nodes wrote into a directory, a file a node: by
    /// `srun sh -c 'imgtool manifest --listing / -o DIR/$(hostname)'`
    #[arg(long, value_name = "DIR", conflicts_with = "target")]
    listings: Option<PathBuf>,
    /// Compare so many nodes at once [default: 8]
    #[arg(long, value_name = "N")]
    at_once: Option<NonZero<usize>>,
    /// Give up a node that takes longer; 0 waits for ever [default: 900]
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u32>,
}

const AT_ONCE: NonZero<usize> = NonZero::new(8).expect("it is not 0");

const TIME_LIMIT: u32 = 900;

impl Raw {
    /// Nothing if one target is meant.
    pub(super) fn resolve(self, format: Format) -> Result<Option<Fleet>, Misfit> {
        if self.nodes.is_empty() && self.nodes_from.is_none() && self.listings.is_none() {
            if self.at_once.is_some() || self.time_limit.is_some() {
                let why = "`--at-once` and `--time-limit` are for many nodes; give --nodes";
                return Err((ErrorKind::MissingRequiredArgument, why));
            }
            return Ok(None);
        }
        let seconds = self.time_limit.unwrap_or(TIME_LIMIT);
        if format == Format::Itemize {
            let why = "itemized lines are of one target, so they are not for many nodes";
            return Err((ErrorKind::ArgumentConflict, why));
        }
        Ok(Some(Fleet {
            nodes: self.nodes,
            nodes_from: self.nodes_from,
            listings: self.listings,
            at_once: self.at_once.unwrap_or(AT_ONCE),
            time_limit: (seconds > 0).then(|| Duration::from_secs(seconds.into())),
        }))
    }
}
