//! Where to strike: an undisturbed run under strace tells by which calls a
//! command changes anything, and each of them is struck in a run of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, Output};

/// The calls that change a file system, wait for it, or open what is there.
///
/// `setxattrat` is missing: strace 6.1 has no name for it.
const CALLS: &[&str] = &[
    "openat",
    "openat2",
    "mkdirat",
    "write",
    "pwrite64",
    "copy_file_range",
    "ioctl",
    "ftruncate",
    "fchown",
    "fchownat",
    "fchmod",
    "fchmodat",
    "utimensat",
    "symlinkat",
    "mknodat",
    "linkat",
    "unlinkat",
    "fremovexattr",
    "flock",
    "syncfs",
    "rename",
    "renameat2",
    "fsync",
];

/// The nth call of its name, in every thread that comes so far: strace counts
/// the calls of each thread apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Strike {
    call: String,
    when: u32,
}

impl Strike {
    /// Has something happen there, such as `error=EIO`, in strace's words.
    pub(crate) fn with(&self, how: &str) -> String {
        let Self { call, when } = self;
        format!("{call}:{how}:when={when}")
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} number {}", self.call, self.when)
    }
}

/// A call as strace wrote it down.
pub(crate) struct Call<'log> {
    pub(crate) name: &'log str,
    /// With the answer behind them.
    pub(crate) arguments: &'log str,
}

impl Call<'_> {
    /// Whether it writes to standard output or standard error.
    pub(crate) fn is_message(&self) -> bool {
        let to = |stream: &str| self.arguments.starts_with(stream);
        self.name == "write" && (to("1, ") || to("2, "))
    }
}

/// Whether a call may leave something different from before.
pub(crate) fn is_change(call: &Call<'_>) -> bool {
    match call.name {
        "openat" | "openat2" => call.arguments.contains("O_CREAT"),
        "write" => !call.is_message(),
        "ioctl" => call.arguments.contains("FICLONE"),
        _ => true,
    }
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// Nothing if a signal ended it; strace ends by the same.
    pub(crate) status: Option<i32>,
    pub(crate) results: String,
    pub(crate) errors: String,
    /// What strace wrote down, a line a call.
    pub(crate) log: String,
}

impl Run {
    fn new(output: &Output, log: String) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            status: output.status.code(),
            results: text(&output.stdout),
            errors: text(&output.stderr),
            log,
        }
    }

    /// Every place for a strike at a call that is `wanted`.
    pub(crate) fn strikes(&self, wanted: impl Fn(&Call<'_>) -> bool) -> BTreeSet<Strike> {
        let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut strikes = BTreeSet::new();
        for (thread, call) in self.calls() {
            let count = counts.entry((thread, call.name)).or_default();
            *count += 1;
            if wanted(&call) {
                strikes.insert(Strike {
                    call: call.name.to_owned(),
                    when: *count,
                });
            }
        }
        strikes
    }

    /// The calls with the threads that made them, in the order of their beginning.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&str, Call<'_>)> {
        self.log.lines().filter_map(|line| {
            let (thread, call) = line.split_once(' ')?;
            let (name, arguments) = call.trim_start().split_once('(')?;
            let known = CALLS.contains(&name);
            known.then_some((thread, Call { name, arguments }))
        })
    }
}

/// Runs `program` alone.
pub(crate) fn undisturbed<I: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = I>,
) -> Run {
    let output = Command::new(program).args(arguments).output();
    Run::new(&output.expect("it was built"), String::new())
}

/// Runs `program` under strace, which keeps its notes in `log`, and tampers
/// with a call if that is wanted.
pub(crate) fn traced<I: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = I>,
    tamper: Option<&str>,
    log: &Path,
) -> Run {
    let mut command = Command::new("strace");
    command.args(["-f", "-e", "signal=none", "-o"]).arg(log);
    // Stops the program at what is traced only; strace 6.1 sends no signals then.
    if tamper.is_none_or(|tamper| !tamper.contains(":signal=")) {
        command.arg("--seccomp-bpf");
    }
    let calls = match tamper.and_then(|tamper| tamper.split_once(':')) {
        Some((call, _)) => call.to_owned(),
        None => CALLS.join(","),
    };
    command.args(["-e", &format!("trace={calls}")]);
    if let Some(tamper) = tamper {
        command.args(["-e", &format!("inject={tamper}")]);
    }
    let output = command.arg(program).args(arguments).output();
    let output = output.expect("strace is installed");
    let log = std::fs::read_to_string(log).expect("strace wrote it");
    Run::new(&output, log)
}
