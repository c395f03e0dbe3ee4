//! Filter rules, one a line; behind an empty line the paths to judge. The rules
//! but for the first are also what is in each file that a rule may name, in
//! every directory that the paths go through.
#![no_main]

use imgtool_fuzz::text;
use libfuzzer_sys::fuzz_target;
use libimage::filter::{Argument, Builder, Filter, FilterError, Modifiers, Pattern, Side};
use libimage::path::ImagePath;

/// Rules and paths beyond these only cost time.
const MOST: usize = 12;

fuzz_target!(|bytes: &[u8]| {
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let (rules, paths) = match lines.iter().position(|line| line.is_empty()) {
        Some(border) => (&lines[..border], &lines[border + 1..]),
        None => (&lines[..], &[][..]),
    };
    let paths: Vec<ImagePath> = paths
        .iter()
        .filter_map(|path| ImagePath::new(*path).ok())
        .filter(|path| !path.is_root())
        .take(MOST)
        .collect();
    paths.iter().for_each(means_itself);
    let rules = rules.iter().take(MOST);
    let arguments: Vec<_> = rules.map(|rule| Argument::Filter(rule.to_vec())).collect();
    // A file that is merged has more of the same.
    let rest = arguments.get(1..).unwrap_or_default();
    let mut file = Vec::new();
    for argument in rest {
        if let Argument::Filter(rule) = argument
            && !rule.starts_with(b".")
            && !rule.starts_with(b"merge")
        {
            file.extend_from_slice(rule);
            file.push(b'\n');
        }
    }
    match Filter::new(&arguments, &mut |_| Ok(file.clone())) {
        Ok(filter) => judge(&filter, &paths),
        Err(error) => {
            text::of_error(&error);
        }
    }
    if let Err(error) = walk(&arguments, &rest_of(&arguments), &file, &paths) {
        text::of_error(&error);
    }
});

/// All rules but the first, those that name files among them.
fn rest_of(arguments: &[Argument]) -> Vec<u8> {
    let rest = arguments.get(1..).unwrap_or_default();
    let rest = rest.iter().filter_map(|argument| match argument {
        Argument::Filter(rule) => Some(&rule[..]),
        _ => None,
    });
    rest.collect::<Vec<_>>().join(&b'\n')
}

/// Goes down to each path, with a file of rules in every directory.
fn walk(
    arguments: &[Argument],
    in_directories: &[u8],
    merged: &[u8],
    paths: &[ImagePath],
) -> Result<(), FilterError> {
    let mut builder = Builder::new().per_directory();
    for argument in arguments {
        builder.argument(argument, &mut |_| Ok(merged.to_vec()))?;
    }
    let filter = builder.build();
    for side in [Side::Sender, Side::Receiver] {
        let mut read = |path: &ImagePath| {
            let is_root = path.is_root();
            Ok((!is_root).then(|| in_directories.to_vec()))
        };
        let top = filter.scope(side, &mut read)?;
        for path in paths {
            let mut scope = top.clone();
            // Deeper ones only cost time.
            for directory in above(path).into_iter().take(MOST) {
                scope = scope.enter(&directory, &mut read)?;
            }
            let decision = scope.decide(side, path, true);
            if !filter.reads_directories() {
                let flat = filter.decide(side, path, true);
                assert_eq!(decision.is_excluded(), flat.is_excluded(), "{path}");
            }
            if let Some(rule) = decision.rule() {
                text::check(&rule.to_string());
                text::check(&rule.origin.to_string());
            }
            let name = path.as_bytes();
            let is_sent = filter.sends_xattr(name);
            assert!(
                !is_sent || filter.receives_xattr(name),
                "{path} is sent in vain"
            );
        }
    }
    Ok(())
}

/// The stream's judge comes to the same as one who goes down to each entry.
fn judge(filter: &Filter, paths: &[ImagePath]) {
    for rule in filter.rules() {
        text::check(&rule.to_string());
        text::check(&rule.origin.to_string());
    }
    for side in [Side::Sender, Side::Receiver, Side::Removal] {
        let mut beneath = filter.beneath(side);
        for path in paths {
            for is_dir in [true, false] {
                let top = above(path)
                    .into_iter()
                    .map(|directory| (directory, true))
                    .chain([(path.clone(), is_dir)])
                    .find(|(path, is_dir)| filter.decide(side, path, *is_dir).is_excluded());
                let found = beneath.excludes(path, is_dir).map(|excluded| excluded.top);
                assert_eq!(found, top.map(|(path, _)| path), "{path} of {paths:?}");
            }
        }
    }
}

/// The directories above a path, the topmost first, without the root.
fn above(path: &ImagePath) -> Vec<ImagePath> {
    let mut above = Vec::new();
    let mut at = path.parent();
    while let Some(directory) = at.filter(|directory| !directory.is_root()) {
        at = directory.parent();
        above.push(directory);
    }
    above.reverse();
    above
}

/// A path, its wildcards escaped, is a pattern for itself and nothing else.
fn means_itself(path: &ImagePath) {
    let bytes = path.as_bytes();
    let is_wild = bytes.iter().any(|byte| b"*?[".contains(byte));
    let mut text = vec![b'/'];
    for &byte in bytes {
        // Without a wildcard a backslash is one like any other byte.
        if is_wild && b"*?[\\".contains(&byte) {
            text.push(b'\\');
        }
        text.push(byte);
    }
    let Ok(pattern) = Pattern::new(&text, Modifiers::default()) else {
        assert!(text.len() > Pattern::MAX_LEN, "{path} is a pattern");
        return;
    };
    for is_dir in [true, false] {
        assert!(pattern.matches(bytes, is_dir), "{pattern} is {path}");
        for other in [path.join(b"x"), ImagePath::root().join(b"x")] {
            let is_other = other != *path;
            assert!(!is_other || !pattern.matches(other.as_bytes(), is_dir));
        }
    }
}
