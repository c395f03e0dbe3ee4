use super::*;
use crate::digest::Digest;
use crate::filter::{Argument, Filter};
use crate::monitor::Silent;
use crate::node::Role;

const TABLE: &str = "22 1 0:20 / / rw - ext4 /dev/vda rw\n23 22 0:21 / /t/proc rw - proc proc rw\n";

/// Fields, each with its NUL.
fn fields(fields: &[&str]) -> Vec<u8> {
    fields
        .iter()
        .flat_map(|field| [field.as_bytes(), b"\0"].concat())
        .collect()
}

/// How every answer begins.
fn head() -> Vec<u8> {
    let mut head = b"Welcome\n\nimgtool-node 1\n".to_vec();
    head.extend(fields(&["at", "/t\n.", TABLE]));
    head
}

/// An answer by `find` about a tree with one entry of some sorts.
fn by_find() -> Vec<u8> {
    let sum = Digest::of(b"x").to_string();
    let mut answer = head();
    answer.extend(fields(&[
        "find 1",
        "none",
        "ed 755 0 0 4096 5.0000000000 1 9 4",
        "",
        "",
        "ef 644 0 0 1 5.5000000000 2 9 1",
        "file",
        "",
        "ed 555 0 0 0 5.0 3 10 1",
        "proc",
        "",
        "el 777 0 0 3 5.0 4 9 1",
        "link",
        "file",
        "ec 600 0 0 0 5.0 5 9 1",
        "null",
        "",
        "d1 3",
        "ef 644 0 0 1 5.0 7 9 1",
        "late",
        "",
        "found",
        "0",
        "attributes",
        "# file: ./file\nuser.a=0x79\n\n# file: .\nuser.b=0x\n\n",
        "0\n0",
        "sums",
        "blake3",
        "./file",
        "./late",
        "./new",
        "",
        &format!("{sum}\ngone\n{sum}\n1 5.5\ngone\n7 7.0\n"),
        "",
        "0\n0",
        "end",
    ]));
    answer
}

fn by_imgtool() -> Vec<u8> {
    let tree = read_answer(&by_find()).expect("whole").tree;
    let mut answer = head();
    let listed = manifest::list(&tree, &mut answer, true, &|_, _| false, 1, &Silent);
    listed.expect("all is known");
    answer
}

fn read_answer(bytes: &[u8]) -> Result<Answer, Fault> {
    read(bytes, "node", &Pruning::default(), Most::ALL, &Silent)
}

/// What a tree holds, as a listing has it.
fn listing(answer: &Answer) -> String {
    let mut bytes = Vec::new();
    let records = answer.tree.records();
    let is_unread = |path: &ImagePath, is_directory: bool| {
        let mut names = path.components();
        let id = names.try_fold(Records::ROOT, |at, name| records.child(at, name));
        !is_directory && id.is_some_and(|id| records.content(id).is_none())
    };
    let listed = manifest::list(&answer.tree, &mut bytes, true, &is_unread, 1, &Silent);
    listed.expect("all is known");
    let text = String::from_utf8(bytes).expect("ASCII");
    let lines: Vec<_> = text.lines().skip(1).collect();
    lines[..lines.len() - 1].join("\n")
}

#[test]
fn both_ways_say_the_same() {
    let found = read_answer(&by_find()).expect("whole");
    let sum = Digest::of(b"x");
    assert_eq!(
        listing(&found),
        format!(
            "d 0755 0 0 5.000000000 . user.b=\n\
             f 0644 0 0 5.500000000 file 1 {sum} user.a=79\n\
             l 0777 0 0 5.000000000 link file\n\
             c 0600 0 0 5.000000000 null 1 3\n\
             m proc"
        )
    );
    let gone: Vec<_> = found.gone.iter().map(ToString::to_string).collect();
    assert_eq!(gone, ["late"]);
    assert!(found.is_well && found.has_attributes);
    assert_eq!(found.way, Way::Find);
    assert_eq!(found.mounts.len(), 1);

    let told = read_answer(&by_imgtool()).expect("whole");
    assert_eq!(listing(&told), listing(&found));
    assert_eq!(told.way, Way::Imgtool);
}

#[test]
fn an_answer_that_breaks_off_is_none() {
    for answer in [by_find(), by_imgtool()] {
        for end in 0..answer.len() {
            let fault = read_answer(&answer[..end])
                .map(|_| ())
                .expect_err("it is cut off");
            let is_of_the_end = matches!(
                fault,
                Fault::Ended | Fault::Listing(_) | Fault::Malformed("a field is too long")
            );
            assert!(is_of_the_end, "cut at {end}: {fault:?}");
        }
    }
}

