//! [`Sandbox`]: a directory to run the program in, and its answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A directory that is gone when the test is over.
pub(crate) struct Sandbox {
    dir: TempDir,
}

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a directory can be made"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).expect("the sandbox can be written");
    }

    /// Whether there is something of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    /// The names in the sandbox, hidden ones too, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).expect("it is a directory");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("can be read").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The program with arguments, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgtool"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        let child = self.command(arguments).spawn().expect("it was built");
        self.answer(child)
    }

    /// Runs the program with bytes on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &Path) -> Answer {
        let input = fs::File::open(input).expect("it was written");
        let child = self.command(arguments).stdin(input).spawn();
        self.answer(child.expect("it was built"))
    }

    /// Waits for the end.
    pub(crate) fn answer(&self, child: Child) -> Answer {
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| self.normalised(&String::from_utf8(bytes).expect("UTF-8"));
        Answer {
            status: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// What differs from run to run or with the images, in words that do not:
    /// the sandbox's path, times, sizes, digests.
    fn normalised(&self, text: &str) -> String {
        let real = self.dir.path().canonicalize().expect("it exists");
        let text = text.replace(&*real.to_string_lossy(), "$DIR");
        let masked = |line: &str| {
            let labels = ["time", "entries", "content", "on disk", "archive", "backup"];
            let label = labels
                .iter()
                .find(|label| line.starts_with(&format!("  {label} ")));
            match label {
                Some(label) => format!("  {label:<10}…\n"),
                None => line.to_owned(),
            }
        };
        let lines: String = text.split_inclusive('\n').map(masked).collect();
        without_digests(&lines)
    }
}

/// Replaces every run of 64 hexadecimal digits.
fn without_digests(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_hexdigit() {
            run.push(character);
            continue;
        }
        out.push_str(if run.len() == 64 { "<digest>" } else { &run });
        run.clear();
        out.push(character);
    }
    out.pop();
    out
}

impl Answer {
    /// The objects on standard output, each a line.
    pub(crate) fn objects(&self) -> Vec<serde_json::Value> {
        self.stdout
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    /// Ends the test unless the status is the one expected.
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }
}
