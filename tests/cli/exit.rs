//! Exit statuses: `docs/exit-status.md` as a table.

use fixtures::elf::Machine;
use fixtures::image::Arch;

use crate::archives::{escaping, mixed, tar_gz};
use crate::sandbox::Sandbox;

#[test]
fn every_way_to_end_has_its_status() {
    let sandbox = Sandbox::with_trees();
    sandbox.file("escaping.tar", &escaping());
    sandbox.file("text", b"no archive\n");
    let gz = tar_gz(&mixed(Arch::X86_64, b"usr/bin/odd", Machine::Aarch64));
    sandbox.file("cut.tar.gz", &gz[..gz.len() / 2]);
    sandbox.file("mixed.tar.gz", &gz);
    let mixed = mixed(Arch::X86_64, b"usr/bin/odd", Machine::Aarch64);
    sandbox.import(&mixed, "mixed");
    std::fs::create_dir(sandbox.path("empty")).expect("makes");

    let cases: &[(i32, &str)] = &[
        // Done.
        (0, "verify-arch amd64"),
        (
            0,
            "verify-arch amd64 --arch x86_64 --distro ubuntu2404 --kind software-image",
        ),
        (0, "verify-arch amd64 --arch amd64"),
        (0, "inspect amd64 arm64 amd64.tar.gz"),
        (0, "inspect amd64 --no-digest"),
        (0, "manifest amd64"),
        (0, "manifest amd64.tar.gz"),
        (0, "manifest amd64 -o amd64.listed"),
        (0, "manifest amd64 -o /dev/null"),
        (0, "diff amd64 amd64"),
        (0, "diff amd64 amd64.tar.gz --checksum"),
        (0, "import amd64.tar.gz --into new --arch x86_64"),
        (
            0,
            "import arm64.tar.gz --into new --replace --limit size=1G",
        ),
        (0, "completions bash"),
        (0, "man ."),
        (0, "--help"),
        (0, "--version"),
        (0, "import --help"),
        // Differences or findings.
        (1, "diff amd64 arm64"),
        (1, "diff amd64 arm64 --format itemize"),
        (1, "diff amd64 arm64 --no-delete --modify-window -1"),
        (1, "verify-arch amd64 arm64"),
        (1, "verify-arch mixed"),
        (1, "verify-arch mixed --arch x86_64"),
        (1, "verify-arch empty"),
        (1, "import mixed.tar.gz --into found"),
        // Wrong usage.
        (2, "import amd64.tar.gz"),
        (2, "import amd64.tar.gz --into x --arch vax"),
        (2, "import amd64.tar.gz --into x --kind image"),
        (2, "import amd64.tar.gz --into x --distro="),
        (2, "import amd64.tar.gz --into x --limit files=1"),
        (2, "import amd64.tar.gz --into x --limit size=big"),
        (2, "import amd64.tar.gz --into .."),
        (2, "import amd64.tar.gz --into .imgtool"),
        (2, "verify-arch"),
        (2, "verify-arch amd64 --jobs 0"),
        (2, "verify-arch amd64 --format itemize"),
        (2, "verify-arch amd64 -q -v"),
        (2, "manifest amd64 --format json"),
        (2, "manifest amd64 -o amd64/listed"),
        (2, "manifest amd64 -o ./arm64/../amd64/usr/listed"),
        (2, "diff amd64"),
        (2, "diff amd64 arm64 --modify-window -2"),
        // Options of which one would count for nothing.
        (2, "manifest --mtree --checksum amd64"),
        (2, "manifest --listing --no-content amd64"),
        (2, "excludes update --format json"),
        (2, "diff amd64 arm64 --stat --null"),
        (2, "diff amd64 arm64 --patch /etc --null"),
        (2, "diff amd64 arm64 --name-only --explain /etc"),
        (2, "diff amd64 arm64 --patch /etc --explain /etc"),
        (2, "diff amd64 arm64 --format itemize --explain /etc"),
        (2, "diff amd64 arm64 --format itemize --patch /etc"),
        (
            2,
            "diff amd64 arm64 --format itemize --against-synclog text",
        ),
        (2, "diff amd64 arm64 --at-once 4"),
        (2, "diff amd64 arm64 --time-limit 4"),
        (2, "completions dos"),
        (2, "nonsense"),
        // Refused.
        (3, "verify-arch amd64 --arch aarch64"),
        (3, "verify-arch amd64 --distro rhel9"),
        (3, "verify-arch amd64 --kind node-installer"),
        (3, "verify-arch empty --arch x86_64"),
        (3, "import escaping.tar --into x"),
        (3, "import cut.tar.gz --into x"),
        (3, "import text --into x"),
        (3, "import amd64.tar.gz --into x --arch aarch64"),
        (3, "import amd64.tar.gz --into x --distro debian12"),
        (3, "import amd64.tar.gz --into x --limit entries=10"),
        (3, "import amd64.tar.gz --into arm64"),
        (3, "import amd64.tar.gz --into text"),
        (3, "inspect text"),
        (3, "diff text amd64"),
        // The system failed.
        (4, "import absent.tar --into x"),
        (4, "import amd64.tar.gz --into absent/x"),
        (4, "verify-arch absent"),
        (4, "verify-arch amd64 absent --arch aarch64"),
        (4, "verify-arch text"),
        (4, "inspect amd64 absent"),
        (4, "manifest absent"),
        (4, "manifest amd64 -o absent/x"),
        (4, "diff amd64 absent"),
        (4, "man absent"),
    ];
    for (status, line) in cases {
        let arguments: Vec<_> = line.split_whitespace().collect();
        let answer = sandbox.run(&arguments);
        assert_eq!(answer.status, Some(*status), "`{line}`: {answer:#?}");
        // What went wrong is said, and only then.
        let found = line.starts_with("verify-arch") && answer.stdout.contains("error[");
        let told = answer.stderr.contains("error:");
        assert_eq!(told || found, *status > 1 || found, "`{line}`: {answer:#?}");
        assert!(!sandbox.has("x"), "{line}");
    }
}
