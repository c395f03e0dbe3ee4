//! Two manifests, an empty line between them, compared both ways.
#![no_main]

use imgtool_fuzz::manifest::seal;
use libfuzzer_sys::fuzz_target;
use libimage::diff::{self, Charset, ModifyWindow};
use libimage::escape::is_dangerous;
use libimage::manifest;
use libimage::monitor::Silent;

fuzz_target!(|bytes: &[u8]| {
    let Some(border) = bytes.windows(2).position(|two| two == b"\n\n") else {
        return;
    };
    let (one, other) = (&bytes[..=border], &bytes[border + 2..]);
    let (Ok((one, this)), Ok((other, that))) = (
        manifest::read(&*seal(one), "one"),
        manifest::read(&*seal(other), "other"),
    ) else {
        return;
    };
    let mut options = diff::Options::default();
    options.checksum = true;
    options.window = ModifyWindow::Exact;
    options.threads = 1;
    for (source, target) in [(&one, &other), (&other, &one)] {
        let outcome = diff::diff(source, target, &options, &Silent).expect("all is recorded");
        if outcome.changes.is_empty() {
            // rsync takes two ACLs for one that differ in what the mode says.
            let has_acls = bytes.windows(10).any(|part| part == b".posix_acl");
            assert!(this.digest == that.digest || has_acls, "told for equal");
        } else {
            assert_ne!(this.digest, that.digest, "{outcome:?}");
        }
        for change in &outcome.changes {
            check_line(change);
        }
    }
});

/// The line about a change stays within itself, whatever the names are.
fn check_line(change: &diff::Change) {
    if let Some(line) = change.itemize(Charset::Ascii) {
        // To rsync in the locale `C`, DEL is a character like any other.
        let is_fit = |byte| matches!(byte, b'\t' | b' '..=0x7f);
        assert!(line.iter().all(|&byte| is_fit(byte)), "{line:?}");
    }
    if let Some(line) = change.itemize(Charset::Terminal) {
        let line = String::from_utf8(line).expect("UTF-8");
        let is_unfit = |letter| is_dangerous(letter) && letter != '\t';
        assert!(!line.contains(is_unfit), "{line:?}");
    }
}
