//! [`Member`]: one of many nodes.

use std::fmt;
use std::path::PathBuf;

use super::Options;
use crate::diff::DiffError;
use crate::error::{ErrorKind, ImageError, show};
use crate::monitor::Monitor;
use crate::node::{self, Node, NodeError};
use crate::open::{OpenError, Opened, open};
use crate::source::Choice;
use crate::tree::Want;

/// One of many nodes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Member {
    /// A node to be listed.
    Node(Node),
    /// What a node wrote: a listing, a manifest or an mtree file.
    Listing {
        /// The node's name.
        name: String,
        /// The file.
        path: PathBuf,
    },
}

impl Member {
    /// What it is called among the others.
    pub fn name(&self) -> String {
        match self {
            Self::Node(node) => node.host().to_owned(),
            Self::Listing { name, .. } => name.clone(),
        }
    }

    /// What messages about it begin with.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Node(node) => node.to_string(),
            Self::Listing { path, .. } => show(path).to_string(),
        }
    }

    pub(super) fn open(
        &self,
        options: &Options,
        monitor: &dyn Monitor,
    ) -> Result<Opened, MemberError> {
        match self {
            Self::Node(node) => {
                let options = node::Options {
                    most: options.limits.of_listing(),
                    ..options.node.clone()
                };
                Ok(Opened::Node(node::list(node, &options, monitor)?))
            }
            Self::Listing { path, .. } => {
                let (choice, limits) = (&Choice::default(), &options.limits);
                Ok(open(path, Want::All, choice, limits, monitor)?)
            }
        }
    }
}

/// Why a node could not be compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum MemberError {
    /// It could not be listed.
    Node(NodeError),
    /// What it wrote cannot be read.
    Open(OpenError),
    /// It could not be compared with the source.
    Diff(DiffError),
    /// It took longer than it may.
    TooLong,
}

impl fmt::Display for MemberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(error) => error.fmt(f),
            Self::Open(error) => error.fmt(f),
            Self::Diff(error) => error.fmt(f),
            Self::TooLong => f.write_str("it took longer than the time limit"),
        }
    }
}

impl std::error::Error for MemberError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Node(error) => error.source(),
            Self::Open(error) => error.source(),
            Self::Diff(error) => error.source(),
            Self::TooLong => None,
        }
    }
}

impl ImageError for MemberError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Node(error) => error.kind(),
            Self::Open(error) => error.kind(),
            Self::Diff(error) => error.kind(),
            Self::TooLong => ErrorKind::System,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Node(error) => error.help(),
            Self::Open(error) => error.help(),
            Self::Diff(error) => error.help(),
            Self::TooLong => Some("give it more time, or look at it by itself".to_owned()),
        }
    }
}

impl From<NodeError> for MemberError {
    fn from(error: NodeError) -> Self {
        Self::Node(error)
    }
}

impl From<OpenError> for MemberError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<DiffError> for MemberError {
    fn from(error: DiffError) -> Self {
        Self::Diff(error)
    }
}
