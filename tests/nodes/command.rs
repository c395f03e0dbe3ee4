//! Nodes on the command line.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::server::{Programs, Server};

/// Two trees and a server, and a directory to run in.
struct Site {
    dir: TempDir,
    server: Server,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        for (path, text) in [
            ("image/etc/fstab", "image"),
            ("image/etc/hosts", "hosts"),
            ("node/etc/fstab", "node"),
            ("node/scratch/user/data", "precious"),
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("in a directory")).expect("ours");
            fs::write(path, text).expect("a new name");
        }
        fs::write(
            dir.path().join("excludes"),
            "- /scratch/*\nno-new-files: - /etc/hosts\n",
        )
        .expect("ours");
        Self {
            dir,
            server: Server::with(Programs::tools()),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A directory as one of the node.
    fn node(&self, name: &str) -> String {
        format!("node001:{}", self.path(name).display())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgtool"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env("IMGTOOL_SSH", self.server.rsh());
        command.output().expect("it was built")
    }
}

/// How a command ended and what it wrote.
fn shown(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn a_node_is_either_side_of_a_comparison() {
    let site = Site::new();
    for rules in [
        &[][..],
        &["--bcm-excludes", "excludes"],
        &["--exclude", "/scratch/*"],
    ] {
        for (source, target) in [("image", "node"), ("node", "image")] {
            let run = |source: &str, target: &str| {
                let arguments = ["diff", source, target, "--format", "itemize"];
                shown(&site.run(&[&arguments, rules].concat()))
            };
            let here = run(source, target);
            assert_eq!(here.0, Some(1), "{here:?}");
            assert_eq!(run(&site.node(source), target), here);
            assert_eq!(run(source, &site.node(target)), here);
        }
    }
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn a_listing_serves_as_its_tree() {
    let site = Site::new();
    let arguments = [
        "manifest",
        "--listing",
        &site.node("node"),
        "-o",
        "node.listing",
        "--exclude",
        "/scratch/*",
    ];
    let (status, _, said) = shown(&site.run(&arguments));
    assert_eq!((status, &*said), (Some(0), "5 entries, 4 bytes\n"));
    let listing = fs::read_to_string(site.path("node.listing")).expect("it was written");
    assert!(listing.starts_with("imgtool-listing 1\n"), "{listing}");
    let closed: Vec<_> = listing
        .lines()
        .filter(|line| line.starts_with("x "))
        .collect();
    assert!(
        matches!(closed[..], [line] if line.ends_with(" scratch/user")),
        "{listing}"
    );

    let run = |target: &str| {
        shown(&site.run(&[
            "diff",
            "image",
            target,
            "--format",
            "itemize",
            "--exclude",
            "/scratch/*",
        ]))
    };
    assert_eq!(run("node.listing"), run("node"));
    // Without the rules nobody knows what is in there.
    let (status, _, said) = shown(&site.run(&["diff", "image", "node.listing"]));
    assert_eq!(status, Some(2));
    assert!(
        said.contains("was left out when the tree was listed"),
        "{said}"
    );
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn what_is_left_out_is_not_missed_by_the_review() {
    let site = Site::new();
    for tree in ["image", "node"] {
        let status = site.path(tree).join("var/lib/dpkg");
        fs::create_dir_all(&status).expect("a new name");
        let package = "Package: x\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n";
        fs::write(status.join("status"), package).expect("a new name");
        fs::create_dir_all(status.join("info")).expect("a new name");
        fs::write(status.join("info/x.list"), "/.\n/etc\n/etc/fstab\n").expect("a new name");
    }
    for rule in [
        "/var",
        "/var/*",
        "/var/lib/dpkg",
        "/var/lib/dpkg/*",
        "/etc",
        "/etc/*",
    ] {
        for (source, target) in [("image", "node"), ("node", "image")] {
            for pair in [[source, &site.node(target)], [&site.node(source), target]] {
                let [source, target] = pair;
                let output = shown(&site.run(&["diff", source, target, "--exclude", rule]));
                assert_eq!(output.0, Some(1), "{rule}: {output:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn commands_that_read_files_say_what_to_do_instead() {
    let site = Site::new();
    let node = site.node("node");
    for arguments in [
        &["verify-arch", &node][..],
        &["lint", &node],
        &["excludes", "check", "excludes", &node],
    ] {
        let (status, _, said) = shown(&site.run(arguments));
        assert_eq!(status, Some(2), "{said}");
        assert!(
            said.contains("reads files, so it takes no tree on a node"),
            "{said}"
        );
        assert!(
            said.contains("run it there: ssh node001 imgtool "),
            "{said}"
        );
    }
    let (status, out, _) = shown(&site.run(&["inspect", &node]));
    assert_eq!(status, Some(0));
    assert!(out.contains(": node\n  entries   "), "{out}");
    let (status, out, _) = shown(&site.run(&["manifest", &node]));
    let here = shown(&site.run(&["manifest", "node"]));
    assert_eq!((status, &out), (Some(0), &here.1));
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn no_name_becomes_an_option_or_the_wrong_tree() {
    let site = Site::new();
    let proof = site.path("proof");
    let command = "-oProxyCommand=touch${IFS}proof:/";
    fs::create_dir(site.path("node001:")).expect("a new name");
    for (arguments, part) in [
        (
            &["diff", "image", "--", command][..],
            "would be taken for an option",
        ),
        (
            &["diff", "image", "ssh://-oProxyCommand=x/"],
            "would be taken for an option",
        ),
        (
            &["diff", "image", "node001:/"],
            "may be a path here, which exists",
        ),
        (
            &["diff", "image", "node001:etc"],
            "names no directory on a node",
        ),
        (
            &["diff", "image", "fe80::1:/"],
            "an address without brackets",
        ),
        (
            &["diff", "image", "a:/", "--rsh", "'ssh"],
            "a quote is not closed",
        ),
        (
            &["diff", "image", "ssh://a:1/", "--rsh", "rsh"],
            "cannot tell `rsh` the port",
        ),
    ] {
        let (status, _, said) = shown(&site.run(arguments));
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
        assert!(said.contains("\nhelp: "), "{said}");
    }
    assert!(!proof.exists());
    let (status, out, said) = shown(&site.run(&["diff", "image", "./node001:/"]));
    assert_eq!(status, Some(1), "{out}{said}");
}
