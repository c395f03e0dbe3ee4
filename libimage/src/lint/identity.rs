//! What belongs to one machine or person and no image.

use std::collections::BTreeSet;

use super::traces::tallied;
use super::{Gap, Subject};
use crate::entry::{Entry, Kind};
use crate::escape::Escaped;
use crate::inspect::Tally;
use crate::inspect::reach::read_head;
use crate::path::ImagePath;
use crate::rules::{Finding, MACHINE_ID, PRIVATE_KEY, RESOLV_CONF, SHELL_HISTORY, SSH_HOST_KEY};
use crate::tree::{Directory, TreeError};

/// How many homes are looked into; images have none or a few.
const MOST_HOMES: usize = 1024;

/// Where the mark of a private key ends: `-----BEGIN ENCRYPTED PRIVATE KEY-----`.
const MARK_WITHIN: usize = 64;

/// Where shells and interpreters keep what was typed.
const HISTORIES: &[&[u8]] = &[
    b".bash_history",
    b".history",
    b".lesshst",
    b".mysql_history",
    b".psql_history",
    b".python_history",
    b".sh_history",
    b".zsh_history",
];

/// Private keys by which a machine is known.
pub(super) fn ssh_host_key(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let mut keys = Tally::default();
    if let Some((directory, entries)) = subject.files("etc/ssh")? {
        for entry in entries {
            let name = &entry.name;
            if name.starts_with(b"ssh_host_")
                && name.ends_with(b"_key")
                && is_private_key(&*directory, &entry)?
            {
                keys.add(&directory.path().join(name), ());
            }
        }
    }
    Ok(tallied(&SSH_HOST_KEY, &keys, "private host key", ""))
}

/// Private keys of root and of users.
pub(super) fn private_key(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let mut keys = Tally::default();
    for home in homes(subject)? {
        let Some((directory, entries)) = subject.files(&format!("{home}/.ssh"))? else {
            continue;
        };
        for entry in entries {
            if entry.name.starts_with(b"id_") && is_private_key(&*directory, &entry)? {
                keys.add(&directory.path().join(&entry.name), ());
            }
        }
    }
    Ok(tallied(&PRIVATE_KEY, &keys, "private key", ""))
}

/// Whether a file begins as private keys do: in RFC 7468's form, or OpenSSH's,
/// which has the same mark.
fn is_private_key(directory: &dyn Directory, entry: &Entry) -> Result<bool, TreeError> {
    let head = read_head(directory, &entry.name, MARK_WITHIN)?;
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(first.starts_with(b"-----BEGIN ") && first.ends_with(b"PRIVATE KEY-----"))
}

/// What was typed while the image was made.
pub(super) fn shell_history(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let mut histories = Tally::default();
    for home in homes(subject)? {
        let Some((directory, entries)) = subject.files(&home)? else {
            continue;
        };
        for entry in entries {
            if HISTORIES.contains(&&*entry.name) && entry.file_size() > Some(0) {
                histories.add(&directory.path().join(&entry.name), ());
            }
        }
    }
    Ok(tallied(&SHELL_HISTORY, &histories, "history file", ""))
}

/// The home of root, and those in `home` whose names are text.
fn homes(subject: &Subject<'_>) -> Result<BTreeSet<String>, Gap> {
    let mut homes = BTreeSet::from(["root".to_owned()]);
    if let Some((_, entries)) = subject.list("home")? {
        for entry in entries.iter().filter(|entry| entry.is_directory()) {
            if homes.len() > MOST_HOMES {
                return Err(Gap::Open(format!(
                    "home holds more than {MOST_HOMES} users"
                )));
            }
            let name = std::str::from_utf8(&entry.name);
            homes.extend(name.map(|name| format!("home/{name}")));
        }
    }
    Ok(homes)
}

/// The identifier of the machine where the image was made.
pub(super) fn machine_id(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for place in ["etc/machine-id", "var/lib/dbus/machine-id"] {
        let Some((path, text)) = subject.text(place)? else {
            continue;
        };
        // One is often a symlink to the other.
        if seen.insert(path.clone()) && names_a_machine(&text) {
            let message = format!("`{path}` holds the identifier of one machine");
            findings.push(Finding::new(&MACHINE_ID, Some(&path), message));
        }
    }
    Ok(findings)
}

