//! mtree: a tree in a file as BSD's mtree(8) and libarchive write and read it.
//!
//! The format is described in mtree(5) of libarchive and mtree(8) of NetBSD. It
//! knows no extended attributes, and the common dialects do not tell which names
//! are one inode: see [`Tree::respects`](crate::tree::Tree::respects) of what is
//! read.

mod assembly;
mod error;
mod keyword;
mod read;
mod vis;
mod write;

pub use error::MtreeError;
pub use read::read;
pub use write::{Written, write};

/// Whether some file begins like an mtree file: with the signature that all
/// writers of today give it, or with a default or an entry of that format
/// behind comments.
pub fn is_mtree(head: &[u8]) -> bool {
    if head.starts_with(b"#mtree") {
        return true;
    }
    let first = head
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && !line.starts_with(b"#"));
    first.is_some_and(|line| {
        let has_type = line.windows(6).any(|part| part == b" type=");
        line.starts_with(b"/set ") || (line.starts_with(b".") && has_type)
    })
}

#[cfg(test)]
mod tests;
