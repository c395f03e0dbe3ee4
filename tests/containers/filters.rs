//! Filters and limits hold for an image, not for each of its layers.

use libimage::filter::{Argument, Filter};
use libimage::import::Options;

use crate::arena::{Arena, Packing};
use crate::layered::differences;
use crate::notation::{layer, layout, tree};

/// The rules, each an option's sign and pattern; the layers; the tree.
type Case = (
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
);

fn filtered(rules: &[&str]) -> Options {
    let argument = |rule: &&str| {
        let (sign, pattern) = rule.split_at(1);
        match sign {
            "+" => Argument::Include(pattern.into()),
            _ => Argument::Exclude(pattern.into()),
        }
    };
    let arguments: Vec<_> = rules.iter().map(argument).collect();
    let mut options = Options::default();
    options.filter = Filter::new(&arguments, &mut |path| panic!("{} is read", path.display()))
        .expect("the rules can be read");
    options
}

fn wrong((rules, layers, expected): &Case) -> Vec<String> {
    let layers = layers.iter().map(|line| layer(line));
    let found = differences(layers, &tree(expected), || filtered(rules));
    let named = found.into_iter().map(|line| format!("{rules:?}: {line}"));
    named.collect()
}

#[test]
fn what_is_filtered_is_in_no_layer() {
    let cases: &[Case] = &[
        (&["-a"], &["a:0 b:0", "a:1"], "b:0"),
        (&["-a"], &["b:0", "a:1"], "b:0"),
        (&["-a"], &["a:0 b:0", ".wh.a"], "b:0"),
        (&["-/d"], &["d/ d/a:0 b:0", "d/c:1"], "b:0"),
        (&["-/d/"], &["d/ d/a:0 b:0", "d/.wh.a"], "b:0"),
        (
            &["-*.o"],
            &["x.o:0 d/ d/y.o:0 z:0", "d/w.o:1 d/v:1"],
            "d/ d/v:1 z:0",
        ),
        (&["-c"], &["a:0 b:0 c:0", ".wh.a"], "b:0"),
        (
            &["-x"],
            &["d/ d/a:0 d/x:0", "d/.wh..wh..opq d/b:1 d/x:1"],
            "d/ d/b:1",
        ),
        (&["+/a", "-*"], &["a:0 b:0", "a:1 c:1"], "a:1"),
    ];
    let wrong: Vec<_> = cases.iter().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A whiteout is no file: left out, it would bring back what it hides.
#[test]
fn no_rule_leaves_out_a_whiteout() {
    let cases: &[Case] = &[
        (&["-.*"], &["a:0 b:0", ".wh.a"], "b:0"),
        (&["-.*"], &["d/ d/a:0", "d/.wh..wh..opq"], "d/"),
        (&["+/a", "+/b", "-*"], &["a:0 b:0", ".wh.a"], "b:0"),
        (
            &["+/d/", "+/d/a", "-*"],
            &["d/ d/a:0", "d/.wh..wh..opq"],
            "d/",
        ),
        (&["-.wh.*"], &["a:0 b:0", ".wh.a"], "b:0"),
        (&["-.wh.*"], &["d/ d/a:0 b:0", "d/.wh..wh..opq"], "b:0 d/"),
        (&["-.wh.*"], &["d/ d/a:0 d/b:0", "d/.wh.a"], "d/ d/b:0"),
    ];
    let wrong: Vec<_> = cases.iter().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn limited(name: &str, value: u64) -> Options {
    let mut options = Options::default();
    assert!(options.limits.set(name, value), "{name}");
    options
}

/// What an image of two layers says, of 2048 bytes and two members each.
fn answer(name: &str, value: u64) -> Result<(), String> {
    let layers = ["a b", "c d"].map(layer);
    assert!(layers.iter().all(|layer| layer.tar.len() == 2048));
    let arena = Arena::new();
    let source = arena.source(&layout(layers), Packing::Directory);
    let answer = arena.import(source, &limited(name, value));
    answer.map(drop).map_err(|error| error.to_string())
}

#[test]
fn limits_are_for_all_layers_together() {
    assert_eq!(answer("size", 4096), Ok(()));
    let refused = answer("size", 4095).expect_err("one byte too many");
    assert!(refused.contains("unpacked bytes"), "{refused}");
    assert_eq!(answer("entries", 4), Ok(()));
    // More members than one layer has, and fewer than both have together.
    let refused = answer("entries", 3).expect_err("one too many");
    assert!(refused.contains("members"), "{refused}");
}
