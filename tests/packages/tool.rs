//! Running programs, and asking libimage the same.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use libimage::inspect::Packages;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};

/// Runs a program that succeeds, and gives its output.
pub(crate) fn output<S: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> String {
    fed(program, arguments, "")
}

/// The same, with something to read.
pub(crate) fn fed<S: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = S>,
    input: &str,
) -> String {
    let mut child = Command::new(program)
        .env("LC_ALL", "C.UTF-8")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program}: {} {said}",
        output.status
    );
    feeder.join().expect("it ends").expect("it reads all");
    String::from_utf8(output.stdout).expect("it writes UTF-8")
}

/// The tree on disk.
pub(crate) fn live(path: &Path) -> LiveTree {
    LiveTree::open(path, Want::All).expect("it is a directory")
}

/// The packages of a tree, whose database is read in full.
pub(crate) fn packages(tree: &Path) -> Packages {
    let packages = Packages::find(&live(tree), &Silent)
        .expect("readable")
        .expect("there is a database");
    assert_eq!(packages.unread, []);
    packages
}

/// The files of all packages, sorted, as `package TAB path`.
pub(crate) fn files(tree: &Path, packages: &Packages) -> Vec<String> {
    let mut lines = Vec::new();
    let mut visit = |path: &[u8], package: &str| {
        lines.push(format!("{package}\t/{}", String::from_utf8_lossy(path)));
    };
    let unread = packages
        .visit_files(&live(tree), &mut visit, &Silent)
        .expect("readable");
    assert_eq!(unread, []);
    lines.sort_unstable();
    lines
}

/// Fails at the first line that differs.
pub(crate) fn assert_same_lines(what: &str, mut expected: Vec<String>, mut found: Vec<String>) {
    expected.sort_unstable();
    found.sort_unstable();
    for (index, (expected, found)) in expected.iter().zip(&found).enumerate() {
        assert_eq!(expected, found, "{what}: line {index}");
    }
    assert_eq!(expected.len(), found.len(), "{what}: lines");
}
