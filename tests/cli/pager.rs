//! Text on a terminal goes through a pager, as git does it.

use std::fs;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::sandbox::Sandbox;

/// What the program writes on a terminal, and its status.
fn on_terminal(sandbox: &Sandbox, arguments: &[&str], pager: &[(&str, &str)]) -> (String, i32) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let terminal = openpt(flags).expect("there are terminals");
    grantpt(&terminal).expect("it is ours");
    unlockpt(&terminal).expect("it is ours");
    let name = ptsname(&terminal, Vec::new()).expect("it has a name");
    let side = fs::OpenOptions::new()
        .write(true)
        .open(name.to_str().expect("ASCII"))
        .expect("it is ours");
    let mut command = sandbox.command(arguments);
    command.envs(pager.iter().copied());
    let mut child = command
        .stdout(Stdio::from(OwnedFd::from(side)))
        .stderr(Stdio::null())
        .spawn()
        .expect("it was built");
    // The command holds the other side open until it is done with it.
    drop(command);
    let mut shown = Vec::new();
    let mut terminal = fs::File::from(terminal);
    // A terminal that nobody writes to any more fails with EIO.
    let _ = terminal.read_to_end(&mut shown);
    let status = child.wait().expect("it ends").code().expect("no signal");
    let shown = String::from_utf8(shown).expect("UTF-8");
    (shown.replace("\r\n", "\n"), status)
}

/// Writes a program that may be run.
fn program(sandbox: &Sandbox, name: &str, text: &str) -> String {
    sandbox.file(name, format!("#!/bin/sh\n{text}\n").as_bytes());
    let path = sandbox.path(name);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn text_on_a_terminal_goes_through_a_pager() {
    let sandbox = Sandbox::new();
    for (path, text) in [("a/one", "1"), ("b/two", "2")] {
        let path = sandbox.path(path);
        fs::create_dir(path.parent().expect("in a directory")).expect("ours");
        fs::write(path, text).expect("a new name");
    }
    let ours = program(&sandbox, "ours", "echo \"ours $* LESS=$LESS\"; cat");
    let theirs = program(&sandbox, "theirs", "echo theirs; cat");
    let quits = program(&sandbox, "quits", "exec <&-; echo enough; exit 3");
    let two = format!("{ours} -x y");
    // The second in which each was made does not count.
    let diff = ["diff", "a", "b", "--name-only", "--modify-window", "100000"];
    let names = "one\ntwo\n";
    let plain = &[][..];
    for (what, more, pager, heading) in [
        ("no variable, no less", plain, &[("PATH", "")][..], ""),
        (
            "its own variable",
            plain,
            &[("IMGTOOL_PAGER", &*ours), ("PAGER", &theirs)],
            "ours  LESS=FRX\n",
        ),
        (
            "everybody's variable",
            plain,
            &[("PAGER", &theirs)],
            "theirs\n",
        ),
        (
            "arguments",
            plain,
            &[("PAGER", &two)],
            "ours -x y LESS=FRX\n",
        ),
        (
            "options of less",
            plain,
            &[("PAGER", &ours), ("LESS", "S")],
            "ours  LESS=S\n",
        ),
        ("none", plain, &[("PAGER", "")], ""),
        ("cat", plain, &[("PAGER", "cat")], ""),
        ("not there", plain, &[("PAGER", "/does/not/exist")], ""),
        ("not wanted", &["--no-pager"], &[("PAGER", &ours)], ""),
    ] {
        let (shown, status) = on_terminal(&sandbox, &[&diff[..], more].concat(), pager);
        assert_eq!(shown, format!("{heading}{names}"), "{what}");
        assert_eq!(status, 1, "{what}");
    }
    // Other formats are for programs.
    let pager = [("PAGER", &*ours)];
    let (shown, _) = on_terminal(&sandbox, &["diff", "a", "b", "--format", "itemize"], &pager);
    assert!(!shown.contains("ours"), "{shown}");
    // Colours are those of the terminal behind it.
    let (shown, _) = on_terminal(&sandbox, &["diff", "a", "b"], &pager);
    assert!(shown.contains("\x1b["), "{shown}");
    // What is no name stands as patch(1) has it.
    let patch = ["diff", "a", "b", "--patch", "one", "--no-pager"];
    let (shown, _) = on_terminal(&sandbox, &patch, &[]);
    let end = "\n\\ No newline at end of file\n";
    assert!(shown.contains("+1") && shown.contains(end), "{shown}");
    // One that has enough is no failure.
    let (shown, status) = on_terminal(&sandbox, &diff, &[("PAGER", &quits)]);
    assert_eq!((&*shown, status), ("enough\n", 1));
    // Nobody asks for one where no terminal is.
    let mut command = sandbox.command(&diff);
    let child = command.env("PAGER", &ours).spawn().expect("it was built");
    assert_eq!(sandbox.answer(child).stdout, names);
}
