//! What a tree is for, as rows and as members of an object.

use std::collections::BTreeMap;
use std::io;

use indicatif::HumanCount;
use libimage::error::show;
use libimage::escape::Escaped;
use libimage::inspect::{Architecture, Facts, ImageKind, Kernel, Place};
use libimage::path::ImagePath;
use serde::Serialize;

use super::Text;
use super::name;

/// The members that every object about a tree has.
#[derive(Default, Serialize)]
pub(super) struct Identity {
    kind: Option<&'static str>,
    arch: Option<String>,
    distro: Option<String>,
    machines: BTreeMap<String, u64>,
}

impl From<&Facts> for Identity {
    fn from(facts: &Facts) -> Self {
        Self {
            kind: facts.kind.kind.map(ImageKind::word),
            arch: facts.arch.map(|arch| arch.to_string()),
            distro: facts.distro.as_ref().map(ToString::to_string),
            machines: facts
                .census
                .machines()
                .into_iter()
                .map(|(arch, count)| (arch.to_string(), count))
                .collect(),
        }
    }
}

/// One kernel of a tree.
#[derive(Serialize)]
pub(super) struct KernelObject {
    release: String,
    arch: Option<String>,
    image: Option<String>,
    initrd: Option<String>,
    modules: Option<String>,
}

/// The kernels of a tree.
pub(super) fn kernels(facts: &Facts) -> Vec<KernelObject> {
    let path = |path: &Option<ImagePath>| path.as_ref().map(|path| name::text(path.as_bytes()));
    facts
        .kernels
        .iter()
        .map(|kernel| KernelObject {
            release: name::text(&kernel.release),
            arch: arch_of(kernel).map(|arch| arch.to_string()),
            image: path(&kernel.image),
            initrd: path(&kernel.initrd),
            modules: path(&kernel.modules),
        })
        .collect()
}

fn arch_of(kernel: &Kernel) -> Option<Architecture> {
    kernel.boot.as_ref()?.architecture
}

/// Kind, architecture, distribution and kernels.
pub(super) fn rows(facts: &Facts, out: &mut Text<'_>) -> io::Result<()> {
    match facts.kind.kind {
        Some(kind) => out.row(
            "kind",
            format_args!("{kind} (it holds {})", facts.kind.because),
        )?,
        None => out.row(
            "kind",
            format_args!("unknown (it holds {})", facts.kind.because),
        )?,
    }
    match facts.arch {
        Some(arch) => out.row("arch", arch)?,
        None => out.row("arch", "unknown")?,
    }
    match (&facts.distro, &facts.os_release) {
        (Some(distro), Some(release)) => {
            let name = release.pretty_name().unwrap_or(release.id());
            out.row(
                "distro",
                format_args!("{distro} ({})", Escaped(name.as_bytes())),
            )?;
        }
        _ => out.row("distro", "unknown")?,
    }
    for kernel in &facts.kernels {
        out.row("kernel", describe(kernel))?;
    }
    if facts.kernels.is_empty() {
        out.row("kernel", "none")?;
    }
    if let Some(links) = &facts.links {
        let offered: Vec<_> = links
            .offered()
            .map(|version| Escaped(version.as_bytes()).to_string())
            .collect();
        if !offered.is_empty() {
            out.row("provides", offered.join(", "))?;
        }
    }
    Ok(())
}

/// A kernel in one line.
fn describe(kernel: &Kernel) -> String {
    let mut parts = Vec::new();
    if let Some(arch) = arch_of(kernel) {
        parts.push(arch.to_string());
    }
    match &kernel.image {
        Some(image) => parts.push(image.to_string()),
        None => parts.push("no image".to_owned()),
    }
    if kernel.initrd.is_none() {
        parts.push("no initrd".to_owned());
    }
    match (&kernel.modules, kernel.has_modules_dep) {
        (None, _) => parts.push("no modules".to_owned()),
        (_, false) => parts.push("no modules.dep".to_owned()),
        _ => {}
    }
    format!("{} ({})", Escaped(&kernel.release), parts.join(", "))
}

/// The table of machines: the majority, then the outliers with examples.
pub(super) fn machines(facts: &Facts, out: &mut Text<'_>) -> io::Result<()> {
    let mut machines: Vec<_> = facts.census.machines().into_iter().collect();
    machines.sort_by_key(|&(arch, count)| (facts.arch != Some(arch), std::cmp::Reverse(count)));
    let mut label = "ELF files";
    for (arch, count) in machines {
        let name = arch.to_string();
        let count = HumanCount(count).to_string();
        if facts.arch == Some(arch) {
            out.row(label, format_args!("{name:<12} {count:>9}"))?;
        } else {
            let files = facts.census.of(arch);
            let examples: Vec<_> = files.paths().map(|path| format!("`{path}`")).collect();
            let examples = examples.join(", ");
            out.row(label, format_args!("{name:<12} {count:>9}  {examples}"))?;
        }
        label = "";
    }
    if facts.census.total() == 0 {
        out.row(label, "none")?;
    }
    if out.verbose {
        places(facts, out)?;
    }
    Ok(())
}

/// Where the files stand.
fn places(facts: &Facts, out: &mut Text<'_>) -> io::Result<()> {
    let mut label = "places";
    for count in facts.census.counts() {
        let first = count.files.paths().next();
        let first = first.map(ToString::to_string).unwrap_or_default();
        let (arch, place) = (count.architecture.to_string(), words(count.place));
        let number = HumanCount(count.files.count()).to_string();
        out.row(
            label,
            format_args!("{arch:<12} {number:>9}  {place}: `{first}`"),
        )?;
        label = "";
    }
    Ok(())
}

pub(super) fn words(place: Place) -> String {
    match place {
        Place::Programs => "programs".to_owned(),
        Place::Libraries => "libraries".to_owned(),
        Place::Libraries64 => "64-bit libraries".to_owned(),
        Place::KernelModules => "kernel modules".to_owned(),
        Place::Multiarch(arch) => format!("libraries of {arch}"),
        Place::Sysroot(arch) => format!("compilers and libraries for {arch}"),
        Place::Firmware => "firmware".to_owned(),
        Place::SmallerAbi => "libraries of the smaller ABI".to_owned(),
        Place::CrossTools => "tools for other targets".to_owned(),
        Place::DebugInfo => "debug information".to_owned(),
        Place::Emulator => "emulators".to_owned(),
        Place::BootLoader => "boot loaders".to_owned(),
        Place::Valgrind => "valgrind".to_owned(),
        Place::LanguageBundle => "packages of a language".to_owned(),
        Place::Guile => "compiled Guile".to_owned(),
        Place::TestData => "test data".to_owned(),
        _ => "elsewhere".to_owned(),
    }
}

/// The heading of everything said about a tree.
pub(super) fn heading(path: &std::path::Path) -> String {
    show(path).to_string()
}
