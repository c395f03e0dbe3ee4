//! Which of two versions of a package is the later one, by its manager's rules.

use std::cmp::Ordering;

use super::DatabaseFormat;

impl DatabaseFormat {
    /// Compares two versions as the manager of this database does, each as
    /// [`Package::version`](super::Package::version) has it.
    ///
    /// dpkg's rules are those of the Debian Policy Manual, 5.6.12, RPM's those
    /// of rpm-version(7). Texts that are no versions are compared all the same,
    /// in some order.
    pub fn compare_versions(self, one: &str, two: &str) -> Ordering {
        let compare = match self {
            Self::Dpkg => debian,
            Self::RpmSqlite | Self::RpmNdb | Self::RpmBerkeley => rpm,
        };
        let (one, two) = (Parts::of(one), Parts::of(two));
        numbers(one.epoch, two.epoch)
            .then_with(|| compare(one.version, two.version))
            .then_with(|| compare(one.revision, two.revision))
    }
}

/// A version taken apart: `epoch:version-revision`, the first and the last
/// empty where they are not given.
struct Parts<'a> {
    epoch: &'a [u8],
    version: &'a [u8],
    revision: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (epoch, rest),
            _ => ("", text),
        };
        let (version, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self {
            epoch: epoch.as_bytes(),
            version: version.as_bytes(),
            revision: revision.as_bytes(),
        }
    }
}

/// Takes from `text` the bytes at its beginning that are so.
fn take<'a>(text: &mut &'a [u8], is_so: impl Fn(u8) -> bool) -> &'a [u8] {
    let end = text.iter().position(|&byte| !is_so(byte));
    let (taken, rest) = text.split_at(end.unwrap_or(text.len()));
    *text = rest;
    taken
}

/// Compares digits as numbers of any length; none at all are zero.
fn numbers(mut one: &[u8], mut two: &[u8]) -> Ordering {
    take(&mut one, |byte| byte == b'0');
    take(&mut two, |byte| byte == b'0');
    one.len().cmp(&two.len()).then_with(|| one.cmp(two))
}

