//! [`Node`]: a directory on another machine, as the user writes it.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::error::{ErrorKind, ImageError};
use crate::escape::Escaped;

/// A directory on another machine that is reached by ssh.
///
/// | written | is |
/// |---|---|
/// | `node001:/` | the directory `/` of `node001` |
/// | `root@node001:/cm/shared` | the same for a user |
/// | `[fe80::1%eth0]:/` | IPv6 addresses stand in brackets |
/// | `ssh://root@node001:2222/` | a port; `%20` and its kin are decoded |
/// | `./node001:/`, `/node001:/` | a path here |
///
/// As for rsync and scp, a colon before the first slash makes the difference.
/// Unlike there, the path on the node must be absolute: whoever forgets the `/`
/// would compare with a home directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    path: Box<[u8]>,
    is_url: bool,
}

/// Why some text names no directory on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    /// The text.
    text: Vec<u8>,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Host,
    User,
    Dash,
    Port,
    Relative,
    Brackets,
    Url,
    Nul,
    /// Something here has that name too.
    Ambiguous,
}

impl Node {
    /// Reads a name; nothing if it is a path of this machine.
    ///
    /// # Errors
    ///
    /// A [`NameError`] for what is written like a node and cannot be one.
    pub fn parse(text: &[u8]) -> Result<Option<Self>, NameError> {
        let wrong = |reason| NameError {
            text: text.into(),
            reason,
        };
        if let Some(rest) = text.strip_prefix(b"ssh://") {
            return Self::of_url(rest).map(Some).map_err(wrong);
        }
        let slash = text.iter().position(|&byte| byte == b'/');
        if !text[..slash.unwrap_or(text.len())].contains(&b':') {
            return Ok(None);
        }
        Self::of_host_and_path(text).map(Some).map_err(wrong)
    }

    fn of_host_and_path(text: &[u8]) -> Result<Self, Reason> {
        let (user, rest) = split_user(text, text);
        let (host, rest) = split_host(rest)?;
        let path = rest.strip_prefix(b":").ok_or(Reason::Brackets)?;
        if path.contains(&0) {
            return Err(Reason::Nul);
        }
        match path {
            [b'/', ..] => {}
            // The address was cut at its first colon.
            [b':', ..] => return Err(Reason::Brackets),
            _ => return Err(Reason::Relative),
        }
        Ok(Self {
            user: user.map(valid_user).transpose()?,
            host: valid_host(host)?,
            port: None,
            path: path.into(),
            is_url: false,
        })
    }

    fn of_url(rest: &[u8]) -> Result<Self, Reason> {
        let slash = rest.iter().position(|&byte| byte == b'/');
        let (authority, path) = rest.split_at(slash.ok_or(Reason::Relative)?);
        let (user, rest) = split_user(authority, authority);
        let (host, port) = split_host(rest)?;
        let port = match port {
            [] => None,
            [b':', digits @ ..] => Some(valid_port(digits)?),
            _ => return Err(Reason::Host),
        };
        let path = decoded(path)?;
        if path.contains(&0) {
            return Err(Reason::Nul);
        }
        let user = user.map(|user| valid_user(&decoded(user)?));
        Ok(Self {
            user: user.transpose()?,
            host: valid_host(&decoded(host)?)?,
            port,
            path: path.into(),
            is_url: true,
        })
    }

    /// The error for a name that something on this machine has too; nothing for
    /// one that cannot be mistaken, as `ssh://…`.
    pub(crate) fn ambiguous(&self, text: &[u8]) -> Option<NameError> {
        (!self.is_url).then(|| NameError {
            text: text.into(),
            reason: Reason::Ambiguous,
        })
    }

    /// The machine, without a user.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where on the machine.
    pub fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }

    /// The port, where it is not left to ssh.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The machine with its user, as ssh takes it.
    pub fn destination(&self) -> String {
        match &self.user {
            Some(user) => format!("{user}@{}", self.host),
            None => self.host.clone(),
        }
    }
}

impl Node {
    /// The directory as rsync writes it. The port is not part of it.
    pub fn rsync_name(&self) -> Vec<u8> {
        let user = self.user.as_ref().map(|user| format!("{user}@"));
        let mut name = user.unwrap_or_default().into_bytes();
        name.extend(self.bracketed().into_bytes());
        name.push(b':');
        name.extend_from_slice(&self.path);
        name
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        }
    }
}

impl NameError {
    /// Whether it is meant as a node whatever there is on this machine.
    pub(crate) fn is_url(&self) -> bool {
        self.text.starts_with(b"ssh://")
    }
}

