//! [`PackageChanges`]: which packages come, go and change;
//! [`DifferingFiles`]: which files are not as they shipped them.

use std::io;

use indicatif::HumanCount;
use libimage::diff::{Change, Totals};
use libimage::escape::Escaped;
use libimage::inspect::FileRole;
use libimage::review::{Content, PackageChange, PackageFile, Review, Transition, Version};
use libimage::size::Size;
use serde::Serialize;

use super::change::Sums;
use super::name::Name;
use super::risk;
use super::text::Counted;
use super::{Item, Json, Text};

/// Which packages come, go and change.
pub(crate) struct PackageChanges<'a> {
    pub(crate) review: &'a Review,
    /// Whether all are listed, however many.
    pub(crate) all: bool,
    /// Whether those are listed too of which only files differ.
    pub(crate) same: bool,
}

/// So many are listed unless all are asked for.
const SHOWN: usize = 40;

/// In the order in which they are listed.
const TRANSITIONS: [Transition; 7] = [
    Transition::Removed,
    Transition::Downgraded,
    Transition::OtherArch,
    Transition::Added,
    Transition::Upgraded,
    Transition::Same,
    Transition::Unknown,
];

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    package: Option<&'a str>,
    change: Option<&'static str>,
    from: Option<&'a str>,
    from_arch: Option<&'a str>,
    to: Option<&'a str>,
    to_arch: Option<&'a str>,
    #[serde(flatten)]
    sums: Sums,
}

fn shown(version: &Version, with_arch: bool) -> String {
    let text = Escaped(version.version.as_bytes());
    match &version.arch {
        Some(arch) if with_arch => format!("{text} ({})", Escaped(arch.as_bytes())),
        _ => text.to_string(),
    }
}

fn versions(package: &PackageChange) -> String {
    let arch = |version: &Option<Version>| version.as_ref().map(|version| version.arch.clone());
    let with_arch =
        package.from.is_some() && package.to.is_some() && arch(&package.from) != arch(&package.to);
    match (&package.from, &package.to, package.transition) {
        (_, Some(to), Transition::Same) => shown(to, false),
        (Some(from), Some(to), _) if from.version == to.version => {
            let arch = |one: &Version| {
                Escaped(one.arch.as_deref().unwrap_or_default().as_bytes()).to_string()
            };
            format!("{} {} -> {}", shown(to, false), arch(from), arch(to))
        }
        (Some(from), Some(to), _) => {
            format!("{} -> {}", shown(from, with_arch), shown(to, with_arch))
        }
        (Some(one), None, _) | (None, Some(one), _) => shown(one, false),
        (None, None, _) => String::new(),
    }
}

fn amount(totals: &Totals) -> String {
    let changes = Counted(totals.changes(), "change", "changes");
    match totals.bytes() {
        0 => changes.to_string(),
        bytes => format!("{changes}, {}", Size(bytes)),
    }
}

impl PackageChanges<'_> {
    fn package(package: &PackageChange, width: usize, out: &mut Text<'_>) -> io::Result<()> {
        let word = format!("{:<11}", package.transition.word());
        let word = match package.transition {
            Transition::Removed | Transition::Downgraded => out.paint.bad(word),
            Transition::Added => out.paint.good(word),
            _ => out.paint.odd(word),
        };
        let name = Escaped(package.name.as_bytes()).to_string();
        let versions = versions(package);
        let amount = amount(&package.totals);
        let parts = [name, versions].join(" ");
        out.line(format_args!("  {word} {parts:<width$}  {amount}"))
    }
}

