//! What a system makes again by itself: a table of patterns with reasons.

use crate::entry::Kind;
use crate::inspect::Patterns;
use crate::path::ImagePath;

/// What would be lost and is made again, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Regenerated {
    /// Why that is no loss.
    pub reason: &'static str,
    /// How many entries there are.
    pub entries: u64,
    /// Their content in bytes.
    pub bytes: u64,
    /// The largest of them, and its bytes.
    pub largest: (ImagePath, u64),
}

struct Rule {
    reason: &'static str,
    patterns: &'static [&'static str],
    of: Of,
}

/// What a rule is about.
#[derive(Clone, Copy)]
enum Of {
    All,
    Symlinks,
    /// All but regular files.
    NoFiles,
}

impl Of {
    fn has(self, kind: Option<&Kind>) -> bool {
        match self {
            Self::All => true,
            Self::Symlinks => matches!(kind, Some(Kind::Symlink { .. })),
            Self::NoFiles => !matches!(kind, None | Some(Kind::File { .. })),
        }
    }
}

const fn any(reason: &'static str, patterns: &'static [&'static str]) -> Rule {
    Rule {
        reason,
        patterns,
        of: Of::All,
    }
}

/// PEP 3147: where Python keeps what it compiles.
const COMPILED: &[u8] = b"__pycache__";

const PYTHON: &str = "compiled from the Python files beside them";

/// The number of the rule about overwrites that bring nothing new; no pattern
/// is about them.
pub(super) const SAME: usize = 0;

/// The first rule that matches decides.
const RULES: &[Rule] = &[
    any("the source has the same content", &[]),
    any(
        "records of the package manager",
        &[
            "var/lib/dpkg",
            "var/lib/rpm",
            "usr/lib/sysimage/rpm",
            "usr/lib/sysimage/libdnf5",
            "var/lib/apt",
            "var/lib/dnf",
            "var/lib/yum",
            "var/lib/zypp",
            "var/lib/ucf",
            "var/lib/pam",
            // Copies of the former state, by dpkg's daily job.
            "var/backups/dpkg.*",
            "var/backups/apt.*",
            "var/backups/alternatives.tar.*",
        ],
    ),
    // FHS 3.0, 5.5: the application must be able to make it again.
    any("caches", &["var/cache", "root/.cache", "home/*/.cache"]),
    // FHS 3.0, 3.15, 3.18 and 5.15.
    any("temporary files", &["tmp/", "var/tmp/", "run/"]),
    any("logs", &["var/log/"]),
    Rule {
        reason: "device nodes, which udev makes",
        patterns: &["dev/"],
        of: Of::NoFiles,
    },
    any(PYTHON, &["**/*.pyc", "**/*.pyo", "**/__pycache__"]),
    any(
        "indexes that triggers of packages write",
        &[
            "etc/ld.so.cache",
            "usr/share/mime",
            "usr/share/icons/*/icon-theme.cache",
            "usr/share/applications/mimeinfo.cache",
            "usr/share/glib-2.0/schemas/gschemas.compiled",
            "usr/lib/*/gio/modules/giomodule.cache",
            "usr/lib/*/gdk-pixbuf-2.0/*/loaders.cache",
            "usr/share/info/dir",
            "usr/lib/locale/locale-archive",
            "usr/lib/udev/hwdb.bin",
            "etc/udev/hwdb.bin",
            "var/lib/systemd/catalog/database",
            "etc/ssl/certs/ca-certificates.crt",
        ],
    ),
    any(
        "indexes of kernel modules, by depmod",
        &["lib/modules/*/modules.*", "usr/lib/modules/*/modules.*"],
    ),
    any(
        "initrds, by update-initramfs or dracut",
        &["boot/initrd.img-*", "boot/initramfs-*", "boot/initrd-*"],
    ),
    any(
        "former states that passwd(1) and its kin keep",
        &["etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-"],
    ),
    Rule {
        reason: "symlinks that update-alternatives and update-ca-certificates make",
        patterns: &["etc/alternatives/", "etc/ssl/certs/"],
        of: Of::Symlinks,
    },
];

/// The table, ready for use.
pub(super) struct Rules {
    patterns: Patterns,
    /// The rule of each pattern.
    rules: Vec<usize>,
}

impl Rules {
    pub(super) fn new() -> Self {
        let all = RULES.iter().enumerate();
        let (rules, patterns) = all
            .flat_map(|(rule, Rule { patterns, .. })| {
                patterns
                    .iter()
                    .map(move |pattern| (rule, (*pattern).to_owned()))
            })
            .unzip();
        Self {
            patterns: Patterns::new(patterns).expect("the table is short"),
            rules,
        }
    }

    /// The number of the rule about a path that no package owns.
    pub(super) fn of(&self, path: &ImagePath, kind: Option<&Kind>) -> Option<usize> {
        let marks = self.patterns.marks(path);
        self.rules
            .iter()
            .enumerate()
            .filter(|(pattern, _)| marks.has(*pattern))
            .map(|(_, &rule)| rule)
            .find(|&rule| RULES[rule].of.has(kind))
    }
}

/// Why that is no loss.
pub(super) fn reason(rule: usize) -> &'static str {
    RULES[rule].reason
}

