//! Any other store does as well: here one in memory.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use libimage::backup::Options;
use libimage::catalogue::{
    Draft, ListOptions, PruneOptions, State, Store, Stored, back_up, carry_out, list, plan,
};
use libimage::error::SysError;
use libimage::monitor::Silent;
use libimage::tree::ReadAt;

use crate::place::{Place, is_new};

type Names = BTreeMap<Vec<u8>, Arc<Vec<u8>>>;

/// A store that is gone with its process.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Names>>);

impl Memory {
    fn names(&self) -> MutexGuard<'_, Names> {
        self.0.lock().expect("nobody panics")
    }
}

struct Bytes(Arc<Vec<u8>>);

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = self.0.get(usize::try_from(offset).unwrap_or(usize::MAX)..);
        let rest = rest.unwrap_or_default();
        // As little at once as a network may bring.
        let length = into.len().min(rest.len()).min(1000);
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

struct Sheet(Memory, Vec<u8>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for Sheet {
    fn publish(&mut self, name: &[u8]) -> Result<bool, SysError> {
        let mut names = self.0.names();
        if names.contains_key(name) {
            return Ok(false);
        }
        names.insert(name.to_vec(), Arc::new(std::mem::take(&mut self.1)));
        Ok(true)
    }
}

impl Store for Memory {
    fn path(&self, name: &[u8]) -> PathBuf {
        format!("memory:{}", name.escape_ascii()).into()
    }

    fn list(&self) -> Result<Vec<Stored>, SysError> {
        let stored = |(name, bytes): (&Vec<u8>, &Arc<Vec<u8>>)| Stored {
            name: name.as_slice().into(),
            bytes: bytes.len() as u64,
            state: State::Whole,
        };
        Ok(self.names().iter().map(stored).collect())
    }

    fn open(&self, name: &[u8]) -> Result<Arc<dyn ReadAt>, SysError> {
        let bytes = self.names().get(name).cloned();
        let gone = || SysError::new("open", self.path(name), io::ErrorKind::NotFound);
        Ok(Arc::new(Bytes(bytes.ok_or_else(gone)?)))
    }

    fn create(&self, _: &[u8]) -> Result<Box<dyn Draft>, SysError> {
        Ok(Box::new(Sheet(self.clone(), Vec::new())))
    }

    fn remove(&self, names: &[&[u8]]) -> Result<(), SysError> {
        self.names().retain(|name, _| !names.contains(&&**name));
        Ok(())
    }
}

#[test]
fn what_is_done_with_a_directory_is_done_with_any_store() {
    let place = Place::new();
    let store = Memory::default();
    let add = |if_changed| {
        let options = Options::default();
        back_up(&place.path("tree"), &store, &options, if_changed, &Silent).expect("readable")
    };
    let first = add(false);
    assert!(is_new(&add(false)));
    assert!(!is_new(&add(true)));
    let catalogue = list(&store, &ListOptions::default(), &Silent).expect("in memory");
    let backups = &catalogue.trees[0].backups;
    assert!(backups.iter().all(|kept| kept.state.is_ok()));
    assert_eq!(backups.len(), 2);
    let mut options = PruneOptions::default();
    options.retention.last = 1;
    options.verify = true;
    let pruning = plan(&store, &options, &Silent).expect("in memory");
    carry_out(&store, &pruning, &Silent).expect("in memory");
    assert_eq!(store.names().len(), 1);
    assert!(!store.names().contains_key(&first.generation.name()));
    // What is wrong with one is told by the store's own name for it.
    let broken = first.generation.name();
    store.names().insert(broken, Arc::default());
    let catalogue = list(&store, &ListOptions::default(), &Silent).expect("in memory");
    let error = catalogue.trees[0].backups[0].state.as_ref().map(|_| ());
    let text = error.expect_err("it is empty").to_string();
    assert!(text.contains("`memory:tree-"), "{text}");
}
