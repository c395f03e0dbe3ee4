//! [`ByteSet`]: the bytes that one place of a pattern takes, `[...]` among them.

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    /// Every byte but `/`, which only a literal or `**` takes.
    pub(super) fn no_slash() -> Self {
        let mut set = Self([u64::MAX; 4]);
        set.remove(b'/');
        set
    }

    /// These bytes.
    pub(super) fn of(bytes: impl IntoIterator<Item = u8>) -> Self {
        let mut set = Self::default();
        bytes.into_iter().for_each(|byte| set.insert(byte));
        set
    }

    /// Whether all of these are among others.
    pub(super) fn is_within(self, others: Self) -> bool {
        let mut words = self.0.iter().zip(others.0);
        words.all(|(word, others)| word & !others == 0)
    }

    pub(super) fn contains(self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn remove(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] &= !(1 << (byte & 63));
    }

    fn insert_all(&mut self, is_member: impl Fn(u8) -> bool) {
        (0..=u8::MAX)
            .filter(|&byte| is_member(byte))
            .for_each(|byte| self.insert(byte));
    }
}

/// Reads a class, of which `[` has been read, and returns what it takes and
/// what follows its `]`. Nothing if it has no end or names no POSIX class.
///
/// `!` or `^` at the front inverts it; a first `]` is a member; `\` takes the
/// special meaning from what follows; `-` makes a range unless it is the first
/// or the last member or follows a range or a POSIX class.
pub(super) fn parse(text: &[u8]) -> Option<(ByteSet, &[u8])> {
    let (inverted, mut rest) = match text {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut set = ByteSet::default();
    // What a `-` would make the start of a range.
    let mut start: Option<u8> = None;
    let mut is_first = true;
    loop {
        let (byte, behind) = match rest {
            [b']', behind @ ..] if !is_first => {
                rest = behind;
                break;
            }
            [b'[', b':', named @ ..] => match posix(named)? {
                Posix::Class(is_member, behind) => {
                    set.insert_all(is_member);
                    (start, rest, is_first) = (None, behind, false);
                    continue;
                }
                Posix::NotOne => (b'[', &rest[1..]),
            },
            [b'-', end, ..] if start.is_some() && *end != b']' => {
                let (end, behind) = member(&rest[1..])?;
                set.insert_all(|byte| start.is_some_and(|start| start <= byte) && byte <= end);
                (start, rest, is_first) = (None, behind, false);
                continue;
            }
            _ => member(rest)?,
        };
        set.insert(byte);
        (start, rest, is_first) = (Some(byte), behind, false);
    }
    if inverted {
        let excluded = set;
        set = ByteSet::default();
        set.insert_all(|byte| !excluded.contains(byte));
    }
    set.remove(b'/');
    Some((set, rest))
}

/// One member, escaped or not, and what follows it.
fn member(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [b'\\'] | [] => None,
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => Some((*byte, rest)),
    }
}

enum Posix<'a> {
    Class(fn(u8) -> bool, &'a [u8]),
    /// `[:` that no `:]` ends: a `[` like any other.
    NotOne,
}

/// Reads a POSIX class, of which `[:` has been read; nothing if there is no
/// such class.
fn posix(text: &[u8]) -> Option<Posix<'_>> {
    let end = text.iter().position(|&byte| byte == b']')?;
    let Some(name) = text[..end].strip_suffix(b":") else {
        return Some(Posix::NotOne);
    };
    let is_member: fn(u8) -> bool = match name {
        b"alnum" => |byte| byte.is_ascii_alphanumeric(),
        b"alpha" => |byte| byte.is_ascii_alphabetic(),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => |byte| byte.is_ascii_control(),
        b"digit" => |byte| byte.is_ascii_digit(),
        b"graph" => |byte| byte.is_ascii_graphic(),
        b"lower" => |byte| byte.is_ascii_lowercase(),
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => |byte| byte.is_ascii_punctuation(),
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" => |byte| byte.is_ascii_uppercase(),
        b"xdigit" => |byte| byte.is_ascii_hexdigit(),
        _ => return None,
    };
    Some(Posix::Class(is_member, &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::Escaped;

    #[test]
    fn classes_take_what_they_say() {
        let cases: &[(&[u8], &[u8], &[u8])] = &[
            // class, taken, not taken
            (b"[abc]", b"abc", b"d[]/"),
            (b"[a-c]", b"abc", b"d-"),
            (b"[!a-c]", b"d-!^", b"abc/"),
            (b"[^a-c]", b"d-!^", b"abc/"),
            (b"[a!]", b"a!", b"b"),
            (b"[]]", b"]", b"["),
            (b"[]a]", b"]a", b"["),
            (b"[!]a]", b"[!", b"]a"),
            (b"[-a]", b"-a", b"b"),
            (b"[a-]", b"a-", b"b"),
            (b"[--0]", b"-.0", b"/1"),
            (b"[a-c-e]", b"abc-e", b"d"),
            (b"[c-a]", b"c", b"ab-"),
            (b"[\\]]", b"]", b"\\"),
            (b"[\\a-\\c]", b"abc", b"\\-"),
            (b"[a\\-c]", b"a-c", b"b\\"),
            (b"[a/b]", b"ab", b"/"),
            (b"[[:digit:]]", b"059", b"a:["),
            (b"[[:digit:]-z]", b"0-z", b"ay"),
            (b"[x[:upper:]y]", b"xyAZ", b"az"),
            (b"[[:alpha]", b"[:alph", b"]b"),
            (b"[[:]", b"[:", b"]"),
            (b"[a-[:digit:]", b"a:digt", b"[0"),
            (b"[[:space:]]", b" \t\n\x0b\x0c\r", b"\x08\xa0"),
            (b"[[:print:]]", b" ~", b"\x7f\x80"),
            (b"[\x80-\xff]", b"\x80\xff", b"\x7f"),
        ];
        for (class, taken, not_taken) in cases {
            let (set, rest) = parse(&class[1..]).expect("a class");
            assert_eq!(rest, b"", "{}", Escaped(class));
            for &byte in *taken {
                assert!(set.contains(byte), "{}: {byte:#x}", Escaped(class));
            }
            for &byte in *not_taken {
                assert!(!set.contains(byte), "{}: {byte:#x}", Escaped(class));
            }
        }
    }

    #[test]
    fn what_is_no_class_takes_nothing() {
        let cases: &[&[u8]] = &[
            b"[",
            b"[]",
            b"[!]",
            b"[a",
            b"[a-",
            b"[\\",
            b"[\\]",
            b"[[:digit:]",
            b"[[:digits:]]",
            b"[[::]]",
            b"[[:",
            b"[a\\",
        ];
        for class in cases {
            assert_eq!(parse(&class[1..]), None, "{}", Escaped(class));
        }
    }

    #[test]
    fn what_follows_is_left() {
        assert_eq!(parse(b"a]b]").map(|(_, rest)| rest), Some(&b"b]"[..]));
    }
}
