//! Each check against an image as it should be, and against one that is not.

mod open;
mod together;

use std::collections::BTreeSet;

use fixtures::image::broken::{STOCK_SERIES, broken};
use fixtures::image::{Arch, Distro, cm_shared, node_installer, software_image};
use fixtures::tree::{Node, TreeSpec};

use super::fake::SpecTree;
use super::*;
use crate::monitor::Silent;
use crate::rules::{Group, Severity, rules};

const ARCH: Arch = Arch::X86_64;
const UBUNTU: Distro = Distro::Ubuntu2404;

fn options(series: &str) -> Options {
    Options {
        series: Some(series.parse().expect("a release")),
        ..Options::default()
    }
}

fn linted(tree: &SpecTree, options: &Options) -> Outcome {
    lint(tree, options, &Silent).expect("readable")
}

fn names(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.name).collect()
}

/// The rules whose checks were not made, with the reasons.
fn open(outcome: &Outcome) -> Vec<(&'static str, &str)> {
    let open = outcome.checks.iter().filter(|one| one.status.is_open());
    open.map(|one| (one.rule.name, one.status.why().unwrap_or_default()))
        .collect()
}

fn status_of<'a>(outcome: &'a Outcome, rule: &str) -> &'a Status {
    let checked = outcome.checks.iter().find(|one| one.rule.name == rule);
    &checked.expect("it was selected").status
}

#[test]
fn an_image_as_it_should_be_passes_every_check() {
    for distro in Distro::ALL {
        for arch in Arch::ALL {
            for make in [software_image, node_installer, cm_shared] {
                let tree = SpecTree::new(&make(arch, distro));
                let outcome = linted(&tree, &options(STOCK_SERIES));
                let what = format!("{distro:?} {arch:?} {:?}", outcome.kind);
                assert_eq!(names(&outcome.findings), [""; 0], "{what}: {outcome:#?}");
                assert_eq!(open(&outcome), [], "{what}");
                let passed = outcome
                    .checks
                    .iter()
                    .filter(|one| one.status == Status::Passed);
                assert!(passed.count() > 5, "{what}");
            }
        }
    }
}

#[test]
fn an_image_with_one_thing_wrong_breaks_that_rule_and_no_other() {
    for case in broken() {
        let outcome = linted(&SpecTree::new(&case.tree), &options(case.series));
        let what = format!("{}: {}", case.rule, case.what);
        let mut found = names(&outcome.findings);
        found.dedup();
        assert_eq!(found, [case.rule], "{what}: {:#?}", outcome.findings);
        let findings = outcome.findings.len();
        assert_eq!(
            status_of(&outcome, case.rule),
            &Status::Failed { findings },
            "{what}"
        );
        for finding in &outcome.findings {
            assert!(!finding.message.is_empty(), "{what}");
        }
    }
}

#[test]
fn every_rule_of_the_group_is_broken_by_some_test() {
    // Two need more than one tree can hold; they have tests of their own.
    let mut broken: BTreeSet<_> = broken().iter().map(|case| case.rule).collect();
    broken.extend(["mount-leftover", "shared-link"]);
    let preflight: BTreeSet<_> = rules()
        .filter(|rule| rule.group == Group::Preflight)
        .map(|rule| rule.name)
        .collect();
    assert_eq!(broken, preflight);
    let checked: BTreeSet<_> = Selector::all()
        .filter_map(|selector| match selector {
            Selector::Rule(rule) => Some(rule.name),
            Selector::Group(_) => None,
        })
        .collect();
    assert!(preflight.is_subset(&checked), "a rule has no check");
}

#[test]
fn mounts_are_found_and_not_taken_for_missing_directories() {
    let tree = SpecTree::new(&software_image(ARCH, UBUNTU))
        .mounted("proc")
        .mounted("sys");
    let outcome = linted(&tree, &options(STOCK_SERIES));
    assert_eq!(names(&outcome.findings), ["mount-leftover"]);
    assert_eq!(
        outcome.findings[0].message,
        "2 mount points in use: `proc`, `sys`"
    );
}

#[test]
fn checks_are_for_their_kinds_alone() {
    let spec = cm_shared(ARCH, UBUNTU)
        .with(Node::file("proc/cpuinfo", ""))
        .with(Node::dir("tmp").mode(0o755))
        .with(Node::file("etc/machine-id", "x"));
    let outcome = linted(&SpecTree::new(&spec), &options(STOCK_SERIES));
    assert_eq!(names(&outcome.findings), [""; 0]);
    let why = "the tree is a cm-shared".to_owned();
    assert_eq!(
        status_of(&outcome, "tmp-mode"),
        &Status::NotApplicable { why }
    );

    let spec = software_image(ARCH, UBUNTU).with(Node::file("modulefiles/x/no-version", ""));
    let outcome = linted(&SpecTree::new(&spec), &options(STOCK_SERIES));
    assert_eq!(names(&outcome.findings), [""; 0]);
}

