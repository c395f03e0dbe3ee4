//! What an image says it is for must be what its files are for.

use fixtures::compress::Codec;
use fixtures::container::{Image, Layer, OciLayout, Platform, Style, docker};
use fixtures::elf::{Machine, executable};
use fixtures::image::{Arch, Distro, software_image};
use fixtures::snapshot::Snapshot;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::{ImportError, Options};
use libimage::inspect::Architecture;

use crate::arena::{Arena, Packing};

const X86: Machine = Machine::X86_64;
const ARM: Machine = Machine::Aarch64;

fn program(path: &str, machine: Machine) -> TreeSpec {
    TreeSpec::new().with(Node::file(path, executable(machine)).mode(0o755))
}

fn hidden(path: &str) -> TreeSpec {
    TreeSpec::new().with(Node::file(path, ""))
}

/// Two programs, as many as it takes to outvote one.
fn system(machine: Machine) -> TreeSpec {
    program("usr/bin/a", machine).with_all(program("usr/bin/b", machine))
}

fn image(platform: Platform, layers: &[TreeSpec]) -> Image {
    let layers = layers.iter().map(Layer::of);
    layers.fold(Image::new(platform), Image::layer)
}

/// Both kinds of layouts.
fn layouts(image: &Image) -> [TreeSpec; 2] {
    let mut layout = OciLayout::new();
    let manifest = layout.image(image);
    [
        layout.finish(&[manifest]),
        docker(std::slice::from_ref(image), Style::Podman),
    ]
}

/// What is shown, the platform that is claimed, the layers, and some words of
/// the refusal if there is to be one.
type Case = (&'static str, Platform, Vec<TreeSpec>, Option<&'static str>);

const IS_X86: Option<&str> = Some("the tree is x86_64, not aarch64");
const IS_ARM: Option<&str> = Some("the tree is aarch64, not x86_64");

fn x86() -> Platform {
    Platform::linux("amd64")
}

fn arm() -> Platform {
    Platform::linux("arm64").variant("v8")
}

fn i386() -> Platform {
    Platform::linux("386")
}

/// What must not be disproven.
fn claims() -> Vec<Case> {
    let one_of_three = || system(X86).with_all(program("usr/bin/c", ARM));
    vec![
        ("true of x86_64", x86(), vec![system(X86)], None),
        ("true of aarch64", arm(), vec![system(ARM)], None),
        ("true of i386", i386(), vec![system(Machine::I386)], None),
        ("false of aarch64", arm(), vec![system(X86)], IS_X86),
        ("false of x86_64", x86(), vec![system(ARM)], IS_ARM),
        ("false of i386", i386(), vec![system(X86)], Some("not i386")),
        ("nothing disproves it", x86(), vec![hidden("etc")], None),
        ("no layers disprove it", x86(), vec![], None),
        ("no claim", Platform::without_elf(), vec![system(ARM)], None),
        ("most are what it says", x86(), vec![one_of_three()], None),
        (
            "a layer brings others",
            x86(),
            vec![system(X86), system(ARM)],
            IS_ARM,
        ),
        (
            "a layer brings the right ones",
            x86(),
            vec![system(ARM), system(X86)],
            None,
        ),
        (
            "a layer hides the right ones",
            x86(),
            vec![
                system(X86).with_all(program("usr/sbin/c", ARM)),
                hidden("usr/.wh.bin"),
            ],
            IS_ARM,
        ),
        (
            "other names of hidden ones count",
            x86(),
            vec![
                program("usr/bin/a", ARM)
                    .with(Node::hard_link("usr/bin/b", "usr/bin/a"))
                    .with_all(program("usr/bin/c", X86)),
                hidden("usr/bin/.wh.a").with_all(hidden("usr/bin/.wh.c")),
            ],
            IS_ARM,
        ),
    ]
}

/// What must be proven once `--arch` says the same.
fn demands() -> Vec<Case> {
    let one_of_three = || system(X86).with_all(program("usr/bin/c", ARM));
    let nothing = Some("no ELF file shows an architecture");
    vec![
        ("true of x86_64", x86(), vec![system(X86)], None),
        ("false of aarch64", arm(), vec![system(X86)], IS_X86),
        ("nothing proves it", x86(), vec![hidden("etc")], nothing),
        ("no layers prove it", x86(), vec![], nothing),
        (
            "one is for another",
            x86(),
            vec![one_of_three()],
            Some("1 file for aarch64"),
        ),
        (
            "a layer hides the other",
            x86(),
            vec![one_of_three(), hidden("usr/bin/.wh.c")],
            None,
        ),
    ]
}

