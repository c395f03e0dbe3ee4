//! The caller's umask says nothing of what an archive does.

use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use crate::site::{Answer, Site};

#[test]
fn recorded_modes_are_exact_whatever_the_umask() {
    let site = Site::new();
    site.publish("new");
    let expected = site.tree();
    for umask in ["000", "022", "077"] {
        let site = Site::new();
        let imgtool = site.command(&["import", "new.tar", "--into", "tree", "--replace"]);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
            .arg(imgtool.get_program())
            .args(imgtool.get_args())
            .current_dir(site.path(""));
        let answer = Answer::from(shell.output().expect("there is a shell"));
        assert!(matches!(answer.status, Some(0 | 1)), "{umask}: {answer:?}");
        assert_eq!(expected.diff(&site.tree()), [""; 0], "{umask}");
        let private = std::fs::metadata(site.path(".imgtool")).expect("is there");
        assert_eq!(private.mode() & 0o7777, 0o700, "{umask}");
        site.publish("old");
    }
}
