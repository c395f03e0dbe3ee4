use super::*;

/// A name as it is understood: destination, port, path.
fn shown(text: &str) -> String {
    match Node::parse(text.as_bytes()) {
        Ok(None) => "a path".to_owned(),
        Ok(Some(node)) => {
            let port = node.port.map(|port| format!(" port {port}"));
            let path = node.path().display();
            format!(
                "{}{} at {path}",
                node.destination(),
                port.unwrap_or_default()
            )
        }
        Err(error) => format!("{:?}", error.reason),
    }
}

#[test]
fn a_colon_before_the_first_slash_makes_a_node() {
    for (text, expected) in [
        ("node001:/", "node001 at /"),
        ("root@node001:/cm/shared", "root@node001 at /cm/shared"),
        ("node-1_a.b+c:/a:b", "node-1_a.b+c at /a:b"),
        ("a@b@node001:/x", "a@b@node001 at /x"),
        ("node001:/a@b", "node001 at /a@b"),
        ("[fe80::1]:/", "fe80::1 at /"),
        ("root@[fe80::1%eth0]:/x y", "root@fe80::1%eth0 at /x y"),
        ("node001:/-x", "node001 at /-x"),
        ("node001://x", "node001 at //x"),
        ("", "a path"),
        ("/", "a path"),
        ("image", "a path"),
        ("./a:b", "a path"),
        ("/a:b", "a path"),
        ("dir/a:b", "a path"),
        ("./node001:/", "a path"),
        ("[x]/y:z", "a path"),
        ("node001:", "Relative"),
        ("node001:cm/shared", "Relative"),
        ("node001:~/x", "Relative"),
        ("debian:12.tar", "Relative"),
        ("fe80::1:/", "Brackets"),
        ("[fe80::1:/", "Brackets"),
        ("[fe80::1]x:/", "Brackets"),
        (":/", "Host"),
        ("[]:/", "Host"),
        ("a b:/", "Host"),
        ("a;b:/", "Host"),
        ("$(id):/", "Host"),
        ("a\nb:/", "Host"),
        ("grüße:/", "Host"),
        ("a%b:/", "Host"),
        ("-oProxyCommand=x:/", "Dash"),
        ("[-x]:/", "Dash"),
        ("-x@node001:/", "Dash"),
        ("root@-x:/", "Dash"),
        ("@node001:/", "User"),
        ("a b@node001:/", "User"),
        ("`id`@node001:/", "User"),
        ("node001:/a\0b", "Nul"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn urls_have_ports_and_escapes() {
    for (text, expected) in [
        ("ssh://node001/", "node001 at /"),
        (
            "ssh://root@node001:2222/cm",
            "root@node001 port 2222 at /cm",
        ),
        ("ssh://[fe80::1%25eth0]:22/", "fe80::1%eth0 port 22 at /"),
        ("ssh://node001/a%20b%2fc", "node001 at /a b/c"),
        ("ssh://node001/a:b@c", "node001 at /a:b@c"),
        ("ssh://node001", "Relative"),
        ("ssh:///x", "Host"),
        ("ssh://node001:/", "Port"),
        ("ssh://node001:0/", "Port"),
        ("ssh://node001:65536/", "Port"),
        ("ssh://node001:+1/", "Port"),
        ("ssh://node001/%", "Url"),
        ("ssh://node001/%2", "Url"),
        ("ssh://node001/%zz", "Url"),
        ("ssh://node001/%00", "Nul"),
        ("ssh://%2dx/", "Dash"),
        ("ssh://-x@node001/", "Dash"),
        ("ssh://[fe80::1/", "Brackets"),
        ("ssh://[fe80::1]x/", "Host"),
        ("ssh://a%3bb/", "Host"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_is_told_with_a_way_out() {
    for (text, error, help) in [
        (
            "node001:\x1b",
            "`node001:\\x1b` names no directory on a node: that begins with `/`",
            "write a node as in `root@node001:/cm/shared`, and a path here that has a colon as `./node001:\\x1b`",
        ),
        (
            "-x:/",
            "`-x:/` is refused: it would be taken for an option",
            "write a node as in `root@node001:/cm/shared`, and a path here that has a colon as `./-x:/`",
        ),
    ] {
        let found = Node::parse(text.as_bytes()).expect_err(text);
        assert_eq!(found.to_string(), error);
        assert_eq!(found.help().as_deref(), Some(help));
        assert_eq!(found.kind(), ErrorKind::Usage);
    }
    let name = b"a:/x";
    let node = Node::parse(name).expect("valid").expect("a node");
    let error = node.ambiguous(name).expect("it is no URL");
    let help = error.help().expect("there is a way");
    assert_eq!(
        help,
        "write `./a:/x` for the path, or `ssh://a/x` for the node"
    );
    let node = Node::parse(b"ssh://a/x").expect("valid").expect("a node");
    assert_eq!(node.ambiguous(b"ssh://a/x"), None);
}

#[test]
fn a_node_is_shown_as_it_may_be_written() {
    for text in [
        "node001:/",
        "root@[fe80::1]:/x",
        "ssh://root@node001:2222/x",
    ] {
        let node = Node::parse(text.as_bytes())
            .expect("valid")
            .expect("a node");
        assert_eq!(node.to_string(), text);
    }
}
