//! Layers, and the images around them.

use fixtures::archive::{Options, TarBuilder, write};
use fixtures::compress::{Codec, compress};
use fixtures::random;
use fixtures::tree::{Privilege, TreeSpec};
use imgtool_fuzz::{container, layers};

use super::Seeds;

/// Trees over each other, and whiteouts over them.
pub fn layers() -> Seeds {
    let base = TarBuilder::new()
        .dir("etc")
        .file("etc/hosts", "text\n")
        .dir("usr/lib/a")
        .file("usr/lib/a/b", "")
        .hard_link("usr/lib/a/c", "usr/lib/a/b")
        .symlink("lib", "usr/lib")
        .unfinished();
    let over = |name: &str, layer: TarBuilder| {
        let layers = [base.clone(), layer.unfinished()];
        (name.to_owned(), layers::join(&layers))
    };
    let mut seeds = vec![
        over("file", TarBuilder::new().file("etc/hosts", "other\n")),
        over("whiteout", TarBuilder::new().file("etc/.wh.hosts", "")),
        over("of-a-directory", TarBuilder::new().file("usr/.wh.lib", "")),
        over(
            "opaque",
            TarBuilder::new()
                .dir("usr/lib")
                .file("usr/lib/.wh..wh..opq", "")
                .file("usr/lib/new", ""),
        ),
        over(
            "through-a-symlink",
            TarBuilder::new().file("lib/a/.wh.b", ""),
        ),
        over("file-for-directory", TarBuilder::new().file("usr/lib", "")),
        over(
            "link-to-the-lower",
            TarBuilder::new().hard_link("x", "usr/lib/a/b"),
        ),
    ];
    for seed in 0..8 {
        let pair = random::pair(seed, 4, Privilege::Root);
        let tar = |tree: &TreeSpec| write(tree, Options::gnu_tar_plain());
        let both = [tar(&pair.target), tar(&pair.source)];
        seeds.push((format!("random-{seed}"), layers::join(&both)));
    }
    seeds
}

/// Images as OCI layouts have them and as `docker save` writes them.
pub fn images() -> Seeds {
    let layer = TarBuilder::new().file("etc/hosts", "text\n").finish();
    let upper = TarBuilder::new().file("etc/.wh.hosts", "").finish();
    let packed = compress(&upper, Codec::Gzip);
    // Two of them are over the limit.
    let large = TarBuilder::new().file("zeros", vec![0; 600 << 10]).finish();
    let large = compress(&large, Codec::Zstd);
    let config = br#"{"os":"linux","architecture":"arm64","rootfs":{"type":"layers","diff_ids":["sha256:@3","sha256:@4"]}}"#;
    let manifest = br#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:@2","size":9},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:@3","size":9},{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:@4","size":9}]}"#;
    let index = br#"{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:@1","size":9,"platform":{"os":"linux","architecture":"arm64","variant":"v8"},"annotations":{"org.opencontainers.image.ref.name":"a:b"}}]}"#;
    let docker = br#"[{"Config":"blobs/sha256/@1","RepoTags":["a:b"],"Layers":["blobs/sha256/@3","blobs/sha256/@4"]}]"#;
    let outer = br#"{"manifests":[{"digest":"sha256:@1"}]}"#;
    let inner = br#"{"manifests":[{"digest":"sha256:@2"},{"digest":"sha256:@3"}]}"#;
    let artifact = br#"{"config":{"mediaType":"application/vnd.cncf.helm.config","digest":"sha256:@4"},"layers":[]}"#;
    let image = br#"{"config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:@4"},"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","digest":"sha256:@5"}]}"#;
    let odd = br#"{"os":"li\u001bnux","architecture":"arm64","variant":"\u202e","rootfs":{"diff_ids":["sha256:@3","sha256:@4"]}}"#;
    let sets: [(&str, Vec<&[u8]>); 5] = [
        ("oci", vec![index, manifest, config, &layer, &packed]),
        ("docker", vec![docker, config, b"", &layer, &upper]),
        ("odd-platform", vec![docker, odd, b"", &layer, &upper]),
        ("too-large", vec![index, manifest, config, &large, &large]),
        (
            "nested",
            vec![outer, inner, artifact, image, config, &packed],
        ),
    ];
    sets.into_iter()
        .map(|(name, parts)| (name.to_owned(), container::join(&parts)))
        .collect()
}
