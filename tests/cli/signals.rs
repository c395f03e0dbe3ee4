//! SIGINT and SIGTERM: what was begun is undone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};

use fixtures::archive::{Options, write};
use fixtures::compress::{Codec, compress};
use fixtures::image::Arch;
use fixtures::tree::Node;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};

use crate::archives::image;
use crate::sandbox::Sandbox;

/// An archive that is larger than what is read ahead, packed or not.
fn large() -> Vec<u8> {
    // Numbers of the minimal standard generator, in which gzip finds nothing.
    let mut state = 1_u64;
    let mut next = || {
        state = state * 48_271 % 0x7fff_ffff;
        state.to_le_bytes()[1]
    };
    let noise: Vec<u8> = (0..4 << 20).map(|_| next()).collect();
    let tree = image(Arch::X86_64).with(Node::file("noise", noise));
    write(&tree, Options::gnu_tar())
}

/// Starts an import whose input stops in the middle, and waits until it has
/// begun to write.
fn stalled(sandbox: &Sandbox, archive: &[u8], more: &[&str]) -> (Child, ChildStdin) {
    let arguments = ["import", "-", "--into", "new", "--progress", "always"];
    let mut child = sandbox
        .command(&[&arguments[..], more].concat())
        .stdin(Stdio::piped())
        .spawn()
        .expect("it was built");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(archive).expect("it is read");
    let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut line = String::new();
    while !line.starts_with("progress: importing") {
        line.clear();
        let read = stderr.read_line(&mut line).expect("it is text");
        assert_ne!(read, 0, "it ended before it began");
    }
    // What it says from here on goes nowhere, which must not trouble it.
    (child, stdin)
}

fn send(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process has a number"), signal).expect("it is alive");
}

#[test]
fn a_signal_undoes_an_import_that_waits_for_input() {
    let large = large();
    let cut = &large[..large.len() / 2];
    let packed = compress(cut, Codec::Gzip);
    let cases: &[(&str, &[u8], &[Signal])] = &[
        ("SIGINT", cut, &[Signal::INT]),
        ("SIGTERM", cut, &[Signal::TERM]),
        ("SIGINT twice", cut, &[Signal::INT, Signal::INT]),
        ("SIGINT, compressed", &packed, &[Signal::INT]),
    ];
    for (name, archive, signals) in cases {
        let sandbox = Sandbox::new();
        let (mut child, stdin) = stalled(&sandbox, archive, &[]);
        assert!(sandbox.has(".imgtool"), "{name}");
        for signal in *signals {
            send(&child, *signal);
        }
        let status = child.wait().expect("it ends");
        drop(stdin);
        assert_eq!(status.code(), Some(130), "{name}");
        assert_eq!(sandbox.names(), [""; 0], "{name}");
    }
}

#[test]
fn the_tree_to_be_replaced_stays() {
    let sandbox = Sandbox::with_archives();
    sandbox
        .run(&["import", "amd64.tar.gz", "--into", "new"])
        .expect(0);
    let before = sandbox.names();
    let large = large();
    let (mut child, stdin) = stalled(&sandbox, &large[..large.len() / 2], &["--replace"]);
    send(&child, Signal::INT);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    drop(stdin);
    assert_eq!(sandbox.names(), before);
    sandbox.run(&["diff", "amd64.tar.gz", "new"]).expect(0);
    let private = std::fs::read_dir(sandbox.path(".imgtool")).expect("records of the tree");
    assert_eq!(private.count(), 2, "the manifest and the origin");
}

#[test]
fn an_interrupt_before_the_first_byte_is_told_as_one() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).expect("anyone may make a pipe");
    let import = ["import", "pipe", "--into", "new"];
    let child = sandbox.command(&import).spawn().expect("it was built");
    // Opening waits until the other side is open too, so it is reading.
    let writer = std::fs::OpenOptions::new().write(true).open(&pipe);
    send(&child, Signal::INT);
    let answer = sandbox.answer(child).expect(130);
    drop(writer);
    assert_eq!(
        answer.stderr,
        "error: interrupted\n\
         help: what was begun has been undone; run the same command again\n"
    );
    assert_eq!(sandbox.names(), ["pipe"]);
}

#[test]
fn a_signal_ends_the_wait_for_a_file_of_rules() {
    let sandbox = Sandbox::new();
    for tree in ["a", "b"] {
        std::fs::create_dir(sandbox.path(tree)).expect("ours");
    }
    let pipe = sandbox.path("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).expect("anyone may make a pipe");
    for line in [
        "diff a b --exclude-from pipe",
        "diff a b --bcm-excludes pipe",
        "diff a b --against-synclog pipe",
        "diff a --nodes-from pipe",
        "excludes check pipe",
        "manifest a --listing --exclude-from pipe",
        "lint a --policy pipe",
    ] {
        let arguments: Vec<_> = line.split_whitespace().collect();
        let child = sandbox.command(&arguments).spawn().expect("it was built");
        // Opening waits until the other side is open too, so it is reading.
        let writer = std::fs::OpenOptions::new().write(true).open(&pipe);
        send(&child, Signal::INT);
        let answer = sandbox.answer(child).expect(130);
        assert!(
            answer.stderr.starts_with("error: interrupted\n"),
            "{line}: {answer:#?}"
        );
        drop(writer);
    }
}
