//! Trees on other machines: a directory of a node, reached by ssh.
//!
//! [`list`] has a script run on the node ([`Shell`] says by which command) and
//! reads what it writes. A node that has imgtool sends a listing
//! (`docs/manifest-format.md`); any other one that has GNU find is listed by
//! that, by `getfattr` and by `b3sum`. Either way nothing is written on the node,
//! no file system but the one asked for is entered, and the tree is whole or it
//! is an error: a connection that breaks off never looks like deleted files.
//!
//! Content is not part of that; what a comparison asks for is fetched by another
//! script, of regular files that were listed and did not change since.
//!
//! What rules leave out need not be looked into on the node: see [`Pruning`].

mod answer;
mod attributes;
mod error;
mod fetch;
mod fields;
mod find;
mod gathered;
mod held;
mod link;
mod mounts;
mod name;
mod pruning;
mod script;
mod shell;
mod sums;
mod told;

pub use answer::Way;
pub use error::NodeError;
pub use mounts::Mount;
pub use name::{NameError, Node};
pub use pruning::{Pruning, Role};
pub use shell::{Shell, ShellError};
pub use told::Told;

use std::collections::HashSet;
use std::io::BufReader;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;

use answer::Answer;
use held::{Held, Shelf, Store};
use link::{Link, Remarks};
use script::{Ask, script};

use crate::entry::{Entry, Respect, Respects};
use crate::manifest::Most;
use crate::monitor::{Monitor, Phase, Warning};
use crate::path::ImagePath;
use crate::tree::{Directory, Fetch, Tree, TreeError};

/// How a node is listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The command by which nodes are reached.
    pub shell: Shell,
    /// Whether digests of content are computed on the node.
    pub content: bool,
    /// Whether extended attributes, and ACLs among them, are read.
    pub attributes: bool,
    /// What need not be looked into.
    pub pruning: Pruning,
    /// How much is taken.
    pub most: Most,
    /// Whether imgtool is used where the node has it.
    pub imgtool: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            shell: Shell::default(),
            content: false,
            attributes: true,
            pruning: Pruning::default(),
            most: Most::ALL,
            imgtool: true,
        }
    }
}

/// A directory of a node as it was when it was listed: all names with what is
/// recorded about them. Content is fetched over a connection of its own when it
/// is asked for ([`Tree::fetch`]), and only if it is as it was then.
pub struct NodeTree {
    store: Store,
    mounts: Vec<ImagePath>,
    /// Those of them where the kernel shows what it makes up.
    of_kernel: HashSet<ImagePath>,
    has_attributes: bool,
    way: Way,
}

impl NodeTree {
    /// The names in it where something else is mounted, of which nothing is
    /// known but that; [`list`] has told of them.
    pub fn mounts(&self) -> &[ImagePath] {
        &self.mounts
    }

    /// Whether it is the kernel that shows something at this name, as in `proc`
    /// and `sys`. No image has anything there, and each node has it.
    pub fn is_of_kernel(&self, path: &ImagePath) -> bool {
        self.of_kernel.contains(path)
    }

    /// What listed it.
    pub fn way(&self) -> Way {
        self.way
    }

    /// Whether extended attributes are known; if not, no entry has any.
    pub fn has_attributes(&self) -> bool {
        self.has_attributes
    }
}

impl Tree for NodeTree {
    fn label(&self) -> String {
        self.store.recorded.label()
    }

    fn respects(&self) -> Respects {
        if self.has_attributes {
            Respects::ALL
        } else {
            !(Respects::from(Respect::Acl) | Respect::Xattr.into())
        }
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        self.store.recorded.root()
    }

    fn fetch(&self) -> Option<&dyn Fetch> {
        Some(&self.store)
    }
}

/// Bytes read at once.
const BUFFER: usize = 128 * 1024;

/// Lists a directory of a node.
///
/// Warnings tell what is left out because something else is mounted there, what
/// vanished meanwhile, and what could not be asked for.
///
/// # Errors
///
/// A [`NodeError`] if the node is not reached, or if anything in the directory
/// could not be listed.
pub fn list(node: &Node, options: &Options, monitor: &dyn Monitor) -> Result<NodeTree, NodeError> {
    monitor.begin(
        if options.content {
            Phase::Hash
        } else {
            Phase::Walk
        },
        None,
    );
    let label = node.to_string();
    let script = script(&Ask {
        root: node.path().as_os_str().as_bytes(),
        content: options.content,
        attributes: options.attributes,
        imgtool: options.imgtool,
        pruning: &options.pruning,
    });
    let mut link = Link::open(node, &options.shell, &script, monitor)?;
    let input = BufReader::with_capacity(BUFFER, &mut link);
    let called = format!("`{label}`");
    let read = answer::read(input, &called, &options.pruning, options.most, monitor);
    let (answer, remarks) = link.close(read)?;
    let warn = |message: String| {
        monitor.warn(Warning {
            path: ImagePath::root(),
            message: format!("`{label}`: {message}"),
        });
    };
    settle(&label, &answer, &remarks, &warn)?;
    let of_kernel = mounts::of_kernel(&answer.mounts);
    let mut mounts: Vec<_> = answer.mounts.into_iter().map(|mount| mount.path).collect();
    mounts.extend(answer.foreign);
    let held = Arc::new(Held::default());
    Ok(NodeTree {
        store: Store {
            node: node.clone(),
            shell: options.shell.clone(),
            recorded: answer.tree.with(Shelf(held.clone())),
            held,
        },
        mounts,
        of_kernel,
        has_attributes: answer.has_attributes,
        way: answer.way,
    })
}

/// Judges a whole answer by what was said beside it, and tells what is to be
/// known.
fn settle(
    label: &str,
    answer: &Answer,
    remarks: &Remarks,
    warn: &dyn Fn(String),
) -> Result<(), NodeError> {
    let mut vanished: Vec<_> = answer.gone.iter().map(ToString::to_string).collect();
    if !answer.is_well {
        let names = remarks.only_vanished();
        vanished.extend(names.ok_or_else(|| NodeError::Unreadable {
            node: label.to_owned(),
            said: remarks.shown(),
        })?);
    }
    match answer.way {
        Way::Imgtool => remarks.warnings().into_iter().for_each(warn),
        Way::FindForOld => warn(
            "its imgtool is too old to list it, so that was done by find; install this version there".to_owned(),
        ),
        Way::Find => {}
    }
    for name in vanished {
        warn(format!("{name}: vanished while it was listed"));
    }
    mounts::told(&answer.mounts).into_iter().for_each(warn);
    for path in &answer.foreign {
        warn(format!(
            "{path}: not compared, for it is another file system"
        ));
    }
    Ok(())
}
