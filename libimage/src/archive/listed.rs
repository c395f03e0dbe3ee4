//! [`check_listed`]: whether a member is the entry that a manifest lists for it.

use super::member::{Member, MemberKind};
use super::path::normalise;
use crate::entry::LinkGroup;
use crate::tree::{RecordId, Records};

pub(crate) const OTHER_LINKS: &str = "its hard links are others";
pub(crate) const OTHER_KIND: &str = "its kind, size or target";
pub(crate) const OTHER_XATTRS: &str = "its extended attributes";

/// Compares a member as it comes with the entry that it should be, before anything
/// is made of it or kept: so a backup that lies takes no more memory than its
/// manifest does, and makes no name that is not listed. What is compared with all
/// the rest once it is made needs no look here.
pub(crate) fn check_listed(
    member: &Member,
    listed: &Records,
    id: RecordId,
) -> Result<(), &'static str> {
    let found = member.image_path();
    if !found.is_ok_and(|(path, _)| path == listed.path(id)) {
        return Err("another entry stands in its place");
    }
    let (size, symlink) = match &member.kind {
        MemberKind::HardLink { target } if is_first_name(target, listed, id) => return Ok(()),
        MemberKind::HardLink { .. } => return Err(OTHER_LINKS),
        MemberKind::File { size, .. } => (Some(*size), None),
        MemberKind::Symlink { target } => (None, Some(&**target)),
        _ => (None, None),
    };
    if (listed.file_size(id), listed.symlink_target(id)) != (size, symlink) {
        return Err(OTHER_KIND);
    }
    let xattrs = &member.metadata.xattrs;
    if listed.metadata(id).xattrs != *xattrs || !member.named_acls.is_empty() {
        return Err(OTHER_XATTRS);
    }
    Ok(())
}

/// Whether a target is the first of the names of an inode, of which this entry is a
/// further one.
fn is_first_name(target: &[u8], listed: &Records, id: RecordId) -> bool {
    // Of a manifest the groups are called by the number of the first name.
    let Some(LinkGroup(_, first)) = listed.link(id) else {
        return false;
    };
    let Ok(first) = u32::try_from(first) else {
        return false;
    };
    let target = normalise(target).map(|(path, _)| path);
    first != id.number() && target == Ok(listed.path(RecordId::of(first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{ArchiveReader, Limits, index};
    use crate::monitor::Silent;
    use fixtures::archive::TarBuilder;

    fn reader(tar: TarBuilder) -> ArchiveReader {
        let input = Box::new(std::io::Cursor::new(tar.finish()));
        ArchiveReader::new(input, String::new(), Limits::default()).expect("a tar")
    }

    /// What is not listed is neither made nor kept, however long it is.
    #[test]
    fn links_lead_where_they_are_listed_to() {
        let tar = || {
            TarBuilder::new()
                .dir("./")
                .file("./a", "x")
                .file("./b", "x")
        };
        let honest = tar().hard_link("./c", "./a").symlink("./d", "a");
        let tree = index(reader(honest), "", None, &Silent).expect("honest").0;
        let mut text = Vec::new();
        crate::manifest::build(&tree, &mut text, 1, &Silent).expect("into memory");
        let (listed, _) = crate::manifest::read(&text[..], "").expect("just written");
        let listed = listed.records();
        let long = "t/".repeat(10_000);
        // The number that a member is said to have, and in what it differs.
        let rows: [(TarBuilder, u32, Result<(), &str>); 10] = [
            (tar().hard_link("./c", "./a"), 3, Ok(())),
            (tar().hard_link("c", "/a"), 3, Ok(())),
            (tar().hard_link("./c", "./b"), 3, Err(OTHER_LINKS)),
            (tar().hard_link("./c", "./c"), 3, Err(OTHER_LINKS)),
            (
                tar().gnu_long_link(&*long).hard_link("./c", "x"),
                3,
                Err(OTHER_LINKS),
            ),
            (tar().hard_link("./a", "./b"), 1, Err(OTHER_LINKS)),
            (tar().hard_link("./b", "./a"), 2, Err(OTHER_LINKS)),
            (tar().symlink("./d", "a"), 4, Ok(())),
            (tar().symlink("./d", "b"), 4, Err(OTHER_KIND)),
            (
                tar().gnu_long_link(&*long).symlink("./d", "x"),
                4,
                Err(OTHER_KIND),
            ),
        ];
        for (row, (tar, number, expected)) in rows.into_iter().enumerate() {
            let mut reader = reader(tar);
            let mut last = None;
            while let Some(member) = reader.next().expect("a tar") {
                last = Some(member);
            }
            let found = check_listed(&last.expect("some"), listed, RecordId::of(number));
            assert_eq!(found, expected, "row {row}");
        }
    }
}
