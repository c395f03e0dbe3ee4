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

impl Style {
    fn of(id: &str, rebuilt: bool) -> Self {
        if RHEL.contains(&id) || rebuilt {
            Self::Rhel
        } else if SLES.contains(&id) {
            Self::Sles
        } else {
            Self::Plain
        }
    }
}

/// How far two names of a distribution are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Agreement {
    /// Different distributions.
    OtherDistribution,
    /// Different major releases of one distribution.
    OtherMajor,
    /// Different minor releases of one major release.
    OtherMinor,
    /// The same, as far as both say.
    Same,
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
        let rebuilt = release
            .get("PLATFORM_ID")
            .is_some_and(|platform| platform.starts_with("platform:el"));
        Self {
            style: Style::of(release.id(), rebuilt),
            codename: release.get("VERSION_CODENAME").map(str::to_owned),
            ..Self::named(release.id(), release.get("VERSION_ID"))
        }
    }

    /// From what would stand as `ID` and `VERSION_ID` in `os-release`.
    pub(super) fn named(id: &str, version: Option<&str>) -> Self {
        Self {
            style: Style::of(id, false),
            version: version
                .map(|version| version.split('.').map(str::to_owned).collect())
                .unwrap_or_default(),
            codename: None,
            id: id.to_owned(),
        }
    }

    /// How far two sources that name a distribution agree.
    ///
    /// Rebuilds of Red Hat Enterprise Linux are alike, and so are the products
    /// of SUSE Linux Enterprise. A release that only one of them names in full
    /// (`9` beside `9.5`) is no contradiction.
    pub fn agreement(&self, other: &Self) -> Agreement {
        let alike =
            self.style == other.style && (self.style != Style::Plain || self.id == other.id);
        let mut parts = self.version.iter().zip(&other.version);
        if !alike {
            Agreement::OtherDistribution
        } else if parts.next().is_some_and(|(one, other)| one != other) {
            Agreement::OtherMajor
        } else if parts.any(|(one, other)| one != other) {
            Agreement::OtherMinor
        } else {
            Agreement::Same
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
    fn sources_agree_as_far_as_they_say_something() {
        use Agreement::{OtherDistribution, OtherMajor, OtherMinor, Same};
        for (id, version, other_id, other_version, expected) in [
            ("ubuntu", "24.04", "ubuntu", "24.04", Same),
            ("ubuntu", "24.04", "ubuntu", "24.10", OtherMinor),
            ("ubuntu", "24.04", "ubuntu", "22.04", OtherMajor),
            ("ubuntu", "24.04", "debian", "24.04", OtherDistribution),
            ("rocky", "9.5", "rhel", "9.5", Same),
            ("rocky", "9.5", "centos", "9", Same),
            ("rocky", "9.5", "rhel", "9.4", OtherMinor),
            ("rocky", "9.5", "rhel", "8.5", OtherMajor),
            ("rocky", "9.5", "sles", "9.5", OtherDistribution),
            ("sles", "15.6", "sled", "15.6", Same),
            ("sles", "15.6", "opensuse-leap", "15.6", OtherDistribution),
        ] {
            let one = Distro::named(id, Some(version));
            let other = Distro::named(other_id, Some(other_version));
            let what = format!("{id} {version} and {other_id} {other_version}");
            assert_eq!(one.agreement(&other), expected, "{what}");
            assert_eq!(other.agreement(&one), expected, "{what}, turned");
        }
        let testing = Distro::named("debian", None);
        assert_eq!(
            testing.agreement(&Distro::named("debian", Some("12"))),
            Same
        );
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
