//! Errors: what failed, on which path, why, and what to do.

use crate::archives::escaping;
use crate::sandbox::Sandbox;

#[test]
fn an_error_says_what_where_why_and_what_to_do() {
    let sandbox = Sandbox::with_trees();
    sandbox.file("escaping.tar", &escaping());
    let cases = [
        (
            "verify-arch absent",
            "error: cannot open directory `absent`\n\
             caused by: No such file or directory (os error 2)\n",
        ),
        (
            "import amd64.tar.gz --into arm64",
            "error: `$DIR/arm64` exists already\n\
             help: give --replace to swap the new tree in, or choose another place\n",
        ),
        (
            "import amd64.tar.gz --into absent/x",
            "error: `absent/x` cannot be made: there is no directory `absent`\n\
             help: make that directory first (mkdir -p), or correct the path\n",
        ),
        (
            "clone amd64 absent/there/x",
            "error: `absent/there/x` cannot be made: there is no directory `absent/there`\n\
             help: make that directory first (mkdir -p), or correct the path\n",
        ),
        (
            "restore absent.tar.zst --into absent/x",
            "error: `absent/x` cannot be made: there is no directory `absent`\n\
             help: make that directory first (mkdir -p), or correct the path\n",
        ),
        (
            "clone absent x",
            "error: cannot open directory `absent`\n\
             caused by: No such file or directory (os error 2)\n",
        ),
        (
            "import amd64.tar.gz --into x --limit entries=3",
            "error: archive `amd64.tar.gz`, member `./boot/System.map-6.8.0-51-generic`: more than 3 members\n\
             help: if the archive is trusted, raise the limit with --limit entries=N\n",
        ),
        (
            "import amd64.tar.gz --into x --arch aarch64",
            "error: archive `amd64.tar.gz` is not what was demanded; the tree is x86_64, not \
             aarch64: 17 of 17 ELF files are x86_64, such as `usr/bin/bash`, …\n\
             help: import the archive that was meant, or correct --arch, --distro or --kind; \
             nothing was published\n",
        ),
        (
            "manifest amd64 -o absent/x",
            "error: cannot write `absent/x`\n\
             caused by: No such file or directory (os error 2)\n\
             help: make that directory first (mkdir -p), or correct the path\n",
        ),
        (
            "backup amd64 --to absent/x",
            "error: cannot write `absent/x`\n\
             caused by: No such file or directory (os error 2)\n\
             help: make that directory first (mkdir -p), or correct the path\n",
        ),
    ];
    for (line, expected) in cases {
        let arguments: Vec<_> = line.split_whitespace().collect();
        let answer = sandbox.run(&arguments);
        // `…` stands for the rest of a line.
        let lines = || answer.stderr.lines().zip(expected.lines());
        let like = |(line, expected): (&str, &str)| match expected.strip_suffix('…') {
            Some(start) => line.starts_with(start),
            None => line == expected,
        };
        let same_length = answer.stderr.lines().count() == expected.lines().count();
        assert!(lines().all(like) && same_length, "{line}: {answer:#?}");
        assert_eq!(answer.stdout, "", "{line}");
    }
}

#[test]
fn what_to_run_on_a_node_names_it_as_the_user_did() {
    let sandbox = Sandbox::new();
    for (node, expected) in [
        ("node001:/cm", "ssh node001 imgtool lint /cm\n"),
        ("root@node001:/", "ssh root@node001 imgtool lint /\n"),
        (
            "ssh://root@node001:2222/",
            "ssh -p 2222 root@node001 imgtool lint /\n",
        ),
    ] {
        let answer = sandbox.run(&["lint", node]).expect(2);
        let help = format!("help: run it there: {expected}");
        assert!(answer.stderr.ends_with(&help), "{answer:?}");
    }
}
