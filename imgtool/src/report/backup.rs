//! [`BackedUp`]: a backup that was just made; [`Shown`]: one that is looked at.

use std::io;
use std::path::Path;
use std::time::Duration;

use indicatif::HumanCount;
use libimage::backup::{Change, DamagedFrame, Outcome};
use libimage::error::show;
use libimage::escape::Escaped;
use libimage::seekable::{Index, Info};
use serde::Serialize;

use super::counts::entries;
use super::name::Name;
use super::text::{Counted, Pace, Size};
use super::{Item, Json, Text, moment};
use crate::color::Paint;

/// A backup, by what stands in it.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Nothing for standard output.
    pub(crate) file: Option<&'a Path>,
    pub(crate) info: &'a Info,
    pub(crate) index: &'a Index,
    pub(crate) bytes: u64,
    pub(crate) seal: libimage::digest::Digest,
    /// Whether it was read to its end and is whole.
    pub(crate) is_proven: bool,
}

/// What a backup is, and in what time it was made.
pub(crate) struct BackedUp<'a> {
    pub(crate) tree: &'a Path,
    /// Nothing for standard output.
    pub(crate) file: Option<&'a Path>,
    pub(crate) outcome: &'a Outcome,
    /// The last one and what changed since, if that was looked at.
    pub(crate) since: Option<(&'a Info, &'a Change)>,
    pub(crate) time: Duration,
}

/// Frames of a backup that are damaged.
pub(crate) struct Damaged<'a> {
    pub(crate) file: &'a Path,
    pub(crate) frames: &'a [DamagedFrame],
}

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    tree: &'a str,
    source: &'a str,
    began: String,
    kind: Option<&'a str>,
    arch: Option<&'a str>,
    distro: Option<&'a str>,
    entries: u64,
    bytes: u64,
    digest: String,
    level: i32,
    version: &'a str,
    frames: usize,
    unpacked: u64,
    archive_bytes: u64,
    archive_digest: String,
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mounts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
}

#[derive(Serialize)]
struct DamageObject {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    frame: usize,
    offset: u64,
    length: u64,
    paths: Vec<Name>,
}

impl Shown<'_> {
    fn object(&self) -> Object<'_> {
        let Self {
            file,
            info,
            index,
            bytes,
            seal,
            is_proven,
        } = self;
        Object {
            r#type: "backup",
            name: file.unwrap_or(Path::new("-")).into(),
            tree: &info.name,
            source: &info.source,
            began: info.began.to_string(),
            kind: info.kind.as_deref(),
            arch: info.arch.as_deref(),
            distro: info.distro.as_deref(),
            entries: info.entries,
            bytes: info.bytes,
            digest: info.tree.to_string(),
            level: info.level,
            version: &info.version,
            frames: index.frames.len(),
            unpacked: index.raw(),
            archive_bytes: *bytes,
            archive_digest: seal.to_string(),
            verified: *is_proven,
            mounts: None,
            since: None,
            changed: None,
            seconds: None,
        }
    }

    fn identity(&self, out: &mut Text<'_>) -> io::Result<()> {
        let rows = [
            ("kind", &self.info.kind),
            ("arch", &self.info.arch),
            ("distro", &self.info.distro),
        ];
        for (label, value) in rows {
            if let Some(value) = value {
                out.row(label, Escaped(value.as_bytes()))?;
            }
        }
        Ok(())
    }

    fn archive(&self, out: &mut Text<'_>) -> io::Result<()> {
        let frames = Counted(self.index.frames.len() as u64, "frame", "frames");
        let (size, level) = (Size(self.bytes), self.info.level);
        out.row("backup", format_args!("{size}, level {level}, {frames}"))?;
        out.row("seal", self.seal)
    }
}

impl Item for Shown<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let info = self.info;
        let file = show(self.file.unwrap_or(Path::new("-"))).to_string();
        if self.is_proven {
            let whole = out.paint.good("whole");
            out.line(format_args!("{file} is {whole}"))?;
        } else {
            out.line(file)?;
        }
        out.row(
            "tree",
            format_args!("`{}`", Escaped(info.source.as_bytes())),
        )?;
        out.row("began", moment::utc(info.began))?;
        self.identity(out)?;
        out.row("entries", HumanCount(info.entries))?;
        out.row("content", Size(info.bytes))?;
        out.row("digest", info.tree)?;
        self.archive(out)
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        out.object(&self.object())
    }
}

impl BackedUp<'_> {
    /// The rows, for standard error.
    pub(crate) fn lines(&self, paint: Paint) -> String {
        let mut out = Vec::new();
        let mut text = Text {
            out: &mut out,
            verbose: false,
            paint,
        };
        self.text(&mut text).expect("writing to a Vec cannot fail");
        String::from_utf8(out).expect("text")
    }

    fn shown(&self) -> Shown<'_> {
        let Outcome { info, sealed, .. } = self.outcome;
        Shown {
            file: self.file,
            info,
            index: &sealed.index,
            bytes: sealed.bytes,
            seal: sealed.digest,
            is_proven: false,
        }
    }
}

impl Item for BackedUp<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Outcome {
            tree,
            sealed,
            mounts,
            ..
        } = self.outcome;
        let to = match self.file {
            Some(file) => format!(" to {}", show(file)),
            None => String::new(),
        };
        let done = out.paint.good("backed up");
        out.line(format_args!("{done} {}{to}", show(self.tree)))?;
        let shown = self.shown();
        shown.identity(out)?;
        out.row("entries", entries(&tree.counts))?;
        out.row("content", Size(tree.bytes))?;
        out.row("digest", tree.digest)?;
        shown.archive(out)?;
        if let Some((info, change)) = self.since {
            let since = moment::utc(info.began);
            out.row("changed", format_args!("{change}, since {since}"))?;
        }
        let pace = Pace {
            time: self.time,
            bytes: sealed.index.raw(),
            entries: tree.counts.entries(),
        };
        out.row("time", pace)?;
        if *mounts > 0 {
            let names = Counted(*mounts, "name", "names");
            let what = "where something is mounted: what that is, is not in the backup";
            out.row("left out", format_args!("{names} {what}"))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        out.object(&Object {
            mounts: Some(self.outcome.mounts),
            since: self.since.map(|(info, _)| info.began.to_string()),
            changed: self.since.map(|(_, change)| change.to_string()),
            seconds: Some(self.time.as_secs_f64()),
            ..self.shown().object()
        })
    }
}

/// In text the error itself names them.
impl Item for Damaged<'_> {
    fn text(&self, _: &mut Text<'_>) -> io::Result<()> {
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for frame in self.frames {
            out.object(&DamageObject {
                r#type: "damage",
                name: self.file.into(),
                frame: frame.number,
                offset: frame.offset,
                length: frame.length,
                paths: frame.paths.iter().map(Name::from).collect(),
            })?;
        }
        Ok(())
    }
}
