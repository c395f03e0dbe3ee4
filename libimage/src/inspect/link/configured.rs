//! The directories that an administrator adds to the dynamic linker's own.

use crate::inspect::reach::{directory, file, names, read_head};
use crate::monitor::Monitor;
use crate::tree::{Tree, TreeError};

/// More than any `ld.so.conf` has; what follows is not read.
const MOST_BYTES: usize = 64 * 1024;

/// More files and directories than configurations have.
const MOST_NAMES: usize = 1024;

/// What is still to be taken from a configuration.
enum Pending {
    Directory(Box<[u8]>),
    File(Box<[u8]>),
}

/// The directories of `etc/ld.so.conf` and what it includes, in their order
/// (`ldconfig(8)`; tests/links holds it against that program).
///
/// # Errors
///
/// A [`TreeError`] if a file or a directory cannot be read.
pub(super) fn configured(
    tree: &dyn Tree,
    monitor: &dyn Monitor,
) -> Result<Vec<Box<[u8]>>, TreeError> {
    let mut found = Vec::new();
    let mut pending = vec![Pending::File(b"etc/ld.so.conf".as_slice().into())];
    // Files and directories that may still be read: circles end.
    let mut budget = MOST_NAMES;
    while let Some(next) = pending.pop() {
        match next {
            Pending::Directory(path) => found.push(path),
            Pending::File(path) if budget > 0 => {
                budget -= 1;
                let mut lines = lines(tree, &path, &mut budget, monitor)?;
                lines.truncate(MOST_NAMES.saturating_sub(pending.len()));
                // What is included comes where it is named.
                pending.extend(lines.into_iter().rev());
            }
            Pending::File(_) => {}
        }
        if found.len() == MOST_NAMES {
            break;
        }
    }
    Ok(found)
}

/// What one file names; nothing where there is none.
fn lines(
    tree: &dyn Tree,
    path: &[u8],
    budget: &mut usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Pending>, TreeError> {
    let mut found = Vec::new();
    let Some(resolved) = file(tree, path, monitor)? else {
        return Ok(found);
    };
    let name = resolved.path.file_name().expect("a file is not the root");
    let text = read_head(&*resolved.parent, name, MOST_BYTES)?;
    for line in text.split(|&byte| byte == b'\n') {
        let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
        let line = line.trim_ascii();
        let mut words = line.split(u8::is_ascii_whitespace);
        match words.next().unwrap_or_default() {
            b"include" => {
                for pattern in words.filter(|word| !word.is_empty()) {
                    found.extend(included(tree, path, pattern, budget, monitor)?);
                }
            }
            b"" | b"hwcap" => {}
            _ => {
                // An obsolete kind of library may follow: `/lib=libc5`.
                let directory = line.split(|&byte| byte == b'=').next();
                let directory = directory.unwrap_or_default().trim_ascii_end();
                found.push(Pending::Directory(directory.into()));
            }
        }
    }
    Ok(found)
}

/// The files that an `include` names, in their order. The patterns are those
/// of `glob(7)` without classes of characters.
fn included(
    tree: &dyn Tree,
    from: &[u8],
    pattern: &[u8],
    budget: &mut usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Pending>, TreeError> {
    let pattern = if pattern.starts_with(b"/") {
        pattern.to_vec()
    } else {
        let parent = from.rsplitn(2, |&byte| byte == b'/').nth(1);
        [parent.unwrap_or_default(), b"/", pattern].concat()
    };
    let mut paths: Vec<Vec<u8>> = vec![Vec::new()];
    let components = pattern.split(|&byte| byte == b'/');
    for component in components.filter(|component| !component.is_empty()) {
        let mut deeper = Vec::new();
        for path in paths {
            if !component.iter().any(|byte| b"*?[".contains(byte)) {
                deeper.push([&path, &b"/"[..], component].concat());
                continue;
            }
            if *budget == 0 || directory(tree, &path, monitor)?.is_none() {
                continue;
            }
            *budget -= 1;
            let names = names(tree, &path, monitor)?;
            let matching = names.iter().filter(|name| {
                // As for a shell, what is hidden has to be named.
                (!name.starts_with(b".") || component.starts_with(b".")) && glob(component, name)
            });
            deeper.extend(matching.map(|name| [&path, &b"/"[..], name].concat()));
            deeper.truncate(MOST_NAMES);
        }
        paths = deeper;
    }
    let file = |path: Vec<u8>| Pending::File(path.into());
    Ok(paths.into_iter().map(file).collect())
}

/// Whether a name matches a pattern, in steps that grow with the product of
/// their lengths: of several stars only the last one is ever tried again.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut rest, mut left) = (pattern, name);
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some(behind) = rest.strip_prefix(b"*") {
            star = Some((behind, left));
            rest = behind;
            continue;
        }
        let Some((&first, tail)) = left.split_first() else {
            return rest.is_empty();
        };
        if let Some(behind) = one(rest, first) {
            (rest, left) = (behind, tail);
            continue;
        }
        let Some((behind, from)) = star else {
            return false;
        };
        let (_, from) = from.split_first().expect("at least what is left");
        star = Some((behind, from));
        (rest, left) = (behind, from);
    }
}

