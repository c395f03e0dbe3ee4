//! What is said about an input must be fit for a terminal.

use std::sync::{Mutex, PoisonError};

use libimage::error::ImageError;
use libimage::escape::is_dangerous;
use libimage::monitor::{Monitor, Phase, Warning};

/// Checks that a message can neither move a cursor nor hide what it says.
pub fn check(message: &str) {
    assert!(
        !message.chars().any(is_dangerous),
        "unescaped in a message: {message:?}"
    );
}

/// All that a command would print about an error, checked.
pub fn of_error(error: &impl ImageError) -> String {
    let mut lines = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        lines.push(error.to_string());
        source = error.source();
    }
    lines.extend(error.help());
    for line in &lines {
        check(line);
    }
    lines.join(": ")
}

/// A monitor that checks and keeps every warning.
#[derive(Debug, Default)]
pub struct Warnings(Mutex<Vec<String>>);

impl Warnings {
    /// The warnings so far, in their order.
    pub fn into_lines(self) -> Vec<String> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Monitor for Warnings {
    fn begin(&self, _: Phase, _: Option<u64>) {}

    fn advance(&self, _: u64, _: u64) {}

    fn warn(&self, warning: Warning) {
        let line = warning.to_string();
        check(&line);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    fn cancelled(&self) -> bool {
        false
    }
}
