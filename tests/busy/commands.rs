//! Other commands of imgtool on the same tree.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::Mutex;

use libimage::backup;
use libimage::monitor::{Monitor, Phase, Warning};

use crate::site::{Answer, Site, archive};

/// An import that has begun and waits for the rest of its archive.
struct Stalled {
    process: Child,
    input: ChildStdin,
    rest: Vec<u8>,
}

impl Stalled {
    fn new(site: &Site) -> Self {
        let import = ["import", "-", "--into", "tree", "--replace"];
        let mut process = site.start(&[&import[..], &["--progress", "always"]].concat());
        let mut input = process.stdin.take().expect("it is a pipe");
        let archive = archive("new");
        let (begin, rest) = archive.split_at(archive.len() / 2);
        input.write_all(begin).expect("it reads");
        let mut said = BufReader::new(process.stderr.take().expect("it is a pipe"));
        let mut line = String::new();
        while !line.starts_with("progress: importing") {
            line.clear();
            let length = said.read_line(&mut line).expect("it is text");
            assert_ne!(length, 0, "it ended before it began");
        }
        Self {
            process,
            input,
            rest: rest.to_vec(),
        }
    }

    fn finish(mut self) -> Answer {
        self.input.write_all(&self.rest).expect("it reads");
        drop(self.input);
        self.process.wait_with_output().expect("it ends").into()
    }

    fn kill(mut self) {
        self.process.kill().expect("it lives");
        self.process.wait().expect("it ends");
    }
}

#[test]
fn a_second_import_to_one_place_is_refused_and_told_who_is_there() {
    let site = Site::new();
    let first = Stalled::new(&site);
    let before = site.tree();
    let second = site.replace("new");
    assert_eq!(second.status, Some(4), "{second:?}");
    let holder = format!("process {}", first.process.id());
    assert!(second.errors.contains(&holder), "{second:?}");
    assert_eq!(before.touched(&site.tree()), [""; 0]);
    let first = first.finish();
    assert!(matches!(first.status, Some(0 | 1)), "{first:?}");
    assert_eq!(site.word(), "new");
    site.publish("old");
}

/// What would change the tree, and what must not see it change.
#[test]
fn whatever_needs_the_tree_is_refused_meanwhile_and_told_who_is_there() {
    let site = Site::new();
    let made = site.run(&["backup", "tree", "--to", "b", "-q"]);
    assert_eq!(made.status, Some(0), "{made:?}");
    let made = site.run(&["clone", "tree", "other", "-q"]);
    assert_eq!(made.status, Some(0), "{made:?}");
    let first = Stalled::new(&site);
    let before = site.tree();
    let commands: [&[&str]; 4] = [
        &["restore", "b", "--into", "tree", "--replace"],
        &["clone", "other", "tree", "--replace"],
        &["backup", "tree", "--to", "c"],
        &["sync", "other", "tree", "-w"],
    ];
    let holder = format!(
        "works on `{}`: process {}",
        site.path("tree").display(),
        first.process.id()
    );
    for command in commands {
        let answer = site.run(command);
        assert_eq!(answer.status, Some(4), "{command:?}: {answer:?}");
        assert!(answer.errors.contains(&holder), "{command:?}: {answer:?}");
        assert_eq!(before.touched(&site.tree()), [""; 0], "{command:?}");
        assert!(!site.path("c").exists());
    }
    let first = first.finish();
    assert!(matches!(first.status, Some(0 | 1)), "{first:?}");
    assert_eq!(site.word(), "new");
}

/// Runs a command once content is read.
struct Meanwhile<'s> {
    site: &'s Site,
    command: &'s [&'s str],
    answer: Mutex<Option<Answer>>,
}

