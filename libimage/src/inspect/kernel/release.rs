//! The releases of kernels: which is higher, and of which flavour it is.

use std::cmp::Ordering;

/// Compares two releases as RPM compares versions (rpm-version(7)), which is
/// how GRUB orders the entries of the Boot Loader Specification.
///
/// Runs of digits and runs of letters are compared one by one, digits as
/// numbers; whatever else stands between them only separates. A number is
/// higher than letters, more is higher than less, `~` makes lower than
/// nothing, `^` higher than nothing and lower than all else. What is equal so
/// is ordered by its bytes, so that one of several is always the same.
pub(super) fn compare(one: &[u8], other: &[u8]) -> Ordering {
    ranked(one, other).then_with(|| one.cmp(other))
}

fn ranked(mut one: &[u8], mut other: &[u8]) -> Ordering {
    loop {
        one = without_separators(one);
        other = without_separators(other);
        let (first, second) = (rank(one), rank(other));
        if first != second {
            return first.cmp(&second);
        }
        match first {
            Rank::End => return Ordering::Equal,
            Rank::Tilde | Rank::Caret => {
                one = &one[1..];
                other = &other[1..];
            }
            Rank::Letters | Rank::Digits => {
                let (run, rest) = run(one);
                let (other_run, other_rest) = self::run(other);
                let order = if first == Rank::Digits {
                    number(run).cmp(&number(other_run))
                } else {
                    run.cmp(other_run)
                };
                if order != Ordering::Equal {
                    return order;
                }
                (one, other) = (rest, other_rest);
            }
        }
    }
}

/// What a release goes on with, in the order of what is lower.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Tilde,
    End,
    Caret,
    Letters,
    Digits,
}

fn rank(rest: &[u8]) -> Rank {
    match rest.first() {
        None => Rank::End,
        Some(b'~') => Rank::Tilde,
        Some(b'^') => Rank::Caret,
        Some(byte) if byte.is_ascii_digit() => Rank::Digits,
        Some(_) => Rank::Letters,
    }
}

fn without_separators(text: &[u8]) -> &[u8] {
    let is_separator = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'~' && *byte != b'^';
    let start = text.iter().take_while(|byte| is_separator(byte)).count();
    &text[start..]
}

/// The run of digits or of letters at the start, and the rest.
fn run(text: &[u8]) -> (&[u8], &[u8]) {
    let digits = text.first().is_some_and(u8::is_ascii_digit);
    let length = text
        .iter()
        .take_while(|byte| {
            if digits {
                byte.is_ascii_digit()
            } else {
                byte.is_ascii_alphabetic()
            }
        })
        .count();
    text.split_at(length)
}

/// What orders runs of digits of any length: how many without leading zeros,
/// then which.
fn number(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let digits = &digits[zeros..];
    (digits.len(), digits)
}

/// The words for how a kernel is built that tell it from others of its version,
/// whatever else the distribution puts into a release.
const WORDS: [&[&[u8]]; 3] = [&[b"64k", b"64kb"], &[b"rt"], &[b"debug"]];

/// The flavour of a release: `64k` (pages of 64 KiB), `rt`, `debug`, or what a
/// distribution adds behind the version, such as `generic`, `default` or
/// `cloud-amd64`. Nothing where it adds nothing, as RHEL to its usual kernel.
///
/// RHEL's flavours stand behind a plus sign, those of Debian, Ubuntu and SUSE
/// behind a dash.
pub(super) fn flavour(release: &[u8]) -> Option<&[u8]> {
    let suffix = match release.iter().rposition(|&byte| byte == b'+') {
        Some(plus) if plus + 1 < release.len() => &release[plus + 1..],
        _ => trailing_words(release),
    };
    let words = || suffix.split(|byte| matches!(byte, b'-' | b'+'));
    WORDS
        .iter()
        .find_map(|known| words().find(|word| known.contains(word)))
        .map(|word| {
            word.strip_suffix(b"b")
                .filter(|_| word == b"64kb")
                .unwrap_or(word)
        })
        .or((!suffix.is_empty()).then_some(suffix))
}

/// What stands behind the last component with a digit in front: the components
/// between dashes that begin with a letter, and numbers of one among them such
/// as `64k`.
fn trailing_words(release: &[u8]) -> &[u8] {
    let mut start = release.len();
    let mut end = release.len();
    while let Some(dash) = release[..end].iter().rposition(|&byte| byte == b'-') {
        let word = &release[dash + 1..end];
        let is_page_size = WORDS[0].contains(&word);
        if !is_page_size && !word.first().is_some_and(u8::is_ascii_alphabetic) {
            break;
        }
        // A candidate of a version to come is no flavour.
        if word
            .strip_prefix(b"rc")
            .is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit))
        {
            break;
        }
        (start, end) = (dash + 1, dash);
    }
    &release[start.min(release.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_ordered_as_rpm_orders_versions() {
        // Each lower than the one behind it.
        let ordered = [
            "4.18.0-553.el8_10.x86_64",
            "5.14.0-427.13.1.el9_4.x86_64",
            "5.14.0-503.el9.x86_64",
            "5.14.0-503.11.1.el9_5.x86_64",
            "6.1.0-9-amd64",
            "6.1.0-28-amd64",
            "6.1.0-50-amd64",
            "6.8~rc1",
            "6.8",
            "6.8^git1",
            "6.8.0-9-generic",
            "6.8.0-51-generic",
            "6.8.0-51-generic-64k",
            "6.8.0-51-lowlatency",
            "6.8.0-1021-nvidia",
            "6.11.0-1-generic",
        ];
        for (index, one) in ordered.iter().enumerate() {
            for (at, other) in ordered.iter().enumerate() {
                assert_eq!(
                    compare(one.as_bytes(), other.as_bytes()),
                    index.cmp(&at),
                    "{one} and {other}"
                );
            }
        }
        assert_eq!(ranked(b"6.08", b"6.8"), Ordering::Equal);
        assert_eq!(ranked(b"1.0-1", b"1.0.1"), Ordering::Equal);
    }

    #[test]
    fn releases_tell_their_flavour() {
        for (release, expected) in [
            ("5.14.0-503.11.1.el9_5.x86_64", None),
            ("5.14.0-503.11.1.el9_5.aarch64+64k", Some("64k")),
            ("5.14.0-503.11.1.el9_5.aarch64+64k-debug", Some("64k")),
            ("5.14.0-503.11.1.el9_5.x86_64+rt", Some("rt")),
            ("5.14.0-503.11.1.el9_5.x86_64+debug", Some("debug")),
            ("6.8.0-51-generic", Some("generic")),
            ("6.8.0-51-generic-64k", Some("64k")),
            ("6.8.0-1021-nvidia-64k", Some("64k")),
            ("6.8.0-1021-nvidia", Some("nvidia")),
            ("6.4.0-150600.23.25-default", Some("default")),
            ("6.4.0-150600.23.25-64kb", Some("64k")),
            ("6.1.0-28-amd64", Some("amd64")),
            ("6.1.0-28-cloud-amd64", Some("cloud-amd64")),
            ("6.1.0-28-rt-amd64", Some("rt")),
            ("6.8.0-rc1", None),
            ("6.8.0-rc1-custom", Some("custom")),
            ("6.1.0+", None),
            ("6.1", None),
            ("", None),
            ("-", None),
            ("-64k", Some("64k")),
            ("+", None),
        ] {
            let found = flavour(release.as_bytes()).map(String::from_utf8_lossy);
            assert_eq!(found.as_deref(), expected, "{release}");
        }
    }
}
