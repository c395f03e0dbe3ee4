mod property;

use std::path::Path;

use super::*;
use crate::filter::{Argument, BcmLists, Builder};

fn filter(rules: &[&str], delete_excluded: bool) -> Filter {
    let mut builder = Builder::new().per_directory();
    if delete_excluded {
        builder = builder.delete_excluded();
    }
    for rule in rules {
        let argument = Argument::Filter(rule.as_bytes().to_vec());
        let added = builder.argument(&argument, &mut |_| unreachable!("no file is named"));
        added.expect("a rule");
    }
    builder.build()
}

fn text(pruning: &Pruning) -> String {
    String::from_utf8_lossy(&pruning.text())
        .trim_end()
        .replace('\n', "|")
}

#[test]
fn only_what_is_never_looked_into_is_left_out() {
    // Rules; what is left of them for a source and for a target.
    for (rules, source, target) in [
        (
            &["- /scratch/*", "- x"][..],
            "- /scratch/*|- x",
            "- /scratch/*|- x",
        ),
        // The source may have a file of that name, which is sent.
        (&["- /a/", "- /b/***"], "- /a/|- /b/***", ""),
        (&["H /a"], "- /a", ""),
        (&["P /a"], "", ""),
        (&["-p /a"], "- /a", ""),
        (&["S /a", "- /a"], "+ /a|- /a", "+ /a|- /a"),
        (&["R /a", "- /a"], "- /a", "+ /a|- /a"),
        (&["+ *.k", "- *"], "+ *.k|- *", "+ *.k|- *"),
        (&["-! /a", "+! b"], "-! /a|+! b", "-! /a|+! b"),
        (&["-! /a/", "- /b"], "-! /a/|- /b", "- /b"),
        (&["- /b", "+! /a/", "- /c"], "- /b|+! /a/|- /c", "- /b"),
        // Where the tree stands on another machine is not told there.
        (&["-/ /a", "- /b", "+/ /c", "- /d"], "- /b", "- /b"),
        (&["- a\nb", "- /b"], "- /b", "- /b"),
        (&["- /b", "+ a\nb", "- /c"], "- /b", "- /b"),
        // A file in a directory may say otherwise.
        (&["- /a", ": .rules", "- /b"], "- /a", "- /a"),
        (&["- /a", "!", "- /b"], "- /b", "- /b"),
    ] {
        let filter = filter(rules, false);
        let found =
            [Role::Source, Role::Target].map(|role| text(&Pruning::of(role, &filter, None)));
        assert_eq!(found, [source, target], "{rules:?}");
    }
    // What is excluded is deleted, and so looked into.
    let filter = filter(&["- /a"], true);
    assert_eq!(text(&Pruning::of(Role::Source, &filter, None)), "- /a");
    assert!(Pruning::of(Role::Target, &filter, None).is_empty());
}

#[test]
fn of_two_lists_both_must_leave_it_out() {
    for (list, expected) in [
        ("- /a\nno-new-files: - /b\n", "- /b"),
        (
            "+ /a/x\n- /a/*\nno-new-files: - /b\nno-new-files: + /c\nno-new-files: - /d\n",
            "+ /a/x|- /b|+ /c|- /d",
        ),
        ("- /a\n", ""),
        // Clearing one list alone leaves the other with rules of its own.
        ("no-new-files: - /b\n!\n- /c\n", ""),
    ] {
        let lists = BcmLists::parse(list.as_bytes(), Path::new("list"), &mut |_| {
            unreachable!("no file is named")
        });
        let lists = lists.expect("rules");
        for role in [Role::Source, Role::Target] {
            let pruning = Pruning::of(role, &lists.all, Some(&lists.no_new_files));
            assert_eq!(text(&pruning), expected, "{list}");
        }
    }
}

#[test]
fn places_are_those_that_need_no_pattern() {
    let shown = |place: &Place| match &place.area {
        Area::At(path) => format!("{path}"),
        Area::In(path, but) if but.is_empty() => format!("{path}/*"),
        Area::In(path, but) => {
            let but: Vec<_> = but.iter().map(ToString::to_string).collect();
            format!("{path}/* but {}", but.join(" "))
        }
    };
    for (rules, expected) in [
        (
            &["- /scratch", "- /home/", "- /a/***"][..],
            "scratch, home, a",
        ),
        (&["- /proc/*", "- /a/b/**", "- /c/*/"], "proc/*, a/b/*, c/*"),
        (&["- a", "- a/b", "- /a*", "- /a/*/b", "- **"], ""),
        (&["+ /etc/***", "- /*"], "./* but etc"),
        (&["+ /a/b/***", "- /a/b/c/*", "- /a/*"], "a/* but a/b"),
        (&["- //a", "- /./a", "- /a/..", "- /"], ""),
        (&["- /a\\b", "- /a b/*"], "a\\\\b, a b/*"),
        (&["+ /a", "- /a", "- /b"], "b"),
        (&["+ *", "- /a", "- /b/*"], ""),
        (&["+ /a/x", "+ /c", "- /a/*", "- /b/*"], "a/* but a/x, b/*"),
        (&["- /a/*", "+ *.c", "- /b/*", "- /c"], "a/*, c"),
    ] {
        let pruning = Pruning::of(Role::Source, &filter(rules, false), None);
        let found: Vec<_> = pruning.places().iter().map(shown).collect();
        assert_eq!(found.join(", "), expected, "{rules:?}");
    }
}
