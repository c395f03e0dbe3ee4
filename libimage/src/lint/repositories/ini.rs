//! The files of yum, dnf and zypper, as dnf.conf(5) and zypper(8) have them.

use super::apt::TooMany;
use super::target::{MOST_TARGETS, Target};
use crate::path::ImagePath;

/// One target a section that is switched on: `[id]`, `baseurl=`, `enabled=`.
pub(super) fn sections(
    file: &ImagePath,
    text: &[u8],
    into: &mut Vec<Target>,
) -> Result<(), TooMany> {
    let mut section: Option<Target> = None;
    let mut is_on = true;
    for line in text.split(|byte| *byte == b'\n').chain([&b"[]"[..]]) {
        let line = line.trim_ascii();
        if let Some(name) = line
            .strip_prefix(b"[")
            .and_then(|rest| rest.strip_suffix(b"]"))
        {
            if let Some(done) = section.take().filter(|_| is_on) {
                if into.len() == MOST_TARGETS {
                    return Err(TooMany);
                }
                into.push(done);
            }
            is_on = true;
            section = Some(Target {
                file: file.clone(),
                form: b"rpm"[..].into(),
                uri: b""[..].into(),
                suite: b""[..].into(),
                component: name.into(),
                signed_by: None,
            });
            continue;
        }
        let Some(section) = &mut section else {
            continue;
        };
        let Some(equals) = line.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let (key, value) = (line[..equals].trim_ascii(), line[equals + 1..].trim_ascii());
        match key {
            b"baseurl" | b"mirrorlist" | b"metalink" => {
                let first = value.split(u8::is_ascii_whitespace).next();
                let first = first.unwrap_or_default();
                section.uri = first.strip_suffix(b"/").unwrap_or(first).into();
            }
            b"enabled" => {
                is_on = ![&b"0"[..], b"no", b"false", b"off"]
                    .iter()
                    .any(|word| value.eq_ignore_ascii_case(word));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_that_are_on_are_targets() {
        let text = b"x=y\n[one]\nname=One\nbaseurl = http://x/1/ http://y\nenabled=1\n\
                     # baseurl=http://no\n[two]\nenabled=0\nbaseurl=http://x/2\n\n\
                     [three]\nmirrorlist=http://x/3\n[broken\nbaseurl=http://x/4\n";
        let file = ImagePath::new(&b"etc/yum.repos.d/x.repo"[..]).expect("valid");
        let mut targets = Vec::new();
        sections(&file, text, &mut targets).expect("few");
        let shown: Vec<_> = targets
            .iter()
            .map(|target| {
                [&target.component, &target.uri].map(|word| String::from_utf8_lossy(word))
            })
            .collect();
        assert_eq!(shown, [["one", "http://x/1"], ["three", "http://x/4"]]);
    }
}
