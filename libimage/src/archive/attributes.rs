//! [`Attributes`]: the extended attributes that PAX records hold.
//!
//! star's and GNU tar's `SCHILY.xattr.NAME` hold the value itself, GNU tar
//! with `%` and `=` in the name as `%25` and `%3D`; libarchive's
//! `LIBARCHIVE.xattr.NAME` hold it in base64, the name percent-encoded
//! (libarchive-formats(5)). libarchive writes both, and both with the encoded
//! name: of an odd name the first is none of its own. ACLs stand as text in `SCHILY.acl.*`, the context
//! of `SELinux` in `RHT.security.selinux`.

use std::collections::BTreeMap;

use super::acl::{self, NamedAcl, ResolvedAcl, Text};
use super::error::Fault;
use super::pax::Records;
use crate::entry::{ACCESS_ACL, DEFAULT_ACL, Xattrs};
use crate::escape::Escaped;

const SELINUX: &[u8] = b"security.selinux";

/// Linux's own bounds (`include/uapi/linux/limits.h`).
const MAX_NAME: usize = 255;
const MAX_VALUE: usize = 64 * 1024;

/// All attributes of a member, and what its ACLs say about its mode.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) xattrs: Xattrs,
    pub(super) named_acls: Vec<NamedAcl>,
    /// The permission bits that the access ACL gives.
    pub(super) permissions: Option<u16>,
}

type Values = BTreeMap<Vec<u8>, Box<[u8]>>;

impl Attributes {
    pub(super) fn from_records(records: &Records) -> Result<Self, Fault> {
        let mut others = Values::new();
        let mut encoded = Values::new();
        for (name, value) in records.family(b"LIBARCHIVE.xattr.") {
            let value = base64_decode(value).ok_or_else(|| {
                Fault::corrupt(format!("its attribute `{}` is not base64", Escaped(name)))
            })?;
            insert(&mut others, percent_decode(name, b""), value.clone().into())?;
            encoded.insert(name.to_vec(), value.into());
        }
        let mut values = Values::new();
        for (name, value) in records.family(b"SCHILY.xattr.") {
            let decoded = percent_decode(name, b"%25%3D");
            let twin = encoded.get(name).is_some_and(|twin| **twin == *value);
            if twin && !others.contains_key(&decoded) {
                continue;
            }
            insert(&mut values, decoded, value.into())?;
        }
        agree(&mut values, others)?;
        if let Some(context) = records.get(b"RHT.security.selinux") {
            // Stored without the final NUL that setfilecon(3) writes.
            let context = context.strip_suffix(b"\0").unwrap_or(context);
            let with_nul = [context, b"\0"].concat();
            match values.get(SELINUX) {
                Some(value) if **value == *context || **value == *with_nul => {}
                Some(_) => return Err(disagree(SELINUX)),
                None => {
                    values.insert(SELINUX.to_vec(), with_nul.into());
                }
            }
        }
        Self::with_acls(records, values)
    }

    /// Takes the ACLs, raw and as text, and puts them in their one form.
    fn with_acls(records: &Records, mut values: Values) -> Result<Self, Fault> {
        let mut attributes = Self::default();
        for (key, attribute) in acl::TEXTS {
            let text = match records.get(key) {
                Some(text) => acl::from_text(attribute, text)?,
                None => None,
            };
            let raw = match values.remove(attribute) {
                Some(value) => Some(acl::from_xattr(attribute, &value)?),
                None => None,
            };
            // A raw ACL has numbers, so it says what a text with names means.
            match (raw, text) {
                (Some(raw), Some(Text::Resolved(text))) if raw != text => {
                    return Err(disagree(attribute));
                }
                (Some(acl), _) | (None, Some(Text::Resolved(acl))) => {
                    attributes.permissions = attributes.permissions.or(acl.permissions);
                    if let ResolvedAcl {
                        value: Some(value), ..
                    } = acl
                    {
                        values.insert(attribute.to_vec(), value.into());
                    }
                }
                (None, Some(Text::Named(named))) => attributes.named_acls.push(named),
                (None, None) => {}
            }
        }
        let pairs = values.into_iter().map(|(name, value)| (name.into(), value));
        attributes.xattrs = Xattrs::new(pairs.collect());
        Ok(attributes)
    }

