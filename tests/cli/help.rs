//! Help, version, completions and manual pages.

use crate::sandbox::Sandbox;

const COMMANDS: [&str; 13] = [
    "import",
    "clone",
    "sync",
    "verify-arch",
    "inspect",
    "lint",
    "manifest",
    "backup",
    "restore",
    "diff",
    "excludes",
    "completions",
    "man",
];

#[test]
fn every_command_explains_itself() {
    let sandbox = Sandbox::new();
    for command in COMMANDS {
        for flag in ["--help", "-h"] {
            let help = sandbox.run(&[command, flag]).expect(0).stdout;
            for part in ["Examples:", "Exit status:", "Usage: imgtool", "--format"] {
                assert!(help.contains(part), "{command} {flag}: {part}\n{help}");
            }
            let example = format!("  imgtool {command} ");
            let example = help.contains(&example) || help.contains(&format!("imgtool {command} -"));
            assert!(example, "{command}\n{help}");
        }
    }
    let help = sandbox.run(&["--help"]).expect(0).stdout;
    for command in COMMANDS {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command}\n{help}"
        );
    }
}

#[test]
fn the_version_is_the_packages() {
    let answer = Sandbox::new().run(&["--version"]).expect(0);
    let expected = format!("imgtool {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(answer.stdout, expected);
}

#[test]
fn every_command_has_a_page_and_completions() {
    let sandbox = Sandbox::new();
    sandbox.run(&["man", "."]).expect(0);
    let mut expected: Vec<_> = COMMANDS
        .iter()
        .map(|command| format!("imgtool-{command}.1"))
        .collect();
    expected.push("imgtool.1".to_owned());
    let lists = ["check", "full", "grab", "grabnew", "sync", "update"];
    expected.extend(lists.map(|list| format!("imgtool-excludes-{list}.1")));
    let actions = ["list", "prune", "show", "verify"];
    expected.extend(actions.map(|verb| format!("imgtool-backup-{verb}.1")));
    expected.sort();
    assert_eq!(sandbox.names(), expected);
    let page = std::fs::read_to_string(sandbox.path("imgtool-verify-arch.1")).expect("written");
    for part in [
        ".TH imgtool-verify-arch 1",
        "imgtool verify\\-arch",
        "Exit status",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.run(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("verify-arch"), "{shell}");
    }
}
