//! [`Failure`]: why a command has no outcome, as the user is told it.

use std::error::Error;
use std::fmt;
use std::io::{self, Write as _};

use libimage::error::{ErrorKind, ImageError};
use libimage::monitor::Cancelled;

use crate::color::Paint;
use crate::session::Session;
use crate::status::Status;

/// An error of the library, or of writing the report.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library could not do it.
    Library(Box<dyn ImageError>),
    /// Standard output could not be written.
    Output(io::Error),
}

impl<E: ImageError + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Library(Box::new(error))
    }
}

/// Standard output takes no more.
#[derive(Debug)]
pub(crate) struct OutputError(pub(crate) io::Error);

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot write to standard output")
    }
}

impl Error for OutputError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl ImageError for OutputError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::System
    }
}

impl Failure {
    /// Tells the user, and how the process shall end.
    pub(crate) fn report(self, session: &Session) -> Status {
        session.watch.finish();
        let error: Box<dyn ImageError> = match self {
            // Whoever read the output wanted no more of it, as `head` does.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Status::Done;
            }
            Self::Output(error) => Box::new(OutputError(error)),
            Self::Library(error) => error,
        };
        tell(&*error, session)
    }
}

/// Tells of an error that ends a part of the command, or all of it.
pub(crate) fn tell(error: &dyn ImageError, session: &Session) -> Status {
    session.watch.finish();
    let interrupted = error.kind() == ErrorKind::Interrupted
        || (session.interrupt.asked() && stems_from_interrupt(error));
    if interrupted {
        let help = error.help().unwrap_or_else(|| {
            "what was begun has been undone; run the same command again".to_owned()
        });
        print(session.paint, &Cancelled, Some(&help));
        return Status::Interrupted;
    }
    print(session.paint, error, error.help().as_deref());
    error.kind().into()
}

/// Writes an error with its sources and what helps.
fn print(paint: Paint, error: &dyn Error, help: Option<&str>) {
    let mut lines = vec![format!("{} {error}\n", paint.bad("error:"))];
    let mut source = error.source();
    while let Some(error) = source {
        lines.push(format!("{} {error}\n", paint.odd("caused by:")));
        source = error.source();
    }
    if let Some(help) = help {
        lines.push(format!("{} {help}\n", paint.hint("help:")));
    }
    // If standard error is gone, there is nobody left to tell.
    let _ = io::stderr().write_all(lines.concat().as_bytes());
}

/// Whether a read was ended by a signal, and nothing else went wrong.
fn stems_from_interrupt(error: &dyn ImageError) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        let error_of_read = error.downcast_ref::<io::Error>();
        if let Some(inner) = error_of_read.and_then(io::Error::get_ref)
            && inner.is::<Cancelled>()
        {
            return true;
        }
        source = error.source();
    }
    false
}
