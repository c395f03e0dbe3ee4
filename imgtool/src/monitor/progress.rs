//! [`Progress`]: how far an operation has come.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use libimage::monitor::Phase;

use crate::args::When;

/// Shows progress, in a form that suits where it is shown.
pub(super) struct Progress {
    form: Form,
    /// Set where other output would come between.
    hidden: AtomicBool,
}

enum Form {
    /// Not at all.
    Hidden,
    /// A line of a terminal that is drawn over and over.
    Bar(Mutex<Option<Bar>>),
    /// A line now and then, where lines cannot be drawn over.
    Lines(Mutex<Option<Lines>>),
}

struct Bar {
    bar: ProgressBar,
    entries: Arc<AtomicU64>,
}

struct Lines {
    phase: Phase,
    bytes: Option<u64>,
    done: (u64, u64),
    began: Instant,
    last: Instant,
}

/// How often a line is written where lines stay.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How often the line of a terminal is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// What an operation is busy with, in words.
fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Import => "importing",
        Phase::Copy => "copying",
        Phase::Finish => "setting directories",
        Phase::Sync => "waiting for the disk",
        Phase::Remove => "removing the former tree",
        Phase::Walk => "looking",
        Phase::Hash => "reading",
        Phase::Compare => "comparing",
        Phase::Read => "reading the archive",
        Phase::Backup => "backing up",
        Phase::Restore => "restoring",
        Phase::Check => "looking again",
        Phase::Apply => "syncing",
        _ => "working",
    }
}

impl Progress {
    pub(super) fn new(when: When) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let form = match when {
            When::Never => Form::Hidden,
            When::Auto if !is_terminal => Form::Hidden,
            When::Always if !is_terminal => Form::Lines(Mutex::default()),
            _ => Form::Bar(Mutex::default()),
        };
        Self {
            form,
            hidden: AtomicBool::new(false),
        }
    }

    /// Shows nothing from now on.
    pub(super) fn hide(&self) {
        self.finish();
        self.hidden.store(true, Ordering::Relaxed);
    }

    pub(super) fn begin(&self, phase: Phase, bytes: Option<u64>) {
        if self.hidden.load(Ordering::Relaxed) {
            return;
        }
        match &self.form {
            Form::Hidden => {}
            Form::Bar(bar) => {
                let mut bar = lock(bar);
                if let Some(former) = bar.take() {
                    former.bar.finish_and_clear();
                }
                *bar = Some(Bar::new(phase, bytes));
            }
            Form::Lines(lines) => {
                let new = Lines {
                    phase,
                    bytes,
                    done: (0, 0),
                    began: Instant::now(),
                    last: Instant::now(),
                };
                new.write();
                *lock(lines) = Some(new);
            }
        }
    }

    pub(super) fn advance(&self, entries: u64, bytes: u64) {
        match &self.form {
            Form::Hidden => {}
            Form::Bar(bar) => {
                if let Some(bar) = &*lock(bar) {
                    bar.entries.fetch_add(entries, Ordering::Relaxed);
                    bar.bar.inc(bytes);
                }
            }
            Form::Lines(lines) => {
                if let Some(lines) = &mut *lock(lines) {
                    lines.done.0 += entries;
                    lines.done.1 += bytes;
                    if lines.last.elapsed() >= LINE_EVERY {
                        lines.last = Instant::now();
                        lines.write();
                    }
                }
            }
        }
    }

    /// Does something that writes lines of its own.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        match &self.form {
            Form::Bar(bar) => match &*lock(bar) {
                Some(bar) => bar.bar.suspend(write),
                None => write(),
            },
            _ => write(),
        }
    }

    /// Takes the line off the screen.
    pub(super) fn finish(&self) {
        if let Form::Bar(bar) = &self.form
            && let Some(bar) = lock(bar).take()
        {
            bar.bar.finish_and_clear();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bar {
    fn new(phase: Phase, bytes: Option<u64>) -> Self {
        let entries = Arc::new(AtomicU64::new(0));
        let (bar, template) = match bytes.filter(|&bytes| bytes > 0) {
            Some(bytes) => (
                ProgressBar::new(bytes),
                "{msg} {wide_bar} {percent:>3}%  {bytes}/{total_bytes}  {binary_bytes_per_sec}  \
                 {entries}  {eta}",
            ),
            None => (
                ProgressBar::no_length(),
                "{spinner} {msg}  {entries}  {bytes}  {elapsed}",
            ),
        };
        let shown = entries.clone();
        let style = ProgressStyle::with_template(template)
            .expect("the templates are right")
            .with_key(
                "entries",
                move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
                    let count = shown.load(Ordering::Relaxed);
                    // Writing to the bar's own buffer cannot fail.
                    let _ = write!(out, "{} entries", HumanCount(count));
                },
            );
        bar.set_style(style);
        bar.set_message(words(phase));
        bar.enable_steady_tick(DRAW_EVERY);
        Self { bar, entries }
    }
}

impl Lines {
    fn write(&self) {
        let words = words(self.phase);
        let (entries, bytes) = (HumanCount(self.done.0), HumanBytes(self.done.1));
        let done = match self.done {
            (0, 0) => String::new(),
            _ => format!(", {entries} entries, {bytes}"),
        };
        let of = match self.bytes {
            None | Some(0) => String::new(),
            Some(total) => format!(" of {}", HumanBytes(total)),
        };
        let pace = pace(self.done.1, self.bytes, self.began.elapsed());
        // If standard error is gone, there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "progress: {words}{done}{of}{pace}");
    }
}

/// How fast it goes and how long it will take, where that can be said.
fn pace(done: u64, total: Option<u64>, elapsed: Duration) -> String {
    if done == 0 || elapsed.is_zero() {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = done as f64 / elapsed.as_secs_f64();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for people"
    )]
    let pace = format!(", {}/s", HumanBytes(rate as u64));
    if let Some(left) = total.and_then(|total| total.checked_sub(done)) {
        #[expect(clippy::cast_precision_loss, reason = "a time for people")]
        let seconds = (left as f64 / rate).min(1e9);
        let left = HumanDuration(Duration::from_secs_f64(seconds));
        return format!("{pace}, {left} left");
    }
    pace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_tells_what_can_be_known() {
        let second = Duration::from_secs(1);
        let cases = [
            (0, Some(10), second, ""),
            (10, Some(10), Duration::ZERO, ""),
            (1 << 20, None, second, ", 1.00 MiB/s"),
            (
                1 << 20,
                Some(1 << 22),
                second * 2,
                ", 512.00 KiB/s, 6 seconds left",
            ),
            (1 << 20, Some(1 << 10), second, ", 1.00 MiB/s"),
        ];
        for (done, total, elapsed, expected) in cases {
            assert_eq!(pace(done, total, elapsed), expected);
        }
    }
}
