//! [`Running`]: a program that runs as a child. What it writes is read, what it
//! says beside that is kept.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::escape::Escaped;
use crate::monitor::Cancelled;
use crate::sys::wait;

/// A program that runs as a child; it is ended when this is dropped.
pub(crate) struct Running {
    child: Child,
    stdout: ChildStdout,
    /// Nothing once it has ended.
    stderr: Option<ChildStderr>,
    said: Said,
    status: Option<ExitStatus>,
}

/// The last lines of a program's standard error, however much it writes there.
#[derive(Clone)]
pub(crate) struct Said(Arc<Mutex<Lines>>);

struct Lines {
    most: usize,
    kept: VecDeque<Line>,
    /// Lines before those that are kept.
    dropped: u64,
    /// Whether the last line goes on.
    is_open: bool,
}

/// A line, of which the middle is left out if it is long: the name of a program
/// stands at its start, and what is wrong at its end.
#[derive(Default)]
struct Line {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Bytes between the two.
    left_out: u64,
}

/// Bytes of a line's start, and as many of its end, that are kept.
const HALF: usize = 120;

impl Line {
    fn add(&mut self, text: &[u8]) {
        let (head, tail) = text.split_at(text.len().min(HALF - self.head.len()));
        self.head.extend_from_slice(head);
        // Of what comes at once no more than the end can stay.
        let passed = tail.len().saturating_sub(HALF);
        self.tail.extend(&tail[passed..]);
        let over = self.tail.len().saturating_sub(HALF);
        self.tail.drain(..over);
        self.left_out += (passed + over) as u64;
    }

    fn bytes(&self) -> Vec<u8> {
        let mark: &[u8] = if self.left_out > 0 {
            "…".as_bytes()
        } else {
            b""
        };
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        [&*self.head, mark, &*tail].concat()
    }
}

/// How often whoever waits for a silent program is asked whether to go on.
const TICK: Duration = Duration::from_millis(100);

/// Bytes that are read of standard error once the program has ended: more than
/// a pipe holds. What it started may have the pipe, and write on.
const REST: usize = 256 * 1024;

impl Said {
    /// Of which the last `most` lines are kept.
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            most,
            kept: VecDeque::new(),
            dropped: 0,
            is_open: false,
        })))
    }

    /// What was said so far, a line each, as bytes.
    pub(crate) fn raw_lines(&self) -> Vec<Vec<u8>> {
        self.lock().kept.iter().map(Line::bytes).collect()
    }

    /// The same for people: safe for a terminal, and no empty lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.raw_lines().into_iter();
        lines
            .filter(|line| !line.trim_ascii().is_empty())
            .map(|line| Escaped(line.trim_ascii_end()).to_string())
            .collect()
    }

    /// How many lines were said before those that are kept.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, bytes: &[u8]) {
        let mut lines = self.lock();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            if !lines.is_open {
                lines.kept.push_back(Line::default());
                if lines.kept.len() > lines.most {
                    lines.kept.pop_front();
                    lines.dropped += 1;
                }
            }
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            lines.is_open = text.len() == piece.len();
            if let Some(line) = lines.kept.back_mut() {
                line.add(text);
            }
        }
    }
}

impl Running {
    /// Starts a program whose standard input is set already; the last `lines`
    /// lines of its standard error are kept.
    pub(crate) fn start(command: &mut Command, lines: usize) -> io::Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take();
        Ok(Self {
            child,
            stdout,
            stderr,
            said: Said::new(lines),
            status: None,
        })
    }

    /// What it says beside its output, also once that is read.
    pub(crate) fn said(&self) -> Said {
        self.said.clone()
    }

    /// Reads some of what it writes; nothing once it has closed its output.
    ///
    /// While it is silent, `is_wanted` is asked now and then; an error with
    /// [`Cancelled`] inside follows its no.
    pub(crate) fn read(
        &mut self,
        into: &mut [u8],
        is_wanted: &dyn Fn() -> bool,
    ) -> io::Result<usize> {
        loop {
            let stdout = self.stdout.as_fd();
            let has_output = match &self.stderr {
                Some(stderr) => {
                    let [out, err] = wait::readable([stdout, stderr.as_fd()], TICK)?;
                    if err {
                        self.hear()?;
                    }
                    out
                }
                None => wait::readable([stdout], TICK)?[0],
            };
            if has_output {
                return self.stdout.read(into);
            }
            if !is_wanted() {
                return Err(io::Error::other(Cancelled));
            }
        }
    }

    /// Waits for its end, asking as [`Running::read`] does.
    pub(crate) fn end(&mut self, is_wanted: &dyn Fn() -> bool) -> io::Result<ExitStatus> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        // Linux before 5.3 has no such handle; then it is looked now and then.
        let handle = wait::end_of(&self.child).ok();
        self.end_by(handle.as_ref(), is_wanted)
    }

    fn end_by(
        &mut self,
        handle: Option<&OwnedFd>,
        is_wanted: &dyn Fn() -> bool,
    ) -> io::Result<ExitStatus> {
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if !is_wanted() {
                return Err(io::Error::other(Cancelled));
            }
            self.hear_until(handle)?;
        };
        self.status = Some(status);
        self.hear_the_rest()?;
        Ok(status)
    }

    /// Reads what is said, lest the program waits for room, until it may have
    /// ended.
    fn hear_until(&mut self, handle: Option<&OwnedFd>) -> io::Result<()> {
        let err = match (&self.stderr, handle) {
            (Some(stderr), Some(handle)) => {
                wait::readable([stderr.as_fd(), handle.as_fd()], TICK)?[0]
            }
            (Some(stderr), None) => wait::readable([stderr.as_fd()], TICK)?[0],
            (None, Some(handle)) => {
                wait::readable([handle.as_fd()], TICK)?;
                false
            }
            (None, None) => {
                wait::readable([], TICK)?;
                false
            }
        };
        if err {
            self.hear()?;
        }
        Ok(())
    }

    /// Reads what standard error holds, which is not empty.
    fn hear(&mut self) -> io::Result<usize> {
        let Some(stderr) = &mut self.stderr else {
            return Ok(0);
        };
        let mut bytes = [0; 4096];
        let read = stderr.read(&mut bytes)?;
        if read == 0 {
            self.stderr = None;
        }
        self.said.hear(&bytes[..read]);
        Ok(read)
    }

    /// What was said last is in the pipe yet. Its end is not waited for: what
    /// the program has left running may keep it open.
    fn hear_the_rest(&mut self) -> io::Result<()> {
        let mut left = REST;
        while let Some(stderr) = &self.stderr
            && left > 0
            && wait::readable([stderr.as_fd()], Duration::ZERO)?[0]
        {
            left = left.saturating_sub(self.hear()?);
        }
        Ok(())
    }
}

