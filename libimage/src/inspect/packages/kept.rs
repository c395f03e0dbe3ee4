//! [`Packages::files`]: in which files a tree keeps its package databases.

use super::dpkg::{ARCH, STATUS, STATUS_D};
use super::files::INFO;
use super::{Packages, diversions, rpm};
use crate::inspect::reach::{file, names};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

impl Packages {
    /// The files that are read to know a tree's packages and what they own, in
    /// which format ever; no other is opened. Those that are not there are not
    /// named, and symlinks are followed.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory cannot be read, or if the monitor asks to
    /// stop.
    pub fn files(tree: &dyn Tree, monitor: &dyn Monitor) -> Result<Vec<ImagePath>, TreeError> {
        let mut paths: Vec<_> = [STATUS, ARCH, diversions::PLACE].map(<[u8]>::to_vec).into();
        let mut add = |directory: &[u8], is_read: &dyn Fn(&[u8]) -> bool| {
            for name in names(tree, directory, monitor)? {
                if is_read(&name) {
                    paths.push([directory, b"/", &*name].concat());
                }
            }
            Ok::<_, TreeError>(())
        };
        add(STATUS_D, &|name| !name.ends_with(b".md5sums"))?;
        add(INFO, &|name| {
            name.ends_with(b".list") || name.ends_with(b".md5sums")
        })?;
        for place in rpm::PLACES {
            add(place, &|name| {
                rpm::FILES.iter().any(|(one, _)| *one == name)
            })?;
        }
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            files.extend(file(tree, &path, monitor)?.map(|found| found.path));
        }
        files.sort_unstable();
        files.dedup();
        Ok(files)
    }
}
