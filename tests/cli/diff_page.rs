//! `imgtool diff --html`: the page as a file. `browser` opens it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// Names that mean something to HTML, JSON, JavaScript, terminals or readers,
/// and how reports show them.
pub(crate) const HOSTILE: [(&[u8], &str); 14] = [
    (b"plain", "plain"),
    (
        b"<img src=x onerror=owned()>",
        "<img src=x onerror=owned()>",
    ),
    (b"<!--<script>", "<!--<script>"),
    (b"'\"><b>&lt;", "'\"><b>&lt;"),
    (b"]]>`${owned()}`", "]]>`${owned()}`"),
    (b"__proto__", "__proto__"),
    (b"{{data}}", "{{data}}"),
    (b"line\nend\r\x00".split_at(9).0, "line\\x0aend\\x0d"),
    (b"\xff", "\\xff"),
    (br"\xff", "\\\\xff"),
    ("\u{fffd}".as_bytes(), "\u{fffd}"),
    ("\u{202e}gpj".as_bytes(), "\\xe2\\x80\\xaegpj"),
    ("\u{2028}".as_bytes(), "\\xe2\\x80\\xa8"),
    ("größe#?&+%41".as_bytes(), "größe#?&+%41"),
];

/// Directories cannot have a slash in their names, so this ends a script in two.
pub(crate) const ENDING: (&str, &str) = ("<", "script><b>owned");

/// An image without anything and a node with all hostile names.
pub(crate) fn hostile() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("image")).expect("new");
    let node = sandbox.path("node");
    fs::create_dir_all(node.join(ENDING.0)).expect("new");
    for (name, _) in HOSTILE {
        fs::write(node.join(OsStr::from_bytes(name)), "1").expect("new");
    }
    fs::write(node.join(ENDING.0).join(ENDING.1), "1").expect("new");
    sandbox
}

/// The data in a page.
pub(crate) fn data(page: &str) -> Value {
    let (_, data) = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .expect("the page has data");
    let (data, _) = data.split_once("</script>").expect("they end");
    serde_json::from_str(data).expect("JSON")
}

/// Numbers from how much each is more than the one before it.
fn sums(steps: &Value) -> Vec<usize> {
    let steps = steps.as_array().expect("a list").iter();
    let sums = steps.scan(0, |sum, step| {
        *sum += step.as_i64().expect("a number");
        Some(usize::try_from(*sum).expect("a place"))
    });
    sums.collect()
}

/// What each change is, as the JSON report says it: action, path, kind, bytes,
/// differences, package.
fn changes(data: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let changes = &data["changes"];
    let mut paths: Vec<String> = Vec::new();
    let parents = data["directories"]["parent"].as_array().expect("a list");
    for (number, parent) in parents.iter().enumerate() {
        let name = text(&data["directories"]["name"][number]);
        let parent = usize::try_from(parent.as_u64().expect("a number")).expect("a place");
        let above = paths.get(parent).filter(|above| !above.is_empty());
        paths.push(above.map_or(name.clone(), |above| format!("{above}/{name}")));
    }
    let kinds: HashMap<String, String> = (data["kinds"].as_array().expect("a list").iter())
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect();
    let letters = |column: &str| text(&changes[column]).chars().collect::<Vec<_>>();
    let (actions, letters_of_kinds) = (letters("action"), letters("kind"));
    let bits: Vec<_> = (letters("differences").iter())
        .map(|&letter| u32::from(letter) - u32::from('A'))
        .collect();
    let directories = sums(&changes["directory"]).into_iter().enumerate();
    let line = |(number, directory): (usize, usize)| {
        let action = actions[number].to_digit(10).expect("a digit") as usize;
        let names = [paths[directory].clone(), text(&changes["name"][number])];
        let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let bits = bits[2 * number] | bits[2 * number + 1] << 4;
        let differences: Vec<_> = (0..8)
            .filter(|place| bits & 1 << place != 0)
            .map(|place| text(&data["differences"][place]))
            .collect();
        let package = match changes["package"][number].as_u64().expect("a number") {
            0 => "-".to_owned(),
            place => text(&data["packages"][usize::try_from(place).expect("a place") - 1]),
        };
        format!(
            "{} {} {} {} [{}] {package}",
            text(&data["actions"][action]),
            if names.is_empty() {
                ".".to_owned()
            } else {
                names.join("/")
            },
            kinds[&letters_of_kinds[number].to_string()],
            changes["bytes"][number],
            differences.join(","),
        )
    };
    directories.map(line).collect()
}

