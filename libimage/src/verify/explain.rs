//! [`explain`]: why a file is judged as it is.

use super::links::{Company, Needs, with_context};
use super::{Depth, Options, Seen};
use crate::entry::Kind;
use crate::inspect::{
    Census, ElfError, ElfIdentity, Facts, Inside, Links, Needed, Place, classify_by,
};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::rules::{Finding, Policy, PolicyEntry, judge};
use crate::tree::{Tree, TreeError, resolve};

/// What a file is, and what was found about it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Where it is, without any symlink in the path.
    pub path: ImagePath,
    /// What it is.
    pub subject: Subject,
    /// The kind of directory it stands in.
    pub place: Place,
    /// The built-in pattern that says so; nothing where none matches.
    pub pattern: Option<&'static str>,
    /// The libraries that it needs.
    pub needed: Vec<Needed>,
    /// What the rules say about it by themselves, and which entry of the policy
    /// changes that.
    pub findings: Vec<(Finding, Option<PolicyEntry>)>,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// An ELF file.
    Elf(ElfIdentity),
    /// One whose header is damaged.
    Damaged(ElfError),
    /// No ELF file, but one that holds code.
    Inside(Inside),
    /// It could not be read, and why.
    Unreadable(String),
    /// No ELF file, but a regular one.
    Plain,
    /// No regular file.
    Other,
}

/// Explains the file at `path` of a tree whose `facts` were found already;
/// nothing where there is none.
///
/// # Errors
///
/// A [`TreeError`] if something on the way cannot be read.
pub fn explain(
    tree: &dyn Tree,
    path: &[u8],
    facts: &Facts,
    options: &Options<'_>,
    monitor: &dyn Monitor,
) -> Result<Option<Explanation>, TreeError> {
    let Some(found) = resolve(tree, path)? else {
        return Ok(None);
    };
    let (place, pattern) = classify_by(&found.path);
    let mut explanation = Explanation {
        path: found.path,
        subject: Subject::Other,
        place,
        pattern,
        needed: Vec::new(),
        findings: Vec::new(),
    };
    if !matches!(found.entry.kind, Kind::File { .. }) {
        return Ok(Some(explanation));
    }
    let company = match options.depth {
        Depth::Links { image, shared } => Company { image, shared },
        Depth::Headers => Company {
            image: None,
            shared: None,
        },
    };
    with_context(tree, company, monitor, |context| {
        let visit = context.visit(&*found.parent, &found.entry)?;
        explanation.subject = match &visit.seen {
            Seen::Elf(Ok(identity)) => Subject::Elf(*identity),
            Seen::Elf(Err(error)) => Subject::Damaged(*error),
            Seen::Unreadable(reason) => Subject::Unreadable(reason.clone()),
            Seen::Inside(inside) => Subject::Inside(inside.clone()),
            Seen::Other => Subject::Plain,
        };
        if let (Some(linker), Needs::Links(dynamic, identity, _)) = (context.linker, &visit.needs) {
            let seen = context.place_of(&explanation.path);
            explanation.needed = linker.locate(&seen, identity.architecture(), dynamic)?;
        }
        // The same rules as for the whole tree, with this file alone in it.
        let mut alone = facts.clone();
        alone.census = Census::default();
        let mut links = facts.links.as_ref().map(Links::without_lacks);
        let mut unwanted = Links::default();
        let marks = options.policy.patterns().marks(&explanation.path);
        let into = links.as_mut().unwrap_or(&mut unwanted);
        visit.note(&explanation.path, marks, &mut alone.census, into);
        alone.links = links;
        let (_, findings) = judge(&alone, &options.demand, &Policy::default());
        explanation.findings = findings
            .into_iter()
            .filter(|finding| finding.path.as_ref() == Some(&explanation.path))
            .map(|finding| {
                let entry = options.policy.entry(finding.rule, finding.path.as_ref());
                let entry = entry.cloned();
                (finding, entry)
            })
            .collect();
        Ok(())
    })?;
    Ok(Some(explanation))
}
