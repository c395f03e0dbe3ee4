//! What files are linked against, held against readelf and against the
//! loader of the tree itself.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use libimage::inspect::{Dynamic, ElfIdentity, ElfType, HEAD_BYTES, LinkProblem};
use libimage::monitor::Silent;
use libimage::rules::{Demand, Policy};
use libimage::tree::{Walked, walk};
use libimage::verify::{Depth, Options, verify};

use crate::real::{live, real};

/// What one of the two says about a file, as lines.
type Lines = BTreeSet<String>;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn lines(dynamic: &Dynamic) -> Lines {
    let mut lines = Lines::new();
    let mut add = |word: &str, value: &[u8]| lines.insert(format!("{word} {}", text(value)));
    for (word, value) in [
        ("interpreter", &dynamic.interpreter),
        ("soname", &dynamic.soname),
        ("rpath", &dynamic.rpath),
        ("runpath", &dynamic.runpath),
    ] {
        if let Some(value) = value {
            add(word, value);
        }
    }
    for name in &dynamic.needed {
        add("needed", name);
    }
    for one in &dynamic.requires {
        let both = [&one.library[..], b" ", &one.version].concat();
        add("requires", &both);
    }
    for version in &dynamic.defines {
        add("defines", version);
    }
    lines
}

/// All programs and libraries of a tree, with what libimage reads of them.
fn read(tree: &Path) -> BTreeMap<PathBuf, Option<Lines>> {
    let mut found = BTreeMap::new();
    let visit = |directory: &dyn libimage::tree::Directory, entry: &libimage::entry::Entry| {
        if entry.file_size() < Some(HEAD_BYTES as u64) {
            return Ok(None);
        }
        let file = directory.open_at(&entry.name)?;
        let mut head = [0; HEAD_BYTES];
        let length = file.read_at(&mut head, 0).expect("readable");
        let identity = ElfIdentity::parse(&head[..length]).ok().flatten();
        let is_linked =
            |one: &ElfIdentity| matches!(one.file_type, ElfType::Executable | ElfType::Shared);
        Ok(identity.filter(is_linked).map(|identity| {
            Dynamic::read(&*file, &identity)
                .expect("sound")
                .map(|one| lines(&one))
        }))
    };
    walk(
        &live(tree),
        2,
        visit,
        |Walked { path, seen, .. }| {
            if let Some(lines) = seen {
                let path = tree.join(std::ffi::OsStr::from_bytes(path.as_bytes()));
                found.insert(path, lines);
            }
            Ok::<(), libimage::tree::TreeError>(())
        },
        &Silent,
    )
    .expect("readable");
    found
}

/// What readelf says about them.
fn readelf(files: &[&PathBuf]) -> BTreeMap<PathBuf, Lines> {
    let mut all = BTreeMap::new();
    for some in files.chunks(200) {
        let output = Command::new("readelf")
            .args(["-W", "-l", "-d", "-V"])
            .args(some)
            // With one file alone it does not say which.
            .arg("/bin/sh")
            .output()
            .expect("binutils are installed");
        for part in text(&output.stdout).split("\nFile: ") {
            let Some((path, rest)) = part.split_once('\n') else {
                continue;
            };
            all.insert(PathBuf::from(path), parse(rest));
        }
    }
    all
}

