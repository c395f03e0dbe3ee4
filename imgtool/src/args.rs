//! Arguments: first as they are written, then resolved to what commands take.
//!
//! Nothing here opens or reads anything; a wrong argument is told before
//! anything has happened.

mod backup;
mod choice;
mod clone;
mod compare;
mod completions;
mod demand;
mod diff;
mod excludes;
mod filter;
mod fleet;
mod global;
mod import;
mod inspect;
mod limit;
mod lint;
mod man;
mod manifest;
mod node;
mod policy;
mod restore;
mod roots;
mod sync;
mod verify_arch;
mod view;

pub(crate) use backup::{Backup, List, Make, Prune};
pub(crate) use clone::Clone;
pub(crate) use compare::Compare;
pub(crate) use completions::Completions;
pub(crate) use diff::Diff;
pub(crate) use excludes::Excludes;
pub(crate) use fleet::Fleet;
pub(crate) use global::{Format, Global, When};
pub(crate) use import::Import;
pub(crate) use inspect::Inspect;
pub(crate) use lint::Lint;
pub(crate) use man::Man;
pub(crate) use manifest::{Form, Manifest};
pub(crate) use restore::Restore;
pub(crate) use sync::{From, Sync};
pub(crate) use verify_arch::VerifyArch;
pub(crate) use view::{Shape, View};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

/// How every command ends; shown with each command's help.
macro_rules! exit_statuses {
    () => {
        "Exit status:
  0    done, nothing to report
  1    done, with differences or findings
  2    wrong usage
  3    refused: unsafe, corrupt, over a limit, or not what was demanded
  4    the system failed: input or output, space, permission
  130  interrupted; what was begun is undone"
    };
}
use exit_statuses;

/// What was asked for.
pub(crate) struct Invocation {
    pub(crate) global: Global,
    pub(crate) command: Command,
}

/// A command with its own arguments.
pub(crate) enum Command {
    Import(Import),
    Clone(Clone),
    VerifyArch(VerifyArch),
    Inspect(Inspect),
    Lint(Lint),
    Manifest(Manifest),
    Backup(Backup),
    Restore(Restore),
    Diff(Box<Diff>),
    Sync(Box<Sync>),
    Excludes(Excludes),
    Completions(Completions),
    Man(Man),
}

/// Import, prove, compare and keep the operating-system images of a cluster
#[derive(Parser)]
#[command(
    name = "imgtool",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = concat!(
        "Examples:
  imgtool import default-image.tar.gz --into /cm/images/default-image --arch x86_64
  imgtool verify-arch /cm/images/default-image /cm/node-installer --arch aarch64
  imgtool diff /cm/images/default-image /cm/images/test-image --format itemize

",
        exit_statuses!()
    )
)]
struct Raw {
    #[command(subcommand)]
    command: RawCommand,
    #[command(flatten)]
    global: global::Raw,
}

#[derive(Subcommand)]
enum RawCommand {
    Import(import::Raw),
    Clone(clone::Raw),
    VerifyArch(verify_arch::Raw),
    Inspect(inspect::Raw),
    Lint(lint::Raw),
    Manifest(manifest::Raw),
    Backup(backup::Raw),
    Restore(restore::Raw),
    Diff(Box<diff::Raw>),
    Sync(Box<sync::Raw>),
    Excludes(excludes::Raw),
    Completions(completions::Raw),
    Man(man::Raw),
}

/// The arguments that do not go together, as clap tells any other wrong usage.
type Misfit = (ErrorKind, &'static str);

impl Raw {
    fn resolve(self) -> Result<Invocation, Misfit> {
        let global = self.global.resolve();
        let takes_itemize = matches!(self.command, RawCommand::Diff(_) | RawCommand::Sync(_));
        if global.format == Format::Itemize && !takes_itemize {
            let why = "only diff and sync know `--format itemize`";
            return Err((ErrorKind::InvalidValue, why));
        }
        let command = match self.command {
            RawCommand::Import(raw) => Command::Import(raw.resolve()),
            RawCommand::Clone(raw) => Command::Clone(raw.resolve()),
            RawCommand::VerifyArch(raw) => Command::VerifyArch(raw.resolve()),
            RawCommand::Inspect(raw) => Command::Inspect(raw.resolve()),
            RawCommand::Lint(raw) => Command::Lint(raw.resolve()),
            RawCommand::Manifest(raw) => Command::Manifest(raw.resolve(global.format)?),
            RawCommand::Backup(raw) => Command::Backup(raw.resolve(global.format)?),
            RawCommand::Restore(raw) => Command::Restore(raw.resolve()),
            RawCommand::Diff(raw) => Command::Diff(Box::new(raw.resolve(global.format)?)),
            RawCommand::Sync(raw) => Command::Sync(Box::new(raw.resolve(global.format)?)),
            RawCommand::Excludes(raw) => Command::Excludes(raw.resolve(global.format)?),
            RawCommand::Completions(raw) => Command::Completions(raw.resolve()),
            RawCommand::Man(raw) => Command::Man(raw.resolve()),
        };
        Ok(Invocation { global, command })
    }
}

/// Reads the arguments of this process; ends it where they ask for help or
/// make no sense.
pub(crate) fn read() -> Invocation {
    Raw::parse().resolve().unwrap_or_else(|(kind, message)| {
        let mut command = definition();
        command.build();
        command.error(kind, message).exit()
    })
}

/// All commands and options, for completions and manual pages.
pub(crate) fn definition() -> clap::Command {
    Raw::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn every_command_shows_examples_and_exit_statuses() {
        for command in definition().get_subcommands() {
            let help = command.clone().render_long_help().to_string();
            for part in ["Examples:", "Exit status:", "imgtool "] {
                assert!(help.contains(part), "{}: {part}", command.get_name());
            }
        }
    }
}
