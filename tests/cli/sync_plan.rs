//! `imgtool sync --save-plan` and `--plan`.

use std::fs;

use crate::sync::{alike, snapshot, trees};

#[test]
fn a_saved_plan_is_done_later_or_refused() {
    let sandbox = trees();
    sandbox
        .run(&["sync", "a", "b", "--save-plan", "plan"])
        .expect(1);
    let lines = |arguments: &[&str]| sandbox.run(arguments).expect(1).stdout;
    assert_eq!(
        lines(&["sync", "--plan", "plan", "--format", "itemize"]),
        lines(&["diff", "a", "b", "--format", "itemize"])
    );
    for (tree, file) in [
        ("b", "b/etc/word"),
        ("a", "a/new/file"),
        ("b", "b/gone/more"),
    ] {
        let sandbox = trees();
        sandbox
            .run(&["sync", "a", "b", "--save-plan", "plan"])
            .expect(1);
        sandbox.file(file, b"something else");
        let before = snapshot(&sandbox, "b");
        let refused = sandbox.run(&["sync", "--plan", "plan", "-w"]).expect(3);
        let name = file.split_once('/').expect("in a tree").1;
        let side = if tree == "a" { "source" } else { "target" };
        let told = format!("{side} `{name}`");
        assert!(refused.stderr.contains(&told), "{file}: {refused:?}");
        assert_eq!(before.touched(&snapshot(&sandbox, "b")), [""; 0], "{file}");
        assert!(!sandbox.has(".imgtool"), "{file}");
    }
    sandbox.run(&["sync", "--plan", "plan", "-w"]).expect(0);
    sandbox.run(&["diff", "a", "b"]).expect(0);
}

#[test]
fn a_plan_and_trees_do_not_go_together() {
    let sandbox = trees();
    sandbox
        .run(&["sync", "a", "b", "--save-plan", "plan"])
        .expect(1);
    for arguments in [
        &["sync", "a", "b", "--plan", "plan"][..],
        &["sync", "--plan", "plan", "--checksum"],
        &["sync", "--plan", "plan", "--save-plan", "other"],
        &["sync", "a"],
        &["sync"],
    ] {
        sandbox.run(arguments).expect(2);
    }
}

#[test]
fn a_saved_plan_shows_what_was_shown() {
    let sandbox = trees();
    sandbox.file("b/mine", b"stays");
    let [from, to] = ["a", "b"].map(|tree| sandbox.path(tree).display().to_string());
    for rules in [&[][..], &["--exclude", "mine", "--ignore", "mtime"]] {
        let compared = [&["sync", &from, &to, "--save-plan", "plan"], rules].concat();
        for format in ["text", "json"] {
            let format = ["--format", format];
            let shown = sandbox.run(&[&compared[..], &format].concat()).expect(1);
            let planned = [&["sync", "--plan", "plan"][..], &format].concat();
            let again = sandbox.run(&planned).expect(1);
            let lines = |text: &str| -> Vec<String> {
                let lines = text.lines().filter(|line| !line.contains("seconds"));
                lines.map(str::to_owned).collect()
            };
            assert_eq!(lines(&shown.stdout), lines(&again.stdout), "{rules:?}");
        }
    }
}

#[test]
fn a_plan_is_refused_whose_source_has_another_content() {
    let sandbox = alike();
    // Of one size, and the plan comes upon it last.
    sandbox.file("a/aaa", b"new");
    let save = ["sync", "a", "b", "--checksum", "--save-plan", "plan"];
    sandbox.run(&save).expect(1);
    let word = fs::File::create(sandbox.path("a/word")).expect("ours");
    std::io::Write::write_all(&mut &word, b"six").expect("there is room");
    word.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .expect("ours");
    let before = snapshot(&sandbox, "b");
    let refused = sandbox.run(&["sync", "--plan", "plan", "-w"]).expect(3);
    let told = "source `word`: another content";
    assert!(refused.stderr.contains(told), "{refused:?}");
    assert_eq!(before.touched(&snapshot(&sandbox, "b")), [""; 0]);
}

#[test]
fn a_saved_plan_is_handed_to_rsync_as_what_it_was_made_from_is() {
    let sandbox = trees();
    let save = ["sync", "a", "b", "--save-plan", "plan"];
    sandbox.run(&save).expect(1);
    let compared = ["sync", "a", "b", "--emit-rsync", "compared"];
    sandbox.run(&compared).expect(1);
    let planned = ["sync", "--plan", "plan", "--emit-rsync", "planned"];
    let told = sandbox.run(&planned).expect(1);
    assert!(told.stdout.contains("planned/sync.sh"), "{told:?}");
    let lists = |name: &str| {
        let names = fs::read_dir(sandbox.path(name)).expect("it was made");
        let paths = names.map(|entry| entry.expect("readable").path());
        let mut files: Vec<_> = paths
            .map(|path| (path.file_name().map(Into::into), fs::read(&path)))
            .map(|(name, bytes): (Option<std::ffi::OsString>, _)| (name, bytes.expect("ours")))
            .collect();
        files.sort();
        files
    };
    assert_eq!(lists("planned"), lists("compared"));
    assert!(lists("planned").len() > 4);
}
