//! What an image and its shared tree say of each other.

use super::*;

#[test]
fn links_into_the_shared_tree_are_followed_where_it_is_given() {
    let image = SpecTree::new(
        &software_image(ARCH, UBUNTU)
            .with(Node::symlink("opt/munge", "../cm/shared/apps/munge"))
            .with(Node::symlink(
                "opt/slurm",
                "/cm/shared/apps/slurm/absolute/bin",
            ))
            .with(Node::symlink(
                "opt/escape",
                "/cm/shared/../../cm/shared/apps",
            )),
    );
    let shared = |arch| {
        let link = Node::symlink("apps/slurm/absolute", "/cm/shared/apps/slurm/current");
        SpecTree::new(&cm_shared(arch, UBUNTU).with(link))
    };
    let complete = {
        let spec = cm_shared(ARCH, UBUNTU)
            .with(Node::dir("apps/munge"))
            .with(Node::symlink("apps/slurm/absolute", "current"));
        SpecTree::new(&spec)
    };
    let cases: [(&str, &[&SpecTree], &[&str]); 5] = [
        ("alone", &[&image], &[]),
        (
            "with its shared tree",
            &[&image, &shared(ARCH)],
            &[
                "`spec`: 1 link leads to nothing in the shared tree: `opt/munge`; the first to \
               `/cm/shared/apps/munge`",
            ],
        ),
        ("with one that has all", &[&complete, &image], &[]),
        (
            "with another architecture's",
            &[&image, &shared(Arch::Aarch64)],
            &[],
        ),
        ("with either", &[&image, &shared(ARCH), &complete], &[]),
    ];
    for (name, trees, expected) in cases {
        let outcomes: Vec<_> = trees
            .iter()
            .map(|tree| linted(tree, &Options::default()))
            .collect();
        let linted: Vec<_> = trees
            .iter()
            .zip(&outcomes)
            .map(|(tree, outcome)| Linted {
                tree: *tree,
                outcome,
            })
            .collect();
        let found = shared_links(&linted).expect("readable");
        let messages: Vec<_> = found.iter().map(|found| &*found.message).collect();
        assert_eq!(messages, expected, "{name}");
        for finding in &found {
            assert_eq!(finding.rule.name, "shared-link");
        }
    }
}
