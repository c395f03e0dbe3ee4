//! Lists of hosts in short: `node[001-064,070]`, as Slurm and genders write them.
//!
//! The form is that of slurm.conf(5) (`NodeName`) and of the hostlists that
//! pdsh and genders share: commas between names, ranges in brackets whose
//! leading zeros count, several brackets in a name for all combinations.

use std::fmt;

use crate::error::{ErrorKind, ImageError};
use crate::escape::Escaped;

/// More hosts than any cluster has.
pub const MOST_HOSTS: usize = 100_000;

/// More bytes than any name of a host has, with a user before it.
const LONGEST_NAME: usize = 512;

/// Why a text is no list of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostlistError {
    text: Box<str>,
    reason: &'static str,
}

impl fmt::Display for HostlistError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Escaped(self.text.as_bytes());
        write!(f, "`{text}` is no list of hosts: {}", self.reason)
    }
}

impl std::error::Error for HostlistError {}

impl ImageError for HostlistError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("write it as node001,node[003-007,010]".to_owned())
    }
}

/// All hosts of a list in its order, each once.
///
/// # Errors
///
/// A [`HostlistError`] for what is no list, and for more than [`MOST_HOSTS`].
pub fn expand(text: &str) -> Result<Vec<String>, HostlistError> {
    let wrong = |reason| HostlistError {
        text: text.into(),
        reason,
    };
    let mut seen = std::collections::HashSet::new();
    let mut hosts = Vec::new();
    for name in split(text).map_err(wrong)? {
        for host in combinations(name).map_err(wrong)? {
            if seen.insert(host.clone()) {
                hosts.push(host);
            }
            if hosts.len() > MOST_HOSTS {
                return Err(wrong(TOO_MANY));
            }
        }
    }
    if hosts.is_empty() {
        return Err(wrong("it is empty"));
    }
    Ok(hosts)
}

const TOO_MANY: &str = "it names more than 100,000 hosts";

const TOO_LONG: &str = "a name in it is too long";

/// The names between commas and blanks, which do not count in brackets.
fn split(text: &str) -> Result<Vec<&str>, &'static str> {
    let mut depth = 0_u32;
    let mut is_broken = None;
    let names: Vec<_> = text
        .split(|letter: char| {
            match letter {
                '[' if depth > 0 => {
                    is_broken.get_or_insert("a bracket stands in brackets");
                }
                '[' => depth = 1,
                ']' if depth == 0 => {
                    is_broken.get_or_insert("a bracket is closed that is not open");
                }
                ']' => depth = 0,
                _ => {}
            }
            depth == 0 && (letter == ',' || letter.is_whitespace())
        })
        .filter(|name| !name.is_empty())
        .collect();
    if depth > 0 {
        is_broken.get_or_insert("a bracket is not closed");
    }
    is_broken.map_or(Ok(names), Err)
}

/// The hosts that a name with brackets stands for.
fn combinations(name: &str) -> Result<Vec<String>, &'static str> {
    let mut hosts = vec![String::new()];
    let mut rest = name;
    // Looked at before anything is made of it: there are many hosts.
    let is_long = |text: &str| text.len() > LONGEST_NAME;
    while let Some((before, behind)) = rest.split_once('[') {
        let (ranges, behind) = behind.split_once(']').expect("brackets are closed");
        if is_long(before) || hosts.iter().any(|host| is_long(host)) {
            return Err(TOO_LONG);
        }
        let numbers = numbers(ranges)?;
        if hosts.len().saturating_mul(numbers.len()) > MOST_HOSTS {
            return Err(TOO_MANY);
        }
        hosts = hosts
            .iter()
            .flat_map(|host| {
                numbers
                    .iter()
                    .map(move |number| format!("{host}{before}{number}"))
            })
            .collect();
        rest = behind;
    }
    if is_long(rest) {
        return Err(TOO_LONG);
    }
    for host in &mut hosts {
        host.push_str(rest);
    }
    if hosts.iter().any(|host| is_long(host)) {
        return Err(TOO_LONG);
    }
    Ok(hosts)
}

/// The numbers of `001-064,070`, as they are written.
fn numbers(ranges: &str) -> Result<Vec<String>, &'static str> {
    let mut numbers = Vec::new();
    for range in ranges.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u64>().ok()).flatten()
        };
        let (Some(from), Some(to)) = (number(first), number(last)) else {
            return Err("what stands in brackets is no number and no range of numbers");
        };
        if to < from {
            return Err("a range ends before it begins");
        }
        if to - from >= MOST_HOSTS as u64 || numbers.len() > MOST_HOSTS {
            return Err(TOO_MANY);
        }
        let width = first.len();
        if width > LONGEST_NAME {
            return Err(TOO_LONG);
        }
        numbers.extend((from..=to).map(|number| format!("{number:0width$}")));
    }
    Ok(numbers)
}

/// The shortest way in which some hosts can be written with one pair of brackets
/// a name: those that differ in their last number alone stand together.
pub fn fold<'h>(hosts: impl IntoIterator<Item = &'h str>) -> String {
    let mut groups: Vec<Group<'h>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for host in hosts {
        let (before, number, behind) = last_number(host);
        // Numbers that are padded to another width are others.
        let is_padded = number.len() > 1 && number.starts_with('0');
        let width = if is_padded { number.len() } else { 0 };
        let value = number.parse::<u64>().ok();
        let place = *places
            .entry((before, behind, value.is_some()))
            .or_insert_with(|| {
                groups.push(Group {
                    before,
                    behind,
                    numbers: Vec::new(),
                });
                groups.len() - 1
            });
        groups[place].numbers.push((width, value, number));
    }
    let shown: Vec<_> = groups.into_iter().map(Group::shown).collect();
    shown.join(",")
}

