//! Nodes that lack a program, or have one that fails.

use std::fs;
use std::path::Path;
use std::process::Command;

use libimage::entry::{Respect, Respects};
use libimage::error::ImageError as _;
use libimage::monitor::Silent;
use libimage::node::{NodeError, NodeTree, Options, Way};
use libimage::tree::Tree as _;
use tempfile::TempDir;

use crate::heard::Heard;
use crate::node::listed;
use crate::server::{Programs, Server};

/// A directory with a file, listed with the content of all.
fn list(programs: Programs) -> (Result<NodeTree, NodeError>, Vec<String>) {
    let dir = tree();
    let server = Server::with(programs);
    let heard = Heard::default();
    let options = |options: &mut Options| options.content = true;
    let listed = listed(dir.path(), server.shell(), options, &heard);
    (listed, heard.lines())
}

fn tree() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("file"), "x").expect("a new name");
    fs::write(dir.path().join("other"), "x").expect("a new name");
    dir
}

fn names(tree: &NodeTree) -> Vec<String> {
    let (_, top) = tree.root().expect("it is listed");
    let entries = top.entries(&Silent).expect("it is listed");
    let names = entries
        .iter()
        .map(|entry| entry.name.escape_ascii().to_string());
    names.collect()
}

#[test]
#[ignore = "needs root, sshd, busybox; .ci/run runs it"]
fn what_cannot_be_done_without_is_told() {
    let busybox = || {
        let programs = Programs::tools().without("find");
        std::os::unix::fs::symlink("/bin/busybox", programs.path().join("find")).expect("free");
        programs
    };
    for (programs, expected) in [
        (busybox(), "has neither imgtool nor GNU find"),
        (
            Programs::tools().without("find"),
            "has neither imgtool nor GNU find",
        ),
        (
            Programs::tools().without("b3sum").without("sha256sum"),
            "has neither b3sum nor sha256sum",
        ),
        (
            Programs::tools()
                .script("b3sum", "echo wrong")
                .script("sha256sum", "echo wrong"),
            "has neither b3sum nor sha256sum",
        ),
    ] {
        let error = list(programs).0.map(|_| ()).expect_err(expected);
        assert!(matches!(error, NodeError::NoProgram { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.help().is_some_and(|help| help.contains("imgtool")));
    }
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn without_getfattr_attributes_are_not_known() {
    let (tree, _) = list(Programs::tools().without("getfattr"));
    let tree = tree.expect("it is there");
    let unknown = !tree.respects();
    assert_eq!(
        unknown,
        Respects::from(Respect::Acl) | Respect::Xattr.into()
    );
    let (tree, _) = list(Programs::tools());
    assert_eq!(tree.expect("it is there").respects(), Respects::ALL);
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn an_imgtool_of_another_version_is_told() {
    let old = Programs::tools().script("imgtool", "echo 'error: unexpected argument' >&2; exit 2");
    let (tree, warnings) = list(old);
    let tree = tree.expect("find does it");
    assert_eq!(tree.way(), Way::FindForOld);
    assert_eq!(names(&tree), ["file", "other"]);
    assert!(
        warnings
            .iter()
            .any(|line| line.contains("its imgtool is too old")),
        "{warnings:?}"
    );

    let new = Programs::tools().script("imgtool", "echo imgtool-listing 2; exit 0");
    let error = list(new).0.map(|_| ()).expect_err("it is not known");
    assert!(
        error.to_string().contains("no listing of version 1"),
        "{error}"
    );
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn an_imgtool_that_fails_is_no_reason_for_find() {
    for (script, part) in [
        (
            "echo 'error: cannot open `/x`' >&2; exit 4",
            "error: cannot open `/x`",
        ),
        ("exit 1", "exit status: 1"),
        ("kill -9 $$", "137"),
        ("exit 0", "broke off"),
        ("echo imgtool-listing 1; exit 0", "broke off"),
    ] {
        let error = list(Programs::tools().script("imgtool", script)).0;
        let error = error.map(|_| ()).expect_err(script);
        assert!(
            matches!(
                error,
                NodeError::Broken { .. } | NodeError::Malformed { .. }
            ),
            "{script}: {error:?}"
        );
        assert!(error.to_string().contains(part), "{script}: {error}");
    }
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn what_vanishes_is_told_and_what_is_unreadable_is_an_error() {
    let gone = "echo \"NAME: ./x: No such file or directory\" >&2";
    let denied = "echo \"NAME: ./x: Permission denied\" >&2";
    for name in ["find", "getfattr", "b3sum"] {
        let run = format!("REAL/{name} \"$@\"");
        for (script, is_well) in [
            (format!("{run}; {gone}; exit 1"), true),
            (format!("{run}; {denied}; exit 1"), false),
            (format!("{run}; {gone}; {denied}; exit 1"), false),
            (format!("{run}; exit 1"), false),
            (format!("{run}; kill -9 $$"), false),
        ] {
            // Sums are tried anew, file by file, and that one fails is seen there.
            if name == "b3sum" && is_well {
                continue;
            }
            let script = script.replace("NAME", name);
            // What tells whether find will do is answered as ever.
            let test = format!("case \"$*\" in *maxdepth*|*--no-names) exec {run};; esac");
            let script = match name {
                "getfattr" => script,
                _ => format!("{test}\n{script}"),
            };
            let (tree, warnings) = list(Programs::tools().script(name, &script));
            match tree {
                Ok(tree) if is_well => {
                    assert_eq!(names(&tree), ["file", "other"]);
                    let is_told =
                        |line: &String| line.contains("./x: vanished while it was listed");
                    assert!(warnings.iter().any(is_told), "{script}: {warnings:?}");
                }
                Err(error) if !is_well => {
                    assert!(
                        matches!(error, NodeError::Unreadable { .. }),
                        "{script}: {error:?}"
                    );
                }
                Ok(_) => panic!("{script}: it failed"),
                Err(error) => panic!("{script}: {error}"),
            }
        }
    }
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn a_device_without_a_number_has_not_vanished() {
    let dir = tree();
    let device = dir.path().join("device");
    let mut mknod = Command::new("mknod");
    let status = mknod.arg(&device).args(["c", "1", "3"]).status();
    assert!(status.expect("mknod runs").success());
    let old = "echo \"stat: unrecognized option '--printf'\" >&2; exit 1";
    for (programs, is_listed) in [
        (Programs::tools(), true),
        (Programs::tools().without("stat"), false),
        (Programs::tools().script("stat", old), false),
        (Programs::tools().script("stat", "exit 1"), false),
    ] {
        let server = Server::with(programs);
        let tree = listed(dir.path(), server.shell(), |_| {}, &Silent);
        match tree {
            Ok(tree) if is_listed => assert_eq!(names(&tree), ["device", "file", "other"]),
            Err(NodeError::Unreadable { .. }) if !is_listed => {}
            tree => panic!("{:?}", tree.map(|tree| names(&tree))),
        }
    }
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn a_file_that_is_gone_or_another_when_it_is_read_is_told() {
    let dir = tree();
    let list = |script: &str| {
        let script = script.replace("DIR", &shown(dir.path()));
        let server = Server::with(Programs::tools().script("b3sum", &script));
        let heard = Heard::default();
        let options = |options: &mut Options| options.content = true;
        let tree = listed(dir.path(), server.shell(), options, &heard);
        (tree, heard.lines())
    };
    let test = "[ $# = 1 ] && exec REAL/b3sum \"$@\"";
    let (tree, warnings) = list(&format!(
        "{test}\n/bin/rm -f DIR/other\nexec REAL/b3sum \"$@\""
    ));
    assert_eq!(names(&tree.expect("it is gone")), ["file"]);
    let is_told = |line: &String| line.contains("other: vanished while it was listed");
    assert!(warnings.iter().any(is_told), "{warnings:?}");

    let (tree, _) = list(&format!(
        "{test}\necho more >> DIR/file\nexec REAL/b3sum \"$@\""
    ));
    let error = tree.map(|_| ()).expect_err("it changed");
    assert!(matches!(error, NodeError::Changed { .. }), "{error:?}");
    assert!(
        error.to_string().starts_with("`file` of `node001:/"),
        "{error}"
    );
}

fn shown(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}
