//! `imgtool clone`.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use crate::sandbox::Sandbox;

#[test]
fn the_report_tells_what_was_cloned_and_how() {
    let sandbox = Sandbox::with_trees();
    let arguments = ["clone", "arm64", "new", "--reflink", "never", "--verify"];
    let answer = sandbox.run(&arguments).expect(0);
    let (head, how) = answer.stdout.split_once("  how  ").expect("a row");
    assert_eq!(
        head,
        "cloned `arm64` as `$DIR/new`\n  entries   …\n  content   …\n"
    );
    let mut rows = how.lines();
    let ways = rows.next().expect("it is a row");
    assert!(
        ways.contains(" files copied, ") && !ways.contains("reflinked"),
        "{ways}"
    );
    let rest: Vec<_> = rows.collect();
    let expected = [
        "  verified  source and clone were read and are equal",
        "  digest    <digest>",
        "  time      …",
    ];
    assert_eq!(rest, expected);
    assert_eq!(answer.stderr, "");
    sandbox
        .run(&["diff", "arm64", "new", "--checksum"])
        .expect(0);
    let manifest = [".imgtool/new.manifest", "arm64"];
    sandbox
        .run(&["diff", "--checksum", manifest[0], manifest[1]])
        .expect(0);

    let answer = sandbox
        .run(&["clone", "amd64", "new", "--replace"])
        .expect(0);
    assert!(
        answer
            .stdout
            .ends_with("  replaced  the former tree is removed\n"),
        "{answer:#?}"
    );
    sandbox
        .run(&["diff", "amd64", "new", "--checksum"])
        .expect(0);
    assert!(!sandbox.has(".imgtool/new.manifest"));
}

#[test]
fn json_has_the_same() {
    let sandbox = Sandbox::with_trees();
    let arguments = ["clone", "amd64", "new", "--verify", "--format", "json"];
    let objects = sandbox.run(&arguments).expect(0).objects();
    let [clone, summary] = &objects[..] else {
        panic!("{objects:?}");
    };
    assert_eq!(clone["type"], "clone");
    assert_eq!(clone["source"], "amd64");
    assert_eq!(clone["digest"], "<digest>");
    assert_eq!(clone["replaced"], false);
    let number = |name: &str| {
        clone[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name}: {clone}"))
    };
    assert!(number("bytes") > 0 && number("entries") > number("files"));
    let ways = number("reflinked_files") + number("copied_files");
    assert!(ways > 0 && ways <= number("files"), "{clone}");
    assert_eq!(summary["command"], "clone");
    assert_eq!(summary["exit_status"], 0);
}