impl Item for PackageChanges<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let is_listed = |package: &&PackageChange| match package.transition {
            Transition::Same | Transition::Unknown => self.same,
            // One of which nothing comes or goes is only written somewhere.
            Transition::Added | Transition::Removed => self.all || package.totals.changes() > 0,
            _ => true,
        };
        let packages: Vec<_> = self.review.packages.iter().filter(is_listed).collect();
        // Of the target's it was told with what is at risk.
        let unread = &self.review.source.unread;
        if packages.is_empty() {
            return risk::unread(
                unread,
                "what packages the source has and what they own",
                out,
            );
        }
        let counts: Vec<_> = TRANSITIONS
            .iter()
            .map(|transition| {
                let all = packages.iter();
                (
                    all.filter(|package| package.transition == *transition)
                        .count(),
                    transition,
                )
            })
            .filter(|(count, _)| *count > 0)
            .map(|(count, transition)| {
                format!("{} {}", HumanCount(count as u64), transition.word())
            })
            .collect();
        out.line(format_args!("packages: {}", counts.join(", ")))?;
        risk::unread(
            unread,
            "what packages the source has and what they own",
            out,
        )?;
        let most = if self.all { usize::MAX } else { SHOWN };
        let sorted: Vec<_> = TRANSITIONS
            .iter()
            .flat_map(|transition| {
                let all = packages.iter().copied();
                all.filter(move |package| package.transition == *transition)
            })
            .collect();
        let width = sorted
            .iter()
            .take(most)
            .map(|package| package.name.chars().count() + 1 + versions(package).chars().count())
            .max()
            .unwrap_or_default()
            .min(60);
        for package in sorted.iter().take(most) {
            Self::package(package, width, out)?;
        }
        let rest = sorted.len().saturating_sub(most);
        if rest > 0 {
            let rest = HumanCount(rest as u64);
            out.line(format_args!("  and {rest} more, which --details lists"))?;
        }
        if self.review.unpackaged.changes() > 0 {
            let amount = amount(&self.review.unpackaged);
            out.line(format_args!(
                "  {:<11} {:<width$}  {amount}",
                "none", "of no package"
            ))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for package in &self.review.packages {
            let (from, to) = (package.from.as_ref(), package.to.as_ref());
            out.object(&Object {
                r#type: "package",
                package: Some(&package.name),
                change: match package.transition {
                    Transition::Unknown => None,
                    known => Some(known.word()),
                },
                from: from.map(|from| &*from.version),
                from_arch: from.and_then(|from| from.arch.as_deref()),
                to: to.map(|to| &*to.version),
                to_arch: to.and_then(|to| to.arch.as_deref()),
                sums: Sums::of(&package.totals),
            })?;
        }
        out.object(&Object {
            r#type: "package",
            package: None,
            change: None,
            from: None,
            from_arch: None,
            to: None,
            to_arch: None,
            sums: Sums::of(&self.review.unpackaged),
        })
    }
}

/// Which changed files are not as their package shipped them.
pub(crate) struct DifferingFiles<'a> {
    pub(crate) review: &'a Review,
    pub(crate) changes: &'a [Change],
    /// Whether all are listed, however many.
    pub(crate) all: bool,
}

#[derive(Serialize)]
struct FileObject<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    package: Option<&'a str>,
    configuration: bool,
    source: Option<&'static str>,
    target: Option<&'static str>,
}

impl DifferingFiles<'_> {
    fn name(&self, file: &PackageFile) -> String {
        let package = self.review.package(file.change).unwrap_or_default();
        Escaped(package.as_bytes()).to_string()
    }
}

impl Item for DifferingFiles<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let is_changed = |side| side == Some(Content::Changed);
        let files = &self.review.files;
        let changed: Vec<_> = files
            .iter()
            .filter(|file| is_changed(file.source) || is_changed(file.target))
            .collect();
        if !changed.is_empty() {
            let count = Counted(
                changed.len() as u64,
                "changed file is not as its package shipped it",
                "changed files are not as their packages shipped them",
            );
            out.line(format_args!("{count}:"))?;
        }
        let most = if self.all { usize::MAX } else { SHOWN };
        for file in changed.iter().take(most) {
            let sides = match (is_changed(file.source), is_changed(file.target)) {
                (true, true) => "on both sides",
                (true, false) => "in the source",
                _ => "on the target",
            };
            let configuration = match file.role {
                FileRole::Configuration => ", configuration",
                _ => "",
            };
            let path = &self.changes[file.change].path;
            let package = self.name(file);
            out.line(format_args!("  {sides}  {path} ({package}{configuration})"))?;
        }
        let rest = changed.len().saturating_sub(most);
        if rest > 0 {
            let rest = HumanCount(rest as u64);
            out.line(format_args!("  and {rest} more, which --details lists"))?;
        }
        let count = |content| {
            let is_so =
                |file: &&PackageFile| file.target == Some(content) || file.source == Some(content);
            files.iter().filter(is_so).count() as u64
        };
        if out.verbose {
            for (count, why) in [
                (
                    count(Content::NotRead),
                    "were not read, as their package is another version; --checksum reads them",
                ),
                (
                    count(Content::Unknown),
                    "cannot be held against their package",
                ),
            ] {
                if count > 0 {
                    let files = Counted(
                        count,
                        "changed file of packages",
                        "changed files of packages",
                    );
                    out.line(format_args!("{files} {why}"))?;
                }
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for file in &self.review.files {
            let words = [file.source, file.target].map(|side| side.and_then(Content::word));
            if words == [None; 2] {
                continue;
            }
            let [source, target] = words;
            out.object(&FileObject {
                r#type: "package-file",
                name: (&self.changes[file.change].path).into(),
                package: self.review.package(file.change),
                configuration: file.role == FileRole::Configuration,
                source,
                target,
            })?;
        }
        Ok(())
    }
}