    /// Whether there is an ACL of this name, numbers known or not.
    fn has_acl(&self, attribute: &[u8]) -> bool {
        self.xattrs.get(attribute).is_some()
            || self
                .named_acls
                .iter()
                .any(|named| named.attribute() == attribute)
    }

    /// Checks that the member can have such ACLs at all, see acl(5).
    pub(super) fn check(&self, directory: bool, symlink: bool) -> Result<(), Fault> {
        if !directory && self.has_acl(DEFAULT_ACL) {
            return Err(Fault::corrupt("it has a default ACL and is no directory"));
        }
        if symlink && (self.has_acl(ACCESS_ACL) || self.permissions.is_some()) {
            return Err(Fault::corrupt("it has an ACL and is a symlink"));
        }
        Ok(())
    }
}

fn insert(values: &mut Values, name: Vec<u8>, value: Box<[u8]>) -> Result<(), Fault> {
    let shown = Escaped(&name);
    if name.is_empty() || name.contains(&0) || name.len() > MAX_NAME {
        return Err(Fault::corrupt(format!(
            "its attribute `{shown}` has no valid name"
        )));
    }
    if value.len() > MAX_VALUE {
        return Err(Fault::corrupt(format!(
            "its attribute `{shown}` is longer than 64 KiB"
        )));
    }
    if values.contains_key(&name) {
        return Err(Fault::corrupt(format!(
            "its attribute `{shown}` stands twice"
        )));
    }
    values.insert(name, value);
    Ok(())
}

/// Adds libarchive's values to star's; where both have one, it must be one.
fn agree(values: &mut Values, others: Values) -> Result<(), Fault> {
    for (name, value) in others {
        match values.get(&name) {
            Some(first) if *first == value => {}
            Some(_) => return Err(disagree(&name)),
            None => {
                values.insert(name, value);
            }
        }
    }
    Ok(())
}

fn disagree(name: &[u8]) -> Fault {
    Fault::unsafe_(format!(
        "its attribute `{}` stands twice with different values",
        Escaped(name)
    ))
}

/// Replaces `%HH`; if `only` is not empty, then only the codes in it.
fn percent_decode(text: &[u8], only: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let code = rest.get(..3).filter(|code| {
            byte == b'%'
                && (only.is_empty() || only.chunks(3).any(|known| known.eq_ignore_ascii_case(code)))
        });
        let value = code
            .and_then(|code| std::str::from_utf8(&code[1..]).ok())
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(value) = value {
            decoded.push(value);
            rest = &rest[3..];
        } else {
            decoded.push(byte);
            rest = after;
        }
    }
    decoded
}

