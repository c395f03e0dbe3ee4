//! Reading all lists of a tree.

use super::target::Target;
use super::{Gap, Subject, apt, ini};
use crate::path::ImagePath;
use crate::rules::counted;

/// How many files are read; real trees have a dozen.
const MOST_FILES: usize = 512;

/// How many bytes they may have together; real ones have some kilobytes.
const MOST_BYTES: usize = 16 << 20;

/// All that a tree's package managers would read.
#[derive(Default)]
pub(super) struct Repositories {
    /// The files, those that hold nothing among them.
    pub(super) files: Vec<ImagePath>,
    pub(super) targets: Vec<Target>,
    bytes: usize,
}

/// How a file is written, by where it stands and how its name ends.
type Parse = fn(&ImagePath, &[u8], &mut Vec<Target>) -> Result<(), apt::TooMany>;

const PLACES: [(&str, &[u8], Parse); 5] = [
    ("etc/apt/sources.list.d", b".list", apt::lines),
    ("etc/apt/sources.list.d", b".sources", apt::stanzas),
    ("etc/yum.repos.d", b".repo", ini::sections),
    ("etc/zypp/repos.d", b".repo", ini::sections),
    ("usr/etc/zypp/repos.d", b".repo", ini::sections),
];

impl Repositories {
    /// Reads the lists of all package managers; a gap where one of them cannot
    /// be read, or where there is none.
    pub(super) fn of(subject: &Subject<'_>) -> Result<Self, Gap> {
        let mut found = Self::default();
        if let Some((path, text)) = subject.text("etc/apt/sources.list")? {
            found.add(path, &text, apt::lines)?;
        }
        for (place, ending, parse) in PLACES {
            let Some((directory, entries)) = subject.files(place)? else {
                continue;
            };
            for entry in entries.iter().filter(|entry| entry.name.ends_with(ending)) {
                if found.files.len() == MOST_FILES {
                    let files = counted(MOST_FILES as u64, "file");
                    return Err(Gap::Open(format!("there are more than {files} of lists")));
                }
                let text = Subject::text_of(&*directory, entry)?;
                found.add(directory.path().join(&entry.name), &text, parse)?;
            }
        }
        if found.files.is_empty() {
            return Err(Gap::Inapplicable(
                "the tree has no lists of repositories".to_owned(),
            ));
        }
        Ok(found)
    }

    fn add(&mut self, path: ImagePath, text: &[u8], parse: Parse) -> Result<(), Gap> {
        self.bytes += text.len();
        if self.bytes > MOST_BYTES {
            return Err(Gap::Open(
                "the lists of repositories are too large to be read".to_owned(),
            ));
        }
        parse(&path, text, &mut self.targets)
            .map_err(|_| Gap::Open(format!("`{path}` names too many repositories")))?;
        self.files.push(path);
        Ok(())
    }
}
