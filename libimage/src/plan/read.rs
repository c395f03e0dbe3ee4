//! [`read`]: text becomes a plan again, or is refused.

use std::io::{self, BufRead, Read as _};

use super::error::PlanError;
use super::{Deed, FIRST_LINE, LAST_WORD, Plan, Step, groups};
use crate::diff::{Difference, Differences};
use crate::digest::Hasher;
use crate::entry::{Entry, LinkGroup, Respect, Respects};
use crate::manifest::{LONGEST_LINE, parse_record, unescape};
use crate::path::ImagePath;

/// Whether some file begins like a plan of any version.
pub fn is_plan(head: &[u8]) -> bool {
    head.starts_with(b"imgtool-plan ")
}

/// Reads a plan to its end and proves it whole.
///
/// Every byte counts: there is one way to write a plan, so what would be
/// written differently is none.
///
/// # Errors
///
/// A [`PlanError`] that names the line.
pub fn read(input: impl BufRead, label: &str) -> Result<Plan, PlanError> {
    let mut lines = Lines {
        input,
        label,
        line: Vec::new(),
        number: 0,
        whole: Hasher::new(),
    };
    lines.advance()?;
    if lines.line != format!("{FIRST_LINE}\n").as_bytes() {
        return Err(PlanError::Version {
            label: label.to_owned(),
        });
    }
    let mut plan = Plan::default();
    lines.next()?;
    plan.source = lines
        .text("source")?
        .ok_or_else(|| lines.corrupt("the source is missing"))?;
    lines.next()?;
    plan.target = lines
        .text("target")?
        .ok_or_else(|| lines.corrupt("the target is missing"))?;
    lines.next()?;
    while let Some(argument) = lines.text("argument")? {
        plan.arguments.push(argument);
        lines.next()?;
    }
    plan.ignored = lines.ignored()?;
    plan.equal = lines.number("equal")?;
    plan.protected = lines.number("protected")?;
    plan.mounts = lines.paths("mounted")?;
    plan.blocked = lines.paths("blocked")?;
    while !lines.line.starts_with(LAST_WORD.as_bytes()) {
        let step = lines.step()?;
        plan.steps.push(step);
        plan.check_last().map_err(|reason| lines.corrupt(reason))?;
    }
    lines.check_end(&plan)?;
    Ok(plan)
}

struct Lines<'a, R> {
    input: R,
    label: &'a str,
    line: Vec<u8>,
    number: u64,
    whole: Hasher,
}

