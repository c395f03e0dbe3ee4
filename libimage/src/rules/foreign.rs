//! Whether the files of other architectures than the tree's are in order.
//!
//! Foreign files are usual in some places and fatal in others; the places are
//! facts ([`Place`]), what they mean stands here.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{counted, examples};
use super::{
    Demand, ELF_FOREIGN, ELF_FOREIGN_ELSEWHERE, ELF_FOREIGN_EXPECTED, ELF_MALFORMED,
    ELF_MALFORMED_ELSEWHERE, FILE_UNREADABLE, Finding, NO_ELF, Policy, Rule,
};
use crate::escape::Escaped;
use crate::inspect::{Architecture, Distro, ElfError, Facts, ImageKind, Machine, Place, Tally};

/// How a foreign file stands in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// The node's own processors are to run it, and cannot.
    Native,
    /// Nothing is known about the place.
    Elsewhere,
    /// It is usual there, for this reason.
    Expected(&'static str),
}

impl Standing {
    fn rule(self) -> &'static Rule {
        match self {
            Self::Native => &ELF_FOREIGN,
            Self::Elsewhere => &ELF_FOREIGN_ELSEWHERE,
            Self::Expected(_) => &ELF_FOREIGN_EXPECTED,
        }
    }
}

/// The tree that places are judged for.
struct Home {
    majority: Architecture,
    kind: Option<ImageKind>,
    has_lib64: bool,
}

const SMALLER: &str = "the 32-bit ABI beside the system's own";

impl Home {
    fn standing(&self, place: Place, file: Architecture) -> Standing {
        use Standing::{Elsewhere, Expected, Native};
        let runs = |other| self.majority.runs_as_compatible(other);
        match file.machine {
            Machine::NONE => return Expected("data in the form of ELF, for no processor"),
            Machine::BPF => return Expected("code for the kernel's own virtual machine"),
            machine if !machine.is_processor() => return Expected("code for a GPU"),
            _ => {}
        }
        match place {
            Place::Multiarch(of) if of == self.majority => Native,
            Place::Multiarch(of) if runs(of) && of == file => Expected(SMALLER),
            Place::Multiarch(of) if runs(of) => Native,
            Place::Sysroot(of) if of == self.majority => Native,
            Place::Sysroot(_) => Expected("what a compiler for another architecture needs"),
            Place::SmallerAbi if runs(file) => Expected(SMALLER),
            Place::Libraries if self.has_lib64 && runs(file) => Expected(
                "32-bit libraries, which this distribution keeps in lib and the others in lib64",
            ),
            Place::Elsewhere if self.kind == Some(ImageKind::CmShared) => Native,
            Place::Multiarch(_) | Place::Elsewhere => Elsewhere,
            _ => usual(place).map_or(Native, Expected),
        }
    }
}

/// Why foreign files are usual in a place, whatever the tree is for.
fn usual(place: Place) -> Option<&'static str> {
    Some(match place {
        Place::Firmware => "firmware for devices",
        Place::CrossTools => "tools that carry code for other targets",
        Place::DebugInfo => "debug information",
        Place::Emulator => "code for emulated machines",
        Place::BootLoader => "code that runs before the operating system",
        Place::Valgrind => "Valgrind's own copies of itself",
        Place::LanguageBundle => "packages of a language that bring files for several systems",
        Place::Guile => "compiled Guile",
        Place::TestData => "input for tests",
        _ => return None,
    })
}

/// Whether a damaged file there would be missed by the system.
pub(super) fn is_native(place: Place, kind: Option<ImageKind>) -> bool {
    match place {
        Place::Programs
        | Place::Libraries
        | Place::Libraries64
        | Place::KernelModules
        | Place::Multiarch(_) => true,
        Place::Elsewhere => kind == Some(ImageKind::CmShared),
        _ => false,
    }
}

