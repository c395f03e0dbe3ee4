//! What BCM and its workload managers expect.

use super::check::Scope;
use super::traces::{Noticed, tallied};
use super::{Gap, Series, Subject};
use crate::inspect::ImageKind;
use crate::rules::{Finding, MODULEFILE_NO_VERSION, SLURM_PATH, counted};

/// The first release that keeps Slurm's configuration in the shared tree's
/// `apps/slurm/etc` and its programs on each node.
const MOVED_IN: Series = Series {
    major: 11,
    minor: 0,
};

/// Where it was before, in a shared tree.
const OLD_CONFIGURATION: &str = "apps/slurm/var/etc";

/// Placeholders among the modulefiles.
pub(super) fn no_version(traces: &Noticed) -> Vec<Finding> {
    tallied(
        &MODULEFILE_NO_VERSION,
        &traces.no_version,
        "placeholder",
        "",
    )
}

/// Slurm's configuration where it was, and links to there.
pub(super) fn slurm_path(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let found = if subject.kind == Some(ImageKind::CmShared) {
        configuration(subject)?
    } else {
        links(subject)
    };
    let Some(found) = found else {
        subject.saw_all(Scope::Entries)?;
        return Err(Gap::Inapplicable(
            "Slurm is not where BCM 10 kept it".to_owned(),
        ));
    };
    match subject.series {
        None => Err(Gap::Open(
            "which paths are right depends on the release: give --bcm".to_owned(),
        )),
        Some(series) if series < MOVED_IN => Ok(Vec::new()),
        Some(_) => Ok(vec![found]),
    }
}

/// Files in the old place; the upgrade leaves the directory there empty.
fn configuration(subject: &Subject<'_>) -> Result<Option<Finding>, Gap> {
    let Some((directory, entries)) = subject.files(OLD_CONFIGURATION)? else {
        return Ok(None);
    };
    Ok(entries.first().map(|first| {
        let path = directory.path();
        let message = format!(
            "{} in `{path}`, such as `{}`",
            counted(entries.len() as u64, "file"),
            path.join(&first.name)
        );
        Finding::new(&SLURM_PATH, Some(path), message)
    }))
}

fn links(subject: &Subject<'_>) -> Option<Finding> {
    let link = subject
        .traces
        .shared_links()
        .to(OLD_CONFIGURATION.as_bytes())?;
    let message = format!(
        "`{}` leads to `/cm/shared/{}`",
        link.path,
        crate::escape::Escaped(&link.target)
    );
    Some(Finding::new(&SLURM_PATH, Some(&link.path), message))
}
