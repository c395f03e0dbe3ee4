//! `imgtool lint --list-rules`, and the page that has the same.

use std::fs;

use crate::sandbox::Sandbox;

#[test]
fn the_list_of_rules_says_all_that_is_known_of_them() {
    let sandbox = Sandbox::new();
    let text = sandbox.run(&["lint", "--list-rules"]).expect(0).stdout;
    let objects = sandbox
        .run(&["lint", "--list-rules", "--format", "json"])
        .expect(0)
        .objects();
    let rules: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "rule")
        .collect();
    assert_eq!(rules.len() + 1, objects.len());
    for rule in &rules {
        let name = rule["rule"].as_str().expect("a name");
        let severity = rule["severity"].as_str().expect("a severity");
        let summary = rule["summary"].as_str().expect("a summary");
        let line = format!("  {name:<23} {severity:<7} {summary}\n");
        assert!(text.contains(&line), "{line}\n{text}");
        for member in ["reason", "remedy", "source", "group"] {
            assert!(rule[member].as_str().is_some_and(|text| !text.is_empty()));
        }
    }
    let verbose = sandbox
        .run(&["lint", "--list-rules", "-v"])
        .expect(0)
        .stdout;
    for part in [
        "    for: cm-shared\n",
        "    why: ",
        "    help: ",
        "    source: ",
    ] {
        assert!(verbose.contains(part), "{part}");
    }
}

#[test]
#[ignore = "mounts; .ci/run runs it as root"]
fn what_is_mounted_is_found_and_not_entered() {
    let sandbox = Sandbox::with_trees();
    let script = "mount -t tmpfs none amd64/proc && touch amd64/proc/cpuinfo && \
                  mount --bind arm64/etc/fstab amd64/etc/fstab && \
                  exec \"$0\" lint amd64 --bcm 10.0 --only mount-leftover,proc-sys-captured";
    let mut command = std::process::Command::new("unshare");
    let child = command
        .args(["--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_imgtool")])
        .current_dir(sandbox.path(""))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let answer = sandbox
        .answer(child.expect("util-linux is there"))
        .expect(1);
    let expected = "\n  error[mount-leftover]: 2 mount points in use: `etc/fstab`, `proc`\n";
    assert!(answer.stdout.contains(expected), "{answer:#?}");
    assert!(!answer.stdout.contains("captured"), "{answer:#?}");
}

/// The tables of `docs/lint.md` are those that this makes of the rules.
#[test]
fn the_documentation_has_every_rule() {
    let objects = Sandbox::new()
        .run(&["lint", "--list-rules", "--format", "json"])
        .expect(0)
        .objects();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/lint.md");
    let page = fs::read_to_string(page).expect("it is there");
    let mut table = String::new();
    for rule in objects.iter().filter(|object| object["lint"] == true) {
        let text = |member: &str| rule[member].as_str().expect("text").to_owned();
        let kinds: Vec<_> = rule["kinds"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|kind| kind.as_str().expect("a word"))
            .collect();
        let kinds = match kinds.as_slice() {
            [] => "all".to_owned(),
            kinds => kinds.join(", "),
        };
        let row = format!(
            "| `{}` | {} | {kinds} | {}: {} | {} | {} |\n",
            text("rule"),
            text("severity"),
            text("summary"),
            text("reason"),
            text("remedy"),
            text("source"),
        );
        table.push_str(&row);
    }
    assert!(
        page.contains(&table),
        "docs/lint.md is to have these lines:\n{table}"
    );
}
