//! [`Source`]: what an image comes from, whatever it is wrapped in.
//!
//! ```text
//! a tar, compressed or not ──────────────────────────────┐
//! squashfs ─► sqfs2tar ──────────────────────────────────┼─► Layers ─► unpack
//! disc ─► bsdtar ─► one of these                         │
//! container image, in a directory or a tar ─► its layers ┘
//! ```
//!
//! All of them are archives in the end, one or several to be put over each
//! other, and go through the one reader that trusts nothing.

mod container;
mod disc;
mod error;
mod layers;
mod platform;
mod program;

pub use error::{SourceError, Unusable};
pub use layers::{Form, Layers, Received};
pub use platform::Platform;

use std::fmt;
use std::io::{self, Cursor, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use crate::archive::{ArchiveReader, Limits, Scanned, scan, spool};
use crate::error::SysError;
use crate::inspect::Architecture;
use crate::monitor::Monitor;
use crate::sys;
use crate::sys::section::Section;
use crate::tree::{LiveTree, TreeError, Want};

/// What the user names to be read as an image.
pub struct Source {
    name: String,
    input: Input,
    length: Option<u64>,
}

enum Input {
    Directory(PathBuf),
    File(Section),
    Stream(Box<dyn Read + Send>),
}

/// Which image of several is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The one for this architecture.
    pub arch: Option<Architecture>,
    /// The container image of this name.
    pub image: Option<String>,
    /// The file on a disc that has this path.
    pub member: Option<String>,
}

/// How to find out what a source is.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Which image of several is meant.
    pub choice: &'a Choice,
    /// How much it may ask for.
    pub limits: &'a Limits,
    /// Where to put down, in a file without a name, what must be read in
    /// another order than it comes in.
    pub spool: &'a Path,
}

/// Bytes by which a source is told: to behind the mark of a disc.
const HEAD: u64 = 64 * 1024;

