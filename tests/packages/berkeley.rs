//! Hashes of Berkeley DB, which RPM no longer writes, made by its own loader
//! of headers that RPM wrote.

use std::fmt::Write as _;
use std::fs;

use libimage::inspect::DatabaseFormat;

use crate::rpm::{Installed, check};
use crate::tool::fed;

/// Fails unless databases in either byte order, with small and large pages,
/// are read as RPM reads the one in `SQLite` whose headers they have.
pub(crate) fn check_all(installed: &Installed, expected: &[String], paths: &[String]) {
    let headers = installed.headers();
    for (order, page) in [
        ("1234", 4096),
        ("4321", 4096),
        ("4321", 512),
        ("1234", 65536),
    ] {
        let mut dump = format!(
            "VERSION=3\nformat=bytevalue\ntype=hash\ndb_lorder={order}\ndb_pagesize={page}\n\
             HEADER=END\n"
        );
        // The highest number that was given, which is no package.
        dump += " 00000000\n 77010000\n";
        for (number, blob) in &headers {
            write!(dump, " {:08x}\n {blob}\n", number.swap_bytes()).expect("to a string");
        }
        dump += "DATA=END\n";
        let tree = installed.tree(&format!("bdb-{order}-{page}"));
        let directory = tree.join("var/lib/rpm");
        fs::create_dir_all(&directory).expect("makes");
        let database = directory.join("Packages");
        fed("db_load", [database.to_str().expect("UTF-8")], &dump);
        check(&tree, DatabaseFormat::RpmBerkeley, expected, paths);
    }
}
