//! What an image is for is told right, and not what it isn't for.

use libimage::inspect::Architecture;
use libimage::monitor::Silent;
use libimage::rules::{Demand, Policy, Severity, Verdict};
use libimage::verify::{Depth, Options, Outcome, verify};

use crate::real::{live, real};

fn judged(image: &str, arch: Option<Architecture>, distro: Option<&str>) -> Outcome {
    let options = Options {
        demand: Demand {
            arch,
            distro: distro.map(str::to_owned),
            kind: None,
        },
        policy: Policy::default(),
        threads: 2,
        depth: Depth::ALONE,
    };
    verify(&live(&real(image)), &options, &Silent).expect("it can be read")
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn images_are_what_they_are_and_nothing_else() {
    const X86: Option<Architecture> = Some(Architecture::X86_64);
    const ARM: Option<Architecture> = Some(Architecture::AARCH64);
    let cases = [
        ("amd64", None, None, Verdict::Match, ""),
        ("amd64", X86, Some("debian12"), Verdict::Match, ""),
        ("amd64", ARM, None, Verdict::Mismatch, "arch-mismatch"),
        (
            "amd64",
            ARM,
            Some("debian12"),
            Verdict::Mismatch,
            "arch-mismatch",
        ),
        (
            "amd64",
            X86,
            Some("debian11"),
            Verdict::Mismatch,
            "distro-mismatch",
        ),
        (
            "amd64",
            X86,
            Some("ubuntu2204"),
            Verdict::Mismatch,
            "distro-mismatch",
        ),
        (
            "amd64",
            Some(Architecture::I386),
            None,
            Verdict::Mismatch,
            "arch-mismatch",
        ),
        (
            "amd64",
            Some(Architecture::X32),
            None,
            Verdict::Mismatch,
            "arch-mismatch",
        ),
        ("arm64", None, None, Verdict::Match, ""),
        ("arm64", ARM, Some("debian12"), Verdict::Match, ""),
        ("arm64", X86, None, Verdict::Mismatch, "arch-mismatch"),
        (
            "arm64",
            Some(Architecture::ARM),
            None,
            Verdict::Mismatch,
            "arch-mismatch",
        ),
        (
            "arm64",
            ARM,
            Some("rhel9"),
            Verdict::Mismatch,
            "distro-mismatch",
        ),
    ];
    for (image, arch, distro, verdict, rule) in cases {
        let what = format!("{image} as {arch:?} {distro:?}");
        let outcome = judged(image, arch, distro);
        assert_eq!(outcome.verdict, verdict, "{what}: {:#?}", outcome.findings);
        let errors: Vec<_> = outcome
            .findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Error)
            .map(|finding| finding.rule.name)
            .collect();
        let expected: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
        assert_eq!(errors, expected, "{what}: {:#?}", outcome.findings);
    }
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn facts_are_told() {
    for (image, arch) in [
        ("amd64", Architecture::X86_64),
        ("arm64", Architecture::AARCH64),
    ] {
        let facts = judged(image, None, None).facts;
        assert_eq!(facts.arch, Some(arch), "{image}");
        assert_eq!(
            facts.distro.expect("it has one").tag(),
            "debian12",
            "{image}"
        );
        assert!(!facts.kernels.is_empty(), "{image}");
        // As `find … | xargs file` counts them, there are some thousand.
        let files: u64 = facts.census.machines().values().copied().sum();
        assert!(files > 1000, "{image}: {files}");
    }
}