pub(super) fn findings(facts: &Facts, demand: &Demand, policy: &Policy) -> Vec<Finding> {
    let kind = demand.kind_of(facts);
    let mut findings = match facts.arch {
        Some(majority) => foreign(
            facts,
            policy,
            &Home {
                majority,
                kind,
                has_lib64: facts.distro.as_ref().is_some_and(Distro::has_lib64),
            },
        ),
        None => vec![Finding::new(
            &NO_ELF,
            None,
            format!(
                "no ELF file for a processor where programs are expected, {} in all",
                counted(facts.census.total(), "ELF file")
            ),
        )],
    };
    findings.extend(malformed(facts, kind));
    findings.extend(unreadable(facts));
    findings
}

/// Files of one standing: errors and warnings an architecture each, what is
/// usual a reason each.
#[derive(Default)]
struct Group {
    architectures: BTreeSet<Architecture>,
    files: Tally,
}

fn foreign(facts: &Facts, policy: &Policy, home: &Home) -> Vec<Finding> {
    let mut groups: BTreeMap<(Standing, Option<Architecture>, Option<usize>), Group> =
        BTreeMap::new();
    for count in facts.census.counts().chain(facts.census.packed()) {
        if count.architecture == home.majority {
            continue;
        }
        let standing = home.standing(count.place, count.architecture);
        let apart = match standing {
            Standing::Expected(_) => None,
            Standing::Native | Standing::Elsewhere => Some(count.architecture),
        };
        let decides = policy.decides(standing.rule(), count.marks);
        let group = groups.entry((standing, apart, decides)).or_default();
        group.architectures.insert(count.architecture);
        group.files.merge(count.files.clone());
    }
    let majority = home.majority;
    let mut findings: Vec<_> = groups
        .into_iter()
        .map(
            |(
                (standing, ..),
                Group {
                    architectures,
                    files,
                },
            )| {
                let mut message = format!(
                    "{} for {} in a tree for {majority}: {}",
                    counted(files.count(), "file"),
                    listed(&architectures),
                    examples(&files),
                );
                if let Standing::Expected(reason) = standing {
                    message = format!("{message} ({reason})");
                }
                Finding::new(standing.rule(), files.paths().next(), message)
            },
        )
        .collect();
    // What a census does not keep apart is a machine that nobody knows.
    for (place, files) in facts.census.beyond() {
        let unknown = Architecture {
            machine: Machine(u16::MAX),
            ..majority
        };
        let message = format!(
            "{} for still other machines in a tree for {majority}: {}",
            counted(files.count(), "file"),
            examples(files),
        );
        let rule = home.standing(place, unknown).rule();
        findings.push(Finding::new(rule, files.paths().next(), message));
    }
    findings
}

/// The names of some architectures, a handful of them at most.
fn listed(architectures: &BTreeSet<Architecture>) -> String {
    const MOST: usize = 6;
    let names: Vec<_> = architectures
        .iter()
        .take(MOST)
        .map(ToString::to_string)
        .collect();
    match architectures.len().saturating_sub(MOST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn malformed(facts: &Facts, kind: Option<ImageKind>) -> Vec<Finding> {
    let mut grouped: BTreeMap<bool, Tally<ElfError>> = BTreeMap::new();
    for (place, files) in facts.census.malformed() {
        let group = grouped.entry(!is_native(place, kind)).or_default();
        group.merge(files.clone());
    }
    grouped
        .into_iter()
        .map(|(elsewhere, files)| {
            let rule = if elsewhere {
                &ELF_MALFORMED_ELSEWHERE
            } else {
                &ELF_MALFORMED
            };
            let (path, error) = &files.examples()[0];
            let message = format!(
                "{} with the magic of ELF: {}; of `{path}` {error}",
                counted(files.count(), "damaged file"),
                examples(&files),
            );
            Finding::new(rule, Some(path), message)
        })
        .collect()
}

fn unreadable(facts: &Facts) -> Option<Finding> {
    let files = facts.census.unreadable();
    let (path, reason) = files.examples().first()?;
    let message = format!(
        "{} could not be read and were not checked: {}; of `{path}`: {}",
        counted(files.count(), "file"),
        examples(files),
        Escaped(reason.as_bytes()),
    );
    Some(Finding::new(&FILE_UNREADABLE, Some(path), message))
}
