//! Read, write, compare and judge the image trees that cluster nodes boot.
//!
//! A *tree* is a root filesystem, or part of one, as entries: names, kinds,
//! metadata, content. It may be a directory, here or on a [node], a [manifest] or
//! an [archive]; all of them are a [`tree::Tree`], and whatever walks, compares or judges takes
//! any. A tree is never trusted: all access goes through a [`root::Root`],
//! beneath a directory handle and through no symlink.
//!
//! # A tour
//!
//! Import an archive, ask what it is, and compare it with another tree:
//!
//! ```
//! use std::path::Path;
//!
//! use libimage::diff::{self, Action};
//! use libimage::import::{self, Source};
//! use libimage::monitor::Silent;
//! use libimage::tree::{LiveTree, Want};
//! use libimage::writer::Destination;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let place = directory.path();
//! # let spec = fixtures::image::software_image(
//! #     fixtures::image::Arch::Aarch64,
//! #     fixtures::image::Distro::Ubuntu2404,
//! # );
//! # let bytes = fixtures::archive::write(&spec, fixtures::archive::Options::gnu_tar());
//! # std::fs::write(place.join("image.tar"), bytes)?;
//! let source = Source::open(&place.join("image.tar"))?;
//! let destination = Destination::new(&place.join("image"))?;
//! let mut options = import::Options::default();
//! options.demand.arch = Some("aarch64".parse()?);
//! let imported = import::import(source, &destination, &options, &Silent)?;
//! println!("{} entries, digest {}", imported.tree.counts.entries(), imported.tree.digest);
//!
//! let image = LiveTree::open(&place.join("image"), Want::All)?;
//! # std::fs::create_dir(place.join("empty"))?;
//! let empty = LiveTree::open(&place.join("empty"), Want::All)?;
//! let outcome = diff::diff(&image, &empty, &diff::Options::default(), &Silent)?;
//! assert!(outcome.totals.count(Action::Create) > 0);
//! # Ok(())
//! # }
//! ```
//!
//! # The layers
//!
//! From the bottom up; each uses only what stands before it.
//!
//! - [`path`], [`escape`], [`size`], [`digest`], [`entry`], [`monitor`],
//!   [`error`], [`hostlist`]: the words;
//! - `sys`: every system call (private);
//! - [`root`]: a directory handle beneath which all access stays;
//! - [`tree`]: the [`Tree`](tree::Tree) trait, live and recorded trees, walking;
//! - [`manifest`]: a tree in a file, and the digest that is its identity;
//! - [`seekable`]: the frames of a backup and their index;
//! - [`archive`]: reading tar in all its dialects, safely, and writing one of them;
//! - [`writer`]: the one tree writer;
//! - [`filter`]: rsync's rules for what takes part;
//! - [`inspect`]: facts about a tree; [`rules`]: what they mean;
//! - [`diff`]: what a sync would change; [`plan`]: that, to be done later;
//! - [`source`]: archives, container images and discs, all as archives;
//!   [`node`]: a directory of another machine, listed over ssh;
//! - [`open`], [`output`]: what users name on the command line;
//! - [`import`], [`clone`](mod@clone), [`backup`], [`restore`], [`verify`], [`survey`], [`lint`],
//!   [`sync`](mod@sync), [`synclog`], [`patch`], [`fleet`]: whole operations;
//! - [`catalogue`]: backups as generations in a store, and which are kept;
//! - [`review`]: what the changes of a diff mean to whoever looks after the target.
//!
//! # Errors, progress, cancelling
//!
//! Every operation has an error type of its own that implements
//! [`error::ImageError`]: it sorts itself into an [`error::ErrorKind`] and
//! often has advice. Long work takes a [`monitor::Monitor`], last of all
//! arguments, which hears of progress and warnings and may ask it to stop.
//! The library prints nothing.

pub mod archive;
pub mod backup;
pub mod catalogue;
pub mod clone;
pub mod diff;
pub mod digest;
pub mod entry;
pub mod error;
pub mod escape;
pub mod excludes;
pub mod filter;
pub mod fleet;
pub mod hostlist;
pub mod import;
pub mod inspect;
pub mod lint;
pub mod manifest;
pub mod monitor;
pub mod node;
pub mod open;
pub mod output;
pub mod patch;
pub mod path;
pub mod plan;
mod program;
pub mod restore;
pub mod review;
pub mod root;
pub mod rules;
pub mod seekable;
pub mod size;
pub mod source;
pub mod survey;
pub mod sync;
pub mod synclog;
mod sys;
pub mod tree;
pub mod verify;
pub mod writer;
