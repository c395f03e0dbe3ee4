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
    write(&arguments.dir, "imgtool", &command)?;
    for subcommand in command.get_subcommands() {
        let name = format!("imgtool-{}", subcommand.get_name());
        let page = subcommand.clone().display_name(name.clone());
        write(&arguments.dir, &name, &page)?;
    }
    Ok(())
}

fn write(dir: &Path, name: &str, command: &clap::Command) -> Result<(), Failure> {
    let path = dir.join(format!("{name}.1"));
    let page = Page::new(command.clone()).title(name.to_owned());
    let mut text = Vec::new();
    let mut out = OutputFile::create(&path)?;
    page.render(&mut text)
        .and_then(|()| out.write_all(&text))
        .map_err(|error| SysError::new("write", path, error))?;
    Ok(out.publish()?)
}