/// What follows in the pattern behind that which matches one byte, if it does.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (&first, rest) = pattern.split_first()?;
    match first {
        b'?' => return Some(rest),
        b'[' => {}
        _ => return (first == byte).then_some(rest),
    }
    let negated = matches!(rest.first(), Some(b'!' | b'^'));
    let set = &rest[usize::from(negated)..];
    // A bracket at the beginning stands for itself.
    let Some(end) = set.iter().skip(1).position(|&byte| byte == b']') else {
        return (byte == b'[').then_some(rest);
    };
    let (mut members, behind) = (&set[..=end], &set[end + 2..]);
    let mut is_member = false;
    while let Some((&low, rest)) = members.split_first() {
        let (high, rest) = match rest {
            [b'-', high, rest @ ..] => (*high, rest),
            _ => (low, rest),
        };
        is_member |= (low..=high).contains(&byte);
        members = rest;
    }
    (is_member != negated).then_some(behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::fake::FakeTree;
    use crate::monitor::Silent;

    fn text(paths: &[Box<[u8]>]) -> Vec<String> {
        let one = |path: &[u8]| String::from_utf8(path.to_vec()).expect("plain");
        paths.iter().map(|path| one(path)).collect()
    }

    #[test]
    fn configurations_are_read_with_what_they_include() {
        let cases: [(&str, FakeTree, &[&str]); 5] = [
            ("none", FakeTree::new(), &[]),
            (
                "directories and comments",
                FakeTree::new().file(
                    "etc/ld.so.conf",
                    b"# x\n/a # b\n\n  /c  \nhwcap 0 nosegneg\n",
                ),
                &["/a", "/c"],
            ),
            (
                "a pattern",
                FakeTree::new()
                    .file("etc/ld.so.conf", b"include /etc/ld.so.conf.d/*.conf\n/last")
                    .file("etc/ld.so.conf.d/b.conf", b"/b")
                    .file("etc/ld.so.conf.d/a.conf", b"/a")
                    .file("etc/ld.so.conf.d/a.conf.old", b"/no"),
                &["/a", "/b", "/last"],
            ),
            (
                "relative to the file",
                FakeTree::new()
                    .file("etc/ld.so.conf", b"include ld.so.conf.d/a.conf")
                    .file("etc/ld.so.conf.d/a.conf", b"/a"),
                &["/a"],
            ),
            (
                "a file that includes nothing",
                FakeTree::new().file("etc/ld.so.conf", b"include /nowhere/*.conf"),
                &[],
            ),
        ];
        for (name, tree, expected) in cases {
            let found = configured(&tree, &Silent).expect("readable");
            assert_eq!(text(&found), expected, "{name}");
        }
        let circle = FakeTree::new().file("etc/ld.so.conf", b"include ld.so.conf\n/a");
        let found = configured(&circle, &Silent).expect("readable");
        assert!(found.len() <= 2 * MOST_NAMES);
    }

    #[test]
    fn names_match_patterns_as_in_a_shell() {
        for (pattern, matching, others) in [
            ("*", &["", "a", "a.conf"][..], &[][..]),
            ("*.conf", &["a.conf", ".conf.conf"], &["a.conf.old", "conf"]),
            ("a*b*c", &["abc", "axbxbxc", "abbcc"], &["abcb", "ac"]),
            ("?.c", &["a.c"], &[".c", "ab.c"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "x", "-x"]),
            ("[!a-c]x", &["dx"], &["ax"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("[a", &["[a"], &["a"]),
            ("", &[""], &["a"]),
        ] {
            for name in matching {
                assert!(
                    glob(pattern.as_bytes(), name.as_bytes()),
                    "{pattern} {name}"
                );
            }
            for name in others {
                assert!(
                    !glob(pattern.as_bytes(), name.as_bytes()),
                    "{pattern} {name}"
                );
            }
        }
        // It ends.
        assert!(!glob(
            "*a".repeat(2000).as_bytes(),
            "a".repeat(1999).as_bytes()
        ));
    }
}
