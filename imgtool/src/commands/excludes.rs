//! `imgtool excludes`: exclude lists of Base Command Manager.

use std::path::{Path, PathBuf};

use libimage::error::SysError;
use libimage::excludes::check;
use libimage::tree::{LiveTree, Tree, Want};
use serde::Serialize;

use crate::args::Excludes;
use crate::failure::Failure;
use crate::input;
use crate::node;
use crate::report::{Remarks, Summary};
use crate::session::Session;
use crate::status::Status;

/// How many remarks there are.
#[derive(Serialize)]
struct Counts {
    remarks: u64,
}

pub(super) fn run(arguments: &Excludes, session: &Session) -> Result<Status, Failure> {
    match arguments {
        Excludes::Show(mode) => {
            let mut report = session.report();
            report.raw(mode.list().as_bytes())?;
            report.end()?;
            Ok(Status::Done)
        }
        Excludes::Check { file, trees } => examine(file, trees, session),
    }
}

fn examine(file: &Path, trees: &[PathBuf], session: &Session) -> Result<Status, Failure> {
    let mut read = |path: &Path| input::read_rules(path, &session.interrupt);
    let text = read(file).map_err(|error| SysError::new("read", file, error))?;
    let mut open = Vec::new();
    for path in trees {
        node::refuse(path, "excludes check")?;
        open.push(LiveTree::open(path, Want::NoXattrs)?);
    }
    let trees: Vec<&dyn Tree> = open.iter().map(|tree| tree as &dyn Tree).collect();
    let remarks = check(&text, file, &mut read, &trees, session.jobs, &session.watch)?;
    let status = if remarks.is_empty() {
        Status::Done
    } else {
        Status::Findings
    };
    let mut report = session.report();
    report.add(&Remarks {
        file,
        remarks: &remarks,
    })?;
    report.add(&Summary {
        command: "excludes",
        status,
        counts: Counts {
            remarks: remarks.len() as u64,
        },
    })?;
    report.end()?;
    Ok(status)
}
