//! [`Diversions`]: files that dpkg puts elsewhere than their package says.

use std::collections::HashMap;

use crate::inspect::reach::{file, read_head};
use crate::monitor::Monitor;
use crate::tree::{Tree, TreeError};

/// Where dpkg keeps them, see dpkg-divert(1): three lines each, the name, what
/// stands there instead, and the package that may have the name, `:` for none.
pub(super) const PLACE: &[u8] = b"var/lib/dpkg/diversions";

/// More bytes than there are; usual trees have some hundred diversions.
const MOST_BYTES: usize = 4 << 20;

/// Files that dpkg puts elsewhere than their package says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diversions(HashMap<Box<[u8]>, Diversion>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Diversion {
    to: Box<[u8]>,
    /// The package whose file has the name all the same.
    except: Box<[u8]>,
}

impl Diversions {
    /// Reads those of a tree; none where the file is not there.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if the file is there and cannot be read.
    pub fn find(tree: &dyn Tree, monitor: &dyn Monitor) -> Result<Self, TreeError> {
        let Some(found) = file(tree, PLACE, monitor)? else {
            return Ok(Self::default());
        };
        let name = found.path.file_name().expect("a file is not the root");
        let text = read_head(&*found.parent, name, MOST_BYTES)?;
        let size = found.entry.file_size().unwrap_or_default();
        if (text.len() as u64) < size.min(MOST_BYTES as u64) {
            // The tree has the beginnings of files alone.
            return Err(TreeError::NoContent {
                path: found.path.to_string(),
            });
        }
        Ok(Self::parse(&text))
    }

    fn parse(text: &[u8]) -> Self {
        let plain = |path: &[u8]| path.strip_prefix(b"/").unwrap_or(path).into();
        let lines: Vec<_> = text.split(|&byte| byte == b'\n').collect();
        let diversion = |record: &[&[u8]]| {
            let diversion = Diversion {
                to: plain(record[1]),
                except: record[2].into(),
            };
            (plain(record[0]), diversion)
        };
        Self(lines.chunks_exact(3).map(diversion).collect())
    }

    /// Each name, and what stands there instead.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0
            .iter()
            .map(|(name, diversion)| (&**name, &*diversion.to))
    }

    /// Where a package's file stands; paths are without the slash in front.
    pub fn apply<'a>(&'a self, path: &'a [u8], package: &str) -> &'a [u8] {
        match self.0.get(path) {
            Some(diversion) if *diversion.except != *package.as_bytes() => &diversion.to,
            _ => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_one_package_give_way() {
        let diversions = Diversions::parse(
            b"/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.local\n:\n/cut/off\n",
        );
        for (path, package, expected) in [
            ("bin/sh", "bash", "bin/sh.distrib"),
            ("bin/sh", "dash", "bin/sh"),
            ("usr/bin/x", "any", "usr/bin/x.local"),
            ("cut/off", "any", "cut/off"),
            ("bin/bash", "bash", "bin/bash"),
        ] {
            let found = diversions.apply(path.as_bytes(), package);
            assert_eq!(found, expected.as_bytes(), "{path} of {package}");
        }
    }
}
