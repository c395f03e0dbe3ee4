//! `imgtool excludes`, and `diff --mode`.

use std::fs;

use crate::sandbox::Sandbox;

#[test]
fn a_list_that_is_shown_is_one_that_is_taken() {
    let sandbox = Sandbox::new();
    for mode in ["full", "sync", "update", "grab", "grabnew"] {
        let answer = sandbox.run(&["excludes", mode]).expect(0);
        sandbox.file("list", answer.stdout.as_bytes());
        for tree in ["image", "node"] {
            fs::create_dir_all(sandbox.path(&format!("{tree}/proc"))).expect("ours");
        }
        fs::write(sandbox.path("node/proc/1"), "").expect("ours");
        let by_file = sandbox.run(&["diff", "image", "node", "--bcm-excludes", "list"]);
        let by_mode = sandbox.run(&["diff", "image", "node", "--mode", mode]);
        assert_eq!(by_file.stdout, by_mode.stdout, "{mode}");
        assert!(!by_mode.stdout.contains("proc/1"), "{mode}: {by_mode:#?}");
    }
    sandbox.run(&["excludes", "upgrade"]).expect(2);
    sandbox
        .run(&["diff", "image", "node", "--mode", "sync", "--exclude", "x"])
        .expect(2);
}

#[test]
fn mistakes_are_told_by_their_lines() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("image/etc")).expect("ours");
    fs::write(sandbox.path("image/etc/fstab"), "").expect("ours");
    let data = "- /home/*\n- /local/*\n- /opt/*\n- /raid/*\n- /root/*\n- /scratch/*\n\
                - /srv/*\n- /var/lib/containerd/*\n- /var/lib/docker/*\n- /var/lib/etcd/*\n\
                - /var/lib/kubelet/*\n- /var/lib/mysql/*\n- /var/lib/postgresql/*\n";
    sandbox.file("sound", data.as_bytes());
    let answer = sandbox.run(&["excludes", "check", "sound"]).expect(0);
    assert_eq!(answer.stdout, "`sound`: nothing to remark\n");

    let text = format!("- /etc/fstab\n- /etc/fstab\nno-new-file: - /x\n- fstab\n{data}");
    sandbox.file("wrong", text.as_bytes());
    let answer = sandbox
        .run(&["excludes", "check", "wrong", "image"])
        .expect(1);
    let lines: Vec<_> = answer.stdout.lines().take(5).collect();
    assert_eq!(lines[0], "`wrong`:");
    assert_eq!(
        lines[1],
        "  line 2: duplicate: `- /etc/fstab` is line 1 again"
    );
    assert!(lines[2].starts_with("  line 3: no-rule: "), "{lines:?}");
    assert!(
        lines[2].ends_with("is written `no-new-files: `"),
        "{lines:?}"
    );
    assert_eq!(
        lines[3],
        "  line 4: unreachable: `- fstab` never decides: rules before it match all that it matches"
    );
    assert_eq!(
        lines[4],
        "  line 5: matches-nothing: `- /home/*` matches nothing in the trees"
    );

    sandbox.file("blank", b" \n\n");
    let answer = sandbox.run(&["excludes", "check", "blank", "--format", "json"]);
    let objects = answer.expect(1).objects();
    assert_eq!(objects[0]["type"], "remark");
    assert_eq!(objects[0]["matter"], "empty");
    sandbox.run(&["excludes", "check", "nowhere"]).expect(4);
}
