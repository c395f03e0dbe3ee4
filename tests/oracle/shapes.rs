//! One difference a row, and the lines that it makes.
//!
//! The lines are written out, and rsync is asked too: a row tells apart that
//! libimage changed from that rsync did.

use fixtures::acl::{self, Acl, capability};
use fixtures::tree::Node;

use crate::pairs::Pair;
use crate::rsync::{self, Question, shown};

/// One row: two trees, a question, the lines.
struct Shape {
    name: &'static str,
    source: Vec<Node>,
    target: Vec<Node>,
    question: Question,
    lines: Vec<&'static str>,
}

/// A row with the plain question.
fn row(
    name: &'static str,
    source: impl Into<Vec<Node>>,
    target: impl Into<Vec<Node>>,
    lines: impl Into<Vec<&'static str>>,
) -> Shape {
    Shape {
        name,
        source: source.into(),
        target: target.into(),
        question: Question::PLAIN,
        lines: lines.into(),
    }
}

impl Shape {
    fn asked(self, question: Question) -> Self {
        Self { question, ..self }
    }

    /// What is wrong with the answers.
    fn failure(&self) -> Option<String> {
        let pair = Pair::of(&self.source, &self.target);
        let [source, target] = pair.live();
        let mut expected: Vec<_> = self
            .lines
            .iter()
            .map(|line| line.as_bytes().to_vec())
            .collect();
        expected.sort();
        let mut theirs = rsync::rsyncs(&pair.source, &pair.target, self.question);
        // A dry run may list a deletion twice, see `exceptions`.
        theirs.dedup();
        let ours = rsync::ours(&source, &target, self.question, 1);
        let compare = |found: &[Vec<u8>]| {
            rsync::mismatches(&expected, found, &pair.source, &pair.target)
                .into_iter()
                .map(|(who, line)| (if who == "rsync" { "table" } else { "found" }, line))
                .collect::<Vec<_>>()
        };
        let mut text = String::new();
        for (who, found) in [("rsync", compare(&theirs)), ("libimage", compare(&ours))] {
            if !found.is_empty() {
                text.extend([self.name, ": ", who, "\n", &shown(&found)]);
            }
        }
        (!text.is_empty()).then_some(text)
    }
}

fn run(shapes: impl IntoIterator<Item = Shape>) {
    let failures = shapes.into_iter().filter_map(|shape| shape.failure());
    let failures: Vec<_> = failures.collect();
    assert!(failures.is_empty(), "\n{}", failures.concat());
}

fn file() -> Node {
    Node::file("a", "text\n")
}

fn dir() -> Node {
    Node::dir("d")
}

fn link() -> Node {
    Node::symlink("l", "to")
}

fn fifo() -> Node {
    Node::fifo("p")
}

fn null() -> Node {
    Node::char_device("c", 1, 3)
}

fn disk() -> Node {
    Node::block_device("b", 259, 3)
}

/// Its mode is the second argument's, with the mask for the group.
fn with_acl(node: Node, acl: &Acl) -> Node {
    let mode = node.mode & !0o070 | u32::from(acl.mask) << 3;
    node.mode(mode).xattr(acl::ACCESS, acl.bytes())
}

/// With an ACL that names nobody and has a mask all the same.
fn masked(node: Node) -> Node {
    let mut bytes = with_acl(node.clone(), &guest(0)).xattrs.remove(0).1;
    // Behind the version and the owner's entry stands the named user's.
    bytes.drain(12..20);
    node.xattr(acl::ACCESS, bytes)
}

