//! A sink that makes nothing, passes over most data, and checks what it is told.

use libimage::archive::{FileData, Member, Replaced, Sink, SparseMap};
use libimage::digest::Digest;
use libimage::entry::Kind;
use libimage::open::OpenError;
use libimage::tree::{RecordId, Records};

/// Stands for the writer of a tree, which relies on what is checked here.
///
/// It reads no content but that of sparse files, which it lays out by itself.
pub struct Skim;

impl Sink for Skim {
    type Error = OpenError;

    fn admit(&mut self, member: &mut Member) -> Result<bool, OpenError> {
        member.image_path().expect("it belongs somewhere");
        Ok(true)
    }

    fn remove(&mut self, records: &mut Records, replaced: Replaced) -> Result<(), OpenError> {
        let Replaced { id, directory } = replaced;
        assert!(!records.is_attached(id), "it is still there");
        assert_eq!(records.is_directory(id), directory);
        assert_eq!(records.children(id), [], "it takes others with it");
        Ok(())
    }

    fn directory(&mut self, records: &Records, id: RecordId) -> Result<(), OpenError> {
        assert!(records.is_beneath_root(id) && records.is_directory(id));
        Ok(())
    }

    fn special(&mut self, records: &Records, id: RecordId) -> Result<(), OpenError> {
        assert!(records.is_beneath_root(id));
        let kind = records.entry(id).kind;
        assert!(!matches!(kind, Kind::Directory | Kind::File { .. }));
        Ok(())
    }

    fn hard_link(&mut self, id: RecordId, target: RecordId) {
        assert!(id > target, "it was recorded before its target");
    }

    fn file(
        &mut self,
        records: &mut Records,
        id: RecordId,
        size: u64,
        mut data: FileData<'_, '_>,
    ) -> Result<(), OpenError> {
        assert!(records.is_beneath_root(id));
        assert_eq!(records.entry(id).kind, Kind::File { size });
        // The names of users are learnt from these two, by whoever reads them.
        let path = records.path(id);
        if matches!(path.as_bytes(), b"etc/passwd" | b"etc/group") {
            while data.piece::<OpenError>()?.is_some() {}
        }
        if let Some(map) = data.take_sparse() {
            let mut stored = Vec::new();
            while let Some(piece) = data.piece::<OpenError>()? {
                stored.extend_from_slice(&piece);
            }
            records.set_content(id, Digest::of(&laid_out(&map, &stored, size)).into());
        }
        Ok(())
    }
}

/// The content of a sparse file, its holes as zeros.
fn laid_out(map: &SparseMap, stored: &[u8], size: u64) -> Vec<u8> {
    let index = |number| usize::try_from(number).expect("within the limit of sizes");
    let mut content = vec![0; index(size)];
    let mut rest = stored;
    for region in map.regions() {
        let (data, behind) = rest.split_at(index(region.length));
        content[index(region.offset)..][..data.len()].copy_from_slice(data);
        rest = behind;
    }
    assert_eq!(rest, b"", "data for no region");
    content
}
