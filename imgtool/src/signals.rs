//! [`Interrupt`]: SIGINT and SIGTERM ask a command to stop and clean up.

use std::io::{PipeReader, PipeWriter, Write as _, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::status::Status;

/// Whether a signal asked to stop.
///
/// The first signal asks the running operation to stop and to undo its work.
/// A second one changes nothing, lest a hasty second Ctrl-C leave half of a
/// tree behind; a third ends the process where it stands.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<Shared>);

struct Shared {
    asked: AtomicBool,
    /// Whether Ctrl-C is meant for a pager that has the terminal.
    paging: AtomicBool,
    /// Becomes readable with the first signal, for who waits in poll(2).
    wake: Option<PipeReader>,
}

/// So many signals end the process at once.
const AT_ONCE: u32 = 3;

impl Interrupt {
    /// Installs the handlers.
    ///
    /// Where the system refuses one, signals do what they do by default.
    pub(crate) fn install() -> Self {
        let (wake, waker) = pipe().ok().unzip();
        let interrupt = Self(Arc::new(Shared {
            asked: AtomicBool::new(false),
            paging: AtomicBool::new(false),
            wake,
        }));
        if let Ok(signals) = Signals::new([SIGINT, SIGTERM]) {
            let shared = interrupt.0.clone();
            let watch = move || shared.watch(signals, waker);
            let _ = thread::Builder::new()
                .name("signals".to_owned())
                .spawn(watch);
        }
        interrupt
    }

    /// Whether a signal has come.
    pub(crate) fn asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// From now on a pager has the terminal, and Ctrl-C is its own matter.
    pub(crate) fn leave_to_pager(&self) {
        self.0.paging.store(true, Ordering::Relaxed);
    }

    /// What becomes readable when a signal comes.
    pub(crate) fn wake(&self) -> Option<BorrowedFd<'_>> {
        self.0.wake.as_ref().map(AsFd::as_fd)
    }
}

impl Shared {
    fn watch(&self, mut signals: Signals, mut waker: Option<PipeWriter>) {
        let mut count = 0;
        for signal in signals.forever() {
            if signal == SIGINT && self.paging.load(Ordering::Relaxed) {
                continue;
            }
            count += 1;
            if count == AT_ONCE {
                signal_hook::low_level::exit(Status::Interrupted.code().into());
            }
            self.asked.store(true, Ordering::Relaxed);
            if let Some(waker) = &mut waker {
                // One byte is enough, and there is room for more than two.
                let _ = waker.write_all(b"!");
            }
            if count == 2 {
                let _ = writeln!(
                    std::io::stderr(),
                    "\nundoing what was begun; interrupt once more to leave it as it stands"
                );
            }
        }
    }
}
