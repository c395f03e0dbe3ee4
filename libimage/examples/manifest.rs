//! Writes the manifest of a tree to standard output, its digest to standard error.
//!
//! `cargo run --release -p libimage --example manifest -- TREE`

use std::io::BufWriter;
use std::path::Path;

use libimage::manifest;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: manifest TREE")?;
    let tree = LiveTree::open(Path::new(&path), Want::All)?;
    let out = BufWriter::new(std::io::stdout().lock());
    let summary = manifest::build(&tree, out, 2, &Silent)?;
    eprintln!("{} entries, {}", summary.counts.entries(), summary.digest);
    Ok(())
}
