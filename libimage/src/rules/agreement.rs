//! [`agreement`]: whether several trees belong together.

use std::collections::BTreeMap;

use super::{Finding, Rule, TREES_DISAGREE_ARCH, TREES_DISAGREE_DISTRO};
use crate::inspect::Facts;

/// Judges trees against each other, each with the label that messages shall
/// give it (as [`Tree::label`](crate::tree::Tree::label) answers).
///
/// A tree that shows no architecture, or no distribution as a shared tree does
/// by nature, disagrees with none.
pub fn agreement(trees: &[(&str, &Facts)]) -> Vec<Finding> {
    let by = |word: &dyn Fn(&Facts) -> Option<String>| {
        let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (label, facts) in trees {
            if let Some(word) = word(facts) {
                groups.entry(word).or_default().push(label);
            }
        }
        groups
    };
    [
        disagreement(
            &TREES_DISAGREE_ARCH,
            &by(&|facts| facts.arch.map(|arch| arch.to_string())),
        ),
        disagreement(
            &TREES_DISAGREE_DISTRO,
            &by(&|facts| facts.distro.as_ref().map(ToString::to_string)),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn disagreement(rule: &'static Rule, groups: &BTreeMap<String, Vec<&str>>) -> Option<Finding> {
    if groups.len() < 2 {
        return None;
    }
    let sides: Vec<_> = groups
        .iter()
        .map(|(word, labels)| format!("{word} in {}", labels.join(", ")))
        .collect();
    let message = format!("{}: {}", rule.summary, sides.join("; "));
    Some(Finding::new(rule, None, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::Architecture;
    use crate::inspect::fake::FakeTree;

    const ARCH: &str = "trees-disagree-arch";
    const DISTRO: &str = "trees-disagree-distro";

    #[test]
    fn trees_agree_unless_two_say_different_things() {
        let tree = |arch, release: &str| {
            let tree = FakeTree::new().elf("usr/bin/a", arch);
            if release.is_empty() {
                tree.facts()
            } else {
                tree.file("etc/os-release", release.as_bytes()).facts()
            }
        };
        let x86 = tree(Architecture::X86_64, "ID=rocky\nVERSION_ID=9.5");
        let same = tree(Architecture::X86_64, "ID=rhel\nVERSION_ID=9.5");
        let shared = tree(Architecture::X86_64, "");
        let arm = tree(Architecture::AARCH64, "ID=rocky\nVERSION_ID=9.5");
        let older = tree(Architecture::X86_64, "ID=rocky\nVERSION_ID=9.4");
        let empty = FakeTree::new().facts();
        let cases: [(&str, &[&Facts], &[&str]); 8] = [
            ("none", &[], &[]),
            ("one", &[&x86], &[]),
            ("rebuilds of one release", &[&x86, &same], &[]),
            ("a shared tree names no distribution", &[&x86, &shared], &[]),
            ("an empty tree says nothing", &[&x86, &empty], &[]),
            ("architectures", &[&x86, &shared, &arm], &[ARCH]),
            ("releases", &[&x86, &older], &[DISTRO]),
            ("both", &[&older, &arm], &[ARCH, DISTRO]),
        ];
        for (name, trees, expected) in cases {
            let labelled: Vec<_> = trees.iter().map(|facts| ("`x`", *facts)).collect();
            let rules: Vec<_> = agreement(&labelled)
                .iter()
                .map(|finding| finding.rule.name)
                .collect();
            assert_eq!(rules, expected, "{name}");
        }
        let found = agreement(&[("`a`", &x86), ("`b`", &arm), ("`c`", &same)]);
        assert_eq!(
            found[0].message,
            "the trees are not all for the same architecture: aarch64 in `b`; x86_64 in `a`, `c`"
        );
    }
}
