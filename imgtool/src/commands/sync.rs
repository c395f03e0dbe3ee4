//! `imgtool sync`: a tree is made like another, in place or by a clone of it.

mod emit;
mod remote;

use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Instant;

use libimage::diff::{Outcome, diff};
use libimage::entry::Respects;
use libimage::error::{SysError, show};
use libimage::import;
use libimage::node::Told;
use libimage::open::{Opened, named_node, open};
use libimage::output::OutputFile;
use libimage::plan::{self, Plan};
use libimage::source::Source;
use libimage::sync::{self, Site, Unpacked, apply};
use libimage::tree::{Tree, Want};
use libimage::writer::warn_if_half_synced;

use super::diff::show::Shown;
use super::diff::{options, warn_of_blocked, warn_of_unrecorded};
use crate::args::{Format, From, Shape, Sync};
use crate::failure::Failure;
use crate::input;
use crate::report::{Changes, Report, Summary, Synced};
use crate::session::Session;
use crate::status::Status;

/// Both trees, what is to be done, and how it was found.
struct Work {
    source: (PathBuf, Opened),
    target: (PathBuf, Opened),
    /// The target's place, where it is to be changed.
    site: Option<Site>,
    outcome: Outcome,
    plan: Plan,
    checksum: bool,
    ignored: Respects,
}

pub(super) fn run(arguments: &Sync, session: &Session) -> Result<Status, Failure> {
    let started = Instant::now();
    let work = match &arguments.from {
        From::Plan(file) => planned(arguments, file, session)?,
        From::Trees { .. } => compared(arguments, session)?,
    };
    sync::check_apart(&work.plan)?;
    warn_of_half_synced(&work, session);
    warn_of_blocked(&work.outcome, &session.watch);
    if let Some(path) = &arguments.save_plan {
        save(&work.plan, path)?;
    }
    let script = match &arguments.emit_rsync {
        Some(dir) => Some(emit::write(&work, dir, arguments, session)?),
        None => None,
    };
    let changes = Changes {
        source: &work.source.0,
        target: &work.target.0,
        totals: &work.outcome.totals,
        not_compared: work.ignored | work.outcome.unrecorded,
        blocked: &work.outcome.blocked,
    };
    let shown = Shown {
        source: &work.source.1,
        target: &work.target.1,
        outcome: &work.outcome,
        changes: &changes,
        view: &arguments.view,
        checksum: work.checksum,
        html: arguments.html.as_deref(),
    };
    let mut report = write(&shown, arguments, session)?;
    let mut status = before(&work);
    if let Some(site) = &work.site {
        // What is to come stands there before it is begun.
        report.flush()?;
        let unpacked = match &work.source.1 {
            Opened::Archive(_) if !work.plan.is_empty() => {
                Some(unpack(&work.source, site, arguments, session)?)
            }
            _ => None,
        };
        let source = match &unpacked {
            Some(unpacked) => unpacked as &dyn Tree,
            None => work.source.1.tree(),
        };
        let how = how(arguments, session);
        let done = apply(&work.plan, source, site, &how, &session.watch)?;
        status = after(&work, &done);
        let synced = Synced {
            path: site.path(),
            outcome: Some(&done),
            kept: done.kept,
            script: None,
            time: started.elapsed(),
        };
        close(&synced, arguments, session, &mut report)?;
    } else if !work.outcome.changes.is_empty() {
        let synced = Synced {
            path: &work.target.0,
            outcome: None,
            kept: sync::kept(&work.plan, arguments.max_delete),
            script: script.as_deref(),
            time: started.elapsed(),
        };
        close(&synced, arguments, session, &mut report)?;
    }
    report.add(&Summary {
        command: "sync",
        status,
        counts: changes.sums(),
    })?;
    report.end()?;
    Ok(status)
}

/// Warns of trees that an earlier sync has left halfway; of a target that is to be
/// changed its site has told already.
fn warn_of_half_synced(work: &Work, session: &Session) {
    let target = work.site.is_none().then_some(&work.target);
    for (path, opened) in [Some(&work.source), target].into_iter().flatten() {
        if matches!(opened, Opened::Live(_)) {
            warn_if_half_synced(path, &session.watch);
        }
    }
}

/// What a comparison finds.
fn compared(arguments: &Sync, session: &Session) -> Result<Work, Failure> {
    let From::Trees {
        source: from,
        target: to,
        compare,
    } = &arguments.from
    else {
        unreachable!("the caller knows");
    };
    let mut options = options(compare, [from, to], session)?;
    options.sides = true;
    // What is not compared belongs to what is new all the same.
    let want = Want::All;
    let site = site(to, arguments, session)?;
    let source = opened(from, want, arguments, session)?;
    let target = match &site {
        Some(site) => Opened::Live(site.tree(want)),
        None => remote::target(to, Some(&options), arguments, session)?,
    };
    let told = Told::new(&session.watch, target.node());
    let outcome = diff(source.tree(), target.tree(), &options, &told)?;
    for tree in [source.tree(), target.tree()] {
        warn_of_unrecorded(tree, options.ignore, &session.watch);
    }
    let plan = named(Plan::new(&outcome, &options), from, to, compare.words());
    Ok(Work {
        source: (from.clone(), source),
        target: (to.clone(), target),
        site,
        outcome,
        plan,
        checksum: options.checksum,
        ignored: options.ignore,
    })
}

