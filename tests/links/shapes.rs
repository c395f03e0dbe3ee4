//! Roots by name: what each is to show stands beside it, so that a shape that
//! shows something else than it is called is noticed.

mod configured;

use fixtures::elf::{self, Machine};

use crate::judged::Fate::{self, GivesUp, LacksLibrary, LacksVersion, Starts};
use crate::judged::compare;
use crate::linked::{Linkage, Object};
use crate::root::TestRoot;

const X: &str = "libx.so.1";

/// Makes a root and the program to put into `opt/app/bin`.
type Make = fn(&mut Made<'_>) -> Object;

struct Made<'m> {
    root: &'m TestRoot,
    linkage: &'m mut Linkage,
}

impl Made<'_> {
    /// A library that is called as others need it.
    fn x(&mut self, path: &str) {
        self.put(path, &Object::library(X));
    }

    fn put(&mut self, path: &str, object: &Object) {
        let bytes = self.linkage.bytes(object);
        self.root.file(path, &bytes);
    }

    fn conf(&self, text: &str) {
        self.root.file("etc/ld.so.conf", text.as_bytes());
    }
}

fn plain() -> Object {
    Object::program(&[X])
}

const SEARCH_PATHS: &[(&str, Fate, Make)] = &[
    ("nothing", LacksLibrary, |_| plain()),
    ("runpath", Starts, |made| {
        made.x("opt/a/libx.so.1");
        plain().runpath("/opt/b:/opt/a")
    }),
    ("rpath", Starts, |made| {
        made.x("opt/a/libx.so.1");
        plain().rpath("/opt/b:/opt/a/")
    }),
    ("the first of two", LacksVersion, |made| {
        made.put("opt/a/libx.so.1", &Object::library(X).versions(&["X_1"]));
        made.put("opt/b/libx.so.1", &Object::library(X).versions(&["X_2"]));
        Object::program(&[])
            .needs(X, &["X_2"])
            .runpath("/opt/a:/opt/b")
    }),
    ("before the system's", LacksVersion, |made| {
        made.put("opt/a/libx.so.1", &Object::library(X).versions(&["X_1"]));
        made.put("usr/lib/libx.so.1", &Object::library(X).versions(&["X_2"]));
        Object::program(&[]).needs(X, &["X_2"]).runpath("/opt/a")
    }),
    ("origin", Starts, |made| {
        made.x("opt/app/lib/libx.so.1");
        plain().runpath("$ORIGIN/../lib")
    }),
    ("origin in braces", Starts, |made| {
        made.x("opt/app/lib/libx.so.1");
        plain().rpath("${ORIGIN}/../lib")
    }),
    ("origin and more letters", LacksLibrary, |made| {
        made.x("opt/app/binX/libx.so.1");
        plain().runpath("$ORIGINX")
    }),
    ("origin and a digit", LacksLibrary, |made| {
        made.x("opt/app/bin2/libx.so.1");
        plain().runpath("${ORIGIN}/lib:$ORIGIN2")
    }),
    ("origin and a point", Starts, |made| {
        made.x("opt/app/bin.d/libx.so.1");
        plain().runpath("$ORIGIN.d")
    }),
    ("LIB and more letters", LacksLibrary, |made| {
        made.x("opt/lib/x86_64-linux-gnuRARY/libx.so.1");
        plain().runpath("/opt/$LIBRARY")
    }),
    ("the distribution's own LIB", Starts, |made| {
        made.x("opt/lib/x86_64-linux-gnu/libx.so.1");
        plain().runpath("/opt/$LIB")
    }),
    ("the processor's name", Starts, |made| {
        made.x("opt/x86_64/libx.so.1");
        plain().runpath("/opt/$PLATFORM")
    }),
    ("an unknown token", LacksLibrary, |made| {
        made.x("opt/libx.so.1");
        plain().runpath("/opt/$OTHER")
    }),
    ("empty parts", LacksLibrary, |made| {
        made.x("opt/app/bin/libx.so.1");
        plain().runpath(":/opt/a::")
    }),
    ("a relative part", LacksLibrary, |made| {
        made.x("opt/app/bin/lib/libx.so.1");
        plain().runpath("lib:./lib")
    }),
    ("a directory that is a symlink", Starts, |made| {
        made.x("opt/real/libx.so.1");
        made.root.symlink("opt/a", "/opt/real");
        plain().runpath("/opt/a")
    }),
    (".. behind a directory that is a symlink", Starts, |made| {
        made.x("srv/lib/libx.so.1");
        made.root.directory("srv/bin");
        made.root.symlink("opt/app/sub", "/srv/bin");
        plain().runpath("/opt/app/sub/../lib")
    }),
    (".. above the root", Starts, |made| {
        made.x("opt/a/libx.so.1");
        plain().runpath("/../../opt/a")
    }),
    ("no default directories", LacksLibrary, |made| {
        made.x("usr/lib/libx.so.1");
        plain().without_system()
    }),
    (
        "no default directories but configured ones",
        Starts,
        |made| {
            made.x("opt/a/libx.so.1");
            made.conf("/opt/a\n");
            plain().without_system()
        },
    ),
    (
        "below a default directory, configured",
        LacksLibrary,
        |made| {
            made.x("usr/lib/a/libx.so.1");
            made.conf("/usr/lib/a\n");
            plain().without_system()
        },
    ),
];