fn guest(bits: u16) -> Acl {
    Acl::from_mode(0o644).user(4242, bits)
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
#[rustfmt::skip::macros(vec)]
fn files() {
    let aged = || file().mtime(1_600_000_000, 0);
    let later = || file().mtime(1_700_000_001, 0);
    let other = || Node::file("a", "TEXT\n");
    run(vec![
        row("equal", [file()], [file()], []),
        row("new", [file()], [], [">f+++++++++ a"]),
        row("gone", [], [file()], ["*deleting   a"]),
        row("gone, and kept", [], [file()], []).asked(Question::KEEP),
        row("size", [Node::file("a", "longer text\n")], [file()], [">f.s....... a"]),
        row("time", [aged()], [file()], [">f..t...... a"]),
        row("time under checksum", [aged()], [file()], [".f..t...... a"]).asked(Question::CHECKSUM),
        row("size and time", [aged()], [Node::file("a", "")], [">f.st...... a"]),
        row("content alone", [other()], [file()], []),
        row("content alone under checksum", [other()], [file()], [">fc........ a"]).asked(Question::CHECKSUM),
        row("content of another size under checksum", [Node::file("a", "longer\n")], [file()],
            [">fcs....... a"]).asked(Question::CHECKSUM),
        row("a fraction of a second", [file().mtime(1_700_000_000, 1)], [file()], []),
        row("a fraction, exactly", [file().mtime(1_700_000_000, 1)], [file()], [">f..t...... a"]).asked(Question::EXACT),
        row("a second", [later()], [file()], [">f..t...... a"]),
        row("a second in the window", [later()], [file()], []).asked(Question::SECOND),
        row("two seconds beside the window", [later()], [file().mtime(1_699_999_999, 0)],
            [">f..t...... a"]).asked(Question::SECOND),
        row("before the epoch", [file().mtime(-1, 500_000_000)], [file().mtime(0, 0)], [">f..t...... a"]),
        row("past 2038", [file().mtime(4_294_967_296, 0)], [file().mtime(0, 0)], [">f..t...... a"]),
        row("mode", [file().mode(0o755)], [file()], [".f...p..... a"]),
        row("setuid", [file().mode(0o4755)], [file().mode(0o755)], [".f...p..... a"]),
        row("setgid", [file().mode(0o2755)], [file().mode(0o755)], [".f...p..... a"]),
        row("owner", [file().owner(7, 0)], [file()], [".f....o.... a"]),
        row("group", [file().owner(0, 7)], [file()], [".f.....g... a"]),
        row("owner and group past 2^31", [file().owner(2_147_483_653, 4_294_967_294)], [file()], [".f....og... a"]),
        row("a named user", [with_acl(file(), &guest(4))], [file()], [".f.......a. a"]),
        row("no named user any more", [file()], [with_acl(file(), &guest(4))], [".f.......a. a"]),
        row("a named user's rights", [with_acl(file(), &guest(4))], [with_acl(file(), &guest(6))], [".f.......a. a"]),
        row("another named user", [with_acl(file(), &guest(4))], [with_acl(file(), &Acl::from_mode(0o644).user(4243, 4))],
            [".f.......a. a"]),
        row("a named group for a named user", [with_acl(file(), &guest(4))],
            [with_acl(file(), &Acl::from_mode(0o644).group(4242, 4))],
            [".f.......a. a"]),
        row("the mask, which the mode shows", [with_acl(file(), &Acl { mask: 6, ..guest(4) })], [with_acl(file(), &guest(4))],
            [".f...p..... a"]),
        row("the group's own entry, which the mask hides", [with_acl(file(), &Acl { group: 0, ..guest(4) })],
            [with_acl(file(), &guest(4))],
            [".f.......a. a"]),
        row("a mask with nobody to mask", [masked(file())], [file()], [".f.......a. a"]),
        row("no mask any more", [file()], [masked(file())], [".f.......a. a"]),
        row("masks with nobody to mask", [masked(file())], [masked(file())], []),
        row("others' mode and a named user", [with_acl(file().mode(0o640), &Acl { other: 0, ..guest(4) })],
            [with_acl(file(), &guest(6))],
            [".f...p...a. a"]),
        row("xattr", [file().xattr("user.a", "1")], [file()], [".f........x a"]),
        row("security xattr", [file().xattr("security.a", "1")], [file()], [".f........x a"]),
        row("one of rsync's own xattrs", [file().xattr("user.rsync.a", "1")], [file()], [".f........x a"]),
        row("xattr gone", [file()], [file().xattr("user.a", "1")], [".f........x a"]),
        row("xattr's value", [file().xattr("user.a", "1")], [file().xattr("user.a", "2")], [".f........x a"]),
        row("xattr's name", [file().xattr("user.a", "1")], [file().xattr("user.b", "1")], [".f........x a"]),
        row("xattr without a value", [file().xattr("user.a", "")], [file()], [".f........x a"]),
        row("a long xattr's last byte", [file().xattr("user.a", [b'x'; 1000])],
            [file().xattr("user.a", [&[b'x'; 999][..], b"y"].concat())],
            [".f........x a"]),
        row("trusted xattr", [file().xattr("trusted.a", "1")], [file()], [".f........x a"]),
        row("capability", [file().xattr("security.capability", capability(1 << 13))],
            [file().xattr("security.capability", capability(1 << 12))],
            [".f........x a"]),
        row("everything but the content", [with_acl(aged().mode(0o4711).owner(1, 2).xattr("user.a", "1"), &guest(1))],
            [Node::file("a", "")],
            [">f.stpog.ax a"]),
        row("holes", [Node::sparse("a", 1 << 20, &[(4096, b"x")])],
            [Node::file("a", [vec![0; 4096], b"x".to_vec(), vec![0; (1 << 20) - 4097]].concat())],
            []).asked(Question::CHECKSUM),
    ]);
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
#[rustfmt::skip::macros(vec)]
fn directories() {
    let default = |bits| Acl::from_mode(0o755).user(4242, bits).bytes();
    let old = |node: Node| node.mtime(1_600_000_000, 0);
    run(vec![
        row("equal", [dir()], [dir()], []),
        row("new, empty", [dir()], [], ["cd+++++++++ d/"]),
        row("new, with content", [dir(), Node::file("d/a", "x"), Node::dir("d/e"), Node::fifo("d/e/p")], [],
            ["cd+++++++++ d/", ">f+++++++++ d/a", "cd+++++++++ d/e/", "cS+++++++++ d/e/p"]),
        row("gone, empty", [], [dir()], ["*deleting   d/"]),
        row("gone, with content", [],
            [dir(), Node::file("d/a", "x"), Node::dir("d/e"), Node::dir("d/e/f"), Node::symlink("d/e/f/l", "to")],
            ["*deleting   d/e/f/l", "*deleting   d/e/f/", "*deleting   d/e/", "*deleting   d/a", "*deleting   d/"]),
        row("gone, and kept", [], [dir(), Node::file("d/a", "x")], []).asked(Question::KEEP),
        row("time", [old(dir())], [dir()], [".d..t...... d/"]),
        row("time under checksum", [old(dir())], [dir()], [".d..t...... d/"]).asked(Question::CHECKSUM),
        row("a fraction of a second", [dir().mtime(1_700_000_000, 9)], [dir()], []),
        row("a fraction, exactly", [dir().mtime(1_700_000_000, 9)], [dir()], [".d..t...... d/"]).asked(Question::EXACT),
        row("mode", [dir().mode(0o1777)], [dir()], [".d...p..... d/"]),
        row("closed", [dir().mode(0)], [dir()], [".d...p..... d/"]),
        row("owner", [dir().owner(7, 0)], [dir()], [".d....o.... d/"]),
        row("group", [dir().owner(0, 7)], [dir()], [".d.....g... d/"]),
        row("ACL", [with_acl(dir(), &Acl::from_mode(0o755).group(9, 5))], [dir()], [".d.......a. d/"]),
        row("default ACL", [dir().xattr(acl::DEFAULT, default(7))], [dir()], [".d.......a. d/"]),
        row("no default ACL", [dir()], [dir().xattr(acl::DEFAULT, default(7))], [".d.......a. d/"]),
        row("another default ACL", [dir().xattr(acl::DEFAULT, default(7))], [dir().xattr(acl::DEFAULT, default(5))],
            [".d.......a. d/"]),
        row("a default ACL without names", [dir().xattr(acl::DEFAULT, Acl::from_mode(0o750).bytes())], [dir()],
            [".d.......a. d/"]),
        row("a default ACL's mask", [dir().xattr(acl::DEFAULT, Acl { mask: 5, ..Acl::from_mode(0o750).user(7, 7) }.bytes())],
            [dir().xattr(acl::DEFAULT, Acl { mask: 7, ..Acl::from_mode(0o750).user(7, 7) }.bytes())],
            [".d.......a. d/"]),
        row("a default ACL's group", [dir().xattr(acl::DEFAULT, Acl::from_mode(0o770).bytes())],
            [dir().xattr(acl::DEFAULT, Acl::from_mode(0o750).bytes())],
            [".d.......a. d/"]),
        row("both ACLs", [with_acl(dir(), &Acl::from_mode(0o755).user(7, 5)).xattr(acl::DEFAULT, default(5))],
            [with_acl(dir(), &Acl::from_mode(0o755).user(7, 4)).xattr(acl::DEFAULT, default(7))],
            [".d.......a. d/"]),
        row("xattr", [dir().xattr("user.a", "1")], [dir()], [".d........x d/"]),
        row("all but time", [dir().mode(0o700).owner(1, 2).xattr("trusted.a", "1")], [dir()], [".d...pog..x d/"]),
        row("the top: time", [old(Node::dir(""))], [Node::dir("")], [".d..t...... ./"]),
        row("the top: mode", [Node::dir("").mode(0o700)], [Node::dir("")], [".d...p..... ./"]),
        row("the top: owner", [Node::dir("").owner(1, 0)], [Node::dir("")], [".d....o.... ./"]),
        row("the top: xattr", [Node::dir("").xattr("user.a", "1")], [Node::dir("")], [".d........x ./"]),
        row("the top: default ACL", [Node::dir("").xattr(acl::DEFAULT, default(7))], [Node::dir("")], [".d.......a. ./"]),
    ]);
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
#[rustfmt::skip::macros(vec)]
fn links_and_special_files() {
    let old = |node: Node| node.mtime(1_600_000_000, 0);
    run(vec![
        row("symlink: equal", [link()], [link()], []),
        row("symlink: new", [link()], [], ["cL+++++++++ l -> to"]),
        row("symlink: gone", [], [link()], ["*deleting   l"]),
        row("symlink: target", [link()], [Node::symlink("l", "ot")], ["cLc........ l -> to"]),
        row("symlink: longer target", [link()], [Node::symlink("l", "elsewhere")], ["cLc........ l -> to"]),
        row("symlink: to a directory", [Node::symlink("l", ".")], [Node::symlink("l", "..")], ["cLc........ l -> ."]),
        row("symlink: time", [old(link())], [link()], [".L..t...... l -> to"]),
        row("symlink: a fraction of a second", [link().mtime(1_700_000_000, 1)], [link()], []),
        row("symlink: a fraction, exactly", [link().mtime(1_700_000_000, 1)], [link()],
            [".L..t...... l -> to"]).asked(Question::EXACT),
        row("symlink: owner", [link().owner(1, 2)], [link()], [".L....og... l -> to"]),
        row("symlink: xattr", [link().xattr("trusted.a", "1")], [link()], [".L........x l -> to"]),
        row("symlink: target and time", [old(link())], [Node::symlink("l", "x")], ["cLc.t...... l -> to"]),
        row("char device: equal", [null()], [null()], []),
        row("char device: new", [null()], [], ["cD+++++++++ c"]),
        row("char device: gone", [], [null()], ["*deleting   c"]),
        row("char device: minor", [null()], [Node::char_device("c", 1, 5)], ["cDc........ c"]),
        row("char device: major", [null()], [Node::char_device("c", 5, 3)], ["cDc........ c"]),
        row("char device: mode", [null().mode(0o600)], [null()], [".D...p..... c"]),
        row("char device: owner", [null().owner(1, 2)], [null()], [".D....og... c"]),
        row("char device: time", [old(null())], [null()], [".D..t...... c"]),
        row("char device: ACL", [with_acl(null(), &guest(6))], [null()], [".D.......a. c"]),
        row("char device: xattr", [null().xattr("trusted.a", "1")], [null()], [".D........x c"]),
        row("block device: new", [disk()], [], ["cD+++++++++ b"]),
        row("block device: number", [disk()], [Node::block_device("b", 259, 4)], ["cDc........ b"]),
        row("block device: mode and time", [old(disk()).mode(0o660)], [disk()], [".D..tp..... b"]),
        row("char for block device of another number", [Node::char_device("x", 1, 3)], [Node::block_device("x", 1, 4)],
            ["cDc........ x"]),
        row("char for block device of the same number, which rsync overlooks", [Node::char_device("x", 1, 3)],
            [Node::block_device("x", 1, 3)],
            []),
        row("char for block device of the same number, and another mode", [Node::char_device("x", 1, 3).mode(0o600)],
            [Node::block_device("x", 1, 3)],
            [".D...p..... x"]),
        row("a minor past eight bits", [Node::char_device("c", 1, 259)], [null()], ["cDc........ c"]),
        row("fifo: new", [fifo()], [], ["cS+++++++++ p"]),
        row("fifo: gone", [], [fifo()], ["*deleting   p"]),
        row("fifo: mode", [fifo().mode(0o600)], [fifo()], [".S...p..... p"]),
        row("fifo: owner", [fifo().owner(1, 2)], [fifo()], [".S....og... p"]),
        row("fifo: time", [old(fifo())], [fifo()], [".S..t...... p"]),
        row("fifo: ACL", [with_acl(fifo(), &guest(6))], [fifo()], [".S.......a. p"]),
        row("socket: new", [Node::socket("p")], [], ["cS+++++++++ p"]),
        row("socket: time", [old(Node::socket("p"))], [Node::socket("p")], [".S..t...... p"]),
        row("fifo for socket", [fifo()], [Node::socket("p")], ["cSc........ p"]),
        row("socket for fifo", [Node::socket("p")], [fifo()], ["cSc........ p"]),
        row("socket for fifo, and another mode", [Node::socket("p").mode(0o600)], [fifo()], ["cSc..p..... p"]),
    ]);
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
#[rustfmt::skip::macros(vec)]
fn names() {
    let with = |name: &[u8]| [Node::file(name, "")];
    run(vec![
        row("newline", with(b"a\nb"), [], [">f+++++++++ a\\#012b"]),
        row("tab", with(b"a\tb"), [], [">f+++++++++ a\tb"]),
        row("escape and delete", with(b"\x1b[1m\x7f"), [], [">f+++++++++ \\#033[1m\x7f"]),
        row("UTF-8", with("größe".as_bytes()), [], [">f+++++++++ größe"]),
        row("UTF-8 in ASCII", with("größe".as_bytes()), [], [">f+++++++++ gr\\#303\\#266\\#303\\#237e"]).asked(Question::ASCII),
        row("Latin-1", with(b"gr\xf6\xdfe"), [], [">f+++++++++ gr\\#366\\#337e"]),
        row("a C1 control", with(b"a\xc2\x85b"), [], [">f+++++++++ a\u{85}b"]),
        row("cut off UTF-8", with(b"a\xe6\x97"), [], [">f+++++++++ a\\#346\\#227"]),
        row("an overlong form", with(b"a\xc0\xafb"), [], [">f+++++++++ a\\#300\\#257b"]),
        row("a surrogate", with(b"a\xed\xa0\x80b"), [], [">f+++++++++ a\\#355\\#240\\#200b"]),
        row("backslash", with(b"a\\b"), [], [">f+++++++++ a\\b"]),
        row("what looks escaped", with(b"a\\#012b"), [], [">f+++++++++ a\\#134#012b"]),
        row("what looks escaped, in no octal", with(b"a\\#089b"), [], [">f+++++++++ a\\#134#089b"]),
        row("what looks half escaped", with(b"a\\#01"), [], [">f+++++++++ a\\#01"]),
        row("an arrow", with(b"a -> b"), [], [">f+++++++++ a -> b"]),
        row("blanks", with(b" a "), [], [">f+++++++++  a "]),
        row("a dash", with(b"--delete"), [], [">f+++++++++ --delete"]),
        row("a glob", with(b"[a]*?"), [], [">f+++++++++ [a]*?"]),
        row("dots", with(b"..."), [], [">f+++++++++ ..."]),
        row("deleted", [], with(b"a\n\xff"), ["*deleting   a\\#012\\#377"]),
        row("deleted directory", [], [Node::dir("a\nb"), Node::fifo("a\nb/c")],
            ["*deleting   a\\#012b/c", "*deleting   a\\#012b/"]),
        row("a symlink's target", [Node::symlink("l", b"a\n\xff\t\\#012")], [], ["cL+++++++++ l -> a\\#012\\#377\t\\#134#012"]),
        row("a leader", [Node::file(b"\n", ""), Node::hard_link("z", b"\n")], [Node::file(b"\n", "")],
            ["hf+++++++++ z => \\#012"]),
        row("rsync's own files", [], [Node::file(".rsync-filter", "- *\n"), Node::dir(".~tmp~"), Node::file(".a.XyZ123", "")],
            ["*deleting   .~tmp~/", "*deleting   .rsync-filter", "*deleting   .a.XyZ123"]),
    ]);
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
#[rustfmt::skip::macros(vec)]
fn hard_links() {
    let three = || {
        [
            Node::file("a", "x"),
            Node::hard_link("b", "a"),
            Node::hard_link("c", "a"),
        ]
    };
    let apart = || {
        [
            Node::file("a", "x"),
            Node::file("b", "x"),
            Node::file("c", "x"),
        ]
    };
    let one = |name: &str| [Node::file(name, "x")];
    let two = || [Node::symlink("a", "to"), Node::hard_link("b", "a")];
    run(vec![
        row("equal", three(), three(), []),
        row("all new: the last is sent", three(), [], [">f+++++++++ c", "hf+++++++++ a => c", "hf+++++++++ b => c"]),
        row("the first there", three(), one("a"), ["hf+++++++++ b => a", "hf+++++++++ c => a"]),
        row("the second there", three(), one("b"), ["hf+++++++++ a => b", "hf+++++++++ c => b"]),
        row("the last there", three(), one("c"), ["hf+++++++++ a => c", "hf+++++++++ b => c"]),
        row("not linked", three(), apart(), ["hf          b => a", "hf          c => a"]),
        row("not linked, under checksum", three(), apart(),
            ["hf          b => a", "hf          c => a"]).asked(Question::CHECKSUM),
        row("the last two linked", three(), [Node::file("a", "x"), Node::file("b", "x"), Node::hard_link("c", "b")],
            ["hf          b => a", "hf          c => a"]),
        row("linked no more", apart(), three(), []),
        row("linked, all of another mode", three(),
            [Node::file("a", "x").mode(0o600), Node::hard_link("b", "a"), Node::hard_link("c", "a")],
            [".f...p..... a", "hf...p..... b", "hf...p..... c"]),
        row("linked, all older", three(),
            [Node::file("a", "x").mtime(1, 0), Node::hard_link("b", "a"), Node::hard_link("c", "a")],
            [">f..t...... a", "hf..t...... b", "hf..t...... c"]),
        row("the leader older", three(), [Node::file("a", "x").mtime(1, 0), Node::file("b", "x"), Node::hard_link("c", "b")],
            [">f..t...... a", "hf          b => a", "hf          c => a"]),
        row("under checksum, another of other content", three(), [Node::file("a", "x"), Node::file("b", "xyz")],
            ["hf.s....... b => a", "hf+++++++++ c => a"]).asked(Question::CHECKSUM),
        row("under checksum, the first of other size", three(), [Node::file("a", "xyz"), Node::file("b", "x")],
            [">fcs....... a", "hf          b => a", "hf+++++++++ c => a"]).asked(Question::CHECKSUM),
        row("a directory where the leader was", three(), [Node::dir("a"), Node::fifo("a/p"), Node::file("b", "x")],
            ["*deleting   a/p", "hf......... a => b", "hf+++++++++ c => b"]),
        row("one name gone", [Node::file("a", "x")], [Node::file("a", "x"), Node::hard_link("b", "a")], ["*deleting   b"]),
        row("across directories", [Node::dir("d"), Node::file("d/a", "x"), Node::hard_link("z", "d/a")], [Node::dir("d")],
            ["hf+++++++++ z => d/a", ">f+++++++++ d/a"]),
        row("symlinks: equal", two(), two(), []),
        row("symlinks: new, the first is made", two(), [], ["cL+++++++++ a -> to", "hL+++++++++ b => a"]),
        row("symlinks: not linked", two(), [Node::symlink("a", "to"), Node::symlink("b", "to")], ["hL          b => a"]),
        row("symlinks: linked, all older", two(), [Node::symlink("a", "to").mtime(1, 0), Node::hard_link("b", "a")],
            [".L..t...... a -> to", "hL..t...... b -> to"]),
        row("fifos: new", [fifo(), Node::hard_link("q", "p")], [], ["cS+++++++++ p", "hS+++++++++ q => p"]),
        row("fifos: the second there", [fifo(), Node::hard_link("q", "p")], [Node::fifo("q")],
            ["cS+++++++++ p", "hS          q => p"]),
        row("devices: linked, all of another number", [null(), Node::hard_link("e", "c")],
            [Node::char_device("c", 1, 5), Node::hard_link("e", "c")],
            ["cDc........ c"]),
    ]);
}
