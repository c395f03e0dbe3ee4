//! [`Fields`]: what a node writes, field by field.

use std::io::{self, BufRead, Read as _};

use super::error::Fault;

/// Reads fields that each end in a NUL. The bytes come from a machine that may
/// be broken or hostile: nothing is read past a bound.
pub(super) struct Fields<R> {
    input: R,
}

/// What ended a line of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Line,
    Text,
}

impl<R: BufRead> Fields<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input }
    }

    /// Passes over all up to a line, of `most` bytes at most.
    pub(super) fn skip_to(&mut self, line: &[u8], most: u64) -> Result<(), Fault> {
        let mut left = most;
        let mut read = Vec::new();
        loop {
            read.clear();
            let length = (&mut self.input).take(left).read_until(b'\n', &mut read)?;
            if length == 0 {
                return Err(match left {
                    0 => Fault::Malformed("it does not begin as the script does"),
                    _ => Fault::Ended,
                });
            }
            if read.strip_suffix(b"\n") == Some(line) {
                return Ok(());
            }
            left -= length as u64;
        }
    }

    /// A field without its NUL, of `most` bytes at most.
    pub(super) fn field(&mut self, most: usize) -> Result<Vec<u8>, Fault> {
        let mut field = Vec::new();
        let bound = most as u64 + 1;
        (&mut self.input).take(bound).read_until(0, &mut field)?;
        match field.pop() {
            Some(0) => Ok(field),
            Some(_) if field.len() == most => Err(Fault::Malformed("a field is too long")),
            _ => Err(Fault::Ended),
        }
    }

    /// A line of a text that ends in a NUL, into `line`; its end is not part of
    /// it. What follows the last newline is a line too, mostly an empty one.
    pub(super) fn line(&mut self, line: &mut Vec<u8>, most: usize) -> Result<End, Fault> {
        line.clear();
        loop {
            let ready = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                ready => ready?,
            };
            if ready.is_empty() {
                return Err(Fault::Ended);
            }
            let end = ready.iter().position(|byte| matches!(byte, b'\n' | 0));
            let taken = end.unwrap_or(ready.len());
            line.extend_from_slice(&ready[..taken]);
            let found = end.map(|end| ready[end]);
            self.input.consume(taken + usize::from(end.is_some()));
            if line.len() > most {
                return Err(Fault::Malformed("a line is too long"));
            }
            match found {
                None => {}
                Some(0) => return Ok(End::Text),
                Some(_) => return Ok(End::Line),
            }
        }
    }

    /// The first bytes of what follows, some at least; they stay.
    pub(super) fn peek(&mut self) -> Result<&[u8], Fault> {
        let ready = self.input.fill_buf()?;
        if ready.is_empty() {
            return Err(Fault::Ended);
        }
        Ok(ready)
    }

    /// Sees that nothing follows.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        if self.input.fill_buf()?.is_empty() {
            Ok(())
        } else {
            Err(Fault::Malformed("something follows its end"))
        }
    }

    /// The same, where that it ends here says what is wrong.
    pub(super) fn at_its_end(&mut self, fault: Fault) -> Fault {
        self.finish().err().unwrap_or(fault)
    }

    /// What follows, for who reads it otherwise.
    pub(super) fn rest(&mut self) -> &mut R {
        &mut self.input
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_lines_end_where_they_end() {
        let bytes = b"login\nnoise\nMARK\none\0two\nlines\0last\n";
        // However the bytes come.
        for space in 1..bytes.len() {
            let input = io::BufReader::with_capacity(space, &bytes[..]);
            let mut fields = Fields::new(input);
            fields.skip_to(b"MARK", 100).expect("it is there");
            assert_eq!(fields.field(3).expect("short enough"), b"one");
            let mut line = Vec::new();
            assert_eq!(fields.line(&mut line, 3).expect("short"), End::Line);
            assert_eq!(line, b"two");
            assert_eq!(fields.line(&mut line, 5).expect("short"), End::Text);
            assert_eq!(line, b"lines");
            assert!(matches!(fields.finish(), Err(Fault::Malformed(_))));
            assert!(matches!(fields.field(100), Err(Fault::Ended)));
            assert!(fields.finish().is_ok());
        }
    }

    #[test]
    fn what_never_ends_is_refused() {
        let endless = || Fields::new(io::BufReader::new(io::repeat(b'x')));
        assert!(matches!(
            endless().skip_to(b"MARK", 1000),
            Err(Fault::Malformed(_))
        ));
        assert!(matches!(endless().field(1000), Err(Fault::Malformed(_))));
        let line = endless().line(&mut Vec::new(), 1000);
        assert!(matches!(line, Err(Fault::Malformed(_))));
        assert!(matches!(
            Fields::new(&b"wxyz"[..]).field(3),
            Err(Fault::Malformed(_))
        ));
        assert!(matches!(
            Fields::new(&b"xy"[..]).field(3),
            Err(Fault::Ended)
        ));
        assert!(matches!(
            Fields::new(&b""[..]).skip_to(b"x", 9),
            Err(Fault::Ended)
        ));
    }
}
