//! [`Accounts`]: the names of users and groups that an archive brings itself.

use std::collections::HashMap;

/// Users and groups by name, from `etc/passwd` and `etc/group` of an image.
///
/// See passwd(5) and group(5): fields separated by colons, the name first, the
/// number third.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    users: HashMap<Box<[u8]>, u32>,
    groups: HashMap<Box<[u8]>, u32>,
}

/// Which of the two files some content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountFile {
    Passwd,
    Group,
}

impl AccountFile {
    /// The largest one that is read; real ones have some kilobytes.
    pub(super) const MAX_SIZE: u64 = 1 << 20;

    /// Which file a path is, if it is one.
    pub(super) fn at(path: &[u8]) -> Option<Self> {
        match path {
            b"etc/passwd" => Some(Self::Passwd),
            b"etc/group" => Some(Self::Group),
            _ => None,
        }
    }
}

impl Accounts {
    /// Takes a file's content; it replaces an earlier one.
    pub(super) fn read(&mut self, file: AccountFile, content: &[u8]) {
        let names = content
            .split(|&byte| byte == b'\n')
            .filter_map(|line| {
                let mut fields = line.split(|&byte| byte == b':');
                let name = fields.next().filter(|name| !name.is_empty())?;
                let number = std::str::from_utf8(fields.nth(1)?).ok()?.parse().ok()?;
                Some((name.into(), number))
            })
            .collect();
        match file {
            AccountFile::Passwd => self.users = names,
            AccountFile::Group => self.groups = names,
        }
    }

    pub(super) fn user(&self, name: &[u8]) -> Option<u32> {
        self.users.get(name).copied()
    }

    pub(super) fn group(&self, name: &[u8]) -> Option<u32> {
        self.groups.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_malformed_lines_passed_over() {
        let mut accounts = Accounts::default();
        accounts.read(
            AccountFile::Passwd,
            b"root:x:0:0:root:/root:/bin/sh\n\n:x:1:\nbad\nneg:x:-1:\nalice:x:1000:1000\n",
        );
        accounts.read(AccountFile::Group, b"adm:x:4:syslog\n");
        assert_eq!(accounts.user(b"root"), Some(0));
        assert_eq!(accounts.user(b"alice"), Some(1000));
        assert_eq!(accounts.user(b"neg"), None);
        assert_eq!(accounts.user(b""), None);
        assert_eq!(accounts.group(b"adm"), Some(4));
        assert_eq!(accounts.group(b"root"), None);
    }
}
