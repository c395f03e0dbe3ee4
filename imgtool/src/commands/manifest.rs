//! `imgtool manifest`: lists a tree with its identity.

use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::PathBuf;

use libimage::error::{ErrorKind, ImageError, show};
use libimage::manifest::{BuildError, build, mtree};
use libimage::open::{Opened, open};
use libimage::output::OutputFile;
use libimage::tree::Want;

use crate::args::{Form, Format, Manifest};
use crate::failure::Failure;
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

/// Bytes written at once.
const BUFFER: usize = 128 * 1024;

pub(super) fn run(arguments: &Manifest, session: &Session) -> Result<Status, Failure> {
    let opened = open(
        &arguments.tree,
        Want::All,
        &arguments.choice,
        &arguments.limits,
        &session.watch,
    )?;
    let write = |out: &mut dyn io::Write| -> Result<Sums, BuildError> {
        let out = BufWriter::with_capacity(BUFFER, out);
        let (tree, jobs, watch) = (opened.tree(), session.jobs, &session.watch);
        Ok(match arguments.form {
            Form::Manifest => build(tree, out, jobs, watch)?.into(),
            Form::Mtree { content } => mtree::write(tree, out, content, jobs, watch)?.into(),
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
    if session.format() == Format::Text {
        // If standard error is gone, there is nobody left to tell.
        let _ = io::stderr().write_all(listed.lines().as_bytes());
    }
    report.add(&listed)?;
    let status = if summary.counts.mounts == 0 {
        Status::Done
    } else {
        Status::Findings
    };
    report.add(&Summary::plain("manifest", status))?;
    report.end()?;
    Ok(status)
}
