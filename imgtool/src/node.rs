//! Trees on nodes: how they are reached, and which commands do not take them.

use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use libimage::error::{ErrorKind, ImageError, show};
use libimage::node::{NodeError, Options, Shell};
use libimage::open::named_node;

use crate::failure::Failure;

/// How nodes are listed: by the command of `--rsh`, else by that of the variable
/// `IMGTOOL_SSH`, else by `ssh`. Off a terminal ssh may ask for nothing.
pub(crate) fn options(rsh: Option<&OsStr>) -> Result<Options, Failure> {
    let variable = std::env::var_os("IMGTOOL_SSH").filter(|value| !value.is_empty());
    let shell = match rsh.or(variable.as_deref()) {
        Some(command) => Shell::parse(command).map_err(NodeError::Shell)?,
        None => Shell::default(),
    };
    let is_watched = io::stdin().is_terminal() && io::stderr().is_terminal();
    let mut options = Options::default();
    options.shell = shell.batch(!is_watched);
    Ok(options)
}

/// A command that needs the content of files was given a node.
#[derive(Debug)]
struct NeedsContent {
    command: &'static str,
    tree: String,
    /// What to run instead.
    there: String,
}

impl fmt::Display for NeedsContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, tree, .. } = self;
        write!(
            f,
            "{command} reads files, so it takes no tree on a node as {tree}"
        )
    }
}

impl Error for NeedsContent {}

impl ImageError for NeedsContent {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some(format!("run it there: {}", self.there))
    }
}

/// Refuses a tree on a node for a command that needs the content of files.
pub(crate) fn refuse(tree: &Path, command: &'static str) -> Result<(), Failure> {
    let Some(node) = named_node(tree)? else {
        return Ok(());
    };
    let port = node.port().map(|port| format!("-p {port} "));
    Err(NeedsContent {
        command,
        tree: show(tree).to_string(),
        there: format!(
            "ssh {}{} imgtool {command} {}",
            port.unwrap_or_default(),
            node.destination(),
            show(node.path())
        )
        .replace('`', ""),
    }
    .into())
}
