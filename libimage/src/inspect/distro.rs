//! [`Distro`]: a distribution by the tag that BCM gives it.

use std::fmt;

use super::OsRelease;
use crate::escape::Escaped;

/// A distribution and its release, as BCM names them in `default-image-…`:
/// `ubuntu2404`, `rhel9u5`, `sles15sp6`; others alike, from `ID` and
/// `VERSION_ID`: `debian12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distro {
    id: String,
    version: Vec<String>,
    codename: Option<String>,
    style: Style,
}

/// How the tag is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Rebuilds of Red Hat Enterprise Linux, all called `rhel`: `rhel9u5`.
    Rhel,
    /// SUSE Linux Enterprise, all called `sles`: `sles15sp6`.
    Sles,
    /// The others: `ID` and the digits of `VERSION_ID`.
    Plain,
}

/// Red Hat Enterprise Linux and what is built from its sources.
const RHEL: &[&str] = &[
    "rhel",
    "rocky",
    "almalinux",
    "centos",
    "ol",
    "scientific",
    "eurolinux",
    "circle",
    "virtuozzo",
];

/// Products of SUSE Linux Enterprise.
const SLES: &[&str] = &["sles", "sled", "sles_sap", "sle_hpc"];

impl Distro {
    /// From the fields of a tree's `os-release`.
    pub fn of(release: &OsRelease) -> Self {
        let id = release.id().to_owned();
        let rebuilt = || {
            release
                .get("PLATFORM_ID")
                .is_some_and(|platform| platform.starts_with("platform:el"))
        };
        let style = if RHEL.contains(&id.as_str()) || rebuilt() {
            Style::Rhel
        } else if SLES.contains(&id.as_str()) {
            Style::Sles
        } else {
            Style::Plain
        };
        Self {
            style,
            version: release
                .get("VERSION_ID")
                .map(|version| version.split('.').map(str::to_owned).collect())
                .unwrap_or_default(),
            codename: release.get("VERSION_CODENAME").map(str::to_owned),
            id,
        }
    }

    /// `ID` of the distribution itself: `rocky` where the tag says `rhel`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it belongs to the distributions that keep 32-bit libraries in
    /// `usr/lib` and 64-bit ones in `usr/lib64`.
    pub fn has_lib64(&self) -> bool {
        self.style != Style::Plain
            || self.id == "fedora"
            || self.id == "amzn"
            || self.id.starts_with("opensuse")
    }

    /// The tag.
    pub fn tag(&self) -> String {
        self.tag_as(match self.style {
            Style::Rhel => "rhel",
            Style::Sles => "sles",
            Style::Plain => &self.id,
        })
    }

    /// Whether this is what the user asked for.
    ///
    /// It is if the demand is the tag, or the tag without its minor release
    /// (`rhel9` for `rhel9u5`), with the family's name or the distribution's
    /// own (`rocky9u5`, `sled15`), or simply `ID` with `VERSION_ID` (`rocky9.5`).
    pub fn satisfies(&self, demand: &str) -> bool {
        let major = Self {
            version: self.version.iter().take(1).cloned().collect(),
            ..self.clone()
        };
        let dotted = format!("{}{}", self.id, self.version.join("."));
        let known = [self.tag(), self.tag_as(&self.id)];
        known.iter().any(|tag| tag == demand)
            || (!self.version.is_empty() && dotted == demand)
            || (self.style != Style::Plain
                && (major.tag() == demand || major.tag_as(&self.id) == demand))
    }

    fn tag_as(&self, name: &str) -> String {
        let minor = match self.style {
            Style::Rhel => "u",
            Style::Sles => "sp",
            Style::Plain => "",
        };
        match self.version.split_first() {
            None => format!("{name}{}", self.codename.as_deref().unwrap_or_default()),
            Some((major, [])) => format!("{name}{major}"),
            // SUSE calls the release before the first service pack 15 or 15.0.
            Some((major, [zero])) if self.style == Style::Sles && zero == "0" => {
                format!("{name}{major}")
            }
            Some((major, rest)) if self.style == Style::Plain => {
                format!("{name}{major}{}", rest.concat())
            }
            Some((major, [second, ..])) => format!("{name}{major}{minor}{second}"),
        }
    }
}

