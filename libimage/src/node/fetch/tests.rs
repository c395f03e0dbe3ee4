//! Answers as nodes give them, and as none should.

use super::*;

fn wanted() -> [Wanted; 2] {
    [("d/a", 3), ("d/b", 2)].map(|(path, size)| Wanted {
        path: ImagePath::new(path.as_bytes()).expect("valid"),
        size,
        mtime: Timestamp {
            seconds: 5,
            nanoseconds: 500_000_000,
        },
    })
}

/// What was read, or what was wrong.
fn outcome(answer: &[u8]) -> Result<Vec<Fetched>, String> {
    let answer = [b"noise\nimgtool-node 1\n", answer].concat();
    let read = read(&*answer, &wanted(), &crate::monitor::Silent);
    read.map_err(|fault| fault.about("node001:/".to_owned()).to_string())
}

const WHOLE: &[u8] = b"nanoseconds\0yy\x003 5.50\n2 5.5\n\0abcde\x000\x003 5.50\n2 5.5\n\0end\0";

#[test]
fn content_is_what_was_listed_or_none() {
    let changed = Err("it changed after it was listed");
    let gone = Err("it is not there any more, or may not be read");
    let (a, b): (Fetched, Fetched) = (Ok(b"abc".to_vec()), Ok(b"de".to_vec()));
    for (answer, expected) in [
        (WHOLE, [a.clone(), b.clone()]),
        (
            b"seconds\0yy\x003 5\n2 5\n\0abcde\x000\x003 5\n2 5\n\0end\0",
            [a.clone(), b.clone()],
        ),
        (
            b"seconds\0yy\x003 6\n2 5\n\0abcde\x000\x003 6\n2 5\n\0end\0",
            [changed.clone(), b.clone()],
        ),
        (
            b"nanoseconds\0yy\x003 5\n2 5.5\n\0abcde\x000\x003 5\n2 5.5\n\0end\0",
            [changed.clone(), b.clone()],
        ),
        (
            b"nanoseconds\0yy\x004 5.5\n2 5.5\n\0abcdde\x000\x004 5.5\n2 5.5\n\0end\0",
            [changed, b],
        ),
        (
            b"nanoseconds\0yn\x003 5.5\n\0abc\x000\x003 5.5\n\0end\0",
            [a, gone.clone()],
        ),
        (b"nanoseconds\0nn\0\0\x000\0\0end\0", [gone.clone(), gone]),
    ] {
        let shown = String::from_utf8_lossy(answer);
        assert_eq!(outcome(answer), Ok(expected.into()), "{shown}");
    }
}

#[test]
fn what_cannot_be_told_apart_is_an_error() {
    let changed = "`d` of `node001:/` changed while it was read";
    for (answer, expected) in [
        // Another time afterwards.
        (
            &b"nanoseconds\0yy\x003 5.5\n2 5.5\n\0abcde\x000\x003 5.5\n2 5.6\n\0end\0"[..],
            changed,
        ),
        // One byte more, one less.
        (
            b"nanoseconds\0yy\x003 5.5\n2 5.5\n\0abcdef\x000\x003 5.5\n2 5.5\n\0end\0",
            changed,
        ),
        (
            b"nanoseconds\0yy\x003 5.5\n2 5.5\n\0abcd\x000\x003 5.5\n2 5.5\n\0end\0",
            changed,
        ),
        (
            b"nanoseconds\0yy\x003 5.5\n2 5.5\n\0abcde\x00123\x003 5.5\n2 5.5\n\0end\0",
            changed,
        ),
        // Something went between two looks.
        (
            b"nanoseconds\0yy\x003 5.5\n\0abc\x000\x003 5.5\n\0end\0",
            changed,
        ),
        (
            b"nanoseconds\0yn\x003 5.5\n2 5.5\n\0abcde\x000\x003 5.5\n\0end\0",
            changed,
        ),
        (
            b"nanoseconds\0y\0",
            "the answer of `node001:/` makes no sense: it does not say which files are there",
        ),
        (
            b"nanoseconds\0yx\0",
            "the answer of `node001:/` makes no sense: it does not say which files are there",
        ),
        (
            b"nanoseconds\0yy\0a b\n",
            "the answer of `node001:/` makes no sense: a size and a time are none",
        ),
        (
            b"hours\0",
            "the answer of `node001:/` makes no sense: it does not say how exact times are",
        ),
        (b"absent\0", "cannot enter `node001:/`"),
    ] {
        let shown = String::from_utf8_lossy(answer);
        assert_eq!(outcome(answer), Err(expected.to_owned()), "{shown}");
    }
    let more = outcome(&[WHOLE, b"x"].concat()).expect_err("there is more");
    assert!(more.contains("something follows its end"), "{more}");
    for end in 0..WHOLE.len() {
        outcome(&WHOLE[..end]).expect_err("it is cut off");
    }
}

#[test]
fn a_file_that_never_ends_is_not_kept() {
    let endless = format!("nanoseconds\0yy\0{} 5.5\n2 5.5\n\0abc", u64::MAX);
    let ended = outcome(endless.as_bytes()).expect_err("it ends all the same");
    assert!(ended.contains("ends too early"), "{ended}");
}

#[test]
fn a_script_that_is_cut_off_does_nothing() {
    let script = script(b"/", &wanted());
    for end in (0..script.len() - 1).step_by(31).chain([script.len() - 2]) {
        let mut command = std::process::Command::new("sh");
        let input = crate::sys::wait::in_memory(&script[..end]).expect("there is memory");
        let output = command.stdin(input).output().expect("there is a shell");
        assert_eq!(output.stdout, b"", "cut at {end}");
    }
}

/// Some bytes, and then a stop.
struct Stopped(&'static [u8]);

impl io::Read for Stopped {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::other(crate::monitor::Cancelled)),
            read => Ok(read),
        }
    }
}

#[test]
fn a_stop_is_one_wherever_it_comes() {
    for end in 0..WHOLE.len() {
        let answer = b"imgtool-node 1\n".chain(Stopped(&WHOLE[..end]));
        let fault = read(BufReader::new(answer), &wanted(), &crate::monitor::Silent);
        let error = fault.expect_err("it is stopped").about(String::new());
        assert!(matches!(error, NodeError::Cancelled), "at {end}: {error}");
    }
}
