//! The script that a node runs.
//!
//! It is the standard input of a POSIX `sh` there, so it does not matter which
//! shell the user has and how that one quotes. All of it is one function, which
//! is called in its last line: cut off, it does nothing.

use super::pruning::{Area, Place, Pruning};
use crate::escape::shell_word;
use crate::path::ImagePath;

/// What is run on the node.
pub(super) const COMMAND: &str = "sh";

/// The line with which both outputs of the script begin.
pub(super) const MARK: &[u8] = b"imgtool-node 1";

/// What is the same for all nodes.
const BODY: &[u8] = include_bytes!("node.sh");

/// What is asked of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    /// The directory, as an absolute path.
    pub(super) root: &'a [u8],
    /// Whether digests of content are asked for.
    pub(super) content: bool,
    /// Whether extended attributes are asked for.
    pub(super) attributes: bool,
    /// Whether imgtool may be used where the node has it.
    pub(super) imgtool: bool,
    pub(super) pruning: &'a Pruning,
}

/// The whole script.
pub(super) fn script(ask: &Ask<'_>) -> Vec<u8> {
    let word = |yes: bool| if yes { "yes" } else { "no" };
    let listing = if ask.content { " --checksum" } else { "" };
    let flags = format!(
        "use_imgtool={} attributes={} content={}\nlisting='--progress never --color never{listing}'\n",
        word(ask.imgtool),
        word(ask.attributes),
        word(ask.content),
    );
    [
        b"main() {\nroot=",
        &*shell_word(ask.root),
        b"\n",
        flags.as_bytes(),
        // Every line of it begins with `-` or `+`.
        b"rules() { cat <<'RULES'\n",
        &ask.pruning.text(),
        b"RULES\n}\nwalk() { find . -xdev ",
        &closed(&ask.pruning.places()),
        b" \"$@\" </dev/null; }\nread_files() { walk -false -o -type f ",
        &unread(&ask.pruning.places()),
        b" -print0; }\n",
        BODY,
        b"}\nmain\n",
    ]
    .concat()
}

/// The beginning of an expression of `find`: directories that are not looked
/// into. What is done about them must follow, `-o`, and what about all others.
fn closed(places: &[Place]) -> Vec<u8> {
    if places.is_empty() {
        return b"-false".to_vec();
    }
    [b"-type d '('", &*names(places.iter()), b" ')' -prune"].concat()
}

/// The part of an expression of `find` that files pass which are to be read.
fn unread(places: &[Place]) -> Vec<u8> {
    let mut places = places
        .iter()
        .filter(|place| !place.of_directories)
        .peekable();
    if places.peek().is_none() {
        return Vec::new();
    }
    [b"! '('", &*names(places), b" ')'"].concat()
}

/// The part of an expression of `find` that names in some places pass.
fn names<'p>(places: impl Iterator<Item = &'p Place>) -> Vec<u8> {
    let mut expression = Vec::new();
    for (index, place) in places.enumerate() {
        if index > 0 {
            expression.extend_from_slice(b" -o");
        }
        let mut add = |test: &str, path: &ImagePath, behind: &str| {
            let slash: &[u8] = if path.is_root() { b"." } else { b"./" };
            let pattern = [slash, &escaped(path), behind.as_bytes()].concat();
            expression.extend_from_slice(test.as_bytes());
            expression.extend_from_slice(&shell_word(&pattern));
        };
        match &place.area {
            Area::At(path) => add(" -path ", path, ""),
            Area::In(path, but) => {
                // For `find` a `*` means slashes as well.
                add(" -path ", path, "/*");
                add(" ! -path ", path, "/*/*");
                for path in but {
                    add(" ! -path ", path, "");
                }
            }
        }
    }
    expression
}

/// A path as a pattern that means nothing else, for fnmatch(3).
fn escaped(path: &ImagePath) -> Vec<u8> {
    let mut pattern = Vec::new();
    for &byte in path.as_bytes() {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\') {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ImagePath {
        ImagePath::new(text.as_bytes()).expect("valid")
    }

    #[test]
    fn places_become_an_expression_of_find() {
        for (areas, expected) in [
            (vec![], "-false"),
            (
                vec![Area::At(path("scratch"))],
                "-type d '(' -path './scratch' ')' -prune",
            ),
            (
                vec![
                    Area::In(path("proc"), vec![]),
                    Area::In(path("a"), vec![path("a/x"), path("a/y")]),
                    Area::In(ImagePath::root(), vec![path("etc")]),
                ],
                "-type d '(' -path './proc/*' ! -path './proc/*/*' \
                 -o -path './a/*' ! -path './a/*/*' ! -path './a/x' ! -path './a/y' \
                 -o -path './*' ! -path './*/*' ! -path './etc' ')' -prune",
            ),
            (
                vec![Area::At(path("it's [a]\\b*"))],
                "-type d '(' -path './it'\\''s \\[a\\]\\\\b\\*' ')' -prune",
            ),
        ] {
            let places = areas.into_iter().map(|area| Place {
                area,
                of_directories: false,
            });
            let places: Vec<_> = places.collect();
            assert_eq!(String::from_utf8_lossy(&closed(&places)), expected);
        }
        let places = [("a", false), ("b", true)].map(|(name, of_directories)| Place {
            area: Area::At(path(name)),
            of_directories,
        });
        assert_eq!(unread(&places), b"! '(' -path './a' ')'");
        assert_eq!(unread(&places[1..]), b"");
    }

    #[test]
    fn a_script_that_is_cut_off_does_nothing() {
        let ask = Ask {
            root: b"/",
            content: true,
            attributes: true,
            imgtool: true,
            pruning: &Pruning::default(),
        };
        let script = script(&ask);
        // Every whole command would have written the mark.
        for end in (0..script.len() - 1).step_by(7).chain([script.len() - 2]) {
            let mut command = std::process::Command::new("sh");
            let input = crate::sys::wait::in_memory(&script[..end]).expect("there is memory");
            let output = command.stdin(input).output().expect("there is a shell");
            assert_eq!(output.stdout, b"", "cut at {end}");
        }
    }
}
