//! ACLs as text and as the kernel's attribute.
#![no_main]

use libfuzzer_sys::fuzz_target;
use libimage::entry::{Acl, AclEntry};

fuzz_target!(|bytes: &[u8]| {
    for acl in [Acl::from_text(bytes), Acl::from_xattr(bytes)]
        .into_iter()
        .flatten()
    {
        let entries = acl.entries();
        assert!(entries.is_sorted(), "{entries:?}");
        assert!(entries.iter().all(|entry| entry.permissions <= 7));
        for entry in entries {
            assert!(acl.get(entry.tag).is_some());
        }
        assert_eq!(Acl::from_xattr(&acl.to_xattr()), Ok(acl.clone()));
        assert_eq!(Acl::from_text(text(entries).as_bytes()), Ok(acl));
    }
});

/// The long form of acl(5), with numbers only.
fn text(entries: &[AclEntry]) -> String {
    use libimage::entry::AclTag::{Group, GroupObj, Mask, Other, User, UserObj};
    let line = |entry: &AclEntry| {
        let whom = match entry.tag {
            UserObj => "user:".to_owned(),
            User(id) => format!("user:{id}"),
            GroupObj => "group:".to_owned(),
            Group(id) => format!("group:{id}"),
            Mask => "mask:".to_owned(),
            Other => "other:".to_owned(),
        };
        let bit = |bit, letter| {
            if entry.permissions & bit > 0 {
                letter
            } else {
                '-'
            }
        };
        format!("{whom}:{}{}{}\n", bit(4, 'r'), bit(2, 'w'), bit(1, 'x'))
    };
    entries.iter().map(line).collect()
}
