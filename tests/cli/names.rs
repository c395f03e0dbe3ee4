//! Names from an image: on disk as they are, on a terminal harmless, in JSON
//! lossless.

use fixtures::elf::Machine;
use fixtures::image::Arch;

use crate::archives::mixed;
use crate::sandbox::Sandbox;

/// Moves the cursor, is not UTF-8, and ends a line.
const EVIL: &[u8] = b"usr/bin/\x1b[2Jevil\xff\n";

/// Sends text from right to left.
const MIRRORED: &str = "usr/bin/odd\u{202e}";

#[test]
fn no_dangerous_byte_reaches_standard_output_or_error() {
    let tree = mixed(Arch::X86_64, EVIL, Machine::Aarch64);
    let tree = tree.with(fixtures::tree::Node::file(
        MIRRORED,
        fixtures::elf::executable(Machine::Aarch64),
    ));
    let tree = tree.with(fixtures::tree::Node::file(
        [EVIL, b".dpkg-new"].concat(),
        "",
    ));
    let sandbox = Sandbox::new();
    sandbox.import(&tree, "evil");
    let cases = [
        "verify-arch evil",
        "verify-arch evil -v --color never",
        "verify-arch evil --format json",
        "lint evil -v --color never",
        "lint evil --format json",
        "verify-arch evil --arch aarch64",
        "inspect evil",
        "diff evil absent-names",
        "diff evil absent-names --format json",
        "diff evil absent-names --format itemize",
        "manifest evil",
        "import archive --into x --arch x86_64",
        "import archive --into x --limit entries=1",
    ];
    std::fs::create_dir(sandbox.path("absent-names")).expect("makes");
    for line in cases {
        let arguments: Vec<_> = line.split_whitespace().collect();
        let answer = sandbox.run(&arguments);
        for text in [&answer.stdout, &answer.stderr] {
            let bad = |character: char| {
                character != '\n' && (character.is_control() || character == '\u{202e}')
            };
            assert!(!text.contains(bad), "{line}: {text:?}");
        }
    }
}

#[test]
fn json_gives_the_bytes_of_a_name_that_is_not_utf_8() {
    let sandbox = Sandbox::new();
    sandbox.import(&mixed(Arch::X86_64, EVIL, Machine::Aarch64), "evil");
    sandbox.import(
        &mixed(Arch::X86_64, MIRRORED.as_bytes(), Machine::Aarch64),
        "odd",
    );
    let finding = |tree: &str| {
        let answer = sandbox
            .run(&["verify-arch", tree, "--format", "json"])
            .expect(1);
        answer.objects()[1].clone()
    };
    let evil = finding("evil");
    assert_eq!(evil["path"], "usr/bin/\\x1b[2Jevil\\xff\\x0a");
    assert_eq!(evil["path_bytes"], "7573722f62696e2f1b5b324a6576696cff0a");
    let odd = finding("odd");
    assert_eq!(odd["path"], MIRRORED);
    assert!(odd.get("path_bytes").is_none());
}

#[test]
fn a_tree_whose_own_path_is_odd_is_named_harmlessly() {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::with_trees();
    let name = std::ffi::OsStr::from_bytes(b"t\x1bree\xff");
    std::fs::rename(sandbox.path("amd64"), sandbox.path("").join(name)).expect("renames");
    let run = |more: &[&str]| {
        let mut command = sandbox.command(&["verify-arch"]);
        let child = command.arg(name).args(more).spawn().expect("it was built");
        sandbox.answer(child).expect(0)
    };
    let text = run(&[]);
    assert!(
        text.stdout.starts_with("`t\\x1bree\\xff`: match\n"),
        "{text:#?}"
    );
    let object = &run(&["--format", "json"]).objects()[0];
    assert_eq!(object["path"], "t\\x1bree\\xff");
    assert_eq!(object["path_bytes"], "741b726565ff");
}