/// Whether a process was ended from a terminal or by who shuts down: that ends
/// children together with their parents.
pub(crate) fn was_interrupted(status: ExitStatus) -> bool {
    matches!(status.signal(), Some(libc::SIGINT | libc::SIGTERM))
}

/// Ends a program whose output nobody wants any more.
impl Drop for Running {
    fn drop(&mut self) {
        if self.status.is_none() {
            // It may have ended by itself meanwhile.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a script writes, how it ends and what it says.
    fn run(script: &str, lines: usize) -> (Vec<u8>, ExitStatus, Said) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        let mut running = Running::start(&mut command, lines).expect("a shell is there");
        let mut out = Vec::new();
        let mut space = [0; 100];
        loop {
            match running.read(&mut space, &|| true).expect("readable") {
                0 => break,
                read => out.extend_from_slice(&space[..read]),
            }
        }
        let status = running.end(&|| true).expect("it ends");
        (out, status, running.said())
    }

    #[test]
    fn the_last_lines_are_kept_and_each_is_cut() {
        let (out, status, said) = run(
            "echo out; for i in 1 2 3 4 5; do echo line $i >&2; done; printf '\\033x' >&2; exit 3",
            3,
        );
        assert_eq!((out, status.code()), (b"out\n".to_vec(), Some(3)));
        assert_eq!(said.lines(), ["line 4", "line 5", "\\x1bx"]);
        assert_eq!(said.dropped(), 3);

        let said = Said::new(2);
        said.hear(&[b'x'; 2000]);
        said.hear(&[b'y'; 2000]);
        said.hear(b"\n\nz\n");
        let lines = said.raw_lines();
        assert_eq!(lines, [b"".to_vec(), b"z".to_vec()]);
        assert_eq!((said.lines(), said.dropped()), (vec!["z".to_owned()], 1));
    }

    #[test]
    fn of_a_long_line_both_ends_are_kept() {
        for piece in [1, 7, 119, 120, 121, 240, 241, 5000] {
            let said = Said::new(2);
            let line = [&[b'a'; HALF][..], &[b'-'; 9000], &[b'z'; HALF]].concat();
            for bytes in line.chunks(piece) {
                said.hear(bytes);
            }
            let expected = format!("{}…{}", "a".repeat(HALF), "z".repeat(HALF));
            assert_eq!(said.lines(), [expected], "by {piece}");
        }
        let said = Said::new(2);
        said.hear(&[b'x'; 2 * HALF]);
        assert_eq!(said.raw_lines(), [vec![b'x'; 2 * HALF]]);
    }

    #[test]
    fn what_a_program_leaves_running_is_not_waited_for() {
        // It never ends by itself, and keeps standard error open.
        let (out, status, said) = run("tail -f /dev/null >/dev/null & echo $!; echo x >&2", 3);
        assert!(status.success());
        assert_eq!(said.lines(), ["x"]);
        let pid = String::from_utf8(out).expect("a number");
        let killed = Command::new("kill").arg(pid.trim()).status();
        assert!(killed.expect("kill runs").success());
    }

    #[test]
    fn a_program_ends_however_much_it_says() {
        // More than a pipe holds, after its output has ended.
        let script = "exec >&-; head -c 200000 /dev/zero >&2; echo done >&2";
        for has_handle in [true, false] {
            let mut command = Command::new("sh");
            command.args(["-c", script]).stdin(Stdio::null());
            let mut running = Running::start(&mut command, 2).expect("a shell is there");
            assert_eq!(running.read(&mut [0], &|| true).expect("readable"), 0);
            let handle = has_handle.then(|| wait::end_of(&running.child));
            let handle = handle.transpose().expect("Linux has them");
            let status = running.end_by(handle.as_ref(), &|| true).expect("it ends");
            assert!(status.success());
            let lines = running.said().raw_lines();
            assert!(lines[0].ends_with(b"done"), "{lines:?}");
        }
    }

    #[test]
    fn who_waits_may_stop_and_the_program_ends() {
        let mut command = Command::new("cat");
        // Its input never comes to an end.
        let (input, held) = io::pipe().expect("a pipe");
        command.stdin(Stdio::from(input));
        let mut running = Running::start(&mut command, 1).expect("cat is there");
        let error = running.read(&mut [0], &|| false).expect_err("it is silent");
        assert_eq!(error.to_string(), Cancelled.to_string());
        let error = running.end(&|| false).expect_err("it runs");
        assert_eq!(error.to_string(), Cancelled.to_string());
        drop(running);
        drop(held);
    }
}