#[test]
fn what_stands_there_is_replaced_only_when_told() {
    let sandbox = Sandbox::with_trees();
    let inode = || {
        fs::metadata(sandbox.path("amd64"))
            .expect("it stands")
            .ino()
    };
    let before = inode();
    let answer = sandbox.run(&["clone", "arm64", "amd64"]).expect(3);
    assert!(answer.stderr.contains("--replace"), "{answer:#?}");
    for destination in ["arm64", "arm64/etc", "arm64/new"] {
        let arguments = ["clone", "arm64", destination, "--replace"];
        let answer = sandbox.run(&arguments).expect(2);
        assert!(answer.stderr.contains("beside the tree"), "{answer:#?}");
    }
    assert_eq!(inode(), before);
    let arguments = [
        "clone",
        "arm64",
        "amd64",
        "--exclude",
        "/usr/***",
        "--replace",
    ];
    let answer = sandbox.run(&arguments).expect(0);
    assert!(
        answer.stdout.contains("\n  filtered  1 entry left out"),
        "{answer:#?}"
    );
    assert_ne!(inode(), before);
    assert!(sandbox.has("amd64/etc") && !sandbox.has("amd64/usr"));
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn what_is_missing_is_told_before_and_in_the_middle() {
    let sandbox = Sandbox::new();
    let small = sandbox.path("small");
    let _mounted = crate::room::small(&small);
    let tree = |name: &str, files: u32, size: usize| {
        fs::create_dir(sandbox.path(name)).expect("a new name");
        for number in 0..files {
            let file = sandbox.path(name).join(format!("f{number}"));
            fs::write(file, vec![b'x'; size]).expect("there is room");
        }
    };
    tree("large", 6, 1 << 20);
    tree("many", 200, 9000);
    tree("fits", 2, 1 << 20);
    // Holes take no room.
    tree("holes", 1, 10);
    let holes = fs::File::options()
        .write(true)
        .open(sandbox.path("holes/f0"));
    holes
        .and_then(|file| file.set_len(1 << 30))
        .expect("it is ours");
    let cases = [
        (
            "large",
            "it takes 6.0 MiB, ",
            "it takes about 6.0 MiB, 3.9 MiB could be written, about 2.0 MiB are missing",
        ),
        ("many", "it takes 201 inodes, ", "could be made, about 10"),
    ];
    for (name, before, within) in cases {
        let answer = sandbox.run(&["clone", name, "small/new"]).expect(4);
        assert!(answer.stderr.contains(before), "{name}: {answer:#?}");
        assert!(answer.stderr.contains("--no-room-check"), "{answer:#?}");
        let arguments = ["clone", name, "small/new", "--no-room-check"];
        let answer = sandbox.run(&arguments).expect(4);
        assert!(answer.stderr.contains(within), "{name}: {answer:#?}");
        assert!(answer.stderr.contains("No space left"), "{answer:#?}");
        let left = fixtures::snapshot::names(&small);
        assert!(left.is_empty(), "{left:?}");
    }
    sandbox.run(&["clone", "holes", "small/holes"]).expect(0);
    fs::remove_dir_all(sandbox.path("small/holes")).expect("ours");
    // What the disk of the source keeps in reserve behind a file's end is no need:
    // all but 25 blocks, so that it is close enough for a look at what is stored.
    tree("reserve", 39, 4096);
    let (size, more) = (960 * 4096, 1 << 20);
    let reserved = sandbox.path("reserve/large");
    fs::write(&reserved, vec![b'x'; size]).expect("there is room");
    let (offset, length) = (size.to_string(), more.to_string());
    let status = Command::new("fallocate")
        .args(["--keep-size", "-o", &offset, "-l", &length])
        .arg(&reserved)
        .status();
    assert!(status.expect("it is in the base system").success());
    sandbox.run(&["clone", "reserve", "small/new"]).expect(0);
    fs::remove_dir_all(sandbox.path("small/new")).expect("ours");
    sandbox.run(&["clone", "fits", "small/new"]).expect(0);
}

/// Only root can set every attribute and owner.
#[test]
#[ignore = "needs root to become another; .ci/run runs it"]
fn what_an_ordinary_user_cannot_make_is_told_or_refused() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("source")).expect("a new name");
    sandbox.file("source/file", b"x");
    let node = Command::new("mknod")
        .arg(sandbox.path("source/null"))
        .args(["c", "1", "3"])
        .status();
    assert!(node.expect("it is in the base system").success());
    let allow = |name: &str, mode: u32| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(sandbox.path(name), mode).expect("ours");
    };
    allow("", 0o777);
    let imgtool = sandbox.path("imgtool");
    fs::copy(env!("CARGO_BIN_EXE_imgtool"), imgtool).expect("there is room");
    let cases = [
        (0o777, &["--verify"][..], 0),
        (0o777, &["--strict"], 3),
        // Its owner may not move such a directory.
        (0o555, &["--verify"], 0),
    ];
    for (mode, more, status) in cases {
        allow("source", mode);
        let output = Command::new("setpriv")
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            .args(["./imgtool", "clone", "source", "new"])
            .args(more)
            .current_dir(sandbox.path(""))
            .output()
            .expect("it is in the base system");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{errors}");
        let lines: &[&str] = if status == 0 {
            &["1 device node left out", "2 owners replaced by you"]
        } else {
            &["with --strict nothing may be left out", "as root"]
        };
        for line in lines {
            assert!(errors.contains(line), "{line}: {errors}");
        }
        assert_eq!(sandbox.has("new/file"), status == 0);
        let _ = fs::remove_dir_all(sandbox.path("new"));
        let _ = fs::remove_dir_all(sandbox.path(".imgtool"));
    }
}
