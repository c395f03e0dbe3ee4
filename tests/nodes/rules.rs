//! What rules leave out is not looked into on the node.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use libimage::filter::{Argument, Filter};
use libimage::monitor::Silent;
use libimage::node::{NodeError, Options, Pruning, Role};
use libimage::tree::{Tree, TreeError};
use tempfile::TempDir;

use crate::node::listed;
use crate::server::{Programs, Server};

/// A tree with a directory that only root may enter, and a file in another that
/// only root may read.
fn tree() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a place for the tree");
    let path = dir.path().join("tree");
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    };
    open(dir.path(), 0o755);
    fs::create_dir_all(path.join("closed/inner")).expect("a new name");
    fs::create_dir(path.join("open")).expect("a new name");
    fs::write(path.join("closed/inner/file"), "x").expect("a new name");
    fs::write(path.join("open/secret"), "x").expect("a new name");
    open(&path.join("open/secret"), 0o600);
    open(&path.join("closed"), 0o700);
    (dir, path)
}

/// Whoever logs in is nobody.
fn nobody(programs: &Programs) -> Server {
    let path = programs.path().display();
    Server::running(&format!(
        "PATH={path} exec /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups /bin/sh"
    ))
}

fn pruning(rules: &[&str]) -> Pruning {
    let arguments: Vec<_> = rules
        .iter()
        .map(|rule| Argument::Exclude(rule.as_bytes().to_vec()))
        .collect();
    let filter = Filter::new(&arguments, &mut |_| unreachable!("no file is named"));
    Pruning::of(Role::Target, &filter.expect("rules"), None)
}

#[test]
#[ignore = "needs root, sshd, b3sum, getfattr; .ci/run runs it"]
fn what_is_left_out_is_neither_entered_nor_read() {
    let (_dir, path) = tree();
    for programs in [Programs::imgtool(), Programs::tools()] {
        let server = nobody(&programs);
        for (rules, content, is_readable) in [
            (&[][..], false, false),
            (&["/closed"], false, true),
            (&["/closed"], true, false),
            (&["/closed", "/open/secret"], true, true),
            (&["/closed", "/open/*"], true, true),
            (&["/*"], true, true),
            (&["/other"], false, false),
        ] {
            let options = |options: &mut Options| {
                options.pruning = pruning(rules);
                options.content = content;
            };
            let tree = listed(&path, server.shell(), options, &Silent);
            if !is_readable {
                let error = tree.map(|_| ()).expect_err("nobody may read it");
                let is_told = matches!(
                    error,
                    NodeError::Unreadable { .. } | NodeError::Broken { .. }
                );
                assert!(is_told, "{rules:?}: {error:?}");
                let text = error.to_string();
                assert!(text.contains("Permission denied"), "{rules:?}: {text}");
                let name = if content { "secret" } else { "closed" };
                assert!(text.contains(name), "{rules:?}: {text}");
                continue;
            }
            let tree = tree.unwrap_or_else(|error| panic!("{rules:?}: {error}"));
            let (_, top) = tree.root().expect("it is listed");
            assert!(top.is_closed(b"closed"), "{rules:?}");
            let closed = top.directory(b"closed").expect("listed").expect("no mount");
            let inside = closed.entries(&Silent);
            assert!(
                matches!(inside, Err(TreeError::NotListed { .. })),
                "{rules:?}"
            );
        }
    }
}
