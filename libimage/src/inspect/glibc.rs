//! Which glibc distributions have.

/// The version of glibc in releases, by the beginning of their tags; of
/// several that fit the longest counts. From the distributions' own release
/// notes and package lists; it never changes within a release.
const VERSIONS: &[(&str, [u32; 2])] = &[
    ("rhel7", [2, 17]),
    ("rhel8", [2, 28]),
    ("rhel9", [2, 34]),
    ("rhel10", [2, 39]),
    ("ubuntu1804", [2, 27]),
    ("ubuntu2004", [2, 31]),
    ("ubuntu2204", [2, 35]),
    ("ubuntu2404", [2, 39]),
    ("debian10", [2, 28]),
    ("debian11", [2, 31]),
    ("debian12", [2, 36]),
    ("debian13", [2, 41]),
    ("sles15", [2, 26]),
    ("sles15sp3", [2, 31]),
    ("sles15sp4", [2, 31]),
    ("sles15sp5", [2, 31]),
    ("sles15sp6", [2, 38]),
    ("sles15sp7", [2, 38]),
];

/// The version of glibc in the distribution of that tag, where it is known
/// here.
pub fn glibc_of(tag: &str) -> Option<[u32; 2]> {
    VERSIONS
        .iter()
        .filter(|(known, _)| {
            let rest = tag.strip_prefix(known);
            // `rhel9u5` is a `rhel9`; `debian1` is no `debian10`.
            rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
        })
        .max_by_key(|(known, _)| known.len())
        .map(|(_, version)| *version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_by_their_tags() {
        for (tag, expected) in [
            ("rhel8u10", Some([2, 28])),
            ("rhel9", Some([2, 34])),
            ("rhel10u1", Some([2, 39])),
            ("ubuntu2404", Some([2, 39])),
            ("sles15", Some([2, 26])),
            ("sles15sp6", Some([2, 38])),
            ("sles15sp1", Some([2, 26])),
            ("debian", None),
            ("debian121", None),
            ("rhel", None),
        ] {
            assert_eq!(glibc_of(tag), expected, "{tag}");
        }
    }
}
