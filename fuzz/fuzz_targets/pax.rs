//! PAX records, before a member of each kind that reads them in its own way.
//!
//! The archive around them is always well formed, so that nothing but the
//! records decides what comes of it.
#![no_main]

use fixtures::archive::TarBuilder;
use imgtool_fuzz::archive::{Kind, check};
use libfuzzer_sys::fuzz_target;

/// For ACLs that name users.
const PASSWD: &str = "root:x:0:0::/:\nalice:x:1000:1000::/:\n";
const GROUP: &str = "root:x:0:\nadm:x:4:\n";

fuzz_target!(|input: &[u8]| {
    let Some((&kind, records)) = input.split_first() else {
        return;
    };
    let start = TarBuilder::new()
        .file("etc/passwd", PASSWD)
        .file("etc/group", GROUP);
    let archive = match kind % 6 {
        0 => start.pax_raw(records).file("f", "some text\n"),
        1 => start.pax_raw(records).dir("d"),
        2 => start.pax_raw(records).symlink("s", "f"),
        3 => start.file("f", "").pax_raw(records).hard_link("h", "f"),
        // The map of a sparse file of version 1.0.
        4 => start
            .pax_raw(records)
            .file("f", "1\n0\n5\n".to_owned() + &"\0".repeat(506) + "text\n"),
        _ => start
            .member(&fixtures::archive::RawMember::new("g", b'g', records))
            .file("f", "some text\n")
            .dir("d"),
    };
    check(&[&archive.finish()], Kind::Plain);
});
