//! [`Records`]: the records of PAX extended headers.
//!
//! A record is `length key=value\n`, its decimal length counting itself
//! (POSIX, pax, "pax Extended Header"). Values are bytes: extended attributes
//! hold newlines and NULs, so nothing but the length may end a record.

use std::collections::BTreeMap;

use super::error::Fault;
use crate::entry::Timestamp;
use crate::escape::Escaped;

/// Keys that mean something here, beside those of [`PREFIXES`].
const KEYS: &[&[u8]] = &[
    b"path",
    b"linkpath",
    b"size",
    b"uid",
    b"gid",
    b"mtime",
    b"hdrcharset",
    b"SCHILY.acl.access",
    b"SCHILY.acl.default",
    b"RHT.security.selinux",
    TYPE,
];

/// What imgtool writes of a FIFO that is a socket.
pub(super) const TYPE: &[u8] = b"IMGTOOL.type";

/// Families of keys that mean something here.
const PREFIXES: &[&[u8]] = &[
    b"SCHILY.xattr.",
    b"LIBARCHIVE.xattr.",
    b"GNU.sparse.",
    b"GNU.volume.",
];

/// Keys that belong to one member and would give another meaning to all, were
/// they global: every member under one name, or of one length.
const NEVER_GLOBAL: &[&[u8]] = &[b"path", b"linkpath", b"size", TYPE];

const SPARSE_OFFSET: &[u8] = b"GNU.sparse.offset";
const SPARSE_LENGTH: &[u8] = b"GNU.sparse.numbytes";

/// The records of one extended header that mean something here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    values: BTreeMap<Box<[u8]>, Box<[u8]>>,
    /// The pairs of `GNU.sparse.offset` and `GNU.sparse.numbytes`, which
    /// repeat (GNU tar's manual, "Storing Sparse Files", version 0.0).
    regions: Vec<(u64, u64)>,
}

/// Cuts the first record off `bytes`: its key, its value, and what follows.
fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|&byte| byte == b' ')?;
    let length = usize::try_from(decimal(&bytes[..space])?).ok()?;
    if length <= space || length > bytes.len() {
        return None;
    }
    let (record, rest) = bytes.split_at(length);
    let record = record[space + 1..].strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    let (key, value) = (&record[..equals], &record[equals + 1..]);
    (!key.is_empty()).then_some((key, value, rest))
}

/// Digits and nothing else: no sign, no space, no empty text.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.checked_sub(b'0').filter(|&digit| digit <= 9)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A time with a fraction: `1.5`, `-1.5`. Digits after the ninth are cut off,
/// downward as the file system itself does.
pub(super) fn timestamp(text: &[u8]) -> Option<Timestamp> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match text.iter().position(|&byte| byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b""[..]),
    };
    let seconds = i64::try_from(decimal(whole)?).ok()?;
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut nanoseconds = 0;
    for place in 0..9 {
        let digit = fraction.get(place).map_or(0, |digit| digit - b'0');
        nanoseconds = nanoseconds * 10 + u32::from(digit);
    }
    if !negative {
        return Some(Timestamp {
            seconds,
            nanoseconds,
        });
    }
    // -1.5 is half a second after -2; a cut-off rest moves down by one more.
    let rest = fraction.get(9..).unwrap_or_default();
    if rest.iter().any(|&digit| digit != b'0') {
        nanoseconds += 1;
    }
    let borrow = i64::from(nanoseconds > 0);
    Some(Timestamp {
        seconds: (-seconds).checked_sub(borrow)?,
        nanoseconds: if nanoseconds == 0 || nanoseconds == 1_000_000_000 {
            0
        } else {
            1_000_000_000 - nanoseconds
        },
    })
}

/// The value of a record as a decimal number.
pub(super) fn number(value: &[u8], key: &str) -> Result<u64, Fault> {
    decimal(value).ok_or_else(|| {
        Fault::corrupt(format!(
            "its PAX record {key} `{}` is not a decimal number in range",
            Escaped(value)
        ))
    })
}

