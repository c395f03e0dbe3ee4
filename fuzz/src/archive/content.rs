//! The content of files as it comes out of an archive.

use std::collections::HashMap;

use libimage::archive::Heads;
use libimage::digest::Digest;
use libimage::path::ImagePath;
use libimage::tree::{RecordId, Records};

/// Length and digest of every file, by the bytes that were handed out.
#[derive(Default)]
pub struct Contents(HashMap<RecordId, (u64, Digest)>);

impl Contents {
    /// Checks that every file came once and is as it is recorded.
    pub fn check(&self, records: &Records) {
        for (&id, &(length, digest)) in &self.0 {
            let entry = records.entry(id);
            assert_eq!(entry.file_size(), Some(length), "{}", records.path(id));
            assert_eq!(entry.content, Some(digest.into()), "{}", records.path(id));
        }
    }
}

impl Heads for Contents {
    fn wanted(&mut self, _: &ImagePath) -> usize {
        usize::MAX
    }

    fn take(&mut self, id: RecordId, head: Vec<u8>) {
        let seen = (head.len() as u64, Digest::of(&head));
        assert_eq!(self.0.insert(id, seen), None, "a file comes twice");
    }
}
