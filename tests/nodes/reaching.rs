//! Whether a node is reached, and what is told if it is not.

use std::fs;

use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::Silent;
use libimage::node::{NodeError, Shell};

use crate::node::{listed, live, manifest_of, node};
use crate::server::{Programs, Server};

fn shell(command: &str) -> Shell {
    Shell::parse(command.as_ref())
        .expect("a command")
        .batch(true)
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn a_node_that_is_not_reached_is_told_with_what_ssh_says() {
    let server = Server::with(Programs::tools());
    let dir = tempfile::tempdir().expect("a directory");
    let gone = Server::with(Programs::tools()).rsh();
    for (command, said, help) in [
        (server.stranger(), "Permission denied", "give ssh a key"),
        (
            server.of_other_key(),
            "Host key verification failed",
            "ssh-keygen -R",
        ),
        (gone, "", "try the same by hand: ssh -F "),
        (
            format!("{} -o HostName=nowhere.invalid", server.rsh()),
            "nowhere.invalid",
            "by hand",
        ),
        (
            format!("{} -o Nonsense=yes", server.rsh()),
            "onsense",
            "by hand",
        ),
        ("false".to_owned(), "", "by hand: false node001 true"),
        ("true".to_owned(), "", "by hand: true node001 true"),
    ] {
        let error = listed(dir.path(), shell(&command), |_| {}, &Silent);
        let error = error.map(|_| ()).expect_err(&command);
        assert!(
            matches!(error, NodeError::Unreachable { .. }),
            "{command}: {error:?}"
        );
        assert_eq!(error.kind(), ErrorKind::System);
        let text = error.to_string();
        assert!(text.starts_with("cannot reach `node001:/"), "{text}");
        assert!(text.contains(said), "{text}");
        assert!(
            error.help().is_some_and(|text| text.contains(help)),
            "{:?}",
            error.help()
        );
    }
    let error = listed(dir.path(), shell("/nowhere/ssh"), |_| {}, &Silent);
    assert!(matches!(error, Err(NodeError::Start(_))));
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn what_a_login_shell_says_is_passed_over() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("file"), "x").expect("a new name");
    let expected = manifest_of(&live(dir.path()));
    let path = Programs::tools();
    let path = path.path().display();
    for before in [
        "echo Welcome; echo; echo Careful >&2;",
        "printf 'no newline'; printf 'nor here' >&2;",
        "printf 'imgtool-node 0\\n';",
    ] {
        let server = Server::running(&format!("{before} PATH={path} exec /bin/sh"));
        let tree = listed(
            dir.path(),
            server.shell(),
            |options| options.content = true,
            &Silent,
        );
        let tree = tree.unwrap_or_else(|error| panic!("{before}: {error}"));
        assert_eq!(manifest_of(&tree), expected, "{before}");
    }
    // Not without an end.
    let server = Server::running("yes");
    let error = listed(dir.path(), server.shell(), |_| {}, &Silent);
    assert!(matches!(error, Err(NodeError::Malformed { .. })));
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn a_port_and_a_user_are_told_to_ssh() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::with(Programs::tools());
    let name = format!(
        "ssh://root@127.0.0.1:{}{}",
        server.port(),
        dir.path().display()
    );
    let node = libimage::node::Node::parse(name.as_bytes())
        .expect("valid")
        .expect("a node");
    let mut options = libimage::node::Options::default();
    options.shell = server.shell();
    let tree = libimage::node::list(&node, &options, &Silent).expect("it is there");
    assert_eq!(manifest_of(&tree), manifest_of(&live(dir.path())));
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn a_directory_that_is_not_there_is_told() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("file"), "x").expect("a new name");
    let server = Server::with(Programs::imgtool());
    for name in ["nothing", "file", "file/x"] {
        let error = listed(&dir.path().join(name), server.shell(), |_| {}, &Silent);
        let error = error.map(|_| ()).expect_err(name);
        assert!(matches!(error, NodeError::NoDirectory { .. }), "{error:?}");
        let expected = format!("cannot enter `{}`", node(&dir.path().join(name)));
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