#[test]
fn a_changed_answer_harms_nobody() {
    for answer in [by_find(), by_imgtool()] {
        for at in 0..answer.len() {
            for byte in [0, b'\n', b'/', b'9', answer[at] ^ 1] {
                let mut changed = answer.clone();
                changed[at] = byte;
                // Some changes make another tree; none makes a mess.
                let _ = read_answer(&changed);
            }
        }
        let longer = [&*answer, b"x"].concat();
        assert!(read_answer(&longer).is_err());
    }
}

/// The answer by `find` with a text in it replaced; `|` stands for the NUL that
/// ends a field.
fn with(text: &str, by: &str) -> Vec<u8> {
    let [text, by] = [text, by].map(|text| text.replace('|', "\0"));
    let answer = String::from_utf8(by_find()).expect("UTF-8");
    assert!(answer.contains(&text), "{text:?}");
    answer.replace(&text, &by).into_bytes()
}

#[test]
fn how_programs_ended_counts() {
    for (text, by) in [
        ("found|0|", "found|1|"),
        ("found|0|", "found|137|"),
        ("0\n0|sums", "0\n123|sums"),
        ("0\n0|sums", "1\n0|sums"),
        ("0\n0|end", "0\n1|end"),
        ("gone\n", "failed\n"),
    ] {
        let answer = read_answer(&with(text, by)).expect("whole");
        assert!(!answer.is_well, "{by:?}");
    }
    for (text, by) in [
        ("found|0|", "found||"),
        ("found|0|", "found|-1|"),
        ("found|0|", "found|0\n|"),
        ("find 1", "find 2"),
        ("|none|", "|other|"),
        ("blake3", "md5"),
        ("at|", "in|"),
        ("/t\n.", "/t"),
        ("\n\n# file: .", "\n# file: ."),
        ("user.b=0x\n\n", "user.b=0x\n"),
        ("7 7.0\n", ""),
        ("7 7.0\n", "7 7.0\n7 7.0\n"),
        ("7 7.0\n", "7 7.0"),
        ("./late|", "/late|"),
        ("d1 3", "d1"),
    ] {
        let fault = read_answer(&with(text, by)).map(|_| ()).expect_err(by);
        assert!(matches!(fault, Fault::Malformed(_)), "{by:?}: {fault:?}");
    }
}

#[test]
fn a_file_that_changes_is_told_unless_it_is_left_out() {
    let changed = with("1 5.5\n", "2 5.5\n");
    let fault = read_answer(&changed).map(|_| ()).expect_err("it changed");
    assert!(matches!(fault, Fault::Changed(path) if path.as_bytes() == b"file"));

    let rule = Argument::Exclude(b"file".to_vec());
    let filter = Filter::new(&[rule], &mut |_| unreachable!("no file is named")).expect("a rule");
    let pruning = Pruning::of(Role::Source, &filter, None);
    let answer = read(&changed[..], "node", &pruning, Most::ALL, &Silent).expect("whole");
    assert!(
        listing(&answer).contains(" file 1 - user.a"),
        "{}",
        listing(&answer)
    );
}

#[test]
fn what_the_node_lacks_is_told() {
    let start = head();
    for (rest, expected) in [
        (fields(&["no find"]), "NoProgram"),
        (b"imgtool-listing 2\n".to_vec(), "Listing(Version"),
        (b"imgtool-manifest 2\n".to_vec(), "Listing(Version"),
        (fields(&["nonsense"]), "Malformed"),
    ] {
        let answer = [&*start, &rest].concat();
        let fault = read_answer(&answer).map(|_| ()).expect_err(expected);
        assert!(format!("{fault:?}").starts_with(expected), "{fault:?}");
    }
    let absent = [b"\nimgtool-node 1\n", &*fields(&["absent"])].concat();
    assert!(matches!(read_answer(&absent), Err(Fault::NoDirectory)));
    let without = read_answer(&with("sums|", "no sums|"));
    assert!(matches!(without, Err(Fault::Malformed(_))));
}

#[test]
fn what_has_vanished_by_half_is_not_well() {
    for (text, by) in [
        // A device without its number, a symlink without its target.
        ("|d1 3|", "|"),
        ("link|file|", "link||"),
    ] {
        let answer = read_answer(&with(text, by)).expect("whole");
        assert!(!answer.is_well, "{by:?}");
        let gone: Vec<_> = answer.gone.iter().map(ToString::to_string).collect();
        assert_eq!(gone, ["late"], "it is what was said that tells");
    }
}

#[test]
fn sizes_can_be_added_up() {
    let size = |text: &str, by: &str| {
        with(
            &format!(" {text} 5.0 7 9 1|late"),
            &format!(" {by} 5.0 7 9 1|late"),
        )
    };
    let most = u64::MAX - 1;
    read_answer(&size("1", &most.to_string())).expect("with the other file it is u64::MAX");
    let fault = read_answer(&size("1", &u64::MAX.to_string())).map(|_| ());
    assert!(
        matches!(fault, Err(Fault::Malformed("the sizes overflow"))),
        "{fault:?}"
    );
}
