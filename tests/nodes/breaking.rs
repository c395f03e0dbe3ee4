//! A connection that breaks is an error wherever it breaks.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use libimage::monitor::Silent;
use libimage::node::{NodeError, Shell};

use crate::node::listed;
use crate::server::Programs;

/// A program in the place of ssh that runs what it is told here, and one that
/// gives the first bytes of an answer that was recorded.
struct Fakes {
    dir: tempfile::TempDir,
}

impl Fakes {
    fn new(programs: &Programs) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = programs.path().display();
        let at = dir.path().display().to_string();
        let fakes = Self { dir };
        fakes.script(
            "whole",
            &format!("shift; PATH={path} \"$@\" 2>{at}/said | tee {at}/answer; cat {at}/said >&2"),
        );
        fakes.script(
            "cut",
            &format!("head -c $1 {at}/answer; cat {at}/said >&2; exit $2"),
        );
        fakes
    }

    fn script(&self, name: &str, script: &str) {
        let path = self.dir.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a new name");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
    }

    fn shell(&self, command: &str) -> Shell {
        let command = format!("{}/{command}", self.dir.path().display());
        Shell::parse(command.as_ref()).expect("a command")
    }
}

#[test]
#[ignore = "needs b3sum and getfattr; .ci/run runs it"]
fn an_answer_that_breaks_off_is_an_error_wherever_it_does() {
    let tree = tempfile::tempdir().expect("a directory");
    fs::create_dir(tree.path().join("directory")).expect("a new name");
    fs::write(tree.path().join("directory/file"), "x").expect("a new name");
    set_attribute(&tree.path().join("directory"));
    for programs in [Programs::imgtool(), Programs::tools()] {
        let fakes = Fakes::new(&programs);
        let list = |command: &str| {
            let content = |options: &mut libimage::node::Options| options.content = true;
            listed(tree.path(), fakes.shell(command), content, &Silent)
        };
        list("whole").expect("it is whole");
        let length = fs::metadata(fakes.dir.path().join("answer"))
            .expect("recorded")
            .len();
        assert!(length > 500);
        for status in [0, 255] {
            // What is behind the table of mounts, and some places before.
            let steps = (0..length).filter(|end| end % 13 == 0 || length - end < 40);
            for end in steps {
                let error = list(&format!("cut {end} {status}")).map(|_| ());
                let error = error.expect_err("it is cut off");
                let is_told = matches!(
                    error,
                    NodeError::Broken { .. } | NodeError::Malformed { .. }
                );
                assert!(is_told, "cut at {end} with {status}: {error:?}");
            }
        }
        list(&format!("cut {length} 0")).expect("it is whole");
        let error = list(&format!("cut {length} 255")).map(|_| ());
        assert!(matches!(error, Err(NodeError::Broken { .. })), "{error:?}");
    }
}

fn set_attribute(path: &Path) {
    let status = Command::new("setfattr")
        .args(["-n", "user.a", "-v", "b"])
        .arg(path)
        .status();
    assert!(status.expect("setfattr is installed").success());
}
