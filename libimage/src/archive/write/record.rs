//! [`Records`]: the records of a pax header, being written.

use std::io::Write as _;

use crate::path::ImagePath;

/// Records in the order in which they were put.
#[derive(Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    is_binary: bool,
}

impl Records {
    /// Adds a record: its length, which counts itself, the key and the value
    /// (POSIX, pax, "pax Extended Header").
    pub(super) fn put(&mut self, key: &[u8], value: &[u8]) {
        // A blank, an equals sign and a newline.
        let rest = key.len() + value.len() + 3;
        let mut length = rest + digits(rest);
        length = rest + digits(length);
        write!(self.bytes, "{length} ").expect("writing to a Vec cannot fail");
        self.bytes.extend_from_slice(key);
        self.bytes.push(b'=');
        self.bytes.extend_from_slice(value);
        self.bytes.push(b'\n');
    }

    /// Adds a path. POSIX wants UTF-8; of others it must be said that they are
    /// bytes, or libarchive converts them.
    pub(super) fn put_path(&mut self, key: &[u8], path: &[u8]) {
        if !self.is_binary && std::str::from_utf8(path).is_err() {
            self.is_binary = true;
            self.put(b"hdrcharset", b"BINARY");
        }
        self.put(key, path);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// The key of an attribute; in its name `=` would end the key, so GNU tar
/// writes `%3D` for it, and `%25` for the sign itself.
pub(super) fn xattr_key(name: &[u8]) -> Vec<u8> {
    let mut key = b"SCHILY.xattr.".to_vec();
    for &byte in name {
        match byte {
            b'=' => key.extend_from_slice(b"%3D"),
            b'%' => key.extend_from_slice(b"%25"),
            _ => key.push(byte),
        }
    }
    key
}

/// The name of the header that holds an entry's records, for programs that take
/// it for a file.
pub(super) fn header_name(path: &ImagePath) -> Vec<u8> {
    [b"./PaxHeaders/", path.file_name().unwrap_or(b".")].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_themselves() {
        for (length, expected) in [
            (1, 6),
            (3, 8),
            (4, 9),
            (5, 11),
            (93, 99),
            (94, 101),
            (95, 102),
        ] {
            let mut records = Records::default();
            records.put(b"k", &vec![b'v'; length]);
            let bytes = records.bytes();
            assert_eq!(bytes.len(), expected, "a value of {length}");
            assert!(bytes.starts_with(format!("{expected} ").as_bytes()));
        }
    }
}
