//! `imgtool excludes`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, Subcommand};
use libimage::excludes::Mode;

use super::{Format, Misfit, exit_statuses};

/// What `excludes` takes.
pub(crate) enum Excludes {
    /// Print a list that comes with imgtool.
    Show(Mode),
    /// Check a list, against trees if there are any.
    Check { file: PathBuf, trees: Vec<PathBuf> },
}

/// Show exclude lists for Base Command Manager, and check one's own
///
/// A list has one rule a line. What a plain rule excludes is left as it is on
/// the node, but sent where the node has none; what a rule behind
/// `no-new-files: ` excludes is not sent even then.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool excludes update > excludelistupdate
  imgtool excludes check excludelistupdate
  imgtool excludes check excludelistupdate /cm/images/default-image /mnt/node001

",
    exit_statuses!()
))]
pub(super) struct Raw {
    #[command(subcommand)]
    command: RawCommand,
}

#[derive(Subcommand)]
enum RawCommand {
    /// Print a list for a node whose disks were just made
    Full,
    /// Print a list for a node that boots
    Sync,
    /// Print a list for a running node (imageupdate), which keeps what nodes
    /// usually have of their own
    Update,
    /// Print a list from a node to an image that exists (grabimage)
    Grab,
    /// Print a list from a node to a new image
    Grabnew,
    /// Find mistakes in a list, and data that nothing protects
    Check {
        /// The list, as cmsh exports it
        file: PathBuf,
        /// Trees in which its rules are to match something
        trees: Vec<PathBuf>,
    },
}

/// The words for transfers.
pub(super) fn modes() -> impl TypedValueParser<Value = Mode> {
    PossibleValuesParser::new(Mode::ALL.map(Mode::word)).map(|word| {
        let mode = Mode::ALL.into_iter().find(|mode| mode.word() == word);
        mode.expect("one of the possible values")
    })
}

impl Raw {
    pub(super) fn resolve(self, format: Format) -> Result<Excludes, Misfit> {
        let mode = match self.command {
            RawCommand::Full => Mode::Full,
            RawCommand::Sync => Mode::Sync,
            RawCommand::Update => Mode::Update,
            RawCommand::Grab => Mode::Grab,
            RawCommand::Grabnew => Mode::GrabNew,
            RawCommand::Check { file, trees } => return Ok(Excludes::Check { file, trees }),
        };
        if format == Format::Json {
            let why = "a list is text; `--format json` is for `excludes check`";
            return Err((ErrorKind::ArgumentConflict, why));
        }
        Ok(Excludes::Show(mode))
    }
}
