//! `imgtool manifest`: lists a tree with its identity.

use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::PathBuf;

use libimage::error::{ErrorKind, ImageError, show};
use libimage::filter::{Filter, Side};
use libimage::manifest::{BuildError, Form, Summary as Sums, build, list};
use libimage::node::{Pruning, Role, Told};
use libimage::open::{Opened, open_or_list};
use libimage::output::OutputFile;
use libimage::path::ImagePath;
use libimage::tree::Want;

use crate::args::{Format, Manifest};
use crate::failure::Failure;
use crate::input;
use crate::node;
use crate::report::{Listed, Summary};
use crate::session::Session;
use crate::status::Status;

/// The manifest would stand in the tree that it lists.
#[derive(Debug)]
struct ListsItself(PathBuf);

impl fmt::Display for ListsItself {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} would list itself", show(&self.0))
    }
}

impl Error for ListsItself {}

impl ImageError for ListsItself {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("write the manifest to a place outside the tree".to_owned())
    }
}

/// The tree is not known well enough for a manifest.
#[derive(Debug)]
struct NoIdentity(PathBuf);

impl fmt::Display for NoIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tree = show(&self.0);
        write!(f, "not all is known of {tree} that a manifest lists")
    }
}

impl Error for NoIdentity {}

impl ImageError for NoIdentity {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("write a listing with --listing, or take the tree itself".to_owned())
    }
}

/// Bytes written at once.
const BUFFER: usize = 128 * 1024;

pub(super) fn run(arguments: &Manifest, session: &Session) -> Result<Status, Failure> {
    let filter = match &arguments.listing {
        Some(listing) => Filter::new(&listing.filter, &mut |path| input::read_rules(path))?,
        None => Filter::default(),
    };
    let mut options = node::options(arguments.rsh.as_deref())?;
    options.content = arguments
        .listing
        .as_ref()
        .is_none_or(|listing| listing.checksum);
    options.pruning = Pruning::of(Role::Source, &filter, None);
    let opened = open_or_list(
        &arguments.tree,
        Want::All,
        &arguments.choice,
        &arguments.limits,
        &options,
        &session.watch,
    )?;
    let knows_attributes = opened.node().is_none_or(|node| node.has_attributes());
    if arguments.listing.is_none() && (matches!(opened, Opened::Listing(..)) || !knows_attributes) {
        return Err(NoIdentity(arguments.tree.clone()).into());
    }
    let told = Told::new(&session.watch, opened.node());
    let left_out = |path: &ImagePath, is_directory| {
        let decision = filter.decide(Side::Sender, path, is_directory);
        decision.is_excluded()
    };
    let write = |out: &mut dyn io::Write| -> Result<Sums, BuildError> {
        let out = BufWriter::with_capacity(BUFFER, out);
        match &arguments.listing {
            None => build(opened.tree(), out, session.jobs, &told),
            Some(listing) => {
                let (tree, jobs) = (opened.tree(), session.jobs);
                list(tree, out, listing.checksum, &left_out, jobs, &told)
            }
        }
    };
    let summary = if let Some(path) = &arguments.output {
        let mut out = OutputFile::create(path)?;
        if matches!(opened, Opened::Live(_)) && out.is_beneath(&arguments.tree)? {
            return Err(ListsItself(path.clone()).into());
        }
        let summary = write(&mut out)?;
        out.publish()?;
        summary
    } else {
        if io::stdout().is_terminal() {
            session.watch.hide_progress();
        }
        match write(&mut io::stdout().lock()) {
            Err(BuildError::Write(error)) => return Err(Failure::Output(error.source)),
            outcome => outcome?,
        }
    };
    let listed = Listed {
        tree: &arguments.tree,
        output: arguments.output.as_deref(),
        summary: &summary,
    };
    let mut report = session.report();
    if session.format() == Format::Text {
        // If standard error is gone, there is nobody left to tell.
        let _ = io::stderr().write_all(listed.lines().as_bytes());
    }
    report.add(&listed)?;
    // A listing names them.
    let status = if summary.counts.mounts == 0 || summary.form == Form::Listing {
        Status::Done
    } else {
        Status::Findings
    };
    report.add(&Summary::plain("manifest", status))?;
    report.end()?;
    Ok(status)
}