impl Monitor for Meanwhile<'_> {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, bytes: u64) {
        let mut answer = self.answer.lock().expect("nobody panics");
        if bytes > 0 && answer.is_none() {
            *answer = Some(self.site.run(self.command));
        }
    }
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn a_tree_that_is_backed_up_is_not_replaced_meanwhile() {
    let site = Site::new();
    let made = site.run(&["backup", "tree", "--to", "b", "-q"]);
    assert_eq!(made.status, Some(0), "{made:?}");
    let before = site.tree();
    let commands: [&[&str]; 3] = [
        &["restore", "b", "--into", "tree", "--replace"],
        &["clone", "other", "tree", "--replace"],
        &["import", "new.tar", "--into", "tree", "--replace"],
    ];
    let made = site.run(&["clone", "tree", "other", "-q"]);
    assert_eq!(made.status, Some(0), "{made:?}");
    for command in commands {
        let meanwhile = Meanwhile {
            site: &site,
            command,
            answer: Mutex::default(),
        };
        let options = backup::Options::default();
        let made = backup::backup(&site.path("tree"), Vec::new(), &options, &meanwhile);
        assert!(made.is_ok(), "{command:?}");
        let answer = meanwhile.answer.into_inner().expect("nobody panics");
        let answer = answer.expect("content was read");
        assert_eq!(answer.status, Some(4), "{command:?}: {answer:?}");
        let holder = format!("process {}", std::process::id());
        assert!(answer.errors.contains(&holder), "{command:?}: {answer:?}");
        assert_eq!(before.touched(&site.tree()), [""; 0], "{command:?}");
    }
}

#[test]
fn a_sync_of_a_tree_that_is_replaced_or_synced_is_refused() {
    let site = Site::new();
    fs::create_dir(site.path("empty")).expect("a new name");
    let sync = ["sync", "empty", "tree", "-w"];
    let before = site.tree();
    let import = Stalled::new(&site);
    let refused = site.run(&sync);
    assert_eq!(refused.status, Some(4), "{refused:?}");
    let holder = format!("process {}", import.process.id());
    assert!(refused.errors.contains(&holder), "{refused:?}");
    // Who only looks does not wait.
    let shown = site.run(&sync[..3]);
    assert_eq!(shown.status, Some(1), "{shown:?}");
    import.kill();

    let place = libimage::sync::Site::open(&site.path("tree"), &libimage::monitor::Silent);
    let place = place.expect("the import is dead");
    for command in [
        &sync[..],
        &["import", "new.tar", "--into", "tree", "--replace"],
    ] {
        let refused = site.run(command);
        assert_eq!(refused.status, Some(4), "{refused:?}");
        let holder = format!("process {}", std::process::id());
        assert!(refused.errors.contains(&holder), "{refused:?}");
    }
    assert_eq!(before.touched(&site.tree()), [""; 0]);
    drop(place);
    let done = site.run(&sync);
    assert_eq!(done.status, Some(0), "{done:?}");
}

#[test]
fn two_imports_to_two_places_do_not_meet() {
    let site = Site::new();
    let first = Stalled::new(&site);
    let second = site.run(&["import", "old.tar", "--into", "other", "-q"]);
    assert!(matches!(second.status, Some(0 | 1)), "{second:?}");
    let first = first.finish();
    assert!(matches!(first.status, Some(0 | 1)), "{first:?}");
    let records = ["manifest", "origin.json"];
    let expected = ["other", "tree"].map(|tree| records.map(|record| format!("{tree}.{record}")));
    assert_eq!(site.private(), expected.concat());
}

/// A lock is held by a process, not by a file.
#[test]
fn a_lock_of_a_dead_process_is_none() {
    let site = Site::new();
    let first = Stalled::new(&site);
    first.kill();
    assert!(site.private().contains(&"tree.lock".to_owned()));
    assert_eq!(site.word(), "old");
    site.publish("new");

    // Neither is one that names a process which lives, but does not hold it.
    let lock = site.path(".imgtool/tree.lock");
    fs::write(&lock, format!("process {}\n", std::process::id())).expect("a new name");
    site.publish("old");
}

#[test]
fn whoever_reads_the_tree_meanwhile_sees_the_former_one() {
    let site = Site::new();
    let commands: [&[&str]; 4] = [
        &["manifest", "tree"],
        &["inspect", "tree", "--format", "json"],
        &["verify-arch", "tree"],
        &["diff", "--checksum", ".imgtool/tree.manifest", "tree"],
    ];
    let read = || commands.map(|command| site.run(command));
    let before = read();
    let import = Stalled::new(&site);
    for (command, (before, now)) in commands.iter().zip(before.iter().zip(read())) {
        assert_eq!(before.status, now.status, "{command:?}: {now:?}");
        assert_eq!(before.results, now.results, "{command:?}");
    }
    import.kill();
}
