//! [`Proof`]: what an archive has to be, by a hash known before it is read.

use super::error::Fault;
use crate::digest::{Sha256, Sha256Hasher};

/// What an archive is known by before it is read: it is corrupt if it is
/// something else.
#[derive(Clone, Copy, Debug, Default)]
pub enum Proof {
    /// Nothing.
    #[default]
    None,
    /// The hash of its bytes as they lie on the disk.
    Packed(Sha256),
    /// The hash of the tar inside.
    Unpacked(Sha256),
}

impl Proof {
    pub(super) fn of_packed(self) -> Check {
        Check::new(match self {
            Self::Packed(expected) => Some(expected),
            _ => None,
        })
    }

    pub(super) fn of_unpacked(self) -> Check {
        Check::new(match self {
            Self::Unpacked(expected) => Some(expected),
            _ => None,
        })
    }
}

/// Compares what flows by with the hash that it should have.
pub(super) struct Check(Option<(Sha256, Sha256Hasher)>);

impl Check {
    fn new(expected: Option<Sha256>) -> Self {
        Self(expected.map(|expected| (expected, Sha256Hasher::default())))
    }

    /// Of what may be anything.
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        if let Some((_, hasher)) = &mut self.0 {
            hasher.update(bytes);
        }
    }

    pub(super) fn end(self) -> Result<(), Fault> {
        if let Some((expected, hasher)) = self.0
            && hasher.finish() != expected
        {
            return Err(Fault::corrupt(format!(
                "its content is not what its name sha256:{expected} promises"
            )));
        }
        Ok(())
    }
}
