//! Where the dynamic linker looks for libraries.

use crate::inspect::reach::{directory, file, names, read_head};
use crate::inspect::{Architecture, Class};
use crate::monitor::Monitor;
use crate::tree::{Tree, TreeError};

/// More than any `ld.so.conf` has; what follows is not read.
const MOST_BYTES: usize = 64 * 1024;

/// More files and directories than configurations have.
const MOST_NAMES: usize = 1024;

/// Debian's multiarch directories, as its Multiarch tuples name them.
const TUPLES: &[(Architecture, &str)] = &[
    (Architecture::X86_64, "x86_64-linux-gnu"),
    (Architecture::X86_64, "x86_64-linux-musl"),
    (Architecture::X32, "x86_64-linux-gnux32"),
    (Architecture::I386, "i386-linux-gnu"),
    (Architecture::AARCH64, "aarch64-linux-gnu"),
    (Architecture::AARCH64, "aarch64-linux-musl"),
    (Architecture::AARCH64_ILP32, "aarch64-linux-gnu_ilp32"),
    (Architecture::ARM, "arm-linux-gnueabihf"),
    (Architecture::ARM, "arm-linux-gnueabi"),
    (Architecture::PPC64LE, "powerpc64le-linux-gnu"),
    (Architecture::S390X, "s390x-linux-gnu"),
    (Architecture::RISCV64, "riscv64-linux-gnu"),
    (Architecture::LOONGARCH64, "loongarch64-linux-gnu"),
];

/// The directories built into the dynamic linkers that distributions ship,
/// for programs of `architecture` (`ld.so(8)`): each knows a few of these, and
/// a library for another architecture is passed over, so the order between
/// them changes nothing.
pub(super) fn built_in(architecture: Architecture) -> Vec<Box<[u8]>> {
    let tuples = TUPLES
        .iter()
        .filter(|(of, _)| *of == architecture)
        .flat_map(|(_, tuple)| [format!("lib/{tuple}"), format!("usr/lib/{tuple}")]);
    let own: &[&str] = match (architecture, architecture.class) {
        (Architecture::X32, _) => &["libx32", "usr/libx32"],
        (_, Class::Elf64) => &["lib64", "usr/lib64"],
        (_, Class::Elf32) => &["lib32", "usr/lib32"],
    };
    let all = own
        .iter()
        .chain(&["lib", "usr/lib"])
        .map(ToString::to_string);
    tuples
        .chain(all)
        .map(|path| path.into_bytes().into())
        .collect()
}

/// The directories of `etc/ld.so.conf` and what it includes (`ldconfig(8)`).
///
/// # Errors
///
/// A [`TreeError`] if a file or a directory cannot be read.
pub(super) fn configured(
    tree: &dyn Tree,
    monitor: &dyn Monitor,
) -> Result<Vec<Box<[u8]>>, TreeError> {
    let mut found = Vec::new();
    let mut files: Vec<Box<[u8]>> = vec![b"etc/ld.so.conf".as_slice().into()];
    let mut read = 0;
    while let Some(path) = files.pop() {
        read += 1;
        if read > MOST_NAMES || found.len() > MOST_NAMES {
            break;
        }
        let Some(resolved) = file(tree, &path, monitor)? else {
            continue;
        };
        let name = resolved.path.file_name().expect("a file is not the root");
        let text = read_head(&*resolved.parent, name, MOST_BYTES)?;
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
            let line = line.trim_ascii();
            if let Some(pattern) = line.strip_prefix(b"include ").map(<[u8]>::trim_ascii) {
                files.extend(included(tree, &path, pattern, monitor)?);
            } else if !line.is_empty() && !line.starts_with(b"hwcap ") {
                found.push(line.into());
            }
        }
    }
    Ok(found)
}

/// The files that an `include` names, in reverse: `*` stands in the last
/// component alone, as in every configuration there is.
fn included(
    tree: &dyn Tree,
    from: &[u8],
    pattern: &[u8],
    monitor: &dyn Monitor,
) -> Result<Vec<Box<[u8]>>, TreeError> {
    let pattern = if pattern.starts_with(b"/") {
        pattern.to_vec()
    } else {
        let parent = from.rsplitn(2, |&byte| byte == b'/').nth(1);
        [parent.unwrap_or_default(), b"/", pattern].concat()
    };
    let mut halves = pattern.rsplitn(2, |&byte| byte == b'/');
    let last = halves.next().unwrap_or_default();
    let parent = halves.next().unwrap_or_default();
    let matches = |name: &[u8]| match last.iter().position(|&byte| byte == b'*') {
        None => name == last,
        Some(star) => {
            name.len() >= last.len() - 1
                && name.starts_with(&last[..star])
                && name.ends_with(&last[star + 1..])
        }
    };
    if directory(tree, parent, monitor)?.is_none() {
        return Ok(Vec::new());
    }
    let names = names(tree, parent, monitor)?;
    let matching = names.iter().filter(|name| matches(name));
    Ok(matching
        .rev()
        .map(|name| [parent, b"/", name].concat().into())
        .collect())
}

/// The parts of a search path for an object in the directory `origin`:
/// `$ORIGIN` is that, `$LIB` is whatever a distribution calls it (`ld.so(8)`,
/// "Dynamic string tokens"). Parts relative to the working directory say
/// nothing about a tree and are left out.
pub(super) fn expanded(path: &[u8], origin: &[u8]) -> Vec<Box<[u8]>> {
    const LIB: [&[u8]; 3] = [b"lib", b"lib64", b"lib/x86_64-linux-gnu"];
    let mut parts = Vec::new();
    for part in path.split(|&byte| byte == b':') {
        let part = replaced(part, b"ORIGIN", &[b"/", origin].concat());
        let with_lib = replaced(&part, b"LIB", LIB[0]);
        if with_lib == part {
            parts.push(part);
        } else {
            parts.extend(LIB.iter().map(|lib| replaced(&part, b"LIB", lib)));
        }
    }
    parts.retain(|part| part.starts_with(b"/"));
    parts.into_iter().map(Into::into).collect()
}

fn replaced(text: &[u8], token: &[u8], value: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let bare = tail.strip_prefix(token);
        let braced = || {
            tail.strip_prefix(b"{")?
                .strip_prefix(token)?
                .strip_prefix(b"}")
        };
        match bare.or_else(braced) {
            Some(behind) if first == b'$' => {
                result.extend_from_slice(value);
                rest = behind;
            }
            _ => {
                result.push(first);
                rest = tail;
            }
        }
    }
    result
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
                &["/last", "/a", "/b"],
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
    fn tokens_are_replaced() {
        for (path, expected) in [
            ("/a:/b", &["/a", "/b"][..]),
            ("$ORIGIN/../lib", &["/opt/x/bin/../lib"]),
            ("${ORIGIN}", &["/opt/x/bin"]),
            ("lib::.", &[]),
            (
                "/usr/$LIB",
                &["/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu"],
            ),
            ("/a/$OTHER", &["/a/$OTHER"]),
        ] {
            let found = expanded(path.as_bytes(), b"opt/x/bin");
            assert_eq!(text(&found), expected, "{path}");
        }
    }
}