impl Records {
    /// Reads all records of one extended header.
    pub(super) fn parse(mut bytes: &[u8]) -> Result<Self, Fault> {
        let mut records = Self::default();
        let mut offset = None;
        while !bytes.is_empty() {
            let (key, value, rest) = split_record(bytes)
                .ok_or_else(|| Fault::corrupt("its PAX records are malformed"))?;
            bytes = rest;
            if key == SPARSE_OFFSET {
                if offset
                    .replace(number(value, "GNU.sparse.offset")?)
                    .is_some()
                {
                    return Err(Fault::corrupt(
                        "its sparse map has an offset without a length",
                    ));
                }
            } else if key == SPARSE_LENGTH {
                let offset = offset.take().ok_or_else(|| {
                    Fault::corrupt("its sparse map has a length without an offset")
                })?;
                let length = number(value, "GNU.sparse.numbytes")?;
                records.regions.push((offset, length));
            } else if KEYS.contains(&key) || PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
                records.insert(key, value)?;
            }
        }
        if offset.is_some() {
            return Err(Fault::corrupt(
                "its sparse map has an offset without a length",
            ));
        }
        Ok(records)
    }

    fn insert(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let shown = Escaped(key);
        if key == b"hdrcharset" && !matches!(value, b"" | b"BINARY" | b"ISO-IR 10646 2000 UTF-8") {
            return Err(Fault::corrupt(format!(
                "its names are in the character set `{}`, which is neither binary nor UTF-8",
                Escaped(value)
            )));
        }
        if matches!(key, b"path" | b"linkpath" | b"GNU.sparse.name") && value.contains(&0) {
            return Err(Fault::unsafe_(format!(
                "its PAX record {shown} holds a NUL byte"
            )));
        }
        if key.starts_with(b"GNU.volume.") && key != b"GNU.volume.label" {
            return Err(Fault::corrupt("it continues a file of another volume"));
        }
        match self.values.insert(key.into(), value.into()) {
            Some(former) if *former != *value => Err(Fault::unsafe_(format!(
                "its PAX record {shown} stands twice with different values"
            ))),
            _ => Ok(()),
        }
    }

    /// Puts the records of another global header over these.
    pub(super) fn merge_global(&mut self, newer: Self) -> Result<(), Fault> {
        let forbidden = newer
            .values
            .keys()
            .find(|key| NEVER_GLOBAL.contains(&&***key) || key.starts_with(b"GNU.sparse."));
        if let Some(key) = forbidden {
            return Err(Fault::unsafe_(format!(
                "its PAX record {} would hold for all members",
                Escaped(key)
            )));
        }
        if !newer.regions.is_empty() {
            return Err(Fault::unsafe_("its sparse map would hold for all members"));
        }
        self.values.extend(newer.values);
        Ok(())
    }

    /// These records of one member, over the global ones.
    ///
    /// An empty value takes a global one away (POSIX); the empty value of an
    /// extended attribute is a value.
    pub(super) fn over(mut self, global: &Self) -> Self {
        for (key, value) in &global.values {
            if !self.values.contains_key(key) {
                self.values.insert(key.clone(), value.clone());
            }
        }
        self
    }

    /// The value of a key, unless it is empty.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.values
            .get(key)
            .map(|value| &**value)
            .filter(|value| !value.is_empty())
    }

    /// What follows the prefix in each key that has it, and the value.
    pub(super) fn family<'a>(
        &'a self,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.values
            .range::<[u8], _>((
                std::ops::Bound::Included(prefix),
                std::ops::Bound::Unbounded,
            ))
            .map_while(move |(key, value)| Some((key.strip_prefix(prefix)?, &**value)))
    }

    /// The pairs of a sparse map of version 0.0.
    pub(super) fn regions(&self) -> &[(u64, u64)] {
        &self.regions
    }

    pub(super) fn is_sparse(&self) -> bool {
        !self.regions.is_empty() || self.family(b"GNU.sparse.").next().is_some()
    }

    /// How many bytes they hold.
    pub(super) fn length(&self) -> u64 {
        self.values
            .iter()
            .map(|(key, value)| (key.len() + value.len()) as u64)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use fixtures::archive::record;

    use super::*;

    fn line(key: &str, value: &[u8]) -> Vec<u8> {
        record(key.as_bytes(), value)
    }

    #[test]
    fn records_end_where_their_length_says() {
        let value = b"\n12 path=x\n\0\xff=";
        let bytes = [
            line("SCHILY.xattr.user.a", value),
            line("comment", b"no one reads this"),
            line("path", &[b'p'; 200]),
        ]
        .concat();
        let records = Records::parse(&bytes).expect("well formed");
        assert_eq!(
            records.family(b"SCHILY.xattr.").collect::<Vec<_>>(),
            [(&b"user.a"[..], &value[..])]
        );
        assert_eq!(records.get(b"path"), Some(&[b'p'; 200][..]));
        assert_eq!(records.get(b"comment"), None);
    }

    #[test]
    fn malformed_ones_are_refused() {
        let cases: &[(&str, &[u8])] = &[
            ("no newline", b"9 path=xx"),
            ("newline too early", b"11 path=x\nx"),
            ("longer than the header", b"12 path=x\n"),
            ("no length", b"path=x\n"),
            ("a signed length", b"+10 path=x\n"),
            ("a length of zero", b"0 path=x\n"),
            ("a length within itself", b"2 path=x\n"),
            ("a length past 64 bits", b"99999999999999999999 path=x\n"),
            ("no space", b"10path=xxx\n"),
            ("no equals sign", b"9 path x\n"),
            ("no key", b"5 =x\n"),
            ("padding behind", b"10 path=x\n\0\0"),
            ("NUL in a path", b"12 path=a\0b\n"),
            ("NUL in a link", b"16 linkpath=a\0b\n"),
            ("two paths", b"10 path=x\n10 path=y\n"),
            ("a foreign character set", b"21 hdrcharset=KOI8-R\n"),
            ("an offset alone", b"23 GNU.sparse.offset=1\n"),
            ("a length alone", b"25 GNU.sparse.numbytes=1\n"),
            ("a signed offset", b"24 GNU.sparse.offset=-1\n"),
            ("a second volume", b"30 GNU.volume.filename=abcdef\n"),
        ];
        for (name, bytes) in cases {
            assert!(Records::parse(bytes).is_err(), "{name}");
        }
        let same = Records::parse(b"10 path=x\n10 path=x\n").expect("the same twice");
        assert_eq!(same.get(b"path"), Some(&b"x"[..]));
    }

    #[test]
    fn decimals() {
        let cases: &[(&[u8], Option<u64>)] = &[
            (b"0", Some(0)),
            (b"007", Some(7)),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"", None),
            (b"+1", None),
            (b"-1", None),
            (b" 1", None),
            (b"1 ", None),
            (b"0x1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(decimal(text), *expected, "{}", Escaped(text));
        }
    }

    #[test]
    fn timestamps() {
        let cases: &[(&str, Option<(i64, u32)>)] = &[
            ("0", Some((0, 0))),
            ("1.5", Some((1, 500_000_000))),
            ("1.", Some((1, 0))),
            ("1.000000001", Some((1, 1))),
            ("1.0000000019", Some((1, 1))),
            ("-1", Some((-1, 0))),
            ("-1.5", Some((-2, 500_000_000))),
            ("-0.000000001", Some((-1, 999_999_999))),
            ("-0.0000000001", Some((-1, 999_999_999))),
            ("-0.9999999999", Some((-1, 0))),
            ("-0.0", Some((0, 0))),
            ("1700000000.123456789", Some((1_700_000_000, 123_456_789))),
            ("9223372036854775807", Some((i64::MAX, 0))),
            ("9223372036854775808", None),
            ("", None),
            (".5", None),
            ("-", None),
            ("+1", None),
            ("1.5.5", None),
            ("1e3", None),
            ("1.-5", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(seconds, nanoseconds)| Timestamp {
                seconds,
                nanoseconds,
            });
            assert_eq!(timestamp(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn local_records_stand_over_global_ones() {
        let parse = |parts: &[Vec<u8>]| Records::parse(&parts.concat()).expect("well formed");
        let mut global = parse(&[line("uid", b"1"), line("gid", b"2"), line("mtime", b"3")]);
        global
            .merge_global(parse(&[
                line("gid", b"4"),
                line("SCHILY.xattr.user.a", b"x"),
            ]))
            .expect("harmless");
        let local = parse(&[line("mtime", b""), line("SCHILY.xattr.user.a", b"")]);
        let both = local.over(&global);
        assert_eq!(both.get(b"uid"), Some(&b"1"[..]));
        assert_eq!(both.get(b"gid"), Some(&b"4"[..]));
        assert_eq!(both.get(b"mtime"), None);
        assert_eq!(
            both.family(b"SCHILY.xattr.").collect::<Vec<_>>(),
            [(&b"user.a"[..], &b""[..])]
        );
        for key in ["path", "linkpath", "size", "GNU.sparse.size"] {
            let forbidden = parse(&[line(key, b"1")]);
            assert!(global.merge_global(forbidden).is_err(), "{key}");
        }
    }
}