impl Source {
    /// Opens a file or a directory.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, SysError> {
        Self::open_with(path, |fd| Box::new(sys::host::HostFile::from(fd)))
    }

    /// The same, where the bytes of a pipe go through `wrap`, such as a reader
    /// that can be woken while the pipe is silent.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be opened.
    pub fn open_with(
        path: &Path,
        wrap: impl FnOnce(OwnedFd) -> Box<dyn Read + Send>,
    ) -> Result<Self, SysError> {
        let failed = |error| SysError::new("open archive", path, error);
        let name = path.to_string_lossy().into_owned();
        if sys::host::is_directory(path).map_err(failed)? {
            return Ok(Self {
                name,
                input: Input::Directory(path.to_owned()),
                length: None,
            });
        }
        let (file, length) = sys::host::open(path).map_err(failed)?;
        if !sys::host::is_regular(&file).map_err(failed)? {
            // How long a pipe is nobody knows, and zero is what the system says.
            let length = (length > 0).then_some(length);
            return Ok(Self::stream(name, wrap(file.into()), length));
        }
        Ok(Self {
            name,
            input: Input::File(Section::whole(file).map_err(failed)?),
            length: Some(length),
        })
    }

    /// Something that is read once from its start, called `name` in messages;
    /// `length` in bytes where that is known.
    pub fn stream(
        name: impl Into<String>,
        input: Box<dyn Read + Send>,
        length: Option<u64>,
    ) -> Self {
        Self {
            name: name.into(),
            input: Input::Stream(input),
            length,
        }
    }

    /// What the user calls it, `-` for standard input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Finds out what it is and opens it: the archives that it is made of.
    ///
    /// # Errors
    ///
    /// A [`SourceError`] if it cannot be read, or holds several images and
    /// `options` do not say which is meant.
    pub fn layers(
        self,
        options: &Options<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Layers, SourceError> {
        self.open_layers(Around::Nothing, options, monitor)
    }

    fn open_layers(
        self,
        around: Around,
        options: &Options<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Layers, SourceError> {
        let Self {
            name,
            input,
            length,
        } = self;
        match input {
            Input::Directory(path) => {
                let tree = LiveTree::open(&path, Want::NoXattrs).map_err(TreeError::from)?;
                let image = container::find(&tree, &name, options.choice)?;
                let image = image.ok_or_else(|| not_an_image(&name))?;
                Ok(Layers::image(name, image))
            }
            Input::File(section) => of_file(section, name, around, options, monitor),
            Input::Stream(mut input) => {
                let mut head = Vec::new();
                input
                    .by_ref()
                    .take(HEAD)
                    .read_to_end(&mut head)
                    .map_err(|error| SysError::new("read", &name, error))?;
                let guess = Guess::of(&head);
                let input = Box::new(Cursor::new(head).chain(input));
                if guess == Guess::Archive {
                    return Ok(Layers::archive(name, input, length));
                }
                let spooled = spool::<SourceError>(
                    input,
                    &name,
                    length,
                    options.spool,
                    options.limits,
                    monitor,
                )?;
                of_file(spooled, name, around, options, monitor)
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

fn not_an_image(name: &str) -> SourceError {
    let reason = "it is a directory, but no OCI image layout";
    let help = "name an archive, or a directory that holds a file `oci-layout`";
    Unusable::choice(name, reason, help).into()
}

/// What a source may be, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    /// A tar in any wrapping, or nothing that is known.
    Archive,
    /// A tar, perhaps compressed, whose first member may be a container image's.
    Container {
        compressed: bool,
    },
    Squashfs,
    Disc,
}

impl Guess {
    fn of(head: &[u8]) -> Self {
        if disc::is_squashfs(head) {
            return Self::Squashfs;
        }
        if disc::is_iso9660(head) {
            return Self::Disc;
        }
        // What is wrong with it the reader says when it is read for good.
        let input = Box::new(Cursor::new(head.to_vec()));
        let Ok(mut reader) = ArchiveReader::new(input, String::new(), Limits::default()) else {
            return Self::Archive;
        };
        let compressed = reader.codec() != crate::archive::Codec::Plain;
        while let Ok(Some(member)) = reader.next() {
            match member.image_path() {
                Ok((path, _)) if path.is_root() => {}
                Ok((path, _)) if container::may_begin(&path) => {
                    return Self::Container { compressed };
                }
                _ => return Self::Archive,
            }
        }
        Self::Archive
    }
}

/// What a source is taken out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    Nothing,
    Disc,
}

fn of_file(
    section: Section,
    name: String,
    around: Around,
    options: &Options<'_>,
    monitor: &dyn Monitor,
) -> Result<Layers, SourceError> {
    let mut head = Vec::new();
    let length = section.left();
    section
        .clone()
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(|error: io::Error| SysError::new("read", &name, error))?;
    let input = Box::new(section.clone());
    match Guess::of(&head) {
        Guess::Archive => Ok(Layers::plain(name, section)),
        Guess::Squashfs => {
            let tar = disc::squashfs(&section, &name)?;
            Ok(Layers::squashfs(name, tar))
        }
        Guess::Disc if around == Around::Disc => {
            Err(Unusable::broken(&name, "it is a disc on a disc").into())
        }
        Guess::Disc => {
            let member = options.choice.member.as_deref();
            let (path, content) = disc::member(&section, &name, member)?;
            let inside = Source::stream(format!("{name}:{path}"), content, None);
            let layers = inside.open_layers(Around::Disc, options, monitor)?;
            Ok(layers.called(Form::Disc))
        }
        Guess::Container { compressed } => {
            let tar = if compressed {
                spool::<SourceError>(
                    input,
                    &name,
                    Some(length),
                    options.spool,
                    options.limits,
                    monitor,
                )?
            } else {
                section.clone()
            };
            let Scanned { tree, .. } =
                scan::<SourceError>(&tar, &name, 1, options.limits, monitor)?;
            Ok(match container::find(&tree, &name, options.choice)? {
                Some(image) => Layers::image(name, image),
                // A root filesystem with such names in it.
                None => Layers::plain(name, section),
            })
        }
    }
}