/// Hosts that differ in one number alone.
struct Group<'h> {
    before: &'h str,
    behind: &'h str,
    /// Each as wide as it is padded, its value, and as it is written.
    numbers: Vec<(usize, Option<u64>, &'h str)>,
}

impl Group<'_> {
    fn shown(mut self) -> String {
        let Self { before, behind, .. } = self;
        self.numbers
            .sort_by_key(|(_, value, number)| (*value, number.len()));
        self.numbers.dedup();
        if let [(_, _, number)] = &self.numbers[..] {
            return format!("{before}{number}{behind}");
        }
        let runs = self.numbers.chunk_by(|one, two| {
            let follows = one
                .1
                .zip(two.1)
                .is_some_and(|(one, two)| one.checked_add(1) == Some(two));
            // `[8-10]` counts on, `[08-10]` does as well, `[8,010]` does not.
            let fits = one.2.len() == two.2.len() || (one.0 == 0 && two.0 == 0);
            follows && fits
        });
        let ranges: Vec<_> = runs
            .map(|run| match run {
                [first, .., last] => format!("{}-{}", first.2, last.2),
                [one] => one.2.to_owned(),
                [] => String::new(),
            })
            .collect();
        format!("{before}[{}]{behind}", ranges.join(","))
    }
}

/// A name around its last number, which is empty where it has none.
fn last_number(host: &str) -> (&str, &str, &str) {
    // In `node001.cluster` or `node001-ib0` it is that of the node that counts.
    let short = host.find(['.']).unwrap_or(host.len());
    let head = &host[..short];
    let Some(end) = head.rfind(|letter: char| letter.is_ascii_digit()) else {
        return (host, "", "");
    };
    let start = head[..=end]
        .rfind(|letter: char| !letter.is_ascii_digit())
        .map_or(0, |letter| {
            letter + head[letter..].chars().next().map_or(1, char::len_utf8)
        });
    (&host[..start], &host[start..=end], &host[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_expanded_as_slurm_does() {
        for (text, expected) in [
            ("node001", "node001"),
            ("node[1-3]", "node1 node2 node3"),
            ("node[08-10]", "node08 node09 node10"),
            ("node[8-10]", "node8 node9 node10"),
            ("node[001-002,010]", "node001 node002 node010"),
            ("a,b c\n,d", "a b c d"),
            ("r[1-2]n[1-2]-ib", "r1n1-ib r1n2-ib r2n1-ib r2n2-ib"),
            ("n[1,1],n1", "n1"),
            ("root@n[1-2].cluster", "root@n1.cluster root@n2.cluster"),
        ] {
            let hosts = expand(text).expect(text);
            assert_eq!(hosts.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_list_is_told() {
        for (text, reason) in [
            ("", "empty"),
            (" , ", "empty"),
            ("n[1-3", "not closed"),
            ("n1-3]", "not open"),
            ("n[[1]]", "in brackets"),
            ("n[]", "no number"),
            ("n[a-b]", "no number"),
            ("n[1-]", "no number"),
            ("n[-1]", "no number"),
            ("n[3-1]", "before it begins"),
            ("n[1-2-3]", "no number"),
            ("n[0-99999999999999999999]", "no number"),
            ("n[0-100000]", "100,000"),
            ("n[0-999][0-999]", "100,000"),
            ("n[0-99999],m", "100,000"),
        ] {
            let error = expand(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
        // More digits than `format!` pads to, and long names by the thousand.
        let (zeros, letters) = ("0".repeat(70_000), "x".repeat(70_000));
        for text in [format!("n[{zeros}-1]"), format!("{letters}[0-9999][0-9]")] {
            let error = expand(&text).expect_err("it is too long").to_string();
            assert!(error.ends_with("a name in it is too long"));
        }
    }

    #[test]
    fn hosts_are_folded_and_come_back() {
        for (hosts, expected) in [
            (&["node001"][..], "node001"),
            (&["node001", "node002", "node004"], "node[001-002,004]"),
            (&["node8", "node9", "node10"], "node[8-10]"),
            (&["node08", "node09", "node10"], "node[08-10]"),
            (&["n2", "n1", "head"], "n[1-2],head"),
            (&["n1.a", "n2.a", "n1.b"], "n[1-2].a,n1.b"),
            (&["r1n1-ib0", "r1n1-ib1"], "r1n1-ib[0-1]"),
            (&["n1", "n01"], "n[1,01]"),
            (&["größe1", "größe2"], "größe[1-2]"),
            (
                &["n18446744073709551615", "n018446744073709551615"],
                "n[18446744073709551615,018446744073709551615]",
            ),
            (&[], ""),
        ] {
            let folded = fold(hosts.iter().copied());
            assert_eq!(folded, expected);
            if !hosts.is_empty() {
                let mut again = expand(&folded).expect("ours");
                let mut hosts = hosts.to_vec();
                again.sort();
                hosts.sort_unstable();
                assert_eq!(again, hosts, "{folded}");
            }
        }
        let all: Vec<_> = (1..=2000)
            .map(|number| format!("node{number:04}"))
            .collect();
        assert_eq!(fold(all.iter().map(String::as_str)), "node[0001-2000]");
    }
}
