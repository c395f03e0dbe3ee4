//! The key that lets daemons trust each other.

use super::{Gap, Subject};
use crate::inspect::ImageKind;
use crate::rules::{Finding, MUNGE_KEY};

/// BCM runs munged as `daemon`, which is uid 1 everywhere.
const DAEMON: u32 = 1;

/// Read by its owner and by nobody else.
const MODE: u16 = 0o400;

/// Owner and mode of the key.
pub(super) fn key(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let path = match subject.kind {
        Some(ImageKind::CmShared) => "apps/slurm/var/munge/keys/munge.key",
        _ => "etc/munge/munge.key",
    };
    let Some(found) = subject.file(path)? else {
        return Err(Gap::Inapplicable(format!("there is no {path}")));
    };
    let metadata = &found.entry.metadata;
    let mut wrong = Vec::new();
    if !owners(subject)?.contains(&metadata.uid) {
        wrong.push(format!("belongs to uid {}, not {DAEMON}", metadata.uid));
    }
    if metadata.mode != MODE {
        wrong.push(format!(
            "has the mode {:04o}, not {MODE:04o}",
            metadata.mode
        ));
    }
    if wrong.is_empty() {
        return Ok(Vec::new());
    }
    let message = format!("`{}` {}", found.path, wrong.join(" and "));
    Ok(vec![Finding::new(&MUNGE_KEY, Some(&found.path), message)])
}

/// Who may own the key: `daemon`, and in a root filesystem that BCM has no
/// part in, the user that the distribution made for munge.
fn owners(subject: &Subject<'_>) -> Result<Vec<u32>, Gap> {
    let mut owners = vec![DAEMON];
    let is_bcm = subject.kind == Some(ImageKind::CmShared) || subject.find("cm/local")?.is_some();
    if !is_bcm && let Some((_, passwd)) = subject.text("etc/passwd")? {
        owners.extend(uid_of(b"munge", &passwd));
    }
    Ok(owners)
}

/// The number of a user in passwd(5).
fn uid_of(name: &[u8], passwd: &[u8]) -> Option<u32> {
    passwd.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        let uid = (fields.next()? == name).then(|| fields.nth(1))??;
        std::str::from_utf8(uid).ok()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let passwd = b"root:x:0:0::/root:/bin/sh\nmungex:x:7:7::/:\nmunge:x:109:115::/:\n:::\n";
        assert_eq!(uid_of(b"munge", passwd), Some(109));
        assert_eq!(uid_of(b"slurm", passwd), None);
        for broken in [
            &b"munge"[..],
            b"munge:x",
            b"munge:x:many",
            b"munge:x:-1",
            b"",
        ] {
            assert_eq!(uid_of(b"munge", broken), None);
        }
    }
}
