//! Records that come in no order, and directories that nobody looked into.

use super::{RecordId, Records};
use crate::entry::Entry;

impl Records {
    /// Adds an entry to a directory behind those it has, whatever their names;
    /// before the tree is used [`Records::sort`] must follow. So a directory of
    /// a million names in any order costs one sorting.
    ///
    /// # Panics
    ///
    /// If `parent` is no directory.
    pub(crate) fn append(&mut self, parent: RecordId, entry: Entry) -> RecordId {
        let id = self.push(parent, entry);
        self.names_mut(parent).append(id);
        id
    }

    /// Puts the entries of all directories in order; answers with one whose
    /// name another of its directory has, if there is any.
    pub(crate) fn sort(&mut self) -> Result<(), RecordId> {
        let mut directories = std::mem::take(&mut self.directories);
        let mut twice = None;
        for names in &mut directories {
            let names = names.row();
            names.retain(|&id| self.is_attached(id));
            names.sort_unstable_by(|&one, &two| self.name(one).cmp(self.name(two)));
            let mut pairs = names.windows(2);
            let same = |pair: &&[RecordId]| self.name(pair[0]) == self.name(pair[1]);
            twice = twice.or(pairs.find(same).map(|pair| pair[1]));
        }
        self.directories = directories;
        twice.map_or(Ok(()), Err)
    }

    /// Notes of a directory that it is not known what is in it.
    pub(crate) fn close(&mut self, id: RecordId) {
        self.closed.insert(id);
    }

    /// Whether it is not known what is in a directory.
    pub fn is_closed(&self, id: RecordId) -> bool {
        self.closed.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Kind, Metadata};

    fn entry(name: &str) -> Entry {
        Entry {
            name: name.as_bytes().into(),
            kind: Kind::Fifo,
            metadata: Metadata::default(),
            link: None,
            content: None,
        }
    }

    #[test]
    fn what_is_appended_is_found_once_it_is_sorted() {
        let mut records = Records::new(Metadata::default());
        let ids = ["c", "a", "b"].map(|name| records.append(Records::ROOT, entry(name)));
        assert_eq!(records.sort(), Ok(()));
        for (name, id) in ["c", "a", "b"].into_iter().zip(ids) {
            assert_eq!(records.child(Records::ROOT, name.as_bytes()), Some(id));
        }
        let again = records.append(Records::ROOT, entry("a"));
        let twice = records.sort().expect_err("the name is taken");
        assert!(twice == again || twice == ids[1]);
    }
}
