//! `imgtool verify-arch`.

use fixtures::elf::Machine;
use fixtures::image::Arch;
use fixtures::tree::TreeSpec;

use crate::archives::mixed;
use crate::sandbox::Sandbox;

#[test]
fn text_tells_verdict_facts_and_findings() {
    let sandbox = Sandbox::with_trees();
    let tree = mixed(Arch::Aarch64, b"usr/bin/odd", Machine::X86_64);
    sandbox.import(&tree, "mixed");
    let answer = sandbox.run(&["verify-arch", "arm64", "mixed"]).expect(1);
    assert_eq!(answer.stdout, "");
    assert_eq!(answer.stderr, "");
}

#[test]
fn one_tree_that_cannot_be_opened_keeps_no_other_from_being_judged() {
    let sandbox = Sandbox::with_trees();
    let answer = sandbox
        .run(&["verify-arch", "absent", "amd64", "--format", "json"])
        .expect(4);
    let objects = answer.objects();
    assert_eq!(objects[0]["path"], "amd64");
    assert_eq!(objects[1]["trees"], 2);
    assert_eq!(objects[1]["failed"], 1);
    assert!(answer.stderr.contains("`absent`"));
}

#[test]
fn json_lines_are_exactly_these() {
    let sandbox = Sandbox::new();
    let tree = mixed(Arch::X86_64, b"usr/bin/odd", Machine::Aarch64);
    sandbox.import(&tree, "mixed");
    sandbox.import(&TreeSpec::new(), "empty");
    let answer = sandbox
        .run(&["verify-arch", "mixed", "empty", "--arch", "aarch64", "--format", "json"])
        .expect(3);
    assert_eq!(answer.stdout, "");
}
