//! `imgtool`: arguments become one library call, its outcome a report, and
//! that an exit status. `docs/exit-status.md` and `docs/json.md` define what
//! scripts may rely on.

mod args;
mod color;
mod commands;
mod failure;
mod input;
mod monitor;
mod node;
mod pager;
mod policy;
mod report;
mod roots;
mod session;
mod signals;
mod status;

use std::process::ExitCode;

use session::Session;

fn main() -> ExitCode {
    let invocation = args::read();
    raise_file_limit();
    let session = Session::begin(&invocation.global);
    commands::run(&invocation.command, &session).into()
}

/// Lets the process open as many files as it may: directories are held open
/// while they are walked. What the system refuses here shows up again, with
/// its path, where a file cannot be opened.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised);
}
