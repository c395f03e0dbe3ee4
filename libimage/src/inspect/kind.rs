//! [`ImageKind`]: which of BCM's three components a tree is.

use std::fmt;
use std::str::FromStr;

use super::Kernel;
use super::reach::{directory, file, names};
use crate::escape::Escaped;
use crate::monitor::Monitor;
use crate::tree::{Tree, TreeError};

/// A component of a cluster, as BCM calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageKind {
    /// The root filesystem that a node boots.
    SoftwareImage,
    /// The root filesystem that installs nodes.
    NodeInstaller,
    /// Applications and modules that all nodes mount at `/cm/shared`.
    CmShared,
}

impl ImageKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SoftwareImage, Self::NodeInstaller, Self::CmShared];

    /// BCM's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::SoftwareImage => "software-image",
            Self::NodeInstaller => "node-installer",
            Self::CmShared => "cm-shared",
        }
    }
}

/// Shows BCM's word.
impl fmt::Display for ImageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The text is not one of the three words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageKindError;

impl fmt::Display for ImageKindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind is one of software-image, node-installer, cm-shared")
    }
}

impl std::error::Error for ImageKindError {}

impl FromStr for ImageKind {
    type Err = ImageKindError;

    fn from_str(text: &str) -> Result<Self, ImageKindError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == text)
            .ok_or(ImageKindError)
    }
}

/// What the content of a tree says about its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindEvidence {
    /// The kind, where the content tells it.
    pub kind: Option<ImageKind>,
    /// What was seen, as words that follow "because it holds".
    pub because: String,
}

/// Tells a tree's kind from its content; `kernels` are those found in it.
///
/// # Errors
///
/// A [`TreeError`] if a directory cannot be read.
pub fn tell(
    tree: &dyn Tree,
    kernels: &[Kernel],
    monitor: &dyn Monitor,
) -> Result<KindEvidence, TreeError> {
    let evidence = |kind, because: &str| {
        Ok(KindEvidence {
            kind: Some(kind),
            because: because.to_owned(),
        })
    };
    let has = |path: &[u8]| Ok::<_, TreeError>(directory(tree, path, monitor)?.is_some());
    let has_os_release = file(tree, b"etc/os-release", monitor)?.is_some()
        || file(tree, b"usr/lib/os-release", monitor)?.is_some();
    if has_os_release && has(b"usr")? && has(b"etc")? {
        for place in ["scripts", "etc"] {
            let names = names(tree, place.as_bytes(), monitor)?;
            if let Some(name) = names
                .iter()
                .find(|name| name.starts_with(b"node-installer"))
            {
                let because = format!("a root filesystem with {place}/{}", Escaped(name));
                return evidence(ImageKind::NodeInstaller, &because);
            }
        }
        // Versions stand behind a dash; an image without one is a kernel as well.
        if kernels.is_empty() && file(tree, b"boot/vmlinuz", monitor)?.is_none() {
            return evidence(
                ImageKind::NodeInstaller,
                "a root filesystem without a kernel",
            );
        }
        return evidence(ImageKind::SoftwareImage, "a root filesystem with a kernel");
    }
    if !has_os_release && has(b"apps")? {
        for beside in ["modulefiles", "licenses"] {
            if has(beside.as_bytes())? {
                let because = format!("apps and {beside} and no os-release");
                return evidence(ImageKind::CmShared, &because);
            }
        }
    }
    Ok(KindEvidence {
        kind: None,
        because: "neither a root filesystem nor apps beside modulefiles or licenses".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::fake::FakeTree;
    use crate::inspect::kernels;
    use crate::monitor::Silent;

    #[test]
    fn words_come_back() {
        for kind in ImageKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for wrong in ["", "Software-Image", "image", "shared"] {
            assert_eq!(wrong.parse::<ImageKind>(), Err(ImageKindError));
        }
    }

    #[test]
    fn content_tells_the_kind() {
        let root = || {
            FakeTree::new()
                .file("usr/lib/os-release", b"ID=x")
                .symlink("etc/os-release", "/usr/lib/os-release")
        };
        let installer = Some(ImageKind::NodeInstaller);
        let image = Some(ImageKind::SoftwareImage);
        let shared = Some(ImageKind::CmShared);
        let apps = || FakeTree::new().directory("apps");
        let cases = [
            ("empty", FakeTree::new(), None, "neither"),
            ("bare root", root(), installer, "without a kernel"),
            (
                "kernel",
                root().file("boot/vmlinuz-6", b""),
                image,
                "with a kernel",
            ),
            (
                "modules",
                root().directory("lib/modules/6"),
                image,
                "with a kernel",
            ),
            (
                "unversioned",
                root().file("boot/vmlinuz", b""),
                image,
                "with a kernel",
            ),
            (
                "installer with a kernel",
                root()
                    .file("boot/vmlinuz-6", b"")
                    .file("scripts/node-installer", b""),
                installer,
                "scripts/node-installer",
            ),
            (
                "installer by its configuration",
                root().file("etc/node-installer.conf", b""),
                installer,
                "etc/node-installer.conf",
            ),
            (
                "no usr",
                FakeTree::new().file("etc/os-release", b""),
                None,
                "neither",
            ),
            (
                "modulefiles",
                apps().directory("modulefiles"),
                shared,
                "modulefiles",
            ),
            ("licenses", apps().directory("licenses"), shared, "licenses"),
            ("apps alone", apps(), None, "neither"),
            (
                "apps in a root filesystem",
                root().directory("apps").directory("licenses"),
                installer,
                "without a kernel",
            ),
            (
                "files are no directories",
                FakeTree::new().file("apps", b"").file("licenses", b""),
                None,
                "neither",
            ),
        ];
        for (name, tree, kind, because) in cases {
            let kernels = kernels(&tree, &Silent).expect("readable");
            let evidence = tell(&tree, &kernels, &Silent).expect("readable");
            assert_eq!(evidence.kind, kind, "{name}");
            assert!(
                evidence.because.contains(because),
                "{name}: {}",
                evidence.because
            );
        }
    }
}
