//! What is wrong with the lists of a tree.

use std::collections::BTreeMap;

use super::read::Repositories;
use super::target::Target;
use super::{Gap, Subject};
use crate::escape::Escaped;
use crate::inspect::Tally;
use crate::path::ImagePath;
use crate::rules::{
    Finding, REPOSITORY_CM_ML, REPOSITORY_DUPLICATE, REPOSITORY_MEDIA, REPOSITORY_SERIES,
    REPOSITORY_SIGNED_BY, examples,
};

/// Repositories of another BCM release than the one that is meant.
pub(in crate::lint) fn series(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let targets = Repositories::of(subject)?.targets;
    let Some(intended) = subject.series else {
        // Any release shows that they are BCM's.
        let any = crate::lint::Series { major: 1, minor: 0 };
        return match targets.iter().find(|target| target.series(any).is_some()) {
            Some(target) => Err(Gap::Open(format!(
                "which release `{}` should name is not known: give --bcm",
                target.file
            ))),
            None => Err(no_bcm()),
        };
    };
    let mut named = targets
        .iter()
        .filter_map(|target| Some((target, target.series(intended)?)))
        .peekable();
    if named.peek().is_none() {
        return Err(no_bcm());
    }
    let mut old: BTreeMap<&ImagePath, _> = BTreeMap::new();
    for (target, series) in named.filter(|(_, series)| *series != intended) {
        old.entry(&target.file).or_insert((target, series));
    }
    Ok(old
        .into_iter()
        .map(|(file, (target, series))| {
            let message = format!(
                "`{file}` names release {series}, not {intended}: {}",
                Escaped(without_user(&target.uri))
            );
            Finding::new(&REPOSITORY_SERIES, Some(file), message)
        })
        .collect())
}

fn no_bcm() -> Gap {
    Gap::Inapplicable("no list names a release of BCM".to_owned())
}

/// An address without the name and the password in it, which are for nobody's
/// eyes.
fn without_user(uri: &[u8]) -> &[u8] {
    let authority = uri
        .windows(3)
        .position(|part| part == b"://")
        .map_or(0, |at| at + 3);
    let end = uri[authority..]
        .iter()
        .position(|byte| *byte == b'/')
        .map_or(uri.len(), |at| authority + at);
    match uri[authority..end].iter().rposition(|byte| *byte == b'@') {
        Some(at) => &uri[authority + at + 1..],
        None => uri,
    }
}

/// Files of the repository that BCM 11 has no more.
pub(in crate::lint) fn cm_ml(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let repositories = Repositories::of(subject)?;
    let is_cm_ml = |path: &&ImagePath| {
        let name = path.file_name().unwrap_or_default();
        name.strip_prefix(b"cm-ml")
            .is_some_and(|rest| rest.starts_with(b".") || rest.starts_with(b"-"))
    };
    Ok(repositories
        .files
        .iter()
        .filter(is_cm_ml)
        .map(|path| {
            let message = format!("`{path}` was left behind");
            Finding::new(&REPOSITORY_CM_ML, Some(path), message)
        })
        .collect())
}

/// Ubuntu's own list, active beside a medium.
pub(in crate::lint) fn media(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let targets = Repositories::of(subject)?.targets;
    let is_ubuntu = |target: &&Target| {
        target.file.file_name() == Some(b"ubuntu.sources") && !target.is_medium()
    };
    let (Some(ubuntu), Some(medium)) = (
        targets.iter().find(is_ubuntu),
        targets.iter().find(|target| target.is_medium()),
    ) else {
        return Ok(Vec::new());
    };
    let message = format!(
        "`{}` is active beside {} in `{}`",
        ubuntu.file,
        Escaped(&medium.uri),
        medium.file
    );
    Ok(vec![Finding::new(
        &REPOSITORY_MEDIA,
        Some(&ubuntu.file),
        message,
    )])
}

/// Entries of one repository with different keys.
pub(in crate::lint) fn signed_by(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let targets = Repositories::of(subject)?.targets;
    let mut keys: BTreeMap<_, &Target> = BTreeMap::new();
    let mut conflicts = BTreeMap::new();
    for target in targets.iter().filter(|target| &*target.form != b"rpm") {
        let repository = (&*target.uri, &*target.suite);
        let first = *keys.entry(repository).or_insert(target);
        if first.signed_by != target.signed_by {
            conflicts.entry(repository).or_insert((first, target));
        }
    }
    let key = |target: &Target| match &target.signed_by {
        Some(key) if key.contains(&b'\n') => "a key in the list".to_owned(),
        Some(key) => format!("`{}`", Escaped(key)),
        None => "no key".to_owned(),
    };
    Ok(conflicts
        .into_values()
        .map(|(one, other)| {
            let message = format!(
                "{} {} has {} in `{}` and {} in `{}`",
                Escaped(without_user(&one.uri)),
                Escaped(&one.suite),
                key(one),
                one.file,
                key(other),
                other.file,
            );
            Finding::new(&REPOSITORY_SIGNED_BY, Some(&other.file), message)
        })
        .collect())
}

/// Entries that name the same packages with the same key.
pub(in crate::lint) fn duplicate(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let targets = Repositories::of(subject)?.targets;
    let mut seen: BTreeMap<[&[u8]; 4], &Target> = BTreeMap::new();
    let mut files = Tally::default();
    let mut first = None;
    for target in &targets {
        // Of yum's the name alone counts: dnf takes one of the sections.
        let uri: &[u8] = if &*target.form == b"rpm" {
            b""
        } else {
            &target.uri
        };
        let names = [&*target.form, uri, &target.suite, &target.component];
        let earlier = *seen.entry(names).or_insert(target);
        if !std::ptr::eq(earlier, target) && earlier.signed_by == target.signed_by {
            files.add(&target.file, ());
            first.get_or_insert(target);
        }
    }
    let finding = first.map(|target| {
        let words = [
            without_user(&target.uri),
            &target.suite[..],
            &target.component[..],
        ];
        let words: Vec<_> = words
            .iter()
            .filter(|word| !word.is_empty())
            .map(|word| Escaped(word).to_string())
            .collect();
        let message = format!(
            "{} is listed again in {}",
            words.join(" "),
            examples(&files)
        );
        Finding::new(&REPOSITORY_DUPLICATE, Some(&target.file), message)
    });
    Ok(finding.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_password_is_shown() {
        let cases: [(&[u8], &[u8]); 5] = [
            (b"http://x/y", b"http://x/y"),
            (b"http://user:secret@x/y", b"x/y"),
            (b"http://us@er:sec@x/y@z", b"x/y@z"),
            (b"file:/mnt/a@b", b"file:/mnt/a@b"),
            (b"", b""),
        ];
        for (uri, expected) in cases {
            assert_eq!(without_user(uri), expected, "{}", Escaped(uri));
        }
    }
}
