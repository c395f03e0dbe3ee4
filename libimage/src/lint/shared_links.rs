//! [`shared_links`]: links that cross from an image into the shared tree.

use super::Outcome;
use crate::entry::{Entry, Kind};
use crate::escape::Escaped;
use crate::inspect::{ImageKind, Tally};
use crate::path::ImagePath;
use crate::rules::{Finding, SHARED_LINK, counted, examples};
use crate::tree::{Mounted, Tree, TreeError, resolve};

/// Where nodes mount the shared tree.
const MOUNT_POINT: &[u8] = b"cm/shared";

/// How many links of a tree are kept; real images have some dozen.
const MOST_LINKS: usize = 4096;

/// A symlink of an image into the shared tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LinkIntoShared {
    pub(super) path: ImagePath,
    /// Where it leads, from the root of the shared tree on.
    pub(super) target: Box<[u8]>,
}

/// The symlinks of a tree that lead into the shared tree.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedLinks {
    links: Vec<LinkIntoShared>,
    /// How many more there are.
    beyond: u64,
}

impl SharedLinks {
    pub(super) fn note(&mut self, path: &ImagePath, entry: &Entry) {
        if let Kind::Symlink { target } = &entry.kind
            && let Some(target) = into_shared(path, target)
        {
            if self.links.len() == MOST_LINKS {
                self.beyond += 1;
                return;
            }
            self.links.push(LinkIntoShared {
                path: path.clone(),
                target,
            });
        }
    }

    /// The first link to a place of the shared tree or beneath it.
    pub(super) fn to(&self, place: &[u8]) -> Option<&LinkIntoShared> {
        self.links.iter().find(|link| {
            let rest = link.target.strip_prefix(place);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        })
    }
}

/// Where a symlink leads beneath `/cm/shared`, told by its text alone: what is
/// on the way there is the image's, and seldom a symlink itself.
fn into_shared(path: &ImagePath, target: &[u8]) -> Option<Box<[u8]>> {
    let mut trail: Vec<&[u8]> = Vec::new();
    if !target.starts_with(b"/") {
        trail.extend(path.components());
        trail.pop();
    }
    for component in target.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => {
                trail.pop();
            }
            name => trail.push(name),
        }
    }
    let led = trail.join(&b'/');
    let rest = led.strip_prefix(MOUNT_POINT)?.strip_prefix(b"/")?;
    Some(rest.into())
}

/// A tree and what [`lint`](super::lint) made of it.
#[derive(Clone, Copy)]
pub struct Linted<'a> {
    /// The tree.
    pub tree: &'a dyn Tree,
    /// Its outcome.
    pub outcome: &'a Outcome,
}

/// Follows the links of all images among `trees` in the shared trees among
/// them that are for the same architecture. An image without such a shared
/// tree beside it has no findings: its nodes mount one that was not given.
///
/// # Errors
///
/// A [`TreeError`] if a shared tree cannot be read.
pub fn shared_links(trees: &[Linted<'_>]) -> Result<Vec<Finding>, TreeError> {
    let mut findings = Vec::new();
    for image in trees {
        if image.outcome.kind != Some(ImageKind::SoftwareImage) {
            continue;
        }
        let shared: Vec<_> = trees
            .iter()
            .filter(|tree| {
                tree.outcome.kind == Some(ImageKind::CmShared)
                    && tree.outcome.facts.arch == image.outcome.facts.arch
            })
            .map(|shared| shared.tree)
            .collect();
        if shared.is_empty() {
            continue;
        }
        let mut dangling: Tally<&[u8]> = Tally::default();
        for link in &image.outcome.links.links {
            if !leads_somewhere(image.tree, &shared, &link.path)? {
                dangling.add(&link.path, &link.target);
            }
        }
        if let Some((path, target)) = dangling.examples().first() {
            let message = format!(
                "{}: {} {} to nothing in the shared tree: {}; the first to `/cm/shared/{}`",
                image.tree.label(),
                counted(dangling.count(), "link"),
                if dangling.count() == 1 {
                    "leads"
                } else {
                    "lead"
                },
                examples(&dangling),
                Escaped(target)
            );
            findings.push(Finding::new(&SHARED_LINK, Some(path), message));
        }
        let beyond = image.outcome.links.beyond;
        if beyond > 0 {
            let message = format!(
                "{}: {} into /cm/shared are too many to be followed",
                image.tree.label(),
                counted(beyond, "more link"),
            );
            findings.push(Finding::new(&SHARED_LINK, None, message));
        }
    }
    Ok(findings)
}

fn leads_somewhere(
    image: &dyn Tree,
    shared: &[&dyn Tree],
    link: &ImagePath,
) -> Result<bool, TreeError> {
    let point = ImagePath::new(MOUNT_POINT).expect("a valid path");
    for shared in shared {
        match resolve(
            &Mounted::new(image, point.clone(), *shared),
            link.as_bytes(),
        ) {
            Ok(Some(_)) => return Ok(true),
            Ok(None) | Err(TreeError::Unresolved { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_into_the_shared_tree_are_told_by_their_text() {
        let cases = [
            ("etc/slurm", "/cm/shared/apps/x", Some("apps/x")),
            ("etc/slurm", "../cm/shared/apps/x", Some("apps/x")),
            ("etc/slurm", "../cm//shared/./apps/y/../x/", Some("apps/x")),
            ("cm/local/x", "../shared/y", Some("y")),
            ("etc/slurm", "/cm/shared", None),
            ("etc/slurm", "/cm/sharedx/y", None),
            ("etc/slurm", "cm/shared/y", None),
            ("etc/slurm", "../../../../cm/shared/y", Some("y")),
            ("etc/slurm", "/usr/x", None),
            ("etc/slurm", "", None),
        ];
        for (path, target, expected) in cases {
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            let found = into_shared(&path, target.as_bytes());
            assert_eq!(
                found.as_deref(),
                expected.map(str::as_bytes),
                "{path} {target}"
            );
        }
    }
}
