//! `imgtool diff`: what a tree would become if another were sent to it.

mod many;
mod patches;
pub(super) mod show;
mod synclog;

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use libimage::diff::{Explanation, Options, Outcome, diff, explain};
use libimage::entry::{Respect, Respects};
use libimage::error::SysError;
use libimage::filter::{BcmLists, Builder, Filter};
use libimage::monitor::{Monitor, Warning};
use libimage::node::{Pruning, Role, Told};
use libimage::open::{Opened, named_node, open_or_list};
use libimage::path::ImagePath;
use libimage::tree::{Tree, Want};

use crate::args::{Compare, Diff};
use crate::failure::Failure;
use crate::input;
use crate::node;
use crate::report::{Changes, Ruled, Summary};
use crate::session::Session;
use crate::status::Status;
use show::Shown;

/// How trees are compared.
pub(super) fn options(
    arguments: &Compare,
    trees: [&Path; 2],
    session: &Session,
) -> Result<Options, Failure> {
    let mut options = Options::default();
    match lists(arguments, session)? {
        Some(lists) => {
            options.filter = Arc::new(lists.all);
            options.new_files = Some(Arc::new(lists.no_new_files));
        }
        None => options.filter = Arc::new(filter(arguments, trees, session)?),
    }
    options.checksum = arguments.checksum;
    options.delete = arguments.delete;
    options.window = arguments.window;
    options.ignore = arguments.ignore;
    options.threads = session.jobs;
    Ok(options)
}

/// What is to be read of trees: what nobody compares need not be.
pub(super) fn wanted(options: &Options) -> Want {
    let attributes = [Respect::Acl, Respect::Xattr];
    if attributes.iter().all(|&one| options.ignore.contains(one)) {
        Want::NoXattrs
    } else {
        Want::All
    }
}

pub(super) fn run(arguments: &Diff, session: &Session) -> Result<Status, Failure> {
    let trees = [&*arguments.source, &*arguments.target];
    let options = options(&arguments.compare, trees, session)?;
    if let Some(fleet) = &arguments.fleet {
        return many::run(arguments, fleet, options, session);
    }
    let source = open(
        &arguments.source,
        Role::Source,
        arguments,
        &options,
        session,
    )?;
    let target = open(
        &arguments.target,
        Role::Target,
        arguments,
        &options,
        session,
    )?;
    let sides = [&source, &target];
    let told = Told::new(&session.watch, sides.into_iter().filter_map(Opened::node));
    let outcome = diff(source.tree(), target.tree(), &options, &told)?;
    warn_of_blocked(&outcome, &session.watch);
    if let Some(log) = &arguments.synclog {
        return synclog::check(log, &outcome.changes, session);
    }
    for tree in sides.map(Opened::tree) {
        warn_of_unrecorded(tree, options.ignore, &session.watch);
    }
    let status = judged(&outcome, sides);
    let changes = Changes {
        source: &arguments.source,
        target: &arguments.target,
        totals: &outcome.totals,
        not_compared: options.ignore | outcome.unrecorded,
        blocked: &outcome.blocked,
    };
    let shown = Shown {
        source: &source,
        target: &target,
        outcome: &outcome,
        changes: &changes,
        view: &arguments.view,
        checksum: arguments.compare.checksum,
        html: arguments.html.as_deref(),
    };
    let review = shown.review(session)?;
    shown.write_page(review.as_ref())?;
    let mut report = if arguments.view.pager {
        session.paged_report()
    } else {
        session.report()
    };
    for path in &arguments.explain {
        report.add(&Ruled {
            path,
            explanation: &explained(path, source.tree(), target.tree(), &options)?,
        })?;
    }
    shown.write(review.as_ref(), session, &mut report)?;
    report.add(&Summary {
        command: "diff",
        status,
        counts: changes.sums(),
    })?;
    report.end()?;
    Ok(status)
}