/// What stands before the last `@` of the part that may hold one.
fn split_user<'t>(text: &'t [u8], part: &[u8]) -> (Option<&'t [u8]>, &'t [u8]) {
    let end = part.iter().position(|&byte| matches!(byte, b'/' | b'['));
    let part = &part[..end.unwrap_or(part.len())];
    match part.iter().rposition(|&byte| byte == b'@') {
        // A colon before it: `host:@x` is no user.
        Some(at) if !part[..at].contains(&b':') => (Some(&text[..at]), &text[at + 1..]),
        _ => (None, text),
    }
}

/// A host with its brackets, if it has any, and what stands behind it.
fn split_host(text: &[u8]) -> Result<(&[u8], &[u8]), Reason> {
    let end = if text.starts_with(b"[") {
        let bracket = text.iter().position(|&byte| byte == b']');
        bracket.ok_or(Reason::Brackets)? + 1
    } else {
        let colon = text.iter().position(|&byte| byte == b':');
        colon.unwrap_or(text.len())
    };
    Ok(text.split_at(end))
}

/// A host's name or address, without brackets.
///
/// Nothing but what such names are made of: ssh puts them into commands of its
/// configuration (`ProxyCommand`, CVE-2023-51385), and an option begins with a
/// dash.
fn valid_host(host: &[u8]) -> Result<String, Reason> {
    let (host, is_address) = match host {
        [b'[', inner @ .., b']'] => (inner, true),
        _ => (host, false),
    };
    if host.starts_with(b"-") {
        return Err(Reason::Dash);
    }
    let is_fit = |byte: u8| {
        let is_of_name = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
        is_of_name || is_address && matches!(byte, b':' | b'%')
    };
    if host.is_empty() || !host.iter().all(|&byte| is_fit(byte)) {
        return Err(Reason::Host);
    }
    Ok(String::from_utf8_lossy(host).into_owned())
}

fn valid_user(user: &[u8]) -> Result<String, Reason> {
    if user.starts_with(b"-") {
        return Err(Reason::Dash);
    }
    let is_fit =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+' | b'@');
    if user.is_empty() || !user.iter().all(|&byte| is_fit(byte)) {
        return Err(Reason::User);
    }
    Ok(String::from_utf8_lossy(user).into_owned())
}

fn valid_port(digits: &[u8]) -> Result<u16, Reason> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits)
        .ok()
        .filter(|_| is_number)
        .and_then(|digits| digits.parse().ok())
        .filter(|&port| port != 0)
        .ok_or(Reason::Port)
}

/// Undoes `%HH` (RFC 3986, 2.1).
fn decoded(text: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let (code, behind) = tail.split_at_checked(2).ok_or(Reason::Url)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let code = digit(code[0]).zip(digit(code[1])).ok_or(Reason::Url)?;
        bytes.push(u8::try_from(code.0 * 16 + code.1).map_err(|_| Reason::Url)?);
        rest = behind;
    }
    Ok(bytes)
}

/// Shows `root@node001:/cm/shared`, escaped for a terminal.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map(|user| format!("{user}@"));
        let user = user.unwrap_or_default();
        let host = self.bracketed();
        let path = Escaped(&self.path);
        match self.port {
            Some(port) => write!(f, "ssh://{user}{host}:{port}{path}"),
            None => write!(f, "{user}{host}:{path}"),
        }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            Reason::Host => "is no name of a host",
            Reason::User => "is no name of a user on a host",
            Reason::Dash => "is refused: it would be taken for an option",
            Reason::Port => "has no port from 1 to 65535",
            Reason::Relative => "names no directory on a node: that begins with `/`",
            Reason::Brackets => "has an address without brackets",
            Reason::Url => "has a `%` that two hexadecimal digits do not follow",
            Reason::Nul => "has a NUL byte, which no path has",
            Reason::Ambiguous => "may be a path here, which exists, or a directory on a node",
        };
        write!(f, "`{}` {reason}", Escaped(&self.text))
    }
}

impl std::error::Error for NameError {}

impl ImageError for NameError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        let text = Escaped(&self.text);
        Some(match self.reason {
            Reason::Brackets => {
                "write an IPv6 address as in `[fe80::1%eth0]:/` or `root@[fe80::1]:/`".to_owned()
            }
            Reason::Ambiguous => {
                let url = text.to_string().replacen(':', "", 1);
                format!("write `./{text}` for the path, or `ssh://{url}` for the node")
            }
            _ if self.is_url() => "write it as in `ssh://root@node001:2222/cm/shared`".to_owned(),
            _ => format!(
                "write a node as in `root@node001:/cm/shared`, and a path here that has a colon as `./{text}`"
            ),
        })
    }
}

#[cfg(test)]
mod tests;
