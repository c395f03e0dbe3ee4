//! [`Patched`]: what changes in the text of a file.

use std::io;

use libimage::diff::Change;
use libimage::escape::Escaped;
use libimage::patch::Patch;
use serde::Serialize;

use super::name::Name;
use super::{Item, Json, Text};

/// What changes in the text of a file.
pub(crate) struct Patched<'a> {
    pub(crate) change: &'a Change,
    pub(crate) patch: &'a Patch,
    /// Whether the text goes to a terminal, which must not obey it.
    pub(crate) to_terminal: bool,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    text: Option<String>,
    /// In hexadecimal, for a text that is no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    text_bytes: Option<String>,
    reason: Option<&'static str>,
}

impl Item for Patched<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let path = &self.change.path;
        let Patch::Text(text) = self.patch else {
            // To patch(1) a line like any other that is no patch.
            return match self.patch.reason() {
                Some(reason) => out.line(format_args!("{path}: {reason}")),
                None => Ok(()),
            };
        };
        if !self.to_terminal {
            return out.out.write_all(text);
        }
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            // What is indented with tabs is to be read.
            let parts: Vec<_> = line.split(|&byte| byte == b'\t').collect();
            let shown: Vec<_> = parts.iter().map(|part| Escaped(part).to_string()).collect();
            let shown = shown.join("\t");
            match line.first() {
                // That a line has no end; none of a file begins so here.
                Some(b'\\') => out.line(String::from_utf8_lossy(line))?,
                Some(b'+') => out.line(out.paint.good(shown))?,
                Some(b'-') => out.line(out.paint.bad(shown))?,
                Some(b'@') => out.line(out.paint.hint(shown))?,
                _ => out.line(shown)?,
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let text = match self.patch {
            Patch::Text(text) => Some(Name::from(&**text)),
            _ => None,
        };
        let (text, text_bytes) = text.map(|text| (text.path, text.path_bytes)).unzip();
        out.object(&Object {
            r#type: "patch",
            name: (&self.change.path).into(),
            text,
            text_bytes: text_bytes.flatten(),
            reason: self.patch.reason(),
        })
    }
}
