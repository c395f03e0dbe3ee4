//! [`Package`]: one record of a package database.

/// A package as its database has it.
///
/// Texts are what the database says, with bytes that are no UTF-8 replaced, and
/// may hold any character: they are shown through
/// [`Escaped`](crate::escape::Escaped).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name.
    pub name: Box<str>,
    /// Its architecture, as the package manager spells it; RPM's keys for
    /// signatures (`gpg-pubkey`) have none.
    pub arch: Option<Box<str>>,
    /// Its version: `epoch:upstream-revision` of dpkg, `epoch:version-release`
    /// of RPM, either without an epoch that is not given.
    pub version: Box<str>,
    /// Who made it, where RPM says so.
    pub vendor: Option<Box<str>>,
    /// How far it is installed.
    pub state: State,
}

/// How far a package is installed: the three words of `Status` in dpkg-query(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// What is to become of it.
    pub want: Want,
    /// Whether it is broken and must be installed again (`reinstreq`).
    pub reinstall: bool,
    /// What has become of it.
    pub stage: Stage,
}

impl State {
    /// Installed, and nothing to be done: the state of each of RPM's packages.
    pub const INSTALLED: Self = Self {
        want: Want::Install,
        reinstall: false,
        stage: Stage::Installed,
    };

    /// Known by name alone: what dpkg makes of a record without `Status`.
    pub(super) const UNKNOWN: Self = Self {
        want: Want::Unknown,
        reinstall: false,
        stage: Stage::NotInstalled,
    };

    /// Reads the value of `Status`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let (want, flag, stage) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_some() {
            return None;
        }
        Some(Self {
            want: Want::NAMES.iter().find(|(name, _)| *name == want)?.1,
            reinstall: match flag {
                "ok" => false,
                "reinstreq" => true,
                _ => return None,
            },
            stage: Stage::NAMES.iter().find(|(name, _)| *name == stage)?.1,
        })
    }
}

/// What is to become of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of dpkg-query(1)")]
pub enum Want {
    Unknown,
    Install,
    Hold,
    Deinstall,
    Purge,
}

impl Want {
    const NAMES: &[(&str, Self)] = &[
        ("unknown", Self::Unknown),
        ("install", Self::Install),
        ("hold", Self::Hold),
        ("deinstall", Self::Deinstall),
        ("purge", Self::Purge),
    ];
}

/// What has become of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Not there.
    NotInstalled,
    /// Removed, but for its configuration.
    ConfigFiles,
    /// Its installation or removal was begun and not completed.
    HalfInstalled,
    /// Unpacked and not configured.
    Unpacked,
    /// Its configuration was begun and not completed.
    HalfConfigured,
    /// Waits for another package to process its trigger.
    TriggersAwaited,
    /// Has a trigger to process.
    TriggersPending,
    /// There.
    Installed,
}

impl Stage {
    const NAMES: &[(&str, Self)] = &[
        ("not-installed", Self::NotInstalled),
        ("config-files", Self::ConfigFiles),
        ("half-installed", Self::HalfInstalled),
        ("unpacked", Self::Unpacked),
        ("half-configured", Self::HalfConfigured),
        ("triggers-awaited", Self::TriggersAwaited),
        ("triggers-pending", Self::TriggersPending),
        ("installed", Self::Installed),
    ];

    /// dpkg's word for it.
    pub fn word(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(_, stage)| *stage == self);
        named.expect("every stage has a name").0
    }
}

impl Package {
    /// Whether files of it are there, be it ready for use or not.
    pub fn is_installed(&self) -> bool {
        !matches!(self.state.stage, Stage::NotInstalled | Stage::ConfigFiles)
    }

    /// Whether something is left to be done before it is ready for use, or
    /// gone: what `dpkg --audit` lists.
    pub fn is_unfinished(&self) -> bool {
        self.state.reinstall || (self.is_installed() && self.state.stage != Stage::Installed)
    }

    /// The version without an epoch.
    pub fn without_epoch(&self) -> &str {
        match self.version.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => rest,
            _ => &self.version,
        }
    }
}
