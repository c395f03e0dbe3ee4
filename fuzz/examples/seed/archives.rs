//! Archives, and what is made from them.

use std::io::Cursor;

use fixtures::archive::{
    Format, Number, Options, RawMember, SparseFormat, TarBuilder, record, write,
};
use fixtures::attack;
use fixtures::compress::{Codec, bomb_behind, compress, compress_members, zstd_window};
use fixtures::random;
use fixtures::tree::{Node, Privilege, TreeSpec};
use imgtool_fuzz::archive::limits;
use libimage::archive::{ArchiveReader, index};
use libimage::diff;
use libimage::manifest;
use libimage::monitor::Silent;
use libimage::path::ImagePath;
use libimage::plan::Plan;

use super::{LARGEST, Seeds};

/// Plain archives: every attack, and trees in every format.
pub fn plain() -> Seeds {
    let attacks = attack::all().into_iter();
    let mut seeds: Seeds = attacks
        .map(|attack| (attack.name.to_owned(), attack.archive))
        .collect();
    seeds.push(("acl-of-two-names".into(), acl_of_two_names()));
    let sparse = |form, format| Options {
        format,
        sparse: Some(form),
        ..Options::gnu_tar_plain()
    };
    let formats = [
        ("gnu-tar", Options::gnu_tar()),
        ("plain", Options::gnu_tar_plain()),
        ("bsdtar", Options::bsdtar()),
        ("sparse-gnu", sparse(SparseFormat::GnuOld, Format::Gnu)),
        ("sparse-0.0", sparse(SparseFormat::Pax00, Format::Pax)),
        ("sparse-0.1", sparse(SparseFormat::Pax01, Format::Pax)),
    ];
    for (tree, spec) in trees() {
        for (format, options) in formats {
            seeds.push((format!("{tree}-{format}"), write(&spec, options)));
        }
    }
    seeds
}

fn trees() -> Vec<(String, TreeSpec)> {
    let random = |seed| random::tree(seed, 5, Privilege::Root);
    let mut trees: Vec<_> = (0..12)
        .map(|seed| (format!("random-{seed}"), random(seed)))
        .collect();
    let holes = [(512, &[b'a'; 512][..]), (4096, &[b'b'; 1024]), (9728, b"c")];
    let spec = TreeSpec::new().with(Node::sparse("holes", 9729, &holes));
    trees.push(("holes".into(), spec));
    trees
}

/// A file with two names and an ACL whose user is known only in the end.
fn acl_of_two_names() -> Vec<u8> {
    let acl = b"user::rw-,user:alice:r--,group::r--,mask::rw-,other::---";
    TarBuilder::new()
        .pax(&[(b"SCHILY.acl.access", acl)])
        .file("f", "")
        .hard_link("g", "f")
        .file("etc/passwd", "alice:x:1000:1000::/:\n")
        .finish()
}

/// Some of the plain ones in every codec, bombs, and streams that are odd
/// themselves.
pub fn compressed(plain: &Seeds) -> Seeds {
    let mut seeds = Seeds::new();
    let honest = |(name, archive): &&(String, Vec<u8>)| {
        name.starts_with("random-") && archive.len() <= LARGEST
    };
    for (name, archive) in plain.iter().filter(honest).step_by(5) {
        for codec in Codec::ALL {
            let suffix = codec.suffix();
            seeds.push((format!("{name}{suffix}"), compress(archive, codec)));
            let members = compress_members(archive, codec, 3);
            seeds.push((format!("{name}-members{suffix}"), members));
        }
        seeds.push((format!("{name}-window"), zstd_window(archive, 24)));
    }
    let zeros = RawMember {
        size: Number::from(4 << 20),
        ..RawMember::file("zeros", "")
    };
    for codec in Codec::ALL {
        let name = format!("bomb{}", codec.suffix());
        seeds.push((name, bomb_behind(&zeros.header(), codec, 4 << 20)));
    }
    let is_plain = |archive: &[u8]| archive.get(257..262) == Some(b"ustar");
    seeds.extend(
        attack::all()
            .into_iter()
            .filter(|attack| !is_plain(&attack.archive))
            .map(|attack| (attack.name.to_owned(), attack.archive)),
    );
    seeds
}

/// The manifests of those archives that are accepted, and listings of the same.
pub fn manifests(archives: &Seeds) -> Seeds {
    let mut seeds = Seeds::new();
    for (name, archive) in archives {
        if let Some(manifest) = manifest_of(archive) {
            seeds.extend(listing_of(&manifest).map(|listing| (format!("{name}-listing"), listing)));
            seeds.push((name.clone(), manifest));
        }
    }
    seeds
}

