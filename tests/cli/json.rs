//! JSON: what `docs/json.md` promises of every report.

use serde_json::Value;

use crate::archives::escaping;
use crate::sandbox::Sandbox;

#[test]
fn every_line_is_an_object_and_the_last_one_is_the_summary() {
    let sandbox = Sandbox::with_trees();
    sandbox.file("escaping.tar", &escaping());
    let cases = [
        ("import", "import amd64.tar.gz --into new"),
        ("import", "import amd64.tar.gz --into x --arch aarch64"),
        ("import", "import escaping.tar --into x"),
        ("import", "import absent --into x"),
        ("verify-arch", "verify-arch amd64"),
        (
            "verify-arch",
            "verify-arch amd64 arm64 absent --arch aarch64",
        ),
        ("inspect", "inspect amd64 amd64.tar.gz"),
        ("inspect", "inspect absent"),
        ("manifest", "manifest amd64 -o out"),
        ("manifest", "manifest absent -o out"),
        ("diff", "diff amd64 arm64"),
        ("diff", "diff amd64 amd64 -v"),
        ("diff", "diff amd64 absent"),
    ];
    for (command, line) in cases {
        let arguments: Vec<_> = line
            .split_whitespace()
            .chain(["--format", "json"])
            .collect();
        let answer = sandbox.run(&arguments);
        let objects = answer.objects();
        let (last, others) = objects.split_last().expect("there is a summary");
        assert_eq!(last["type"], "summary", "{line}");
        assert_eq!(last["schema"], 1, "{line}");
        assert_eq!(last["command"], command, "{line}");
        assert_eq!(
            last["exit_status"].as_i64(),
            answer.status.map(i64::from),
            "{line}"
        );
        for object in others {
            assert!(object["type"].is_string(), "{line}: {object}");
            assert_ne!(object["type"], "summary", "{line}");
        }
    }
}

#[test]
fn a_refused_import_tells_its_findings() {
    let sandbox = Sandbox::with_archives();
    let answer = sandbox
        .run(&[
            "import",
            "amd64.tar.gz",
            "--into",
            "x",
            "--arch",
            "aarch64",
            "--format",
            "json",
        ])
        .expect(3);
    let objects = answer.objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["type"], "finding");
    assert_eq!(objects[0]["rule"], "arch-mismatch");
    assert_eq!(objects[0]["severity"], "error");
    assert_eq!(objects[0]["path"], "usr/bin/bash");
    assert!(answer.stderr.starts_with("error: "));
}

#[test]
fn every_member_is_documented() {
    let page = include_str!("../../docs/json.md");
    let sandbox = Sandbox::with_trees();
    sandbox.run(&["manifest", "amd64", "-o", "out"]).expect(0);
    let cases = [
        "import amd64.tar.gz --into new",
        "verify-arch amd64 arm64 --arch aarch64 --explain usr/bin/bash",
        "lint amd64",
        "inspect amd64 out",
        "manifest amd64 -o out",
        "diff amd64 arm64 --exclude x --explain etc/x",
        "diff amd64 out",
        "backup amd64 --to bk/",
        "backup amd64 --to bk --if-changed",
        "backup amd64 --to bk --if-changed --level 1",
        "backup list bk",
        "backup prune bk --keep-last 1",
    ];
    for line in cases {
        let arguments: Vec<_> = line
            .split_whitespace()
            .chain(["--format", "json"])
            .collect();
        for object in sandbox.run(&arguments).objects() {
            documented(&object, page, line);
        }
    }
}

fn documented(value: &Value, page: &str, line: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                assert!(page.contains(&format!("`{name}`")), "{line}: {name}");
                // Its members are architectures.
                if name != "machines" {
                    documented(value, page, line);
                }
            }
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| documented(value, page, line)),
        _ => {}
    }
}
