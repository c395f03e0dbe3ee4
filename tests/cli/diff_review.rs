//! `imgtool diff`: what is lost, packages, directories, and its shapes.

use std::fs;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// An image, and a node with data of its own, an edited conffile, and more
/// changes than are listed unasked.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let status = |version: &str| {
        format!(
            "Package: tool\nStatus: install ok installed\nArchitecture: amd64\n\
             Version: {version}\nConffiles:\n /etc/tool.conf {}\n",
            // The sum of `shipped`.
            "8407efe4e76e884909955a5e7293661e"
        )
    };
    let list = "/.\n/etc\n/etc/tool.conf\n/usr\n/usr/bin\n/usr/bin/tool\n";
    let files: &[(&str, &str)] = &[
        ("image/var/lib/dpkg/status", &status("1.10-1")),
        ("image/var/lib/dpkg/info/tool.list", list),
        ("image/usr/bin/tool", "1.10"),
        ("image/etc/tool.conf", "shipped"),
        ("node/var/lib/dpkg/status", &status("1.9-1")),
        ("node/var/lib/dpkg/info/tool.list", list),
        ("node/usr/bin/tool", "1.9"),
        ("node/etc/tool.conf", "edited here"),
        ("node/srv/data/b", "12345"),
        ("node/var/cache/x", "12"),
    ];
    for (path, text) in files {
        sandbox.deep_file(path, text);
    }
    for number in 0..60 {
        sandbox.deep_file(&format!("node/srv/data/many/{number:02}"), "1");
    }
    sandbox
}

impl Sandbox {
    /// Writes a file and the directories above it.
    fn deep_file(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("in a directory")).expect("ours");
        fs::write(path, text).expect("a new name");
    }
}

#[test]
fn text_tells_losses_packages_and_directories() {
    let sandbox = sandbox();
    let answer = sandbox
        .run(&["diff", "image", "node", "--modify-window", "100000"])
        .expect(1);
    assert_eq!(
        answer.stdout,
        "local data at risk: 65 entries, 76 bytes
  deleted        65 bytes  srv/ (64 entries)
  overwritten    11 bytes  etc/tool.conf (edited configuration of tool)
  no loss       138 bytes  records of the package manager: 1 entry, such as `var/lib/dpkg/status`
  no loss         2 bytes  caches: 2 entries, such as `var/cache/x`
  unchecked       3 bytes  1 file of a package, taken to be as shipped
from `image` to `node`:
  updated   3
  deleted   66
  equal     9
  to send   150 bytes
  to delete 67 bytes
packages: 1 upgraded
  upgraded    tool 1.9-1 -> 1.10-1  2 changes, 11 bytes
  none        of no package         67 changes, 206 bytes
1 changed file is not as its package shipped it:
  on the target  etc/tool.conf (tool, configuration)
   created    changed    deleted        bytes  directory
         0          3         66    217 bytes  .
         0          1          0      7 bytes  etc
         0          0         64     65 bytes  srv
         0          0         63     65 bytes  srv/data
         0          1          0      4 bytes  usr
         0          1          0      4 bytes  usr/bin
         0          1          2    141 bytes  var
         0          0          2      2 bytes  var/cache
         0          1          0    139 bytes  var/lib
changes: --details lists them, --stat sums them up
"
    );
}

#[test]
fn json_tells_the_same_in_lines_of_their_own() {
    let arguments = ["diff", "image", "node", "--modify-window", "100000"];
    let arguments = [&arguments[..], &["--format", "json", "--depth", "1"]].concat();
    let objects = sandbox().run(&arguments).expect(1).objects();
    let of = |kind: &str| -> Vec<Value> {
        let all = objects.iter().filter(|object| object["type"] == kind);
        all.cloned().collect()
    };
    let members = |kind: &str, names: &[&str]| -> Vec<String> {
        let line = |object: &Value| {
            let values = names.iter().map(|name| object[*name].to_string());
            values.collect::<Vec<_>>().join(" ").replace('"', "")
        };
        of(kind).iter().map(line).collect()
    };
    let risk = [
        "action",
        "path",
        "directory",
        "entries",
        "bytes",
        "reason",
        "package",
        "valuable",
    ];
    assert_eq!(
        members("at-risk", &risk),
        [
            "deleted srv true 64 65 no-package null true",
            "overwritten etc/tool.conf false 1 11 edited tool false",
        ]
    );
    assert_eq!(
        members("regenerated", &["entries", "bytes", "path"]),
        ["1 138 var/lib/dpkg/status", "2 2 var/cache/x"]
    );
    assert_eq!(members("unchecked", &["entries", "bytes"]), ["1 3"]);
    assert_eq!(
        members(
            "package",
            &[
                "package", "change", "from", "to", "to_arch", "updated", "deleted"
            ]
        ),
        [
            "tool upgraded 1.9-1 1.10-1 amd64 2 0",
            "null null null null null 1 66"
        ]
    );
    assert_eq!(
        members(
            "package-file",
            &["path", "package", "configuration", "source", "target"]
        ),
        ["etc/tool.conf tool true as-shipped changed"]
    );
    assert_eq!(
        members(
            "directory",
            &["path", "depth", "updated", "deleted", "rest"]
        ),
        [
            ". 0 3 66 0",
            "etc 1 1 0 1",
            "srv 1 0 64 64",
            "usr 1 1 0 1",
            "var 1 1 2 3"
        ]
    );
    let changes = members("change", &["path", "package"]);
    assert_eq!(changes.len(), 69);
    assert!(
        changes.contains(&"usr/bin/tool tool".to_owned()),
        "{changes:?}"
    );
    assert!(
        changes.contains(&"srv/data/b null".to_owned()),
        "{changes:?}"
    );
}

