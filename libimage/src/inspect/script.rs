//! What program a script is for.

/// How much of the first line Linux reads (`BINPRM_BUF_SIZE` in
/// `include/uapi/linux/binfmts.h`).
pub(crate) const SCRIPT_BYTES: usize = 256;

/// The program that runs a script, from its first line behind `#!`
/// (`execve(2)`, "Interpreter scripts"); nothing for other files, and for a
/// path longer than Linux reads.
pub(crate) fn interpreter(head: &[u8]) -> Option<&[u8]> {
    let head = &head[..head.len().min(SCRIPT_BYTES)];
    let line = head.strip_prefix(b"#!")?;
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = line.iter().position(|byte| !is_blank(byte))?;
    let line = &line[start..];
    let end = line
        .iter()
        .position(|byte| is_blank(byte) || *byte == b'\n' || *byte == 0);
    let end = match end {
        Some(end) => end,
        None if head.len() < SCRIPT_BYTES => line.len(),
        None => return None,
    };
    (end > 0).then_some(&line[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_the_interpreter() {
        let long = [b"#!/", [b'x'; SCRIPT_BYTES].as_slice()].concat();
        let cases: [(&[u8], Option<&[u8]>); 9] = [
            (b"#!/bin/sh\n", Some(b"/bin/sh")),
            (b"#! \t/usr/bin/env python3\n", Some(b"/usr/bin/env")),
            (b"#!/bin/sh", Some(b"/bin/sh")),
            (b"#!sh -e\n", Some(b"sh")),
            (b"#!\n/bin/sh", None),
            (b"#!", None),
            (b"#", None),
            (b"\x7fELF", None),
            (&long, None),
        ];
        for (head, expected) in cases {
            assert_eq!(interpreter(head), expected, "{head:?}");
        }
    }
}
