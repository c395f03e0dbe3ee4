//! The same question put to rsync and to libimage.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::FileType;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::process::Command;

use libimage::diff::{Charset, ModifyWindow, Options, diff};
use libimage::monitor::Silent;
use libimage::tree::Tree;

/// How two trees are to be compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) checksum: bool,
    pub(crate) delete: bool,
    pub(crate) window: ModifyWindow,
    pub(crate) charset: Charset,
}

impl Question {
    /// What `imgtool diff` asks when nothing else is said.
    pub(crate) const PLAIN: Self = Self {
        checksum: false,
        delete: true,
        window: ModifyWindow::Seconds(0),
        charset: Charset::Utf8,
    };

    /// `--checksum`.
    pub(crate) const CHECKSUM: Self = Self {
        checksum: true,
        ..Self::PLAIN
    };

    /// Without `--delete`.
    pub(crate) const KEEP: Self = Self {
        delete: false,
        ..Self::PLAIN
    };

    /// `--modify-window=1`.
    pub(crate) const SECOND: Self = Self {
        window: ModifyWindow::Seconds(1),
        ..Self::PLAIN
    };

    /// `--modify-window=-1`.
    pub(crate) const EXACT: Self = Self {
        window: ModifyWindow::Exact,
        ..Self::PLAIN
    };

    /// In the locale `C`.
    pub(crate) const ASCII: Self = Self {
        charset: Charset::Ascii,
        ..Self::PLAIN
    };

    /// All of the above.
    pub(crate) const ALL: [Self; 6] = [
        Self::PLAIN,
        Self::CHECKSUM,
        Self::KEEP,
        Self::SECOND,
        Self::EXACT,
        Self::ASCII,
    ];

    fn options(self, threads: usize) -> Options {
        let mut options = Options::default();
        options.checksum = self.checksum;
        options.delete = self.delete;
        options.window = self.window;
        options.threads = threads;
        options
    }

    fn arguments(self) -> Vec<String> {
        let mut arguments = vec!["-aHAXSi", "--numeric-ids", "--force"];
        // In trees of more than some 1,000 entries rsync would begin before it
        // knows all names, and choose other leaders for hard links.
        arguments.push("--no-inc-recursive");
        if self.delete {
            arguments.push("--delete");
        }
        if self.checksum {
            arguments.push("--checksum");
        }
        let mut arguments: Vec<_> = arguments.into_iter().map(str::to_owned).collect();
        match self.window {
            ModifyWindow::Seconds(0) => {}
            ModifyWindow::Seconds(seconds) => arguments.push(format!("--modify-window={seconds}")),
            ModifyWindow::Exact => arguments.push("--modify-window=-1".to_owned()),
        }
        arguments
    }
}

/// rsync's lines, sorted; what it complained about is a line too.
pub(crate) fn rsyncs(source: &Path, target: &Path, question: Question) -> Vec<Vec<u8>> {
    run(source, target, question, &["--dry-run"])
}

/// rsync's lines when it is asked with some more options.
pub(crate) fn run(source: &Path, target: &Path, question: Question, also: &[&str]) -> Vec<Vec<u8>> {
    let locale = match question.charset {
        Charset::Ascii => "C",
        _ => "C.UTF-8",
    };
    let output = Command::new("rsync")
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", locale)
        .args(question.arguments())
        .args(also)
        .args([source.join(""), target.join("")])
        .output()
        .expect("rsync is installed");
    let complaint = (!output.stderr.is_empty()).then_some(output.stderr);
    assert_eq!(complaint.is_some(), !output.status.success());
    let mut lines: Vec<_> = output
        .stdout
        .split_inclusive(|&byte| byte == b'\n')
        .map(|line| {
            line.strip_suffix(b"\n")
                .expect("rsync ends its lines")
                .to_vec()
        })
        .chain(complaint)
        .collect();
    lines.sort();
    lines
}

/// libimage's lines, sorted.
pub(crate) fn ours(
    source: &dyn Tree,
    target: &dyn Tree,
    question: Question,
    threads: usize,
) -> Vec<Vec<u8>> {
    let outcome = diff(source, target, &question.options(threads), &Silent)
        .unwrap_or_else(|error| panic!("{question:?}: {error}"));
    let mut lines: Vec<_> = outcome
        .changes
        .iter()
        .filter_map(|change| change.itemize(question.charset))
        .collect();
    lines.sort();
    lines
}

