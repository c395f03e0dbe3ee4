use super::*;

fn parsed(line: &str) -> Result<Line, &'static str> {
    parse(Form::Manifest, format!("{line}\n").as_bytes())
}

#[test]
fn a_listing_has_lines_that_a_manifest_has_not() {
    for line in [
        "m proc",
        "m a\\x20b",
        "x 0755 0 0 1.000000000 scratch user.a=00",
        "f 0644 0 0 1.000000000 a 3 -",
        &format!("f 0644 0 0 1.000000000 a 3 sha256:{}", Sha256::of(b"x")),
    ] {
        assert!(parsed(line).is_err(), "{line}");
        let listed = parse(Form::Listing, format!("{line}\n").as_bytes());
        assert!(listed.is_ok(), "{line}: {listed:?}");
    }
    for line in [
        "m",
        "m proc more",
        "m /proc",
        "x 0755 0 0 1.000000000 a 3",
        "f 0644 0 0 1.000000000 a 3 --",
        "f 0644 0 0 1.000000000 a 3 sha256:00",
        "f 0644 0 0 1.000000000 a 3",
    ] {
        let listed = parse(Form::Listing, format!("{line}\n").as_bytes());
        assert!(listed.is_err(), "{line}: {listed:?}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let digest = Digest::of(b"x");
    for line in [
        "d 1777 0 0 0.000000000 .".to_owned(),
        format!(
            "f 0644 4294967294 5 -1.999999999 usr/a\\x20b\\x5c\\xff 3 {digest} user.a\\x3d=00ff user.b="
        ),
        "l 0777 0 0 1700000000.000000001 bin usr/bin".to_owned(),
        "c 0600 0 0 1.000000000 dev/null 1 3".to_owned(),
        "b 0660 0 6 1.000000000 dev/sda 8 0".to_owned(),
        "p 0600 0 0 1.000000000 fifo".to_owned(),
        "s 0600 0 0 1.000000000 socket".to_owned(),
        "h usr/b usr/a".to_owned(),
    ] {
        assert!(parsed(&line).is_ok(), "{line}: {:?}", parsed(&line));
    }
}

#[test]
fn there_is_one_way_to_write_an_entry() {
    for line in [
        "",
        "x 0600 0 0 1.000000000 a",
        "d 600 0 0 1.000000000 a",
        "d 10000 0 0 1.000000000 a",
        "d 0600 00 0 1.000000000 a",
        "d 0600 +1 0 1.000000000 a",
        "d 0600 0 4294967296 1.000000000 a",
        "d 0600 0 0 1.0 a",
        "d 0600 0 0 1.000000000 a/",
        "d 0600 0 0 1.000000000 /a",
        "d 0600 0 0 1.000000000 a/../b",
        "d 0600 0 0 1.000000000 \\x61",
        "d 0600 0 0 1.000000000 a\\x0",
        "d 0600 0 0 1.000000000 a\\x5C",
        "d 0600 0 0 1.000000000 a extra",
        "d 0600 0 0 1.000000000 a user.b=00 user.a=00",
        "d 0600 0 0 1.000000000 a user.a=0",
        "d  0600 0 0 1.000000000 a",
        "d 0600 0 0 1.000000000 a ",
        "p 0600 0 0 1.000000000 ä",
        "f 0600 0 0 1.000000000 a 1",
        "f 0600 0 0 1.000000000 a 1 00",
        "l 0600 0 0 1.000000000 a",
        "c 0600 0 0 1.000000000 a 1",
        "h a",
        "h a b c",
    ] {
        assert!(parsed(line).is_err(), "{line}: {:?}", parsed(line));
    }
}
