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
    let quiet = sandbox.run(&["manifest", "amd64", "-q"]).expect(0);
    assert_eq!(
        (quiet.stdout, quiet.stderr),
        (printed.stdout.clone(), String::new())
    );
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

#[test]
fn mtree_files_are_written_and_compared() {
    let sandbox = Sandbox::with_trees();
    let answer = sandbox
        .run(&["manifest", "--mtree", "amd64", "-o", "list"])
        .expect(0);
    assert!(answer.stderr.contains(" entries, "), "{}", answer.stderr);
    let list = fs::read_to_string(sandbox.path("list")).expect("it was written");
    assert!(list.starts_with("#mtree v2.0\n. type=dir "), "{list}");
    assert!(list.contains(" sha256="));
    let answer = sandbox
        .run(&["diff", "list", "amd64", "--checksum"])
        .expect(0);
    assert!(
        answer
            .stderr
            .contains("`list` does not record acl, xattr, links"),
        "{}",
        answer.stderr
    );
    let quick = sandbox
        .run(&["manifest", "--mtree", "--no-content", "amd64"])
        .expect(0);
    assert!(!quick.stdout.contains("sha256"));
    fs::write(sandbox.path("quick"), quick.stdout).expect("writes");
    sandbox.run(&["diff", "quick", "amd64"]).expect(0);
    let answer = sandbox
        .run(&["diff", "quick", "amd64", "--checksum"])
        .expect(2);
    assert!(
        answer.stderr.contains("is not recorded"),
        "{}",
        answer.stderr
    );
    sandbox
        .run(&["manifest", "--no-content", "amd64"])
        .expect(2);
    fs::write(sandbox.path("bad"), "#mtree\n. type=dir\n./a type=file\n").expect("writes");
    let answer = sandbox.run(&["diff", "bad", "amd64"]).expect(3);
    assert!(
        answer.stderr.contains("line 3: a file without `size`"),
        "{}",
        answer.stderr
    );
}

#[test]
fn an_mtree_file_has_no_identity() {
    let sandbox = Sandbox::with_trees();
    let lists = [
        "#mtree\n. type=dir uid=0 gid=0 mode=0755 time=1.0\n",
        "#mtree\n. type=dir\n./a type=file size=1\n",
    ];
    for list in lists {
        fs::write(sandbox.path("list"), list).expect("writes");
        let answer = sandbox.run(&["inspect", "list"]).expect(0);
        assert!(!answer.stdout.contains("digest"), "{}", answer.stdout);
        let answer = sandbox.run(&["manifest", "list"]).expect(2);
        let complaint = "not all is known of `list` that is to be listed";
        assert!(answer.stderr.contains(complaint), "{}", answer.stderr);
    }
    let again = ["manifest", "--mtree", "--no-content", "list"];
    let answer = sandbox.run(&again).expect(0);
    assert_eq!(
        answer.stdout,
        "#mtree v2.0\n. type=dir\n./a type=file size=1\n"
    );
}
