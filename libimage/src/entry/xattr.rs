//! [`Xattrs`]: extended attributes, sorted by name.

use std::sync::Arc;

/// The attribute that holds a file's access ACL, see acl(5) and xattr(7).
pub const ACCESS_ACL: &[u8] = b"system.posix_acl_access";

/// The attribute that holds a directory's default ACL.
pub const DEFAULT_ACL: &[u8] = b"system.posix_acl_default";

/// One attribute: its full name with the namespace, and its value.
type Pair = (Box<[u8]>, Box<[u8]>);

/// The extended attributes of an entry; most entries have none, and copies
/// share what they hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Xattrs(Option<Arc<[Pair]>>);

impl Xattrs {
    /// No attributes.
    pub const NONE: Self = Self(None);

    /// From pairs in any order; of two with one name the later counts.
    pub fn new(mut pairs: Vec<Pair>) -> Self {
        if pairs.is_empty() {
            return Self::NONE;
        }
        pairs.reverse();
        pairs.sort_by(|one, two| one.0.cmp(&two.0));
        pairs.dedup_by(|later, first| later.0 == first.0);
        Self(Some(pairs.into()))
    }

    /// The bytes that an attribute counts for where there is a limit: those of its
    /// name and value, and 32 at the least, since the shortest take as much memory.
    pub(crate) fn weight(name: &[u8], value: &[u8]) -> u64 {
        (name.len() + value.len()).max(32) as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Names and values, sorted by the bytes of the name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.0
            .as_deref()
            .unwrap_or_default()
            .iter()
            .map(|(name, value)| (&**name, &**value))
    }

    /// The value of one attribute.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        let pairs = self.0.as_deref()?;
        let index = pairs.binary_search_by(|pair| (*pair.0).cmp(name)).ok()?;
        Some(&pairs[index].1)
    }

    /// These attributes without those that `drop` picks by name.
    #[must_use]
    pub fn without(self, drop: impl Fn(&[u8]) -> bool) -> Self {
        match self.0 {
            Some(pairs) if pairs.iter().any(|pair| drop(&pair.0)) => {
                let kept = pairs.iter().filter(|pair| !drop(&pair.0));
                Self::new(kept.cloned().collect())
            }
            unchanged => Self(unchanged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> Pair {
        (name.as_bytes().into(), value.as_bytes().into())
    }

    #[test]
    fn sorted_unique_and_found_by_name() {
        let xattrs = Xattrs::new(vec![
            pair("user.b", "1"),
            pair("user.a", "2"),
            pair("user.b", "3"),
        ]);
        let listed: Vec<_> = xattrs.iter().collect();
        assert_eq!(listed, [(&b"user.a"[..], &b"2"[..]), (b"user.b", b"3")]);
        assert_eq!(xattrs.get(b"user.b"), Some(&b"3"[..]));
        assert_eq!(xattrs.get(b"user.c"), None);
        let kept = xattrs.without(|name| name == b"user.a");
        assert_eq!(kept, Xattrs::new(vec![pair("user.b", "3")]));
        assert!(kept.without(|_| true).is_empty());
    }
}
