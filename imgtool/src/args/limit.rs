//! `--limit NAME=VALUE`: how much an archive may ask for.

use clap::Args;
use libimage::archive::Limits;

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Limits")]
pub(super) struct Raw {
    /// Raise or lower a limit: size, entries, ratio, header, regions, window,
    /// path, depth, names, attributes; a value may end in K, M, G or T (powers of 1024)
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = parse)]
    limits: Vec<(String, u64)>,
}

impl Raw {
    pub(super) fn resolve(self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in self.limits {
            let known = limits.set(&name, value);
            assert!(known, "parsing lets no other names through");
        }
        limits
    }
}

fn parse(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("it has no `=`")?;
    if !Limits::NAMES.contains(&name) {
        let names = Limits::NAMES.join(", ");
        return Err(format!("there is no such limit; there are {names}"));
    }
    let value = number(value).ok_or("the value is not a number such as 20000 or 20G")?;
    Ok((name.to_owned(), value))
}

/// A number, with or without a power of 1024 behind it.
fn number(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'K' => (&text[..text.len() - 1], 10),
        b'M' => (&text[..text.len() - 1], 20),
        b'G' => (&text[..text.len() - 1], 30),
        b'T' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_checked() {
        let cases = [
            ("size=1", Some(("size", 1))),
            ("size=20G", Some(("size", 20 << 30))),
            ("entries=3K", Some(("entries", 3072))),
            ("window=16777215T", Some(("window", 16_777_215 << 40))),
            ("window=16777216T", None),
            ("size", None),
            ("size=", None),
            ("size=G", None),
            ("size=-1", None),
            ("size=+1", None),
            ("size=1g", None),
            ("size=1 G", None),
            ("other=1", None),
            ("=1", None),
        ];
        for (text, expected) in cases {
            let parsed = parse(text).ok();
            let parsed = parsed.as_ref().map(|(name, value)| (&**name, *value));
            assert_eq!(parsed, expected, "{text}");
        }
    }
}