/// The same from the JSON report.
fn reported(objects: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |object: &Value| {
        let differences = object["differences"].as_array().expect("a list").iter();
        format!(
            "{} {} {} {} [{}] {}",
            text(&object["action"]),
            text(&object["path"]),
            text(&object["kind"]),
            object["bytes"],
            differences.map(text).collect::<Vec<_>>().join(","),
            text(&object["package"]),
        )
    };
    let changes = objects.iter().filter(|object| object["type"] == "change");
    changes.map(line).collect()
}

/// Trees with every kind of entry that needs no privilege, every action, and a
/// package.
fn trees() -> Sandbox {
    let sandbox = Sandbox::new();
    let write = |path: &str, text: &str| {
        let path = sandbox.path(path);
        fs::create_dir_all(path.parent().expect("in a directory")).expect("ours");
        fs::write(path, text).expect("ours");
    };
    let status = |version: &str| {
        format!(
            "Package: tool<b>\nStatus: install ok installed\nArchitecture: amd64\n\
             Version: {version}\n"
        )
    };
    for (tree, version) in [("image", "1.10"), ("node", "1.9")] {
        write(&format!("{tree}/var/lib/dpkg/status"), &status(version));
        let list = format!("{tree}/var/lib/dpkg/info/tool<b>.list");
        write(&list, "/.\n/usr\n/usr/bin\n/usr/bin/tool\n");
        write(&format!("{tree}/usr/bin/tool"), version);
    }
    write("image/deep/er/new", "12345");
    fs::hard_link(
        sandbox.path("image/deep/er/new"),
        sandbox.path("image/deep/link"),
    )
    .expect("ours");
    write("node/srv/data/own", "1234567");
    write("node/swap/inner", "1");
    write("image/swap", "file in place of a directory");
    for (tree, target) in [("image", "usr"), ("node", "var")] {
        std::os::unix::fs::symlink(target, sandbox.path(tree).join("link")).expect("ours");
    }
    sandbox
}

const DIFF: [&str; 7] = [
    "diff",
    "image",
    "node",
    "--modify-window",
    "100000",
    "--html",
    "page.html",
];

#[test]
fn the_page_holds_what_the_json_report_holds() {
    let sandbox = trees();
    let arguments = [&DIFF[..], &["--format", "json"]].concat();
    let objects = sandbox.run(&arguments).expect(1).objects();
    let page = fs::read_to_string(sandbox.path("page.html")).expect("written");
    let data = data(&page);
    let expected = reported(&objects);
    assert_eq!(changes(&data), expected);
    for line in [
        "linked deep/link file 0 [] -",
        "deleted srv/data/own file 7 [] -",
        "updated usr/bin/tool file 4 [size] tool<b>",
        "updated link symlink 0 [content] -",
    ] {
        assert!(
            expected.iter().any(|one| one == line),
            "{line}: {expected:#?}"
        );
    }
    let replaced: Vec<_> = (sums(&data["replaced"]).iter())
        .map(|&number| expected[number].clone())
        .collect();
    assert_eq!(replaced, ["created swap file 28 [] -"]);
    let linked = sums(&data["links"]["change"]);
    assert!(
        expected[linked[0]].starts_with("linked deep/link"),
        "{linked:?}"
    );
    assert_eq!(data["links"]["to"][0], "deep/er/new");
    let transition = &data["transitions"][0];
    assert_eq!(transition["change"], "upgraded", "{transition}");
    assert_eq!(transition["from"][0], "1.9");
    assert_eq!(transition["to"][0], "1.10");
}

#[test]
fn losses_and_totals_stand_in_the_page_itself() {
    let sandbox = trees();
    let text = sandbox.run(&DIFF[..5]).expect(1);
    let answer = sandbox.run(&DIFF).expect(1);
    assert_eq!(answer.stdout, text.stdout, "the report is the same");
    let page = fs::read_to_string(sandbox.path("page.html")).expect("written");
    let (front, _) = page
        .split_once("<noscript>")
        .expect("what follows is the script's");
    for part in [
        "Local data at risk: ",
        "<a href=\"#directory=srv\"><bdi>srv/</bdi></a>",
        "<span class=\"fate\">replaced</span>",
        "</b> <strong>1</strong> linked</li>",
        "<dt>To delete</dt><dd>8 bytes</dd>",
    ] {
        assert!(front.contains(part), "{part}\n{front}");
    }
}

