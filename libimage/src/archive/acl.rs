//! [`NamedAcl`]: an ACL that names users, and what makes an ACL a valid one.

use std::collections::BTreeSet;

use super::error::Fault;
use crate::entry::{ACCESS_ACL, Acl, AclEntry, AclError, AclTag, DEFAULT_ACL};
use crate::escape::Escaped;

/// An ACL whose text names users or groups without their numbers.
///
/// `tar --acls` writes names unless `--numeric-owner` stands beside it, so
/// systemd's journal directories come as `group:adm:r-x`. Only the image's own
/// `passwd` and `group` know the numbers, and they may come later in the
/// archive: whoever has read them calls [`NamedAcl::resolve`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAcl {
    attribute: &'static [u8],
    text: Box<[u8]>,
}

/// An ACL in the form in which it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedAcl {
    /// The attribute that holds it: [`ACCESS_ACL`] or [`DEFAULT_ACL`].
    pub attribute: &'static [u8],
    /// The attribute's value; nothing if the mode says all of it.
    pub value: Option<Vec<u8>>,
    /// The permission bits that an access ACL gives the mode, `0o777`.
    pub permissions: Option<u16>,
}

/// The text of an ACL, read as far as possible.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    Resolved(ResolvedAcl),
    Named(NamedAcl),
}

/// Reads the text of an ACL; nothing if it is empty.
pub(super) fn from_text(attribute: &'static [u8], text: &[u8]) -> Result<Option<Text>, Fault> {
    match Acl::from_text(text) {
        Ok(acl) if acl.entries().is_empty() => Ok(None),
        Ok(acl) => Ok(Some(Text::Resolved(settle(attribute, &acl)?))),
        Err(AclError::NameWithoutNumber) => Ok(Some(Text::Named(NamedAcl {
            attribute,
            text: text.into(),
        }))),
        Err(error) => Err(malformed(attribute, error)),
    }
}

/// Reads an ACL's raw attribute.
pub(super) fn from_xattr(attribute: &'static [u8], value: &[u8]) -> Result<ResolvedAcl, Fault> {
    let acl = Acl::from_xattr(value).map_err(|error| malformed(attribute, error))?;
    settle(attribute, &acl)
}

fn malformed(attribute: &[u8], reason: impl std::fmt::Display) -> Fault {
    let which = if attribute == ACCESS_ACL {
        "access"
    } else {
        "default"
    };
    Fault::corrupt(format!("its {which} ACL cannot be read: {reason}"))
}

/// Checks an ACL by the kernel's rules (`posix_acl_valid`, see acl(5)) and
/// gives it the form in which it is recorded: an access ACL of three entries
/// is the mode itself.
fn settle(attribute: &'static [u8], acl: &Acl) -> Result<ResolvedAcl, Fault> {
    let get = |tag| acl.get(tag);
    let entries = acl.entries();
    let tags: BTreeSet<AclTag> = entries.iter().map(|entry| entry.tag).collect();
    let named = |entry: &AclEntry| matches!(entry.tag, AclTag::User(_) | AclTag::Group(_));
    let no_one =
        |entry: &AclEntry| matches!(entry.tag, AclTag::User(u32::MAX) | AclTag::Group(u32::MAX));
    let (Some(user), Some(group), Some(other)) = (
        get(AclTag::UserObj),
        get(AclTag::GroupObj),
        get(AclTag::Other),
    ) else {
        return Err(malformed(
            attribute,
            "the owner, group or others are missing",
        ));
    };
    if tags.len() != entries.len() {
        return Err(malformed(attribute, "an entry stands twice"));
    }
    if entries.iter().any(no_one) {
        return Err(malformed(
            attribute,
            "an entry is for nobody, id 4294967295",
        ));
    }
    if entries.iter().any(named) && get(AclTag::Mask).is_none() {
        return Err(malformed(attribute, "the mask is missing"));
    }
    let access = attribute == ACCESS_ACL;
    let class = get(AclTag::Mask).unwrap_or(group);
    let permissions = u16::from(user) << 6 | u16::from(class) << 3 | u16::from(other);
    let minimal = access && entries.len() == 3;
    Ok(ResolvedAcl {
        attribute,
        value: (!minimal).then(|| acl.to_xattr()),
        permissions: access.then_some(permissions),
    })
}

