//! How names stand in mtree files: the encoding of vis(3).

/// Adds some bytes as every reader takes them: all but letters, digits and a few
/// signs as a backslash and three octal digits.
///
/// Blanks and `#` would end a name, and NetBSD's mtree takes `*`, `?` and `[`
/// for patterns.
pub(super) fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        let is_plain = byte.is_ascii_graphic()
            && !matches!(
                byte,
                b'\\' | b'#' | b'=' | b'*' | b'?' | b'[' | b'"' | b'\''
            );
        if is_plain {
            out.push(byte);
        } else {
            let digit = |shift: u8| b'0' + (byte >> shift & 7);
            out.extend([b'\\', digit(6), digit(3), digit(0)]);
        }
    }
}

/// The bytes that a text stands for; nothing if it ends in the middle of a
/// sequence or has one that there is not.
///
/// All sequences of vis(3) are known: octal numbers, C's letters, `\s` for a
/// blank, `\^C` for controls, `\M-C` and `\M^C` for bytes with the highest bit.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (byte, behind) = sequence(rest)?;
        out.extend(byte);
        rest = behind;
    }
    Some(out)
}

/// What stands behind a backslash, and what follows it. `\$` stands for nothing.
fn sequence(text: &[u8]) -> Option<(Option<u8>, &[u8])> {
    if let [
        one @ b'0'..=b'3',
        two @ b'0'..=b'7',
        three @ b'0'..=b'7',
        rest @ ..,
    ] = text
    {
        let value = (one - b'0') << 6 | (two - b'0') << 3 | (three - b'0');
        return Some((Some(value), rest));
    }
    let (byte, rest): (_, &[u8]) = match text {
        [b'M', b'-', letter, rest @ ..] => (letter | 0x80, rest),
        [b'M', b'^', letter, rest @ ..] => (control(*letter)? | 0x80, rest),
        [b'^', letter, rest @ ..] => (control(*letter)?, rest),
        [b'$', rest @ ..] => return Some((None, rest)),
        [letter, rest @ ..] => (plain(*letter)?, rest),
        [] => return None,
    };
    Some((Some(byte), rest))
}

fn control(letter: u8) -> Option<u8> {
    match letter {
        b'?' => Some(0x7f),
        b'@'..=b'_' | b'a'..=b'z' => Some(letter & 0x1f),
        _ => None,
    }
}

fn plain(letter: u8) -> Option<u8> {
    Some(match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        b's' => b' ',
        b'E' => 0x1b,
        b'0' => 0,
        b'^' => return None,
        _ if letter.is_ascii_alphanumeric() => return None,
        _ => letter,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let mut text = Vec::new();
        encode(&all, &mut text);
        assert!(text.iter().all(u8::is_ascii_graphic));
        assert_eq!(decode(&text), Some(all));
    }

    #[test]
    fn all_sequences_of_vis_are_known() {
        for (text, bytes) in [
            (r"a\sb", &b"a b"[..]),
            (r"n\nl\#=\\\M^?", b"n\nl#=\\\xff"),
            (r"\M-a\M^A\^A\^?\^[", b"\xe1\x81\x01\x7f\x1b"),
            (r"\0\040\377\$x", b"\0 \xffx"),
            (r"\a\b\t\v\f\r\E", b"\x07\x08\t\x0b\x0c\r\x1b"),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes), "{text}");
        }
        for text in [r"\", r"\q", r"\M", r"\M-", r"\M^!", r"\^", r"\400"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
