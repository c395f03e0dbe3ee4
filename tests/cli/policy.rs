//! `--policy` and `--explain`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// What was found by a rule: how bad, and where first.
fn found(sandbox: &Sandbox, arguments: &[&str], status: i32, rule: &str) -> Vec<(String, String)> {
    let arguments = [arguments, &["--format", "json"]].concat();
    let objects = sandbox.run(&arguments).expect(status).objects();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    objects
        .iter()
        .filter(|object| object["type"] == "finding" && object["rule"] == rule)
        .map(|object| (text(&object["severity"]), text(&object["path"])))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(one, other): &(&str, &str)| ((*one).to_owned(), (*other).to_owned());
    expected.iter().map(owned).collect()
}

/// Trees with a program of the other architecture at two places of `opt`, and
/// files that everyone may write to at the same.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_trees();
    for place in ["opt/a", "opt/b"] {
        fs::create_dir_all(sandbox.path(&format!("amd64/{place}"))).expect("a new name");
        let program = sandbox.path(&format!("amd64/{place}/program"));
        fs::copy(sandbox.path("arm64/usr/bin/bash"), &program).expect("it is there");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o757)).expect("ours");
    }
    sandbox.file(
        "policy.toml",
        br#"
[[rule]]
name = "elf-foreign-elsewhere"
path = "/opt/a/"
severity = "silent"
reason = "for the other machines"
[[rule]]
name = "world-writable"
path = "/opt/b/"
severity = "error"
reason = "nobody may"
"#,
    );
    sandbox
}

#[test]
fn entries_for_a_path_leave_other_paths_alone() {
    let sandbox = sandbox();
    let rule = "elf-foreign-elsewhere";
    let verify = ["verify-arch", "amd64"];
    let all = found(&sandbox, &verify, 1, rule);
    assert_eq!(all, pairs(&[("warning", "opt/a/program")]));
    let rest = found(
        &sandbox,
        &[&verify[..], &["--policy", "policy.toml"]].concat(),
        1,
        rule,
    );
    assert_eq!(rest, pairs(&[("warning", "opt/b/program")]));

    let rule = "world-writable";
    let lint = ["lint", "amd64", "--only", rule];
    let all = found(&sandbox, &lint, 1, rule);
    assert_eq!(all, pairs(&[("warning", "opt/a/program")]));
    let apart = found(
        &sandbox,
        &[&lint[..], &["--policy", "policy.toml"]].concat(),
        1,
        rule,
    );
    assert_eq!(
        apart,
        pairs(&[("error", "opt/b/program"), ("warning", "opt/a/program")])
    );
}

#[test]
fn what_is_silenced_in_full_has_passed() {
    let sandbox = sandbox();
    sandbox.file(
        "policy.toml",
        b"[[rule]]\nname = 'world-writable'\nseverity = 'silent'\nreason = 'x'\n",
    );
    let arguments = [
        "lint",
        "amd64",
        "--only",
        "world-writable",
        "--policy",
        "policy.toml",
    ];
    let answer = sandbox.run(&arguments).expect(0);
    assert!(answer.stdout.contains("1 passed"), "{answer:#?}");
}

#[test]
fn a_policy_from_standard_input_is_for_all_trees() {
    let sandbox = sandbox();
    sandbox.file(
        "policy.toml",
        b"[[rule]]\nname = 'world-writable'\nseverity = 'error'\nreason = 'x'\n",
    );
    let lint = ["lint", "amd64", "amd64", "--only", "world-writable"];
    let arguments = [&lint[..], &["--policy", "-"]].concat();
    let answer = sandbox.run_with_input(&arguments, &sandbox.path("policy.toml"));
    let errors = answer.expect(1).stdout;
    assert_eq!(
        errors.matches("error[world-writable]").count(),
        2,
        "{errors}"
    );
}

#[test]
fn a_policy_that_makes_no_sense_is_wrong_usage() {
    let sandbox = sandbox();
    sandbox.file(
        "bad.toml",
        b"\n[[rule]]\nname = 'no-such'\nseverity = 'note'\nreason = 'x'\n",
    );
    for command in ["verify-arch", "lint"] {
        let answer = sandbox
            .run(&[command, "amd64", "--policy", "bad.toml"])
            .expect(2);
        assert!(answer.stderr.contains("no rule `no-such`"), "{answer:#?}");
        assert!(answer.stderr.contains("\nhelp: "), "{answer:#?}");
        sandbox
            .run(&[command, "amd64", "--policy", "nowhere"])
            .expect(4);
    }
}

#[test]
fn a_path_is_explained() {
    let sandbox = sandbox();
    let arguments = [
        "verify-arch",
        "amd64",
        "--policy",
        "policy.toml",
        "--explain",
        "/opt/a/program",
        "--explain",
        "usr/bin/bash",
        "--explain",
        "nowhere",
    ];
    let answer = sandbox.run(&arguments).expect(1);
    let from = answer
        .stdout
        .find("`opt/a/program`: ELF")
        .expect("explained");
    for part in [
        "ELF for aarch64\n  place     elsewhere: nothing is known about files there\n",
        "  tree      x86_64\n",
        "  warning[elf-foreign-elsewhere]: 1 file for aarch64",
        "    policy: silent, because for the other machines\n",
        "`usr/bin/bash`: ELF for x86_64\n  place     programs, as `usr/bin/`\n",
        "  findings  none: it is for the tree's architecture\n",
        "`nowhere`: not in the tree\n",
    ] {
        assert!(answer.stdout[from..].contains(part), "{part}: {answer:#?}");
    }
    let objects = sandbox
        .run(&[&arguments[..], &["--format", "json"]].concat())
        .expect(1)
        .objects();
    let explained: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "explanation")
        .collect();
    assert_eq!(explained.len(), 3);
    assert_eq!(explained[0]["findings"][0]["taken_as"], "silent");
    assert_eq!(explained[1]["needed"][0]["name"], "libc.so.6");
    assert_eq!(explained[2]["exists"], false);
}
