//! What a tree is for, as rows and as members of an object.

use std::collections::BTreeMap;
use std::io;

use indicatif::HumanCount;
use libimage::error::show;
use libimage::escape::Escaped;
use libimage::inspect::{Architecture, Facts, ImageKind, Place, Tally};
use serde::Serialize;

use super::Text;
use super::kernel;
pub(super) use super::kernel::{KernelObject, kernels};

/// The members that every object about a tree has.
#[derive(Default, Serialize)]
pub(super) struct Identity {
    kind: Option<&'static str>,
    arch: Option<String>,
    distro: Option<String>,
    machines: BTreeMap<String, u64>,
    /// Null where only the first bytes of files are at hand.
    packed: Option<BTreeMap<String, u64>>,
    efi: Option<BTreeMap<String, u64>>,
}

impl From<&Facts> for Identity {
    fn from(facts: &Facts) -> Self {
        let is_seen = facts.census.unseen().count() == 0;
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
            packed: is_seen.then(|| counted(packed(facts))),
            efi: is_seen.then(|| counted(efi(facts))),
        }
    }
}

fn counted<K: std::fmt::Display>(tallies: BTreeMap<K, Tally>) -> BTreeMap<String, u64> {
    tallies
        .into_iter()
        .map(|(key, files)| (key.to_string(), files.count()))
        .collect()
}

/// Compressed modules and static archives, by what is in them.
fn packed(facts: &Facts) -> BTreeMap<Architecture, Tally> {
    let mut packed: BTreeMap<_, Tally> = BTreeMap::new();
    for count in facts.census.packed() {
        let files = packed.entry(count.architecture).or_default();
        files.merge(count.files.clone());
    }
    packed
}

/// EFI programs, by what they are for.
fn efi(facts: &Facts) -> BTreeMap<String, Tally> {
    let mut programs: BTreeMap<_, Tally> = BTreeMap::new();
    for (architecture, _, files) in facts.census.efi() {
        let word = architecture.map_or("other".to_owned(), |arch| arch.to_string());
        programs.entry(word).or_default().merge(files.clone());
    }
    programs
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
        out.row("kernel", kernel::describe(kernel, facts))?;
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
    tallies("packed", packed(facts), facts, out)?;
    tallies("EFI", efi(facts), facts, out)?;
    if out.verbose {
        places(facts, out)?;
    }
    Ok(())
}

/// Files that are no ELF files, where there are any: by what they are for.
fn tallies<K: ToString>(
    mut label: &str,
    tallies: BTreeMap<K, Tally>,
    facts: &Facts,
    out: &mut Text<'_>,
) -> io::Result<()> {
    let own = facts.arch.map(|arch| arch.to_string());
    for (key, files) in tallies {
        let name = key.to_string();
        let count = HumanCount(files.count()).to_string();
        let examples: Vec<_> = files.paths().map(|path| format!("`{path}`")).collect();
        if own.as_ref() == Some(&name) {
            out.row(label, format_args!("{name:<12} {count:>9}"))?;
        } else {
            let examples = examples.join(", ");
            out.row(label, format_args!("{name:<12} {count:>9}  {examples}"))?;
        }
        label = "";
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
