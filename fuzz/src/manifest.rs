//! Manifests and listings with the digests that they need to be read at all.

use libimage::digest::Hasher;

const FIRST_LINES: [&[u8]; 2] = [b"imgtool-manifest 1\n", b"imgtool-listing 1\n"];

/// A manifest of the entry lines in `text`, whatever they hold, or a listing if it
/// begins as one: its first and its last line made anew, by
/// `docs/manifest-format.md`.
pub fn seal(text: &[u8]) -> Vec<u8> {
    let mut known = FIRST_LINES.into_iter();
    let first = known.find(|first| text.starts_with(first));
    let lines = &text[first.map_or(0, <[u8]>::len)..];
    let lines: Vec<&[u8]> = lines
        .split_inclusive(|&byte| byte == b'\n')
        .take_while(|line| !line.starts_with(b"end "))
        .collect();
    let body = lines.concat();
    let mut tree = Hasher::new();
    tree.update(&body);
    let mut sealed = [first.unwrap_or(FIRST_LINES[0]), &body].concat();
    sealed.extend(format!("end {} {} ", lines.len(), tree.finish()).bytes());
    let mut whole = Hasher::new();
    whole.update(&sealed);
    sealed.extend(format!("{}\n", whole.finish()).bytes());
    sealed
}