impl NamedAcl {
    /// The attribute that it is for: [`ACCESS_ACL`] or [`DEFAULT_ACL`].
    pub fn attribute(&self) -> &'static [u8] {
        self.attribute
    }

    /// The text as it stands in the archive.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Replaces names by numbers.
    ///
    /// # Errors
    ///
    /// What cannot be done with it: the first name that nobody knows, or why
    /// the ACL is none.
    pub fn resolve(
        &self,
        user: impl Fn(&[u8]) -> Option<u32>,
        group: impl Fn(&[u8]) -> Option<u32>,
    ) -> Result<ResolvedAcl, String> {
        let mut numeric = Vec::new();
        for line in self.text.split(|byte| matches!(byte, b'\n' | b',')) {
            let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
            let mut fields: Vec<&[u8]> = line
                .split(|&byte| byte == b':')
                .map(<[u8]>::trim_ascii)
                .collect();
            let number;
            if let [tag, name, _] = *fields.as_slice() {
                let found = match (tag, name) {
                    (_, b"") => None,
                    _ if name.iter().all(u8::is_ascii_digit) => None,
                    (b"user" | b"u", _) => Some(user(name).ok_or_else(|| unknown("user", name))?),
                    (b"group" | b"g", _) => {
                        Some(group(name).ok_or_else(|| unknown("group", name))?)
                    }
                    _ => None,
                };
                if let Some(found) = found {
                    number = found.to_string();
                    fields[1] = number.as_bytes();
                }
            }
            numeric.extend_from_slice(&fields.join(&b':'));
            numeric.push(b'\n');
        }
        let acl = Acl::from_text(&numeric).map_err(|error| error.to_string())?;
        settle(self.attribute, &acl).map_err(|fault| fault.to_string())
    }
}

fn unknown(what: &str, name: &[u8]) -> String {
    format!("the {what} `{}` is not in the image", Escaped(name))
}

/// The attribute for an ACL's PAX record.
pub(super) const TEXTS: [(&[u8], &[u8]); 2] = [
    (b"SCHILY.acl.access", ACCESS_ACL),
    (b"SCHILY.acl.default", DEFAULT_ACL),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimal_access_acls_are_the_mode() {
        let text = from_text(ACCESS_ACL, b"user::rwx,group::r-x,other::---\n");
        let Ok(Some(Text::Resolved(acl))) = text else {
            panic!("{text:?}");
        };
        assert_eq!((acl.value, acl.permissions), (None, Some(0o750)));
        let text = from_text(DEFAULT_ACL, b"user::rwx,group::r-x,other::---");
        let Ok(Some(Text::Resolved(acl))) = text else {
            panic!("{text:?}");
        };
        assert!(acl.value.is_some());
        assert_eq!(acl.permissions, None);
        assert_eq!(from_text(DEFAULT_ACL, b"\n"), Ok(None));
    }

    #[test]
    fn the_mask_is_the_group_class() {
        let text = b"u::rw-,u:1000:rwx,g::r-x,g:5:--x,m::-w-,o::r--";
        let acl = Acl::from_text(text).expect("valid");
        let raw = from_xattr(ACCESS_ACL, &acl.to_xattr()).expect("valid");
        assert_eq!(raw.permissions, Some(0o624));
        assert_eq!(raw.value, Some(acl.to_xattr()));
        assert_eq!(from_text(ACCESS_ACL, text), Ok(Some(Text::Resolved(raw))));
    }

    #[test]
    fn what_the_kernel_refuses() {
        for text in [
            "u::rwx,g::rwx",
            "u::rwx,u::r--,g::rwx,o::r",
            "u::rwx,g::rwx,o::r,u:5:r",
            "u::rwx,g::rwx,o::r,m::r,u:5:r,u:5:w",
            "u::rwx,g::rwx,o::r,m::r,u:4294967295:r",
            "x::rwx",
        ] {
            let read = from_text(ACCESS_ACL, text.as_bytes());
            assert!(matches!(read, Err(Fault::Corrupt(_))), "{text}");
        }
    }

    #[test]
    fn names_wait_for_the_image() {
        let text =
            b"user::rwx,group::r-x,group:adm:r-x#effective:r--,group:12:r,mask::r--,other::---";
        let Ok(Some(Text::Named(named))) = from_text(ACCESS_ACL, text) else {
            panic!("it has a name");
        };
        let acl = named
            .resolve(|_| None, |name| (name == b"adm").then_some(4))
            .expect("known");
        let numeric = b"u::rwx,g::r-x,g:4:r-x,g:12:r,m::r--,o::---";
        assert_eq!(
            from_text(ACCESS_ACL, numeric),
            Ok(Some(Text::Resolved(acl)))
        );
        let error = named.resolve(|_| Some(0), |_| None).expect_err("unknown");
        assert_eq!(error, "the group `adm` is not in the image");
    }
}