/// Base64 of RFC 4648, padded or not, without line breaks.
fn base64_decode(text: &[u8]) -> Option<Vec<u8>> {
    let end = text
        .iter()
        .rposition(|&byte| byte != b'=')
        .map_or(0, |last| last + 1);
    let (digits, padding) = text.split_at(end);
    if padding.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut decoded = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for &digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push(u8::try_from(bits >> count & 0xff).expect("eight bits"));
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use fixtures::archive::record;

    use super::*;
    use crate::entry::Acl;

    fn attributes(lines: &[(&str, &[u8])]) -> Result<Attributes, Fault> {
        let lines = lines.iter();
        let bytes = lines.map(|(key, value)| record(key.as_bytes(), value));
        let bytes = bytes.collect::<Vec<_>>().concat();
        Attributes::from_records(&Records::parse(&bytes).expect("well formed"))
    }

    #[test]
    fn both_spellings_give_one_attribute() {
        let xattrs = attributes(&[
            ("SCHILY.xattr.user.plain", b"\0\n\xff"),
            ("SCHILY.xattr.user.empty", b""),
            ("SCHILY.xattr.user.a%3Db%25c%20d", b"1"),
            ("LIBARCHIVE.xattr.user.plain", b"AAr/"),
            ("LIBARCHIVE.xattr.user.a%20b%3d", b"eA"),
        ])
        .expect("valid")
        .xattrs;
        let listed: Vec<_> = xattrs.iter().collect();
        assert_eq!(
            listed,
            [
                (&b"user.a b="[..], &b"x"[..]),
                (b"user.a=b%c%20d", b"1"),
                (b"user.empty", b""),
                (b"user.plain", b"\0\n\xff"),
            ]
        );
    }

    #[test]
    fn contexts_end_with_a_nul() {
        type Case<'a> = (&'a [(&'a str, &'a [u8])], Option<&'a [u8]>);

        let context: &[u8] = b"system_u:object_r:bin_t:s0";
        let stored: &[u8] = b"system_u:object_r:bin_t:s0\0";
        let schily = "SCHILY.xattr.security.selinux";
        let cases: &[Case] = &[
            (&[("RHT.security.selinux", context)], Some(stored)),
            (&[("RHT.security.selinux", stored)], Some(stored)),
            (&[(schily, context)], Some(context)),
            (
                &[(schily, context), ("RHT.security.selinux", context)],
                Some(context),
            ),
            (
                &[(schily, stored), ("RHT.security.selinux", context)],
                Some(stored),
            ),
            (
                &[(schily, b"other"), ("RHT.security.selinux", context)],
                None,
            ),
        ];
        for (lines, expected) in cases {
            let seen = attributes(lines).ok();
            let seen = seen.as_ref().and_then(|seen| seen.xattrs.get(SELINUX));
            assert_eq!(seen, *expected, "{lines:?}");
        }
    }

    #[test]
    fn acls_become_attributes() {
        let text: &[u8] = b"u::rwx,u:5:r--,g::r-x,m::r-x,o::---";
        let raw = Acl::from_text(text).expect("valid").to_xattr();
        let schily = "SCHILY.xattr.system.posix_acl_access";
        for lines in [
            &[("SCHILY.acl.access", text)][..],
            &[(schily, &raw)],
            &[("SCHILY.acl.access", text), (schily, &raw)],
            &[
                ("SCHILY.acl.access", b"u::rwx,u:me:r--,g::r-x,m::r-x,o::---"),
                (schily, &raw),
            ],
        ] {
            let seen = attributes(lines).expect("valid");
            assert_eq!(seen.xattrs.get(ACCESS_ACL), Some(&raw[..]));
            assert_eq!(seen.permissions, Some(0o750));
            assert!(seen.named_acls.is_empty());
            assert!(seen.check(false, false).is_ok());
            assert!(seen.check(false, true).is_err());
        }
        let minimal: &[u8] = b"u::rwx,g::r-x,o::---";
        let seen = attributes(&[("SCHILY.acl.access", minimal)]).expect("valid");
        assert!(seen.xattrs.is_empty());
        let seen = attributes(&[("SCHILY.acl.default", minimal)]).expect("valid");
        assert!(seen.check(true, false).is_ok());
        assert!(seen.check(false, false).is_err());
        let seen = attributes(&[("SCHILY.acl.access", b"u::rwx,u:me:r,g::r,m::r,o::r")]);
        assert_eq!(seen.expect("valid").named_acls.len(), 1);
    }

    #[test]
    fn bad_ones_are_refused() {
        let long = vec![b'x'; MAX_VALUE + 1];
        let name = format!("SCHILY.xattr.{}", "n".repeat(MAX_NAME + 1));
        let cases: &[&[(&str, &[u8])]] = &[
            &[("SCHILY.xattr.", b"x")],
            &[("SCHILY.xattr.user.a", &long)],
            &[(&name, b"x")],
            &[("LIBARCHIVE.xattr.user.%00", b"eA")],
            &[("LIBARCHIVE.xattr.user.a", b"e A")],
            &[
                ("LIBARCHIVE.xattr.user.a", b"eA"),
                ("SCHILY.xattr.user.a", b"y"),
            ],
            &[
                ("SCHILY.xattr.user.%25", b"x"),
                ("SCHILY.xattr.user.%", b"x"),
            ],
            &[("SCHILY.acl.access", b"nonsense")],
            &[("SCHILY.xattr.system.posix_acl_access", b"nonsense")],
        ];
        for lines in cases {
            assert!(attributes(lines).is_err(), "{:?}", lines[0].0);
        }
    }

    #[test]
    fn base64_vectors() {
        // RFC 4648, section 10, with and without padding.
        let cases: &[(&[u8], Option<&[u8]>)] = &[
            (b"", Some(b"")),
            (b"Zg==", Some(b"f")),
            (b"Zg", Some(b"f")),
            (b"Zm8=", Some(b"fo")),
            (b"Zm8", Some(b"fo")),
            (b"Zm9vYmFy", Some(b"foobar")),
            (b"Z", None),
            (b"Zg===", None),
            (b"Z=g=", None),
            (b"Zm9v\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(base64_decode(text).as_deref(), *expected);
        }
    }
}
