//! A backup of which a call fails, or is the last: at its place stands what was
//! there before, or the new one, whole; the tree is untouched, the next backup
//! succeeds, and nothing half done stays.

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::snapshot::{Snapshot, names};
use fixtures::tree::Privilege;

use crate::judge::{is_open_beneath_dir, says_why, was_hit};
use crate::place::{IMGTOOL, tree};
use crate::strike::{self, Call, Run, is_change};

/// What stands where the backup is written.
const OLD: &[u8] = b"a former one";

/// A tree, and whether a former backup is replaced.
struct Vault {
    dir: PathBuf,
    replaces: bool,
    tree: Snapshot,
}

impl Vault {
    fn new(dir: &Path, replaces: bool) -> Self {
        let at = dir.join("tree");
        tree("new").create(&at, Privilege::Root);
        let tree = Snapshot::of(&at);
        let dir = dir.to_owned();
        Self {
            dir,
            replaces,
            tree,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Beside the tree stands what this command began with.
    fn reset(&self) {
        for name in names(&self.dir) {
            let path = self.path(&name);
            match &*name {
                "tree" => {}
                ".imgtool" => fs::remove_dir_all(path).expect("ours"),
                _ => fs::remove_file(path).expect("ours"),
            }
        }
        if self.replaces {
            fs::write(self.path("out"), OLD).expect("there is room");
        }
    }

    fn arguments(&self) -> Vec<PathBuf> {
        let mut arguments: Vec<PathBuf> = vec!["backup".into(), self.path("tree")];
        arguments.extend(["--jobs", "1", "--to"].map(PathBuf::from));
        arguments.push(self.path("out"));
        arguments.extend(self.replaces.then(|| PathBuf::from("--replace")));
        arguments
    }

    fn back_up(&self, tamper: Option<&str>) -> Run {
        self.reset();
        strike::traced(IMGTOOL, self.arguments(), tamper, &self.path("strace.log"))
    }

    /// Whether the new one stands, whole; if not, what was there before does.
    fn is_new(&self) -> Result<bool, String> {
        let out = self.path("out");
        let former = self.replaces.then(|| OLD.to_owned());
        if fs::read(&out).ok() == former {
            return Ok(false);
        }
        let verify = ["backup".into(), "verify".into(), out];
        let run = strike::undisturbed(IMGTOOL, verify);
        match run.status {
            Some(0) => Ok(true),
            _ => Err(format!("neither old nor new: {}", run.errors)),
        }
    }

    /// What is there that should not be.
    fn litter(&self) -> Vec<String> {
        let mut left = names(&self.dir);
        left.retain(|name| !["tree", "out", "strace.log"].contains(&&**name));
        left
    }

    /// What is wrong after a call that failed as `text` says.
    fn problem(&self, run: &Run, text: &str) -> Option<String> {
        let is_new = match self.is_new() {
            Ok(is_new) => is_new,
            Err(problem) => return Some(problem),
        };
        // What cannot be removed stays, and hinders nobody.
        let removes = run.calls().any(|(_, call)| call.name == "unlinkat");
        let mut litter = self.litter();
        if removes || run.log.contains("unlink(") {
            litter.retain(|name| name != ".imgtool" && !name.starts_with(".out"));
        }
        if !litter.is_empty() {
            return Some(format!("it left {litter:?}"));
        }
        match run.status {
            Some(0) if is_new => None,
            // The directory could not be made durable any more.
            Some(4)
                if is_new
                    && !run
                        .calls()
                        .any(|(_, call)| ["fsync", "openat"].contains(&call.name)) =>
            {
                Some("failed, but the new one stands".to_owned())
            }
            Some(4) if says_why(run, text) || run.errors.is_empty() => None,
            status => Some(format!("status {status:?}: {}", run.errors)),
        }
    }

    /// The next one in the same place, which has what the last one left.
    fn problem_after_the_next(&self) -> Option<String> {
        let mut arguments = self.arguments();
        if !self.replaces {
            arguments.push("--replace".into());
        }
        let run = strike::undisturbed(IMGTOOL, arguments);
        if run.status != Some(0) || self.is_new() != Ok(true) {
            return Some(format!("the next: {run:?}"));
        }
        let touched = self.tree.touched(&Snapshot::of(&self.path("tree")));
        (!touched.is_empty()).then(|| format!("the tree was touched: {touched:?}"))
    }
}

fn sweep(
    how: &str,
    wanted: impl Fn(&Vault, &Call<'_>) -> bool,
    problem: impl Fn(&Vault, &Run) -> Option<String>,
) {
    let mut wrong = Vec::new();
    for replaces in [false, true] {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let vault = Vault::new(dir.path(), replaces);
        let run = vault.back_up(None);
        assert_eq!(run.status, Some(0), "{run:?}");
        let strikes = run.strikes(|call| wanted(&vault, call));
        assert!(strikes.len() > 5, "{run:?}");
        for strike in strikes {
            let run = vault.back_up(Some(&strike.with(how)));
            let mut problem = problem(&vault, &run);
            if !was_hit(&run) {
                problem = Some("it never came".to_owned());
            }
            if let Some(problem) = problem.or_else(|| vault.problem_after_the_next()) {
                wrong.push(format!("replaces: {replaces}, {strike}: {problem}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{how}\n{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_backup_that_fails_at_any_call_leaves_what_was_there() {
    for (error, text) in [
        ("ENOSPC", "No space left on device"),
        ("EDQUOT", "Disk quota exceeded"),
        ("EIO", "Input/output error"),
    ] {
        sweep(
            &format!("error={error}"),
            |_, call| is_change(call),
            |vault, run| vault.problem(run, text),
        );
    }
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_backup_without_handles_leaves_what_was_there() {
    sweep(
        "error=EMFILE",
        |vault, call| is_open_beneath_dir(&vault.dir, call),
        |vault, run| vault.problem(run, "Too many open files"),
    );
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_backup_that_is_killed_at_any_call_leaves_old_or_new() {
    sweep(
        "signal=KILL",
        |_, call| is_change(call),
        |vault, _| vault.is_new().err(),
    );
}
