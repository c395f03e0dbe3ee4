//! The house keeps its shape: data flows one way through the layers.
//!
//! Reads the sources as text. A module of libimage uses only modules of
//! layers before its own; system calls stay in `sys`; the library knows no
//! terminal; the fixtures do not know the library they test.
#![allow(
    clippy::disallowed_methods,
    reason = "reads the project's own sources, not a tree"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the bottom up; modules of one row may use each other.
const LAYERS: &[&[&str]] = &[
    &[
        "path", "escape", "size", "digest", "entry", "monitor", "error", "hostlist",
    ],
    &["sys"],
    &["root", "program"],
    &["tree"],
    &["manifest", "seekable"],
    &["archive"],
    &["writer"],
    &["filter"],
    &["inspect"],
    &["diff"],
    &["plan"],
    &["rules"],
    &["source", "node"],
    &["open", "output"],
    &[
        "excludes", "import", "clone", "backup", "restore", "verify", "survey", "lint", "sync",
        "synclog", "patch", "fleet",
    ],
    &["review"],
    &["catalogue"],
];

fn project() -> PathBuf {
    let library = Path::new(env!("CARGO_MANIFEST_DIR"));
    library.parent().expect("a workspace around it").to_owned()
}

fn sources(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("a source directory") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("UTF-8 source");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {}", directory.display());
    found
}

fn library_sources() -> Vec<(PathBuf, String)> {
    sources(&project().join("libimage/src"))
}

/// The top-level module that a file belongs to, nothing for `lib.rs`.
fn module(path: &Path) -> Option<String> {
    let inside = path
        .strip_prefix(project().join("libimage/src"))
        .expect("a source of the library");
    let first = inside.iter().next()?.to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib").then(|| name.to_owned())
}

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|row| row.contains(&module))
        .unwrap_or_else(|| panic!("module `{module}` has no layer: give it a row in this test"))
}

/// The code of a line, without comments and, roughly, without doc links.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// The code before the unit tests, which may reach anywhere.
fn without_tests(text: &str) -> &str {
    match text.find("#[cfg(test)]\nmod tests {") {
        Some(start) => &text[..start],
        None => text,
    }
}

fn is_test_file(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == "tests.rs" || name == "fake.rs")
}

#[test]
fn no_layer_reaches_upward() {
    let mut uses = 0;
    let mut wrong = Vec::new();
    for (path, text) in library_sources() {
        let Some(module) = module(&path) else {
            continue;
        };
        let own = layer(&module);
        if is_test_file(&path) {
            continue;
        }
        for line in without_tests(&text).lines() {
            for used in code(line).split("crate::").skip(1) {
                let name = used
                    .split(|character: char| !character.is_alphanumeric() && character != '_')
                    .next()
                    .unwrap_or_default();
                assert!(
                    !name.is_empty(),
                    "{}: a group right after `crate::` hides its modules from this test",
                    path.display()
                );
                uses += 1;
                if name != module && layer(name) > own {
                    wrong.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(
        uses > 100,
        "only {uses} uses were found: is the test blind?"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_and_std_fs_stay_in_sys() {
    let mut in_sys = 0;
    for (path, text) in library_sources() {
        for line in text.lines() {
            let code = code(line);
            let found = code.contains("unsafe {")
                || code.contains("unsafe fn")
                || code.contains("unsafe impl")
                || code.contains("unsafe_code")
                || code.contains("std::fs");
            if !found {
                continue;
            }
            let test = is_test_file(&path) || !without_tests(&text).contains(line);
            if module(&path).as_deref() == Some("sys") {
                in_sys += 1;
            } else {
                assert!(test, "{}: {}", path.display(), line.trim());
            }
        }
    }
    assert!(
        in_sys > 0,
        "nothing found in sys either: is the test blind?"
    );
}

#[test]
fn the_library_knows_no_terminal() {
    let words = [
        "println!",
        "eprintln!",
        "print!(",
        "indicatif",
        "clap::",
        "anyhow",
        "is_terminal",
    ];
    for (path, text) in library_sources() {
        for line in text.lines() {
            for word in words {
                assert!(
                    !code(line).contains(word),
                    "{}: {}",
                    path.display(),
                    line.trim()
                );
            }
        }
    }
}

#[test]
fn the_fixtures_do_not_know_the_library() {
    let manifest = fs::read_to_string(project().join("fixtures/Cargo.toml")).expect("is there");
    assert!(manifest.contains("[dependencies]"));
    assert!(
        !manifest.contains("libimage"),
        "fixtures judge libimage from outside"
    );
}
