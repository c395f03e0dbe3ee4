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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::fake::FakeTree;
    use crate::monitor::Silent;

    #[test]
    fn files_of_databases_are_named_and_no_others() {
        let new = FakeTree::new;
        let cases: [(FakeTree, &[&str]); 4] = [
            (new().file("var/lib/dpkg/statuses", b""), &[]),
            (
                new()
                    .file("var/lib/dpkg/status", b"")
                    .file("var/lib/dpkg/status-old", b"")
                    .file("var/lib/dpkg/arch", b"")
                    .file("var/lib/dpkg/diversions", b"")
                    .file("var/lib/dpkg/updates/0001", b"")
                    .file("var/lib/dpkg/info/a:amd64.list", b"")
                    .file("var/lib/dpkg/info/a:amd64.md5sums", b"")
                    .file("var/lib/dpkg/info/a:amd64.conffiles", b"")
                    .file("var/lib/dpkg/info/a:amd64.postinst", b"")
                    .directory("var/lib/dpkg/info/b.list")
                    .symlink("var/lib/dpkg/info/c.list", "../../../../../c")
                    .file("var/lib/rpm/rpmdb.sqlite-wal", b""),
                &[
                    "var/lib/dpkg/arch",
                    "var/lib/dpkg/diversions",
                    "var/lib/dpkg/info/a:amd64.list",
                    "var/lib/dpkg/info/a:amd64.md5sums",
                    "var/lib/dpkg/status",
                ],
            ),
            (
                new()
                    .file("var/lib/dpkg/status.d/a", b"")
                    .file("var/lib/dpkg/status.d/a.md5sums", b""),
                &["var/lib/dpkg/status.d/a"],
            ),
            (
                new()
                    .symlink("var/lib/rpm", "../../usr/lib/sysimage/rpm")
                    .file("usr/lib/sysimage/rpm/rpmdb.sqlite", b"")
                    .file("usr/lib/sysimage/rpm/Packages", b"")
                    .file("usr/lib/sysimage/rpm/Packages.db", b"")
                    .file("usr/lib/sysimage/rpm/Index.db", b""),
                &[
                    "usr/lib/sysimage/rpm/Packages",
                    "usr/lib/sysimage/rpm/Packages.db",
                    "usr/lib/sysimage/rpm/rpmdb.sqlite",
                ],
            ),
        ];
        for (tree, expected) in cases {
            let found = Packages::files(&tree, &Silent).expect("readable");
            let found: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, expected);
        }
    }
}
