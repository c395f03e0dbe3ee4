//! `imgtool manifest`: lists a tree with its identity.

use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::PathBuf;

use libimage::entry::Respects;
use libimage::error::{ErrorKind, ImageError, show};
use libimage::filter::{Filter, Side};
use libimage::manifest::{BuildError, build, list, mtree};
use libimage::node::{Pruning, Role, Told};
use libimage::open::{Opened, open_or_list};
use libimage::output::OutputFile;
use libimage::path::ImagePath;
use libimage::tree::{Tree as _, Want};

use crate::args::{Form, Format, Manifest};
use crate::failure::Failure;
use crate::input;
use crate::node;
use crate::report::{Listed, Summary, Sums};
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

/// The tree is not known well enough to be listed in this form.
#[derive(Debug)]
struct NotKnown(PathBuf);

impl fmt::Display for NotKnown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tree = show(&self.0);
        write!(f, "not all is known of {tree} that is to be listed")
    }
}

impl Error for NotKnown {}

impl ImageError for NotKnown {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some(
            "a listing or an mtree file makes no manifest, and a node needs imgtool, \
             or getfattr and b3sum"
                .to_owned(),
        )
    }
}

/// Sees that a tree is known as its list in a file would say it is.
fn check_known(opened: &Opened, arguments: &Manifest) -> Result<(), Failure> {
    let is_known = match arguments.form {
        Form::Manifest => match opened {
            Opened::Node(node) => node.respects() == Respects::ALL,
            opened => opened.has_identity(),
        },
        Form::Listing { .. } => opened.tree().respects() == Respects::ALL,
        Form::Mtree { .. } => true,
    };
    if is_known {
        Ok(())
    } else {
        Err(NotKnown(arguments.tree.clone()).into())
    }
}

/// Bytes written at once.
const BUFFER: usize = 128 * 1024;

pub(super) fn run(arguments: &Manifest, session: &Session) -> Result<Status, Failure> {
    let filter = match &arguments.form {
        Form::Listing { filter, .. } => Filter::new(filter, &mut |path| {
            input::read_rules(path, &session.interrupt)
        })?,
        Form::Manifest | Form::Mtree { .. } => Filter::default(),
    };
    let mut options = node::options(arguments.rsh.as_deref())?;
    options.content = match arguments.form {
        Form::Manifest => true,
        Form::Listing { checksum, .. } => checksum,
        Form::Mtree { content } => content,
    };
    options.pruning = Pruning::of(Role::Source, &filter, None);
    let opened = open_or_list(
        &arguments.tree,
        Want::All,
        &arguments.choice,
        &arguments.limits,
        &options,
        &session.watch,
    )?;
    check_known(&opened, arguments)?;
    let told = Told::new(&session.watch, opened.node());
    let left_out = |path: &ImagePath, is_directory| {
        let decision = filter.decide(Side::Sender, path, is_directory);
        decision.is_excluded()
    };
    let write = |out: &mut dyn io::Write| -> Result<Sums, BuildError> {
        let out = BufWriter::with_capacity(BUFFER, out);
        let (tree, jobs) = (opened.tree(), session.jobs);
        Ok(match &arguments.form {
            Form::Manifest => build(tree, out, jobs, &told)?.into(),
            Form::Listing { checksum, .. } => {
                list(tree, out, *checksum, &left_out, jobs, &told)?.into()
            }
            Form::Mtree { content } => mtree::write(tree, out, *content, jobs, &told)?.into(),
        })
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
        sums: &summary,
    };
    let mut report = session.report();
    if session.format() == Format::Text && !session.quiet() {
        // If standard error is gone, there is nobody left to tell.
        let _ = io::stderr().write_all(listed.lines().as_bytes());
    }
    report.add(&listed)?;
    // A listing names them.
    let status = if summary.counts.mounts == 0 || summary.lists_mounts {
        Status::Done
    } else {
        Status::Findings
    };
    report.add(&Summary::plain("manifest", status))?;
    report.end()?;
    Ok(status)
}
