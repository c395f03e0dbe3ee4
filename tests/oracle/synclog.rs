//! What rsync logs is what was foreseen.

use std::process::Command;

use fixtures::random;
use fixtures::tree::Privilege;
use libimage::diff::{Options, diff};
use libimage::monitor::Silent;
use libimage::synclog::{Agreement, compare};

use crate::pairs::Pair;
use crate::random::{for_each_seed, size};

/// rsync's log of a pair, with `form` saying how, against what was found.
fn agreement(pair: &Pair, form: &str) -> (Agreement, Vec<u8>) {
    let log = Command::new("rsync")
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .args([
            "-aHAXS",
            "--numeric-ids",
            "--force",
            "--delete",
            "--dry-run",
        ])
        .arg("--no-inc-recursive")
        .args(form.split(' '))
        .args([pair.source.join(""), pair.straight().join("")])
        .output()
        .expect("rsync is installed")
        .stdout;
    let [source, target] = pair.live();
    let outcome = diff(&source, &target, &Options::default(), &Silent).expect("readable");
    let agreement = compare(&outcome.changes, &*log, &Silent).expect("a log");
    (agreement, log)
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn logs_of_rsync_tell_what_was_foreseen() {
    for_each_seed(|seed| {
        let pair = random::pair(seed, size(seed), Privilege::Root);
        let pair = Pair::new(&pair.source, &pair.target);
        ["-v", "-vi", "-ii", "-i --stats"]
            .into_iter()
            .find_map(|form| {
                let (found, log) = agreement(&pair, form);
                (!found.is_whole()).then(|| {
                    let log = String::from_utf8_lossy(&log);
                    format!("{form}\n{found:?}\n{log}")
                })
            })
    });
}
