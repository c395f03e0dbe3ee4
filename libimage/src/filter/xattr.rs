//! Which extended attributes take part.

use super::question::Question;
use super::{Decision, Filter, Side};

/// The namespace in which ACLs are kept (xattr(7)).
const SYSTEM: &[u8] = b"system.";

impl Filter {
    /// Whether a rule for attributes was among the rules, even one that a `!`
    /// made void. If so, the rules alone decide which attributes take part;
    /// otherwise all do but `system.*`.
    pub fn judges_xattrs(&self) -> bool {
        self.judges_xattrs
    }

    /// Judges the name of an extended attribute, by the rules for such names
    /// (`x`). As to rsync, it is matched like the path of a file: `*` and a
    /// pattern without `/` reach no further than a `/` in it.
    pub fn decide_xattr(&self, side: Side, name: &[u8]) -> Decision<'_> {
        let question = Question::about_xattr(side, self.place(side), name);
        Decision(question.first(&self.list.rules))
    }

    /// Whether the receiver sees an attribute that it has, and sets one that is
    /// sent.
    pub fn receives_xattr(&self, name: &[u8]) -> bool {
        self.has_part(Side::Receiver, name)
    }

    /// Whether an attribute of the sender reaches the receiver.
    ///
    /// rsync itself never sends `user.rsync.%…`, in which it keeps what it could
    /// not set (rsync(1), `--fake-super`). To a tree these are attributes like
    /// any other.
    pub fn sends_xattr(&self, name: &[u8]) -> bool {
        self.has_part(Side::Sender, name) && self.receives_xattr(name)
    }

    fn has_part(&self, side: Side, name: &[u8]) -> bool {
        if self.judges_xattrs {
            !self.decide_xattr(side, name).is_excluded()
        } else {
            !name.starts_with(SYSTEM)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Argument;

    fn filter(rules: &[&str]) -> Filter {
        let arguments: Vec<_> = rules
            .iter()
            .map(|rule| Argument::Filter(rule.as_bytes().to_vec()))
            .collect();
        Filter::new(&arguments, &mut |_| Ok(b"- user.a\n".to_vec())).expect("rules")
    }

    #[test]
    fn attributes_take_part_as_rsync_has_it() {
        // Rules, an attribute, whether it is sent and received.
        let cases: &[(&[&str], &str, bool, bool)] = &[
            (&[], "user.a", true, true),
            (&[], "security.capability", true, true),
            (&[], "system.posix_acl_access", false, false),
            (&[], "user.rsync.%stat", true, true),
            (&["- user.*"], "user.a", true, true),
            (&["-x user.a"], "user.a", false, false),
            (&["-x user.a"], "user.b", true, true),
            (&["-x user.a"], "system.posix_acl_access", true, true),
            (&["-x system.*"], "system.posix_acl_access", false, false),
            (&["-xs user.a"], "user.a", false, true),
            (&["-xr user.a"], "user.a", false, false),
            (&["Hx user.a"], "user.a", false, true),
            (&["-x! user.*"], "security.selinux", false, false),
            (&["-x! user.*"], "user.a", true, true),
            (&["+x user.a", "-x *"], "user.a", true, true),
            (&["+x user.a", "-x *"], "user.b", false, false),
            (&["-x user.rsync.%*"], "user.rsync.%stat", false, false),
            // A name is a path.
            (&["-x user.*"], "user.a/b", true, true),
            (&["-x user.**"], "user.a/b", false, false),
            (&["-x b"], "user.a/b", false, false),
            (&["-x user.a/"], "user.a", true, true),
            (&["-px user.a"], "user.a", false, false),
            // Void, and yet there was one.
            (&["-x user.a", "!"], "user.a", true, true),
            (&["-x user.a", "!"], "system.posix_acl_access", true, true),
            // What a file holds is for entries unless it says otherwise.
            (&[".x file"], "user.a", true, true),
            (&[".x file"], "system.posix_acl_access", true, true),
            (&["-xC"], "user.core", true, true),
            (&["-xC"], "system.posix_acl_access", true, true),
        ];
        for (rules, name, sent, received) in cases {
            let filter = filter(rules);
            let name = name.as_bytes();
            let found = (filter.sends_xattr(name), filter.receives_xattr(name));
            assert_eq!(
                found,
                (*sent, *received),
                "{rules:?} {}",
                name.escape_ascii()
            );
        }
    }

    #[test]
    fn rules_for_attributes_are_none_for_entries() {
        let path = crate::path::ImagePath::new(*b"user.a").expect("valid");
        let filter = filter(&["-x user.a"]);
        assert!(!filter.decide(Side::Sender, &path, false).is_excluded());
    }
}
