//! Real kernels, held against file(1).

use libimage::inspect::{Because, BootImage, Facts, ImageFormat};
use libimage::monitor::Silent;
use libimage::rules::{Demand, Group, Policy, Severity};
use libimage::verify::{Depth, Options, verify};

use crate::tool::{ARCHES, bash, live, real, text};

fn verified(image: &str) -> (Facts, Vec<libimage::rules::Finding>) {
    let options = Options {
        demand: Demand::default(),
        policy: Policy::default(),
        threads: 2,
        depth: Depth::Headers,
    };
    let outcome = verify(&live(&real(image)), &options, &Silent).expect("it can be read");
    (outcome.facts, outcome.findings)
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn real_kernels_are_whole_and_nothing_is_cried_about() {
    for (image, arch) in ARCHES {
        let (facts, findings) = verified(image);
        let [kernel] = &facts.kernels[..] else {
            panic!("{image}: {:#?}", facts.kernels);
        };
        let release = String::from_utf8_lossy(&kernel.release).into_owned();
        assert_eq!(kernel.flavour(), Some(image.as_bytes()), "{release}");
        assert!(kernel.has_modules_dep && kernel.has_own_modules, "{image}");
        let default = facts.default_kernel.as_ref().expect("one boots");
        assert_eq!(default.release.as_ref(), Some(&kernel.release));
        assert!(matches!(&default.because, Because::Link(path) if path.to_string() == "vmlinuz"));

        let boot = kernel.boot.as_ref().expect("its image can be read");
        let path = real(image).join(kernel.image.as_ref().expect("it has one").to_string());
        let told = text("file -b \"$1\"", &[&path]);
        let (format, words) = match image {
            "amd64" => (ImageFormat::X86, "Linux kernel x86 boot executable bzImage"),
            _ => (
                ImageFormat::Arm64,
                "Linux kernel ARM64 boot executable Image",
            ),
        };
        assert_eq!(boot.format, format, "{image}");
        assert!(told.starts_with(words), "{image}: {told}");
        assert_eq!(
            boot.architecture.map(|arch| arch.to_string()).as_deref(),
            Some(arch)
        );
        assert_eq!(boot.release.is_some(), image == "amd64");
        if let Some(own) = &boot.release {
            assert_eq!(*own, release);
            assert!(told.contains(&format!("version {own} ")), "{told}");
        }

        let bad: Vec<_> = findings
            .iter()
            .filter(|one| one.rule.group == Group::Kernel && one.severity() != Severity::Note)
            .collect();
        assert!(bad.is_empty(), "{image}: {bad:#?}");
    }
}

#[test]
#[ignore = "needs real images and gzip; .ci/run runs it"]
fn a_gzipped_image_is_what_is_in_it() {
    for (image, _) in ARCHES {
        let (facts, _) = verified(image);
        let kernel = &facts.kernels[0];
        let path = real(image).join(kernel.image.as_ref().expect("it has one").to_string());
        let packed = bash("gzip -c \"$1\" | head -c 33280 || true", &[&path]);
        let inner = BootImage::parse(&packed);
        let outer = kernel.boot.as_ref().expect("it can be read");
        assert_eq!(
            (inner.format, inner.architecture),
            (outer.format, outer.architecture)
        );
    }
}
