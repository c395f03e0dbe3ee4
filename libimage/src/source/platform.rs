//! [`Platform`]: what a container image says it is for.

use std::fmt;

use serde::Deserialize;

use crate::escape::Escaped;
use crate::inspect::Architecture;

/// What a container image says it is for, in the words of Go.
///
/// Source: OCI image specification, "Image Index" and "Image Configuration";
/// the values are those of Go's `GOOS` and `GOARCH`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Platform {
    /// The operating system: `linux`.
    #[serde(default)]
    pub os: String,
    /// The processor: `amd64`, `arm64`.
    #[serde(default)]
    pub architecture: String,
    /// Which of its variants: `v8`.
    #[serde(default)]
    pub variant: Option<String>,
}

impl Platform {
    /// The architecture as ELF files have it; nothing for one that is unknown.
    pub fn claimed(&self) -> Option<Architecture> {
        match self.architecture.as_str() {
            "386" => Some(Architecture::I386),
            "mips64le" => "mips64el".parse().ok(),
            "mipsle" => "mipsel".parse().ok(),
            name => name.parse().ok(),
        }
    }

    /// Whether it names a platform at all: what comes with an image, such as
    /// its bill of materials, is of the platform `unknown/unknown`.
    pub(super) fn is_known(&self) -> bool {
        !self.os.is_empty() && self.os != "unknown"
    }
}

/// Shows `linux/arm64/v8`.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            os,
            architecture,
            variant,
        } = self;
        write!(
            f,
            "{}/{}",
            Escaped(os.as_bytes()),
            Escaped(architecture.as_bytes())
        )?;
        match variant {
            Some(variant) => write!(f, "/{}", Escaped(variant.as_bytes())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_go_are_known() {
        let cases = [
            ("amd64", Some(Architecture::X86_64)),
            ("arm64", Some(Architecture::AARCH64)),
            ("386", Some(Architecture::I386)),
            ("arm", Some(Architecture::ARM)),
            ("ppc64le", Some(Architecture::PPC64LE)),
            ("s390x", Some(Architecture::S390X)),
            ("riscv64", Some(Architecture::RISCV64)),
            ("loong64", Some(Architecture::LOONGARCH64)),
            ("wasm", None),
            ("", None),
        ];
        for (name, expected) in cases {
            let platform = Platform {
                architecture: name.to_owned(),
                ..Platform::default()
            };
            assert_eq!(platform.claimed(), expected, "{name}");
        }
        for name in ["mips64le", "mipsle"] {
            let platform = Platform {
                architecture: name.to_owned(),
                ..Platform::default()
            };
            assert!(platform.claimed().is_some(), "{name}");
        }
    }
}
