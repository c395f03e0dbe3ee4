//! Manifests with the digests that they need to be read at all.

use libimage::digest::Hasher;

const FIRST_LINE: &[u8] = b"imgtool-manifest 1\n";

/// A manifest of the entry lines in `text`, whatever they hold: its first and
/// its last line made anew, by `docs/manifest-format.md`.
pub fn seal(text: &[u8]) -> Vec<u8> {
    let lines = text.strip_prefix(FIRST_LINE).unwrap_or(text);
    let lines: Vec<&[u8]> = lines
        .split_inclusive(|&byte| byte == b'\n')
        .take_while(|line| !line.starts_with(b"end "))
        .collect();
    let body = lines.concat();
    let mut tree = Hasher::new();
    tree.update(&body);
    let mut sealed = [FIRST_LINE, &body].concat();
    sealed.extend(format!("end {} {} ", lines.len(), tree.finish()).bytes());
    let mut whole = Hasher::new();
    whole.update(&sealed);
    sealed.extend(format!("{}\n", whole.finish()).bytes());
    sealed
}