impl<R: BufRead> Lines<'_, R> {
    fn corrupt(&self, reason: &'static str) -> PlanError {
        PlanError::Corrupt {
            label: self.label.to_owned(),
            line: self.number,
            reason,
        }
    }

    fn advance(&mut self) -> Result<(), PlanError> {
        self.line.clear();
        self.number += 1;
        let input = &mut self.input;
        let read = input
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut self.line)
            .map_err(|source| PlanError::Io {
                label: self.label.to_owned(),
                source,
            })?;
        if read == 0 {
            return Err(self.corrupt("the plan ends too early"));
        }
        if self.line.last() != Some(&b'\n') {
            return Err(self.corrupt("the line is cut off or too long"));
        }
        Ok(())
    }

    /// The line after this one, which counts.
    fn next(&mut self) -> Result<(), PlanError> {
        self.whole.update(&self.line);
        self.advance()
    }

    /// The line without its newline.
    fn bare(&self) -> &[u8] {
        self.line.strip_suffix(b"\n").unwrap_or(&self.line)
    }

    /// What stands behind this word, if the line begins with it.
    fn text(&self, word: &str) -> Result<Option<Box<[u8]>>, PlanError> {
        let rest = self.bare().strip_prefix(word.as_bytes());
        let Some(rest) = rest.and_then(|rest| rest.strip_prefix(b" ")) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(rest).map_err(|_| self.corrupt("it is not ASCII"))?;
        let text = unescape(text).map_err(|reason| self.corrupt(reason))?;
        Ok(Some(text.into()))
    }

    /// What was not compared.
    fn ignored(&mut self) -> Result<Respects, PlanError> {
        let malformed = "what was not compared is malformed";
        let text = self.text("ignored")?;
        let text = text.ok_or_else(|| self.corrupt("what was not compared is missing"))?;
        let words = text.split(|&byte| byte == b',').filter(|_| *text != *b"-");
        let named = |word: &[u8]| {
            let mut all = Respect::ALL.into_iter();
            all.find(|one| one.word().as_bytes() == word)
        };
        let ignored: Option<Respects> = words.map(named).collect();
        let ignored = ignored.ok_or_else(|| self.corrupt(malformed))?;
        self.next()?;
        Ok(ignored)
    }

    /// A number behind this word.
    fn number(&mut self, word: &str) -> Result<u64, PlanError> {
        let text = self.text(word)?;
        let text = text.ok_or_else(|| self.corrupt("a number is missing"))?;
        let number = std::str::from_utf8(&text).ok();
        let number = number.and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| self.corrupt("a number is malformed"))?;
        self.next()?;
        Ok(number)
    }

    /// The paths in the lines that begin with this word, which are sorted.
    fn paths(&mut self, word: &str) -> Result<Vec<ImagePath>, PlanError> {
        let mut paths: Vec<ImagePath> = Vec::new();
        while let Some(rest) = self.bare().strip_prefix(word.as_bytes()) {
            let text = rest
                .strip_prefix(b" ")
                .and_then(|rest| std::str::from_utf8(rest).ok());
            let found = text.ok_or("the path is malformed").and_then(path);
            let found = found.map_err(|reason| self.corrupt(reason))?;
            if paths.last().is_some_and(|last| *last >= found) {
                return Err(self.corrupt("the paths are not sorted"));
            }
            paths.push(found);
            self.next()?;
        }
        Ok(paths)
    }

    /// A step, which ends where a line begins another.
    fn step(&mut self) -> Result<Step, PlanError> {
        let mut step = self.deed().map_err(|reason| self.corrupt(reason))?;
        loop {
            self.next()?;
            let Some((letter, rest)) = self.line.split_first() else {
                return Ok(step);
            };
            let Some(rest) = rest.strip_prefix(b" ") else {
                return Ok(step);
            };
            let answer = match letter {
                b's' => side(rest, &step.path).map(|entry| step.source = Some(entry)),
                b't' => side(rest, &step.path).map(|entry| step.target = Some(entry)),
                b'w' => wanted(rest, &mut step),
                _ => return Ok(step),
            };
            answer.map_err(|reason| self.corrupt(reason))?;
        }
    }

    /// What is done, and where.
    fn deed(&self) -> Result<Step, &'static str> {
        let text = std::str::from_utf8(self.bare()).map_err(|_| "it is not ASCII")?;
        let mut words = text.split(' ');
        let word = words.next().unwrap_or_default();
        let deed = Deed::ALL.into_iter().find(|deed| deed.word() == word);
        let deed = deed.ok_or("it does not say what is done")?;
        let path = path(words.next().ok_or("the path is missing")?)?;
        let differences = differences(words.next().ok_or("the differences are missing")?)?;
        let leader = words.next().map(self::path).transpose()?;
        if words.next().is_some() {
            return Err("it says too much");
        }
        Ok(Step {
            path,
            deed,
            differences,
            source: None,
            target: None,
            wanted: None,
            leader,
        })
    }

    /// Checks the last line against what was read, and that nothing follows.
    fn check_end(&mut self, plan: &Plan) -> Result<(), PlanError> {
        plan.check_leaders()
            .map_err(|reason| self.corrupt(reason))?;
        // Written anew it must come out the same: there is one way.
        let again = plan.write(io::sink()).expect("a sink takes everything");
        let head = format!("{LAST_WORD} {} ", plan.steps.len());
        self.whole.update(head.as_bytes());
        let digest = self.whole.finish();
        if self.line != format!("{head}{digest}\n").as_bytes() {
            return Err(self.corrupt("the digest does not match what was read"));
        }
        if digest != again || !groups::are_in_order(&plan.steps) {
            return Err(self.corrupt("it is not written in the one way that a plan is written"));
        }
        self.line.clear();
        match self.advance() {
            Err(PlanError::Corrupt { .. }) if self.line.is_empty() => Ok(()),
            Err(error) => Err(error),
            Ok(()) => Err(self.corrupt("something follows the last line")),
        }
    }
}

fn path(text: &str) -> Result<ImagePath, &'static str> {
    if text == "." {
        return Ok(ImagePath::root());
    }
    ImagePath::new(unescape(text)?)
        .ok()
        .filter(|path| !path.is_root())
        .ok_or("the path is not a path inside a tree")
}

fn differences(text: &str) -> Result<Differences, &'static str> {
    let named = |word: &str| Difference::ALL.into_iter().find(|one| one.word() == word);
    let words = text.split(',').filter(|_| text != "-");
    let all: Option<Differences> = words.map(named).collect();
    all.ok_or("the differences are malformed")
}

/// What one side has: the number of its group, then the entry.
fn side(rest: &[u8], path: &ImagePath) -> Result<Entry, &'static str> {
    let blank = rest.iter().position(|&byte| byte == b' ');
    let (number, record) = rest.split_at(blank.ok_or("the entry is missing")? + 1);
    let number = std::str::from_utf8(number.trim_ascii_end())
        .ok()
        .and_then(|number| number.parse().ok());
    let number: u64 = number.ok_or("the number of the group is malformed")?;
    let (at, entry) = parse_record(record)?;
    if at != *path {
        return Err("the entry is another's");
    }
    Ok(Entry {
        link: (number > 0).then_some(LinkGroup(0, number)),
        ..entry
    })
}

/// The metadata that a name gets; the rest of the line is the source's.
fn wanted(rest: &[u8], step: &mut Step) -> Result<(), &'static str> {
    let (path, entry) = parse_record(rest)?;
    let source = step.source.as_ref().ok_or("there is no source for it")?;
    let alike = Entry {
        metadata: source.metadata.clone(),
        link: source.link,
        ..entry.clone()
    };
    if path != step.path || alike != *source {
        return Err("it is not about the source's entry");
    }
    step.wanted = Some(entry.metadata);
    Ok(())
}