/// Opens one of the two trees, whatever it is.
fn open(
    path: &Path,
    role: Role,
    arguments: &Diff,
    options: &Options,
    session: &Session,
) -> Result<Opened, Failure> {
    let mut node = node::options(arguments.rsh.as_deref())?;
    node.content = options.checksum;
    node.pruning = Pruning::of(role, &options.filter, options.new_files.as_deref());
    let (choice, limits) = (&arguments.choice, &arguments.limits);
    let want = wanted(options);
    #[rustfmt::skip]
    let opened = open_or_list(path, want, choice, limits, &node, &session.watch)?;
    Ok(opened)
}

/// Whether the two are equal, as far as they were compared.
fn judged(outcome: &Outcome, sides: [&Opened; 2]) -> Status {
    let is_equal = outcome.totals.changes() == 0 && outcome.blocked.is_empty();
    // What is mounted was not compared, so nothing is known to be equal there.
    let is_hidden = |path| !sides.iter().any(|side| side.is_of_kernel(path));
    if is_equal && !outcome.mounts.iter().any(is_hidden) {
        Status::Done
    } else {
        Status::Findings
    }
}

/// Tells what stays in the way of something that the source has.
pub(super) fn warn_of_blocked(outcome: &Outcome, monitor: &dyn Monitor) {
    for path in &outcome.blocked {
        monitor.warn(Warning {
            path: path.clone(),
            message: "cannot give way: the target holds something protected there".to_owned(),
        });
    }
}

/// Tells what of a tree could not be compared though it was not to be ignored.
pub(super) fn warn_of_unrecorded(tree: &dyn Tree, ignore: Respects, monitor: &dyn Monitor) {
    let missing: Vec<_> = (!(tree.respects() | ignore))
        .iter()
        .map(Respect::word)
        .collect();
    if !missing.is_empty() {
        monitor.warn(Warning {
            path: ImagePath::root(),
            message: format!(
                "{} does not record {}; not compared",
                tree.label(),
                missing.join(", ")
            ),
        });
    }
}

/// Which rules decide about a path, which may be written as in the tree.
fn explained(
    path: &Path,
    source: &dyn Tree,
    target: &dyn Tree,
    options: &Options,
) -> Result<Explanation, Failure> {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.as_bytes()),
        _ => None,
    });
    let path = names.fold(ImagePath::root(), |path, name| path.join(name));
    Ok(explain(source, target, &path, options)?)
}

/// The exclude list that is asked for, if any is.
fn lists(arguments: &Compare, session: &Session) -> Result<Option<BcmLists>, Failure> {
    let mut read = |path: &Path| input::read_rules(path, &session.interrupt);
    let (text, name) = match (&arguments.bcm_excludes, arguments.mode) {
        (Some(path), _) => {
            let text = read(path);
            let text = text.map_err(|error| SysError::new("read", path, error))?;
            (text, path.as_path())
        }
        (None, Some(mode)) => (mode.list().into(), Path::new(mode.word())),
        (None, None) => return Ok(None),
    };
    let lists = BcmLists::parse(&text, name, &mut read)?;
    Ok(Some(lists))
}

/// The rules, for trees at these places.
fn filter(arguments: &Compare, trees: [&Path; 2], session: &Session) -> Result<Filter, Failure> {
    let interrupt = &session.interrupt;
    let names = input::cvs_names(interrupt);
    let mut builder = Builder::new().per_directory().cvs(names);
    if arguments.delete_excluded {
        builder = builder.delete_excluded();
    }
    for argument in &arguments.filter {
        builder.argument(argument, &mut |path| input::read_rules(path, interrupt))?;
    }
    // Rules for absolute paths are for where the trees really are.
    let place = |path: &Path| -> Result<PathBuf, Failure> {
        Ok(match named_node(path)? {
            Some(node) => node.path().to_owned(),
            None => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        })
    };
    let [source, target] = trees;
    Ok(builder.build().at(&place(source)?, &place(target)?))
}
