//! Directories that `etc/ld.so.conf` names, and what `ldconfig` finds there.

use fixtures::elf::{self, Machine};

use super::{Make, X, plain};
use crate::judged::Fate::{self, LacksLibrary, LacksVersion, Starts};
use crate::linked::Object;

pub(super) const CONFIGURED: &[(&str, Fate, Make)] = &[
    ("a line", Starts, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("# where else\n\t/opt/b # none\n  /opt/a/  \n");
        plain()
    }),
    ("a line that is a comment", LacksLibrary, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("#/opt/a\n");
        plain()
    }),
    ("a line with a kind", Starts, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("/opt/a=libc6\n");
        plain()
    }),
    ("included", Starts, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("include /etc/ld.so.conf.d/*.conf\n");
        made.root.file("etc/ld.so.conf.d/a.conf", b"/opt/a");
        plain()
    }),
    ("included behind a tab, two at once", Starts, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("include\tnone.conf\tsome.conf # both\n");
        made.root.file("etc/some.conf", b"/opt/a");
        plain()
    }),
    ("included by a pattern of one character", Starts, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("include /etc/ld.so.conf.d/?[a-c].c*\n");
        made.root.file("etc/ld.so.conf.d/1b.conf", b"/opt/a");
        plain()
    }),
    ("included from directories by a pattern", Starts, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("include /etc/*/x.conf\n");
        made.root.file("etc/some/x.conf", b"/opt/a");
        plain()
    }),
    ("hidden from the pattern", LacksLibrary, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("include /etc/ld.so.conf.d/*.conf\n");
        made.root.file("etc/ld.so.conf.d/.a.conf", b"/opt/a");
        plain()
    }),
    ("a file among them that is not there", Starts, |made| {
        made.x("opt/a/libx.so.1");
        made.conf("include /etc/ld.so.conf.d/*.conf\n");
        made.root.symlink("etc/ld.so.conf.d/0.conf", "/nowhere");
        made.root.file("etc/ld.so.conf.d/a.conf", b"/opt/a");
        plain()
    }),
    (
        "what is included comes where it is named",
        LacksVersion,
        |made| {
            made.put("opt/a/libx.so.1", &Object::library(X).versions(&["X_1"]));
            made.put("opt/b/libx.so.1", &Object::library(X).versions(&["X_2"]));
            made.conf("include a.conf\n/opt/b\n");
            made.root.file("etc/a.conf", b"/opt/a");
            Object::program(&[]).needs(X, &["X_2"])
        },
    ),
    ("in the order of the names", LacksVersion, |made| {
        made.put("opt/a/libx.so.1", &Object::library(X).versions(&["X_1"]));
        made.put("opt/b/libx.so.1", &Object::library(X).versions(&["X_2"]));
        made.conf("include /etc/ld.so.conf.d/*.conf\n");
        made.root.file("etc/ld.so.conf.d/2.conf", b"/opt/b");
        made.root.file("etc/ld.so.conf.d/10.conf", b"/opt/a");
        Object::program(&[]).needs(X, &["X_2"])
    }),
    (
        "called otherwise than it calls itself",
        LacksLibrary,
        |made| {
            made.put("opt/a/libx.so.1", &Object::library("liby.so.2"));
            made.conf("/opt/a\n");
            plain()
        },
    ),
    ("the same among the system's", Starts, |made| {
        made.put("usr/lib/libx.so.1", &Object::library("liby.so.2"));
        plain()
    }),
    ("without a name of its own", Starts, |made| {
        made.put("opt/a/libx.so.1", &Object::default());
        made.conf("/opt/a\n");
        plain()
    }),
    ("a plugin's name", LacksLibrary, |made| {
        made.put("opt/a/plugin.so", &Object::default());
        made.conf("/opt/a\n");
        Object::program(&["plugin.so"])
    }),
    ("a directory that is a symlink", Starts, |made| {
        made.x("opt/real/libx.so.1");
        made.root.symlink("opt/a", "/opt/real");
        made.conf("/opt/a\n");
        plain()
    }),
    ("lib32 for 64 bits", LacksLibrary, |made| {
        made.root
            .file("usr/lib32/libx.so.1", &elf::library(Machine::I386));
        plain()
    }),
];
