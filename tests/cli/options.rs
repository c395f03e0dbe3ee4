//! What `imgtool import` leaves out, refuses, or only rehearses.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use fixtures::archive::{Options, TarBuilder, write};
use fixtures::image::Arch;
use fixtures::tree::{Node, Privilege, TreeSpec};

use crate::archives::{escaping, image, tar_gz};
use crate::sandbox::Sandbox;

/// What `tar` finds when nobody stops it at `/proc` and `/sys`.
fn live() -> TreeSpec {
    image(Arch::X86_64)
        .with(Node::dir("proc/1"))
        .with(Node::file("proc/1/environ", "HOME=/"))
        .with(Node::file("proc/cpuinfo", "processor : 0"))
        .with(Node::dir("sys/class"))
        .with(Node::file("sys/class/x", "1"))
}

#[test]
fn captured_proc_and_sys_are_refused_with_the_option_that_drops_them() {
    let sandbox = Sandbox::new();
    sandbox.file("live.tar.gz", &tar_gz(&live()));
    let import = ["import", "live.tar.gz", "--into", "new"];
    let answer = sandbox.run(&import).expect(3);
    assert_eq!(
        answer.stderr,
        "error: archive `live.tar.gz`, member `./proc/1/`: it belongs to a `/proc` that was archived while a system was running
help: leave such content out with --exclude '/proc/*' --exclude '/sys/*'
"
    );
    assert_eq!(sandbox.names(), ["live.tar.gz"]);

    let proc_only = [&import[..], &["--exclude", "/proc/*"]].concat();
    let answer = sandbox.run(&proc_only).expect(3);
    assert!(answer.stderr.contains("a `/sys` that"), "{answer:#?}");

    let both = [&proc_only[..], &["--exclude", "/sys/*"]].concat();
    let answer = sandbox.run(&both).expect(0);
    assert!(
        answer
            .stdout
            .contains("  filtered  5 members left out by the filter\n"),
        "{answer:#?}"
    );
    sandbox.import(&image(Arch::X86_64), "clean");
    sandbox.run(&["diff", "clean", "new"]).expect(0);

    // Who asks for it gets it.
    let kept = ["--include", "/proc/***", "--exclude=/sys/*", "--replace"];
    sandbox.run(&[&import[..], &kept].concat()).expect(0);
    assert!(sandbox.has("new/proc/1/environ"));
}

/// All paths beneath a directory, parents before their children.
fn paths(directory: &Path, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in fixtures::snapshot::names(directory) {
        let path = format!("{prefix}{name}");
        let below = directory.join(&name);
        found.push(path.clone());
        if below.is_dir() {
            found.extend(paths(&below, &format!("{path}/")));
        }
    }
    found
}

#[test]
fn filters_choose_as_rsync_does() {
    let sandbox = Sandbox::new();
    let tree = TreeSpec::new()
        .with(Node::dir("").mode(0o755))
        .with(Node::dir("a"))
        .with(Node::file("a/x.o", "1"))
        .with(Node::file("a/keep.o", "2"))
        .with(Node::dir("a/b"))
        .with(Node::file("a/b/y", "3"))
        .with(Node::file("c", "4"))
        .with(Node::hard_link("d", "c"));
    sandbox.file("t.tar", &write(&tree, Options::gnu_tar()));
    sandbox.file("rules", b"# comment\n+ keep.o\n- *.o\n");
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["a", "a/b", "a/b/y", "a/keep.o", "a/x.o", "c", "d"]),
        (&["--exclude", "*.o"], &["a", "a/b", "a/b/y", "c", "d"]),
        (
            &["--include", "keep.o", "--exclude", "*.o"],
            &["a", "a/b", "a/b/y", "a/keep.o", "c", "d"],
        ),
        (
            &["--exclude", "*.o", "--include", "keep.o"],
            &["a", "a/b", "a/b/y", "c", "d"],
        ),
        (
            &["--exclude-from", "rules"],
            &["a", "a/b", "a/b/y", "a/keep.o", "c", "d"],
        ),
        (&["--filter", "- /a/"], &["c", "d"]),
        (
            &["--filter", "merge rules", "--exclude=b/"],
            &["a", "a/keep.o", "c", "d"],
        ),
        (
            &["--exclude", "/d"],
            &["a", "a/b", "a/b/y", "a/keep.o", "a/x.o", "c"],
        ),
    ];
    for (filters, expected) in cases {
        let import = ["import", "t.tar", "--into", "new", "--replace"];
        let answer = sandbox.run(&[&import[..], filters].concat());
        assert!(
            matches!(answer.status, Some(0 | 1)),
            "{filters:?} {answer:#?}"
        );
        assert_eq!(paths(&sandbox.path("new"), ""), *expected, "{filters:?}");
    }
    // One of two names of a file cannot be had without the other's content.
    let half = ["import", "t.tar", "--into", "half", "--exclude", "/c"];
    let answer = sandbox.run(&half).expect(3);
    assert_eq!(
        answer.stderr,
        "error: archive `t.tar`, member `./d`: it is a hard link to `c`, which the filter leaves out by `- /c`
help: leave out all names of a file, or none
"
    );
    let answer = sandbox
        .run(&["import", "t.tar", "--into", "bad", "--filter", "x"])
        .expect(2);
    assert!(answer.stderr.starts_with("error: "), "{answer:#?}");
    let answer = sandbox
        .run(&["import", "t.tar", "--into", "bad", "--exclude-from", "none"])
        .expect(4);
    assert!(answer.stderr.contains("none"), "{answer:#?}");
    assert!(!sandbox.has("bad"));
}

