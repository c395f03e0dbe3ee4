//! Both forms, what is missing, and what is refused.

use super::*;
use crate::entry::{Kind, Respect, Respects};
use crate::monitor::Silent;
use crate::tree::{RecordedTree, Tree, Walked, walk};

fn tree(text: &str) -> Result<RecordedTree, String> {
    read(text.as_bytes(), "`list`").map_err(|error| error.to_string())
}

/// A line an entry: path, kind, mode, owner, group, mtime.
fn listed(tree: &dyn Tree) -> Vec<String> {
    let mut lines = Vec::new();
    let consume = |walked: Walked<()>| {
        let metadata = &walked.entry.metadata;
        let size = walked.entry.file_size();
        lines.push(format!(
            "{} {}{} {:o} {} {} {}",
            walked.path,
            walked.entry.kind.word(),
            size.map(|size| format!(" {size}")).unwrap_or_default(),
            metadata.mode,
            metadata.uid,
            metadata.gid,
            metadata.mtime.seconds,
        ));
        Ok::<(), crate::tree::TreeError>(())
    };
    walk(tree, 1, |_, _| Ok(()), consume, &Silent).expect("recorded");
    lines
}

const NESTED: &str = "\
#	   user: root

/set type=file uid=0 gid=0 mode=0644
.               type=dir mode=0755 time=1.0
    a\\sb        size=1 time=2.0 \\
                nlink=1
/set mode=0600
    etc         type=dir mode=0755 time=3.0
        passwd  size=2 uid=7 time=4.0
/unset mode
    # etc
    ..
    z           type=link link=etc/\\163 time=5.0
..
";

const WHOLE: &str = "\
#mtree v2.0
. type=dir uid=0 gid=0 mode=0755 time=1.0
./etc type=dir uid=0 gid=0 mode=0755 time=3.0
./z type=link uid=0 gid=0 link=etc/s time=5.0
./etc/passwd type=file uid=7 gid=0 mode=0600 size=2 time=4.0
a\\040b type=file uid=0 gid=0 mode=0644 size=1 time=2.0
";

#[test]
fn both_forms_are_the_same_tree() {
    let expected = [
        ". directory 755 0 0 1",
        "a b file 1 644 0 0 2",
        "z symlink 777 0 0 5",
        "etc directory 755 0 0 3",
        "etc/passwd file 2 600 7 0 4",
    ];
    for text in [NESTED, WHOLE] {
        assert!(is_mtree(text.as_bytes()), "{text}");
        let tree = tree(text).expect("sound");
        let lines = listed(&tree);
        assert_eq!(lines, expected, "{text}");
        let attributes = Respects::from(Respect::Acl) | Respect::Xattr.into();
        assert_eq!(tree.respects(), !(attributes | Respect::Links.into()));
    }
}

#[test]
fn what_is_not_said_is_not_recorded() {
    let attributes = [Respect::Acl, Respect::Xattr];
    for (line, missing) in [
        ("uid=1 gid=1 mode=0644 time=1.0 inode=4 resdevice=a", vec![]),
        ("uid=1 gid=1 mode=0644 time=1.0", vec![Respect::Links]),
        (
            "uid=1 gid=1 mode=0644 inode=4 resdevice=a",
            vec![Respect::Time],
        ),
        (
            "uid=1 gid=1 time=1.0 inode=4 resdevice=a",
            vec![Respect::Mode],
        ),
        (
            "uname=root gid=1 mode=0644 time=1.0 inode=4 resdevice=a",
            vec![Respect::Owner],
        ),
        (
            "uid=1 mode=0644 time=1.0 inode=4 resdevice=a",
            vec![Respect::Group],
        ),
    ] {
        let text = format!(
            "#mtree\n. type=dir uid=1 gid=1 mode=0755 time=1.0\n./f type=file size=1 {line}\n"
        );
        let missing: Respects = missing.into_iter().chain(attributes).collect();
        assert_eq!(tree(&text).expect("sound").respects(), !missing, "{line}");
    }
}

#[test]
fn names_of_one_inode_are_found() {
    let tree = tree(
        "#mtree
/set uid=0 gid=0 mode=0644 time=1.0 type=file size=0
. type=dir
./a inode=1 resdevice=native,8,1
./b inode=1 resdevice=native,8,1
./c inode=1 resdevice=native,8,2
./d inode=2 resdevice=native,8,1
",
    )
    .expect("sound");
    let (_, top) = tree.root().expect("recorded");
    let link = |name: &[u8]| {
        let entry = top.lookup(name).expect("recorded");
        entry.expect("listed").link
    };
    assert!(link(b"a").is_some());
    assert_eq!(link(b"a"), link(b"b"));
    assert_eq!((link(b"c"), link(b"d")), (None, None));
}

