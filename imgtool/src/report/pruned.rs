//! [`Pruned`]: which backups in a directory stay and which go.

use std::io;
use std::path::PathBuf;

use indicatif::BinaryBytes;
use libimage::catalogue::{Kept, Pruning, Reason};
use libimage::escape::Escaped;
use serde::Serialize;

use super::name::{self, Name};
use super::text::Counted;
use super::{Item, Json, Text, generations};

/// What a prune did, or would do.
pub(crate) struct Pruned<'a> {
    pub(crate) pruning: &'a Pruning,
    /// What something of a name in the directory is called.
    pub(crate) path: &'a dyn Fn(&[u8]) -> PathBuf,
    /// Whether it was done.
    pub(crate) is_done: bool,
}

/// The members of a summary.
#[derive(Serialize)]
pub(crate) struct Sums {
    kept: u64,
    removed: u64,
    bytes_removed: u64,
    damaged: u64,
    others: u64,
    written: bool,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    tree: String,
    time: String,
    archive_bytes: u64,
    action: &'static str,
    reasons: Vec<String>,
    good: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

fn word(reasons: &[Reason]) -> &'static str {
    if reasons.is_empty() { "remove" } else { "keep" }
}

impl Pruned<'_> {
    /// What goes or has gone: how much, and how many bytes.
    fn gone(&self) -> (u64, u64) {
        let removed = self.pruning.removed();
        removed.fold((0, 0), |(count, bytes), kept| {
            (count + 1, bytes + kept.bytes)
        })
    }

    pub(crate) fn sums(&self) -> Sums {
        let all = self.pruning.trees.iter().flat_map(|judged| &judged.backups);
        let damaged = all.clone().filter(|(kept, _)| kept.state.is_err());
        let (removed, bytes_removed) = self.gone();
        Sums {
            kept: all.clone().count() as u64 - removed,
            removed,
            bytes_removed,
            damaged: damaged.count() as u64,
            others: self.pruning.others,
            written: self.is_done,
        }
    }

    fn end(&self, out: &mut Text<'_>) -> io::Result<()> {
        let (count, bytes) = self.gone();
        let backups = Counted(count, "backup", "backups");
        let left = self
            .pruning
            .abandoned()
            .fold((0, 0), |(count, sum), (_, bytes)| (count + 1, sum + bytes));
        if left.0 > 0 {
            let files = Counted(left.0, "file", "files");
            let bytes = BinaryBytes(left.1);
            let word = if self.is_done {
                "removed"
            } else {
                "to be removed"
            };
            out.line(format_args!(
                "{files} of backups that were cut off, {bytes}, {word}"
            ))?;
        }
        let size = BinaryBytes(bytes);
        if count == 0 {
            let word = out.paint.good("nothing to remove");
            out.line(word)
        } else if self.is_done {
            let word = out.paint.good("removed");
            out.line(format_args!("{word} {backups}, {size}"))
        } else {
            let word = out.paint.odd("nothing was removed");
            out.line(format_args!("{word}: give -w to remove {backups}, {size}"))
        }
    }

    fn object(&self, kept: &Kept, reasons: &[Reason]) -> Object {
        Object {
            r#type: "prune",
            name: (&*(self.path)(&kept.generation.name())).into(),
            tree: name::text(&kept.generation.tree),
            time: kept.generation.time.to_string(),
            archive_bytes: kept.bytes,
            action: word(reasons),
            reasons: reasons.iter().map(ToString::to_string).collect(),
            good: kept.state.is_ok(),
            message: kept.state.as_ref().err().map(ToString::to_string),
        }
    }
}

impl Item for Pruned<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        for judged in &self.pruning.trees {
            let stay = judged
                .backups
                .iter()
                .filter(|(_, reasons)| !reasons.is_empty());
            let count = Counted(judged.backups.len() as u64, "backup", "backups");
            let stay = stay.count();
            let tree = Escaped(&judged.tree);
            let word = if stay == 1 { "stays" } else { "stay" };
            out.line(format_args!("{tree}: {stay} of {count} {word}"))?;
            for (kept, reasons) in &judged.backups {
                let name = kept.generation.name();
                let name = Escaped(&name);
                let size = BinaryBytes(kept.bytes).to_string();
                if reasons.is_empty() {
                    let word = out.paint.odd("remove");
                    out.line(format_args!("  {word}  {name}  {size:>10}"))?;
                    continue;
                }
                let words: Vec<_> = reasons.iter().map(ToString::to_string).collect();
                let words = words.join(", ");
                out.line(format_args!("  keep    {name}  {size:>10}  {words}"))?;
            }
        }
        self.end(out)
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for (kept, reasons) in self.pruning.trees.iter().flat_map(|judged| &judged.backups) {
            out.object(&self.object(kept, reasons))?;
        }
        for stored in &self.pruning.unfinished {
            generations::unfinished(stored, self.path, out)?;
        }
        Ok(())
    }
}
