//! Processes that use the former tree.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::site::Site;

/// A process that uses something, and waits for a line in between.
struct User {
    process: Child,
    said: BufReader<ChildStdout>,
}

impl User {
    /// Starts it, and waits until it says that it is ready.
    fn new(mut command: Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it is there");
        let said = process.stdout.take().expect("it is a pipe");
        let mut user = Self {
            process,
            said: BufReader::new(said),
        };
        user.say("ready\n");
        let mut line = String::new();
        user.said.read_line(&mut line).expect("it is text");
        assert_eq!(line, "ready\n");
        user
    }

    fn say(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("it is a pipe");
        input.write_all(line.as_bytes()).expect("it listens");
    }

    /// What one of its links in /proc says.
    fn link(&self, name: &str) -> String {
        let link = format!("/proc/{}/{name}", self.process.id());
        let target = fs::read_link(link).expect("it lives");
        target.display().to_string()
    }

    /// Lets it go on; what it says until its end.
    fn finish(mut self) -> String {
        self.say("go on\n");
        drop(self.process.stdin.take());
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).expect("it is text");
        assert!(self.process.wait().expect("it ends").success());
        rest
    }
}

fn shell(script: &str, directory: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(directory);
    command
}

/// Names that a place where nothing can be made any more still has.
const MAKE: &str = "read line; echo $line; read line; (echo x > file) 2>/dev/null || echo gone";
const READ: &str = "exec 3< etc/word; read line; echo $line; read line; cat <&3";
const WRITE: &str = "exec 3>> etc/word; read line; echo $line; read line; echo more >&3; echo done";

#[test]
fn who_uses_the_former_tree_keeps_it_and_the_place_has_the_new_one() {
    let cases = [
        ("in a directory of it", MAKE, "tree/etc", "cwd", "gone\n"),
        ("at its top", MAKE, "tree", "cwd", "gone\n"),
        ("with a file of it open", READ, "tree", "fd/3", "old"),
        ("writing a file of it", WRITE, "tree", "fd/3", "done\n"),
    ];
    for (name, script, directory, link, expected) in cases {
        let site = Site::new();
        let user = User::new(shell(script, &site.path(directory)));
        site.publish("new");
        let new = site.tree();
        assert!(user.link(link).ends_with(" (deleted)"), "{name}");
        assert_eq!(user.finish(), expected, "{name}");
        assert_eq!(site.tree().diff(&new), [""; 0], "{name}");
    }
}

#[test]
fn a_program_of_the_former_tree_runs_on() {
    let site = Site::new();
    let user = User::new(Command::new(site.path("tree/usr/bin/cat")));
    site.publish("new");
    assert!(user.link("exe").ends_with(" (deleted)"));
    assert_eq!(user.finish(), "go on\n");
}
