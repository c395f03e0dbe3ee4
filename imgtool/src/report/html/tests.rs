//! The template, the style and the script, as texts.

use libimage::diff::Action;

use super::{SCRIPT, STYLE, TEMPLATE, front};

/// The names in the template.
fn names() -> Vec<&'static str> {
    let parts = TEMPLATE.split("{{").skip(1);
    let names = parts.map(|part| part.split_once("}}").expect("each is closed").0);
    names.collect()
}

#[test]
fn the_template_names_each_part_once() {
    let mut names = names();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "data", "notes", "policy", "risk", "script", "sides", "style", "title", "totals"
        ]
    );
}

#[test]
fn nothing_ends_the_script_or_the_style_early() {
    for text in [STYLE, SCRIPT] {
        for end in ["</", "<!--", "<script"] {
            assert!(!text.contains(end), "{end}");
        }
    }
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let own = TEMPLATE.replace("http-equiv", "");
    for text in [&own, STYLE, SCRIPT] {
        for reference in [
            "http",
            "//cdn",
            "url(",
            "@import",
            "import(",
            "fetch(",
            "XMLHttp",
            "src=",
            "<link",
            "<base",
            "<form action",
        ] {
            assert!(!text.contains(reference), "{reference}");
        }
    }
    assert_eq!(TEMPLATE.matches("href=").count(), 1, "to skip the map");
    assert!(TEMPLATE.contains("href=\"#changes-title\""));
}

#[test]
fn the_script_makes_text_and_never_markup() {
    for word in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "createContextualFragment",
        "DOMParser",
        "eval(",
        "Function(",
        "setAttribute(\"on",
        "setAttribute(\"style",
        "setAttribute(\"href",
        ".href",
    ] {
        assert!(!SCRIPT.contains(word), "{word}");
    }
}

#[test]
fn the_script_and_the_style_know_the_actions() {
    let letters: Vec<_> = front::LETTERS
        .iter()
        .map(|letter| format!("\"{letter}\""))
        .collect();
    let letters = format!("const LETTERS = [{}];", letters.join(", "));
    assert!(SCRIPT.contains(&letters), "{letters}");
    for action in Action::ALL {
        let word = action.word();
        assert!(STYLE.contains(&format!("--{word}: #")), "{word}");
        assert!(
            STYLE.contains(&format!(".{word} {{ --kind: var(--{word}); }}")),
            "{word}"
        );
    }
}