/// Everything in which two trees differ, content and fractions of seconds
/// included, and what rsync would miss too.
pub(crate) fn differences(one: &dyn Tree, two: &dyn Tree) -> Vec<String> {
    let mut options = Question::CHECKSUM.options(2);
    options.window = ModifyWindow::Exact;
    let outcome = diff(one, two, &options, &Silent).expect("both can be read");
    let changes = outcome.changes.iter();
    changes
        .map(|change| format!("{}: {:?}", change.path, change.action))
        .collect()
}

/// A line whose flags say nothing, with these blanked out.
///
/// Where a name becomes another's hard link and something of another type
/// stood there, rsync compares the attributes of what is in the way, so that
/// only the first two letters, the name and the leader have a meaning.
fn comparable(line: &[u8], source: &Path, target: &Path) -> Vec<u8> {
    if line.first() != Some(&b'h') {
        return line.to_vec();
    }
    let name = name_of(line);
    let type_at = |top: &Path| {
        let path = top.join(OsStr::from_bytes(&name));
        path.symlink_metadata().ok().map(|found| found.file_type())
    };
    let differ = |(a, b)| letter(a) != letter(b);
    if !type_at(source).zip(type_at(target)).is_some_and(differ) {
        return line.to_vec();
    }
    let mut line = line.to_vec();
    line[2..11].fill(b'?');
    line
}

/// What rsync takes for one type: it shows one letter.
fn letter(file_type: FileType) -> char {
    if file_type.is_file() {
        'f'
    } else if file_type.is_dir() {
        'd'
    } else if file_type.is_symlink() {
        'L'
    } else if file_type.is_block_device() || file_type.is_char_device() {
        'D'
    } else {
        'S'
    }
}

/// The name in a line, its escapes undone.
pub(crate) fn name_of(line: &[u8]) -> Vec<u8> {
    let shown = &line[12.min(line.len())..];
    let end = shown
        .windows(4)
        .position(|four| four == b" => " || four == b" -> ")
        .unwrap_or(shown.len());
    let mut rest = &shown[..end];
    let mut name = Vec::new();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail
            .strip_prefix(b"#")
            .and_then(|digits| digits.get(..3))
            .filter(|digits| {
                first == b'\\' && digits.iter().all(|digit| (b'0'..b'8').contains(digit))
            });
        if let Some(digits) = code {
            name.push(
                digits
                    .iter()
                    .fold(0, |value, digit| value << 3 | (digit - b'0')),
            );
            rest = &tail[4..];
        } else {
            name.push(first);
            rest = tail;
        }
    }
    name
}

/// Who said what that the other did not.
pub(crate) type Mismatches = Vec<(&'static str, Vec<u8>)>;

/// Lines that only one of two answers has: `rsync` those of `expected`, `ours`
/// those of `found`. Empty if the answers agree.
pub(crate) fn mismatches(
    expected: &[Vec<u8>],
    found: &[Vec<u8>],
    source: &Path,
    target: &Path,
) -> Mismatches {
    let set = |lines: &[Vec<u8>]| -> BTreeSet<Vec<u8>> {
        let lines = lines.iter();
        lines.map(|line| comparable(line, source, target)).collect()
    };
    let (theirs, ours) = (set(expected), set(found));
    let mut mismatches: Mismatches = theirs
        .difference(&ours)
        .map(|line| ("rsync", line.clone()))
        .chain(ours.difference(&theirs).map(|line| ("ours", line.clone())))
        .collect();
    // A dry run of rsync may list a deletion twice, see `exceptions`.
    if ours.len() != found.len() {
        mismatches.push(("ours", b"a line stands twice".to_vec()));
    }
    mismatches
}

/// [`mismatches`] as text for a message.
pub(crate) fn shown(mismatches: &Mismatches) -> String {
    let lines: BTreeSet<_> = mismatches
        .iter()
        .map(|(who, line)| (line, format!("  {who:>5}: {}\n", line.escape_ascii())))
        .collect();
    lines.into_iter().map(|(_, text)| text).collect()
}
