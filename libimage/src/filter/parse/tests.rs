//! Which texts are rules and what they say.

use super::*;
use crate::escape::Escaped;
use crate::filter::pattern::PatternError;

/// What is parsed, in the short form of rules.
fn shown(parsed: &Parsed<'_>) -> String {
    match parsed {
        Parsed::Nothing => String::new(),
        Parsed::Clear => "!".to_owned(),
        Parsed::Match(rule) => {
            let mut text = match rule.action {
                Action::Exclude => "-".to_owned(),
                Action::Include => "+".to_owned(),
            };
            text += match rule.sides {
                None => "",
                Some(Sides::Both) => "sr",
                Some(Sides::Sender) => "s",
                Some(Sides::Receiver) => "r",
            };
            let modifiers = rule.pattern.modifiers();
            for (is_set, letter) in [
                (modifiers.absolute, "/"),
                (modifiers.negated, "!"),
                (rule.perishable, "p"),
                (rule.xattr, "x"),
            ] {
                text += if is_set { letter } else { "" };
            }
            format!("{text} {}", rule.pattern)
        }
        Parsed::Cvs { form, xattr } => {
            let sign = match form.action {
                Action::Exclude => "-C",
                Action::Include => "+C",
            };
            let inherited = form.inherited;
            let modifiers = [
                (inherited.sides.is_some(), "s"),
                (inherited.absolute, "/"),
                (form.negated, "!"),
                (inherited.perishable, "p"),
                (*xattr, "x"),
            ];
            let given = modifiers.into_iter().filter(|(is_set, _)| *is_set);
            given.fold(sign.to_owned(), |text, (_, letter)| text + letter)
        }
        Parsed::Merge(merge) => {
            let mut text = if merge.per_directory { ":" } else { "." }.to_owned();
            text += match merge.syntax {
                Syntax::Rule => "",
                Syntax::Pattern(Action::Exclude) => "-",
                Syntax::Pattern(Action::Include) => "+",
                Syntax::Cvs => "C",
                Syntax::Simple(_) => unreachable!("no rule says so"),
            };
            for (is_set, letter) in [
                (merge.words, "w"),
                (merge.excludes_file, "e"),
                (merge.no_inheritance, "n"),
                (merge.inherited.sides.is_some(), "s"),
                (merge.inherited.absolute, "/"),
                (merge.inherited.perishable, "p"),
                (merge.inherited.directories, "d"),
                (merge.xattr, "x"),
            ] {
                text += if is_set { letter } else { "" };
            }
            format!("{text} {}", Escaped(merge.file))
        }
    }
}

fn check(cases: &[(&str, Result<&str, Fault>)], syntax: Syntax, inherited: Inherited) {
    for (text, expected) in cases {
        let found = parse(text.as_bytes(), syntax, inherited);
        let found = found.as_ref().map(shown).map_err(|fault| *fault);
        assert_eq!(
            found.as_deref(),
            expected.as_ref().map(|text| *text),
            "{text:?}"
        );
    }
}

const EMPTY: Fault = Fault::Pattern(PatternError::Empty);

