//! `imgtool diff`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use libimage::archive::Limits;
use libimage::source::Choice;

use super::view::{self, Shape, View};
use super::{Compare, Fleet, Format, Misfit, choice, compare, exit_statuses, fleet, limit, node};

/// What `diff` takes.
pub(crate) struct Diff {
    pub(crate) source: PathBuf,
    /// On each node, if there are many.
    pub(crate) target: PathBuf,
    /// Many targets instead of one.
    pub(crate) fleet: Option<Fleet>,
    pub(crate) compare: Compare,
    pub(crate) explain: Vec<PathBuf>,
    pub(crate) synclog: Option<PathBuf>,
    pub(crate) html: Option<PathBuf>,
    pub(crate) view: View,
    pub(crate) rsh: Option<OsString>,
    pub(crate) choice: Choice,
    pub(crate) limits: Limits,
}

/// Show what TARGET would become if SOURCE were sent to it
///
/// Both are directories, manifests, archives, or directories on nodes, which are
/// reached by ssh: `root@node001:/`, `ssh://root@node001:2222/cm/shared`. A path
/// here that has a colon before its first slash is written as `./a:b`. What counts as different is
/// what `rsync -aHAXS --numeric-ids --force --delete` would change: kind, size, mtime, mode, owner,
/// group, ACLs and attributes. `--format itemize` writes the lines of
/// `rsync -i`.
///
/// Text tells first which local data of TARGET would be lost: what no package
/// owns, and what was edited since its package shipped it. Files of packages in
/// another version are not read for that outside of etc and var, but counted;
/// `--checksum` reads them. Then come the
/// totals, packages, directories, and the single changes if they are few.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool diff /cm/images/default-image /cm/images/test-image
  imgtool diff /cm/images/default-image /mnt/node001 --exclude-from excludes
  imgtool diff /cm/images/default-image root@node001:/ --bcm-excludes excludelistupdate
  imgtool diff /cm/images/default-image --nodes node[001-064] --mode update
  imgtool diff a b --bcm-excludes excludelistupdate --explain /var/lib/docker
  imgtool diff default-image.manifest /cm/images/default-image --checksum
  imgtool diff default-image.tar.gz /cm/images/default-image --format itemize
  imgtool diff /cm/images/default-image /mnt/node001 --stat --depth 3
  imgtool diff /cm/images/default-image /mnt/node001 --patch /etc
  imgtool diff /cm/images/default-image root@node001:/ --against-synclog synclog.txt
  imgtool diff /cm/images/default-image root@node001:/ --html node001.html
  imgtool diff /cm/images/a /cm/images/b --format json | jq -c 'select(.type==\"change\")'

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The tree that would be sent
    source: PathBuf,
    /// The tree that would receive it
    #[arg(required_unless_present_any = ["nodes", "nodes_from", "listings"])]
    target: Option<PathBuf>,
    #[command(flatten)]
    compare: compare::Raw,
    /// Say which rules decide about a path; may be given several times
    #[arg(long, value_name = "PATH", conflicts_with_all = ["name_only", "patch"])]
    explain: Vec<PathBuf>,
    /// Compare what a sync logged with what is foreseen: names as from
    /// `rsync -v` or `synclog`, or lines of `rsync -i`; `-` is standard input
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["explain", "details", "stat", "name_only", "patch", "html"]
    )]
    against_synclog: Option<PathBuf>,
    /// Also write a page for a browser: what would be lost, a map, packages, all
    /// changes to be searched
    #[arg(
        long,
        value_name = "FILE",
        value_parser = page()
    )]
    html: Option<PathBuf>,
    #[command(flatten)]
    view: view::Raw,
    #[command(flatten)]
    node: node::Raw,
    #[command(flatten)]
    fleet: fleet::Raw,
    #[command(flatten)]
    limits: limit::Raw,
    #[command(flatten)]
    choice: choice::WithArch,
}

/// A file, and not standard output, which has the report already.
pub(super) fn page() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|path: OsString| {
        if path == "-" {
            return Err("the report goes to standard output; name a file");
        }
        Ok(PathBuf::from(path))
    })
}

impl Raw {
    pub(super) fn resolve(self, format: Format) -> Result<Diff, Misfit> {
        let view = self.view.resolve(format)?;
        let fleet = self.fleet.resolve(format)?;
        let is_more = !self.explain.is_empty() || self.against_synclog.is_some();
        if format == Format::Itemize && is_more {
            return Err((ErrorKind::ArgumentConflict, view::ITEMIZED));
        }
        let is_of_one = !self.explain.is_empty()
            || self.against_synclog.is_some()
            || self.html.is_some()
            || !matches!(view.shape, Shape::Review | Shape::Details);
        if fleet.is_some() && is_of_one {
            let why = "many nodes are shown in groups: `--details` and JSON go with them";
            return Err((ErrorKind::ArgumentConflict, why));
        }
        Ok(Diff {
            source: self.source,
            target: self.target.unwrap_or_else(|| "/".into()),
            fleet,
            compare: self.compare.resolve(),
            explain: self.explain,
            html: self.html,
            rsh: self.node.resolve(),
            choice: self.choice.resolve(),
            synclog: self.against_synclog,
            view,
            limits: self.limits.resolve(),
        })
    }
}
