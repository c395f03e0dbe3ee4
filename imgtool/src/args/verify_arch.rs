//! `imgtool verify-arch`.

use std::path::PathBuf;

use clap::Args;
use libimage::rules::Demand;

use super::{demand, exit_statuses, policy, roots};

/// What `verify-arch` takes.
pub(crate) struct VerifyArch {
    pub(crate) trees: Vec<PathBuf>,
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) demand: Demand,
    pub(crate) headers_only: bool,
    pub(crate) policy: Option<PathBuf>,
    pub(crate) explain: Vec<PathBuf>,
}

/// Prove what architecture trees are for, and find files of any other
///
/// Every ELF file's header is read; so is what programs, libraries and scripts
/// need to be run, and whether the tree has it. Of several trees it is also told
/// whether they belong together, and a shared tree is checked against the
/// software image named with it, as a node sees both.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool verify-arch /cm/images/default-image
  imgtool verify-arch /cm/images/arm /cm/node-installer-arm /cm/shared-arm --arch aarch64
  imgtool verify-arch --root /cm/images --root /opt/images --headers-only
  imgtool verify-arch /cm/images/default-image --explain /opt/app/bin/tool
  imgtool verify-arch /cm/images/default-image --policy our-policy.toml
  imgtool verify-arch /cm/images/* --format json | jq -c 'select(.type==\"finding\")'

A demand (--kind, --arch, --distro) that does not hold is a refusal, any other
finding is not.

A policy is TOML. Each entry names a rule, how bad its findings are taken (error,
warning, note, silent), why, and a path if it is for files there alone:
  [[rule]]
  name = \"elf-foreign-elsewhere\"
  path = \"/opt/robots/firmware/\"
  severity = \"note\"
  reason = \"images for the controllers, which have another processor\"

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The directories to look at
    #[arg(value_name = "TREE", required_unless_present = "roots")]
    trees: Vec<PathBuf>,
    #[command(flatten)]
    roots: roots::Raw,
    /// Look at the headers of ELF files alone, not at what they are linked against
    #[arg(long)]
    headers_only: bool,
    /// Say of a file why it is judged as it is; may be given several times
    #[arg(long, value_name = "PATH")]
    explain: Vec<PathBuf>,
    #[command(flatten)]
    policy: policy::Raw,
    #[command(flatten)]
    demand: demand::Raw,
}

impl Raw {
    pub(super) fn resolve(self) -> VerifyArch {
        VerifyArch {
            trees: self.trees,
            roots: self.roots.resolve(),
            demand: self.demand.resolve(),
            headers_only: self.headers_only,
            policy: self.policy.resolve(),
            explain: self.explain,
        }
    }
}
