//! Imports an archive as a tree and tells what it is.
//!
//! `cargo run --release -p libimage --example import -- ARCHIVE DIR`

use std::path::Path;

use libimage::import::{Options, Source, import};
use libimage::monitor::Silent;
use libimage::writer::Destination;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(archive), Some(into)) = (arguments.next(), arguments.next()) else {
        return Err("usage: import ARCHIVE DIR".into());
    };
    let source = Source::open(Path::new(&archive))?;
    let destination = Destination::new(Path::new(&into))?;
    let outcome = import(source, &destination, &Options::default(), &Silent)?;
    println!(
        "{} entries, {}",
        outcome.tree.counts.entries(),
        outcome.tree.digest
    );
    if let Some(arch) = outcome.facts.arch {
        println!("for {arch}");
    }
    Ok(())
}
