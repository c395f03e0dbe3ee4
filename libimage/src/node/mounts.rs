//! What is mounted in the tree of a node, and how that is told.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::path::ImagePath;
use crate::sys;

/// A name in a tree where something else is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where.
    pub path: ImagePath,
    /// The type of file system, as the kernel calls it: `nfs4`, `proc`.
    pub file_system: String,
}

/// Names that are told of each type of file system.
const SHOWN: usize = 4;

/// File systems that the kernel makes up, of which no node is without some
/// (`/proc/filesystems`: most with `nodev`). Not `autofs`: what is to be mounted
/// there is the administrator's, and hides what the image has.
const OF_THE_KERNEL: [&str; 23] = [
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "cpuset",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nfsd",
    "nsfs",
    "proc",
    "pstore",
    "resctrl",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "sysfs",
    "tracefs",
];

/// The mounts beneath a directory, each name once, from the text of
/// `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`). The one that was mounted
/// last on a name counts.
pub(super) fn beneath(table: &[u8], root: &Path) -> Vec<Mount> {
    let mut found = BTreeMap::new();
    for (place, file_system) in sys::host::mount_table(table) {
        let Ok(path) = place.strip_prefix(root) else {
            continue;
        };
        match ImagePath::new(path.as_os_str().as_bytes()) {
            Ok(path) if !path.is_root() => {
                let name = String::from_utf8_lossy(&file_system).into_owned();
                found.insert(path, name);
            }
            _ => {}
        }
    }
    let mounts = found.into_iter();
    mounts
        .map(|(path, file_system)| Mount { path, file_system })
        .collect()
}

/// What is left out because of mounts, in one sentence; nothing if nothing is.
/// Those of the kernel itself are told by their types alone.
pub(super) fn told(mounts: &[Mount]) -> Option<String> {
    let (own, others): (Vec<_>, Vec<_>) = top(mounts).into_iter().partition(|mount| is_own(mount));
    let mut parts: Vec<String> = Vec::new();
    let mut by_type: BTreeMap<&str, Vec<&ImagePath>> = BTreeMap::new();
    for mount in others {
        by_type
            .entry(&mount.file_system)
            .or_default()
            .push(&mount.path);
    }
    for (file_system, paths) in by_type {
        let mut names: Vec<_> = paths
            .iter()
            .take(SHOWN)
            .map(|path| format!("`{path}`"))
            .collect();
        if paths.len() > SHOWN {
            names.push(format!("{} more", paths.len() - SHOWN));
        }
        let file_system = crate::escape::Escaped(file_system.as_bytes());
        parts.push(format!("{file_system} at {}", names.join(", ")));
    }
    if !own.is_empty() {
        let names: Vec<_> = own
            .iter()
            .map(|mount| format!("`{}`", mount.path))
            .collect();
        let shown = match names.len() {
            0..=6 => names.join(", "),
            more => format!("{}, {} more", names[..5].join(", "), more - 5),
        };
        parts.push(format!("what the kernel itself shows at {shown}"));
    }
    (!parts.is_empty()).then(|| {
        format!(
            "not compared, for other file systems are mounted there: {}",
            parts.join("; ")
        )
    })
}

/// Where the kernel shows what it makes up.
pub(super) fn of_kernel(mounts: &[Mount]) -> HashSet<ImagePath> {
    let own = mounts.iter().filter(|mount| is_own(mount));
    own.map(|mount| mount.path.clone()).collect()
}

/// Those that are not beneath others.
fn top(mounts: &[Mount]) -> Vec<&Mount> {
    let mut all: Vec<&Mount> = mounts.iter().collect();
    // By components, so that what is beneath one follows right behind it.
    all.sort_by(|one, two| one.path.components().cmp(two.path.components()));
    let mut top: Vec<&Mount> = Vec::new();
    for mount in all {
        let is_beneath = |above: &&Mount| mount.path.starts_with(&above.path);
        if !top.last().is_some_and(is_beneath) {
            top.push(mount);
        }
    }
    top
}

