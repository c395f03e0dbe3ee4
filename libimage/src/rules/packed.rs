//! Whether compressed modules and static archives can be used. For whom they
//! are is judged with the ELF files.

use std::collections::BTreeMap;

use super::finding::{counted, examples};
use super::foreign::is_native;
use super::{Demand, Finding, PACKED_DAMAGED, PACKED_DAMAGED_ELSEWHERE, PACKED_NOT_CHECKED};
use crate::escape::Escaped;
use crate::inspect::{Facts, Tally};

pub(super) fn findings(facts: &Facts, demand: &Demand) -> Vec<Finding> {
    let kind = demand.kind_of(facts);
    let mut grouped: BTreeMap<bool, Tally<String>> = BTreeMap::new();
    for (place, files) in facts.census.damaged() {
        let group = grouped.entry(!is_native(place, kind)).or_default();
        group.merge(files.clone());
    }
    grouped
        .into_iter()
        .map(|(elsewhere, files)| {
            let rule = if elsewhere {
                &PACKED_DAMAGED_ELSEWHERE
            } else {
                &PACKED_DAMAGED
            };
            let (path, reason) = &files.examples()[0];
            let message = format!(
                "{} that cannot be used as a module or static archive: {}; of `{path}`: {}",
                counted(files.count(), "file"),
                examples(&files),
                Escaped(reason.as_bytes()),
            );
            Finding::new(rule, Some(path), message)
        })
        .chain(not_checked(facts))
        .collect()
}

fn not_checked(facts: &Facts) -> Option<Finding> {
    let files = facts.census.unseen();
    let path = files.paths().next()?;
    let message = format!(
        "what is packed in {} was not looked at, for only their first bytes are at hand: {}",
        counted(files.count(), "file"),
        examples(files),
    );
    Some(Finding::new(&PACKED_NOT_CHECKED, Some(path), message))
}

#[cfg(test)]
mod tests {
    use crate::inspect::fake::FakeTree;
    use crate::inspect::{Architecture, Inside};
    use crate::path::ImagePath;
    use crate::rules::{Demand, Policy, judge};

    #[test]
    fn packed_code_is_judged_by_its_place() {
        let packed = |architecture| Inside::Packed([architecture].into());
        let (x86, arm) = (Architecture::X86_64, Architecture::AARCH64);
        let damaged = || Inside::Damaged("why\n".to_owned());
        let cases: [(&str, Inside, &[&str]); 9] = [
            ("lib/modules/6/a.ko.zst", packed(x86), &[]),
            ("lib/modules/6/a.ko.zst", packed(arm), &["elf-foreign"]),
            ("lib/modules/6/a.ko.zst", damaged(), &["packed-damaged"]),
            ("usr/lib/a.a", packed(arm), &["elf-foreign"]),
            ("opt/a.a", packed(arm), &["elf-foreign-elsewhere"]),
            (
                "usr/lib/gcc-cross/a.a",
                packed(arm),
                &["elf-foreign-expected"],
            ),
            ("opt/a.a", damaged(), &["packed-damaged-elsewhere"]),
            ("opt/a.a", Inside::Unseen, &["packed-not-checked"]),
            ("opt/a.a", Inside::Packed([].into()), &[]),
        ];
        for (path, inside, expected) in cases {
            let mut facts = FakeTree::new().elf("usr/bin/true", x86).facts();
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            facts.census.record_inside(&path, inside.clone());
            let (_, findings) = judge(&facts, &Demand::default(), &Policy::default());
            let names: Vec<_> = findings.iter().map(|finding| finding.rule.name).collect();
            assert_eq!(names, expected, "{path}: {inside:?}");
            for finding in findings {
                assert_eq!(finding.path.as_ref(), Some(&path));
                assert!(!finding.message.contains('\n'), "{finding}");
            }
        }
    }
}
