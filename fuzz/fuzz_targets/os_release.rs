//! os-release, and the distribution that it tells.
#![no_main]

use imgtool_fuzz::text;
use libfuzzer_sys::fuzz_target;
use libimage::inspect::{Distro, OsRelease};
use libimage::path::ImagePath;

/// Fields that something is made of.
const FIELDS: [&str; 5] = [
    "ID",
    "VERSION_ID",
    "VERSION_CODENAME",
    "PLATFORM_ID",
    "PRETTY_NAME",
];

/// No value is much longer, so that no message is.
const LONGEST: usize = 256 + 4;

fuzz_target!(|bytes: &[u8]| {
    let release = OsRelease::parse(ImagePath::root(), bytes);
    assert!(!release.id().is_empty());
    let mut again = String::new();
    for name in FIELDS {
        if let Some(value) = release.get(name) {
            assert!(value.len() <= LONGEST, "{name}: {} bytes", value.len());
            again += &assignment(name, value);
        }
    }
    assert_eq!(
        OsRelease::parse(ImagePath::root(), again.as_bytes()).get("ID"),
        release.get("ID"),
        "{again}"
    );
    let distro = Distro::of(&release);
    assert!(distro.satisfies(&distro.tag()), "{}", distro.tag());
    assert_eq!(distro.id(), release.id());
    text::check(&distro.to_string());
});

/// A line by which a shell would give `name` this value.
fn assignment(name: &str, value: &str) -> String {
    let mut line = format!("{name}=\"");
    for letter in value.chars() {
        if matches!(letter, '"' | '\\' | '$' | '`') {
            line.push('\\');
        }
        line.push(letter);
    }
    line + "\"\n"
}
