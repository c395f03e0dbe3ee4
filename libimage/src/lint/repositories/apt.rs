//! The two forms of apt's lists, as sources.list(5) has them.

use std::sync::Arc;

use super::target::{MOST_TARGETS, Target};
use crate::path::ImagePath;

/// More targets than are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// The one-line form: `deb [signed-by=/x.gpg] http://x stable main`.
pub(super) fn lines(file: &ImagePath, text: &[u8], into: &mut Vec<Target>) -> Result<(), TooMany> {
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
        let (before, options, after) = split_options(line);
        let mut words = words(before).chain(words(after));
        let Some(form @ (b"deb" | b"deb-src")) = words.next() else {
            continue;
        };
        let (Some(uri), Some(suite)) = (words.next(), words.next()) else {
            continue;
        };
        let signed_by = self::words(options)
            .find_map(|option| option.strip_prefix(b"signed-by="))
            .map(Into::into);
        let components: Vec<_> = words.collect();
        let stanza = Stanza {
            forms: vec![form],
            uris: vec![uri],
            suites: vec![suite],
            components,
            signed_by,
        };
        stanza.add_to(into, file)?;
    }
    Ok(())
}

/// What stands before, in and behind the brackets of a line.
fn split_options(line: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let at = |wanted: u8, line: &[u8]| line.iter().position(|byte| *byte == wanted);
    // A cdrom's address has brackets as well, behind the first ones.
    let is_option = |open: usize| words(&line[..open]).count() == 1;
    match at(b'[', line).filter(|open| is_option(*open)) {
        Some(open) => {
            let rest = &line[open + 1..];
            match at(b']', rest) {
                Some(close) => (&line[..open], &rest[..close], &rest[close + 1..]),
                None => (&line[..open], rest, b""),
            }
        }
        None => (line, b"", b""),
    }
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

/// The form of stanzas, as deb822(5) has them: `Types:`, `URIs:`, `Suites:`,
/// `Components:`, `Signed-By:`, `Enabled:`.
pub(super) fn stanzas(
    file: &ImagePath,
    text: &[u8],
    into: &mut Vec<Target>,
) -> Result<(), TooMany> {
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for line in text.split(|byte| *byte == b'\n').chain([&b""[..]]) {
        if line.starts_with(b"#") {
            continue;
        }
        if line.trim_ascii().is_empty() {
            Stanza::of(&fields).map_or(Ok(()), |stanza| stanza.add_to(into, file))?;
            fields.clear();
        } else if line[0].is_ascii_whitespace() {
            if let Some((_, value)) = fields.last_mut() {
                value.push(b'\n');
                value.extend_from_slice(line.trim_ascii());
            }
        } else if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            let name = line[..colon].to_ascii_lowercase();
            fields.push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
    }
    Ok(())
}

/// What one entry names: every combination of it is a target.
struct Stanza<'a> {
    forms: Vec<&'a [u8]>,
    uris: Vec<&'a [u8]>,
    suites: Vec<&'a [u8]>,
    components: Vec<&'a [u8]>,
    signed_by: Option<Arc<[u8]>>,
}

