//! [`DgxRelease`]: what `etc/dgx-release` says.

use crate::inspect::OsRelease;
use crate::inspect::reach::{file, read_head};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

const PLACE: &[u8] = b"etc/dgx-release";

/// More than any `dgx-release` has; what follows is not read.
const MOST_BYTES: usize = 64 * 1024;

/// The Ubuntu that each major release of DGX OS is made of: the release notes
/// in NVIDIA's DGX OS User Guides.
const UBUNTU: [(&str, &str); 4] = [
    ("4", "18.04"),
    ("5", "20.04"),
    ("6", "22.04"),
    ("7", "24.04"),
];

/// DGX OS, by the fields of `etc/dgx-release`.
///
/// The file has assignments as os-release(5) has. The serial number of the
/// machine that it was taken from stands there too and is never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DgxRelease {
    /// The file, without any symlink in its path.
    pub path: ImagePath,
    /// `DGX_NAME`.
    pub name: Option<String>,
    /// `DGX_PRETTY_NAME`, for people.
    pub pretty_name: Option<String>,
    /// `DGX_SWBUILD_VERSION`: the release that was installed at first.
    pub build_version: Option<String>,
    /// `DGX_OTA_VERSION`: the release that it was upgraded to last; each upgrade
    /// appends one.
    pub upgrade_version: Option<String>,
    /// `DGX_PLATFORM`: the machine it is for.
    pub platform: Option<String>,
}

impl DgxRelease {
    pub(super) fn find(tree: &dyn Tree, monitor: &dyn Monitor) -> Result<Option<Self>, TreeError> {
        let Some(found) = file(tree, PLACE, monitor)? else {
            return Ok(None);
        };
        let name = found.path.file_name().expect("a file is not the root");
        let text = read_head(&*found.parent, name, MOST_BYTES)?;
        Ok(Some(Self::parse(found.path, &text)))
    }

    /// Reads the text of the file.
    pub fn parse(path: ImagePath, text: &[u8]) -> Self {
        let fields = OsRelease::parse(path, text);
        let field = |name| fields.get(name).map(str::to_owned);
        Self {
            name: field("DGX_NAME"),
            pretty_name: field("DGX_PRETTY_NAME"),
            build_version: field("DGX_SWBUILD_VERSION"),
            upgrade_version: field("DGX_OTA_VERSION"),
            platform: field("DGX_PLATFORM"),
            path: fields.path,
        }
    }

    /// The release that it has now: the last upgrade's, or else the first.
    pub fn version(&self) -> Option<&str> {
        self.upgrade_version
            .as_deref()
            .or(self.build_version.as_deref())
    }

    /// `VERSION_ID` of the Ubuntu that this release is made of, where both are
    /// known.
    pub fn ubuntu(&self) -> Option<&'static str> {
        let major = self.version()?.split('.').next()?;
        UBUNTU
            .iter()
            .find(|(known, _)| *known == major)
            .map(|(_, ubuntu)| *ubuntu)
    }
}
