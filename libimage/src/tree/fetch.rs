//! [`Fetch`]: content that is on another machine.

use super::TreeError;
use crate::monitor::Monitor;
use crate::path::ImagePath;

/// A tree whose content is elsewhere, and is brought here when it is needed: of
/// many files at once, since each way there takes time.
pub trait Fetch {
    /// Brings the content of some regular files, which can be read from then on;
    /// names of anything else are passed over.
    ///
    /// What could not be brought the monitor is told of, and to read it is an
    /// error: [`TreeError::NotFetched`], or [`TreeError::NoContent`] if it is
    /// more than is kept.
    ///
    /// # Errors
    ///
    /// [`TreeError::Cancelled`] if the monitor asks to stop.
    fn fetch(&self, files: &[ImagePath], monitor: &dyn Monitor) -> Result<(), TreeError>;
}