/// What is wrong with how an import ended, the tree at its place included.
fn wrong(layout: &TreeSpec, options: &Options, refusal: Option<&str>) -> Option<String> {
    let arena = Arena::new();
    let source = arena.source(layout, Packing::Directory);
    let before = arena.snapshot();
    let error = match (arena.import(source, options), refusal) {
        (Ok(_), None) => return None,
        (Ok(_), Some(_)) => return Some("it was taken".to_owned()),
        (Err(error), None) => return Some(format!("it was refused: {error}")),
        (Err(error), Some(_)) => error,
    };
    let words = refusal.unwrap_or_default();
    let as_expected = error.kind() == ErrorKind::Refused
        && matches!(error, ImportError::NotAsDemanded(_))
        && error.to_string().contains(words);
    let touched = before.touched(&arena.snapshot());
    (!as_expected || !touched.is_empty()).then(|| format!("{error}; touched: {touched:?}"))
}

fn assert_judged(cases: &[Case], is_demanded: bool) {
    let mut found = Vec::new();
    for (name, platform, layers, refusal) in cases {
        for layout in layouts(&image(platform.clone(), layers)) {
            for dry_run in [false, true] {
                let mut options = Options::default();
                options.dry_run = dry_run;
                if is_demanded {
                    let arch = if *platform == arm() {
                        Architecture::AARCH64
                    } else {
                        Architecture::X86_64
                    };
                    options.choice.arch = Some(arch);
                    options.demand.arch = Some(arch);
                }
                let what = wrong(&layout, &options, *refusal);
                found.extend(what.map(|what| format!("{name}, dry run {dry_run}: {what}")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_claim_must_not_be_disproven_by_the_final_tree() {
    assert_judged(&claims(), false);
}

#[test]
fn a_demand_must_be_proven_by_the_final_tree() {
    assert_judged(&demands(), true);
}

/// `--arch` picks among claims, so it cannot correct one, and no help says so.
#[test]
fn a_false_claim_cannot_be_overruled() {
    for layout in layouts(&image(arm(), &[system(X86)])) {
        let arena = Arena::new();
        let source = arena.source(&layout, Packing::Directory);
        let error = arena.import(source, &Options::default());
        let error = error.expect_err("it is for another");
        let help = error.help().expect("something can be done");
        assert!(help.contains("have the image built again"), "{help}");
        assert!(!help.contains("--arch"), "{help}");
        let arena = Arena::new();
        let source = arena.source(&layout, Packing::Directory);
        let mut options = Options::default();
        options.choice.arch = Some(Architecture::X86_64);
        options.demand.arch = Some(Architecture::X86_64);
        let error = arena.import(source, &options);
        let error = error.expect_err("it says another").to_string();
        assert!(error.contains("no image for x86_64"), "{error}");
        assert_eq!(arena.images(), [""; 0]);
    }
}

/// A whole system whose claim is false, over a tree that stands there.
#[test]
fn a_false_claim_leaves_the_former_tree_alone() {
    for (claim, arch) in [("arm64", Arch::X86_64), ("amd64", Arch::Aarch64)] {
        let tree = software_image(arch, Distro::Ubuntu2404);
        let layer = Layer::of(&tree).packed(Codec::Zstd);
        let image = Image::new(Platform::linux(claim)).layer(layer);
        for layout in layouts(&image) {
            let arena = Arena::new();
            let former = TreeSpec::new().with(Node::file("former", "text"));
            former.create(&arena.image(), Privilege::current());
            let source = arena.source(&layout, Packing::Directory);
            let before = Snapshot::of(&arena.image());
            let mut options = Options::default();
            options.replace = true;
            let error = arena.import(source, &options).expect_err("it is false");
            assert!(matches!(error, ImportError::NotAsDemanded(_)), "{error}");
            assert_eq!(arena.images(), ["compute"]);
            let touched = before.touched(&Snapshot::of(&arena.image()));
            assert_eq!(touched, [""; 0], "{claim}");
        }
    }
}

#[test]
fn a_system_that_is_what_it_says_is_published_whole() {
    for (claim, arch) in [("amd64", Arch::X86_64), ("arm64", Arch::Aarch64)] {
        let tree = software_image(arch, Distro::Debian12);
        let image = Image::new(Platform::linux(claim)).layer(Layer::of(&tree));
        for layout in layouts(&image) {
            let arena = Arena::new();
            let source = arena.source(&layout, Packing::Directory);
            let outcome = arena
                .import(source, &Options::default())
                .unwrap_or_else(|error| panic!("{claim}: {error}"));
            let expected = claim.replace("amd64", "x86_64").replace("arm64", "aarch64");
            let proven: Architecture = expected.parse().expect("a name that is known");
            assert_eq!(outcome.facts.arch, Some(proven));
            assert_eq!(arena.mismatches(&tree, &outcome), [""; 0], "{claim}");
        }
    }
}
