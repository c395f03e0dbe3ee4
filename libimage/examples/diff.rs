//! Prints what a sync of one directory to another would change.
//!
//! `cargo run --release -p libimage --example diff -- SOURCE TARGET [-c]`

use std::io::Write as _;
use std::path::Path;

use libimage::diff::{Charset, Options, diff};
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [source, target, rest @ ..] = arguments.as_slice() else {
        return Err("usage: diff SOURCE TARGET [-c]".into());
    };
    let source = LiveTree::open(Path::new(source), Want::All)?;
    let target = LiveTree::open(Path::new(target), Want::All)?;
    let mut options = Options::default();
    options.checksum = !rest.is_empty();
    let outcome = diff(&source, &target, &options, &Silent)?;
    let mut out = std::io::stdout().lock();
    for line in outcome
        .changes
        .iter()
        .filter_map(|change| change.itemize(Charset::Utf8))
    {
        out.write_all(&line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
