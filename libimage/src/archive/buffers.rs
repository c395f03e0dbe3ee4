//! [`Slice`]: a piece of a recycled buffer, shared without copying.
//!
//! All unpacked bytes in flight live in a fixed number of buffers. A buffer is
//! filled once, cut into slices, and comes back to its pool when the last
//! slice is dropped, wherever that happens. Who fills buffers waits while none
//! is free, so memory is bounded whatever an archive holds.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes in a buffer: enough to make hand-overs rare (about 5,000 for 1.3 GB)
/// and to hash 16 chunks of BLAKE3 at once, little enough that several stay in
/// a processor's second-level cache. A multiple of tar's block.
pub(super) const BUFFER_SIZE: usize = 256 * 1024;

/// Buffers in a pool: 8 MiB let some 30 writers be busy with one each.
pub(super) const BUFFER_COUNT: usize = 32;

/// A fixed number of buffers, made when first needed.
#[derive(Clone)]
pub(super) struct Pool(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    freed: Condvar,
    size: usize,
}

struct State {
    /// Used as a stack: the buffer freed last is the one still in the cache.
    free: Vec<Box<[u8]>>,
    unmade: usize,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    pub(super) fn new(count: usize, size: usize) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                free: Vec::with_capacity(count),
                unmade: count,
                closed: false,
            }),
            freed: Condvar::new(),
            size,
        }))
    }

    /// A buffer to fill; waits for one. Nothing once the pool is closed.
    pub(super) fn take(&self) -> Option<Buffer> {
        let mut state = self.0.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(bytes) = state.free.pop() {
                return Some(self.buffer(bytes));
            }
            if state.unmade > 0 {
                state.unmade -= 1;
                drop(state);
                return Some(self.buffer(vec![0; self.0.size].into()));
            }
            state = self
                .0
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn buffer(&self, bytes: Box<[u8]>) -> Buffer {
        Buffer {
            bytes,
            pool: Some(self.clone()),
        }
    }

    /// Wakes who waits for a buffer, with nothing.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
        self.0.freed.notify_all();
    }
}

/// A buffer that is being filled.
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    pool: Option<Pool>,
}

impl Buffer {
    /// One of so many bytes that belongs to no pool.
    pub(super) fn unpooled(size: usize) -> Self {
        Self {
            bytes: vec![0; size].into(),
            pool: None,
        }
    }

    /// Its first `length` bytes, immutable from now on.
    pub(super) fn freeze(self, length: usize) -> Slice {
        assert!(length <= self.bytes.len(), "filled beyond its end");
        Slice {
            start: 0,
            end: length,
            buffer: Arc::new(self),
        }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(pool) = &self.pool {
            let bytes = std::mem::take(&mut self.bytes);
            pool.0.lock().free.push(bytes);
            pool.0.freed.notify_one();
        }
    }
}

/// A shared, immutable piece of an unpacked archive.
///
/// It may travel to another thread and be cut without copying. It holds one
/// of a fixed number of buffers: whoever keeps slices while waiting for more
/// data may wait for ever.
#[derive(Clone)]
pub struct Slice {
    buffer: Arc<Buffer>,
    start: usize,
    end: usize,
}

impl Slice {
    /// No bytes, of a buffer that no pool misses.
    pub(crate) fn empty() -> Self {
        Buffer::unpooled(0).freeze(0)
    }

    /// Cuts off and returns the first `length` bytes.
    ///
    /// # Panics
    ///
    /// If it is not that long.
    #[must_use]
    pub fn split_to(&mut self, length: usize) -> Self {
        assert!(length <= self.len(), "cut beyond its end");
        let middle = self.start + length;
        let head = Self {
            buffer: Arc::clone(&self.buffer),
            start: self.start,
            end: middle,
        };
        self.start = middle;
        head
    }

    /// Drops the first `length` bytes.
    pub(super) fn advance(&mut self, length: usize) {
        assert!(length <= self.len(), "advanced beyond its end");
        self.start += length;
    }
}

impl Deref for Slice {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer.bytes[self.start..self.end]
    }
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slice({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_with_its_last_slice() {
        let pool = Pool::new(1, 8);
        let mut buffer = pool.take().expect("open");
        buffer[..3].copy_from_slice(b"abc");
        let mut rest = buffer.freeze(3);
        let head = rest.split_to(1);
        assert_eq!((&*head, &*rest), (&b"a"[..], &b"bc"[..]));
        drop(head);
        assert!(pool.0.lock().free.is_empty());
        let waiting = std::thread::spawn({
            let pool = pool.clone();
            move || pool.take().map(|buffer| buffer[0])
        });
        drop(rest);
        assert_eq!(waiting.join().expect("no panic"), Some(b'a'));
        assert_eq!(pool.0.lock().free.len(), 1);
    }

    #[test]
    fn closing_wakes_who_waits() {
        let pool = Pool::new(1, 8);
        let held = pool.take().expect("open");
        let waiting = std::thread::spawn({
            let pool = pool.clone();
            move || pool.take().is_none()
        });
        pool.close();
        assert!(waiting.join().expect("no panic"));
        drop(held);
        assert!(pool.take().is_none());
    }
}
