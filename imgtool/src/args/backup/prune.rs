//! `imgtool backup prune`.

use std::path::PathBuf;

use clap::Args;
use clap::error::ErrorKind;
use libimage::catalogue::{Retention, Within};

use super::list::Trees;
use crate::args::{Misfit, exit_statuses};

/// What removing backups takes.
pub(crate) struct Prune {
    pub(crate) dir: PathBuf,
    pub(crate) trees: Vec<Box<[u8]>>,
    pub(crate) retention: Retention,
    pub(crate) verify: bool,
    pub(crate) write: bool,
}

/// Remove old backups from a directory; without -w only show which
///
/// The words are restic's: of the last N hours, days, weeks, months or years that
/// have a backup, the newest of each stays, and whatever one rule keeps stays. Days
/// and weeks are those of UTC. While a rule has found fewer than N, the oldest
/// backup stays as well.
///
/// Each tree is judged apart, by its name and the path where it stood. The newest
/// good backup of each always stays. Good means that what describes it is there and
/// agrees with its digests; with --verify, all of it. What is not good is named and
/// stays: it may hold what is nowhere else. So does what is of the future, by the clock
/// of now; it counts for no rule.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool backup prune /backup --keep-last 3 --keep-daily 7 --keep-monthly 12
  imgtool backup prune /backup --keep-within 30d --tree default-image -w
  imgtool backup prune /backup --keep-weekly unlimited --verify -w

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The directory
    dir: PathBuf,
    /// Remove them; otherwise nothing is changed
    #[arg(long, short)]
    write: bool,
    #[command(flatten)]
    trees: Trees,
    /// Read the backups that stay to their ends before anything is removed; one that
    /// is not whole counts as damaged, and another one stays for it
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    keep: Keep,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "What stays")]
struct Keep {
    /// The newest N; `unlimited` for all
    #[arg(long = "keep-last", value_name = "N", value_parser = count)]
    last: Option<u64>,
    /// The newest of each of the last N hours that have one
    #[arg(long = "keep-hourly", value_name = "N", value_parser = count)]
    hourly: Option<u64>,
    /// The newest of each of the last N days that have one
    #[arg(long = "keep-daily", value_name = "N", value_parser = count)]
    daily: Option<u64>,
    /// The newest of each of the last N weeks that have one; they begin on Monday
    #[arg(long = "keep-weekly", value_name = "N", value_parser = count)]
    weekly: Option<u64>,
    /// The newest of each of the last N months that have one
    #[arg(long = "keep-monthly", value_name = "N", value_parser = count)]
    monthly: Option<u64>,
    /// The newest of each of the last N years that have one
    #[arg(long = "keep-yearly", value_name = "N", value_parser = count)]
    yearly: Option<u64>,
    /// All that are at most so much older than the newest, as in 1y6m7d12h
    #[arg(long = "keep-within", value_name = "DURATION")]
    within: Option<Within>,
}

/// A number of backups; all of them are as many as there can be.
fn count(text: &str) -> Result<u64, String> {
    if text == "unlimited" {
        return Ok(u64::MAX);
    }
    text.parse()
        .map_err(|_| "it is neither a number nor `unlimited`".to_owned())
}

impl Keep {
    fn resolve(self) -> Retention {
        Retention {
            last: self.last.unwrap_or(0),
            hourly: self.hourly.unwrap_or(0),
            daily: self.daily.unwrap_or(0),
            weekly: self.weekly.unwrap_or(0),
            monthly: self.monthly.unwrap_or(0),
            yearly: self.yearly.unwrap_or(0),
            within: self.within,
        }
    }
}

impl Raw {
    pub(super) fn resolve(self) -> Result<Prune, Misfit> {
        let retention = self.keep.resolve();
        if retention.is_empty() {
            let why = "nothing says what stays: give at least one of --keep-last, --keep-hourly, \
                       --keep-daily, --keep-weekly, --keep-monthly, --keep-yearly, --keep-within";
            return Err((ErrorKind::MissingRequiredArgument, why));
        }
        Ok(Prune {
            dir: self.dir,
            trees: self.trees.resolve(),
            retention,
            verify: self.verify,
            write: self.write,
        })
    }
}
