//! [`Layers`]: the archives that a source is made of.

use std::fmt;
use std::io::Read;

use super::container::{Image, Layer};
use super::error::SourceError;
use super::platform::Platform;
use super::program::Output;
use crate::archive::{
    ArchiveReader, ArchiveSummary, Codec, Layout, Limits, Scanned, Sink, Unpacked, Unpacker, scan,
};
use crate::digest::{Digest, Sha256};
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::program::Said;
use crate::sys::section::Section;

/// The archives that a source is made of, the lowest first.
pub struct Layers {
    name: String,
    form: Form,
    parts: Parts,
    length: Option<u64>,
    platform: Option<Platform>,
    image: Option<Sha256>,
    /// What a program says that reads it.
    said: Said,
}

enum Parts {
    /// An archive by itself, in which nothing is hidden.
    Plain(Section),
    /// The same, that can be read once.
    Archive(Box<dyn Read + Send>),
    /// The layers of a container image.
    Layers(Vec<Layer>),
}

/// What a source turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// A tar.
    Archive,
    /// A container image of so many layers.
    Container {
        /// How many layers it has.
        layers: usize,
    },
    /// A squashfs.
    Squashfs,
    /// A file on a disc.
    Disc,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive => f.write_str("tar"),
            Self::Container { layers: 1 } => f.write_str("container image of 1 layer"),
            Self::Container { layers } => write!(f, "container image of {layers} layers"),
            Self::Squashfs => f.write_str("squashfs"),
            Self::Disc => f.write_str("file on a disc"),
        }
    }
}

/// What was read of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// What it turned out to be.
    pub form: Form,
    /// Bytes of all archives as they lie on the disk.
    pub bytes: u64,
    /// The BLAKE3 digest of those bytes, where it is one archive.
    pub digest: Option<Digest>,
    /// The digest by which a container image is known.
    pub image: Option<Sha256>,
    /// What a container image says it is for.
    pub platform: Option<Platform>,
    /// Bytes of all tars inside.
    pub unpacked: u64,
    /// Members of all of them.
    pub members: u64,
    /// What they are compressed with, where they agree in that.
    pub codec: Option<Codec>,
}

impl Layers {
    /// An archive that can be read once.
    pub(super) fn archive(name: String, input: Box<dyn Read + Send>, length: Option<u64>) -> Self {
        Self {
            name,
            form: Form::Archive,
            parts: Parts::Archive(input),
            length,
            platform: None,
            image: None,
            said: Said::new(0),
        }
    }

    /// An archive in a file.
    pub(super) fn plain(name: String, section: Section) -> Self {
        Self {
            length: Some(section.left()),
            parts: Parts::Plain(section),
            ..Self::archive(name, Box::new(std::io::empty()), None)
        }
    }

    /// A squashfs as a program reads it.
    pub(super) fn squashfs(name: String, tar: Output) -> Self {
        Self {
            form: Form::Squashfs,
            said: tar.said(),
            ..Self::archive(name, Box::new(tar), None)
        }
    }

    pub(super) fn image(name: String, image: Image) -> Self {
        Self {
            name,
            form: Form::Container {
                layers: image.layers.len(),
            },
            length: Some(image.layers.iter().map(|layer| layer.length).sum()),
            parts: Parts::Layers(image.layers),
            platform: Some(image.platform),
            image: Some(image.digest),
            said: Said::new(0),
        }
    }

