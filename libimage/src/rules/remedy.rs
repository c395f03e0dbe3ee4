//! [`remedies`]: what to do about the trees of a cluster that are wrong.

use super::{Demand, Finding, LIBRARY_TOO_OLD, Severity};
use crate::inspect::{Facts, ImageKind};

/// One tree among others, as it was judged.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// What messages call it.
    pub label: &'a str,
    /// What was found in it.
    pub facts: &'a Facts,
    /// What the rules say to that.
    pub findings: &'a [Finding],
}

/// A tree that has to be replaced, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What messages call it.
    pub label: String,
    /// Which component it is.
    pub kind: Option<ImageKind>,
    /// What is wrong with it: the messages of its errors that say so.
    pub because: Vec<String>,
    /// The options that its replacement must be imported with.
    pub options: Vec<String>,
    /// The others, which stay as they are.
    pub stays: Vec<String>,
}

/// What to do about each tree that is not what it must be: it is replaced
/// alone, by a tree built for what the others are for, and those stay.
///
/// A tree that is as a whole what it must be needs no remedy. Where no architecture or
/// distribution is demanded, its replacement must be what the trees without
/// errors are, if they agree.
pub fn remedies(trees: &[Judged<'_>], demand: &Demand) -> Vec<Remedy> {
    let reasons = |tree: &Judged<'_>| {
        let reasons = tree.findings.iter();
        let reasons = reasons.filter(|finding| calls_for_another(finding, tree.facts));
        reasons.map(|finding| finding.message.clone()).collect()
    };
    let because: Vec<Vec<String>> = trees.iter().map(reasons).collect();
    let sound = || {
        let all = trees.iter().zip(&because);
        all.filter(|(_, because)| because.is_empty())
            .map(|(tree, _)| tree)
    };
    let arch = demand
        .arch
        .map(|arch| arch.to_string())
        .or_else(|| same(sound().map(|tree| tree.facts.arch.map(|arch| arch.to_string()))));
    let distro = demand
        .distro
        .clone()
        .or_else(|| same(sound().map(|tree| tree.facts.distro.as_ref().map(ToString::to_string))));
    trees
        .iter()
        .zip(&because)
        .filter(|(_, because)| !because.is_empty())
        .map(|(tree, because)| {
            let kind = demand.kind.or(tree.facts.kind.kind);
            let mut options = Vec::new();
            for (name, value) in [
                ("--kind", kind.map(|kind| kind.to_string())),
                ("--arch", arch.clone()),
                ("--distro", distro.clone()),
            ] {
                // A shared tree has no os-release to prove a distribution by.
                let provable = name != "--distro" || kind != Some(ImageKind::CmShared);
                if let Some(value) = value.filter(|_| provable) {
                    options.extend([name.to_owned(), value]);
                }
            }
            Remedy {
                label: tree.label.to_owned(),
                kind,
                because: because.clone(),
                options,
                stays: sound().map(|tree| tree.label.to_owned()).collect(),
            }
        })
        .collect()
}

/// Whether the whole tree is another than it must be. Single files that are
/// wrong are mended in it, as their rules say.
fn calls_for_another(finding: &Finding, facts: &Facts) -> bool {
    let is_shared = facts.kind.kind == Some(ImageKind::CmShared);
    finding.breaks_demand()
        || (finding.severity() == Severity::Error && *finding.rule == LIBRARY_TOO_OLD && is_shared)
}

/// The word that all say that say any.
fn same(words: impl Iterator<Item = Option<String>>) -> Option<String> {
    let mut words = words.flatten();
    let first = words.next()?;
    words.all(|word| word == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::Architecture;
    use crate::inspect::fake::FakeTree;
    use crate::rules::{Policy, judge};

    const X86: Architecture = Architecture::X86_64;
    const ARM: Architecture = Architecture::AARCH64;

    fn installer(arch: Architecture, version: &str) -> Facts {
        FakeTree::new()
            .file(
                "etc/os-release",
                format!("ID=ubuntu\nVERSION_ID={version}").as_bytes(),
            )
            .elf("usr/bin/true", arch)
            .facts()
    }

    fn shared(arch: Architecture) -> Facts {
        FakeTree::new()
            .directory("modulefiles")
            .elf("apps/x", arch)
            .facts()
    }

    /// Which trees are to be replaced, and with which options.
    fn of(trees: &[Facts], demand: &Demand) -> Vec<(String, String, usize)> {
        let judged: Vec<_> = trees
            .iter()
            .map(|facts| judge(facts, demand, &Policy::default()).1)
            .collect();
        let labels: Vec<_> = (0..trees.len()).map(|number| number.to_string()).collect();
        let all: Vec<_> = trees
            .iter()
            .zip(&judged)
            .zip(&labels)
            .map(|((facts, findings), label)| Judged {
                label,
                facts,
                findings,
            })
            .collect();
        remedies(&all, demand)
            .into_iter()
            .map(|remedy| (remedy.label, remedy.options.join(" "), remedy.stays.len()))
            .collect()
    }

    #[test]
    fn only_what_is_wrong_is_replaced_by_what_the_others_are() {
        let arm = Demand {
            arch: Some(ARM),
            ..Demand::default()
        };
        let release = Demand {
            distro: Some("ubuntu2404".to_owned()),
            ..arm.clone()
        };
        let none = Vec::new();
        let one =
            |label: &str, options: &str, stays| vec![(label.to_owned(), options.to_owned(), stays)];
        let cases = [
            (
                "all is well",
                vec![installer(ARM, "24.04"), shared(ARM)],
                &arm,
                none,
            ),
            (
                "one architecture",
                vec![installer(X86, "24.04"), shared(ARM)],
                &arm,
                one("0", "--kind node-installer --arch aarch64", 1),
            ),
            (
                "a shared tree, whose distribution cannot be demanded",
                vec![installer(ARM, "24.04"), shared(X86)],
                &release,
                one("1", "--kind cm-shared --arch aarch64", 1),
            ),
            (
                "one distribution",
                vec![installer(ARM, "24.04"), installer(ARM, "22.04")],
                &release,
                one(
                    "1",
                    "--kind node-installer --arch aarch64 --distro ubuntu2404",
                    1,
                ),
            ),
            (
                "nothing demanded",
                vec![installer(ARM, "24.04"), shared(X86)],
                &Demand::default(),
                Vec::new(),
            ),
        ];
        for (name, trees, demand, expected) in cases {
            assert_eq!(of(&trees, demand), expected, "{name}");
        }
    }
}
