//! A plan becomes text.

use std::io::{self, Write};

use super::{FIRST_LINE, LAST_WORD, Plan, Step};
use crate::diff::Difference;
use crate::digest::{Digest, Hasher};
use crate::entry::{Entry, Respect};
use crate::manifest::{put_escaped, put_record};
use crate::path::ImagePath;

impl Plan {
    /// Writes the plan; see `docs/plan-format.md`. The digest in its last line
    /// comes back.
    ///
    /// # Errors
    ///
    /// What writing to `out` answers.
    pub fn write(&self, mut out: impl Write) -> io::Result<Digest> {
        let mut whole = Hasher::new();
        let mut put = |bytes: &[u8]| {
            whole.update(bytes);
            out.write_all(bytes)
        };
        let mut lines = format!("{FIRST_LINE}\n").into_bytes();
        let texts = [("source", &self.source), ("target", &self.target)];
        let arguments = self.arguments.iter().map(|text| ("argument", text));
        for (word, text) in texts.into_iter().chain(arguments) {
            lines.extend_from_slice(word.as_bytes());
            lines.push(b' ');
            put_escaped(text, &mut lines);
            lines.push(b'\n');
        }
        let ignored: Vec<_> = self.ignored.iter().map(Respect::word).collect();
        let ignored = match &ignored[..] {
            [] => "-".to_owned(),
            words => words.join(","),
        };
        lines.extend_from_slice(format!("ignored {ignored}\n").as_bytes());
        lines.extend_from_slice(format!("equal {}\n", self.equal).as_bytes());
        lines.extend_from_slice(format!("protected {}\n", self.protected).as_bytes());
        put(&lines)?;
        for (word, paths) in [("mounted ", &self.mounts), ("blocked ", &self.blocked)] {
            for path in paths {
                lines.clear();
                lines.extend_from_slice(word.as_bytes());
                put_path(path, &mut lines);
                lines.push(b'\n');
                put(&lines)?;
            }
        }
        for step in &self.steps {
            lines.clear();
            put_step(step, &mut lines);
            put(&lines)?;
        }
        put(format!("{LAST_WORD} {} ", self.steps.len()).as_bytes())?;
        let digest = whole.finish();
        writeln!(out, "{digest}")?;
        out.flush()?;
        Ok(digest)
    }
}

fn put_path(path: &ImagePath, out: &mut Vec<u8>) {
    if path.is_root() {
        out.push(b'.');
    } else {
        put_escaped(path.as_bytes(), out);
    }
}

/// The deed with its path and reasons, then a line an entry.
fn put_step(step: &Step, out: &mut Vec<u8>) {
    out.extend_from_slice(step.deed.word().as_bytes());
    out.push(b' ');
    put_path(&step.path, out);
    let differences: Vec<_> = step.differences.iter().map(Difference::word).collect();
    let differences = match &differences[..] {
        [] => "-".to_owned(),
        words => words.join(","),
    };
    out.push(b' ');
    out.extend_from_slice(differences.as_bytes());
    if let Some(leader) = &step.leader {
        out.push(b' ');
        put_path(leader, out);
    }
    out.push(b'\n');
    if let Some(entry) = &step.source {
        put_side('s', &step.path, entry, out);
    }
    if let Some(entry) = &step.target {
        put_side('t', &step.path, entry, out);
    }
    if let (Some(metadata), Some(source)) = (&step.wanted, &step.source) {
        let entry = Entry {
            metadata: metadata.clone(),
            ..source.clone()
        };
        out.extend_from_slice(b"w ");
        put_record(&step.path, &entry, out);
    }
}

/// Which names are one inode stands before the entry: a number, 0 for none.
fn put_side(letter: char, path: &ImagePath, entry: &Entry, out: &mut Vec<u8>) {
    let group = entry.link.map_or(0, |group| group.1);
    write!(out, "{letter} {group} ").expect("writing to a Vec cannot fail");
    put_record(path, entry, out);
}
