//! [`Heard`]: a monitor that keeps the warnings.

use std::sync::Mutex;

use libimage::monitor::{Monitor, Phase, Warning};

#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<String>>);

impl Heard {
    /// All warnings so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("no thread panics").clone()
    }
}

impl Monitor for Heard {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, warning: Warning) {
        let text = if warning.path.is_root() {
            warning.message
        } else {
            warning.to_string()
        };
        self.0.lock().expect("no thread panics").push(text);
    }
    fn cancelled(&self) -> bool {
        false
    }
}
