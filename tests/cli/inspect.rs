//! `imgtool inspect`.

use crate::sandbox::Sandbox;

#[test]
fn a_directory_its_archive_and_its_manifest_have_one_digest() {
    let sandbox = Sandbox::with_trees();
    sandbox
        .run(&["manifest", "amd64", "-o", "amd64.manifest"])
        .expect(0);
    let arguments = [
        "amd64",
        "amd64.tar.gz",
        "amd64.manifest",
        "--format",
        "json",
    ];
    let mut command = sandbox.command(&["inspect"]);
    let output = command.args(arguments).output().expect("it was built");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let trees: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("valid"))
        .filter(|object: &serde_json::Value| object["type"] == "tree")
        .collect();
    assert_eq!(trees.len(), 3);
    for (tree, form) in trees.iter().zip(["directory", "archive", "manifest"]) {
        assert_eq!(tree["form"], form);
        for member in ["digest", "entries", "bytes", "files", "hard_links"] {
            assert_eq!(tree[member], trees[0][member], "{form}: {member}");
        }
        for member in ["kind", "arch", "distro", "machines", "kernels"] {
            let same = tree[member] == trees[0][member];
            assert_eq!(same, form != "manifest", "{form}: {member}");
        }
    }
    assert_eq!(trees[0]["digest"].as_str().map(str::len), Some(64));
    assert_eq!(trees[0]["arch"], "x86_64");
    assert_eq!(trees[0]["kernels"][0]["release"], "6.8.0-51-generic");
    assert!(trees[0]["allocated"].as_u64() > Some(0));
}

#[test]
fn without_a_digest_the_content_is_left_alone() {
    let sandbox = Sandbox::with_trees();
    // Else the manifest beside it tells the digest.
    std::fs::remove_file(sandbox.path(".imgtool/arm64.manifest")).expect("an import's");
    let answer = sandbox.run(&["inspect", "arm64", "--no-digest"]).expect(0);
    assert!(!answer.stdout.contains("digest"), "{answer:#?}");
    assert!(
        answer.stdout.contains("\n  arch      aarch64\n"),
        "{answer:#?}"
    );
}

#[test]
fn roots_are_looked_at_tree_by_tree() {
    let sandbox = Sandbox::with_trees();
    std::fs::create_dir(sandbox.path("images")).expect("a new name");
    sandbox
        .run(&["import", "amd64.tar.gz", "--into", "images/one"])
        .expect(0);
    sandbox
        .run(&["import", "arm64.tar.gz", "--into", "images/two"])
        .expect(0);
    let answer = sandbox
        .run(&["inspect", "--root", "images", "--no-digest"])
        .expect(0);
    let headings: Vec<_> = answer
        .stdout
        .lines()
        .filter(|line| line.ends_with(": directory"))
        .collect();
    // The trees by name, and not what imgtool keeps beside them.
    assert_eq!(
        headings,
        ["`images/one`: directory", "`images/two`: directory"]
    );
    for command in ["verify-arch", "lint"] {
        let answer = sandbox.run(&[command, "--root", "images"]);
        let named: Vec<_> = answer
            .stdout
            .lines()
            .filter(|line| line.starts_with("`images/"))
            .collect();
        assert_eq!(named.len(), 2, "{command}: {answer:#?}");
        assert!(!answer.stdout.contains("with each other"), "{answer:#?}");
    }
    for command in ["inspect", "verify-arch", "lint"] {
        sandbox.run(&[command, "--root", "nowhere"]).expect(4);
        sandbox.run(&[command]).expect(2);
    }
}

#[test]
fn the_digest_beside_a_tree_counts_while_nothing_changed() {
    let sandbox = Sandbox::with_trees();
    sandbox
        .run(&["import", "amd64.tar.gz", "--into", "image"])
        .expect(0);
    let digest = |arguments: &[&str]| {
        let mut all = vec!["inspect", "image", "--format", "json"];
        all.extend(arguments);
        let answer = sandbox.run(&all).expect(0);
        let tree = answer.stdout.lines().next().expect("a tree");
        let tree: serde_json::Value = serde_json::from_str(tree).expect("valid");
        (tree["digest"].clone(), tree["digest_recorded"] == true)
    };
    let (recorded, is_recorded) = digest(&[]);
    assert!(is_recorded);
    assert_eq!(digest(&["--no-digest"]), (recorded.clone(), true));
    assert_eq!(digest(&["--checksum"]), (recorded.clone(), false));
    std::fs::write(sandbox.path("image/etc/os-release"), "another\n").expect("a file");
    let (changed, is_recorded) = digest(&[]);
    assert!(!is_recorded);
    assert!(changed.is_string());
    assert_eq!(digest(&["--no-digest"]), (serde_json::Value::Null, false));
}
