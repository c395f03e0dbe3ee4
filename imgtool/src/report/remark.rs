//! [`Remarks`]: what is to be said about an exclude list.

use std::io;
use std::path::Path;

use libimage::error::show;
use libimage::excludes::Remark;
use serde::Serialize;

use super::{Item, Json, Text};

/// What is to be said about a list.
pub(crate) struct Remarks<'a> {
    pub(crate) file: &'a Path,
    pub(crate) remarks: &'a [Remark],
}

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    matter: &'static str,
    line: Option<usize>,
    message: &'a str,
}

impl Item for Remarks<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let file = show(self.file);
        if self.remarks.is_empty() {
            let word = out.paint.good("nothing to remark");
            return out.line(format_args!("{file}: {word}"));
        }
        out.line(format_args!("{file}:"))?;
        for remark in self.remarks {
            let matter = out.paint.odd(remark.matter.word());
            match remark.line {
                Some(line) => {
                    out.line(format_args!("  line {line}: {matter}: {}", remark.message))?;
                }
                None => out.line(format_args!("  {matter}: {}", remark.message))?,
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for remark in self.remarks {
            out.object(&Object {
                r#type: "remark",
                matter: remark.matter.word(),
                line: remark.line,
                message: &remark.message,
            })?;
        }
        Ok(())
    }
}
