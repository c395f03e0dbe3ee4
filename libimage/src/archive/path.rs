//! [`normalise`]: from a member's path to an [`ImagePath`].

use crate::path::{ImagePath, PathError};

/// Takes a member's path, or a hard link's target, apart as tar does.
///
/// Leading `/` and `./`, inner `//` and `/./` and trailing `/` go; the result
/// is beneath the tree's root. The flag tells whether a leading `/` was
/// stripped, as GNU tar does with a warning. `.`, `./` and `/` are the root,
/// which only a directory can be; [`ArchiveReader`](super::ArchiveReader)
/// refuses members that are the root and anything else.
///
/// # Errors
///
/// A [`PathError`] for the empty path, a `..` anywhere, and a NUL.
pub fn normalise(raw: &[u8]) -> Result<(ImagePath, bool), PathError> {
    if raw.is_empty() {
        return Err(PathError::EmptyComponent);
    }
    let stripped = raw[0] == b'/';
    let mut path = Vec::with_capacity(raw.len());
    for component in raw.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => return Err(PathError::DotDot),
            _ if component.contains(&0) => return Err(PathError::Nul),
            _ => {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(component);
            }
        }
    }
    Ok((ImagePath::new(path)?, stripped))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::Escaped;

    #[test]
    fn paths_come_apart_as_tar_does_it() {
        type Case<'a> = (&'a [u8], Result<(&'a [u8], bool), PathError>);
        let cases: &[Case] = &[
            (b"a", Ok((b"a", false))),
            (b"a/b", Ok((b"a/b", false))),
            (b"a/", Ok((b"a", false))),
            (b"a///", Ok((b"a", false))),
            (b"./a", Ok((b"a", false))),
            (b"././a", Ok((b"a", false))),
            (b".//a", Ok((b"a", false))),
            (b"a//b", Ok((b"a/b", false))),
            (b"a/./b", Ok((b"a/b", false))),
            (b"a/.", Ok((b"a", false))),
            (b"...", Ok((b"...", false))),
            (b"..a/b..", Ok((b"..a/b..", false))),
            (b".hidden", Ok((b".hidden", false))),
            (b"a\n\x1b\xff", Ok((b"a\n\x1b\xff", false))),
            (b"/a", Ok((b"a", true))),
            (b"///a", Ok((b"a", true))),
            (b"/./a", Ok((b"a", true))),
            (b".", Ok((b"", false))),
            (b"./", Ok((b"", false))),
            (b"./.", Ok((b"", false))),
            (b"/", Ok((b"", true))),
            (b"", Err(PathError::EmptyComponent)),
            (b"..", Err(PathError::DotDot)),
            (b"../a", Err(PathError::DotDot)),
            (b"/..", Err(PathError::DotDot)),
            (b"./../a", Err(PathError::DotDot)),
            (b"a/../b", Err(PathError::DotDot)),
            (b"a/..", Err(PathError::DotDot)),
            (b"a/../", Err(PathError::DotDot)),
            (b"a\0b", Err(PathError::Nul)),
        ];
        for (raw, expected) in cases {
            let result = normalise(raw);
            let seen = result
                .as_ref()
                .map(|(path, stripped)| (path.as_bytes(), *stripped))
                .map_err(|error| *error);
            assert_eq!(seen, *expected, "{}", Escaped(raw));
        }
    }
}
