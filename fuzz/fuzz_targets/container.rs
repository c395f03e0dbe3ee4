//! A container image in a tar: its JSON files, then its layers.
#![no_main]

use std::io::Cursor;

use imgtool_fuzz::archive::{Contents, Skim, entries, limits, told};
use imgtool_fuzz::{container, text, tree};
use libfuzzer_sys::fuzz_target;
use libimage::archive::{Indexer, Layout, Sink};
use libimage::monitor::Monitor;
use libimage::open::OpenError;
use libimage::source::{Choice, Form, Options, Received, Source};
use libimage::tree::RecordedTree;

fuzz_target!(|bytes: &[u8]| {
    let (tar, hashes) = container::assemble(bytes);
    let (skimmed, warnings) = told(|monitor| read(&tar, &mut Skim, monitor));
    let (indexed, warnings_again) = told(|monitor| {
        let mut contents = Contents::default();
        let mut indexer = Indexer::new(&mut contents);
        let read = read(&tar, &mut indexer, monitor)?;
        contents.check(read.0.records());
        Ok(read)
    });
    assert_eq!(warnings, warnings_again);
    let (tree, received) = match (skimmed, indexed) {
        (Ok((_, received)), Ok((tree, received_again))) => {
            assert_eq!(received, received_again);
            (tree, received)
        }
        (skimmed, indexed) => {
            assert_eq!(skimmed.err(), indexed.err());
            return;
        }
    };
    entries(&tree);
    tree::check(&tree);
    assert!(received.unpacked <= limits().size);
    if matches!(received.form, Form::Container { .. }) {
        let digest = received.image.expect("it is known by one");
        assert!(hashes[1..].contains(&digest), "{digest} is no part's");
    }
    if let Some(platform) = received.platform {
        text::check(&platform.to_string());
    }
});

fn read(
    tar: &[u8],
    sink: &mut impl Sink<Error = OpenError>,
    monitor: &dyn Monitor,
) -> Result<(RecordedTree, Received), OpenError> {
    let options = Options {
        choice: &Choice::default(),
        limits: &limits(),
        spool: &std::env::temp_dir(),
    };
    let source = Source::stream("fuzz.tar", Box::new(Cursor::new(tar.to_vec())), None);
    let layers = source.layers(&options, monitor)?;
    let mut layout = Layout::new("fuzz.tar".to_owned(), (0, 0), limits());
    let (_, received) = layers.unpack(&mut layout, sink, &limits(), monitor)?;
    let tree = RecordedTree::new(layout.into_records(), "fuzz.tar".to_owned());
    Ok((tree, received))
}
