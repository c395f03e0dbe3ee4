//! Every archive gives the tree that GNU tar or bsdtar makes of it, or is refused.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::process::Child;

use fixtures::attack::{Arena, Attack, Expect};
use fixtures::snapshot::Snapshot;
use fixtures::tree::TreeSpec;
use libimage::error::{ErrorKind, ImageError as _};

use crate::corpus::{Case, attacks, mutants};
use crate::exceptions::{Exception, FAILURES, REFUSALS, TREES};
use crate::import::{differences, limited};
use crate::readers::{Reader, Unpacked};
use crate::scratch::Scratch;
use crate::undated::Beginning;

/// Archives that are unpacked before any of their trees are compared and
/// removed.
const BATCH: usize = 100;

/// What came of all archives.
#[derive(Debug, Default)]
struct Score {
    published: u32,
    refused: u32,
    /// Published, and each of the three gave the same tree without complaint.
    alike: u32,
    /// What must not be, in full.
    wrong: Vec<String>,
    /// The exceptions that occurred.
    excused: BTreeSet<&'static str>,
}

/// An import's tree, or why there is none.
type Imported = Result<Snapshot, String>;

impl Score {
    fn take(&mut self, cases: &[Case]) {
        let scratch = Scratch::new();
        let begun = Beginning::now();
        std::fs::create_dir(scratch.path("archives")).expect("there is space");
        for (number, case) in cases.iter().enumerate() {
            let file = scratch.path("archives").join(number.to_string());
            std::fs::write(file, &case.archive).expect("there is space");
        }
        let readers = Reader::BOTH.map(|reader| reader.start(&scratch, cases.len()));
        let imports: Vec<_> = cases
            .iter()
            .enumerate()
            .map(|(number, case)| self.import(&scratch, number, case))
            .collect();
        readers.into_iter().for_each(wait);
        for (number, (case, imported)) in cases.iter().zip(imports).enumerate() {
            let unpacked = Reader::BOTH.map(|reader| reader.unpacked(&scratch, number));
            match imported {
                Ok(tree) => self.published(case, &tree, unpacked, begun),
                Err(error) => self.refused(case, &error, unpacked, begun),
            }
        }
    }

    /// Imports an archive beside what must not be touched.
    fn import(&mut self, scratch: &Scratch, number: usize, case: &Case) -> Imported {
        let arena = Arena::new(&scratch.path(&format!("arena-{number}")), &nothing());
        let answer = limited(&case.archive, &arena.dest);
        let damage = arena.damage();
        let outside = damage
            .iter()
            // A published tree's records stand beside it.
            .filter(|line| answer.is_err() || !line.contains(".imgtool"))
            .map(|line| format!("{}: outside: {line}\n", case.name));
        self.wrong.extend(outside);
        match answer {
            Ok(_) => Ok(Snapshot::of(&arena.dest)),
            Err(error) => {
                let message = error.to_string();
                if !arena.is_untouched() {
                    let name = &case.name;
                    self.wrong
                        .push(format!("{name}: refused, and something is left\n"));
                }
                if error.kind() != ErrorKind::Refused {
                    self.failed(case, &message);
                }
                Err(message)
            }
        }
    }

    /// What is wrong with an archive is no failure of the machine.
    fn failed(&mut self, case: &Case, message: &str) {
        let known = FAILURES.iter().find(|known| message.contains(known.what));
        if let Some(known) = known {
            self.excused.insert(known.what);
        } else {
            let name = &case.name;
            self.wrong
                .push(format!("{name}: not refused but failed: {message}\n"));
        }
    }

