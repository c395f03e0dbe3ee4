//! [`Series`]: a release of BCM, `11.0`.

use std::fmt;
use std::str::FromStr;

/// A release of BCM by which its packages and repositories are named.
///
/// Releases before 11 have a digit behind the point (`9.2`, `10.0`), and
/// packages keep that form (`cm11.0`); updates are numbered apart (`11.30.0`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series {
    /// The number before the point.
    pub major: u8,
    /// The digit behind it.
    pub minor: u8,
}

/// The text is no such release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesError;

impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a BCM release is two numbers, such as 11.0")
    }
}

impl std::error::Error for SeriesError {}

impl FromStr for Series {
    type Err = SeriesError;

    /// Takes `11.0` and, for `11.0`, `11`.
    fn from_str(text: &str) -> Result<Self, SeriesError> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        let number = |text: &str, most: usize| {
            let plain = (1..=most).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && (text.len() == 1 || !text.starts_with('0'));
            plain.then(|| text.parse().ok()).flatten()
        };
        match (number(major, 2), number(minor, 1)) {
            (Some(major), Some(minor)) if major > 0 => Ok(Self { major, minor }),
            _ => Err(SeriesError),
        }
    }
}

/// Shows `11.0`.
impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_releases_are_taken() {
        let eleven = Series {
            major: 11,
            minor: 0,
        };
        for text in ["11", "11.0"] {
            assert_eq!(text.parse(), Ok(eleven), "{text}");
        }
        assert_eq!(eleven.to_string(), "11.0");
        assert!("9.2".parse::<Series>().expect("valid") < eleven);
        for wrong in [
            "", "11.", ".0", "11.30", "11.0.0", "011", "0.1", "+1.0", "cm11.0", "110",
        ] {
            assert_eq!(wrong.parse::<Series>(), Err(SeriesError), "{wrong}");
        }
    }
}