/// What a plan says.
fn planned(arguments: &Sync, file: &Path, session: &Session) -> Result<Work, Failure> {
    use std::os::unix::ffi::OsStrExt as _;
    let input = input::open(file, &session.interrupt)
        .map_err(|error| SysError::new("open", file, error))?;
    let plan = plan::read(BufReader::new(input), &show(file).to_string())?;
    let path = |bytes: &[u8]| PathBuf::from(std::ffi::OsStr::from_bytes(bytes));
    let (from, to) = (path(&plan.source), path(&plan.target));
    let site = site(&to, arguments, session)?;
    let source = opened(&from, Want::All, arguments, session)?;
    let target = match &site {
        Some(site) => Opened::Live(site.tree(Want::All)),
        None => remote::target(&to, None, arguments, session)?,
    };
    Ok(Work {
        outcome: plan.outcome(),
        source: (from, source),
        target: (to, target),
        site,
        checksum: false,
        ignored: plan.ignored,
        plan,
    })
}

/// The target's place, where it is to be changed.
fn site(target: &Path, arguments: &Sync, session: &Session) -> Result<Option<Site>, Failure> {
    if !arguments.write {
        return Ok(None);
    }
    remote::refuse(target)?;
    let site = Site::open(target, &session.watch)?;
    if arguments.atomic {
        // Better known now than when all is compared.
        site.check_swap()?;
    }
    Ok(Some(site))
}

fn opened(path: &Path, want: Want, arguments: &Sync, session: &Session) -> Result<Opened, Failure> {
    let (choice, limits) = (&arguments.choice, &arguments.limits);
    Ok(open(path, want, choice, limits, &session.watch)?)
}

/// A path from anywhere.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A plan that finds its trees from anywhere.
fn named(plan: Plan, from: &Path, to: &Path, words: Vec<std::ffi::OsString>) -> Plan {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    let bytes = |path: PathBuf| path.into_os_string().into_vec().into();
    let mut plan = plan;
    plan.source = bytes(whole(from));
    plan.target = match named_node(to) {
        Ok(Some(_)) => to.as_os_str().as_bytes().into(),
        _ => bytes(whole(to)),
    };
    plan.arguments = words
        .into_iter()
        .map(|word| word.into_vec().into())
        .collect();
    plan
}

fn save(plan: &Plan, path: &Path) -> Result<(), Failure> {
    let failed = |error| SysError::new("write", path, error);
    let mut out = BufWriter::with_capacity(1 << 17, OutputFile::create(path)?);
    plan.write(&mut out).map_err(failed)?;
    let file = out
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    Ok(file.publish()?)
}

fn write(shown: &Shown<'_>, arguments: &Sync, session: &Session) -> Result<Report, Failure> {
    let review = shown.review(session)?;
    shown.write_page(review.as_ref())?;
    let mut report = if arguments.view.pager && !arguments.write {
        session.paged_report()
    } else {
        session.report()
    };
    shown.write(review.as_ref(), session, &mut report)?;
    Ok(report)
}

/// An archive gives its content in its own order, so it is unpacked first.
fn unpack<'s>(
    (path, listed): &'s (PathBuf, Opened),
    site: &'s Site,
    arguments: &Sync,
    session: &Session,
) -> Result<Unpacked<'s>, Failure> {
    let mut options = import::Options::default();
    options.choice = arguments.choice.clone();
    options.limits = arguments.limits.clone();
    options.room_check = arguments.room_check;
    options.threads = session.jobs;
    let source = Source::open(path)?;
    Ok(site.unpack(source, listed.tree(), options, &session.watch)?)
}

/// Ends the report, but for lists that others read by line.
fn close(
    synced: &Synced<'_>,
    arguments: &Sync,
    session: &Session,
    report: &mut Report,
) -> Result<(), Failure> {
    let is_list = matches!(arguments.view.shape, Shape::Names { .. } | Shape::Patch);
    if is_list && session.format() == Format::Text {
        return Ok(());
    }
    report.add(synced)
}

fn how(arguments: &Sync, session: &Session) -> sync::Options {
    let mut options = sync::Options::default();
    options.max_delete = arguments.max_delete;
    options.backup_dir.clone_from(&arguments.backup_dir);
    options.atomic = arguments.atomic;
    options.strict = arguments.strict;
    options.room_check = arguments.room_check;
    options.proves = matches!(arguments.from, From::Plan(_));
    options.threads = session.jobs;
    options
}

/// Whether nothing would be done and all is known to be equal.
fn before(work: &Work) -> Status {
    let outcome = &work.outcome;
    if outcome.totals.changes() == 0 && is_whole(work) {
        Status::Done
    } else {
        Status::Findings
    }
}

/// Whether all was done that there was to do.
fn after(work: &Work, done: &sync::Outcome) -> Status {
    if is_whole(work) && done.kept == 0 && done.left_out.is_nothing() {
        Status::Done
    } else {
        Status::Findings
    }
}

fn is_whole(work: &Work) -> bool {
    let target = &work.target.1;
    let mut mounts = work.outcome.mounts.iter();
    work.outcome.blocked.is_empty() && mounts.all(|path| target.is_of_kernel(path))
}
