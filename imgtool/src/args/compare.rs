//! How two trees are compared: for `diff` and `sync` alike.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use libimage::diff::ModifyWindow;
use libimage::entry::{Respect, Respects};
use libimage::excludes::Mode;
use libimage::filter::Argument;

use super::{excludes, filter};

/// How two trees are compared.
#[derive(Clone, Debug)]
pub(crate) struct Compare {
    pub(crate) checksum: bool,
    pub(crate) delete: bool,
    pub(crate) window: ModifyWindow,
    pub(crate) ignore: Respects,
    pub(crate) filter: Vec<Argument>,
    pub(crate) delete_excluded: bool,
    pub(crate) bcm_excludes: Option<PathBuf>,
    pub(crate) mode: Option<Mode>,
}

#[derive(Args)]
#[group(skip)]
pub(super) struct Raw {
    /// Compare the content of files of equal size instead of their times
    #[arg(long, short)]
    checksum: bool,
    /// Leave what only TARGET has
    #[arg(long)]
    no_delete: bool,
    /// Times that differ by up to so many seconds are equal; -1 compares
    /// nanoseconds
    #[arg(
        long,
        value_name = "N",
        default_value = "0",
        allow_hyphen_values = true,
        value_parser = window
    )]
    modify_window: ModifyWindow,
    /// Do not compare these: mtime, mode, owner, group, acl, xattr, links
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',')]
    ignore: Vec<Respect>,
    #[command(flatten)]
    filter: filter::InTree,
    /// Delete what is excluded from TARGET too
    #[arg(long, conflicts_with = "no_delete")]
    delete_excluded: bool,
    /// Take the rules from an exclude list of Base Command Manager
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["delete_excluded", "exclude", "include", "filter", "exclude-from", "include-from", "rsync-filter", "cvs-exclude"]
    )]
    bcm_excludes: Option<PathBuf>,
    /// Take the list for this transfer that comes with imgtool
    #[arg(
        long,
        value_parser = excludes::modes(),
        conflicts_with_all = ["bcm_excludes", "delete_excluded", "exclude", "include", "filter", "exclude-from", "include-from", "rsync-filter", "cvs-exclude"]
    )]
    mode: Option<Mode>,
}

fn window(text: &str) -> Result<ModifyWindow, String> {
    if text == "-1" {
        return Ok(ModifyWindow::Exact);
    }
    text.parse()
        .map(ModifyWindow::Seconds)
        .map_err(|_| "a whole number of seconds, or -1".to_owned())
}

impl Raw {
    pub(super) fn resolve(self) -> Compare {
        Compare {
            checksum: self.checksum,
            delete: !self.no_delete,
            window: self.modify_window,
            ignore: self.ignore.into_iter().collect(),
            filter: self.filter.resolve(),
            delete_excluded: self.delete_excluded,
            bcm_excludes: self.bcm_excludes,
            mode: self.mode,
        }
    }
}

impl Compare {
    /// The same as arguments, each with its value behind it.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        let flags = [
            (self.checksum, "--checksum"),
            (!self.delete, "--no-delete"),
            (self.delete_excluded, "--delete-excluded"),
        ];
        words.extend(
            flags
                .iter()
                .filter(|(is_set, _)| *is_set)
                .map(|(_, word)| word.into()),
        );
        match self.window {
            ModifyWindow::Seconds(0) => {}
            ModifyWindow::Seconds(seconds) => {
                words.push(format!("--modify-window={seconds}").into());
            }
            ModifyWindow::Exact => words.push("--modify-window=-1".into()),
        }
        if !self.ignore.is_empty() {
            let ignored: Vec<_> = self.ignore.iter().map(Respect::word).collect();
            words.push(format!("--ignore={}", ignored.join(",")).into());
        }
        if let Some(list) = &self.bcm_excludes {
            words.extend(["--bcm-excludes".into(), list.clone().into_os_string()]);
        }
        if let Some(mode) = self.mode {
            words.extend(["--mode".into(), mode.word().into()]);
        }
        for argument in &self.filter {
            words.extend(filter::words(argument));
        }
        words
    }
}
