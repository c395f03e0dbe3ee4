//! Which texts are rules.

use fixtures::random::Prng;
use fixtures::tree::{Privilege, TreeSpec};
use libimage::filter::Argument;

use crate::list::List;
use crate::rsync::{Desk, Names, difference};
use crate::seeds::for_each_seed;

/// How many lists are tried for each seed.
const LISTS: usize = 4;

/// What rules are made of, and what is often taken for it.
const PARTS: [&[u8]; 38] = [
    b"-",
    b"-",
    b"+",
    b"+",
    b".",
    b"H",
    b"S",
    b"P",
    b"R",
    b"!",
    b"!",
    b"exclude",
    b"include",
    b"merge",
    b"hide",
    b"show",
    b"protect",
    b"risk",
    b"clear",
    b",",
    b",",
    b" ",
    b" ",
    b" ",
    b"_",
    b"/",
    b"s",
    b"r",
    b"p",
    b"e",
    b"n",
    b"w",
    b"x",
    b"C",
    b":",
    b"dir-merge",
    b"foo",
    b"#",
];

fn soup(prng: &mut Prng) -> Vec<u8> {
    let count = prng.below(7);
    (0..count)
        .flat_map(|_| *prng.pick(&PARTS))
        .copied()
        .collect()
}

fn list(prng: &mut Prng) -> List {
    let text = soup(prng);
    let argument = match prng.below(8) {
        0..4 => Argument::Filter(text),
        4 => Argument::Exclude(text),
        5 => Argument::Filter(b". foo".to_vec()),
        6 => {
            let letter = *prng.pick(b"-+Cwsrenx");
            Argument::Filter([&b"."[..], &[letter], b" foo"].concat())
        }
        _ => Argument::IncludeFrom("foo".into()),
    };
    let end: [&[u8]; 3] = [b"\n", b"\r", b" "];
    let end = *prng.pick(&end);
    let lines: Vec<_> = (0..prng.below(4)).map(|_| soup(prng)).collect();
    List {
        arguments: vec![argument],
        files: [("foo".into(), lines.join(end))].into(),
        variable: Vec::new(),
    }
}

fn judge(seed: u64) -> Option<String> {
    let mut prng = Prng::new(seed);
    let desk = Desk::new();
    TreeSpec::new().create(&desk.path("tree"), Privilege::User);
    let is_wrong = |list: &List| {
        let theirs = desk.sends(list, &desk.path("tree"));
        let ours = list.filter(false).map(|_| Names::new());
        difference(theirs.as_ref(), ours.as_ref())
    };
    for _ in 0..LISTS {
        let list = list(&mut prng);
        if is_wrong(&list).is_some() {
            let list = list.reduced(|list| is_wrong(list).is_some());
            let said = list.filter(false).err().map(|error| error.to_string());
            return Some(format!("{}  libimage said: {said:?}\n", list.shown()));
        }
    }
    None
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_refused_is_what_rsync_refuses() {
    for_each_seed(judge);
}