#[test]
fn what_cannot_be_used_is_refused_by_its_line() {
    for (text, line, reason) in [
        ("", 1, "no entries"),
        ("./a type=file size=1\n", 1, "`.` does not come first"),
        (". type=file size=1\n", 1, "no directory"),
        (". type=dir\n. type=dir\n", 2, "twice"),
        (". type=dir\n./a\n", 2, "without `type`"),
        (". type=dir\n./a type=file\n", 2, "without `size`"),
        (". type=dir\n./a type=link\n", 2, "without `link`"),
        (". type=dir\n./a type=char\n", 2, "without `device`"),
        (". type=dir\n./a type=door\n", 2, "none that is known"),
        (". type=dir\n./a type=fifo mode=9\n", 2, "not octal"),
        (". type=dir\n./a type=fifo mode=10000\n", 2, "not octal"),
        (". type=dir\n./a type=fifo uid=-1\n", 2, "not a number"),
        (". type=dir\n./a type=fifo time=now\n", 2, "not a time"),
        (
            ". type=dir\n./a type=file size=1 sha256=12\n",
            2,
            "64 hexadecimal",
        ),
        (
            ". type=dir\n./a/b type=fifo\n",
            2,
            "directory does not come before",
        ),
        (
            ". type=dir\n./a type=fifo\n./a/b type=fifo\n",
            3,
            "directory does not come",
        ),
        (". type=dir\n./a type=fifo\na type=fifo\n", 3, "twice"),
        (
            ". type=dir\n../a type=fifo\n",
            2,
            "directory does not come before",
        ),
        (
            ". type=dir\n./a/.. type=dir\n",
            2,
            "directory does not come before",
        ),
        (". type=dir\n./.. type=dir\n", 2, "not valid"),
        (". type=dir\na\\0b type=dir\n", 2, "not valid"),
        (". type=dir\na\\q type=dir\n", 2, "broken escape"),
        (". type=dir\n..\n..\n", 3, "too many"),
        (". type=dir\n..\na type=fifo\n", 3, "behind the end"),
    ] {
        let error = tree(text).err().unwrap_or_else(|| panic!("taken: {text}"));
        assert!(
            error.contains(&format!("line {line}:")) && error.contains(reason),
            "{text}: {error}"
        );
    }
    let device = format!(". type=dir\n./a type=fifo resdevice={}\n", "8".repeat(65));
    assert!(
        tree(&device)
            .err()
            .expect("too long")
            .contains("`resdevice`")
    );
    let deep = format!("/set type=dir\n.\n{}", "d\n".repeat(40_000));
    assert!(tree(&deep).err().expect("too much").contains("in memory"));
    let long = format!(". type=dir\n{} type=fifo\n", "a".repeat(1 << 18));
    assert!(tree(&long).err().expect("too long").contains("too long"));
    let endless = format!(". type=dir\n{}", "a\\\n".repeat(1 << 17));
    assert!(tree(&endless).err().expect("too long").contains("too long"));
}

#[test]
fn other_files_are_no_mtree() {
    for head in [
        &b""[..],
        b"#!/bin/sh\nset x",
        b"imgtool-manifest 1\n",
        b"\x1f\x8b",
        b"etc/\0",
    ] {
        assert!(!is_mtree(head), "{head:?}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let text = "#mtree v2.0
. type=dir mode=0755 uid=0 gid=0 time=1.000000005
./a\\040\\377\\134\\012 type=file mode=4755 uid=1 gid=2 time=-1.000000000 size=3
./dev type=char mode=0600 uid=0 gid=0 time=0.000000000 device=native,8,300
./l type=link mode=0777 uid=0 gid=0 time=0.000000000 link=a\\040b
./p type=fifo mode=0600 uid=0 gid=0 time=0.000000000
./s type=socket mode=0600 uid=0 gid=0 time=0.000000000
./d type=dir mode=1777 uid=0 gid=0 time=0.000000000
./d/b type=block mode=0600 uid=0 gid=0 time=0.000000000 device=native,7,0
";
    let tree = tree(text).expect("sound");
    let mut out = Vec::new();
    let written = write(&tree, &mut out, false, 1, &Silent).expect("a Vec takes all");
    assert_eq!(String::from_utf8(out).expect("ASCII"), text);
    assert_eq!((written.counts.entries(), written.stripped), (8, 0));
    let (_, top) = tree.root().expect("recorded");
    let entry = top
        .lookup(b"a \xff\\\n")
        .expect("recorded")
        .expect("listed");
    assert_eq!(entry.kind, Kind::File { size: 3 });
}

#[test]
fn what_is_not_recorded_is_not_written() {
    for given in ["mode=0755", "uid=1", "gid=1", "time=1.000000000"] {
        let text = format!("#mtree v2.0\n. type=dir {given}\n./p type=fifo {given}\n");
        let mut out = Vec::new();
        let tree = tree(&text).expect("sound");
        write(&tree, &mut out, false, 1, &Silent).expect("a Vec takes all");
        assert_eq!(String::from_utf8(out).expect("ASCII"), text);
    }
}

#[test]
fn a_directory_that_is_ignored_is_not_empty() {
    let tree = tree(". type=dir\nd type=dir ignore\n..\n/set ignore\n./e type=dir\n");
    let (_, top) = tree.expect("sound").root().expect("recorded");
    for name in [b"d", b"e"] {
        assert!(top.is_closed(name));
        let directory = top.directory(name).expect("recorded").expect("no mount");
        assert!(directory.entries(&Silent).is_err());
    }
}

#[test]
fn lines_go_on_behind_a_backslash() {
    for (text, expected) in [
        (". \\\n type=dir\n", Ok(1)),
        (" \\\n \\\n. type=dir\n", Ok(1)),
        (". type=dir\n \\\n# a \\\n./p type=fifo\n", Ok(2)),
        (". type=dir\n# a \\\n./p type=fifo\n", Ok(2)),
        (". type=dir\n./p \\\n#\\\n type=fifo\n", Ok(2)),
        (". type=dir\n./\\\\ type=fifo\n", Ok(2)),
        (". type=dir\n./\\\\\\\n type=fifo\n", Ok(2)),
        (". type=dir\n./\\\\\\\n\\ type=fifo\n", Err("broken escape")),
    ] {
        let entries = tree(text).map(|tree| tree.records().len());
        match (entries, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
            (Err(error), Err(expected)) => assert!(error.contains(expected), "{text}: {error}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
}
