//! What is shown of texts leads from one to the other, with GNU patch as judge.

use std::io::Write as _;
use std::process::{Command, Stdio};

use fixtures::random::Prng;
use fixtures::tree::Node;
use libimage::diff::{Options, diff};
use libimage::monitor::Silent;
use libimage::patch::{self, Patch, patch};

use crate::pairs::Pair;

const SEEDS: std::ops::Range<u64> = 0..300;

const LINES: [&str; 5] = ["one", "two", "", "-x", "\u{ff}\r"];

/// Some lines of few sorts, so that many are alike; the last may have no end.
fn text(prng: &mut Prng) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..prng.below(40) {
        text.extend_from_slice(prng.pick(&LINES).as_bytes());
        text.push(b'\n');
    }
    if prng.chance(20) {
        text.extend_from_slice(b"end");
    }
    text
}

/// The text with some lines taken out, put in or replaced.
fn changed(prng: &mut Prng, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        match prng.below(10) {
            0 => {}
            1 => out.extend_from_slice(b"new\n"),
            2 => out.extend([b"more\n", line].concat()),
            _ => out.extend_from_slice(line),
        }
    }
    out
}

#[test]
#[ignore = "needs root and patch; .ci/run runs it"]
fn patch_makes_the_target_the_source() {
    let mut patched = 0;
    for seed in SEEDS {
        let mut prng = Prng::new(seed);
        let old = text(&mut prng);
        let new = changed(&mut prng, &old);
        let name = *prng.pick(&["plain", "a b", "q\"\\", "tab\té"]);
        let pair = Pair::of(
            &[Node::file(name, new.clone()).mtime(2, 0)],
            &[Node::file(name, old.clone()).mtime(1, 0)],
        );
        let [source, target] = pair.live();
        let outcome = diff(&source, &target, &Options::default(), &Silent).expect("readable");
        let change = outcome
            .changes
            .iter()
            .find(|change| !change.path.is_root())
            .expect("its time differs");
        let options = patch::Options::default();
        let found = patch(&source, &target, change, &options, &Silent).expect("readable");
        let Patch::Text(lines) = found else {
            assert_eq!((found, &old), (Patch::Same, &new), "seed {seed}");
            continue;
        };
        patched += 1;
        let mut child = Command::new("patch")
            .args(["-p1", "--force", "--binary", "--fuzz=0", "--directory"])
            .arg(&pair.target)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it is installed");
        let mut input = child.stdin.take().expect("piped");
        input.write_all(&lines).expect("it reads all");
        drop(input);
        let run = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        let shown = String::from_utf8_lossy(&lines).into_owned();
        assert!(
            run.status.success() && !said.contains("offset"),
            "seed {seed}: {said}\n{shown}"
        );
        // An empty file is deleted by patch, as from /dev/null.
        let result = std::fs::read(pair.target.join(name)).unwrap_or_default();
        assert_eq!(result, new, "seed {seed}\n{shown}");
    }
    assert!(patched > 200, "only {patched} differ");
}
