//! The other half of the reader: entries become the blocks of a tar.
//!
//! Functions of data: an entry and its path give the bytes that stand before its
//! content, in the form that POSIX calls pax. What the ustar header has no room
//! for, and what it has no word for, stands in records before it:
//!
//! | of an entry | where |
//! |---|---|
//! | a fraction of a second, a time before 1970 or after 2242 | `mtime` |
//! | an owner or a group past 2097151 | `uid`, `gid` |
//! | a size of 8 GiB and more | `size` |
//! | a long path or target | `path`, `linkpath`; with `hdrcharset=BINARY` if it is not UTF-8 |
//! | extended attributes, raw ACLs among them | `SCHILY.xattr.NAME`, as star and GNU tar have it |
//! | ACLs once more, as text, without which `tar --acls` drops them | `SCHILY.acl.access`, `SCHILY.acl.default` |
//! | holes | `GNU.sparse.*`, version 1.0 |
//! | that a FIFO is a socket | `IMGTOOL.type=socket`, of which other programs know nothing |
//!
//! Names of users and groups are never written: numbers alone count. The same
//! entry always gives the same bytes.

mod block;
mod record;
mod sparse;
#[cfg(test)]
mod tests;

pub use sparse::{Regions, whole_blocks};

use block::{Block, Numbers};
use record::Records;

use super::header::BLOCK;
use crate::entry::{ACCESS_ACL, Acl, DEFAULT_ACL, Entry, Kind, Metadata};
use crate::path::ImagePath;

/// What stands behind the last member (POSIX, "ustar Interchange Format").
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// Zeros that fill up the last block of so many bytes.
pub fn padding(length: u64) -> usize {
    let over = usize::try_from(length % BLOCK as u64).expect("less than a block");
    (BLOCK - over) % BLOCK
}

/// Adds what stands before the content of an entry, or all of an entry that has
/// none. Of a file with holes `regions` says where its data is: only that
/// follows, back to back.
///
/// # Panics
///
/// If something is mounted at the entry: then it is not known what it is.
pub fn put_entry(path: &ImagePath, entry: &Entry, regions: Option<&Regions>, out: &mut Vec<u8>) {
    let name = member_name(path, entry.is_directory());
    let mut records = Records::default();
    let mut block = Block::default();
    let (letter, size) = match &entry.kind {
        Kind::Directory => (b'5', 0),
        Kind::File { size } => (b'0', *size),
        Kind::Symlink { target } => {
            block.set_link(target, &mut records);
            (b'2', 0)
        }
        Kind::CharDevice(number) => {
            block.set_device(*number);
            (b'3', 0)
        }
        Kind::BlockDevice(number) => {
            block.set_device(*number);
            (b'4', 0)
        }
        Kind::Fifo => (b'6', 0),
        Kind::Socket => {
            records.put(b"IMGTOOL.type", b"socket");
            (b'6', 0)
        }
        Kind::Mount => panic!("what is mounted somewhere is not written"),
    };
    let map = regions.map(|regions| regions.map(size)).unwrap_or_default();
    let stored = regions.map_or(size, |regions| map.len() as u64 + regions.stored());
    block.set_type(letter);
    match regions {
        Some(_) => {
            sparse::put_records(&name, size, &mut records);
            block.set_short_name(&sparse::stand_in(path));
        }
        None => block.set_name(&name, &mut records),
    }
    block.set_numbers(&Numbers::of(&entry.metadata, stored), &mut records);
    put_attributes(&entry.metadata, &mut records);
    put_headers(path, &entry.metadata, block, &records, out);
    out.extend_from_slice(&map);
}

/// Adds another name of an entry that came before under the name `leader`.
pub fn put_hard_link(path: &ImagePath, leader: &ImagePath, metadata: &Metadata, out: &mut Vec<u8>) {
    let mut records = Records::default();
    let mut block = Block::default();
    block.set_type(b'1');
    block.set_name(&member_name(path, false), &mut records);
    block.set_link(&member_name(leader, false), &mut records);
    block.set_numbers(&Numbers::of(metadata, 0), &mut records);
    put_headers(path, metadata, block, &records, out);
}

/// The path as `tar -C TREE -c .` would write it.
fn member_name(path: &ImagePath, is_directory: bool) -> Vec<u8> {
    let mut name = b"./".to_vec();
    name.extend_from_slice(path.as_bytes());
    if is_directory && !path.is_root() {
        name.push(b'/');
    }
    name
}

fn put_attributes(metadata: &Metadata, records: &mut Records) {
    for (name, value) in metadata.xattrs.iter() {
        records.put(&record::xattr_key(name), value);
        let text_key: &[u8] = match name {
            ACCESS_ACL => b"SCHILY.acl.access",
            DEFAULT_ACL => b"SCHILY.acl.default",
            _ => continue,
        };
        // What the kernel gives is an ACL; of anything else there is no text.
        if let Ok(acl) = Acl::from_xattr(value) {
            records.put(text_key, acl.to_text().as_bytes());
        }
    }
}

/// Adds the records, if there are any, with a header of their own, and the
/// entry's header.
fn put_headers(
    path: &ImagePath,
    metadata: &Metadata,
    block: Block,
    records: &Records,
    out: &mut Vec<u8>,
) {
    let bytes = records.bytes();
    if !bytes.is_empty() {
        let mut header = Block::default();
        header.set_type(b'x');
        header.set_short_name(&record::header_name(path));
        header.set_own_numbers(metadata, bytes.len() as u64);
        out.extend_from_slice(&header.finish());
        out.extend_from_slice(bytes);
        out.resize(out.len() + padding(bytes.len() as u64), 0);
    }
    out.extend_from_slice(&block.finish());
}
