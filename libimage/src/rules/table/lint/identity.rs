//! Rules on what belongs to one machine or person and no image.

use crate::rules::Group::Preflight;
use crate::rules::Rule;
use crate::rules::Severity::{Note, Warning};

/// Private host keys of sshd are in an image.
pub static SSH_HOST_KEY: Rule = Rule {
    name: "ssh-host-key",
    severity: Warning,
    group: Preflight,
    summary: "private SSH host keys are in the image",
    reason: "all nodes have the same host key, and whoever can read the image can pass for any of \
             them",
    remedy: "remove etc/ssh/ssh_host_*_key and have each node make its own, unless one key for \
             all nodes is meant",
    source: "sshd(8), ssh-keygen(1): -A",
};

/// The identifier of one machine is in an image.
pub static MACHINE_ID: Rule = Rule {
    name: "machine-id",
    severity: Warning,
    group: Preflight,
    summary: "etc/machine-id or var/lib/dbus/machine-id holds an identifier",
    reason: "nodes with one identifier get one DHCP lease and mix up their journals",
    remedy: "empty the file with `truncate -s 0`; each node makes its own at its first boot",
    source: "machine-id(5)",
};

/// Private SSH keys of users are in the tree.
pub static PRIVATE_KEY: Rule = Rule {
    name: "private-key",
    severity: Warning,
    group: Preflight,
    summary: "private SSH keys of root or of users are in the tree",
    reason: "who can read the tree can log in wherever the key is accepted",
    remedy: "remove the key, unless the nodes are meant to share it",
    source: "ssh-keygen(1), ssh(1)",
};

/// Histories of shells are in the tree.
pub static SHELL_HISTORY: Rule = Rule {
    name: "shell-history",
    severity: Note,
    group: Preflight,
    summary: "histories of shells are in the tree",
    reason: "commands that were typed while the image was made, at times with passwords in them, \
             come to every node",
    remedy: "remove them",
    source: "bash(1): HISTFILE",
};

/// The resolver points to the machine where the image was made.
pub static RESOLV_CONF: Rule = Rule {
    name: "resolv-conf",
    severity: Warning,
    group: Preflight,
    summary: "etc/resolv.conf leads to a name server or a file of the machine that made the image",
    reason: "until something on the node writes another it cannot resolve any name",
    remedy: "empty the file, or link it to what a service of the image writes beneath /run",
    source: "resolv.conf(5), systemd-resolved.service(8)",
};
