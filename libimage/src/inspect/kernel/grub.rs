//! What GRUB keeps about which kernel boots.

/// How much of an environment block or of an entry is read. A block is 1024
/// bytes (GRUB's manual, "Environment block"), an entry some lines.
pub(super) const MOST_BYTES: usize = 16 << 10;

/// What an environment block begins with.
const SIGNATURE: &[u8] = b"# GRUB Environment Block\n";

/// The value of `saved_entry` in an environment block: the name of an entry's
/// file without `.conf`, or its title. GRUB writes `\` before characters that
/// mean something to it.
pub(super) fn saved_entry(block: &[u8]) -> Option<Vec<u8>> {
    let lines = block.strip_prefix(SIGNATURE)?;
    let value = lines
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(b"saved_entry="))?;
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.iter();
    while let Some(&byte) = bytes.next() {
        plain.extend(if byte == b'\\' {
            bytes.next()
        } else {
            Some(&byte)
        });
    }
    (!plain.is_empty()).then_some(plain)
}

/// An entry of the Boot Loader Specification (type 1), as far as it tells which
/// kernel it boots.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BootEntry<'a> {
    pub(super) title: &'a [u8],
    pub(super) version: &'a [u8],
    /// The image's path, on the partition that the entry is on.
    pub(super) linux: &'a [u8],
}

impl<'a> BootEntry<'a> {
    /// Reads the lines of an entry: a key, blanks, a value.
    pub(super) fn parse(text: &'a [u8]) -> Self {
        let mut entry = Self::default();
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.trim_ascii();
            let Some(blank) = line.iter().position(u8::is_ascii_whitespace) else {
                continue;
            };
            let (key, value) = (&line[..blank], line[blank..].trim_ascii());
            match key {
                b"title" => entry.title = value,
                b"version" => entry.version = value,
                b"linux" => entry.linux = value,
                _ => {}
            }
        }
        entry
    }

    /// The release by the name of its image.
    pub(super) fn release(&self) -> Option<&'a [u8]> {
        let name = self.linux.rsplit(|&byte| byte == b'/').next()?;
        super::IMAGE_NAMES
            .iter()
            .find_map(|prefix| name.strip_prefix(*prefix))
            .filter(|release| !release.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_block_names_the_saved_entry() {
        for (name, block, expected) in [
            (
                "as grub2-editenv writes it",
                "# GRUB Environment Block\n# WARNING: Do not edit\nboot_success=1\n\
                 saved_entry=ffff-5.14.0-503.el9.x86_64\n####################",
                Some("ffff-5.14.0-503.el9.x86_64"),
            ),
            (
                "escaped",
                "# GRUB Environment Block\nsaved_entry=a\\\\b\\\n",
                Some("a\\b"),
            ),
            ("empty", "# GRUB Environment Block\nsaved_entry=\n##", None),
            ("none", "# GRUB Environment Block\n######", None),
            ("another file", "saved_entry=x\n", None),
            ("nothing", "", None),
        ] {
            let found = saved_entry(block.as_bytes());
            let found = found.map(|value| String::from_utf8(value).expect("as given"));
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn entries_name_their_kernel() {
        let text = b"title Rocky Linux (5.14.0-503.el9.x86_64) 9.5\n# comment\n\
                     version\t5.14.0-503.el9.x86_64\nlinux /vmlinuz-5.14.0-503.el9.x86_64\n\
                     options root=UUID=x ro\ngrub_users\n";
        let entry = BootEntry::parse(text);
        assert_eq!(entry.title, b"Rocky Linux (5.14.0-503.el9.x86_64) 9.5");
        assert_eq!(entry.version, b"5.14.0-503.el9.x86_64");
        assert_eq!(entry.release(), Some(&b"5.14.0-503.el9.x86_64"[..]));
        for other in [
            &b""[..],
            b"linux",
            b"linux /boot/vmlinuz-",
            b"linux /EFI/a.efi",
        ] {
            assert_eq!(BootEntry::parse(other).release(), None);
        }
    }
}
