//! [`HeadTree`]: an archive's tree in which the first bytes of files can be
//! read, though nothing is unpacked.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use crate::archive::Heads;
use crate::inspect::{HEAD_BYTES, MAGIC};
use crate::path::ImagePath;
use crate::tree::{ByInode, Contents, RecordId, RecordedTree, Records, TreeError};

/// First bytes of files, as far as they may tell what a tree is for.
#[derive(Default)]
pub(crate) struct Keeper {
    kept: HashMap<RecordId, Box<[u8]>>,
    /// Whether the file asked about last may be kept for more than its header.
    long: bool,
    /// Bytes of those that were.
    spent: usize,
}

/// What is kept of kernels and of files that may name the distribution: as
/// much as inspecting them reads.
const LONG: usize = 64 * 1024;

/// What is kept of dpkg's database, which is read whole: more than any has.
/// RPM's are read in any order and are too large to keep.
const DATABASE: usize = 8 << 20;

/// Bytes of longer heads altogether. A tree has few such files; of one that
/// has thousands the rest is kept like any other file.
const MOST: usize = 16 << 20;

impl Heads for Keeper {
    fn wanted(&mut self, path: &ImagePath) -> usize {
        let name = path.file_name().unwrap_or_default();
        let may_be_long = path.as_bytes().starts_with(b"boot/")
            || name.starts_with(b"vmlinu")
            || name.windows(7).any(|part| part == b"release");
        let most = match path.as_bytes().strip_prefix(b"var/lib/dpkg/") {
            Some(b"status" | b"arch") => DATABASE,
            Some(beneath) if beneath.starts_with(b"status.d/") => LONG,
            _ if may_be_long => LONG,
            _ => HEAD_BYTES,
        };
        self.long = most > HEAD_BYTES && self.spent < MOST;
        if self.long { most } else { HEAD_BYTES }
    }

    fn take(&mut self, id: RecordId, head: Vec<u8>) {
        if self.long {
            self.spent += head.len();
        }
        if self.long || head.starts_with(MAGIC) {
            self.kept.insert(id, head.into());
        }
    }
}

/// An archive's tree, with and without the first bytes of its files.
pub struct HeadTree {
    recorded: RecordedTree,
    heads: RecordedTree,
}

impl HeadTree {
    pub(crate) fn new(recorded: RecordedTree, heads: Keeper) -> Self {
        let kept = ByInode::new(heads.kept, recorded.records());
        let heads = recorded.clone().with(Kept(kept));
        Self { recorded, heads }
    }

    /// The tree as it is recorded, without any content.
    pub fn recorded(&self) -> &RecordedTree {
        &self.recorded
    }

    /// The tree with files that end after their first bytes.
    ///
    /// It is for inspecting alone: of a file that is neither ELF, nor a kernel,
    /// nor names a distribution, nor is dpkg's database, nothing can be read, as
    /// if it were empty.
    pub fn heads(&self) -> &RecordedTree {
        &self.heads
    }
}

struct Kept(ByInode<Box<[u8]>>);

impl Contents for Kept {
    fn open(&self, records: &Records, id: RecordId) -> Result<Box<dyn Read + Send>, TreeError> {
        let head = self.0.get(records, id);
        let head = head.map_or_else(Vec::new, |head| head.to_vec());
        Ok(Box::new(Cursor::new(head)))
    }
}

#[cfg(test)]
mod tests {
    use fixtures::archive::{Options, write};
    use fixtures::image::{Arch, Distro, software_image};
    use fixtures::tree::Node;

    use super::super::{Opened, open};
    use crate::archive::Limits;
    use crate::inspect::{Architecture, Facts, UnreadReason};
    use crate::monitor::Silent;
    use crate::source::Choice;
    use crate::tree::{LiveTree, Tree, Want};
    use crate::verify;

    /// The facts of an image as its archive shows them, and as its tree does.
    fn facts(distro: Distro) -> [Facts; 2] {
        let spec = software_image(Arch::Aarch64, distro)
            .with(Node::hard_link("usr/bin/again", "usr/bin/bash"));
        let dir = tempfile::tempdir().expect("makes");
        let (archive, live) = (dir.path().join("a.tar"), dir.path().join("tree"));
        let mut out = crate::output::OutputFile::create(&archive).expect("creates");
        std::io::Write::write_all(&mut out, &write(&spec, Options::gnu_tar())).expect("writes");
        out.publish().expect("publishes");
        spec.create(&live, fixtures::tree::Privilege::current());

        let opened = open(
            &archive,
            Want::All,
            &Choice::default(),
            &Limits::default(),
            &Silent,
        )
        .expect("readable");
        assert!(matches!(opened, Opened::Archive(_)));
        let live = LiveTree::open(&live, Want::All).expect("opens");
        let facts = |tree: &dyn Tree| {
            let census = verify::census(tree, 1, &Silent).expect("readable");
            Facts::of_tree_metadata(tree, census, &Silent).expect("readable")
        };
        [
            facts(opened.heads().expect("an archive has content")),
            facts(&live),
        ]
    }

    #[test]
    fn an_archive_shows_what_its_tree_would_show() {
        let [seen, live] = facts(Distro::Debian12);
        assert_eq!(seen, live);
        assert_eq!(seen.arch, Some(Architecture::AARCH64));
        assert!(seen.distro.is_some() && seen.kernels[0].boot.is_some());
    }

    #[test]
    fn an_archive_shows_packages_of_dpkg_and_tells_of_others() {
        for distro in Distro::ALL {
            let [seen, live] = facts(distro).map(|facts| facts.packages.expect("it is there"));
            assert_eq!(live.architecture(), Some(Architecture::AARCH64));
            assert_eq!(live.unread, []);
            if distro.is_deb() {
                assert_eq!(seen, live);
            } else {
                assert_eq!(seen.path, live.path);
                assert_eq!(seen.list, []);
                assert_eq!(seen.unread.len(), 1);
                assert_eq!(seen.unread[0].reason, UnreadReason::NotUnpacked);
            }
        }
    }
}
