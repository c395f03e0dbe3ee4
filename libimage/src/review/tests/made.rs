//! Small trees with records of dpkg.

use std::fmt::Write as _;

use md5::Digest as _;

use crate::inspect::fake::FakeTree;
use crate::monitor::Silent;
use crate::tree::{Directory, RecordId, RecordedTree, Records, Tree as _};

/// A file of a package: its path, what it shipped, whether it is a conffile. Of
/// a symlink there is no sum.
pub(super) type File = (&'static str, &'static str, bool);

/// What stands for the content of a symlink.
const SYMLINK: &str = "symlink";

pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) files: &'static [File],
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

fn md5_of(text: &str) -> String {
    hex(&md5::Md5::digest(text.as_bytes()))
}

/// dpkg's records of packages, without the files.
pub(super) fn records(packages: &[Package]) -> FakeTree {
    let mut tree = FakeTree::new();
    let mut status = String::new();
    for Package {
        name,
        version,
        files,
    } in packages
    {
        write!(
            status,
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: \
             {version}\nConffiles:\n"
        )
        .expect("a string takes everything");
        let (mut list, mut sums) = ("/.\n".to_owned(), String::new());
        for (path, shipped, is_conffile) in *files {
            let sum = md5_of(shipped);
            let mut above = std::path::Path::new(path).parent();
            while let Some(directory) = above.filter(|above| *above != std::path::Path::new("")) {
                list += &["/", directory.to_str().expect("UTF-8"), "\n"].concat();
                above = directory.parent();
            }
            list += &["/", *path, "\n"].concat();
            if *shipped == SYMLINK {
                continue;
            }
            if *is_conffile {
                status += &[" /", *path, " ", &sum, "\n"].concat();
            } else {
                sums += &[&sum, "  ", *path, "\n"].concat();
            }
        }
        status += "\n";
        let info = |ending: &str| format!("var/lib/dpkg/info/{name}.{ending}");
        tree = tree
            .file(&info("list"), list.as_bytes())
            .file(&info("md5sums"), sums.as_bytes());
    }
    tree.file("var/lib/dpkg/status", status.as_bytes())
}

/// The same with the files as they were shipped.
pub(super) fn installed(packages: &[Package]) -> FakeTree {
    packages
        .iter()
        .flat_map(|package| package.files)
        .filter(|(_, shipped, _)| *shipped != SYMLINK)
        .fold(records(packages), |tree, (path, shipped, _)| {
            tree.file(path, shipped.as_bytes())
        })
}

pub(super) const P1: Package = Package {
    name: "p",
    version: "1",
    files: &[
        ("usr/bin/p", "program", false),
        ("usr/share/p/data", "data", false),
        ("etc/p.conf", "shipped", true),
    ],
};

pub(super) const P2: Package = Package {
    name: "p",
    version: "2",
    files: &[
        ("usr/bin/p", "newer program", false),
        ("usr/share/p/data", "data", false),
        ("etc/p.conf", "shipped by 2", true),
    ],
};

/// With a symlink of which no database says that it is one.
pub(super) const WITH_LINK: Package = Package {
    name: "l",
    version: "1",
    files: &[
        ("usr/l.conf", "shipped", false),
        ("etc/l.conf", SYMLINK, false),
    ],
};

/// With nothing else.
pub(super) const LINK: Package = Package {
    name: "l",
    version: "1",
    files: &[("etc/l.conf", SYMLINK, false)],
};

pub(super) const Q: Package = Package {
    name: "q",
    version: "1",
    files: &[
        ("usr/lib/q/program", "1234", false),
        ("etc/q.conf", "q", true),
        ("var/lib/q/.keep", "", false),
    ],
};

/// The entries of a tree without any content, as a manifest has them.
pub(super) fn recorded(tree: &FakeTree) -> RecordedTree {
    fn take(directory: &dyn Directory, at: RecordId, records: &mut Records) {
        for entry in directory.entries(&Silent).expect("in memory") {
            let (name, is_directory) = (entry.name.clone(), entry.is_directory());
            let id = records.insert(at, entry).expect("there is room");
            if is_directory {
                let below = directory.directory(&name).expect("in memory");
                take(&*below.expect("nothing is mounted"), id, records);
            }
        }
    }
    let (root, directory) = tree.root().expect("in memory");
    let mut records = Records::new(root.metadata);
    take(&*directory, Records::ROOT, &mut records);
    RecordedTree::new(records, "recorded".to_owned())
}