    fn published(
        &mut self,
        case: &Case,
        tree: &Snapshot,
        unpacked: [Unpacked; 2],
        begun: Beginning,
    ) {
        self.published += 1;
        let mut report = format!("{}, {}\n", case.name, case.about);
        let mut agreed = 0;
        for (reader, mut other) in Reader::BOTH.into_iter().zip(unpacked) {
            reader.excuse(&mut other.tree, tree, begun);
            let lines = differences(tree, &other.tree);
            agreed += u32::from(lines.is_empty() && other.is_content);
            report_on(&mut report, reader, &lines, &other);
        }
        self.alike += u32::from(agreed == 2);
        let exception = TREES.iter().find(|known| known.what == case.name);
        match (agreed, exception) {
            (0, None) => self.wrong.push(report),
            (0, Some(known)) => drop(self.excused.insert(known.what)),
            _ => {}
        }
    }

    /// What both readers take without complaint, and alike, is refused for a
    /// reason only.
    fn refused(&mut self, case: &Case, error: &str, unpacked: [Unpacked; 2], begun: Beginning) {
        self.refused += 1;
        let [mut gnu, mut bsd] = unpacked;
        Reader::Gnu.excuse(&mut gnu.tree, &bsd.tree, begun);
        Reader::Bsd.excuse(&mut bsd.tree, &gnu.tree, begun);
        let is_taken = gnu.is_content && bsd.is_content && gnu.tree == bsd.tree;
        if !case.is_honest && !is_taken {
            return;
        }
        let refusal = REFUSALS.iter().find(|known| error.contains(known.what));
        match refusal {
            Some(known) if !case.is_honest => drop(self.excused.insert(known.what)),
            _ => {
                let Case { name, about, .. } = case;
                self.wrong.push(format!("{name}, {about}\n  {error}\n"));
            }
        }
    }

    /// Fails if something is wrong, or an exception of the usual seeds did not
    /// occur.
    fn settle(self, seeds: &Range<u64>) {
        let Self { wrong, excused, .. } = self;
        assert!(
            wrong.is_empty(),
            "{} wrong\n{}",
            wrong.len(),
            wrong.concat()
        );
        for Exception { what, why } in TREES.iter().chain(FAILURES).chain(REFUSALS) {
            let occurs = excused.contains(what) || *seeds != SEEDS;
            assert!(occurs, "it does not happen: {what} ({why})");
        }
    }
}

fn report_on(report: &mut String, reader: Reader, lines: &[String], other: &Unpacked) {
    let said: String = other.said.chars().take(300).collect();
    let content = if other.is_content { "" } else { "complained, " };
    writeln!(
        report,
        "  {reader:?} {content}said: {}",
        said.escape_debug()
    )
    .expect("a String takes everything");
    for line in lines {
        writeln!(report, "    {line}").expect("a String takes everything");
    }
}

/// An attack that finds nothing where it arrives.
fn nothing() -> Attack {
    Attack {
        row: 0,
        name: "none",
        existing: TreeSpec::new(),
        archive: Vec::new(),
        expect: Expect::Contained,
        blames: None,
    }
}

fn wait(mut reader: Child) {
    let status = reader.wait().expect("it was started");
    assert!(status.success(), "the jail: {status}");
}

/// The seeds to try, unless others are asked for.
const SEEDS: Range<u64> = 0..400;

fn seeds() -> Range<u64> {
    let number =
        |name, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let first = number("IMGTOOL_DIFFERENTIAL_FIRST", SEEDS.start);
    first..first + number("IMGTOOL_DIFFERENTIAL_CASES", SEEDS.end)
}

#[test]
#[ignore = "needs root, GNU tar and bsdtar; .ci/run runs it"]
fn archives_give_what_the_tars_give_or_nothing() {
    let seeds = seeds();
    let mut score = Score::default();
    let mut cases = attacks().chain(mutants(seeds.clone())).peekable();
    while cases.peek().is_some() {
        let batch: Vec<_> = cases.by_ref().take(BATCH).collect();
        score.take(&batch);
    }
    let Score {
        published,
        refused,
        alike,
        ..
    } = score;
    println!("{published} published, {alike} of them alike by all three; {refused} refused");
    // Or it would do to refuse everything.
    assert!(published >= 280 && alike >= 180, "{published}, {alike}");
    score.settle(&seeds);
}
