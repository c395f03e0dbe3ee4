//! [`Remedies`]: what to do about trees that are wrong.

use std::io;

use libimage::inspect::ImageKind;
use libimage::rules::Remedy;
use serde::Serialize;

use super::{Item, Json, Text};

/// What to do, a tree each.
pub(crate) struct Remedies<'a>(pub(crate) &'a [Remedy]);

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    tree: &'a str,
    kind: Option<&'static str>,
    because: &'a [String],
    options: &'a [String],
    stays: &'a [String],
}

/// The path in a label, if a shell takes it as it is.
fn path(label: &str) -> &str {
    let path = label.trim_matches('`');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,@:".contains(&byte);
    if path.bytes().all(is_plain) {
        path
    } else {
        "TREE"
    }
}

impl Item for Remedies<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        for remedy in self.0 {
            let kind = remedy.kind.map_or("tree", ImageKind::word);
            let label = &remedy.label;
            out.line(format_args!("to mend the {kind} {label}:"))?;
            let options = remedy.options.join(" ");
            out.line(format_args!(
                "  take the archive that was built for its cluster, and replace it alone:"
            ))?;
            out.line(format_args!(
                "    imgtool import ARCHIVE --into {} --replace {options}",
                path(label)
            ))?;
            out.line(format_args!(
                "  nothing is replaced if the archive is wrong too; where the cluster manager has \
                 the tree as an object, remove and create that object alone"
            ))?;
            if !remedy.stays.is_empty() {
                let stays = remedy.stays.join(", ");
                out.line(format_args!("  as they are stay: {stays}"))?;
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for remedy in self.0 {
            out.object(&Object {
                r#type: "remedy",
                tree: &remedy.label,
                kind: remedy.kind.map(ImageKind::word),
                because: &remedy.because,
                options: &remedy.options,
                stays: &remedy.stays,
            })?;
        }
        Ok(())
    }
}