#[test]
fn rules_are_read_as_rsync_reads_them() {
    let cases = &[
        ("", Ok("")),
        ("- foo", Ok("- foo")),
        ("-_foo", Ok("- foo")),
        ("-  foo ", Ok("-  foo ")),
        ("- _", Ok("- _")),
        ("-, foo", Ok("- foo")),
        ("-! foo", Ok("-! foo")),
        ("-,!/sp_foo", Ok("-s/!p foo")),
        ("-rs foo", Ok("-sr foo")),
        ("-ss foo", Ok("-s foo")),
        ("exclude foo", Ok("- foo")),
        ("exclude_foo", Ok("- foo")),
        ("include,r foo", Ok("+r foo")),
        ("H foo", Ok("-s foo")),
        ("show foo", Ok("+s foo")),
        ("protect,! foo", Ok("-r! foo")),
        ("Rp foo", Ok("+rp foo")),
        ("!", Ok("!")),
        ("!,", Ok("!")),
        ("clear", Ok("!")),
        ("- !", Ok("- !")),
        ("- #foo", Ok("- #foo")),
        (". foo", Ok(". foo")),
        ("merge,-s/p foo", Ok(".-s/p foo")),
        (".wen+ foo", Ok(".+wen foo")),
        (".C", Ok(".Cwn .cvsignore")),
        (": a/b", Ok(": a/b")),
        ("dir-merge,n- foo", Ok(":-n foo")),
        (":C", Ok(":Cwn .cvsignore")),
        (": a/b/", Ok(":d a/b")),
        (": /", Ok(": /")),
        (". a/", Ok(". a/")),
        ("-x user.a", Ok("-x user.a")),
        ("Hx! user.a", Ok("-s!x user.a")),
        (".x foo", Ok(".x foo")),
        (":x foo", Ok(":x foo")),
        ("-C", Ok("-C")),
        ("+,C", Ok("+C")),
        ("exclude,C", Ok("-C")),
        ("-sC/!px", Ok("-Cs/!px")),
        ("-C_foo bar", Ok("-C")),
        ("- C", Ok("- C")),
        ("foo", Err(Fault::UnknownRule)),
        ("-Cw", Err(Fault::Modifier(b'w'))),
        ("-CC", Err(Fault::Modifier(b'C'))),
        ("#foo", Err(Fault::UnknownRule)),
        ("excludefoo", Err(Fault::UnknownRule)),
        ("exclude! foo", Err(Fault::UnknownRule)),
        ("Exclude foo", Err(Fault::UnknownRule)),
        (" - foo", Err(Fault::BlankBefore)),
        ("\t- foo", Err(Fault::BlankBefore)),
        ("-", Err(EMPTY)),
        ("- ", Err(EMPTY)),
        ("hide_", Err(EMPTY)),
        ("-foo", Err(Fault::Modifier(b'f'))),
        ("-,,", Err(Fault::Modifier(b','))),
        ("-\tfoo", Err(Fault::Modifier(b'\t'))),
        ("-n foo", Err(Fault::Modifier(b'n'))),
        ("Hs foo", Err(Fault::Modifier(b's'))),
        ("PC", Err(Fault::Modifier(b'C'))),
        (".! foo", Err(Fault::Modifier(b'!'))),
        (".-+ foo", Err(Fault::Modifier(b'+'))),
        (".C- foo", Err(Fault::Modifier(b'-'))),
        (".", Err(Fault::NoFile)),
        (":n ", Err(Fault::NoFile)),
        ("! ", Err(Fault::AfterClear)),
        ("!foo", Err(Fault::AfterClear)),
        ("clear_", Err(Fault::AfterClear)),
    ];
    check(cases, Syntax::Rule, Inherited::default());
}

#[test]
fn excludes_know_two_prefixes_only() {
    let cases = &[
        ("", Ok("")),
        ("foo", Ok("- foo")),
        (" foo", Ok("-  foo")),
        ("- foo", Ok("- foo")),
        ("+ foo", Ok("+ foo")),
        ("-foo", Ok("- -foo")),
        ("-_foo", Ok("- -_foo")),
        ("H foo", Ok("- H foo")),
        ("- - foo", Ok("- - foo")),
        ("!", Ok("!")),
        ("! ", Ok("- ! ")),
        ("- !", Ok("- !")),
        ("clear", Ok("- clear")),
        ("- ", Err(EMPTY)),
    ];
    check(cases, Syntax::Simple(Action::Exclude), Inherited::default());
}

#[test]
fn files_may_hold_bare_patterns() {
    let cases = &[
        ("foo", Ok("+ foo")),
        ("- foo", Ok("+ - foo")),
        ("!", Ok("+ !")),
    ];
    check(
        cases,
        Syntax::Pattern(Action::Include),
        Inherited::default(),
    );
    let cases = &[
        ("foo", Ok("- foo")),
        ("- foo", Ok("- - foo")),
        ("!", Ok("!")),
    ];
    check(cases, Syntax::Cvs, Inherited::default());
}

#[test]
fn a_merged_file_inherits_modifiers() {
    let inherited = Inherited {
        sides: Some(Sides::Sender),
        absolute: true,
        perishable: true,
        directories: false,
    };
    let cases = &[
        ("- foo", Ok("-s/p foo")),
        ("-! foo", Ok("-s/!p foo")),
        ("-C", Ok("-Cs/p")),
        ("-sC", Err(Fault::SideTwice)),
        (". foo", Ok(".s/p foo")),
        ("!", Ok("!")),
        ("-s foo", Err(Fault::SideTwice)),
        ("H foo", Err(Fault::SideTwice)),
        ("P foo", Err(Fault::SideTwice)),
        (".r foo", Err(Fault::SideTwice)),
    ];
    check(cases, Syntax::Rule, inherited);
    let of_directories = Inherited {
        directories: true,
        ..Inherited::default()
    };
    let cases = &[
        ("- foo", Ok("- foo/")),
        ("- foo/", Ok("- foo/")),
        ("- /", Ok("- //")),
        ("- ", Err(EMPTY)),
        (": .s", Ok(":d .s")),
    ];
    check(cases, Syntax::Rule, of_directories);
    check(
        &[("H foo", Ok("-s/p H foo"))],
        Syntax::Pattern(Action::Exclude),
        inherited,
    );
}
