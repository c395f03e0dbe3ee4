//! [`Line`]: what a line of rsync's output is about.

/// A line of rsync's output.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The eleven letters of `-i`, where it has them.
    pub(super) letters: Option<Letters>,
    /// What it is if it is about no name.
    pub(super) class: Class,
    deletes: bool,
    /// The name, with what may stand behind it: ` -> target`, ` => leader`.
    text: Vec<u8>,
    /// Where the name begins if the line is one about a file called `deleting`.
    whole: Option<Vec<u8>>,
}

/// What a line is if no change is known by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It is about the whole run.
    Noise,
    /// Something went wrong.
    Problem,
    /// It is about something that is not known.
    Name,
}

/// What is said of the whole run: the beginnings of such lines.
const NOISE: [&[u8]; 17] = [
    b"sending incremental file list",
    b"receiving incremental file list",
    b"receiving file list",
    b"building file list",
    b"delta-transmission ",
    b"created directory ",
    b"sent ",
    b"total size is ",
    b"total: matches=",
    b"deleting in ",
    // Of `--stats`.
    b"Number of ",
    b"Total file size: ",
    b"Total transferred file size: ",
    b"Literal data: ",
    b"Matched data: ",
    b"File list ",
    b"Total bytes ",
];

/// What is said of things that went wrong: the beginnings of such lines.
const PROBLEMS: [&[u8]; 9] = [
    b"rsync: ",
    b"rsync error: ",
    b"rsync warning: ",
    b"IO error ",
    b"file has vanished: ",
    b"cannot delete non-empty directory: ",
    b"could not make way for ",
    b"skipping non-regular file ",
    b"ERROR: ",
];

const DELETING: &[u8] = b"deleting ";

/// What `-i` says in front of a name.
pub(super) type Letters = [u8; 11];

/// The letters of a deletion in an itemized line.
const DELETING_LETTERS: Letters = *b"*deleting  ";

impl Line {
    pub(super) fn parse(line: &[u8]) -> Self {
        let line = without_date(line);
        if let Some((letters, name)) = itemized(line) {
            // With `-ii` it tells of what does not change, too. What becomes a
            // hard link has what it is linked to behind its name.
            let is_link = || name.windows(4).any(|part| part == b" => ");
            let is_unchanged = letters[2..] == [b' '; 9]
                && (letters[0] == b'.' || letters[0] == b'h' && !is_link());
            return Self {
                letters: Some(letters),
                class: if is_unchanged {
                    Class::Noise
                } else {
                    Class::Name
                },
                deletes: letters == DELETING_LETTERS,
                text: unescape(name),
                whole: None,
            };
        }
        let begins = |beginnings: &[&[u8]]| beginnings.iter().any(|one| line.starts_with(one));
        let class = if begins(&PROBLEMS) {
            Class::Problem
        } else if begins(&NOISE) || line.trim_ascii().is_empty() {
            Class::Noise
        } else {
            Class::Name
        };
        let deleted = line.strip_prefix(DELETING);
        Self {
            letters: None,
            class,
            deletes: deleted.is_some(),
            text: unescape(deleted.unwrap_or(line)),
            whole: deleted.map(|_| unescape(line)),
        }
    }

    /// The names that the line may be about, the likeliest first, each with
    /// whether it is deleted.
    pub(super) fn readings(&self) -> impl Iterator<Item = (bool, &[u8])> {
        let first = Self::names(&self.text).map(|name| (self.deletes, name));
        let whole = self.whole.as_deref().into_iter().flat_map(Self::names);
        first.chain(whole.map(|name| (false, name)))
    }

    /// A name as it stands, and without what an arrow in it would point to.
    fn names(text: &[u8]) -> impl Iterator<Item = &[u8]> {
        let is_arrow = |part: &[u8]| part == b" -> " || part == b" => ";
        let parts = text.windows(4).enumerate();
        let ends = parts.filter(move |(_, part)| is_arrow(part));
        std::iter::once(text)
            .chain(ends.map(|(end, _)| &text[..end]))
            .filter(|name| !name.is_empty())
            .map(plain)
    }
}

/// A line without what `--log-file` puts before it: `2026/11/20 12:00:00 [123] `.
fn without_date(line: &[u8]) -> &[u8] {
    const SHAPE: &[u8] = b"0000/00/00 00:00:00 [";
    let fits = line.len() > SHAPE.len()
        && SHAPE.iter().zip(line).all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => shape == byte,
        });
    if !fits {
        return line;
    }
    let rest = &line[SHAPE.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].strip_prefix(b"] ").unwrap_or(line)
}

/// The letters of an itemized line, and what follows them. One who sends to
/// another machine says `<` where all others say `>`.
fn itemized(line: &[u8]) -> Option<(Letters, &[u8])> {
    let (&(mut letters), rest) = line.split_first_chunk()?;
    let name = rest.strip_prefix(b" ")?;
    if letters[0] == b'<' {
        letters[0] = b'>';
    }
    let fits = letters == DELETING_LETTERS
        || matches!(letters[0], b'>' | b'c' | b'h' | b'.')
            && b"fdLDS".contains(&letters[1])
            && letters[2..]
                .iter()
                .all(|letter| b".+ ?cstTpoguUnbax".contains(letter));
    fits.then_some((letters, name))
}

/// A name as paths are written: without the slash behind directories.
fn plain(name: &[u8]) -> &[u8] {
    match name.strip_suffix(b"/").unwrap_or(name) {
        b"." => b"",
        name => name.strip_prefix(b"./").unwrap_or(name),
    }
}

/// The bytes that rsync's output stands for: `\#ooo` is a byte in octal.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        if let [
            b'\\',
            b'#',
            one @ b'0'..=b'3',
            two @ b'0'..=b'7',
            three @ b'0'..=b'7',
            behind @ ..,
        ] = rest
        {
            out.push((one - b'0') << 6 | (two - b'0') << 3 | (three - b'0'));
            rest = behind;
        } else {
            out.push(byte);
            rest = behind;
        }
    }
    out
}