/// The lines of readelf that say the same.
fn parse(output: &str) -> Lines {
    let mut lines = Lines::new();
    let mut library = "";
    let mut section = "";
    let behind = |line: &str, word: &str| {
        let rest = line.split_once(word)?.1;
        Some(rest.trim_start().to_owned())
    };
    for line in output.lines() {
        let bracket = || {
            let rest = line.split_once(": [").or_else(|| line.split_once('['))?.1;
            rest.strip_suffix(']').map(str::to_owned)
        };
        for (tag, word) in [
            ("(NEEDED)", "needed"),
            ("(SONAME)", "soname"),
            ("(RPATH)", "rpath"),
            ("(RUNPATH)", "runpath"),
        ] {
            if line.contains(tag) {
                lines.insert(format!("{word} {}", bracket().expect("a value")));
            }
        }
        if let Some(rest) = behind(line, "[Requesting program interpreter:") {
            lines.insert(format!("interpreter {}", rest.trim_end_matches(']')));
        }
        if line.starts_with("Version ") {
            section = line;
        }
        if section.starts_with("Version needs") {
            if let Some(rest) = line.split_once("  File: ") {
                library = rest.1.split_whitespace().next().unwrap_or_default();
            } else if let Some(rest) = behind(line, "Name: ")
                && !line.contains("WEAK")
            {
                let version = rest.split_whitespace().next().unwrap_or_default();
                lines.insert(format!("requires {library} {version}"));
            }
        }
        if section.starts_with("Version definition")
            && line.contains("Rev: ")
            && !line.contains("Flags: BASE")
            && let Some(rest) = behind(line, "Name: ")
        {
            lines.insert(format!("defines {rest}"));
        }
    }
    lines
}

#[test]
#[ignore = "needs real images and binutils; .ci/run runs it"]
fn links_are_what_readelf_reads() {
    for image in ["amd64", "arm64"] {
        let files = read(&real(image));
        assert!(files.len() > 1000, "{image}: {}", files.len());
        let expected = readelf(&files.keys().collect::<Vec<_>>());
        let mut wrong = Vec::new();
        for (path, lines) in &files {
            // Debug files have headers of sections that are not in them.
            let is_debug = path.extension().is_some_and(|ending| ending == "debug");
            let lines = lines.clone().unwrap_or_default();
            if !is_debug && expected.get(path) != Some(&lines) {
                wrong.push(format!(
                    "{path:?}: {lines:?}, readelf {:?}",
                    expected.get(path)
                ));
            }
        }
        assert!(
            wrong.is_empty(),
            "{image}: {}\n{}",
            wrong.len(),
            wrong[..wrong.len().min(5)].join("\n")
        );
    }
}

/// The libraries that the tree's own loader does not find for any file.
fn not_found(tree: &Path, files: &[PathBuf]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files {
        let inside = Path::new("/").join(file.strip_prefix(tree).expect("of the tree"));
        let output = Command::new("chroot")
            .arg(tree)
            // The loader lists the libraries then, and runs nothing (`ldd(1)`).
            .args(["/usr/bin/env", "LD_TRACE_LOADED_OBJECTS=1"])
            .arg("/lib64/ld-linux-x86-64.so.2")
            .arg(inside)
            .output()
            .expect("chroot is there");
        for line in text(&output.stdout).lines() {
            if let Some(name) = line.trim().strip_suffix(" => not found") {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

#[test]
#[ignore = "needs root and real images; .ci/run runs it"]
fn what_is_missing_is_what_the_loader_misses() {
    let tree = real("amd64");
    let options = Options {
        demand: Demand::default(),
        policy: Policy::default(),
        threads: 2,
        depth: Depth::ALONE,
    };
    let outcome = verify(&live(&tree), &options, &Silent).expect("readable");
    let links = outcome.facts.links.expect("asked for");
    let missing: BTreeSet<String> = links
        .lacking()
        .filter_map(|(lacking, _)| match &lacking.problem {
            LinkProblem::Library(name) => Some(text(name)),
            LinkProblem::Version { requirement, .. } => panic!("{requirement:?}"),
            _ => None,
        })
        .collect();
    let places = ["usr/bin", "usr/sbin", "usr/lib/x86_64-linux-gnu"];
    let files: Vec<PathBuf> = read(&tree)
        .into_iter()
        .filter(|(path, lines)| {
            lines.is_some()
                && places
                    .iter()
                    .any(|place| path.starts_with(tree.join(place)))
        })
        .map(|(path, _)| path)
        .collect();
    assert!(files.len() > 1000);
    assert_eq!(missing, not_found(&tree, &files));
    assert!(!missing.is_empty(), "a comparison of nothing");
}
