//! Plans with the digest that they need to be read at all.

use libimage::digest::Digest;
use libimage::plan::Deed;

/// A plan of the lines in `text`, whatever they hold: its last line made anew, by
/// `docs/plan-format.md`.
pub fn seal(text: &[u8]) -> Vec<u8> {
    let words = Deed::ALL.map(|deed| format!("{} ", deed.word()));
    let is_step = |line: &&[u8]| words.iter().any(|word| line.starts_with(word.as_bytes()));
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    let lines: Vec<&[u8]> = lines.take_while(|line| !line.starts_with(b"end ")).collect();
    let steps = lines.iter().copied().filter(|line| is_step(line)).count();
    let mut sealed = lines.concat();
    sealed.extend(format!("end {steps} ").bytes());
    let digest = Digest::of(&sealed);
    sealed.extend(format!("{digest}\n").bytes());
    sealed
}
