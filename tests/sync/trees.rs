//! A source, and the same target several times: for rsync, and for libimage in
//! place and by a clone.

use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::snapshot::Snapshot;
use fixtures::tree::{Privilege, TreeSpec};
use libimage::diff::{self, ModifyWindow, Outcome, diff};
use libimage::entry::Respect;
use libimage::monitor::Silent;
use libimage::plan::rsync::{Ends, Passes, SCRIPT, script};
use libimage::plan::{self, Plan};
use libimage::sync::{self, Site, apply};
use libimage::tree::{LiveTree, Want};
use tempfile::TempDir;

/// How libimage changes a target, which has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    InPlace,
    Atomic,
    /// The plan is handed to rsync.
    Rsync,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::InPlace, Self::Atomic, Self::Rsync];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InPlace => "in-place",
            Self::Atomic => "atomic",
            Self::Rsync => "handed",
        }
    }
}

pub(crate) struct Trees {
    place: TempDir,
}

/// How the two are to be made equal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) checksum: bool,
    pub(crate) delete: bool,
    pub(crate) window: ModifyWindow,
}

impl Question {
    const PLAIN: Self = Self {
        checksum: false,
        delete: true,
        window: ModifyWindow::Seconds(0),
    };

    /// With `--checksum` rsync sets each file's time to the nanosecond, listed or
    /// not; so that is asked for by a comparison to the nanosecond only.
    pub(crate) const ALL: [Self; 5] = [
        Self::PLAIN,
        Self {
            delete: false,
            ..Self::PLAIN
        },
        Self {
            window: ModifyWindow::Exact,
            ..Self::PLAIN
        },
        Self {
            window: ModifyWindow::Seconds(1),
            ..Self::PLAIN
        },
        Self {
            checksum: true,
            window: ModifyWindow::Exact,
            ..Self::PLAIN
        },
    ];

    fn arguments(self) -> Vec<String> {
        let mut arguments: Vec<_> = ["-aHAXS", "--numeric-ids", "--force", "--no-inc-recursive"]
            .map(str::to_owned)
            .into();
        if self.delete {
            arguments.push("--delete".to_owned());
        }
        if self.checksum {
            arguments.push("--checksum".to_owned());
        }
        arguments.push(match self.window {
            ModifyWindow::Seconds(seconds) => format!("--modify-window={seconds}"),
            ModifyWindow::Exact => "--modify-window=-1".to_owned(),
        });
        arguments
    }

    pub(crate) fn options(self) -> diff::Options {
        let mut options = diff::Options::default();
        options.checksum = self.checksum;
        options.delete = self.delete;
        options.window = self.window;
        options.sides = true;
        options.threads = 2;
        options
    }
}

impl Trees {
    pub(crate) fn new(source: &TreeSpec, target: &TreeSpec) -> Self {
        let trees = Self {
            place: crate::seeds::scratch(),
        };
        source.create(&trees.path("source"), Privilege::Root);
        for name in ["rsync", "in-place", "atomic", "handed"] {
            target.create(&trees.path(name), Privilege::Root);
        }
        trees
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn snapshot(&self, name: &str) -> Snapshot {
        Snapshot::of(&self.path(name))
    }

    /// What rsync leaves; nothing if it fails.
    pub(crate) fn rsync(&self, question: Question) -> Option<Snapshot> {
        let output = Command::new("rsync")
            .args(question.arguments())
            .args(["source", "rsync"].map(|name| self.path(name).join("")))
            .output()
            .expect("rsync is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        // It asks for the default ACL of what is a directory no more.
        if output.status.code() == Some(23) && said.contains("ACL_TYPE_DEFAULT") {
            return None;
        }
        assert!(output.status.success(), "{said}");
        Some(self.snapshot("rsync"))
    }

    /// What a comparison finds between the source and one of our targets.
    pub(crate) fn compared(&self, way: Way, options: &diff::Options) -> Outcome {
        let open = |path: &Path| LiveTree::open(path, Want::All).expect("it is there");
        let [source, target] = ["source", way.name()].map(|name| open(&self.path(name)));
        diff(&source, &target, options, &Silent).expect("readable")
    }

    /// What libimage leaves, by a plan that was in a file.
    pub(crate) fn ours(&self, way: Way, options: &diff::Options) -> Snapshot {
        let source = LiveTree::open(&self.path("source"), Want::All).expect("it is there");
        let site = Site::open(&self.path(way.name()), &Silent).expect("nobody is there");
        let outcome = diff(&source, &site.tree(Want::All), options, &Silent).expect("readable");
        let plan = Plan::new(&outcome, options);
        let mut text = Vec::new();
        plan.write(&mut text).expect("a Vec takes everything");
        let plan = plan::read(&*text, "plan").unwrap_or_else(|error| {
            panic!("{error}\n{}", String::from_utf8_lossy(&text));
        });
        if way == Way::Rsync {
            drop(site);
            return self.handed(&plan);
        }
        let mut how = sync::Options::default();
        how.threads = 2;
        how.atomic = way == Way::Atomic;
        apply(&plan, &source, &site, &how, &Silent).unwrap_or_else(|error| {
            let cause = std::error::Error::source(&error);
            panic!("{error} {cause:?}\n{}", String::from_utf8_lossy(&text));
        });
        drop(site);
        assert!(!self.path(".imgtool").exists(), "something is left");
        self.snapshot(way.name())
    }

    fn text(&self, name: &str) -> String {
        let bytes = fs::read(self.path(name)).expect("it was written");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What rsync leaves by the lists of a plan. Without `-w` it changes nothing.
    fn handed(&self, plan: &Plan) -> Snapshot {
        let passes = Passes::of(plan);
        let ends = Ends {
            source: self.path("source").into_os_string().into_vec(),
            target: Some(self.path("handed").into_os_string().into_vec()),
            rsh: None,
        };
        let dir = self.path("lists");
        fs::create_dir(&dir).expect("a new name");
        for (name, bytes) in script(&passes, &ends) {
            fs::write(dir.join(name), bytes).expect("ours");
        }
        let before = self.snapshot("handed");
        for (arguments, changes) in [(&[][..], false), (&["-w"], true)] {
            let output = Command::new("sh")
                .arg(dir.join(SCRIPT))
                .args(arguments)
                .output()
                .expect("there is a shell");
            let said = String::from_utf8_lossy(&output.stderr);
            let is_well = output.status.success() && (said.is_empty() || !changes);
            assert!(
                is_well,
                "{arguments:?} {said}\n{}",
                self.text("lists/sync.sh")
            );
            assert!(changes || before.touched(&self.snapshot("handed")).is_empty());
        }
        let mut left = self.snapshot("handed");
        // Where rsync sends what becomes an inode of its own, it sends its time too,
        // though that may count as equal.
        let ours = self.snapshot(Way::InPlace.name());
        for misfit in passes.misfits {
            assert_eq!(misfit.what, Respect::Time.into(), "{misfit}");
            let name = misfit.path.as_bytes();
            let entry = left.entries.get_mut(name).expect("it was sent");
            entry.mtime = ours.entries[name].mtime;
            // And content, which nobody has compared.
            entry.kind = ours.entries[name].kind.clone();
        }
        left
    }
}
