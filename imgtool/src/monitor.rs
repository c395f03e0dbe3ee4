//! [`Watch`]: the library's monitor on a terminal.

mod progress;

use std::collections::HashSet;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use libimage::monitor::{Monitor, Phase, Warning};

use crate::args::When;
use crate::color::Paint;
use crate::signals::Interrupt;
use progress::Progress;

/// Shows progress and warnings on standard error and passes on signals.
pub(crate) struct Watch {
    interrupt: Interrupt,
    progress: Progress,
    quiet: bool,
    paint: Paint,
    /// Warnings said already.
    said: Mutex<HashSet<String>>,
}

/// So many different warnings are said; a hostile archive could bring any
/// number of them.
const MOST_WARNINGS: usize = 1000;

impl Watch {
    pub(crate) fn new(progress: When, quiet: bool, paint: Paint, interrupt: Interrupt) -> Self {
        let progress = if quiet { When::Never } else { progress };
        Self {
            interrupt,
            progress: Progress::new(progress),
            quiet,
            paint,
            said: Mutex::default(),
        }
    }

    /// Shows no more progress, because results go to the same terminal.
    pub(crate) fn hide_progress(&self) {
        self.progress.hide();
    }

    /// Takes progress off the screen.
    pub(crate) fn finish(&self) {
        self.progress.finish();
    }
}

impl Monitor for Watch {
    fn begin(&self, phase: Phase, bytes: Option<u64>) {
        self.progress.begin(phase, bytes);
    }

    fn advance(&self, entries: u64, bytes: u64) {
        self.progress.advance(entries, bytes);
    }

    fn warn(&self, warning: Warning) {
        if self.quiet {
            return;
        }
        let mut text = if warning.path.is_root() {
            warning.message
        } else {
            warning.to_string()
        };
        {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.len() > MOST_WARNINGS || !said.insert(text.clone()) {
                return;
            }
            if said.len() > MOST_WARNINGS {
                "there are further warnings, which are not shown".clone_into(&mut text);
            }
        }
        let label = self.paint.odd("warning:");
        self.progress.aside(|| {
            // If standard error is gone, there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "{label} {text}");
        });
    }

    fn cancelled(&self) -> bool {
        self.interrupt.asked()
    }
}
