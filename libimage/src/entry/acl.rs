//! [`Acl`]: a POSIX access control list, in the kernel's binary form and in text.
//!
//! The binary form is that of the `system.posix_acl_*` attributes: a
//! little-endian version word 2, then eight bytes an entry (tag and permission
//! as 16-bit words, id as a 32-bit one); Linux,
//! `include/uapi/linux/posix_acl_xattr.h`. The text form is acl(5)'s, long or
//! short, as tar stores it in `SCHILY.acl.access` and `SCHILY.acl.default`.

use std::fmt;

/// Whom an [`AclEntry`] is about.
///
/// The order is the order in which the kernel wants entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AclTag {
    /// The file's owner.
    UserObj,
    /// A user by number.
    User(u32),
    /// The file's group.
    GroupObj,
    /// A group by number.
    Group(u32),
    /// The most that named users, named groups and the group may get.
    Mask,
    /// Everyone else.
    Other,
}

/// One line of an ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AclEntry {
    /// Whom it is about.
    pub tag: AclTag,
    /// Read 4, write 2, execute 1.
    pub permissions: u8,
}

/// A whole ACL, its entries in the kernel's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    entries: Vec<AclEntry>,
}

/// Why some bytes or some text are no ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AclError {
    /// The binary form is not version 2 or not a whole number of entries.
    Form,
    /// An entry's tag or permission is none that exists.
    Entry,
    /// A user or group stands there by name, without a number.
    NameWithoutNumber,
}

impl fmt::Display for AclError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "not an ACL of version 2",
            Self::Entry => "an ACL entry is malformed",
            Self::NameWithoutNumber => "an ACL entry names a user or group without its number",
        })
    }
}

impl std::error::Error for AclError {}

const VERSION: u32 = 2;
const NO_ID: u32 = u32::MAX;

impl Acl {
    /// From entries in any order.
    pub fn new(mut entries: Vec<AclEntry>) -> Self {
        entries.sort_unstable();
        Self { entries }
    }

    /// Reads the binary form.
    ///
    /// # Errors
    ///
    /// An [`AclError`] if the bytes are not of that form.
    pub fn from_xattr(value: &[u8]) -> Result<Self, AclError> {
        let (version, rest) = value.split_first_chunk::<4>().ok_or(AclError::Form)?;
        if u32::from_le_bytes(*version) != VERSION || rest.len() % 8 != 0 {
            return Err(AclError::Form);
        }
        let mut entries = Vec::with_capacity(rest.len() / 8);
        for raw in rest.chunks_exact(8) {
            let id = u32::from_le_bytes([raw[4], raw[5], raw[6], raw[7]]);
            let tag = match u16::from_le_bytes([raw[0], raw[1]]) {
                0x01 => AclTag::UserObj,
                0x02 => AclTag::User(id),
                0x04 => AclTag::GroupObj,
                0x08 => AclTag::Group(id),
                0x10 => AclTag::Mask,
                0x20 => AclTag::Other,
                _ => return Err(AclError::Entry),
            };
            let permissions = u16::from_le_bytes([raw[2], raw[3]]);
            if permissions > 7 {
                return Err(AclError::Entry);
            }
            entries.push(AclEntry {
                tag,
                permissions: u8::try_from(permissions).expect("at most 7"),
            });
        }
        Ok(Self::new(entries))
    }