const FILES: &[(&str, Fate, Make)] = &[
    ("symlinks, relative and absolute", Starts, |made| {
        made.x("opt/real/libx.so.1.2.3");
        made.root
            .symlink("opt/b/libx.so.1", "/opt/real/libx.so.1.2.3");
        made.root.symlink("opt/a/libx.so.1", "../b/libx.so.1");
        plain().runpath("/opt/a")
    }),
    ("a symlink out of the root", Starts, |made| {
        made.x("opt/real/libx.so.1");
        made.root
            .symlink("opt/a/libx.so.1", "../../../../../opt/real/libx.so.1");
        plain().runpath("/opt/a")
    }),
    ("dangling, then a good one", Starts, |made| {
        made.root.symlink("opt/a/libx.so.1", "/nowhere");
        made.x("opt/b/libx.so.1");
        plain().runpath("/opt/a:/opt/b")
    }),
    (
        "a circle, then a good one on the same path",
        LacksLibrary,
        |made| {
            made.root.symlink("opt/a/libx.so.1", "libx.so.1");
            made.x("opt/b/libx.so.1");
            plain().runpath("/opt/a:/opt/b")
        },
    ),
    ("a circle, then the system's", Starts, |made| {
        made.root.symlink("opt/a/libx.so.1", "libx.so.1");
        made.x("usr/lib/libx.so.1");
        plain().runpath("/opt/a")
    }),
    (
        "through a file, then a good one on the same path",
        LacksLibrary,
        |made| {
            made.root.file("opt/file", b"");
            made.root.symlink("opt/a/libx.so.1", "/opt/file/libx.so.1");
            made.x("opt/b/libx.so.1");
            plain().runpath("/opt/a:/opt/b")
        },
    ),
    ("for 32 bits, then a good one", Starts, |made| {
        made.root
            .file("opt/a/libx.so.1", &elf::library(Machine::I386));
        made.x("opt/b/libx.so.1");
        plain().runpath("/opt/a:/opt/b")
    }),
    ("for another processor, then a good one", Starts, |made| {
        made.root
            .file("opt/a/libx.so.1", &elf::library(Machine::Aarch64));
        made.x("opt/b/libx.so.1");
        plain().runpath("/opt/a:/opt/b")
    }),
    ("for another processor alone", LacksLibrary, |made| {
        made.root
            .file("opt/a/libx.so.1", &elf::library(Machine::Aarch64));
        plain().runpath("/opt/a")
    }),
    ("a text, then a good one", GivesUp, |made| {
        made.root.file("opt/a/libx.so.1", &[b'#'; 100]);
        made.x("opt/b/libx.so.1");
        plain().runpath("/opt/a:/opt/b")
    }),
    ("nothing in it, then a good one", GivesUp, |made| {
        made.root.file("opt/a/libx.so.1", b"");
        made.x("opt/b/libx.so.1");
        plain().runpath("/opt/a:/opt/b")
    }),
    ("a directory, then a good one", GivesUp, |made| {
        made.root.directory("opt/a/libx.so.1");
        made.x("opt/b/libx.so.1");
        plain().runpath("/opt/a:/opt/b")
    }),
    (
        "a text among the system's, then a good one",
        Starts,
        |made| {
            made.root.file("lib/libx.so.1", &[b'#'; 100]);
            made.x("usr/lib/x86_64-linux-gnu/libx.so.1");
            plain()
        },
    ),
    ("for some processors alone", Starts, |made| {
        made.x("opt/a/glibc-hwcaps/x86-64-v2/libx.so.1");
        plain().runpath("/opt/a")
    }),
    ("for no processor that there is", LacksLibrary, |made| {
        made.x("opt/a/glibc-hwcaps/other/libx.so.1");
        plain().runpath("/opt/a")
    }),
    ("hwcaps that are a symlink", Starts, |made| {
        made.x("opt/real/x86-64-v2/libx.so.1");
        made.root.symlink("opt/a/glibc-hwcaps", "/opt/real");
        plain().runpath("/opt/a")
    }),
    ("by its path", Starts, |made| {
        made.x("opt/a/other.so");
        Object::program(&["/opt/a/other.so"])
    }),
    ("by a path through symlinks", Starts, |made| {
        made.x("opt/a/other.so");
        made.root.symlink("opt/b", "a");
        Object::program(&["/opt/b/other.so"])
    }),
    ("by a path to nothing", LacksLibrary, |_| {
        Object::program(&["/opt/a/other.so"])
    }),
    ("by a path to another processor's", LacksLibrary, |made| {
        made.root
            .file("opt/a/other.so", &elf::library(Machine::Aarch64));
        Object::program(&["/opt/a/other.so"])
    }),
    ("by a path to a text", GivesUp, |made| {
        made.root.file("opt/a/other.so", &[b'#'; 100]);
        Object::program(&["/opt/a/other.so"])
    }),
    (
        "by a path with a version that it has not",
        LacksVersion,
        |made| {
            let name = "/opt/a/other.so";
            let other = Object::library(name).versions(&["X_1"]);
            made.put("opt/a/other.so", &other);
            Object::program(&[]).needs(name, &["X_1", "X_2"])
        },
    ),
    ("by the origin", Starts, |made| {
        made.x("opt/app/lib/other.so");
        Object::program(&["$ORIGIN/../lib/other.so"])
    }),
    ("by the origin to nothing", LacksLibrary, |_| {
        Object::program(&["$ORIGIN/../lib/other.so"])
    }),
    ("the name of one that is loaded already", Starts, |made| {
        made.x("opt/a/liby.so.1");
        Object::program(&["liby.so.1", X]).runpath("/opt/a")
    }),
    ("the loader itself", Starts, |_| {
        Object::program(&["ld-linux-x86-64.so.2"])
    }),
    ("a library without versions", Starts, |made| {
        made.x("usr/lib/libx.so.1");
        Object::program(&[]).needs(X, &["X_1"])
    }),
    (
        "a version that is there and one that is not",
        LacksVersion,
        |made| {
            made.put("usr/lib/libx.so.1", &Object::library(X).versions(&["X_1"]));
            Object::program(&[]).needs(X, &["X_1", "X_2"])
        },
    ),
];