#[test]
fn what_is_at_risk_is_a_link_to_its_changes() {
    let sandbox = Sandbox::new();
    for directory in ["image", "node/full", "node/empty", "node/gone"] {
        fs::create_dir_all(sandbox.path(directory)).expect("ours");
    }
    sandbox.file("node/full/own", b"1");
    for file in ["full", "empty"] {
        sandbox.file(&format!("image/{file}"), b"in place of a directory");
    }
    let arguments = ["diff", "image", "node", "--html", "page.html"];
    sandbox.run(&arguments).expect(1);
    let page = fs::read_to_string(sandbox.path("page.html")).expect("written");
    for (link, name) in [
        ("directory=full", "full/"),
        // Nothing of it is left to be opened.
        ("text=empty", "empty/"),
        ("directory=gone", "gone/"),
    ] {
        let link = format!("<a href=\"#{link}\"><bdi>{name}</bdi></a>");
        assert!(page.contains(&link), "{link}");
    }
}

#[test]
fn a_page_may_have_any_name() {
    let sandbox = trees();
    let name = OsStr::from_bytes(b"\xff.html");
    let mut command = sandbox.command(&["diff", "image", "node", "--html"]);
    let child = command.arg(name).spawn().expect("it was built");
    sandbox.answer(child).expect(1);
    assert!(fs::metadata(sandbox.path("").join(name)).is_ok());
}

#[test]
fn hostile_names_stay_text() {
    let sandbox = hostile();
    sandbox
        .run(&["diff", "image", "node", "--html", "page.html"])
        .expect(1);
    let page = fs::read_to_string(sandbox.path("page.html")).expect("UTF-8");
    for (part, times) in [
        ("<script", 2),
        ("</script", 2),
        ("<style", 1),
        ("<img", 0),
        ("<b>", 0),
        ("<!--", 0),
        ("\u{202e}", 0),
        ("\u{2028}", 0),
        ("<!DOCTYPE", 1),
    ] {
        assert_eq!(page.matches(part).count(), times, "{part}");
    }
    let data = data(&page);
    let names = data["changes"]["name"].as_array().expect("a list");
    let expected = HOSTILE.iter().map(|(_, shown)| *shown).chain([ENDING.1]);
    for shown in expected {
        let count = names.iter().filter(|name| *name == shown).count();
        assert_eq!(count, 1, "{shown}: {names:#?}");
    }
    assert_eq!(data["directories"]["name"][1], "<");
}

#[test]
fn any_shape_and_form_of_the_report_has_its_page() {
    let sandbox = trees();
    for more in [
        &["--stat"][..],
        &["--name-only"],
        &["--details"],
        &["--format", "itemize"],
        &["--format", "json"],
    ] {
        let without = sandbox.run(&[&DIFF[..5], more].concat()).expect(1).stdout;
        let with = sandbox.run(&[&DIFF[..], more].concat()).expect(1).stdout;
        assert_eq!(with, without, "{more:?}");
        let page = fs::read_to_string(sandbox.path("page.html")).expect("written");
        assert!(changes(&data(&page)).len() > 5, "{more:?}");
        fs::remove_file(sandbox.path("page.html")).expect("there");
    }
}

#[test]
fn of_equal_trees_the_page_says_so() {
    let sandbox = trees();
    let answer = sandbox
        .run(&["diff", "node", "node", "--html", "page.html"])
        .expect(0);
    assert!(answer.stdout.contains("no differences"), "{answer:#?}");
    let page = fs::read_to_string(sandbox.path("page.html")).expect("written");
    assert!(page.contains("Local data at risk: none"));
    assert_eq!(changes(&data(&page)), [""; 0]);
}

#[test]
fn a_page_that_cannot_be_written_is_told_and_leaves_nothing() {
    let sandbox = trees();
    let names = sandbox.names();
    for (place, status, words) in [
        ("-", 2, "the report goes to standard output; name a file"),
        ("nowhere/page.html", 4, "cannot write `nowhere/page.html`"),
        ("image", 4, "cannot write `image`"),
    ] {
        let answer = sandbox
            .run(&["diff", "image", "node", "--html", place])
            .expect(status);
        assert!(answer.stderr.contains(words), "{place}: {answer:#?}");
        assert_eq!(answer.stdout, "", "{place}");
        assert_eq!(sandbox.names(), names, "{place}");
    }
}
