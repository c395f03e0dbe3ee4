//! What is found in lists.

use super::*;
use crate::inspect::fake::FakeTree;
use crate::monitor::Silent;

/// The files that lists merge here.
fn merged(path: &Path) -> std::io::Result<Vec<u8>> {
    match path.to_str() {
        Some("more") => Ok(b"- /srv\n- /etc/x\n".to_vec()),
        Some("anew") => Ok(b"!\n- /etc/x\n".to_vec()),
        Some("blank") => Ok(b"# none\n".to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    }
}

fn remarks(text: &str, trees: &[&dyn Tree]) -> Vec<(Option<usize>, Matter)> {
    let found = check(
        text.as_bytes(),
        Path::new("list"),
        &mut merged,
        trees,
        1,
        &Silent,
    );
    let found = found.expect("readable");
    found
        .iter()
        .filter(|remark| remark.matter != Matter::Unprotected)
        .map(|remark| (remark.line, remark.matter))
        .collect()
}

#[test]
fn each_kind_of_mistake_is_found() {
    let tree = FakeTree::new()
        .file("etc/fstab", b"")
        .file("var/log/messages", b"")
        .file("var/log/old/messages", b"");
    let trees: [&dyn Tree; 1] = [&tree];
    for (text, expected) in [
        ("- /etc/fstab\n", vec![]),
        ("\n# nothing\n", vec![(None, Matter::Empty)]),
        (
            "- /etc/fstab\nno-new-file: - /a\n",
            vec![(Some(2), Matter::NoRule)],
        ),
        ("/etc/fstab\n- /etc/*\n", vec![(Some(1), Matter::NoRule)]),
        ("- /etc/*\n\n- /etc/*\n", vec![(Some(3), Matter::Duplicate)]),
        (
            "- /etc/*\n- /etc/*\n- /x\n- /var/*\n",
            vec![
                (Some(2), Matter::Duplicate),
                (Some(3), Matter::MatchesNothing),
            ],
        ),
        (
            "- /etc/*\n- /etc/fstab\n",
            vec![(Some(2), Matter::Unreachable)],
        ),
        (
            "- /var/log/\n- messages\n",
            vec![(Some(2), Matter::Unreachable)],
        ),
        (
            "- /nowhere\n- /etc/fstab\n",
            vec![(Some(1), Matter::MatchesNothing)],
        ),
        (
            "+ /etc/fstab\n- /etc/*\n",
            vec![(Some(2), Matter::MatchesNothing)],
        ),
    ] {
        let mut expected = expected;
        if text.starts_with('+') {
            // It matches, but the one before decides.
            expected[0].1 = Matter::Unreachable;
        }
        assert_eq!(remarks(text, &trees), expected, "{text}");
    }
    assert_eq!(remarks("- /nowhere\n", &[]), []);
}

#[test]
fn mistakes_are_told_in_words() {
    let found = check(
        b"no-new-file: - /a",
        Path::new("list"),
        &mut merged,
        &[],
        1,
        &Silent,
    );
    let found = found.expect("no tree is read");
    assert!(found[0].message.contains("`no-new-files: `"), "{found:?}");
}

#[test]
fn what_nothing_protects_is_told() {
    let unprotected = |text: &str| {
        let found = check(
            text.as_bytes(),
            Path::new("list"),
            &mut merged,
            &[],
            1,
            &Silent,
        );
        let found = found.expect("no tree is read");
        let all = found.iter();
        all.filter(|remark| remark.matter == Matter::Unprotected)
            .count()
    };
    assert_eq!(unprotected("- /x"), VALUABLE.len());
    assert_eq!(unprotected("- /raid/*\n- /srv"), VALUABLE.len() - 2);
    // Two rules that seem to, and one that does.
    assert_eq!(
        unprotected("+ /raid/*\n- /raid/*\n- /srv/*/*\n- /opt/**"),
        VALUABLE.len() - 1
    );
}

#[test]
fn the_lists_that_come_with_imgtool_are_sound() {
    for mode in Mode::ALL {
        let found = check(
            mode.list().as_bytes(),
            Path::new(mode.word()),
            &mut merged,
            &[],
            1,
            &Silent,
        );
        let found = found.expect("no tree is read");
        let wrong: Vec<_> = found
            .iter()
            .filter(|remark| remark.matter != Matter::Unprotected || mode == Mode::Update)
            // Images bring their own there.
            .filter(|remark| {
                !["`/opt`", "`/root`"]
                    .iter()
                    .any(|own| remark.message.contains(own))
            })
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", mode.word());
    }
}

#[test]
fn a_list_that_begins_anew_has_nothing_of_before() {
    let unreachable = |lines: &[usize]| -> Vec<_> {
        let lines = lines.iter();
        lines
            .map(|&line| (Some(line), Matter::Unreachable))
            .collect()
    };
    let empty = [(None, Matter::Empty)];
    for (text, expected) in [
        ("- /a\n- /b\n!\n- /c\n", unreachable(&[1, 2])),
        ("- /a\nclear\n- /a\n", unreachable(&[1])),
        (
            "- /a\nno-new-files: !\n",
            [&unreachable(&[1])[..], &empty].concat(),
        ),
        ("- /a\n. anew\n", unreachable(&[1])),
        ("!\n- /a\n. blank\n", vec![]),
        ("!\n", empty.to_vec()),
    ] {
        assert_eq!(remarks(text, &[]), expected, "{text}");
    }
    let found = check(
        b"- /srv\n!\n- /x\n",
        Path::new("list"),
        &mut merged,
        &[],
        1,
        &Silent,
    );
    let found = found.expect("no tree is read");
    assert!(
        found
            .iter()
            .any(|remark| remark.message.contains("`/srv` from being deleted")),
        "{found:?}"
    );
}

#[test]
fn files_that_a_list_merges_are_read() {
    let tree = FakeTree::new().file("etc/fstab", b"");
    for (text, expected) in [
        ("- /etc/fstab\n. more\n", vec![]),
        (
            ". more\nmerge nowhere\n- /srv\n",
            vec![(Some(2), Matter::NoRule), (Some(3), Matter::MatchesNothing)],
        ),
    ] {
        assert_eq!(remarks(text, &[&tree]), expected, "{text}");
    }
    let found = check(
        b". more\nmerge nowhere\n",
        Path::new("list"),
        &mut merged,
        &[],
        1,
        &Silent,
    );
    let found = found.expect("no tree is read");
    let about = |word: &str| {
        found
            .iter()
            .filter(|one| one.message.contains(word))
            .count()
    };
    assert_eq!((about("`/srv`"), about("`/raid`")), (0, 1), "{found:?}");
    assert!(
        found[0].message.ends_with("`nowhere`: entity not found"),
        "{found:?}"
    );
}

#[test]
fn a_rule_for_one_side_decides_there() {
    let tree = FakeTree::new()
        .file("etc/fstab", b"")
        .file("srv/data", b"")
        .file("srv/deep/data", b"");
    for (text, expected) in [
        ("hide /etc/fstab\nprotect /srv\n", vec![]),
        // It protects nothing, and is not sent all the same.
        ("risk /srv/*\n- /srv/*\n", vec![]),
        // Hidden with its directory, and protected by itself.
        ("hide /srv\n- /srv/data\n", vec![]),
        (
            "hide /srv\nhide /srv/data\n",
            vec![(Some(2), Matter::Unreachable)],
        ),
        (
            "- /srv/*\nhide /srv/deep\n",
            vec![(Some(2), Matter::Unreachable)],
        ),
        (
            "hide /nowhere\n- /etc\n",
            vec![(Some(1), Matter::MatchesNothing)],
        ),
    ] {
        assert_eq!(remarks(text, &[&tree]), expected, "{text}");
    }
}
