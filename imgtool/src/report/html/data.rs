//! The block of data that the page's script reads.
//!
//! One JSON object. What there is for each change stands in columns, each a
//! list or a text with an element for every change in the order of a walk:
//! that is a third of what objects would take, and the browser turns them into
//! arrays of numbers. Paths are split into a number of a directory and a name,
//! since most changes have their directory in common with the one before. So a
//! change takes some 40 bytes. Packed, it would take a quarter of that, at the
//! price of a file that no other program reads and of a script that has to
//! wait; a browser reads the 8 MB of 200,000 changes in a tenth of a second.
//!
//! Names stand escaped as in every report, so different names differ here too.
//!
//! | member | |
//! |---|---|
//! | `actions`, `kinds`, `differences` | the words that codes are about |
//! | `directories` | columns `parent`, a number of a directory, and `name`; the root is the first and its own parent |
//! | `changes` | the columns of [`Changes`] |
//! | `replaced` | [`steps`] of the numbers of changes that take the place of another type |
//! | `links` | `change`, [`steps`], and `to`: what they are linked to |
//! | `notes` | `change`, [`steps`], `note`: a number in `texts` |
//! | `packages` | names, each once |
//! | `transitions`, `files` | see [`super::packages`] |
//! | `risks` | what is at risk, if the page itself does not have all of it: see [`Risks`] |

use std::io::{self, Write};

use libimage::diff::{Action, Change, Difference};
use libimage::entry::Kind;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::Page;
use super::columns::{Column, Harmless, Letters, Name, steps};
use super::notes::Notes;
use super::packages::Packages;
use super::places::{Places, split};
use super::risk::Risks;

/// Letters of kinds, with the words for them.
const KINDS: [(char, &str); 7] = [
    ('f', "file"),
    ('d', "directory"),
    ('l', "symlink"),
    ('c', "character device"),
    ('b', "block device"),
    ('p', "fifo"),
    ('s', "socket"),
];

/// Writes the data of a page.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Harmless);
    Ok(page.serialize(&mut serializer)?)
}

impl Serialize for Page<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let changes = &*self.outcome.changes;
        let places = Places::of(changes);
        let packages = Packages::of(self.review, changes.len());
        let notes = Notes::of(changes);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("actions", &Action::ALL.map(Action::word))?;
        map.serialize_entry("kinds", &KINDS)?;
        map.serialize_entry("differences", &Difference::ALL.map(Difference::word))?;
        map.serialize_entry("directories", &Directories(&places))?;
        #[rustfmt::skip]
        map.serialize_entry("changes", &Changes { all: changes, places: &places, packages: &packages })?;
        let replaced = Column(|| steps(numbers(changes, |change| change.replaces)));
        map.serialize_entry("replaced", &replaced)?;
        map.serialize_entry("links", &Links(changes))?;
        map.serialize_entry("notes", &notes)?;
        map.serialize_entry("packages", &packages.names())?;
        map.serialize_entry("transitions", &packages.transitions())?;
        map.serialize_entry("files", &packages.files())?;
        map.serialize_entry("risks", &Risks::of(self))?;
        map.end()
    }
}

struct Directories<'a>(&'a Places<'a>);

impl Serialize for Directories<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(places) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("parent", &Column(|| places.parents()))?;
        map.serialize_entry("name", &Column(|| places.names().map(Name)))?;
        map.end()
    }
}

/// | column | |
/// |---|---|
/// | `directory` | the number of a directory, as [`steps`]; a directory that changes is in itself |
/// | `name` | in that directory; nothing for the directory itself |
/// | `action` | a text of digits, the place in `actions` |
/// | `kind` | a text of the letters in `kinds` |
/// | `differences` | a text of letters from `A` on, two each: bits 0 to 3 and 4 to 7 for the places in `differences` |
/// | `bytes` | content that would be sent or removed |
/// | `package` | 0 for none, else one more than the place in `packages` |
struct Changes<'a> {
    all: &'a [Change],
    places: &'a Places<'a>,
    packages: &'a Packages<'a>,
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = || self.all.iter();
        let mut map = serializer.serialize_map(None)?;
        let directories = || steps(all().map(|change| self.places.place(change)));
        map.serialize_entry("directory", &Column(directories))?;
        let names = || all().map(|change| Name(split(change).1));
        map.serialize_entry("name", &Column(names))?;
        map.serialize_entry("action", &Letters(|| all().map(action)))?;
        map.serialize_entry("kind", &Letters(|| all().map(|change| kind(&change.kind))))?;
        let differences = || all().flat_map(differences);
        map.serialize_entry("differences", &Letters(differences))?;
        let bytes = || all().map(|change| change.bytes);
        map.serialize_entry("bytes", &Column(bytes))?;
        let packages = || (0..self.all.len()).map(|change| self.packages.of_change(change));
        map.serialize_entry("package", &Column(packages))?;
        map.end()
    }
}

struct Links<'a>(&'a [Change]);

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(changes) = self;
        let leaders = || changes.iter().filter_map(|change| change.leader.as_ref());
        let mut map = serializer.serialize_map(None)?;
        let linked = || steps(numbers(changes, |change| change.leader.is_some()));
        map.serialize_entry("change", &Column(linked))?;
        let names = || leaders().map(|leader| Name(leader.as_bytes()));
        map.serialize_entry("to", &Column(names))?;
        map.end()
    }
}

/// The numbers of the changes that are so.
pub(super) fn numbers(
    changes: &[Change],
    is_so: impl Fn(&Change) -> bool,
) -> impl Iterator<Item = usize> {
    let all = changes.iter().enumerate();
    all.filter_map(move |(number, change)| is_so(change).then_some(number))
}

fn action(change: &Change) -> char {
    let place = Action::ALL.iter().position(|one| *one == change.action);
    let place = u8::try_from(place.expect("ALL has all of them")).expect("they are few");
    char::from(b'0' + place)
}

fn kind(kind: &Kind) -> char {
    let word = kind.word();
    let known = KINDS.iter().find(|(_, one)| *one == word);
    known.expect("nothing else is compared").0
}

fn differences(change: &Change) -> [char; 2] {
    let letter = |half: &[Difference]| {
        let bits = half.iter().enumerate().map(|(place, one)| {
            let differs = change.differences.contains(*one);
            u8::from(differs) << place
        });
        char::from(b'A' + bits.sum::<u8>())
    };
    let (low, high) = Difference::ALL.split_at(4);
    [letter(low), letter(high)]
}
