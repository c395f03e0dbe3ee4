//! [`Keywords`]: what a line of an mtree file says.

use std::sync::Arc;

use super::vis;
use crate::digest::Sha256;
use crate::entry::{DeviceNumber, Timestamp};

/// What the `type` keyword says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Directory,
    File,
    Link,
    Char,
    Block,
    Fifo,
    Socket,
}

/// The words of `type`, as mtree(5) has them.
pub(super) const TYPES: [(&str, Type); 7] = [
    ("dir", Type::Directory),
    ("file", Type::File),
    ("link", Type::Link),
    ("char", Type::Char),
    ("block", Type::Block),
    ("fifo", Type::Fifo),
    ("socket", Type::Socket),
];

/// What is known of an entry. Keywords that say nothing about what imgtool
/// compares are passed over.
#[derive(Clone, Debug, Default)]
pub(super) struct Keywords {
    pub(super) kind: Option<Type>,
    pub(super) mode: Option<u16>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) time: Option<Timestamp>,
    pub(super) size: Option<u64>,
    pub(super) target: Option<Arc<[u8]>>,
    pub(super) device: Option<DeviceNumber>,
    pub(super) sha256: Option<Sha256>,
    pub(super) inode: Option<u64>,
    /// The device that the inode is on, as it is written.
    pub(super) volume: Option<Arc<[u8]>>,
    /// What is in the directory is not listed.
    pub(super) is_closed: bool,
}

/// Longest device accepted, in bytes: a word and two or three numbers.
const LONGEST_DEVICE: usize = 64;

impl Keywords {
    /// Takes in `keyword=value` words, and words alone.
    pub(super) fn take(&mut self, words: &[u8]) -> Result<(), &'static str> {
        for word in words.split(u8::is_ascii_whitespace) {
            let mut halves = word.splitn(2, |&byte| byte == b'=');
            match (halves.next().unwrap_or_default(), halves.next()) {
                (name, Some(value)) => self.set(name, value)?,
                (b"ignore", None) => self.is_closed = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), &'static str> {
        let text = || std::str::from_utf8(value).ok();
        match name {
            b"type" => {
                let known = TYPES.iter().find(|(word, _)| word.as_bytes() == value);
                self.kind = Some(known.ok_or("`type` is none that is known")?.1);
            }
            b"mode" => {
                let mode = text().and_then(|text| u16::from_str_radix(text, 8).ok());
                let mode = mode.filter(|mode| *mode <= 0o7777);
                self.mode = Some(mode.ok_or("`mode` is not octal")?);
            }
            b"uid" => self.uid = Some(number(value).ok_or("`uid` is not a number")?),
            b"gid" => self.gid = Some(number(value).ok_or("`gid` is not a number")?),
            b"size" => self.size = Some(number(value).ok_or("`size` is not a number")?),
            b"time" => self.time = Some(time(value).ok_or("`time` is not a time")?),
            b"link" => {
                let target = vis::decode(value).ok_or("`link` has a broken escape")?;
                self.target = Some(target.into());
            }
            b"device" => {
                self.device = Some(device(value).ok_or("`device` is not a device number")?);
            }
            b"sha256" | b"sha256digest" => {
                let digest = text().and_then(|text| text.to_ascii_lowercase().parse().ok());
                self.sha256 = Some(digest.ok_or("`sha256` is not 64 hexadecimal digits")?);
            }
            b"inode" => self.inode = Some(number(value).ok_or("`inode` is not a number")?),
            b"resdevice" if value.len() > LONGEST_DEVICE => {
                return Err("`resdevice` is not a device number");
            }
            b"resdevice" => self.volume = Some(value.into()),
            _ => {}
        }
        Ok(())
    }

    /// Forgets what `/unset` names.
    pub(super) fn unset(&mut self, words: &[u8]) {
        for name in words.split(u8::is_ascii_whitespace) {
            match name {
                b"all" => *self = Self::default(),
                b"type" => self.kind = None,
                b"mode" => self.mode = None,
                b"uid" => self.uid = None,
                b"gid" => self.gid = None,
                b"size" => self.size = None,
                b"time" => self.time = None,
                b"link" => self.target = None,
                b"device" => self.device = None,
                b"sha256" | b"sha256digest" => self.sha256 = None,
                b"inode" => self.inode = None,
                b"resdevice" => self.volume = None,
                b"ignore" => self.is_closed = false,
                _ => {}
            }
        }
    }
}

fn number<N: std::str::FromStr>(text: &[u8]) -> Option<N> {
    let is_digits = text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text)
        .ok()
        .filter(|_| is_digits)?
        .parse()
        .ok()
}

/// Seconds, then a point and a whole number of nanoseconds: `.5` are five of
/// them to both mtree and libarchive.
fn time(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let (seconds, nanoseconds) = text.split_once('.').unwrap_or((text, "0"));
    Some(Timestamp {
        seconds: seconds.parse().ok()?,
        nanoseconds: number(nanoseconds.as_bytes())
            .filter(|&nanoseconds| nanoseconds < 1_000_000_000)?,
    })
}

/// `FORMAT,MAJOR,MINOR`, or one number as Linux packs it.
fn device(text: &[u8]) -> Option<DeviceNumber> {
    let mut parts = text.split(|&byte| byte == b',');
    let first = parts.next()?;
    let Some(major) = parts.next() else {
        let text = std::str::from_utf8(first).ok()?;
        let packed = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok()?,
            None => text.parse().ok()?,
        };
        // makedev(3) of glibc.
        let low = |value: u64| u32::try_from(value & 0xffff_ffff).expect("masked");
        return Some(DeviceNumber {
            major: low(packed >> 8 & 0xfff | packed >> 32 & 0xffff_f000),
            minor: low(packed & 0xff | packed >> 12 & 0xffff_ff00),
        });
    };
    let minor = number(parts.next()?)?;
    if parts.next().is_some() {
        return None;
    }
    Some(DeviceNumber {
        major: number(major)?,
        minor,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_devices() {
        for (text, expected) in [
            ("0", Some((0, 0))),
            ("1577836800.5", Some((1_577_836_800, 5))),
            ("-2.500000000", Some((-2, 500_000_000))),
            ("7.000000005", Some((7, 5))),
            ("7.", None),
            ("7.1000000000", None),
            ("7.+1", None),
            ("x", None),
        ] {
            let found = time(text.as_bytes()).map(|time| (time.seconds, time.nanoseconds));
            assert_eq!(found, expected, "{text}");
        }
        for (text, expected) in [
            ("native,8,1", Some((8, 1))),
            ("linux,259,70000", Some((259, 70000))),
            ("0x801", Some((8, 1))),
            ("2049", Some((8, 1))),
            ("0x1000000810301", Some((0x1_0103, 0x801))),
            ("native,8", None),
            ("netbsd,8,1,2", None),
            ("", None),
        ] {
            let found = device(text.as_bytes()).map(|device| (device.major, device.minor));
            assert_eq!(found, expected, "{text}");
        }
    }
}
