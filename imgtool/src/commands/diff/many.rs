//! `--nodes` and its kin: one tree against many nodes.

use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use libimage::diff::Options;
use libimage::error::{ErrorKind, ImageError, SysError, show};
use libimage::fleet::{self, Member, fleet};
use libimage::hostlist;
use libimage::node::{Node, NodeError, Pruning, Role};
use libimage::open::open_or_list;
use libimage::tree::{LiveTree, Tree as _, Want};

use super::wanted;
use crate::args::{Diff, Fleet, Shape};
use crate::failure::Failure;
use crate::input;
use crate::node;
use crate::report::{Grouped, Summary, Unreached};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(
    arguments: &Diff,
    many: &Fleet,
    options: Options,
    session: &Session,
) -> Result<Status, Failure> {
    let members = members(arguments, many, session)?;
    // Nobody answers questions for one among many.
    let mut node = node::options(arguments.rsh.as_deref())?;
    node.shell = node.shell.batch(true);
    let want = wanted(&options);
    node.content = options.checksum;
    node.attributes = want == Want::All;
    let (filter, new_files) = (&options.filter, options.new_files.as_deref());
    node.pruning = Pruning::of(Role::Source, filter, new_files);
    let source = open_or_list(
        &arguments.source,
        want,
        &arguments.choice,
        &arguments.limits,
        &node,
        &session.watch,
    )?;
    node.pruning = Pruning::of(Role::Target, filter, new_files);
    let mut all = fleet::Options::default();
    all.diff = options;
    all.node = node;
    all.limits = arguments.limits.clone();
    all.at_once = many.at_once;
    all.time_limit = many.time_limit;
    let outcome = fleet(source.tree(), &members, &all, &session.watch)?;
    let grouped = Grouped {
        source: &arguments.source,
        outcome: &outcome,
        all: arguments.view.shape == Shape::Details || session.verbose(),
    };
    // A node of which nothing is known is worse than one that differs.
    let status = if !outcome.failed.is_empty() {
        Status::System
    } else if outcome
        .groups
        .iter()
        .all(|group| group.is_equal() && !group.hides)
    {
        Status::Done
    } else {
        Status::Findings
    };
    let mut report = if arguments.view.pager {
        session.paged_report()
    } else {
        session.report()
    };
    report.add(&grouped)?;
    for failed in &outcome.failed {
        report.add(&Unreached(failed))?;
    }
    report.add(&Summary {
        command: "diff",
        status,
        counts: grouped.sums(),
    })?;
    report.end()?;
    Ok(status)
}

/// All that are named, in their order.
fn members(arguments: &Diff, many: &Fleet, session: &Session) -> Result<Vec<Member>, Failure> {
    let mut lists = many.nodes.clone();
    if let Some(path) = &many.nodes_from {
        let text = input::read_rules(path, &session.interrupt)
            .map_err(|error| SysError::new("read", path, error))?;
        lists.extend(lines(&text));
    }
    let mut members = Vec::new();
    if !lists.is_empty() || many.nodes_from.is_some() {
        for host in hostlist::expand(&lists.join(","))? {
            members.push(Member::Node(node_at(&host, &arguments.target)?));
        }
    }
    if let Some(directory) = &many.listings {
        let found = listings(directory, session)?;
        if found.is_empty() {
            return Err(NoListings(show(directory).to_string()).into());
        }
        members.extend(found);
    }
    Ok(members)
}

/// The lines of a file of names, without comments.
fn lines(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines();
    let names = lines.map(|line| line.split('#').next().unwrap_or_default().trim());
    names
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn node_at(host: &str, path: &Path) -> Result<Node, Failure> {
    let name = [host.as_bytes(), b":", path.as_os_str().as_bytes()].concat();
    let node = Node::parse(&name).map_err(NodeError::Name)?;
    Ok(node.ok_or_else(|| NoHost(host.to_owned()))?)
}

/// What nodes wrote into a directory. A file is called as its node, with or
/// without an ending; what begins with a dot is none.
fn listings(directory: &Path, session: &Session) -> Result<Vec<Member>, Failure> {
    let (_, top) = LiveTree::open(directory, Want::NoXattrs)?.root()?;
    let entries = top.entries(&session.watch)?;
    let files = entries
        .iter()
        .filter(|entry| entry.file_size().is_some() && !entry.name.starts_with(b"."));
    let members = files.map(|entry| {
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        let endings = [".listing", ".manifest", ".mtree"];
        let stem = endings.iter().find_map(|ending| name.strip_suffix(ending));
        Member::Listing {
            name: stem.unwrap_or(&name).to_owned(),
            path: directory.join(OsStr::from_bytes(&entry.name)),
        }
    });
    Ok(members.collect())
}

/// A name of a host has a slash in it.
#[derive(Debug)]
struct NoHost(String);

impl fmt::Display for NoHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no name of a node", show(Path::new(&self.0)))
    }
}

impl Error for NoHost {}

impl ImageError for NoHost {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }
}

/// There is nothing that a node wrote.
#[derive(Debug)]
struct NoListings(String);

impl fmt::Display for NoListings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there are no files in {}", self.0)
    }
}

impl Error for NoListings {}

impl ImageError for NoListings {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("each node writes one: imgtool manifest --listing / -o DIR/NODE".to_owned())
    }
}