impl<'a> Stanza<'a> {
    /// Nothing for one that is switched off.
    fn of(fields: &'a [(Vec<u8>, Vec<u8>)]) -> Option<Self> {
        let field = |wanted: &[u8]| {
            let found = fields.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_slice())
        };
        let list = |name: &[u8]| words(field(name).unwrap_or_default()).collect();
        let off = field(b"enabled").is_some_and(|value| {
            [&b"no"[..], b"false", b"0", b"off", b"without", b"disable"]
                .iter()
                .any(|word| value.eq_ignore_ascii_case(word))
        });
        (!off).then(|| Self {
            forms: list(b"types"),
            uris: list(b"uris"),
            suites: list(b"suites"),
            components: list(b"components"),
            signed_by: field(b"signed-by").map(Into::into),
        })
    }

    fn add_to(mut self, into: &mut Vec<Target>, file: &ImagePath) -> Result<(), TooMany> {
        // A suite that ends in a slash is a directory and has no components.
        if self.components.is_empty() {
            self.components.push(b"");
        }
        let shared = |words: &[&[u8]]| -> Vec<Arc<[u8]>> {
            let words = words.iter().take(MOST_TARGETS + 1);
            words.map(|word| Arc::from(*word)).collect()
        };
        let uris: Vec<_> = self
            .uris
            .iter()
            .map(|uri| uri.strip_suffix(b"/").unwrap_or(uri))
            .collect();
        let (uris, suites, components) = (
            shared(&uris),
            shared(&self.suites),
            shared(&self.components),
        );
        for form in shared(&self.forms) {
            for uri in &uris {
                for suite in &suites {
                    for component in &components {
                        if into.len() == MOST_TARGETS {
                            return Err(TooMany);
                        }
                        into.push(Target {
                            file: file.clone(),
                            form: form.clone(),
                            uri: uri.clone(),
                            suite: suite.clone(),
                            component: component.clone(),
                            signed_by: self.signed_by.clone(),
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Targets as `form uri suite component key`.
    fn shown(targets: &[Target]) -> Vec<String> {
        targets
            .iter()
            .map(|target| {
                let words = [
                    &target.form,
                    &target.uri,
                    &target.suite,
                    &target.component,
                    target.signed_by.as_ref().unwrap_or(&target.form),
                ];
                words
                    .map(|word| String::from_utf8_lossy(word).into_owned())
                    .join(" ")
            })
            .collect()
    }

    type Parse = fn(&ImagePath, &[u8], &mut Vec<Target>) -> Result<(), TooMany>;

    #[test]
    fn lists_are_read_in_both_forms() {
        let cases: &[(Parse, &str, &[&str])] = &[
            (lines, "", &[]),
            (lines, "# deb http://x s main", &[]),
            (
                lines,
                "deb http://x/ s main universe # deb http://y s main\n",
                &["deb http://x s main deb", "deb http://x s universe deb"],
            ),
            (
                lines,
                "deb-src [arch=amd64 signed-by=/k.gpg] http://x s main",
                &["deb-src http://x s main /k.gpg"],
            ),
            (lines, "deb [signed-by=/k.gpg http://x s main", &[]),
            (lines, "deb http://x", &[]),
            (lines, "rpm http://x s main", &[]),
            (lines, "deb http://x ./", &["deb http://x ./  deb"]),
            (
                lines,
                "deb cdrom:[Ubuntu-Server]/ noble main",
                &["deb cdrom:[Ubuntu-Server] noble main deb"],
            ),
            (
                stanzas,
                "Types: deb deb-src\nURIs: http://x\nSuites: s\n t\nComponents: main\nSigned-By: /k\n",
                &[
                    "deb http://x s main /k",
                    "deb http://x t main /k",
                    "deb-src http://x s main /k",
                    "deb-src http://x t main /k",
                ],
            ),
            (
                stanzas,
                "Enabled: no\nTypes: deb\nURIs: http://x\nSuites: s\n\ntypes: deb\n# URIs: http://z\nuris: http://y\nsuites: ./\n",
                &["deb http://y ./  deb"],
            ),
            (stanzas, " \n:\nno colon\n x\n", &[]),
        ];
        let file = ImagePath::new(&b"etc/apt/sources.list"[..]).expect("valid");
        for (parse, text, expected) in cases {
            let mut targets = Vec::new();
            parse(&file, text.as_bytes(), &mut targets).expect("few");
            assert_eq!(shown(&targets), *expected, "{text}");
        }
    }

    #[test]
    fn a_small_file_makes_no_large_list() {
        let many = (0..100).fold(String::new(), |text, number| text + &format!(" w{number}"));
        let text = format!("Types: deb\nURIs:{many}\nSuites:{many}\nComponents:{many}\n");
        let file = ImagePath::new(&b"x"[..]).expect("valid");
        let mut targets = Vec::new();
        let answer = stanzas(&file, text.as_bytes(), &mut targets);
        assert_eq!(answer, Err(TooMany));
        assert_eq!(targets.len(), MOST_TARGETS);
    }
}
