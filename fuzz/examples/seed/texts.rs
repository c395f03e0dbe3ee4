//! What people or programs write as text.

use fixtures::acl::Acl;
use fixtures::image::Distro;

use super::Seeds;

/// `os-release` of each distribution, and one with quotes.
pub fn os_releases() -> Seeds {
    let mut seeds: Seeds = Distro::ALL
        .into_iter()
        .map(|distro| (distro.tag().to_owned(), distro.os_release().into_bytes()))
        .collect();
    let quoted = b"ID='x y'\nVERSION_ID=\"9\\\"1\"\nPLATFORM_ID=platform:el9\n";
    seeds.push(("quoted".into(), quoted.to_vec()));
    seeds
}

/// An ACL in every form.
pub fn acls() -> Seeds {
    let acl = Acl::from_mode(0o750).user(1000, 7).group(4, 5);
    vec![
        ("text".into(), acl.text().into_bytes()),
        ("gnu-tar".into(), acl.gnu_tar_text().into_bytes()),
        ("bsdtar".into(), acl.bsdtar_text().into_bytes()),
        ("xattr".into(), acl.bytes()),
    ]
}

/// Rules, an empty line, and paths.
pub fn filters() -> Seeds {
    [
        (
            "anchors",
            "- /var/cache/*\n+ *.ko\n- a/b/\n\nvar/cache/apt\nvar/cache\nx/a/b/c\nb.ko\n",
        ),
        (
            "stars",
            "+ /boot/***\n- **/tmp/**\n- *.[oa]\n- a?c\n\nboot/x/y\na/tmp/b\nx.o\nabc\n",
        ),
        (
            "sides",
            "H x\nS y\nP z\nR w\n-p,s v\n-!/ /a/**\n\nx\ny\nz\nw\nv\na/b\n",
        ),
        (
            "merged",
            ".- rules\nmerge,e rules\n!\n- [[:upper:]]*\n- [!a-c]\\*\n\nA\nx*\na\n",
        ),
        (
            "directories",
            ":e .r\n- /a\n: ../.s\n:n /b/.t/\n-C\n\na/b/c\nb.o\na/a\n",
        ),
        (
            "attributes",
            "-x user.*\n+x a/b\n-xrC\n:x .r\n\nuser.a\nuser.a/b\n",
        ),
    ]
    .map(|(name, text)| (name.to_owned(), text.into()))
    .into()
}

/// Both forms of mtree files, with every keyword that counts.
pub(crate) fn mtrees() -> Seeds {
    let nested = "/set type=file uid=0 gid=0 mode=0644 time=5.0
. type=dir mode=0755
    a\\sb size=1 \\
        sha256digest=9dd4e461268c8034f5c8564e155c67a69dd4e461268c8034f5c8564e155c67a6
    etc type=dir mode=01777
/unset mode
        c type=char device=0x801
        s type=socket
    ..
    z type=link link=etc/\\M^?
..
";
    let whole = "#mtree
. type=dir uid=0 gid=0 mode=755 time=-2.500000000
./d type=dir uname=root gname=root mode=755
./d/f type=file nlink=2 inode=5 resdevice=native,8,1 size=0
./d/g type=file nlink=2 inode=5 resdevice=native,8,1 size=0
./\\012 type=block device=native,8,1
./p type=fifo
";
    [("nested", nested), ("whole", whole)]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .to_vec()
}