#[test]
fn a_dry_run_judges_everything_and_writes_nothing() {
    let sandbox = Sandbox::with_archives();
    sandbox.file("escaping.tar", &escaping());
    let names = sandbox.names();
    let import = ["import", "arm64.tar.gz", "--into", "new"];
    let rehearse = [&import[..], &["--dry-run"]].concat();
    let dry = sandbox.run(&rehearse).expect(0);
    assert_eq!(sandbox.names(), names);
    assert!(dry.stdout.contains("\n  written   nothing\n"), "{dry:#?}");
    assert!(dry.stdout.contains("note[packed-not-checked]"), "{dry:#?}");

    let wrong = [&rehearse[..], &["--arch", "x86_64"]].concat();
    let answer = sandbox.run(&wrong).expect(3);
    assert!(answer.stderr.contains("aarch64"), "{answer:#?}");
    sandbox
        .run(&["import", "escaping.tar", "--into", "new", "-n"])
        .expect(3);
    assert_eq!(sandbox.names(), names);

    // It tells what the import itself then tells.
    let json = |arguments: &[&str]| {
        let arguments = [arguments, &["--format", "json"]].concat();
        let mut object = sandbox.run(&arguments).expect(0).objects().remove(0);
        let members = object.as_object_mut().expect("an object");
        let published = members.remove("published");
        members.remove("seconds");
        // What is packed in files shows once they are written.
        let packed = members.remove("packed").expect("it is told");
        members.remove("efi");
        assert_eq!(packed.is_null(), published == Some(false.into()));
        (published, object)
    };
    let (published, told) = json(&rehearse);
    assert_eq!(published, Some(false.into()));
    let (published, done) = json(&import);
    assert_eq!(published, Some(true.into()));
    assert_eq!(told, done);

    // What stands there would have to be replaced.
    sandbox.run(&rehearse).expect(3);
    let inode = fs::metadata(sandbox.path("new")).expect("stands").ino();
    let answer = sandbox
        .run(&[&rehearse[..], &["--replace"]].concat())
        .expect(0);
    assert!(
        answer
            .stdout
            .ends_with("\n  written   nothing; the tree there would be replaced\n"),
        "{answer:#?}"
    );
    let after = fs::metadata(sandbox.path("new")).expect("stands").ino();
    assert_eq!(inode, after);
}

#[test]
fn strict_is_an_error_where_something_would_be_lost() {
    let sandbox = Sandbox::new();
    let tree = image(Arch::X86_64).with(Node::char_device("dev/null", 1, 3));
    sandbox.file("t.tar", &write(&tree, Options::gnu_tar()));
    let import = ["import", "t.tar", "--into", "new", "--strict"];
    let answer = sandbox.run(&import);
    if Privilege::current() == Privilege::Root {
        answer.expect(0);
        let device = fs::symlink_metadata(sandbox.path("new/dev/null")).expect("was made");
        assert!(device.file_type().is_char_device());
        return;
    }
    let answer = answer.expect(3);
    assert_eq!(
        answer.stderr,
        "error: archive `t.tar`, member `./dev/null`: with --strict nothing may be left out, but only root can make device nodes
help: run the command as root, or without --strict
"
    );
    assert_eq!(sandbox.names(), ["t.tar"]);
    let answer = sandbox.run(&import[..4]).expect(0);
    assert_eq!(
        answer.stderr,
        "warning: 1 device node left out: only root can make them\n"
    );
}

#[test]
fn a_hard_link_may_come_before_what_it_names() {
    let sandbox = Sandbox::new();
    let archive = TarBuilder::new()
        .hard_link("first", "d/second")
        .file("d/second", "content")
        .finish();
    sandbox.file("t.tar", &archive);
    sandbox.run(&["import", "t.tar", "--into", "new"]).expect(1);
    let inode = |name| fs::metadata(sandbox.path(name)).expect("was made").ino();
    assert_eq!(inode("new/first"), inode("new/d/second"));
    sandbox.run(&["diff", "new", "t.tar"]).expect(0);
}
