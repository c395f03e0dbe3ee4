//! What libimage says about the same program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use libimage::inspect::{Dynamic, ElfIdentity, HEAD_BYTES, LinkProblem, Linker};
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Tree, Want, resolve};

use crate::root::{Said, TestRoot};

/// What is to become of a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Fate {
    Starts,
    LacksLibrary,
    LacksVersion,
    /// The loader finds what is no library, and looks no further.
    GivesUp,
}

impl Fate {
    pub(crate) fn of(said: &Said) -> Self {
        if said.gave_up.is_some() {
            Self::GivesUp
        } else if !said.missing.is_empty() {
            Self::LacksLibrary
        } else if !said.versions.is_empty() {
            Self::LacksVersion
        } else {
            Self::Starts
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("plain names")
}

pub(crate) fn live(path: &Path) -> LiveTree {
    LiveTree::open(path, Want::NoXattrs).expect("a directory")
}

/// What libimage finds out about a program in the words of the loader.
pub(crate) fn libimage_says(root: &TestRoot, program: &str) -> Said {
    let tree = live(&root.path(""));
    let found = resolve(&tree, program.as_bytes())
        .expect("readable")
        .expect("it was made");
    let file = found.parent.open_at(&found.entry.name).expect("readable");
    let mut head = [0; HEAD_BYTES];
    let length = file.read_at(&mut head, 0).expect("readable");
    let identity = ElfIdentity::parse(&head[..length])
        .expect("sound")
        .expect("ELF");
    let dynamic = Dynamic::read(&*file, &identity)
        .expect("sound")
        .expect("linked");
    let linker = Linker::new(&tree, &Silent).expect("readable");
    let architecture = identity.architecture();
    let mut said = Said::default();
    for problem in linker
        .problems(&found.path, architecture, &dynamic)
        .expect("readable")
    {
        match problem {
            LinkProblem::Library(name) => said.missing.insert(text(&name)),
            LinkProblem::Version { requirement, .. } => {
                said.versions.insert(text(&requirement.version))
            }
            other => panic!("{other:?}"),
        };
    }
    said.found = linker
        .locate(&found.path, architecture, &dynamic)
        .expect("readable")
        .into_iter()
        .filter_map(|one| Some((text(&one.name), one.place?.to_string())))
        .collect();
    said
}

/// Holds the two against each other; `Err` says where they differ.
pub(crate) fn compare(root: &TestRoot, program: &str) -> Result<Said, String> {
    let loader = root.loader_says(program);
    let ours = libimage_says(root, program);
    let differ = |what: &str| Err(format!("{what}\nloader: {loader:#?}\nlibimage: {ours:#?}"));
    if let Some(what) = &loader.gave_up {
        // It names a path or a library, and says nothing about the others.
        let name = what.split(": ").next().unwrap_or_default();
        let name = last(name);
        return if ours.missing.iter().any(|one| last(one) == name) {
            Ok(loader)
        } else {
            differ("the loader gives up")
        };
    }
    // The loader tells `$ORIGIN` as what it stands for.
    let names = |said: &Said| -> BTreeSet<_> {
        let names = said.missing.iter().map(|one| last(one).to_owned());
        names.collect()
    };
    if names(&loader) != names(&ours) {
        return differ("other libraries are missing");
    }
    // Which processors the nodes have the tree does not tell.
    let is_special = |place: &String| place.contains("/glibc-hwcaps/");
    if loader.found.values().any(is_special) {
        return Ok(loader);
    }
    if loader.versions != ours.versions {
        return differ("other versions are missing");
    }
    let tree = live(&root.path(""));
    if places(&tree, &loader.found, &ours.found) {
        Ok(loader)
    } else {
        differ("libraries are found elsewhere")
    }
}

/// Whether what both found is the same file. The loader tells each file once,
/// by the first name it was needed by.
fn places(
    tree: &dyn Tree,
    loader: &BTreeMap<String, String>,
    ours: &BTreeMap<String, String>,
) -> bool {
    ours.iter().all(|(name, place)| {
        loader.get(name).is_none_or(|path| {
            let resolved = resolve(tree, path.as_bytes()).ok().flatten();
            let real = resolved.map(|found| found.path.to_string());
            real.as_ref() == Some(place)
        })
    })
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}
