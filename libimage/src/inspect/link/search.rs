//! Where the dynamic linker looks for libraries.

use crate::inspect::{Architecture, Class};

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

/// The parts of a search path for an object of `architecture` in the directory
/// `origin`. Parts relative to the working directory, the empty one among them,
/// say nothing about a tree and are left out.
pub(super) fn expanded(path: &[u8], origin: &[u8], architecture: Architecture) -> Vec<Box<[u8]>> {
    path.split(|&byte| byte == b':')
        .flat_map(|part| alternatives(part, origin, architecture))
        .filter(|part| part.starts_with(b"/"))
        .collect()
}

/// What a name or a part of a search path may stand for (`ld.so(8)`, "Dynamic
/// string tokens"): `$ORIGIN` is the object's own directory, `$LIB` whatever a
/// distribution calls it, `$PLATFORM` depends on the node's processor.
pub(super) fn alternatives(
    text: &[u8],
    origin: &[u8],
    architecture: Architecture,
) -> Vec<Box<[u8]>> {
    const LIB: [&[u8]; 3] = [b"lib", b"lib64", b"lib/x86_64-linux-gnu"];
    // glibc has named some processors by their generation until 2.36.
    const X86_64: [&[u8]; 3] = [b"x86_64", b"haswell", b"xeon_phi"];
    let platforms: &[&[u8]] = match architecture {
        Architecture::X86_64 => &X86_64,
        Architecture::AARCH64 => &[b"aarch64"],
        _ => &[],
    };
    let mut texts = vec![replaced(text, b"ORIGIN", &[b"/", origin].concat())];
    for (token, values) in [(&b"LIB"[..], &LIB[..]), (b"PLATFORM", platforms)] {
        texts = texts
            .into_iter()
            .flat_map(|text| {
                let mut all: Vec<_> = values
                    .iter()
                    .map(|value| replaced(&text, token, value))
                    .collect();
                all.dedup();
                if all.is_empty() { vec![text] } else { all }
            })
            .collect();
    }
    texts.into_iter().map(Into::into).collect()
}

/// Replaces a token, `$NAME` or `${NAME}`; with more letters, digits or
/// underscores behind it, `$NAME` is another one.
fn replaced(text: &[u8], token: &[u8], value: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let bare = || {
            let behind = tail.strip_prefix(token)?;
            let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            (!behind.first().is_some_and(goes_on)).then_some(behind)
        };
        let braced = || {
            tail.strip_prefix(b"{")?
                .strip_prefix(token)?
                .strip_prefix(b"}")
        };
        match bare().or_else(braced) {
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

    fn text(paths: &[Box<[u8]>]) -> Vec<String> {
        let one = |path: &[u8]| String::from_utf8(path.to_vec()).expect("plain");
        paths.iter().map(|path| one(path)).collect()
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
            ("/a/$LIBRARY:/$ORIGIN2", &["/a/$LIBRARY", "/$ORIGIN2"]),
            ("$ORIGIN.d", &["/opt/x/bin.d"]),
            ("/a/$PLATFORM", &["/a/x86_64", "/a/haswell", "/a/xeon_phi"]),
        ] {
            let found = expanded(path.as_bytes(), b"opt/x/bin", Architecture::X86_64);
            assert_eq!(text(&found), expected, "{path}");
        }
    }
}
