//! Whether compressed modules and static archives can be used. For whom they
//! are is judged with the ELF files.

use std::collections::BTreeMap;

use super::finding::{counted, examples};
use super::foreign::is_native;
use super::{Demand, Finding, PACKED_DAMAGED, PACKED_DAMAGED_ELSEWHERE};
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
        .collect()
}