/// Every row of a table, in a merged root and in one that is not.
fn hold(table: &[(&str, Fate, Make)]) {
    let mut linkage = Linkage::new();
    let mut failed = Vec::new();
    for (name, fate, make) in table {
        for is_merged in [false, true] {
            let root = TestRoot::new(is_merged, &mut linkage);
            let mut made = Made {
                root: &root,
                linkage: &mut linkage,
            };
            let program = make(&mut made);
            made.put("opt/app/bin/program", &program);
            root.ldconfig();
            let name = format!("{name} (merged: {is_merged})");
            match compare(&root, "opt/app/bin/program") {
                Err(difference) => failed.push(format!("{name}: {difference}")),
                Ok(said) => {
                    let shown = Fate::of(&said);
                    if shown != *fate {
                        failed.push(format!("{name} shows {shown:?}: {said:?}"));
                    }
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
#[ignore = "needs root (chroot) and amd64 binutils"]
fn search_paths_lead_where_the_loader_goes() {
    hold(SEARCH_PATHS);
}

#[test]
#[ignore = "needs root (chroot) and amd64 binutils"]
fn files_are_taken_as_the_loader_takes_them() {
    hold(FILES);
}

#[test]
#[ignore = "needs root (chroot) and amd64 binutils"]
fn configurations_are_read_as_ldconfig_reads_them() {
    hold(configured::CONFIGURED);
}