/// Whether it holds what the system makes up by itself.
fn is_own(mount: &Mount) -> bool {
    let is_of_run = matches!(mount.path.components().next(), Some(b"run" | b"dev"));
    OF_THE_KERNEL.contains(&&*mount.file_system) || mount.file_system == "tmpfs" && is_of_run
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 1 0:20 / / rw - ext4 /dev/vda rw
23 22 0:21 / /proc rw,nosuid shared:1 - proc proc rw
24 23 0:22 / /proc/sys/fs/binfmt_misc rw - autofs x rw
25 22 0:23 / /run rw - tmpfs t rw
26 22 0:24 / /cm/shared rw - nfs4 head:/cm/shared rw
27 22 0:25 / /a\\040b rw - nfs4 head:/x rw
28 22 0:26 / /tmp rw - tmpfs t rw
29 28 0:27 / /tmp rw - xfs /dev/vdb rw
30 22 0:28 / /scratch rw shared:3 master:1 - lustre x rw
";

    #[test]
    fn what_each_kernel_shows_is_told_from_the_rest() {
        let found = of_kernel(&beneath(TABLE.as_bytes(), Path::new("/")));
        let mut names: Vec<_> = found.iter().map(ToString::to_string).collect();
        names.sort();
        assert_eq!(names, ["proc", "run"]);
        // What an automounter has mounted is not the kernel's, nor is what it will.
        let home = b"31 22 0:29 / /home rw - autofs /etc/auto.home rw\n";
        let mounts = beneath(home, Path::new("/"));
        assert!(of_kernel(&mounts).is_empty());
        let told = told(&mounts).expect("there is one");
        assert!(told.ends_with(": autofs at `home`"), "{told}");
    }

    #[test]
    fn mounts_beneath_others_are_not_told() {
        for (paths, expected) in [
            (&["a", "a/b", "a/b/c", "b"][..], "nfs at `a`, `b`"),
            // `-` comes before `/`.
            (&["a", "a-b", "a/b"], "nfs at `a`, `a-b`"),
            (&["a/b", "ab", "a/b/c"], "nfs at `a/b`, `ab`"),
        ] {
            let mounts: Vec<_> = paths
                .iter()
                .map(|path| Mount {
                    path: ImagePath::new(path.as_bytes()).expect("valid"),
                    file_system: "nfs".to_owned(),
                })
                .collect();
            let told = told(&mounts).expect("there are some");
            assert!(told.ends_with(expected), "{told}");
        }
    }

    fn shown(root: &str) -> Vec<String> {
        let mounts = beneath(TABLE.as_bytes(), Path::new(root));
        let shown = mounts
            .iter()
            .map(|mount| format!("{} {}", mount.path, mount.file_system));
        shown.collect()
    }

    #[test]
    fn mounts_are_those_beneath_the_directory() {
        assert_eq!(
            shown("/"),
            [
                "a b nfs4",
                "cm/shared nfs4",
                "proc proc",
                "proc/sys/fs/binfmt_misc autofs",
                "run tmpfs",
                "scratch lustre",
                "tmp xfs",
            ]
        );
        assert_eq!(shown("/cm"), ["shared nfs4"]);
        assert_eq!(shown("/cm/shared"), [""; 0]);
        assert_eq!(shown("/c"), [""; 0]);
    }

    #[test]
    fn one_sentence_tells_of_all() {
        let told = |root| told(&beneath(TABLE.as_bytes(), Path::new(root)));
        assert_eq!(
            told("/").expect("there are some"),
            "not compared, for other file systems are mounted there: lustre at `scratch`; \
             nfs4 at `a b`, `cm/shared`; xfs at `tmp`; what the kernel itself shows at `proc`, `run`"
        );
        assert_eq!(told("/cm/shared"), None);
        let many: Vec<_> = (0..9)
            .map(|number| Mount {
                path: ImagePath::new(format!("m{number}").into_bytes()).expect("valid"),
                file_system: "nfs".to_owned(),
            })
            .collect();
        let told = super::told(&many).expect("there are some");
        assert!(
            told.ends_with(": nfs at `m0`, `m1`, `m2`, `m3`, 5 more"),
            "{told}"
        );
    }
}
