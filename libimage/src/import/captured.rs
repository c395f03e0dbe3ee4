//! [`captured`]: content of `/proc` and `/sys` that `tar` took from a running
//! system.
//!
//! An image holds these directories empty. With what a kernel showed in them
//! once it is larger by nothing but lies, and nodes mount over it anyway.

use crate::path::ImagePath;

/// Which directory was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Captured {
    /// Its name.
    pub(super) name: &'static str,
    /// The pattern that leaves its content out.
    pub(super) drop: &'static str,
}

const PROC: Captured = Captured {
    name: "proc",
    drop: "/proc/*",
};

const SYS: Captured = Captured {
    name: "sys",
    drop: "/sys/*",
};

/// What stands in `/proc` besides processes and is seldom anything else's name
/// (`proc(5)`).
const OF_PROC: &[&[u8]] = &[
    b"cmdline",
    b"cpuinfo",
    b"devices",
    b"filesystems",
    b"interrupts",
    b"kallsyms",
    b"kcore",
    b"kmsg",
    b"loadavg",
    b"meminfo",
    b"modules",
    b"mounts",
    b"net",
    b"self",
    b"stat",
    b"sys",
    b"sysrq-trigger",
    b"sysvipc",
    b"thread-self",
    b"uptime",
    b"version",
    b"vmstat",
];

/// What stands in `/sys` (`sysfs(5)`).
const OF_SYS: &[&[u8]] = &[
    b"block",
    b"bus",
    b"class",
    b"dev",
    b"devices",
    b"firmware",
    b"fs",
    b"hypervisor",
    b"kernel",
    b"module",
    b"power",
];

/// Tells whether a path is such content. Directories alone prove nothing:
/// some images prepare a few as mount points. Processes do.
pub(super) fn captured(path: &ImagePath, is_directory: bool) -> Option<Captured> {
    let mut components = path.components();
    let (top, second) = (components.next()?, components.next()?);
    let is_process = second.iter().all(u8::is_ascii_digit);
    match top {
        b"proc" if is_process => Some(PROC),
        b"proc" if !is_directory && OF_PROC.contains(&second) => Some(PROC),
        b"sys" if !is_directory && OF_SYS.contains(&second) => Some(SYS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_kernel_showed_is_captured() {
        let cases = [
            ("proc", true, None),
            ("proc/1", true, Some(PROC)),
            ("proc/4711/status", false, Some(PROC)),
            ("proc/cpuinfo", false, Some(PROC)),
            ("proc/self", false, Some(PROC)),
            ("proc/sys/kernel/hostname", false, Some(PROC)),
            ("proc/sys", true, None),
            ("proc/.keep", false, None),
            ("proc/1st", false, None),
            ("sys/class/net/eth0", false, Some(SYS)),
            ("sys/fs/cgroup", true, None),
            ("sys/.keep", false, None),
            ("usr/proc/1", true, None),
            ("usr/src/linux/sys/class/x", false, None),
            ("procs/1", true, None),
        ];
        for (path, is_directory, expected) in cases {
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            assert_eq!(captured(&path, is_directory), expected, "{path}");
        }
    }
}
