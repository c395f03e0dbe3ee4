//! [`Shell`]: the command that reaches a node.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::process::Command;

use super::error::NodeError;
use super::name::Node;
use crate::error::{ErrorKind, ImageError};
use crate::escape::Escaped;

/// The command that runs another on a node: `ssh`, or what takes its place, as
/// rsync's `-e` has it.
///
/// The user's own configuration of ssh holds. What is added to a command whose
/// name is `ssh` keeps anything but the answer off its output, and forwards
/// nothing, as `sftp` does it; options that the user gives come first and win.
/// Any other command gets the host and the command to run, and no options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    words: Vec<OsString>,
    batch: bool,
}

/// Why some text is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellError {
    text: Vec<u8>,
    reason: &'static str,
}

/// What is added for `ssh`; each is in ssh_config(5).
const SSH_OPTIONS: [&str; 5] = [
    "-oRequestTTY=no",
    "-oRemoteCommand=none",
    "-oPermitLocalCommand=no",
    "-oClearAllForwardings=yes",
    "-oForwardAgent=no",
];

impl Default for Shell {
    fn default() -> Self {
        Self {
            words: vec!["ssh".into()],
            batch: false,
        }
    }
}

impl Shell {
    /// Takes a command apart as rsync does: at blanks; single and double quotes
    /// keep them, and a doubled quote in quotes of its kind is one.
    ///
    /// # Errors
    ///
    /// A [`ShellError`] if there is no command or a quote is not closed.
    pub fn parse(text: &OsStr) -> Result<Self, ShellError> {
        let wrong = |reason| ShellError {
            text: text.as_bytes().into(),
            reason,
        };
        let mut words: Vec<OsString> = Vec::new();
        let mut word: Option<Vec<u8>> = None;
        let mut quote = None;
        let mut bytes = text.as_bytes().iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match (quote, byte) {
                (None, b' ' | b'\t' | b'\n') => {
                    words.extend(word.take().map(OsString::from_vec));
                }
                (None, b'\'' | b'"') => {
                    quote = Some(byte);
                    word.get_or_insert_default();
                }
                (Some(open), _) if open == byte => {
                    if bytes.next_if_eq(&byte).is_some() {
                        word.get_or_insert_default().push(byte);
                    } else {
                        quote = None;
                    }
                }
                _ => word.get_or_insert_default().push(byte),
            }
        }
        if quote.is_some() {
            return Err(wrong("a quote is not closed"));
        }
        words.extend(word.map(OsString::from_vec));
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Self {
                words,
                batch: false,
            }),
            _ => Err(wrong("there is no command in it")),
        }
    }

    /// Whether ssh may not ask for anything, a password for one: nobody would
    /// answer.
    #[must_use]
    pub fn batch(self, batch: bool) -> Self {
        Self { batch, ..self }
    }

    /// The command that runs `remote` on the node.
    pub(super) fn command(&self, node: &Node, remote: &str) -> Result<Command, NodeError> {
        let mut command = Command::new(&self.words[0]);
        command.args(self.arguments(node)?).arg(remote);
        Ok(command)
    }

    /// All up to what is to be run.
    fn arguments(&self, node: &Node) -> Result<Vec<OsString>, NodeError> {
        let mut arguments = self.words[1..].to_vec();
        if self.is_ssh() {
            if self.batch {
                arguments.push("-oBatchMode=yes".into());
            }
            arguments.extend(SSH_OPTIONS.map(OsString::from));
            if let Some(port) = node.port() {
                arguments.extend(["-p".into(), port.to_string().into()]);
            }
            arguments.push("--".into());
        } else if node.port().is_some() {
            return Err(NodeError::Port {
                node: node.to_string(),
                program: self.name(),
            });
        }
        arguments.push(node.destination().into());
        Ok(arguments)
    }

    fn is_ssh(&self) -> bool {
        let name = Path::new(&self.words[0]).file_name();
        name.is_some_and(|name| name == "ssh")
    }

    /// What the user calls the program.
    pub(super) fn name(&self) -> String {
        Escaped(self.words[0].as_bytes()).to_string()
    }

    /// What to try by hand to see what is wrong.
    pub(super) fn by_hand(&self, node: &Node) -> String {
        let mut words: Vec<_> = self.words.iter().map(|word| word.as_bytes()).collect();
        let port = node.port().map(|port| port.to_string());
        if let Some(port) = &port {
            words.extend([b"-p".as_slice(), port.as_bytes()]);
        }
        let destination = node.destination();
        words.extend([destination.as_bytes(), b"true"]);
        Escaped(&words.join(&b' ')).to_string()
    }
}

impl fmt::Display for ShellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no command: {}",
            Escaped(&self.text),
            self.reason
        )
    }
}

impl std::error::Error for ShellError {}

impl ImageError for ShellError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("write it as in `ssh -i /root/.ssh/nodes -p 2222`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_taken_apart_as_rsync_does() {
        for (text, expected) in [
            ("ssh", Ok(vec!["ssh"])),
            ("  ssh \t -p  22\n", Ok(vec!["ssh", "-p", "22"])),
            (
                "ssh -o 'a b' x\"y z\"w",
                Ok(vec!["ssh", "-o", "a b", "xy zw"]),
            ),
            (
                "ssh 'it''s' \"say \"\"x\"\"\"",
                Ok(vec!["ssh", "it's", "say \"x\""]),
            ),
            ("ssh a\\ b", Ok(vec!["ssh", "a\\", "b"])),
            ("ssh '\"' \"'\"", Ok(vec!["ssh", "\"", "'"])),
            ("ssh ''", Ok(vec!["ssh", ""])),
            ("", Err("there is no command in it")),
            (" ", Err("there is no command in it")),
            ("''", Err("there is no command in it")),
            ("ssh 'x", Err("a quote is not closed")),
            ("ssh \"x''", Err("a quote is not closed")),
        ] {
            let found = Shell::parse(OsStr::new(text));
            let found = found.map(|shell| shell.words).map_err(|error| error.reason);
            let expected = expected.map(|words| words.into_iter().map(OsString::from).collect());
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn only_ssh_gets_options() {
        let ssh = "-oRequestTTY=no -oRemoteCommand=none -oPermitLocalCommand=no -oClearAllForwardings=yes -oForwardAgent=no";
        for (shell, batch, node, expected) in [
            ("ssh", false, "node001:/", format!("{ssh} -- node001")),
            (
                "/usr/bin/ssh -F conf",
                true,
                "ssh://root@node001:2222/",
                format!("-F conf -oBatchMode=yes {ssh} -p 2222 -- root@node001"),
            ),
            (
                "rsh -K",
                true,
                "root@node001:/",
                "-K root@node001".to_owned(),
            ),
            ("./myssh", true, "node001:/", "node001".to_owned()),
        ] {
            let shell = Shell::parse(OsStr::new(shell))
                .expect("a command")
                .batch(batch);
            let node = Node::parse(node.as_bytes())
                .expect("valid")
                .expect("a node");
            let arguments = shell.arguments(&node).expect("possible");
            assert_eq!(arguments.join(OsStr::new(" ")), *expected);
        }
        let shell = Shell::parse(OsStr::new("rsh")).expect("a command");
        let node = Node::parse(b"ssh://a:1/").expect("valid").expect("a node");
        assert!(matches!(
            shell.arguments(&node),
            Err(NodeError::Port { .. })
        ));
    }
}
