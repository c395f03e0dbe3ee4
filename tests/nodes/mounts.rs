//! What is mounted on a node is named and no part of its tree.

use std::fs;

use fixtures::mount::Mount;
use libimage::entry::Kind;
use libimage::monitor::Silent;
use libimage::tree::{Directory, Tree};

use crate::heard::Heard;
use crate::node::{listed, live};
use crate::server::{Programs, Server};

/// Names with what they are, all that is beneath a directory.
fn names(directory: &dyn Directory) -> Vec<String> {
    let mut names = Vec::new();
    for entry in directory.entries(&Silent).expect("it is listed") {
        let path = directory.path().join(&entry.name);
        names.push(format!("{path} {}", entry.kind.word()));
        if entry.kind == Kind::Directory {
            let inner = directory
                .directory(&entry.name)
                .expect("listed")
                .expect("no mount");
            names.extend(self::names(&*inner));
        }
    }
    names
}

#[test]
#[ignore = "needs root to mount, and sshd; .ci/run runs it"]
fn what_is_mounted_is_named_once_and_not_entered() {
    let dir = tempfile::tempdir().expect("a place for the tree");
    let path = |name: &str| dir.path().join(name);
    for name in ["tree/a b", "tree/bound", "tree/etc", "outside/inner"] {
        fs::create_dir_all(path(name)).expect("a new name");
    }
    fs::write(path("outside/inner/secret"), "x").expect("a new name");
    fs::write(path("tree/etc/resolv.conf"), "own").expect("a new name");
    let text = |name: &str| path(name).to_str().expect("UTF-8").to_owned();
    let _mounts = [
        Mount::new(&["-t", "tmpfs", "none"], &path("tree/a b")),
        Mount::new(&["--bind", &text("outside")], &path("tree/bound")),
        Mount::new(
            &["--bind", &text("outside/inner/secret")],
            &path("tree/etc/resolv.conf"),
        ),
    ];
    fs::write(path("tree/a b/secret"), "x").expect("a new name");
    let tree = path("tree");
    let (_, here) = live(&tree).root().expect("a directory");
    let expected = names(&*here);
    assert_eq!(expected.len(), 4, "{expected:?}");
    for programs in [Programs::imgtool(), Programs::tools()] {
        let server = Server::with(programs);
        let heard = Heard::default();
        let node = listed(&tree, server.shell(), |_| {}, &heard).expect("it is there");
        let (_, there) = node.root().expect("it is listed");
        assert_eq!(names(&*there), expected);
        assert_eq!(node.mounts().len(), 3);
        let lines = heard.lines();
        let [line] = &lines[..] else {
            panic!("{lines:?}");
        };
        for part in ["tmpfs at `a b`", "`bound`", "`etc/resolv.conf`"] {
            assert!(line.contains(part), "{line}");
        }
    }
}