    pub(super) fn called(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// What the user calls the source.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the source turned out to be.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Whether it is layers over each other, in which some names are whiteouts.
    pub fn is_layered(&self) -> bool {
        matches!(self.parts, Parts::Layers(_))
    }

    /// Bytes that will be read, where that is known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Bytes that the tree takes at least, as far as that shows before it is
    /// read. Headers come to about a fiftieth of an archive of files; of one
    /// that is links for the most part this may say too much by half a
    /// kilobyte each.
    pub fn least(&self) -> u64 {
        let packed = self.length.unwrap_or(0);
        let unpacked = match &self.parts {
            Parts::Plain(section) => unpacked_length(section),
            _ => None,
        };
        let tar = unpacked.unwrap_or(0).max(packed);
        tar - tar / 8
    }

    /// Looks through it from header to header, if it is a plain tar in a file.
    pub(crate) fn scan(
        &self,
        block: u64,
        limits: &Limits,
        monitor: &dyn Monitor,
    ) -> Result<Option<Scanned>, SourceError> {
        match &self.parts {
            Parts::Plain(section) if codec(section) == Codec::Plain => {
                scan(section, &self.name, block, limits, monitor).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What a container image says it is for.
    pub fn platform(&self) -> Option<&Platform> {
        self.platform.as_ref()
    }

    /// Reads everything into `layout` and has `sink` make it.
    ///
    /// # Errors
    ///
    /// What a reader, the layout or the sink answered first.
    pub fn unpack<S>(
        self,
        layout: &mut Layout,
        sink: &mut S,
        limits: &Limits,
        monitor: &dyn Monitor,
    ) -> Result<(Unpacked, Received), S::Error>
    where
        S: Sink,
        S::Error: From<SourceError>,
    {
        let Self {
            name,
            form,
            parts,
            platform,
            image,
            said,
            ..
        } = self;
        let mut unpacker = Unpacker::new(layout);
        let mut read = Vec::new();
        let archive = |input| ArchiveReader::new(input, name, limits.clone());
        match parts {
            Parts::Plain(section) => {
                let reader = archive(Box::new(section))?;
                read.push(unpacker.archive(reader, sink, monitor)?);
            }
            Parts::Archive(input) => {
                read.push(unpacker.archive(archive(input)?, sink, monitor)?);
            }
            Parts::Layers(layers) => {
                let mut limits = limits.clone();
                for layer in layers {
                    let input = layer.open().map_err(SourceError::from)?;
                    let reader =
                        ArchiveReader::proven(input, layer.label, limits.clone(), layer.proof)?;
                    let summary = unpacker.layer(reader, sink, monitor)?;
                    limits.size = limits.size.saturating_sub(summary.unpacked);
                    read.push(summary);
                }
            }
        }
        for line in said.lines() {
            monitor.warn(Warning {
                path: ImagePath::root(),
                message: line,
            });
        }
        let received = Received {
            form,
            bytes: read.iter().map(|one| one.bytes).sum(),
            digest: match &read[..] {
                [only] if image.is_none() => Some(only.digest),
                _ => None,
            },
            image,
            platform,
            unpacked: read.iter().map(|one| one.unpacked).sum(),
            members: read.iter().map(|one| one.members).sum(),
            codec: common(read.iter().map(|one: &ArchiveSummary| one.codec)),
        };
        Ok((unpacker.finish(monitor), received))
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layers")
            .field("name", &self.name)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

fn head(section: &Section) -> [u8; 512] {
    let mut head = [0; 512];
    // What cannot be read is said when it is read for good.
    let _ = section.clone().read(&mut head);
    head
}

fn codec(section: &Section) -> Codec {
    Codec::detect(&head(section))
}

/// How long the tar inside says it is, or a little of it: gzip keeps the
/// length of its last member modulo 2^32 (RFC 1952, 2.3.1), zstd that of each
/// frame where it was known (RFC 8878, 3.1.1.1).
fn unpacked_length(section: &Section) -> Option<u64> {
    let head = head(section);
    match Codec::detect(&head) {
        Codec::Gzip => {
            let mut last = [0; 4];
            let mut end = section.part(section.left().checked_sub(4)?, 4);
            end.read_exact(&mut last).ok()?;
            Some(u32::from_le_bytes(last).into())
        }
        Codec::Zstd => zstd::zstd_safe::get_frame_content_size(&head)
            .ok()
            .flatten(),
        _ => None,
    }
}

/// What all are, if they are all the same.
fn common<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}
