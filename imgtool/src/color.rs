//! [`Paint`]: colours, where they are wanted.

use std::fmt;
use std::io::IsTerminal as _;

use clap::builder::styling::{AnsiColor, Style};

use crate::args::When;

/// Whether one stream gets colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    /// For standard output.
    pub(crate) fn of_stdout(when: When) -> Self {
        Self::decide(when, std::io::stdout().is_terminal())
    }

    /// For standard error.
    pub(crate) fn of_stderr(when: When) -> Self {
        Self::decide(when, std::io::stderr().is_terminal())
    }

    /// As <https://no-color.org> asks: `NO_COLOR` counts unless it is empty,
    /// and an explicit `--color` outweighs it.
    fn decide(when: When, is_terminal: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self(match when {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                is_terminal
                    && !set("NO_COLOR")
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        })
    }

    /// What went wrong.
    pub(crate) fn bad<T: fmt::Display>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    /// What should be looked at.
    pub(crate) fn odd<T: fmt::Display>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Yellow.on_default().bold(), text)
    }

    /// What is well.
    pub(crate) fn good<T: fmt::Display>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    /// What helps.
    pub(crate) fn hint<T: fmt::Display>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    fn paint<T>(self, style: Style, text: T) -> Painted<T> {
        Painted {
            style: if self.0 { style } else { Style::new() },
            text,
        }
    }
}

/// A text with its style around it.
pub(crate) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { style, text } = self;
        write!(f, "{style}{text}{style:#}")
    }
}
