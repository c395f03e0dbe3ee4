//! Rules on owners and modes.

use crate::rules::Group::Preflight;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Warning};

/// Everyone may write to files or directories of the system.
pub static WORLD_WRITABLE: Rule = Rule {
    name: "world-writable",
    severity: Warning,
    group: Preflight,
    summary: "files or directories can be written by everyone",
    reason: "any user of a node can change what others, root among them, run or read",
    remedy: "take the permission away (chmod o-w), or set the sticky bit of a directory that is \
             meant so",
    source: "chmod(1), chmod(2): S_IWOTH, S_ISVTX",
};

/// The key of munge has another owner or mode than its daemon accepts.
pub static MUNGE_KEY: Rule = Rule {
    name: "munge-key",
    severity: Error,
    group: Preflight,
    summary: "the munge key has the wrong owner or mode",
    reason: "munged refuses a key that others can read, and cannot read one that is not its own; \
             then no job starts",
    remedy: "chown 1:1 the key (daemon), chmod 0400",
    source: "BCM 11 Upgrade Manual: munge key; munged(8)",
};
