//! `--exclude` and its kin: rsync's rules, in the order in which they are given.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use libimage::filter::Argument;

const HEADING: &str = "Filters, of which the first that matches decides";

/// A rule as it is given.
pub(super) fn words(argument: &Argument) -> Vec<OsString> {
    let (option, value) = match argument {
        Argument::Exclude(text) => ("--exclude", OsString::from_vec(text.clone())),
        Argument::Include(text) => ("--include", OsString::from_vec(text.clone())),
        Argument::Filter(text) => ("--filter", OsString::from_vec(text.clone())),
        Argument::ExcludeFrom(path) => ("--exclude-from", path.clone().into_os_string()),
        Argument::IncludeFrom(path) => ("--include-from", path.clone().into_os_string()),
        Argument::RsyncFilter => return vec!["-F".into()],
        Argument::CvsExclude => return vec!["-C".into()],
    };
    vec![option.into(), value]
}

/// The rules as they are given.
pub(super) struct Raw(Vec<Argument>);

impl Raw {
    pub(super) fn resolve(self) -> Vec<Argument> {
        self.0
    }
}

/// The same where there are directories to look into for more rules.
pub(super) struct InTree(Vec<Argument>);

impl InTree {
    pub(super) fn resolve(self) -> Vec<Argument> {
        self.0
    }
}

/// An option that takes a value.
struct Kind {
    name: &'static str,
    short: Option<char>,
    value: &'static str,
    help: &'static str,
    argument: fn(OsString) -> Argument,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "exclude",
        short: None,
        value: "PATTERN",
        help: "Leave out what matches, as rsync does: `/proc/*`, `*.pyc`, `/home/***`",
        argument: |text| Argument::Exclude(text.into_vec()),
    },
    Kind {
        name: "include",
        short: None,
        value: "PATTERN",
        help: "Keep what matches, though a later rule leaves it out",
        argument: |text| Argument::Include(text.into_vec()),
    },
    Kind {
        name: "filter",
        short: Some('f'),
        value: "RULE",
        help: "Any rule of rsync: `- *.o`, `+ /etc/***`, `merge FILE`, `-x security.*`",
        argument: |text| Argument::Filter(text.into_vec()),
    },
    Kind {
        name: "exclude-from",
        short: None,
        value: "FILE",
        help: "Read patterns to leave out from a file; `-` for standard input",
        argument: |path| Argument::ExcludeFrom(PathBuf::from(path)),
    },
    Kind {
        name: "include-from",
        short: None,
        value: "FILE",
        help: "Read patterns to keep from a file",
        argument: |path| Argument::IncludeFrom(PathBuf::from(path)),
    },
];

/// An option that takes none.
struct Switch {
    name: &'static str,
    long: Option<&'static str>,
    short: char,
    help: &'static str,
    argument: Argument,
}

const SWITCHES: [Switch; 2] = [
    Switch {
        name: "rsync-filter",
        long: None,
        short: 'F',
        help: "Take rules from the file `.rsync-filter` of each directory; -FF leaves these files out",
        argument: Argument::RsyncFilter,
    },
    Switch {
        name: "cvs-exclude",
        long: Some("cvs-exclude"),
        short: 'C',
        help: "Leave out what CVS ignores: `*.o`, `*~`, `.git/`, what `.cvsignore` files say",
        argument: Argument::CvsExclude,
    },
];

fn with_kinds(command: Command) -> Command {
    KINDS.iter().fold(command, |command, kind| {
        let arg = Arg::new(kind.name)
            .long(kind.name)
            .short(kind.short)
            .value_name(kind.value)
            .help(kind.help)
            .help_heading(HEADING)
            .action(ArgAction::Append)
            .allow_hyphen_values(true)
            .value_parser(value_parser!(OsString));
        command.arg(arg)
    })
}

fn with_switches(command: Command) -> Command {
    SWITCHES.iter().fold(command, |command, switch| {
        // Each time counts with its place, which a counting option forgets.
        let arg = Arg::new(switch.name)
            .long(switch.long)
            .short(switch.short)
            .help(switch.help)
            .help_heading(HEADING)
            .action(ArgAction::Append)
            .num_args(0)
            .default_missing_value("")
            .value_parser(value_parser!(OsString));
        command.arg(arg)
    })
}

/// What was given, each with its place.
type Given = Vec<(usize, Argument)>;

fn given_kinds(matches: &ArgMatches) -> Given {
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
    given
}

fn given_switches(matches: &ArgMatches) -> Given {
    let mut given = Vec::new();
    for switch in &SWITCHES {
        let places = matches.indices_of(switch.name).into_iter().flatten();
        given.extend(places.map(|place| (place, switch.argument.clone())));
    }
    given
}

fn in_order(mut given: Given) -> Vec<Argument> {
    given.sort_by_key(|(place, _)| *place);
    given.into_iter().map(|(_, argument)| argument).collect()
}

impl Args for Raw {
    fn augment_args(command: Command) -> Command {
        with_kinds(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Raw {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(in_order(given_kinds(matches))))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for InTree {
    fn augment_args(command: Command) -> Command {
        with_switches(with_kinds(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for InTree {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = given_kinds(matches);
        given.extend(given_switches(matches));
        Ok(Self(in_order(given)))
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
        let command = InTree::augment_args(Command::new("x"));
        let words = [
            "x",
            "--exclude",
            "a",
            "-F",
            "--include=b",
            "-f- c",
            "-CF",
            "--exclude",
            "-d",
            "-FFf",
            "- e",
        ];
        let matches = command.try_get_matches_from(words).expect("valid");
        let given = InTree::from_arg_matches(&matches).expect("valid").resolve();
        assert_eq!(
            given,
            [
                Argument::Exclude(b"a".to_vec()),
                Argument::RsyncFilter,
                Argument::Include(b"b".to_vec()),
                Argument::Filter(b"- c".to_vec()),
                Argument::CvsExclude,
                Argument::RsyncFilter,
                Argument::Exclude(b"-d".to_vec()),
                Argument::RsyncFilter,
                Argument::RsyncFilter,
                Argument::Filter(b"- e".to_vec()),
            ]
        );
    }

    #[test]
    fn a_stream_knows_no_files_in_directories() {
        for word in ["-F", "-C", "--cvs-exclude"] {
            let command = Raw::augment_args(Command::new("x"));
            let error = command.try_get_matches_from(["x", word]).expect_err(word);
            assert_eq!(error.kind(), clap::error::ErrorKind::UnknownArgument);
        }
    }
}
