//! What goes to which stream, and what happens when nobody reads it.

use crate::archives::tar_gz;
use crate::sandbox::Sandbox;

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let sandbox = Sandbox::with_trees();
    for (status, line) in [
        (1, "diff amd64 arm64"),
        (1, "diff amd64 arm64 --format json"),
        (1, "diff amd64 arm64 --format itemize"),
        (0, "verify-arch amd64"),
        (0, "inspect amd64"),
        (0, "manifest amd64"),
        (0, "completions bash"),
    ] {
        let arguments: Vec<_> = line.split_whitespace().collect();
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let child = sandbox.command(&arguments).stdout(writer).spawn();
        let answer = sandbox.answer(child.expect("it was built")).expect(status);
        assert!(!answer.stderr.contains("error"), "{line}: {answer:#?}");
    }
}

#[test]
fn colours_are_used_where_they_are_wanted() {
    let sandbox = Sandbox::with_trees();
    for (line, colours) in [
        ("verify-arch amd64", false),
        ("verify-arch amd64 --color never", false),
        ("verify-arch amd64 --color always", true),
        ("verify-arch amd64 absent --color always", true),
        ("verify-arch absent --color auto", false),
    ] {
        let arguments: Vec<_> = line.split_whitespace().collect();
        let answer = sandbox.run(&arguments);
        let both = [answer.stdout, answer.stderr].concat();
        assert_eq!(both.contains('\x1b'), colours, "{line}: {both:?}");
    }
    // An explicit option outweighs the environment.
    let mut command = sandbox.command(&["verify-arch", "amd64", "--color", "always"]);
    let child = command.env("NO_COLOR", "1").spawn().expect("it was built");
    assert!(sandbox.answer(child).stdout.contains('\x1b'));
}

#[test]
fn progress_and_warnings_are_silenced() {
    let sandbox = Sandbox::new();
    // A leading slash is taken off, with a warning.
    let tar = fixtures::archive::TarBuilder::new()
        .file("/absolute", "x")
        .finish();
    sandbox.file("absolute.tar", &tar);
    let import = |name: &str, more: &[&str]| {
        let arguments = ["import", "absolute.tar", "--into", name];
        let answer = sandbox.run(&[&arguments[..], more].concat());
        answer.stderr
    };
    let removed = "warning: 1 member name had a leading `/`, which is removed\n";
    let plain = import("one", &[]);
    assert_eq!(plain.matches(removed).count(), 1, "{plain}");
    assert!(!plain.contains("progress"), "{plain}");
    let always = import("two", &["--progress", "always"]);
    assert!(always.contains("progress: importing"), "{always}");
    assert!(always.contains(removed), "{always}");
    assert_eq!(import("three", &["--progress", "always", "--quiet"]), "");
}

#[test]
fn an_image_that_is_read_from_a_terminal_or_nothing_is_none() {
    let sandbox = Sandbox::new();
    sandbox.file("image", &tar_gz(&fixtures::tree::TreeSpec::new()));
    // Standard input is empty.
    let answer = sandbox.run(&["import", "-", "--into", "x"]).expect(3);
    assert!(answer.stderr.starts_with("error: "), "{answer:#?}");
    assert_eq!(sandbox.names(), ["image"]);
}
