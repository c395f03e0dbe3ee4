//! [`BcmLists`]: the exclude lists of Base Command Manager.

use std::path::Path;
use std::sync::Arc;

use super::builder::ReadFile;
use super::{Builder, Filter, FilterError, Origin};

/// What stands before a rule of the second list.
const NO_NEW_FILES: &[u8] = b"no-new-files:";

/// An exclude list of a category, as `cmsh` exports it: one line a rule, in
/// rsync's syntax, with one addition. What a plain rule excludes is left as it
/// is on the node, but sent where the node has nothing of that name; what a
/// rule behind `no-new-files: ` excludes is not sent even then.
///
/// It is what two passes of rsync do: one with the rules of the second list and
/// `--ignore-existing`, then one with all rules and `--delete` (BCM
/// Administrator Manual, "Exclude lists").
#[derive(Debug, Default)]
pub struct BcmLists {
    /// All rules, in their order.
    pub all: Filter,
    /// Those behind `no-new-files: ` alone.
    pub no_new_files: Filter,
}

impl BcmLists {
    /// Reads the text of a list; `file` is what messages call it.
    ///
    /// # Errors
    ///
    /// A [`FilterError`] for the first line that is no rule.
    pub fn parse(text: &[u8], file: &Path, read: &mut ReadFile<'_>) -> Result<Self, FilterError> {
        let file: Arc<Path> = file.into();
        let mut all = Builder::new();
        let mut no_new_files = Builder::new();
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_start();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let origin = Origin::File {
                path: file.clone(),
                line: number + 1,
            };
            match line.strip_prefix(NO_NEW_FILES) {
                Some(rule) => {
                    let rule = rule.trim_ascii_start();
                    all.rule(rule, &origin, read)?;
                    no_new_files.rule(rule, &origin, read)?;
                }
                None => all.rule(line, &origin, read)?,
            }
        }
        Ok(Self {
            all: all.build(),
            no_new_files: no_new_files.build(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Side;
    use crate::path::ImagePath;

    fn lists(text: &str) -> Result<BcmLists, FilterError> {
        BcmLists::parse(text.as_bytes(), Path::new("update"), &mut |_| {
            unreachable!("no file is merged")
        })
    }

    #[test]
    fn rules_of_both_lists_keep_their_order() {
        let lists = lists("# x\n- /a\r\n\n  no-new-files: - /b\nno-new-files:- /c\n+ /d\n- /d\n");
        let lists = lists.expect("rules");
        let shown = |filter: &Filter| {
            let rules = filter.rules().iter().map(ToString::to_string);
            rules.collect::<Vec<_>>()
        };
        assert_eq!(shown(&lists.all), ["- /a", "- /b", "- /c", "+ /d", "- /d"]);
        assert_eq!(shown(&lists.no_new_files), ["- /b", "- /c"]);
        let path = ImagePath::new(*b"c").expect("valid");
        let decision = lists.all.decide(Side::Sender, &path, false);
        let rule = decision.rule().expect("one matches");
        assert_eq!(rule.origin.to_string(), "`update` line 5");
    }

    #[test]
    fn what_is_no_rule_is_told_with_its_line() {
        for (text, expected) in [
            (
                "- a\nno-new-file: - b",
                "`update` line 2: the rule `no-new-file: - b`",
            ),
            ("/proc/*", "`update` line 1: the rule `/proc/*`"),
        ] {
            let error = lists(text).map(|_| ()).expect_err(text);
            assert!(error.to_string().starts_with(expected), "{text}: {error}");
        }
        assert!(lists(" \n\n").expect("rules").all.is_empty());
    }
}
