//! `imgtool sync`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::error::ErrorKind;
use libimage::archive::Limits;
use libimage::source::Choice;

use super::diff::page;
use super::view::{self, View};
use super::{Compare, Format, Misfit, choice, compare, exit_statuses, limit, node};

/// What `sync` takes.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag a choice of the user"
)]
pub(crate) struct Sync {
    pub(crate) from: From,
    pub(crate) write: bool,
    pub(crate) save_plan: Option<PathBuf>,
    pub(crate) emit_rsync: Option<PathBuf>,
    pub(crate) rsh: Option<OsString>,
    pub(crate) max_delete: Option<u64>,
    pub(crate) backup_dir: Option<PathBuf>,
    pub(crate) atomic: bool,
    pub(crate) strict: bool,
    pub(crate) room_check: bool,
    pub(crate) html: Option<PathBuf>,
    pub(crate) view: View,
    pub(crate) choice: Choice,
    pub(crate) limits: Limits,
}

/// What is to be done.
pub(crate) enum From {
    /// What a comparison finds.
    Trees {
        source: PathBuf,
        target: PathBuf,
        compare: Compare,
    },
    /// What a plan says.
    Plan(PathBuf),
}

/// Make TARGET like SOURCE, in place; without -w only show what that means
///
/// What is shown and done is what `imgtool diff` shows, by the same options. With
/// -w each file is written aside and takes its place whole, deletions come last,
/// and what a run that was cut off has left the next one finishes. With --atomic
/// all of it is done on a clone aside, and TARGET changes by one rename. SOURCE is a
/// directory, a backup or an archive; a manifest does where no content is to be
/// sent.
///
/// --save-plan keeps what was shown, to be applied later by --plan: if either
/// tree has changed in what the plan touches, nothing is done. --emit-rsync hands it
/// to rsync, which reaches other machines: sync.sh in DIR shows what rsync would do,
/// and with -w has it done.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool sync /cm/images/default-image /cm/images/test-image
  imgtool sync /cm/images/default-image /cm/images/test-image -w
  imgtool sync /cm/images/default-image /cm/images/test-image -w --atomic
  imgtool sync golden.tar.zst /cm/images/default-image --exclude /etc/hostname -w
  imgtool sync /cm/images/a /cm/images/b --save-plan a-b.plan
  imgtool sync --plan a-b.plan -w
  imgtool sync /cm/images/default-image root@node001:/ --emit-rsync node001.sync
  sh node001.sync/sync.sh -w
  imgtool sync /cm/images/a /cm/images/b -w --max-delete 100 --backup-dir /cm/images/.gone

",
    exit_statuses!()
))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag a choice of the user"
)]
pub(super) struct Raw {
    /// The tree that is sent
    #[arg(required_unless_present = "plan")]
    source: Option<PathBuf>,
    /// The directory that is made like it; without -w also one on a node, or a manifest
    #[arg(required_unless_present = "plan")]
    target: Option<PathBuf>,
    /// Do it; otherwise nothing is changed
    #[arg(long, short)]
    write: bool,
    /// Write what would be done into a file, to be done by --plan
    #[arg(long, value_name = "FILE", value_parser = page())]
    save_plan: Option<PathBuf>,
    /// Do what a saved plan says, if both trees are as they were in what it
    /// touches; it stands for SOURCE, TARGET and all that says how they compare
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "target", "save_plan"])]
    plan: Option<PathBuf>,
    /// Write lists and a script into a new directory, which have rsync do it: for a
    /// TARGET on a node, or one of which a manifest tells
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["write", "atomic", "max_delete", "backup_dir", "strict"]
    )]
    emit_rsync: Option<PathBuf>,
    /// Delete at most so many names, as in rsync; the others stay, and the exit
    /// status is 1
    #[arg(long, value_name = "N")]
    max_delete: Option<u64>,
    /// Keep what is replaced or deleted under DIR, which must stand outside of
    /// both trees on the file system of TARGET, and is made if it is missing
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// Change a clone of TARGET and swap it in by one rename, so that TARGET is old
    /// or new and never between; where the file system shares blocks, that takes
    /// room for what changes alone
    #[arg(long)]
    atomic: bool,
    /// Refuse what would lose owners, device nodes or attributes because only
    /// root can set them
    #[arg(long)]
    strict: bool,
    /// Try it even if there seems to be no room
    #[arg(long)]
    no_room_check: bool,
    #[command(flatten)]
    node: node::Raw,
    #[command(flatten)]
    compare: compare::Raw,
    /// Also write a page for a browser
    #[arg(long, value_name = "FILE", value_parser = page())]
    html: Option<PathBuf>,
    #[command(flatten)]
    view: view::Raw,
    #[command(flatten)]
    limits: limit::Raw,
    #[command(flatten)]
    choice: choice::WithArch,
}

impl Raw {
    pub(super) fn resolve(self, format: Format) -> Result<Sync, Misfit> {
        let view = self.view.resolve(format)?;
        let compare = self.compare.resolve();
        let from = match (self.plan, self.source, self.target) {
            (Some(_), ..) if !compare.words().is_empty() => {
                let why = "a plan says by itself what is compared and how";
                return Err((ErrorKind::ArgumentConflict, why));
            }
            (Some(plan), ..) => From::Plan(plan),
            (None, Some(source), Some(target)) => From::Trees {
                source,
                target,
                compare,
            },
            _ => unreachable!("clap asks for both"),
        };
        Ok(Sync {
            from,
            write: self.write,
            save_plan: self.save_plan,
            emit_rsync: self.emit_rsync,
            rsh: self.node.resolve(),
            max_delete: self.max_delete,
            backup_dir: self.backup_dir,
            atomic: self.atomic,
            strict: self.strict,
            room_check: !self.no_room_check,
            html: self.html,
            view,
            choice: self.choice.resolve(),
            limits: self.limits.resolve(),
        })
    }
}
