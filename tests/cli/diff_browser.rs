//! `imgtool diff --html` in a browser: what the page's script makes of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::diff_page::{ENDING, HOSTILE, hostile};
use crate::sandbox::Sandbox;

/// The document that a page has become when its script has run.
struct Document(String);

impl Sandbox {
    /// Opens `page.html` at a place that the address names.
    fn browse(&self, page: &str, place: &str) -> Document {
        let profile = format!("--user-data-dir={}", self.path("profile").display());
        let output = Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--window-size=1200,900",
            ])
            .args([&profile, "--virtual-time-budget=30000", "--dump-dom"])
            .arg(format!("file://{}#{place}", self.path(page).display()))
            .env("HOME", self.path(""))
            .output()
            .expect("chromium is installed");
        assert!(output.status.success(), "{output:?}");
        let document = Document(String::from_utf8(output.stdout).expect("UTF-8"));
        assert!(document.0.contains("data-ready=\"true\""), "{}", document.0);
        document
    }
}

impl Document {
    /// How many elements there are of each name, by the document's own
    /// notation: attributes are in double quotes and hold no further ones.
    fn elements(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        let mut rest = &*self.0;
        while let Some((_, after)) = rest.split_once('<') {
            let end = after.find(|letter: char| !letter.is_ascii_alphanumeric());
            let (name, after) = after.split_at(end.expect("a tag ends"));
            let mut quoted = false;
            let end = after.find(|letter| {
                quoted ^= letter == '"';
                letter == '>' && !quoted
            });
            rest = &after[end.expect("a tag ends")..];
            if name == "script" || name == "style" {
                let end = rest.find(&format!("</{name}>")).expect("it ends");
                rest = &rest[end..];
            }
            if !name.is_empty() {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    /// What stands behind a mark, up to the end of the element's tags.
    fn behind(&self, mark: &str) -> &str {
        let (_, after) = self
            .0
            .split_once(mark)
            .unwrap_or_else(|| panic!("no {mark}: {}", self.0));
        let (_, after) = after.split_once('>').expect("a tag ends");
        after
    }

    /// The text of an element that has no others in it.
    fn text(&self, mark: &str) -> &str {
        self.behind(mark).split('<').next().unwrap_or_default()
    }

    /// The paths in the rows of all changes that are in the document, without
    /// markup.
    fn paths(&self) -> Vec<String> {
        let (rows, _) = self
            .behind("id=\"changes\"")
            .split_once("</table>")
            .expect("a table");
        let cells = rows.split("<bdi class=\"above\">").skip(1);
        let cells = cells.map(|cell| cell.split_once("</span>").expect("it ends").0);
        let markup = ["</bdi>", "<bdi class=\"name\">"];
        let plain = |cell: &str| {
            markup
                .iter()
                .fold(cell.to_owned(), |cell, tag| cell.replace(tag, ""))
        };
        let entities = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&nbsp;", "\u{a0}"),
            ("&amp;", "&"),
        ];
        let text = |cell: &str| {
            let cell = plain(cell);
            entities
                .iter()
                .fold(cell, |text, (entity, letter)| text.replace(entity, letter))
        };
        cells.map(text).collect()
    }

    /// The names on the map.
    fn tiles(&self) -> Vec<&str> {
        let (map, _) = self
            .behind("id=\"map\"")
            .split_once("</section>")
            .expect("a section");
        let labels = map.split("<bdi class=\"name\">").skip(1);
        labels
            .map(|label| label.split('<').next().unwrap_or_default())
            .collect()
    }
}

#[test]
#[ignore = "needs chromium"]
fn hostile_names_are_text_in_the_document() {
    let sandbox = hostile();
    sandbox
        .run(&["diff", "image", "node", "--html", "page.html"])
        .expect(1);
    let document = sandbox.browse("page.html", "");
    let elements = document.elements();
    for (name, count) in [
        ("img", None),
        ("b", None),
        ("script", Some(&1)),
        ("style", Some(&1)),
    ] {
        // Letters of actions are the only bold ones.
        let found = elements.get(name).copied().map(|found| match name {
            "b" => found - document.0.matches("<b class=\"letter\"").count(),
            _ => found,
        });
        assert_eq!(
            found.as_ref().filter(|&&found| found > 0),
            count,
            "{name}: {elements:?}"
        );
    }
    let paths = document.paths();
    for (_, shown) in HOSTILE {
        assert!(
            paths.iter().any(|path| path == shown),
            "{shown}: {paths:#?}"
        );
    }
    let ending = format!("{}/{}", ENDING.0, ENDING.1);
    assert!(paths.contains(&ending), "{paths:#?}");
    assert_eq!(document.tiles(), ["(directly here)", "&lt;/"]);
    // Each can be searched for by what is shown.
    for (_, shown) in HOSTILE {
        let place: String = shown.bytes().fold(String::new(), |mut place, byte| {
            write!(place, "%{byte:02X}").expect("a string takes all");
            place
        });
        let document = sandbox.browse("page.html", &format!("text={place}"));
        assert!(document.paths().iter().any(|path| path == shown), "{shown}");
    }
}

#[test]
#[ignore = "needs chromium"]
fn no_script_but_the_pages_own_runs() {
    let sandbox = hostile();
    sandbox
        .run(&["diff", "image", "node", "--html", "page.html"])
        .expect(1);
    let page = fs::read_to_string(sandbox.path("page.html")).expect("UTF-8");
    let intruder = "<script>document.documentElement.dataset.owned = 1</script>\
                    <img src=\"data:,\" onerror=\"document.documentElement.dataset.owned = 1\">";
    let owned = page.replace("<header>", &format!("{intruder}<header>"));
    let (before, after) = owned.split_once("<meta http-equiv").expect("a policy");
    let (_, after) = after.split_once('>').expect("it ends");
    sandbox.file("guarded.html", owned.as_bytes());
    sandbox.file("open.html", format!("{before}{after}").as_bytes());
    for (page, is_owned) in [("guarded.html", false), ("open.html", true)] {
        let document = sandbox.browse(page, "");
        assert_eq!(document.0.contains("data-owned"), is_owned, "{page}");
    }
}

/// Two lists of trees with 2000 directories and 200,000 differing files: of
/// four in a row one is deleted, one created, and two are updated.
fn many() -> Sandbox {
    let sandbox = Sandbox::new();
    let head = "#mtree\n. type=dir mode=0755 uid=0 gid=0 time=1.0\n";
    let mut lists = [head.to_owned(), head.to_owned()];
    for directory in 0..2000 {
        let top = directory % 20;
        let mut put = |which: &[usize], line: &str| {
            for &list in which {
                lists[list].push_str(line);
            }
        };
        if directory < 20 {
            put(
                &[0, 1],
                &format!("./t{top:02} type=dir mode=0755 uid=0 gid=0 time=1.0\n"),
            );
        }
        put(
            &[0, 1],
            &format!("./t{top:02}/d{directory:04} type=dir mode=0755 uid=0 gid=0 time=1.0\n"),
        );
        for file in 0..100 {
            let path = format!("./t{top:02}/d{directory:04}/file-{file:03}");
            for (list, skipped) in [(0, 0), (1, 1)] {
                if file % 4 != skipped {
                    let size = 1000 * file + list;
                    let line =
                        format!("{path} type=file mode=0644 uid=0 gid=0 time=1.0 size={size}\n");
                    put(&[list], &line);
                }
            }
        }
    }
    for (name, list) in ["image.mtree", "node.mtree"].into_iter().zip(lists) {
        sandbox.file(name, list.as_bytes());
    }
    sandbox
}

#[test]
#[ignore = "needs chromium"]
fn what_is_not_printed_is_told() {
    let sandbox = many();
    sandbox
        .run(&["diff", "image.mtree", "node.mtree", "--html", "page.html"])
        .expect(1);
    let page = fs::read_to_string(sandbox.path("page.html")).expect("UTF-8");
    let (before, after) = page.split_once("<meta http-equiv").expect("a policy");
    let (_, after) = after.split_once('>').expect("it ends");
    // A list that is new is drawn once more, a frame later, which must not undo it.
    let print = "<script>byId(\"more-risks\").querySelector(\"button\").click();\
                 dispatchEvent(new Event(\"beforeprint\"));</script>";
    let after = after.replace("</body>", &format!("{print}</body>"));
    sandbox.file("printed.html", format!("{before}{after}").as_bytes());
    let document = sandbox.browse("printed.html", "");
    // Of all changes, and of all that is at risk.
    for rest in [199_000, 149_000] {
        let (thousands, rest) = (rest / 1000, rest % 1000);
        let rest = format!(">{thousands},{rest:03} more, which are not printed<");
        assert!(document.0.contains(&rest), "{rest}");
    }
    assert_eq!(document.paths().len(), 1000);
}

#[test]
#[ignore = "needs chromium"]
fn of_200_000_changes_a_few_rows_are_in_the_document() {
    let sandbox = many();
    sandbox
        .run(&["diff", "image.mtree", "node.mtree", "--html", "page.html"])
        .expect(1);
    let size = fs::metadata(sandbox.path("page.html"))
        .expect("written")
        .len();
    assert!(size < 10_000_000, "{size}");
    // What is asked for, how many changes that are, the first path in
    // the table, and what is largest on the map.
    for (place, count, first, top) in [
        ("", "200,000 changes, 9.2 GiB", "t00/d0000/file-000", "t00/"),
        (
            "actions=deleted",
            "50,000 of 200,000 changes, 2.2 GiB",
            "t00/d0000/file-000",
            "t00/",
        ),
        (
            "actions=created",
            "50,000 of 200,000 changes, 2.2 GiB",
            "t00/d0000/file-001",
            "t00/",
        ),
        (
            "text=D0007/FILE",
            "100 of 200,000 changes, 4.7 MiB",
            "t07/d0007/file-000",
            "t07/",
        ),
        (
            "directory=t03",
            "10,000 of 200,000 changes, 472.0 MiB",
            "t03/d0003/file-000",
            "(68 more)",
        ),
        (
            "directory=t03/d0003",
            "100 of 200,000 changes, 4.7 MiB",
            "t03/d0003/file-000",
            "(directly here)",
        ),
        (
            "directory=t03&sort=bytes&order=descending&actions=updated",
            "5,000 of 200,000 changes, 240.8 MiB",
            "t03/d0003/file-099",
            "(68 more)",
        ),
        (
            "sort=path&order=descending",
            "200,000 changes, 9.2 GiB",
            "t19/d1999/file-099",
            "t00/",
        ),
        ("package=none", "0 of 200,000 changes, 0 bytes", "", ""),
        // What an address has that is no column, and no word at all.
        (
            "sort=__proto__&measure=x&directory=nowhere",
            "200,000 changes, 9.2 GiB",
            "t00/d0000/file-000",
            "t00/",
        ),
        (
            "package=(none)",
            "200,000 changes, 9.2 GiB",
            "t00/d0000/file-000",
            "t00/",
        ),
    ] {
        let document = sandbox.browse("page.html", place);
        let elements: usize = document.elements().values().sum();
        assert!(elements < 2500, "{place}: {elements}");
        assert_eq!(document.text("id=\"count\""), count, "{place}");
        let paths = document.paths();
        assert_eq!(paths.first().map_or("", String::as_str), first, "{place}");
        let tiles = document.tiles();
        assert_eq!(
            tiles.first().copied().unwrap_or_default(),
            top,
            "{place}: {tiles:?}"
        );
    }
}
