//! Answers to the calls that copy which no manual has.

use crate::judge;
use crate::place::{Before, Import, Place};

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn what_the_kernel_does_not_copy_is_read_and_written() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let place = Place::new(dir.path(), (Before::OldTree, Import::CloneVerified));
    for how in [
        "copy_file_range:retval=0",
        "copy_file_range:error=EAGAIN",
        "ioctl:error=EACCES",
    ] {
        place.reset();
        let run = place.import(Some(how));
        assert!(judge::was_hit(&run), "{how}: {run:?}");
        assert_eq!(run.status, Some(0), "{how}: {run:?}");
        assert_eq!(place.is_new(), Ok(true), "{how}: {run:?}");
    }
}
