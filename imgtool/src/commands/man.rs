//! `imgtool man`: the manual pages.

use std::io::Write as _;
use std::path::Path;

use clap_mangen::Man as Page;
use libimage::error::SysError;
use libimage::output::OutputFile;

use crate::args::{Man, definition};
use crate::failure::Failure;

pub(super) fn run(arguments: &Man) -> Result<(), Failure> {
    let mut command = definition().disable_help_subcommand(true);
    command.build();
    write(&arguments.dir, "imgtool", &command)
}

/// Writes the page of a command and those of the commands in it.
fn write(dir: &Path, name: &str, command: &clap::Command) -> Result<(), Failure> {
    for subcommand in command.get_subcommands() {
        write(
            dir,
            &format!("{name}-{}", subcommand.get_name()),
            subcommand,
        )?;
    }
    let path = dir.join(format!("{name}.1"));
    let command = command.clone().display_name(name.to_owned());
    let page = Page::new(command).title(name.to_owned());
    let mut text = Vec::new();
    let mut out = OutputFile::create(&path)?;
    page.render(&mut text)
        .and_then(|()| out.write_all(&text))
        .map_err(|error| SysError::new("write", path, error))?;
    Ok(out.publish()?)
}
