//! rsync's answers.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use libimage::filter::{Fault, FilterError};

use crate::list::List;

/// Names of entries.
pub(crate) type Names = BTreeSet<Vec<u8>>;

/// A directory in which rsync runs: the files of rules are there.
pub(crate) struct Desk {
    scratch: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            scratch: crate::seeds::scratch(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Runs rsync with a list; nothing if it takes no such list.
    pub(crate) fn run(&self, list: &List, options: &[&str], trees: [&Path; 2]) -> Option<Vec<u8>> {
        accepted(self.output(list, options, trees), list)
    }

    /// Runs rsync with a list; nothing if it takes no such list, or could not
    /// do everything.
    pub(crate) fn tries(
        &self,
        list: &List,
        options: &[&str],
        trees: [&Path; 2],
    ) -> Option<Vec<u8>> {
        let output = self.output(list, options, trees);
        if output.status.code() == Some(23) {
            return None;
        }
        accepted(output, list)
    }

    fn output(&self, list: &List, options: &[&str], trees: [&Path; 2]) -> Output {
        for (path, content) in &list.files {
            let path = self.scratch.path().join(path);
            std::fs::create_dir_all(path.parent().expect("in the scratch")).expect("can be made");
            std::fs::write(path, content).expect("can be written");
        }
        Command::new("rsync")
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.path("home"))
            .env("CVSIGNORE", OsStr::from_bytes(&list.variable))
            .current_dir(self.scratch.path())
            .stdin(Stdio::null())
            .args(["-a8"])
            .args(options)
            .args(list.options())
            .args(trees.map(|tree| tree.join("")))
            .output()
            .expect("rsync is installed")
    }

    /// What rsync would send of a tree.
    pub(crate) fn sends(&self, list: &List, tree: &Path) -> Option<Names> {
        let empty = self.path("empty");
        std::fs::create_dir_all(&empty).expect("can be made");
        let lines = self.run(list, &["-n", "--out-format=%n"], [tree, &empty])?;
        let lines = lines.split(|&byte| byte == b'\n');
        let names = lines.map(|line| line.strip_suffix(b"/").unwrap_or(line));
        let names = names.filter(|name| !matches!(*name, b"" | b"."));
        Some(names.map(unescaped).collect())
    }
}

/// A name as it is: rsync writes control characters as `\#ooo`, and so the
/// backslash of what looks like that.
fn unescaped(shown: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    let mut rest = shown;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let octal = behind.strip_prefix(b"#").and_then(|digits| digits.get(..3));
        let octal = octal.and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match escaped.filter(|_| byte == b'\\') {
            Some(escaped) => {
                name.push(escaped);
                rest = &behind[4..];
            }
            None => name.push(byte),
        }
    }
    name
}

/// What rsync wrote, if it took the rules.
fn accepted(output: Output, list: &List) -> Option<Vec<u8>> {
    if output.status.success() {
        return Some(output.stdout);
    }
    // Wrong usage, and rules that it cannot read.
    let refused = matches!(output.status.code(), Some(1 | 11));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(refused, "rsync failed on\n{}{said}", list.shown());
    None
}

/// In what two answers differ, of which each is none if the rules are refused.
pub(crate) fn difference(
    rsync: Option<&Names>,
    ours: Result<&Names, &FilterError>,
) -> Option<String> {
    let ours = match ours {
        Err(error) if is_beyond_comparison(error) => return None,
        Err(error) => return rsync.map(|_| format!("  only libimage: {error}\n")),
        Ok(ours) => ours,
    };
    let Some(rsync) = rsync else {
        return Some("  rsync refused the rules\n".to_owned());
    };
    let mut text = String::new();
    for (who, names) in [("rsync", rsync - ours), ("libimage", ours - rsync)] {
        for name in names {
            writeln!(text, "  only {who}: {}", name.escape_ascii())
                .expect("a String takes everything");
        }
    }
    (!text.is_empty()).then_some(text)
}

/// Whether rsync knows such rules, or takes a directory for an empty file.
fn is_beyond_comparison(error: &FilterError) -> bool {
    match error {
        FilterError::Rule { fault, .. } => {
            matches!(fault, Fault::Unsupported(_) | Fault::XattrInDirectory)
        }
        FilterError::File { source, .. } => source.source.kind() == ErrorKind::IsADirectory,
        _ => false,
    }
}
