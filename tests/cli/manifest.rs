//! `imgtool manifest`.

use std::fs;

use crate::sandbox::Sandbox;

#[test]
fn standard_output_and_a_file_get_the_same() {
    let sandbox = Sandbox::with_trees();
    let printed = sandbox.run(&["manifest", "amd64"]).expect(0);
    assert!(printed.stdout.starts_with("imgtool-manifest 1\n"));
    let written = sandbox.run(&["manifest", "amd64", "-o", "out"]).expect(0);
    assert_eq!(written.stdout, "");
    assert_eq!(written.stderr, printed.stderr);
    let mut lines = written.stderr.lines();
    assert_eq!(lines.next(), Some("<digest>"));
    assert!(lines.next().is_some_and(|line| line.contains(" entries, ")));
    let file = fs::read_to_string(sandbox.path("out")).expect("it was written");
    assert_eq!(file.lines().count(), printed.stdout.lines().count());
}

#[test]
fn a_failure_leaves_the_former_file() {
    let sandbox = Sandbox::with_trees();
    sandbox.file("out", b"former");
    sandbox.file(
        "cut.tar.gz",
        &fs::read(sandbox.path("amd64.tar.gz")).expect("there")[..5000],
    );
    sandbox
        .run(&["manifest", "cut.tar.gz", "-o", "out"])
        .expect(3);
    assert_eq!(
        fs::read(sandbox.path("out")).expect("still there"),
        b"former"
    );
    let before = sandbox.names();
    sandbox.run(&["manifest", "amd64", "-o", "out"]).expect(0);
    assert_eq!(sandbox.names(), before);
    assert_ne!(
        fs::read(sandbox.path("out")).expect("still there"),
        b"former"
    );
}
