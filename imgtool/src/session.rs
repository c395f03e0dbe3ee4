//! [`Session`]: what every command runs with.

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;

use crate::args::{Format, Global};
use crate::color::Paint;
use crate::failure::Failure;
use crate::monitor::Watch;
use crate::pager::Pager;
use crate::report::{Item, Report};
use crate::signals::Interrupt;

/// What every command runs with, put together once from the global options.
pub(crate) struct Session {
    /// Shows progress and warnings, and passes on signals.
    pub(crate) watch: Watch,
    /// Whether a signal asked to stop.
    pub(crate) interrupt: Interrupt,
    /// Threads to work with.
    pub(crate) jobs: usize,
    /// The colours of standard error.
    pub(crate) paint: Paint,
    format: Format,
    quiet: bool,
    verbose: bool,
    stdout: Paint,
}

impl Session {
    /// Installs the signal handlers and looks at the terminal.
    pub(crate) fn begin(global: &Global) -> Self {
        let paint = Paint::of_stderr(global.color);
        let interrupt = Interrupt::install();
        Self {
            watch: Watch::new(global.progress, global.quiet, paint, interrupt.clone()),
            interrupt,
            jobs: global
                .jobs
                .or_else(|| std::thread::available_parallelism().ok())
                .map_or(1, NonZeroUsize::get),
            paint,
            format: global.format,
            quiet: global.quiet,
            verbose: global.verbose,
            stdout: Paint::of_stdout(global.color),
        }
    }

    /// The report on standard output; progress is taken off the screen.
    pub(crate) fn report(&self) -> Report {
        self.watch.finish();
        Report::new(self.format, self.verbose, self.stdout)
    }

    /// The same through a pager, where that is text on a terminal.
    pub(crate) fn paged_report(&self) -> Report {
        self.watch.finish();
        let is_text = self.format == Format::Text && std::io::stdout().is_terminal();
        let pager = is_text.then(Pager::start).flatten();
        if pager.is_some() {
            self.interrupt.leave_to_pager();
        }
        Report::new(self.format, self.verbose, self.stdout).through(pager)
    }

    /// Writes what text says in other words.
    pub(crate) fn json_only(&self, item: &impl Item) -> Result<(), Failure> {
        if self.format != Format::Json {
            return Ok(());
        }
        let mut report = self.report();
        report.add(item)?;
        report.end()
    }

    /// Whether standard error is for what goes wrong alone.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether all that is known is to be shown.
    pub(crate) fn verbose(&self) -> bool {
        self.verbose
    }

    /// How results are written.
    pub(crate) fn format(&self) -> Format {
        self.format
    }
}
