//! `imgtool lint`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use libimage::inspect::ImageKind;
use libimage::lint::{Selection, Selector, Series};

use super::{demand, exit_statuses, policy, roots};

/// What `lint` takes.
pub(crate) struct Lint {
    /// None where rules are listed.
    pub(crate) trees: Vec<PathBuf>,
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) list_rules: bool,
    pub(crate) kind: Option<ImageKind>,
    pub(crate) series: Option<Series>,
    pub(crate) selection: Selection,
    pub(crate) policy: Option<PathBuf>,
    pub(crate) fatal_warnings: bool,
}

/// Check whether trees are fit to be given to nodes
///
/// Each check is a named rule. What could not be checked is told apart from
/// what passed, and why. Of an image and a shared tree together it is also told
/// whether the image's links into /cm/shared lead somewhere.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool lint /cm/images/default-image --bcm 11.0
  imgtool lint /cm/images/default-image /cm/shared --skip ssh-host-key,shell-history
  imgtool lint /cm/images/* --only swap-file,core-dump,file-inflated
  imgtool lint /cm/images/default-image --policy our-policy.toml
  imgtool lint --list-rules -v
  imgtool lint /cm/images/* --format json | jq -c 'select(.type==\"finding\")'

Errors are what keeps a node from working, warnings what should be looked at,
notes what is worth knowing. An error or a warning ends the command with 1, and
so does a check that could not be made. A --kind that does not hold is a refusal.

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The directories to check
    #[arg(value_name = "TREE", required_unless_present_any = ["roots", "list_rules"])]
    trees: Vec<PathBuf>,
    #[command(flatten)]
    roots: roots::Raw,
    /// The component it must be; decides the checks where the content does not
    #[arg(long, value_name = "KIND", value_parser = demand::kinds())]
    kind: Option<ImageKind>,
    /// The BCM release that the trees are meant for, such as 11.0
    #[arg(long = "bcm", value_name = "SERIES")]
    series: Option<Series>,
    /// Make these checks alone: names of rules or groups
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        value_parser = selectors(),
        hide_possible_values = true
    )]
    only: Vec<Selector>,
    /// Leave these checks out: names of rules or groups
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        value_parser = selectors(),
        hide_possible_values = true
    )]
    skip: Vec<Selector>,
    #[command(flatten)]
    policy: policy::Raw,
    /// Count warnings as errors
    #[arg(long)]
    fatal_warnings: bool,
    /// List the rules of all commands, and check nothing
    #[arg(
        long,
        conflicts_with_all = ["trees", "roots", "kind", "series", "only", "skip", "fatal_warnings"]
    )]
    list_rules: bool,
}

fn selectors() -> impl TypedValueParser<Value = Selector> {
    PossibleValuesParser::new(Selector::all().map(Selector::name))
        .try_map(|name| name.parse::<Selector>())
}

impl Raw {
    pub(super) fn resolve(self) -> Lint {
        Lint {
            trees: self.trees,
            roots: self.roots.resolve(),
            list_rules: self.list_rules,
            kind: self.kind,
            series: self.series,
            selection: Selection {
                only: self.only,
                skip: self.skip,
            },
            policy: self.policy.resolve(),
            fatal_warnings: self.fatal_warnings,
        }
    }
}
