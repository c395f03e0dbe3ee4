//! Options that every command has.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

/// Options that every command has, resolved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Global {
    pub(crate) format: Format,
    /// Threads; nothing for as many as the machine has to give.
    pub(crate) jobs: Option<NonZeroUsize>,
    pub(crate) progress: When,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    pub(crate) color: When,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// Lines of JSON objects, see docs/json.md
    Json,
    /// The lines of `rsync -i`, and nothing else.
    #[value(hide = true)]
    Itemize,
}

/// Whether something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Raw {
    /// How results are written to standard output
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value = "text"
    )]
    format: Format,
    /// Threads to work with [default: all cores]
    #[arg(long, short = 'j', global = true, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Whether progress is shown on standard error
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    progress: When,
    /// Leave standard error to errors: no progress, no warnings, no sum of a
    /// manifest
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Show reasons and remedies, places of files, both sides of changes
    #[arg(long, short, global = true)]
    verbose: bool,
    /// Whether colours are used.
    #[arg(
        long,
        help = "Whether colours are used; NO_COLOR is honoured",
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    color: When,
}

impl Raw {
    pub(super) fn resolve(self) -> Global {
        let Self {
            format,
            jobs,
            progress,
            quiet,
            verbose,
            color,
        } = self;
        Global {
            format,
            jobs,
            progress,
            quiet,
            verbose,
            color,
        }
    }
}
