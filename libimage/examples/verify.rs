//! Tells which architecture a tree is for, and what contradicts that.
//!
//! `cargo run --release -p libimage --example verify -- TREE [ARCH]`

use std::path::Path;

use libimage::monitor::Silent;
use libimage::rules::{Demand, Policy};
use libimage::tree::{LiveTree, Want};
use libimage::verify::{Depth, Options, verify};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: verify TREE [ARCH]")?;
    let arch = arguments.next().map(|arch| arch.parse()).transpose()?;
    let tree = LiveTree::open(Path::new(&path), Want::NoXattrs)?;
    let options = Options {
        demand: Demand {
            arch,
            ..Demand::default()
        },
        policy: Policy::default(),
        threads: 2,
        depth: Depth::ALONE,
    };
    let outcome = verify(&tree, &options, &Silent)?;
    println!("{path}: {}", outcome.verdict);
    for finding in &outcome.findings {
        println!("  {finding}");
    }
    Ok(())
}
