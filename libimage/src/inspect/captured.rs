//! [`captured`]: content of `/proc` and `/sys` that `tar` took from a running
//! system.
//!
//! An image holds these directories empty. With what a kernel showed in them
//! once it is larger by nothing but lies, and nodes mount over it anyway.

use crate::path::ImagePath;

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

/// Which directory a path is captured content of. Directories alone prove nothing:
/// some images prepare a few as mount points. Processes do.
pub(crate) fn captured(path: &ImagePath, is_directory: bool) -> Option<&'static str> {
    let mut components = path.components();
    let (top, second) = (components.next()?, components.next()?);
    let is_process = second.iter().all(u8::is_ascii_digit);
    match top {
        b"proc" if is_process => Some("proc"),
        b"proc" if !is_directory && OF_PROC.contains(&second) => Some("proc"),
        b"sys" if !is_directory && OF_SYS.contains(&second) => Some("sys"),
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
            ("proc/1", true, Some("proc")),
            ("proc/4711/status", false, Some("proc")),
            ("proc/cpuinfo", false, Some("proc")),
            ("proc/self", false, Some("proc")),
            ("proc/sys/kernel/hostname", false, Some("proc")),
            ("proc/sys", true, None),
            ("proc/.keep", false, None),
            ("proc/1st", false, None),
            ("sys/class/net/eth0", false, Some("sys")),
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
