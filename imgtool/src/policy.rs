//! [`read`]: a policy from the file that the user names.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use libimage::error::{ErrorKind, ImageError, SysError, show};
use libimage::rules::{Policy, PolicyError};

use crate::failure::Failure;
use crate::input::read_rules;
use crate::signals::Interrupt;

/// A policy file that makes no sense.
#[derive(Debug)]
struct BadPolicy {
    path: PathBuf,
    source: PolicyError,
}

impl fmt::Display for BadPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the policy {} cannot be used", show(&self.path))
    }
}

impl Error for BadPolicy {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl ImageError for BadPolicy {
    fn kind(&self) -> ErrorKind {
        self.source.kind()
    }

    fn help(&self) -> Option<String> {
        self.source.help()
    }
}

/// Reads the policy, which changes nothing where no file is named.
pub(crate) fn read(path: Option<&Path>, interrupt: &Interrupt) -> Result<Policy, Failure> {
    let Some(path) = path else {
        return Ok(Policy::default());
    };
    let bytes = read_rules(path, interrupt).map_err(|error| SysError::new("read", path, error))?;
    let policy = Policy::parse(&String::from_utf8_lossy(&bytes)).map_err(|source| BadPolicy {
        path: path.to_owned(),
        source,
    });
    Ok(policy?)
}