#[test]
fn files_that_dpkg_diverts_belong_to_their_package() {
    let diverted = |by: &str| {
        let mut spec = software_image(ARCH, UBUNTU);
        let file = spec.get("usr/bin/passwd").expect("there").clone();
        spec.remove("usr/bin/passwd");
        spec.push(Node {
            path: b"usr/sbin/passwd.real".to_vec(),
            ..file
        });
        spec.push(Node::file(
            "var/lib/dpkg/diversions",
            format!("/bin/passwd\n{by}\nbash\n"),
        ));
        linted(&SpecTree::new(&spec), &options(STOCK_SERIES))
    };
    for to in ["/usr/sbin/passwd.real", "/sbin/passwd.real"] {
        assert_eq!(names(&diverted(to).findings), [""; 0], "{to}");
    }
    let elsewhere = diverted("/usr/sbin/passwd.other");
    assert_eq!(names(&elsewhere.findings), ["privileged-unpackaged"]);
    assert_eq!(
        elsewhere.findings[0].message,
        "1 file with set-uid, set-gid or capabilities from no package: `usr/sbin/passwd.real`"
    );
}

#[test]
fn a_kind_that_does_not_hold_breaks_the_demand() {
    let options = Options {
        kind: Some(ImageKind::CmShared),
        ..options(STOCK_SERIES)
    };
    let outcome = linted(&SpecTree::new(&software_image(ARCH, UBUNTU)), &options);
    assert_eq!(names(&outcome.findings), ["kind-mismatch"]);
    assert!(outcome.findings[0].breaks_demand());
    // The content decides which checks are made.
    assert_eq!(outcome.kind, Some(ImageKind::SoftwareImage));
}

#[test]
fn a_kernel_of_another_architecture_is_found() {
    let mut spec = software_image(ARCH, UBUNTU);
    let arm = software_image(Arch::Aarch64, UBUNTU);
    let path = "boot/vmlinuz-6.8.0-51-generic";
    *spec.get_mut(path).expect("there") = arm.get(path).expect("there").clone();
    let outcome = linted(&SpecTree::new(&spec), &options(STOCK_SERIES));
    assert_eq!(names(&outcome.findings), ["kernel-arch"]);
}

#[test]
fn warnings_are_errors_where_that_is_wanted() {
    let spec = software_image(ARCH, UBUNTU)
        .with(Node::file("etc/machine-id", "x"))
        .with(Node::file("root/.bash_history", "x"));
    for (fatal_warnings, expected) in [
        (false, [Severity::Warning, Severity::Note]),
        (true, [Severity::Error, Severity::Note]),
    ] {
        let options = Options {
            fatal_warnings,
            ..options(STOCK_SERIES)
        };
        let outcome = linted(&SpecTree::new(&spec), &options);
        let severities: Vec<_> = outcome.findings.iter().map(Finding::severity).collect();
        assert_eq!(severities, expected);
    }
}

#[test]
fn what_is_not_selected_is_not_checked() {
    let spec = software_image(ARCH, UBUNTU).with(Node::file("etc/machine-id", "x"));
    let selectors = |names: &[&str]| -> Vec<Selector> {
        let parsed = names.iter().map(|name| name.parse().expect("it is there"));
        parsed.collect()
    };
    let of_group = |check: &Check| check.rule.group == Group::Preflight;
    let preflight = checks().filter(of_group).count();
    let cases: [(&[&str], &[&str], usize, usize); 3] = [
        (&["machine-id", "tmp-mode"], &[], 2, 1),
        (&["preflight"], &["machine-id"], preflight - 1, 0),
        (&["swap-file"], &["preflight"], 0, 0),
    ];
    for (only, skip, made, found) in cases {
        let options = Options {
            selection: Selection {
                only: selectors(only),
                skip: selectors(skip),
            },
            ..options(STOCK_SERIES)
        };
        let outcome = linted(&SpecTree::new(&spec), &options);
        assert_eq!(outcome.checks.len(), made, "{only:?} {skip:?}");
        assert_eq!(outcome.findings.len(), found, "{only:?} {skip:?}");
    }
}

#[test]
fn any_number_of_threads_finds_the_same() {
    for case in broken().iter().filter(|case| case.rule != "file-inflated") {
        let tree = SpecTree::new(&case.tree);
        let [one, many] = [1, 5].map(|threads| {
            let options = Options {
                threads: NonZeroUsize::new(threads),
                ..options(case.series)
            };
            linted(&tree, &options)
        });
        assert_eq!(one.findings, many.findings);
        assert_eq!(one.checks, many.checks);
    }
}

#[test]
fn hostile_names_are_harmless_in_messages() {
    let evil = "\x1b[2J\u{202e}\n";
    let spec = software_image(ARCH, UBUNTU)
        .with(Node::file(format!("etc/{evil}"), "").mode(0o666))
        .with(Node::file(format!("run/{evil}"), ""))
        .with(Node::file(format!("usr/{evil}.dpkg-new"), ""))
        .with(Node::file(format!("home/{evil}/.bash_history"), "x"))
        .with(Node::symlink("etc/resolv.conf", evil))
        .with(Node::file("etc/fstab", format!("UUID={evil}")))
        .with(Node::file(
            format!("etc/apt/sources.list.d/cm{evil}.list"),
            format!("deb http://brightcomputing/9.2/{} ./\n", &evil[..7]),
        ));
    let outcome = linted(&SpecTree::new(&spec), &options(STOCK_SERIES));
    assert!(outcome.findings.len() >= 6, "{:#?}", outcome.findings);
    for finding in &outcome.findings {
        let bad = |character: char| crate::escape::is_dangerous(character);
        assert!(!finding.message.contains(bad), "{finding:?}");
    }
}
