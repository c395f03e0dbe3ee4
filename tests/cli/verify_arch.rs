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
    assert_eq!(
        answer.stdout,
        "`arm64`: match
  kind      software-image (it holds a root filesystem with a kernel)
  arch      aarch64
  distro    ubuntu2404 (Ubuntu 24.04)
  kernel    6.8.0-51-generic (aarch64, boot/vmlinuz-6.8.0-51-generic)
  ELF files aarch64             17
`mixed`: mismatch
  kind      software-image (it holds a root filesystem with a kernel)
  arch      aarch64
  distro    ubuntu2404 (Ubuntu 24.04)
  kernel    6.8.0-51-generic (aarch64, boot/vmlinuz-6.8.0-51-generic)
  ELF files aarch64             17
            x86_64               1  `usr/bin/odd`
  error[elf-foreign]: 1 file for x86_64 in a tree for aarch64: `usr/bin/odd`
the trees agree with each other
2 trees: 1 match, 1 mismatch; 1 error, 0 warnings, 0 notes
"
    );
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
        .run(&[
            "verify-arch",
            "mixed",
            "empty",
            "--arch",
            "aarch64",
            "--format",
            "json",
        ])
        .expect(3);
    let expected = [
        r#"{"type":"tree","path":"mixed","verdict":"mismatch","kind":"software-image","#,
        r#""arch":"x86_64","distro":"ubuntu2404","machines":{"aarch64":1,"x86_64":17}}"#,
        "\n",
        r#"{"type":"finding","rule":"arch-mismatch","severity":"error","path":"usr/bin/bash","#,
        r#""message":…}"#,
        "\n",
        r#"{"type":"finding","rule":"elf-foreign","severity":"error","path":"usr/bin/odd","#,
        r#""message":…}"#,
        "\n",
        r#"{"type":"tree","path":"empty","verdict":"unknown","kind":null,"arch":null,"#,
        r#""distro":null,"machines":{}}"#,
        "\n",
        r#"{"type":"finding","rule":"arch-unknown","severity":"error","path":null,"message":…}"#,
        "\n",
        r#"{"type":"finding","rule":"no-elf","severity":"warning","path":null,"message":…}"#,
        "\n",
        r#"{"type":"remedy","tree":"`mixed`","kind":"software-image","because":…,"#,
        r#""options":["--kind","software-image","--arch","aarch64"],"stays":[]}"#,
        "\n",
        r#"{"type":"remedy","tree":"`empty`","kind":null,"because":…,"#,
        r#""options":["--arch","aarch64"],"stays":[]}"#,
        "\n",
        r#"{"type":"summary","schema":1,"command":"verify-arch","exit_status":3,"trees":2,"#,
        r#""match":0,"mismatch":1,"unknown":1,"failed":0,"errors":3,"warnings":1,"notes":0}"#,
        "\n",
    ];
    // Messages are for people, and no contract.
    let masked = |line: &str| match line.split_once(r#""message":"#) {
        Some((start, _)) => format!("{start}\"message\":…}}\n"),
        None => match (
            line.split_once(r#""because":"#),
            line.split_once(r#","options":"#),
        ) {
            (Some((start, _)), Some((_, end))) => {
                format!("{start}\"because\":…,\"options\":{end}\n")
            }
            _ => format!("{line}\n"),
        },
    };
    let lines: String = answer.stdout.lines().map(masked).collect();
    assert_eq!(lines, expected.concat());
}
