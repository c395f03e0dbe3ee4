//! `--kind`, `--arch`, `--distro`: what a tree must be.

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use libimage::inspect::{Architecture, ImageKind};
use libimage::rules::Demand;

#[derive(Args)]
#[group(skip)]
pub(super) struct Raw {
    /// The component it must be
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    kind: Option<ImageKind>,
    /// The architecture that most of its programs must be for.
    #[arg(
        long,
        value_name = "ARCH",
        help = "The architecture it must be for: x86_64, aarch64, …"
    )]
    arch: Option<Architecture>,
    /// The distribution it must be of: ubuntu2404, rhel9u5, rhel9, …
    #[arg(long, value_name = "DISTRO", value_parser = NonEmptyStringValueParser::new())]
    distro: Option<String>,
}

pub(super) fn kinds() -> impl TypedValueParser<Value = ImageKind> {
    PossibleValuesParser::new(ImageKind::ALL.map(ImageKind::word))
        .try_map(|word| word.parse::<ImageKind>())
}

impl Raw {
    pub(super) fn resolve(self) -> Demand {
        Demand {
            arch: self.arch,
            distro: self.distro,
            kind: self.kind,
        }
    }
}