#[test]
fn a_source_whose_packages_are_not_known_is_told_of() {
    let sandbox = sandbox();
    sandbox.deep_file("image/var/lib/dpkg/info/tool.list", "");
    let list = sandbox.path("image/var/lib/dpkg/info/tool.list");
    let list = fs::File::options().write(true).open(list).expect("ours");
    // Longer than any.
    list.set_len((64 << 20) + 1).expect("it takes no room");
    let answer = sandbox.run(&["diff", "image", "node"]).expect(1);
    assert!(
        answer.stdout.contains(
            "  what packages the source has and what they own is not fully known: \
             `var/lib/dpkg/info/tool.list`: it is larger than 64 MiB\n"
        ),
        "{}",
        answer.stdout
    );
}

#[test]
fn shapes_of_text() {
    let sandbox = sandbox();
    let run = |more: &[&str]| {
        let arguments = [
            &["diff", "image", "node", "--modify-window", "100000"],
            more,
        ]
        .concat();
        sandbox.run(&arguments)
    };
    let stat = run(&["--stat", "--depth", "1"]).expect(1).stdout;
    assert_eq!(
        stat,
        " etc |  1 ~
 srv | 64 ----------------------------------------
 usr |  1 ~
 var |  3 ~--
 69 changes: 0 created (+), 3 changed (~), 66 deleted (-)
"
    );
    let names = run(&["--name-only"]).expect(1).stdout;
    assert!(names.starts_with("etc/tool.conf\nsrv\n"), "{names}");
    let null = run(&["--name-only", "-z"]).expect(1).stdout;
    assert_eq!(names.replace('\n', "\0"), null);
    assert!(!run(&[]).stdout.contains("srv/data/many/07"));
    for more in [&["--details"][..], &["-v"]] {
        assert!(run(more).stdout.contains("srv/data/many/07"), "{more:?}");
    }
    for (more, word) in [
        (&["--stat", "--name-only"][..], "cannot be used with"),
        (&["--stat", "--format", "json"], "forms of text"),
        (&["--name-only", "--format", "itemize"], "forms of text"),
        (&["--null"], "--name-only"),
    ] {
        let answer = run(more).expect(2);
        assert!(answer.stderr.contains(word), "{more:?}: {answer:#?}");
    }
}

#[test]
fn sizes_that_do_not_fit_together_are_as_much_as_fits() {
    let sandbox = Sandbox::new();
    let head = "#mtree\n. type=dir mode=0755 uid=0 gid=0 time=1.0\n";
    let size = i64::MAX;
    let file = |file| format!("./f{file} type=file mode=0644 uid=0 gid=0 time=1.0 size={size}\n");
    let files = (0..30).map(file).collect::<Vec<_>>().concat();
    sandbox.file("bare", head.as_bytes());
    sandbox.file("huge", format!("{head}{files}").as_bytes());
    for (sides, member) in [
        (["bare", "huge"], "bytes_deleted"),
        (["huge", "bare"], "bytes_sent"),
    ] {
        let arguments = ["diff", sides[0], sides[1], "--html", "page.html"];
        let answer = sandbox.run(&arguments).expect(1);
        let most = "18,446,744,073,709,551,615 bytes";
        assert!(answer.stdout.contains(most), "{answer:#?}");
        let page = fs::read_to_string(sandbox.path("page.html")).expect("written");
        assert!(page.contains("15.9 EiB"), "{member}");
        let answer = sandbox.run(&[&arguments[..], &["--format", "json"]].concat());
        let objects = answer.expect(1).objects();
        assert_eq!(objects.last().expect("a summary")[member], u64::MAX);
    }
    sandbox.run(&["inspect", "huge", "--no-digest"]).expect(0);
    let again = ["manifest", "--mtree", "--no-content", "huge"];
    sandbox.run(&again).expect(0);
}
