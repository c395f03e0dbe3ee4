//! [`StillTheSame`]: a tree of which there is a backup already that says all.

use std::io;
use std::path::Path;
use std::time::Duration;

use indicatif::HumanCount;
use libimage::backup::Unchanged;
use libimage::error::show;
use libimage::seekable::Info;
use serde::Serialize;

use super::info::{self, Known};
use super::name::Name;
use super::text::{Counted, Seconds};
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
    #[serde(flatten)]
    known: Known<'a>,
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
        let time = Seconds(self.time);
        out.row("time", format_args!("{time}, {read} read again"))?;
        info::mounts(self.unchanged.mounts, out)
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let info = self.info;
        out.object(&Object {
            r#type: "unchanged",
            name: self.file.into(),
            tree: &info.name,
            known: info.into(),
            read: self.unchanged.read,
            mounts: self.unchanged.mounts,
            seconds: self.time.as_secs_f64(),
        })
    }
}
