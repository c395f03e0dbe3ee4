//! [`Watch`]: a monitor with a time limit, which keeps warnings.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::monitor::{Monitor, Phase, Warning};

/// Warnings that are kept of one node.
const MOST: usize = 100;

/// Watches over one node among many.
pub(super) struct Watch<'a> {
    monitor: &'a dyn Monitor,
    end: Option<Instant>,
    is_late: AtomicBool,
    warnings: Mutex<Vec<Warning>>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(monitor: &'a dyn Monitor, limit: Option<Duration>) -> Self {
        Self {
            monitor,
            end: limit.and_then(|limit| Instant::now().checked_add(limit)),
            is_late: AtomicBool::new(false),
            warnings: Mutex::default(),
        }
    }

    /// Whether it was stopped because it took too long.
    pub(super) fn is_late(&self) -> bool {
        self.is_late.load(Ordering::Relaxed)
    }

    /// What was noticed, without the name of the tree before it.
    pub(super) fn warnings(&self, label: &str) -> Vec<String> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let prefix = format!("`{label}`: ");
        std::mem::take(&mut *warnings)
            .into_iter()
            .map(|warning| {
                let text = if warning.path.is_root() {
                    warning.message
                } else {
                    warning.to_string()
                };
                text.strip_prefix(&prefix).unwrap_or(&text).to_owned()
            })
            .collect()
    }
}

impl Monitor for Watch<'_> {
    /// Many nodes are at work at once; what each of them does is not told.
    fn begin(&self, _: Phase, _: Option<u64>) {}

    fn advance(&self, entries: u64, bytes: u64) {
        self.monitor.advance(entries, bytes);
    }

    fn warn(&self, warning: Warning) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if warnings.len() < MOST {
            warnings.push(warning);
        }
    }

    fn cancelled(&self) -> bool {
        let is_late = self.end.is_some_and(|end| Instant::now() >= end);
        if is_late {
            self.is_late.store(true, Ordering::Relaxed);
        }
        is_late || self.monitor.cancelled()
    }
}
