//! What `getfattr` on a node writes: extended attributes.
//!
//! `getfattr -h -d -m - -e hex` (getfattr(1)), a block for each file that has
//! any: a line `# file: NAME`, a line `NAME=0xVALUE` each, an empty line. In
//! names newlines, carriage returns, backslashes and, of attributes, `=` stand
//! as a backslash and three octal digits.

use crate::entry::Xattrs;
use crate::path::ImagePath;

/// An attribute: its name and its value.
type Pair = (Box<[u8]>, Box<[u8]>);

/// The attributes of one file, in the making.
#[derive(Debug, Default)]
pub(super) struct Block {
    path: Option<ImagePath>,
    pairs: Vec<Pair>,
    bytes: u64,
}

impl Block {
    /// Takes a line. The file with its attributes comes back at its end.
    pub(super) fn line(
        &mut self,
        line: &[u8],
    ) -> Result<Option<(ImagePath, Xattrs)>, &'static str> {
        if let Some(name) = line.strip_prefix(b"# file: ") {
            if self.path.is_some() {
                return Err("attributes of a file within those of another");
            }
            self.path = Some(path(&unescaped(name)?)?);
            return Ok(None);
        }
        if line.is_empty() {
            let pairs = std::mem::take(&mut self.pairs);
            return Ok(self.path.take().map(|path| (path, Xattrs::new(pairs))));
        }
        if self.path.is_none() {
            return Err("an attribute of no file");
        }
        let equals = line.iter().position(|&byte| byte == b'=');
        let (name, value) = line.split_at(equals.ok_or("an attribute without a value")?);
        let (name, value) = (unescaped(name)?, unhex(value)?);
        if name.is_empty() {
            return Err("an attribute without a name");
        }
        self.bytes += Xattrs::weight(&name, &value);
        self.pairs.push((name.into(), value.into()));
        Ok(None)
    }

    /// Whether a file has begun whose end has not come.
    pub(super) fn is_open(&self) -> bool {
        self.path.is_some()
    }

    /// Bytes of all attributes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// A path as `find .` names it.
pub(super) fn path(name: &[u8]) -> Result<ImagePath, &'static str> {
    if name == b"." {
        return Ok(ImagePath::root());
    }
    let name = name.strip_prefix(b"./").unwrap_or(name);
    let path = ImagePath::new(name).ok().filter(|path| !path.is_root());
    path.ok_or("a name that is no path")
}

fn unescaped(name: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'\\' {
            bytes.push(first);
            continue;
        }
        let (code, behind) = tail.split_at_checked(3).ok_or("an escape is cut off")?;
        let digit = |number: u32, &byte: &u8| {
            let digit = char::from(byte).to_digit(8)?;
            Some(number * 8 + digit)
        };
        let code = code.iter().try_fold(0, digit);
        let byte = code.and_then(|code| u8::try_from(code).ok());
        bytes.push(byte.ok_or("an escape is malformed")?);
        rest = behind;
    }
    Ok(bytes)
}

/// The value behind a name: `=0x` and digits.
fn unhex(value: &[u8]) -> Result<Vec<u8>, &'static str> {
    let digits = value
        .strip_prefix(b"=0x")
        .ok_or("a value is not hexadecimal")?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err("a value is cut off");
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8; 2]| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok();
    let bytes = pairs.iter().map(byte).collect::<Option<_>>();
    bytes.ok_or("a value is not hexadecimal")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All files of a text with their attributes.
    fn read(text: &str) -> Result<Vec<String>, &'static str> {
        let mut block = Block::default();
        let mut files = Vec::new();
        for line in text.split('\n') {
            if let Some((path, xattrs)) = block.line(line.as_bytes())? {
                let pairs: Vec<_> = xattrs
                    .iter()
                    .map(|(name, value)| {
                        format!("{}={}", name.escape_ascii(), value.escape_ascii())
                    })
                    .collect();
                files.push(format!("{path}: {}", pairs.join(" ")));
            }
        }
        assert!(!block.is_open(), "it ends: {text}");
        Ok(files)
    }

    #[test]
    fn attributes_come_back_as_they_are() {
        let text = "# file: .\ntrusted.t=0x71\n\n\
            # file: ./a\\012b\\134c=d\nuser.v=0x6869\nuser.e=0x\n\n\
            # file: -rf\nuser.x\\075y\\134z \\012=0x00ff\n\n";
        assert_eq!(
            read(text),
            Ok(vec![
                ".: trusted.t=q".to_owned(),
                "a\\x0ab\\\\c=d: user.e= user.v=hi".to_owned(),
                "-rf: user.x=y\\\\z \\n=\\x00\\xff".to_owned(),
            ])
        );
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "user.a=0x00\n",
            "# file: a\n# file: b\n",
            "# file: a\nuser.a\n",
            "# file: a\nuser.a=\"x\"\n",
            "# file: a\n=0x00\n",
            "# file: a\nuser.a=0x0\n",
            "# file: a\nuser.a=0x0g\n",
            "# file: a\\01\n",
            "# file: a\\777\n",
            "# file: a\\089\n",
            "# file: /a\n",
            "# file: a/../b\n",
            "# file: \n",
            "# file: ./\n",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn short_attributes_count_for_what_they_take() {
        let mut block = Block::default();
        for line in [
            "# file: a",
            "u=0x",
            "u.long.name.of.32.bytes.altogether=0x00",
        ] {
            block.line(line.as_bytes()).expect("well-formed");
        }
        assert_eq!(block.bytes(), 32 + 35);
    }
}
