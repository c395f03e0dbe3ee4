//! `--exclude` and its kin: rsync's rules, in the order in which they are given.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use libimage::filter::Argument;

/// The rules as they are given.
pub(super) struct Raw(Vec<Argument>);

impl Raw {
    pub(super) fn resolve(self) -> Vec<Argument> {
        self.0
    }
}

struct Kind {
    name: &'static str,
    value: &'static str,
    help: &'static str,
    argument: fn(OsString) -> Argument,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "exclude",
        value: "PATTERN",
        help: "Leave out what matches, as rsync does: `/proc/*`, `*.pyc`, `/home/***`",
        argument: |text| Argument::Exclude(text.into_vec()),
    },
    Kind {
        name: "include",
        value: "PATTERN",
        help: "Keep what matches, though a later rule leaves it out",
        argument: |text| Argument::Include(text.into_vec()),
    },
    Kind {
        name: "filter",
        value: "RULE",
        help: "Any rule of rsync: `- *.o`, `+ /etc/***`, `merge FILE`",
        argument: |text| Argument::Filter(text.into_vec()),
    },
    Kind {
        name: "exclude-from",
        value: "FILE",
        help: "Read patterns to leave out from a file; `-` for standard input",
        argument: |path| Argument::ExcludeFrom(PathBuf::from(path)),
    },
    Kind {
        name: "include-from",
        value: "FILE",
        help: "Read patterns to keep from a file",
        argument: |path| Argument::IncludeFrom(PathBuf::from(path)),
    },
];

impl Args for Raw {
    fn augment_args(command: Command) -> Command {
        KINDS.iter().fold(command, |command, kind| {
            let arg = Arg::new(kind.name)
                .long(kind.name)
                .value_name(kind.value)
                .help(kind.help)
                .help_heading("Filters, of which the first that matches decides")
                .action(ArgAction::Append)
                .allow_hyphen_values(true)
                .value_parser(value_parser!(OsString));
            command.arg(arg)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Raw {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        for kind in &KINDS {
            let places = matches.indices_of(kind.name).into_iter().flatten();
            let values = matches
                .get_many::<OsString>(kind.name)
                .into_iter()
                .flatten();
            for (place, value) in places.zip(values) {
                given.push((place, (kind.argument)(value.clone())));
            }
        }
        given.sort_by_key(|(place, _)| *place);
        Ok(Self(
            given.into_iter().map(|(_, argument)| argument).collect(),
        ))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_keep_their_order() {
        let command = Raw::augment_args(Command::new("x"));
        let words = [
            "x",
            "--exclude",
            "a",
            "--include=b",
            "--filter",
            "- c",
            "--exclude",
            "-d",
        ];
        let matches = command.try_get_matches_from(words).expect("valid");
        let given = Raw::from_arg_matches(&matches).expect("valid").resolve();
        assert_eq!(
            given,
            [
                Argument::Exclude(b"a".to_vec()),
                Argument::Include(b"b".to_vec()),
                Argument::Filter(b"- c".to_vec()),
                Argument::Exclude(b"-d".to_vec()),
            ]
        );
    }
}