/// A listing of the tree of a manifest: some directories are not looked into,
/// some files have no digest.
fn listing_of(manifest: &[u8]) -> Option<Vec<u8>> {
    let (tree, _) = manifest::read(manifest, "").ok()?;
    let mut text = Vec::new();
    let left_out = |path: &ImagePath, _: bool| path.as_bytes().len() % 3 == 0;
    manifest::list(&tree, &mut text, true, &left_out, 1, &Silent).ok()?;
    Some(text)
}

fn manifest_of(archive: &[u8]) -> Option<Vec<u8>> {
    let input = Box::new(Cursor::new(archive.to_vec()));
    let reader = ArchiveReader::new(input, String::new(), limits()).ok()?;
    let (tree, _) = index(reader, "", None, &Silent).ok()?;
    let mut text = Vec::new();
    manifest::build(&tree, &mut text, 1, &Silent).ok()?;
    Some(text)
}

/// The manifests of a tree and of a changed copy.
pub fn pairs() -> Seeds {
    let mut seeds = Seeds::new();
    for seed in 0..40 {
        let pair = random::pair(seed, 5, Privilege::Root);
        let of = |tree| manifest_of(&write(tree, Options::gnu_tar()));
        if let (Some(source), Some(target)) = (of(&pair.source), of(&pair.target)) {
            seeds.push((format!("random-{seed}"), [source, target].join(&b'\n')));
        }
    }
    seeds
}

/// The plans by which one would become the other.
pub fn plans() -> Seeds {
    let mut options = diff::Options::default();
    options.sides = true;
    options.threads = 1;
    let plan = |pair: &[u8]| -> Option<Vec<u8>> {
        let border = pair.windows(2).position(|two| two == b"\n\n")?;
        let (source, _) = manifest::read(&pair[..=border], "source").ok()?;
        let (target, _) = manifest::read(&pair[border + 2..], "target").ok()?;
        let outcome = diff::diff(&source, &target, &options, &Silent).ok()?;
        let mut plan = Plan::new(&outcome, &options);
        plan.source = (*b"/source").into();
        plan.target = (*b"/target").into();
        let mut text = Vec::new();
        plan.write(&mut text).ok()?;
        Some(text)
    };
    let plans = pairs().into_iter();
    plans
        .filter_map(|(name, pair)| Some((name, plan(&pair)?)))
        .collect()
}

/// A byte for the kind of member, then records.
pub fn pax_records() -> Seeds {
    type Set<'a> = (&'a str, &'a [(&'a str, &'a str)]);
    let sets: [Set<'_>; 6] = [
        ("times", &[("mtime", "-1.5"), ("uid", "7"), ("size", "0")]),
        ("paths", &[("path", "a/b"), ("linkpath", "f")]),
        (
            "attributes",
            &[
                ("SCHILY.xattr.user.a%3Db", "x"),
                ("LIBARCHIVE.xattr.user.c", "eHk="),
                ("RHT.security.selinux", "system_u:object_r:etc_t:s0"),
            ],
        ),
        (
            "acls",
            &[
                (
                    "SCHILY.acl.access",
                    "user::rwx,user:alice:r--,group::r-x,mask::rwx,other::---",
                ),
                (
                    "SCHILY.acl.default",
                    "user::rwx\ngroup::r-x\ngroup:adm:r-x\nmask::rwx\nother::---\n",
                ),
            ],
        ),
        (
            "sparse",
            &[
                ("GNU.sparse.major", "1"),
                ("GNU.sparse.minor", "0"),
                ("GNU.sparse.name", "f"),
                ("GNU.sparse.realsize", "5"),
                ("size", "517"),
            ],
        ),
        (
            "old-sparse",
            &[
                ("GNU.sparse.size", "100"),
                ("GNU.sparse.numblocks", "1"),
                ("GNU.sparse.offset", "50"),
                ("GNU.sparse.numbytes", "10"),
            ],
        ),
    ];
    let mut seeds = Seeds::new();
    for (name, set) in sets {
        for kind in 0..6 {
            let records = set
                .iter()
                .map(|(key, value)| record(key.as_bytes(), value.as_bytes()));
            let records: Vec<u8> = records.flatten().collect();
            seeds.push((format!("{name}-{kind}"), [&[kind], &*records].concat()));
        }
    }
    seeds
}
