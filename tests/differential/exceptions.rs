//! Where an import does otherwise than GNU tar 1.34 and bsdtar 3.6, and why.

/// What may be, and why.
#[derive(Debug)]
pub(crate) struct Exception {
    /// By what it is known.
    pub(crate) what: &'static str,
    /// Why it is right.
    pub(crate) why: &'static str,
}

const IN_THE_TREE: &str = "the symlink leads to another place in the tree, as it will when that \
                           is booted; GNU tar has a placeholder for it, bsdtar goes through none";
const LATER: &str = "the target of a hard link comes behind it, where neither tar looks for it";

/// Archives, by an attack's name or as `mutant SEED`, that give a tree which
/// neither tar makes of it without complaint.
pub(crate) const TREES: &[Exception] = &[
    Exception {
        what: "symlink-absolute",
        why: IN_THE_TREE,
    },
    Exception {
        what: "var-run-absolute",
        why: IN_THE_TREE,
    },
    Exception {
        what: "var-run-relative",
        why: IN_THE_TREE,
    },
    Exception {
        what: "var-run-without-run",
        why: IN_THE_TREE,
    },
    Exception {
        what: "attributes-raw",
        why: "ACLs stand in their raw form alone, from which neither tar sets them",
    },
    Exception {
        what: "hardlink-before-its-target",
        why: LATER,
    },
    Exception {
        what: "hardlink-target-past-path-max",
        why: "the tars give the kernel whole paths, of which it takes 4096 bytes",
    },
    Exception {
        what: "mutant 86",
        why: "`n642/.` is `n642` itself, a symlink; GNU tar makes a directory of it and complains",
    },
    Exception {
        what: "mutant 211",
        why: "an attribute in a global header is one of every file; GNU tar complains of another \
              and sets none",
    },
    Exception {
        what: "mutant 10",
        why: LATER,
    },
    Exception {
        what: "mutant 104",
        why: LATER,
    },
    Exception {
        what: "mutant 193",
        why: LATER,
    },
    Exception {
        what: "mutant 280",
        why: LATER,
    },
    Exception {
        what: "mutant 298",
        why: LATER,
    },
    Exception {
        what: "mutant 56",
        why: "an empty mtime is no record, and the header's counts; GNU tar makes the same tree \
              and complains, bsdtar takes it for 1970",
    },
];

/// What failures say that come of an archive and not of the machine.
pub(crate) const FAILURES: &[Exception] = &[];

/// What refusals say of archives of which both tars make the same tree without
/// complaint.
pub(crate) const REFUSALS: &[Exception] = &[
    Exception {
        what: "it is a whiteout, which only a layer of a container image may hold",
        why: "the tars make it a file, which nobody wants",
    },
    Exception {
        what: "PAX and GNU extension headers stand before one member",
        why: "which of them counts is agreed on for some records only",
    },
    Exception {
        what: "two GNU long names stand before one member",
        why: "which of them counts is nowhere written",
    },
    Exception {
        what: "the bzip2 data is damaged",
        why: "bzip2 passes over what follows the data, and it may be the rest",
    },
    Exception {
        what: "is no time",
        why: "the tars forgive what follows a number",
    },
    Exception {
        what: "is not a number",
        why: "the tars forgive what is before it",
    },
    Exception {
        what: "holds a NUL byte",
        why: "the tars cut the name there, and others may not",
    },
    Exception {
        what: "its sparse records are no whole set of any version",
        why: "the tars take no notice of a record alone",
    },
    Exception {
        what: "ends too early",
        why: "the two blocks of zeros are missing, and with them perhaps more",
    },
    Exception {
        what: "something follows the end-of-archive marker",
        why: "the tars do not look, and it may be the rest",
    },
    Exception {
        what: "its access ACL cannot be read",
        why: "the tars leave it out and report success",
    },
    Exception {
        what: "is none that Linux has",
        why: "to chown(2) 4294967295 is no user: the file stays root's",
    },
    Exception {
        what: "bytes of data and is no regular file",
        why: "whether these follow is agreed on for the last member only",
    },
    Exception {
        what: "is unknown",
        why: "the tars make a file of what is none",
    },
];