/// Shows the tag, safe for a terminal.
impl fmt::Display for Distro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.tag().as_bytes()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::ImagePath;

    fn distro(text: &str) -> Distro {
        Distro::of(&OsRelease::parse(ImagePath::root(), text.as_bytes()))
    }

    #[test]
    fn tags_are_those_of_bcm() {
        for (text, tag) in [
            ("ID=ubuntu\nVERSION_ID=\"24.04\"", "ubuntu2404"),
            ("ID=ubuntu\nVERSION_ID=\"20.04\"", "ubuntu2004"),
            ("ID=\"rhel\"\nVERSION_ID=\"9.5\"", "rhel9u5"),
            ("ID=\"rocky\"\nVERSION_ID=\"8.10\"", "rhel8u10"),
            ("ID=almalinux\nVERSION_ID=9.4", "rhel9u4"),
            ("ID=\"centos\"\nVERSION_ID=\"9\"", "rhel9"),
            ("ID=\"ol\"\nVERSION_ID=\"9.3\"", "rhel9u3"),
            (
                "ID=new\nPLATFORM_ID=\"platform:el9\"\nVERSION_ID=9.1",
                "rhel9u1",
            ),
            (
                "ID=fedora\nPLATFORM_ID=platform:f41\nVERSION_ID=41",
                "fedora41",
            ),
            ("ID=\"sles\"\nVERSION_ID=\"15.6\"", "sles15sp6"),
            ("ID=\"sled\"\nVERSION_ID=\"15.5\"", "sles15sp5"),
            ("ID=\"sles\"\nVERSION_ID=\"15\"", "sles15"),
            ("ID=\"sles\"\nVERSION_ID=\"15.0\"", "sles15"),
            ("ID=opensuse-leap\nVERSION_ID=15.6", "opensuse-leap156"),
            ("ID=debian\nVERSION_ID=\"12\"", "debian12"),
            ("ID=debian\nVERSION_CODENAME=trixie", "debiantrixie"),
            ("ID=debian", "debian"),
            ("ID=arch", "arch"),
            ("", "linux"),
            ("ID='x\x1b[31m'\nVERSION_ID=1", "x\\x1b[31m1"),
        ] {
            assert_eq!(distro(text).to_string(), tag, "{text}");
        }
    }

    #[test]
    fn a_demand_may_leave_out_the_minor_release_or_use_the_own_name() {
        let rocky = "ID=rocky\nVERSION_ID=9.5";
        let stream = "ID=centos\nVERSION_ID=9";
        let ubuntu = "ID=ubuntu\nVERSION_ID=24.04";
        let sled = "ID=sled\nVERSION_ID=15.6";
        let testing = "ID=debian\nVERSION_CODENAME=trixie";
        for (text, demand, expected) in [
            (rocky, "rhel9u5", true),
            (rocky, "rhel9", true),
            (rocky, "rocky9u5", true),
            (rocky, "rocky9", true),
            (rocky, "rocky9.5", true),
            (rocky, "rhel9u6", false),
            (rocky, "rhel8", false),
            (rocky, "rhel", false),
            (rocky, "rhel9u", false),
            (rocky, "almalinux9u5", false),
            (stream, "rhel9", true),
            (stream, "centos9", true),
            (stream, "rhel9u5", false),
            (ubuntu, "ubuntu2404", true),
            (ubuntu, "ubuntu24.04", true),
            (ubuntu, "ubuntu24", false),
            (ubuntu, "ubuntu2204", false),
            (ubuntu, "", false),
            (sled, "sles15sp6", true),
            (sled, "sles15", true),
            (sled, "sled15sp6", true),
            (sled, "sles15sp5", false),
            (testing, "debiantrixie", true),
            (testing, "debian12", false),
            (testing, "debian", false),
        ] {
            assert_eq!(
                distro(text).satisfies(demand),
                expected,
                "{text} for {demand}"
            );
        }
    }
}
