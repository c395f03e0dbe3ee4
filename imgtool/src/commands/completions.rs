//! `imgtool completions`: the completions for a shell.

use std::io::Write as _;

use crate::args::{Completions, definition};
use crate::failure::Failure;

pub(super) fn run(arguments: &Completions) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut definition(), "imgtool", &mut text);
    let mut out = std::io::stdout().lock();
    out.write_all(&text)
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}
