//! GNU tar and bsdtar, unpacking in a jail.

use std::process::{Child, Command, Stdio};

use fixtures::snapshot::Snapshot;
use fixtures::tree::Time;

use crate::scratch::Scratch;
use crate::undated::Beginning;

/// A program that unpacks archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Gnu,
    Bsd,
}

/// What a program made of an archive.
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// Whether it had nothing to complain about.
    pub(crate) is_content: bool,
    /// What it said, whether that was a complaint or not.
    pub(crate) said: String,
    /// The tree, whole or not.
    pub(crate) tree: Snapshot,
}

impl Reader {
    pub(crate) const BOTH: [Self; 2] = [Self::Gnu, Self::Bsd];

    /// As root, with everything kept that it can keep.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            // Without the delay, directories that get names later lose their times.
            Self::Gnu => &[
                "tar",
                "--numeric-owner",
                "--xattrs",
                "--xattrs-include=*",
                "--acls",
                "--delay-directory-restore",
                "-xpf",
            ],
            Self::Bsd => &["bsdtar", "--numeric-owner", "--xattrs", "--acls", "-xpf"],
        }
    }

    /// The directory of its cases.
    fn cases(self) -> &'static str {
        match self {
            Self::Gnu => "gnu",
            Self::Bsd => "bsd",
        }
    }

    /// Starts to unpack the archives in the scratch directory's `archives`,
    /// which are called by their numbers.
    pub(crate) fn start(self, scratch: &Scratch, archives: usize) -> Child {
        let cases = scratch.path(self.cases());
        for number in 0..archives {
            let dest = cases.join(number.to_string()).join("dest");
            std::fs::create_dir_all(dest).expect("there is space");
        }
        let jail = scratch.path(&format!("{}-jail", self.cases()));
        std::fs::create_dir(&jail).expect("there is space");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/differential/jail.sh");
        Command::new("unshare")
            .args(["--mount", "--propagation", "private", "--", "sh", script])
            .args([&jail, &scratch.path("archives"), &cases])
            .args(self.arguments())
            .stdin(Stdio::null())
            .spawn()
            .expect("unshare is installed")
    }

    /// What became of an archive, once the program has ended.
    pub(crate) fn unpacked(self, scratch: &Scratch, number: usize) -> Unpacked {
        let case = scratch.path(self.cases()).join(number.to_string());
        let read = |name: &str| {
            let bytes = std::fs::read(case.join(name)).expect("the jail has written it");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Unpacked {
            is_content: read("status") == "0\n",
            said: read("said"),
            tree: Snapshot::of(&case.join("dest")),
        }
    }

    /// Takes over from another tree what this program cannot know, the times of
    /// directories that no member describes, and what it is known to read wrong.
    pub(crate) fn excuse(self, tree: &mut Snapshot, other: &Snapshot, begun: Beginning) {
        begun.date(tree, other);
        for (path, entry) in &mut tree.entries {
            if let Some(other) = other.get(path)
                && self.misreads(other.mtime) == Some(entry.mtime)
            {
                entry.mtime = other.mtime;
            }
        }
    }

    /// The time as which it reads another: libarchive 3.6 takes `-1.25` for -1 s
    /// and 0.25 s, as it writes it itself.
    fn misreads(self, time: Time) -> Option<Time> {
        let Time { secs, nanos } = time;
        let is_misread = self == Self::Bsd && secs < 0 && nanos > 0;
        is_misread.then_some(Time {
            secs: secs + 1,
            nanos: 1_000_000_000 - nanos,
        })
    }
}