    /// Writes the binary form.
    pub fn to_xattr(&self) -> Vec<u8> {
        let mut bytes = VERSION.to_le_bytes().to_vec();
        for entry in &self.entries {
            let (tag, id): (u16, u32) = match entry.tag {
                AclTag::UserObj => (0x01, NO_ID),
                AclTag::User(id) => (0x02, id),
                AclTag::GroupObj => (0x04, NO_ID),
                AclTag::Group(id) => (0x08, id),
                AclTag::Mask => (0x10, NO_ID),
                AclTag::Other => (0x20, NO_ID),
            };
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&u16::from(entry.permissions).to_le_bytes());
            bytes.extend_from_slice(&id.to_le_bytes());
        }
        bytes
    }

    /// Reads the text form: entries separated by newlines or commas.
    ///
    /// Tags may be abbreviated (`u`, `g`, `m`, `o`). A fourth field holds the
    /// number where the second holds a name (star and bsdtar write
    /// `user:alice:rwx:1000`); a `#` starts a comment.
    ///
    /// # Errors
    ///
    /// An [`AclError`] if a line is malformed or names somebody without a number.
    pub fn from_text(text: &[u8]) -> Result<Self, AclError> {
        let text = std::str::from_utf8(text).map_err(|_| AclError::Entry)?;
        let mut entries = Vec::new();
        for line in text.split(['\n', ',']) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                entries.push(parse_line(line)?);
            }
        }
        Ok(Self::new(entries))
    }

    /// Writes the text form: numbers for users and groups, an entry a line.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for entry in &self.entries {
            let (word, id) = match entry.tag {
                AclTag::UserObj => ("user", None),
                AclTag::User(id) => ("user", Some(id)),
                AclTag::GroupObj => ("group", None),
                AclTag::Group(id) => ("group", Some(id)),
                AclTag::Mask => ("mask", None),
                AclTag::Other => ("other", None),
            };
            text.push_str(word);
            text.push(':');
            if let Some(id) = id {
                text.push_str(&id.to_string());
            }
            text.push(':');
            for (bit, letter) in [(4, 'r'), (2, 'w'), (1, 'x')] {
                text.push(if entry.permissions & bit != 0 {
                    letter
                } else {
                    '-'
                });
            }
            text.push('\n');
        }
        text
    }

    /// The entries in the kernel's order.
    pub fn entries(&self) -> &[AclEntry] {
        &self.entries
    }

    /// The permissions of the one entry with this tag.
    pub fn get(&self, tag: AclTag) -> Option<u8> {
        self.entries
            .iter()
            .find(|entry| entry.tag == tag)
            .map(|entry| entry.permissions)
    }
}

fn parse_line(line: &str) -> Result<AclEntry, AclError> {
    let mut fields = line.split(':').map(str::trim);
    let tag = fields.next().unwrap_or_default();
    let qualifier = fields.next().ok_or(AclError::Entry)?;
    // `mask:rwx` and `other:rwx` may omit their empty qualifier.
    let (qualifier, permissions) = match fields.next() {
        Some(permissions) => (qualifier, permissions),
        None => ("", qualifier),
    };
    let number = fields.next();
    let id = || {
        number
            .unwrap_or(qualifier)
            .parse::<u32>()
            .map_err(|_| AclError::NameWithoutNumber)
    };
    let tag = match (tag, qualifier) {
        ("user" | "u", "") => AclTag::UserObj,
        ("user" | "u", _) => AclTag::User(id()?),
        ("group" | "g", "") => AclTag::GroupObj,
        ("group" | "g", _) => AclTag::Group(id()?),
        ("mask" | "m", "") => AclTag::Mask,
        ("other" | "o", "") => AclTag::Other,
        _ => return Err(AclError::Entry),
    };
    let mut bits = 0;
    for letter in permissions.chars() {
        bits |= match letter {
            'r' => 4,
            'w' => 2,
            'x' => 1,
            '-' => 0,
            _ => return Err(AclError::Entry),
        };
    }
    Ok(AclEntry {
        tag,
        permissions: bits,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_binary_forms_agree() {
        let text =
            b"user::rw-\nuser:alice:r--:1000\ngroup::r-x\ngroup:5:-w-\nmask::rwx\nother::---\n";
        let acl = Acl::from_text(text).expect("valid text");
        assert_eq!(acl.get(AclTag::User(1000)), Some(4));
        assert_eq!(acl.get(AclTag::Group(5)), Some(2));
        assert_eq!(acl.get(AclTag::Mask), Some(7));
        assert_eq!(Acl::from_xattr(&acl.to_xattr()), Ok(acl.clone()));
        assert_eq!(Acl::from_text(acl.to_text().as_bytes()), Ok(acl.clone()));
        let short = Acl::from_text(b"o:---,u::rw,g::rx,m::rwx,u:1000:r,g:5:w # end");
        assert_eq!(short, Ok(acl));
    }

    #[test]
    fn malformed_ones_are_told() {
        for (text, error) in [
            (&b"user:alice:rwx"[..], AclError::NameWithoutNumber),
            (b"nobody::rwx", AclError::Entry),
            (b"user::rwz", AclError::Entry),
            (b"user", AclError::Entry),
            (b"mask:5:r", AclError::Entry),
        ] {
            assert_eq!(Acl::from_text(text), Err(error));
        }
        for (bytes, error) in [
            (&b""[..], AclError::Form),
            (b"\x01\0\0\0", AclError::Form),
            (b"\x02\0\0\0\x01\0\x07", AclError::Form),
            (b"\x02\0\0\0\x03\0\x07\0\0\0\0\0", AclError::Entry),
            (b"\x02\0\0\0\x01\0\x08\0\0\0\0\0", AclError::Entry),
        ] {
            assert_eq!(Acl::from_xattr(bytes), Err(error));
        }
    }
}