/// Empty, or `uninitialized`, are how machine-id(5) has it in an image.
fn names_a_machine(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    !text.is_empty() && text != b"uninitialized"
}

/// What answers on the machine's own addresses.
const OWN_RESOLVERS: &[&str] = &[
    "usr/lib/systemd/systemd-resolved",
    "lib/systemd/systemd-resolved",
    "usr/sbin/dnsmasq",
    "usr/sbin/named",
    "usr/sbin/unbound",
];

/// A name server that only the machine has where the image was made.
pub(super) fn resolv_conf(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    const PATH: &str = "etc/resolv.conf";
    let path = ImagePath::new(PATH.as_bytes()).expect("a valid path");
    let finding = |message| Ok(vec![Finding::new(&RESOLV_CONF, Some(&path), message)]);
    let Some((directory, entries)) = subject.list("etc")? else {
        return Ok(Vec::new());
    };
    let Some(entry) = entries.iter().find(|entry| &*entry.name == b"resolv.conf") else {
        return Ok(Vec::new());
    };
    match &entry.kind {
        Kind::Symlink { target } => {
            let exists = match subject.find(PATH) {
                Ok(found) => found.is_some(),
                Err(TreeError::Unresolved { .. }) => false,
                Err(error) => return Err(error.into()),
            };
            if exists || is_made_at_boot(target) {
                return Ok(Vec::new());
            }
            let target = Escaped(target);
            finding(format!(
                "`{path}` is a symlink to `{target}`, which is neither in the tree nor made at boot"
            ))
        }
        Kind::File { .. } => {
            let text = Subject::text_of(&*directory, entry)?;
            let Some(server) = own_address(&text) else {
                return Ok(Vec::new());
            };
            for resolver in OWN_RESOLVERS {
                if subject.file(resolver)?.is_some() {
                    return Ok(Vec::new());
                }
            }
            let server = Escaped(server);
            finding(format!(
                "`{path}` names the name server {server}, and the tree has none of its own"
            ))
        }
        _ => Ok(Vec::new()),
    }
}

/// Whether a symlink out of `etc` leads beneath `run`.
fn is_made_at_boot(target: &[u8]) -> bool {
    let mut components = target
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty());
    let first = components.find(|part| *part != b".." && *part != b".");
    let second = components.next();
    first == Some(b"run") || (first == Some(b"var") && second == Some(b"run"))
}

/// The first name server that is an address of the machine itself.
fn own_address(text: &[u8]) -> Option<&[u8]> {
    text.split(|byte| *byte == b'\n').find_map(|line| {
        let mut words = line
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        let address = (words.next()? == b"nameserver").then(|| words.next())??;
        (address.starts_with(b"127.") || address == b"::1").then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_from_what_images_hold() {
        let cases: [(&[u8], bool); 5] = [
            (b"", false),
            (b"\n", false),
            (b"uninitialized\n", false),
            (b"0123456789abcdef0123456789abcdef\n", true),
            (b"\xff", true),
        ];
        for (text, expected) in cases {
            assert_eq!(names_a_machine(text), expected, "{}", Escaped(text));
        }
    }

    #[test]
    fn links_beneath_run_are_made_at_boot() {
        let cases: [(&[u8], bool); 7] = [
            (b"../run/systemd/resolve/stub-resolv.conf", true),
            (b"/run/NetworkManager/resolv.conf", true),
            (b"/var/run/x", true),
            (b"/mnt/wsl/resolv.conf", false),
            (b"/var/lib/x", false),
            (b"/running/x", false),
            (b"..", false),
        ];
        for (target, expected) in cases {
            assert_eq!(is_made_at_boot(target), expected, "{}", Escaped(target));
        }
    }

    #[test]
    fn own_addresses_are_found() {
        let cases: [(&[u8], Option<&[u8]>); 6] = [
            (b"nameserver 192.0.2.1\n", None),
            (b"# nameserver 127.0.0.1\nnameserver\n", None),
            (
                b"nameserver 192.0.2.1\n nameserver\t127.0.0.53\n",
                Some(b"127.0.0.53"),
            ),
            (b"nameserver ::1", Some(b"::1")),
            (b"search 127.0.0.1", None),
            (b"", None),
        ];
        for (text, expected) in cases {
            assert_eq!(own_address(text), expected, "{}", Escaped(text));
        }
    }
}