/// By turns what is no digit, byte by byte, and a number.
fn debian(mut one: &[u8], mut two: &[u8]) -> Ordering {
    while !one.is_empty() || !two.is_empty() {
        let is_other = |byte: u8| !byte.is_ascii_digit();
        let (words, other) = (take(&mut one, is_other), take(&mut two, is_other));
        let rank = |text: &[u8], at: usize| match text.get(at) {
            // Before all, even the end.
            Some(b'~') => -1,
            None => 0,
            Some(&byte) if byte.is_ascii_alphabetic() => i32::from(byte),
            Some(&byte) => i32::from(byte) + 256,
        };
        let differs = (0..words.len().max(other.len()))
            .map(|at| rank(words, at).cmp(&rank(other, at)))
            .find(|order| order.is_ne());
        if let Some(order) = differs {
            return order;
        }
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let order = numbers(take(&mut one, is_digit), take(&mut two, is_digit));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Segments of digits or of letters; what is neither only parts them, but for
/// `~`, which sorts before the end, and `^`, which sorts after it and before
/// any further segment.
fn rpm(mut one: &[u8], mut two: &[u8]) -> Ordering {
    let parts = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^';
    loop {
        take(&mut one, parts);
        take(&mut two, parts);
        let rank = |text: &[u8]| match text.first() {
            Some(b'~') => 0,
            None => 1,
            Some(b'^') => 2,
            Some(byte) if byte.is_ascii_alphabetic() => 3,
            Some(_) => 4,
        };
        // A segment of digits is later than one of letters.
        let order = rank(one).cmp(&rank(two));
        let Some(&first) = one.first().filter(|_| order.is_eq()) else {
            return order;
        };
        let order = match first {
            b'~' | b'^' => {
                (one, two) = (&one[1..], &two[1..]);
                Ordering::Equal
            }
            _ if first.is_ascii_digit() => {
                let is_digit = |byte: u8| byte.is_ascii_digit();
                numbers(take(&mut one, is_digit), take(&mut two, is_digit))
            }
            _ => {
                let is_letter = |byte: u8| byte.is_ascii_alphabetic();
                take(&mut one, is_letter).cmp(take(&mut two, is_letter))
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Versions in groups of equal ones, each group later than the one before.
    fn ascend(format: DatabaseFormat, groups: &[&[&str]]) {
        for (place, group) in groups.iter().enumerate() {
            for (other_place, other) in groups.iter().enumerate() {
                for (one, two) in group
                    .iter()
                    .flat_map(|one| other.iter().map(move |two| (one, two)))
                {
                    assert_eq!(
                        format.compare_versions(one, two),
                        place.cmp(&other_place),
                        "{one} {two}"
                    );
                }
            }
        }
    }

    #[test]
    fn dpkg_sorts_by_the_policy() {
        ascend(
            DatabaseFormat::Dpkg,
            &[
                // The Policy's own example, and what follows from its words.
                &["~~"],
                &["~~a"],
                &["~"],
                &["", "0", "00", "0:0"],
                &["0a"],
                &["1.0~rc1"],
                &["1.0", "1.0-0", "0:1.0", "01.00"],
                &["1.0-1~deb12u1"],
                &["1.0-1"],
                &["1.0-1+b7"],
                &["1.0-9"],
                &["1.0-10"],
                &["1.0-10a"],
                &["1.0a"],
                &["1.0+dfsg"],
                &["1.0.1"],
                &["1:0.1"],
                &["99999999999999999999999:0"],
                &["100000000000000000000000:0"],
            ],
        );
    }

    #[test]
    fn rpm_sorts_by_its_manual() {
        ascend(
            DatabaseFormat::RpmSqlite,
            &[
                &["1.0~rc1-1"],
                &["1.0~rc1^git1-1"],
                &["1.0-1", "1.0-01", "0:1.0-1", "1_0-1"],
                &["1.0-1.el9"],
                &["1.0-2.el9"],
                &["1.0-10.el9"],
                &["1.0^-1"],
                &["1.0^20160101-1"],
                &["1.0^20160102-1"],
                &["1.0a-1"],
                &["1.0.1-1"],
                &["1.1a-1"],
                &["1.1b-1"],
                &["1.10-1"],
                &["1:0.1-1"],
            ],
        );
    }

    #[test]
    #[ignore = "needs dpkg and rpm; .ci/run runs it"]
    fn the_managers_agree() {
        use std::process::Command;
        let pieces = [
            "", "0", "1", "01", "9", "10", "a", "b", "aa", "~", "^", ".", "+", "-1", "-2", "~rc1",
            ".el9", "Z", "_", "-0",
        ];
        let mut versions = Vec::new();
        for first in ["0", "1", "2:1", "0:1", "1.0"] {
            for second in pieces {
                versions.extend(pieces.map(|third| format!("{first}{second}{third}")));
            }
        }
        let mut state = 1_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 33).expect("31 bits") % versions.len()
        };
        let pairs: Vec<_> = (0..1500)
            .map(|_| (&*versions[random()], &*versions[random()]))
            .collect();
        let is_sound = |text: &str| !text.contains(['^', '_']);
        let mut seen = 0;
        for (one, two) in pairs
            .iter()
            .filter(|(one, two)| is_sound(one) && is_sound(two))
        {
            let is = |relation| {
                let arguments = ["--compare-versions", one, relation, two];
                let status = Command::new("dpkg").args(arguments).status();
                status.expect("dpkg is there").success()
            };
            let expected = match (is("lt"), is("eq")) {
                (true, _) => Ordering::Less,
                (_, true) => Ordering::Equal,
                _ => Ordering::Greater,
            };
            let found = DatabaseFormat::Dpkg.compare_versions(one, two);
            assert_eq!(found, expected, "dpkg: {one} {two}");
            seen += 1;
        }
        assert!(seen > 500, "{seen}");
        let calls: Vec<_> = pairs
            .iter()
            .map(|(one, two)| format!("print(rpm.vercmp('{one}', '{two}'), '\\n')"))
            .collect();
        let lua = calls.join(" ");
        let output = Command::new("rpm")
            .args(["--eval", &format!("%{{lua: {lua}}}")])
            .output()
            .expect("rpm is there");
        let said = String::from_utf8(output.stdout).expect("numbers");
        let answers: Vec<_> = said.split_whitespace().collect();
        assert_eq!(answers.len(), pairs.len(), "{said}");
        for ((one, two), answer) in pairs.iter().zip(answers) {
            let found = DatabaseFormat::RpmNdb.compare_versions(one, two);
            let found = (found as i8).to_string();
            assert_eq!(found, answer, "rpm: {one} {two}");
        }
    }
}
