//! [`StillTheSame`]: a tree of which there is a backup already that says all.

use std::io;
use std::path::Path;
use std::time::Duration;

use indicatif::HumanCount;
use libimage::backup::Unchanged;
use libimage::error::show;
use libimage::seekable::Info;
use serde::Serialize;

use super::name::Name;
use super::text::Counted;
use super::{Item, Json, Text, moment};

/// A tree that was not backed up, and why.
pub(crate) struct StillTheSame<'a> {
    pub(crate) tree: &'a Path,
    /// The backup that says all.
    pub(crate) file: &'a Path,
    pub(crate) info: &'a Info,
    pub(crate) unchanged: Unchanged,
    pub(crate) time: Duration,
}

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    tree: &'a str,
    source: &'a str,
    since: String,
    entries: u64,
    bytes: u64,
    digest: String,
    read: u64,
    mounts: u64,
    seconds: f64,
}

impl Item for StillTheSame<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let unchanged = out.paint.good("unchanged");
        let since = moment::utc(self.info.began);
        let tree = show(self.tree);
        out.line(format_args!("{tree} is {unchanged} since {since}"))?;
        out.row("backup", show(self.file))?;
        out.row("entries", HumanCount(self.info.entries))?;
        out.row("digest", self.info.tree)?;
        let read = Counted(self.unchanged.read, "file", "files");
        let seconds = self.time.as_secs_f64();
        out.row("time", format_args!("{seconds:.1} s, {read} read again"))?;
        if self.unchanged.mounts > 0 {
            let names = Counted(self.unchanged.mounts, "name", "names");
            let what = "where something is mounted: what that is, is not in the backup";
            out.row("left out", format_args!("{names} {what}"))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let info = self.info;
        out.object(&Object {
            r#type: "unchanged",
            name: self.file.into(),
            tree: &info.name,
            source: &info.source,
            since: info.began.to_string(),
            entries: info.entries,
            bytes: info.bytes,
            digest: info.tree.to_string(),
            read: self.unchanged.read,
            mounts: self.unchanged.mounts,
            seconds: self.time.as_secs_f64(),
        })
    }
}