pub(super) fn is_python(rule: usize) -> bool {
    RULES[rule].reason == PYTHON
}

/// Whether a directory is the one in which compiled Python lies.
pub(super) fn is_for_compiled(path: &ImagePath) -> bool {
    path.file_name() == Some(COMPILED)
}

/// The Python file that a path says to be compiled from, by PEP 3147:
/// `__pycache__/x.cpython-312.pyc` from `x.py`, or `x.pyc` from the one beside
/// it. Nothing for other names.
pub(super) fn compiled_from(path: &ImagePath) -> Option<ImagePath> {
    let (parent, name) = (path.parent()?, path.file_name()?);
    let stem = name.strip_suffix(b".pyc").or(name.strip_suffix(b".pyo"))?;
    let (directory, stem) = match parent.file_name() {
        Some(COMPILED) => {
            let end = stem.iter().position(|&byte| byte == b'.')?;
            (parent.parent()?, &stem[..end])
        }
        _ => (parent, stem),
    };
    let is_named = !stem.is_empty();
    is_named.then(|| directory.join(&[stem, b".py"].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ImagePath {
        ImagePath::new(text.as_bytes()).expect("valid")
    }

    #[test]
    fn only_what_is_made_again_is_told_apart() {
        let rules = Rules::new();
        let file = Kind::File { size: 1 };
        let symlink = Kind::Symlink {
            target: b"x".as_slice().into(),
        };
        for (name, kind, expected) in [
            ("var/cache/apt/archives/a.deb", &file, Some("caches")),
            ("home/eve/.cache/x", &file, Some("caches")),
            ("home/eve/cache/x", &file, None),
            (
                "var/lib/dpkg/info/a.list",
                &file,
                Some("records of the package manager"),
            ),
            ("var/lib/docker/x", &file, None),
            ("var/log/messages", &file, Some("logs")),
            ("tmp/x", &file, Some("temporary files")),
            ("etc/alternatives/vi", &symlink, Some("symlinks that")),
            ("etc/alternatives/vi", &file, None),
            ("etc/ssl/certs/ours.pem", &file, None),
            ("dev/log", &symlink, Some("device nodes")),
            ("dev/image.raw", &file, None),
            (
                "etc/ssl/certs/ca-certificates.crt",
                &file,
                Some("indexes that"),
            ),
            ("etc/passwd", &file, None),
            ("etc/passwd-", &file, Some("former states")),
            ("usr/lib/python3/x.pyc", &file, Some("compiled")),
            ("etc/ssh/ssh_host_rsa_key", &file, None),
        ] {
            let found = rules.of(&path(name), Some(kind)).map(reason);
            let agrees = match (found, expected) {
                (Some(found), Some(expected)) => found.starts_with(expected),
                (found, expected) => found == expected,
            };
            assert!(agrees, "{name}: {found:?}");
        }
    }

    #[test]
    fn compiled_python_names_its_source() {
        for (name, expected) in [
            ("a/__pycache__/x.cpython-312.pyc", Some("a/x.py")),
            ("a/__pycache__/x.cpython-312.opt-1.pyc", Some("a/x.py")),
            ("__pycache__/x.cpython-312.pyc", Some("x.py")),
            ("a/x.pyc", Some("a/x.py")),
            ("x.pyo", Some("x.py")),
            ("a/.pyc", None),
            ("a/__pycache__/.pyc", None),
            ("a/__pycache__", None),
            ("a/x.py", None),
        ] {
            assert_eq!(compiled_from(&path(name)), expected.map(path), "{name}");
        }
    }
}
