//! Whether programs find what they are linked against.

use std::collections::BTreeMap;

use super::finding::{counted, examples};
use super::{
    Demand, Finding, LIBRARY_MISSING, LIBRARY_MISSING_ELSEWHERE, LIBRARY_MISSING_OPTIONAL,
    LIBRARY_OUT_OF_PATH, LIBRARY_TOO_OLD, LIBRARY_TOO_OLD_ELSEWHERE, LINKS_NOT_CHECKED,
    LINKS_UNREADABLE, LOADER_MISSING, LOADER_MISSING_ELSEWHERE, Policy, Rule, SCRIPT_INTERPRETER,
    SCRIPT_INTERPRETER_ELSEWHERE,
};
use crate::escape::Escaped;
use crate::inspect::{Facts, ImageKind, Lacking, LinkProblem, Links, Place, Role, Tally};

/// Findings of one rule that are told one by one; of a tree that lacks half of
/// its libraries the rest is counted.
const MOST_TOLD: usize = 10;

/// What is told together: one line about it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    rule: &'static str,
    /// What is not there, or which library is too old.
    what: String,
    /// The entry of the policy that decides.
    decides: Option<usize>,
}

/// What is known about a subject.
struct Matter {
    rule: &'static Rule,
    /// The rest of the line.
    detail: String,
    files: Tally,
}

pub(super) fn findings(facts: &Facts, demand: &Demand, policy: &Policy) -> Vec<Finding> {
    let Some(links) = &facts.links else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if links.searched.is_none() {
        findings.push(Finding::new(
            &LINKS_NOT_CHECKED,
            None,
            not_checked(facts, links),
        ));
    }
    let is_shared = demand.kind_of(facts) == Some(ImageKind::CmShared);
    if let (Some(image), true, false) = (&links.searched, is_shared, links.has_libc) {
        let arch = facts.arch.map_or("it".to_owned(), |arch| arch.to_string());
        let message = format!(
            "what its programs are linked against was not checked: {image} has no C library for \
             {arch}"
        );
        findings.push(Finding::new(&LINKS_NOT_CHECKED, None, message));
        return findings;
    }
    let mut matters: BTreeMap<Subject, Matter> = BTreeMap::new();
    for (lacking, files) in links.lacking() {
        // What is for other processors is judged by that alone.
        if lacking.architecture.is_some() && lacking.architecture != facts.arch {
            continue;
        }
        let (rule, what, detail) = judge(lacking, links, is_shared);
        let matter = matters
            .entry(Subject {
                rule: rule.name,
                what,
                decides: policy.decides(rule, lacking.marks),
            })
            .or_insert_with(|| Matter {
                rule,
                detail: String::new(),
                files: Tally::default(),
            });
        // Versions are sorted: of several the last one is the newest.
        matter.detail = detail;
        matter.files.merge(files.clone());
    }
    findings.extend(told(&matters));
    let beyond = links.beyond();
    if beyond.count() > 0 {
        let message = format!(
            "{} lack still other things: {}",
            counted(beyond.count(), "file"),
            examples(beyond)
        );
        let path = beyond.paths().next();
        findings.push(Finding::new(&LIBRARY_MISSING_ELSEWHERE, path, message));
    }
    let unreadable = links.unreadable();
    if let Some((path, reason)) = unreadable.examples().first() {
        let message = format!(
            "the links of {} could not be read: {}, {reason}",
            counted(unreadable.count(), "file"),
            examples(unreadable),
        );
        findings.push(Finding::new(&LINKS_UNREADABLE, Some(path), message));
    }
    findings
}

/// The rule that a lack breaks, its subject, and what is to be said of it.
fn judge(lacking: &Lacking, links: &Links, is_shared: bool) -> (&'static Rule, String, String) {
    let is_native = match lacking.place {
        Place::Programs | Place::Libraries | Place::Libraries64 => true,
        Place::Multiarch(of) => Some(of) == lacking.architecture,
        Place::Elsewhere => is_shared,
        _ => false,
    };
    let shown = |name: &[u8]| format!("`{}`", Escaped(name));
    let or = |native: &'static Rule, elsewhere| if is_native { native } else { elsewhere };
    match &lacking.problem {
        LinkProblem::Loader(loader) => (
            or(&LOADER_MISSING, &LOADER_MISSING_ELSEWHERE),
            shown(loader),
            "is not in the tree for that architecture, and is to load".to_owned(),
        ),
        LinkProblem::Library(name) if links.has_name(name) => (
            &LIBRARY_OUT_OF_PATH,
            shown(name),
            "is in the tree, but not where it is looked for by".to_owned(),
        ),
        LinkProblem::Library(name) => (
            match &lacking.role {
                Role::Program if is_native => &LIBRARY_MISSING,
                Role::Program => &LIBRARY_MISSING_ELSEWHERE,
                Role::Library(Some(name)) if links.is_needed(name) => &LIBRARY_MISSING_ELSEWHERE,
                Role::Library(_) => &LIBRARY_MISSING_OPTIONAL,
            },
            shown(name),
            "is not in the tree, and is needed by".to_owned(),
        ),
        LinkProblem::Version {
            requirement,
            offered,
        } => (
            or(&LIBRARY_TOO_OLD, &LIBRARY_TOO_OLD_ELSEWHERE),
            shown(&requirement.library),
            match offered {
                Some(offered) => format!(
                    "has versions up to {}, and {} is needed by",
                    Escaped(offered),
                    Escaped(&requirement.version)
                ),
                None => format!("has no {}, needed by", Escaped(&requirement.version)),
            },
        ),
        LinkProblem::Interpreter(program) => (
            if lacking.place == Place::Programs {
                &SCRIPT_INTERPRETER
            } else {
                &SCRIPT_INTERPRETER_ELSEWHERE
            },
            shown(program),
            "is not in the tree, and is to run".to_owned(),
        ),
    }
}

fn told(matters: &BTreeMap<Subject, Matter>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut rest: BTreeMap<&'static str, (&'static Rule, u64, Tally)> = BTreeMap::new();
    let mut said: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (subject, matter) in matters {
        let said = said.entry(subject.rule).or_default();
        *said += 1;
        if *said > MOST_TOLD {
            let (_, count, files) =
                rest.entry(subject.rule)
                    .or_insert((matter.rule, 0, Tally::default()));
            *count += 1;
            files.merge(matter.files.clone());
            continue;
        }
        let message = format!(
            "{} {} {}: {}",
            subject.what,
            matter.detail,
            counted(matter.files.count(), "file"),
            examples(&matter.files)
        );
        findings.push(Finding::new(
            matter.rule,
            matter.files.paths().next(),
            message,
        ));
    }
    for (rule, count, files) in rest.into_values() {
        let message = format!(
            "{count} more like these, in {}, such as {}",
            counted(files.count(), "file"),
            examples(&files)
        );
        findings.push(Finding::new(rule, files.paths().next(), message));
    }
    findings
}

fn not_checked(facts: &Facts, links: &Links) -> String {
    let newest: Vec<_> = facts
        .arch
        .into_iter()
        .flat_map(|arch| links.newest(arch))
        .map(|newest| Escaped(newest.version.as_bytes()).to_string())
        .collect();
    let needs = if newest.is_empty() {
        String::new()
    } else {
        format!("; its programs need a system with {}", newest.join(" and "))
    };
    format!("what its programs are linked against was not checked, without an image{needs}")
}
