//! Whether the programs and scripts of a tree would find what they need.

use super::{Options, Seen, concerns_one_file, kind_of, look};
use crate::entry::{Entry, Kind};
use crate::inspect::reach::{chain, read_head};
use crate::inspect::script::{SCRIPT_BYTES, interpreter};
use crate::inspect::{
    Census, Dynamic, ElfIdentity, ElfType, Facts, ImageKind, Lacking, LinkProblem, Linker, Links,
    Marks, Place, Role, classify,
};
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::tree::{Directory, Mounted, Tree, TreeError, Walked, walk};

/// Where nodes mount a shared tree.
const SHARED: &[u8] = b"cm/shared";

/// The libraries whose versions tell how new a system is.
const SYSTEM_LIBRARIES: [&[u8]; 2] = [LIBC, b"libstdc++.so.6"];

/// glibc by the name that programs need it by.
const LIBC: &[u8] = b"libc.so.6";

/// Walks `tree` and finds out all that there is to know.
pub(super) fn facts(
    tree: &dyn Tree,
    company: Company<'_>,
    options: &Options<'_>,
    monitor: &dyn Monitor,
) -> Result<Facts, TreeError> {
    with_context(tree, company, monitor, |context| {
        monitor.begin(Phase::Walk, None);
        let patterns = options.policy.patterns();
        let mut census = Census::with_patterns(patterns.clone());
        let mut links = Links::default();
        walk(
            tree,
            options.threads,
            |directory, entry| context.visit(directory, entry),
            |Walked { path, entry, seen }| {
                if matches!(entry.kind, Kind::File { .. } | Kind::Symlink { .. }) {
                    links.note_name(&entry.name);
                }
                seen.note(&path, patterns.marks(&path), &mut census, &mut links);
                Ok::<(), TreeError>(())
            },
            monitor,
        )?;
        let mut facts = Facts::of_tree_metadata(tree, census, monitor)?;
        if let Some(linker) = context.linker {
            links.searched = Some(context.searched.clone());
            if let Some(arch) = facts.arch {
                for library in SYSTEM_LIBRARIES {
                    let Some(defined) = linker.defined_by(library, arch)? else {
                        continue;
                    };
                    links.has_libc |= library == LIBC;
                    links.note_offered(defined.iter().map(|version| &**version));
                }
            }
        }
        facts.links = Some(links);
        Ok(facts)
    })
}

/// The trees that another is used with.
#[derive(Clone, Copy)]
pub(super) struct Company<'t> {
    pub(super) image: Option<&'t dyn Tree>,
    pub(super) shared: Option<&'t dyn Tree>,
}

/// Does something with what the nodes see of a tree: a shared tree in the
/// image that mounts it, another one with the shared tree mounted in it.
pub(super) fn with_context<R>(
    tree: &dyn Tree,
    company: Company<'_>,
    monitor: &dyn Monitor,
    body: impl FnOnce(&Context<'_, '_>) -> Result<R, TreeError>,
) -> Result<R, TreeError> {
    let Company { image, shared } = company;
    let point = ImagePath::new(SHARED).expect("a valid path");
    let is_shared = kind_of(tree)? == Some(ImageKind::CmShared);
    let mounted = match (is_shared, image, shared) {
        (true, Some(image), _) => Some(Mounted::new(image, point.clone(), tree)),
        (false, _, Some(shared)) => Some(Mounted::new(tree, point.clone(), shared)),
        _ => None,
    };
    let world: Option<&dyn Tree> = match &mounted {
        Some(world) => Some(world),
        None if is_shared => None,
        None => Some(tree),
    };
    let linker = world.map(|world| Linker::new(world, monitor)).transpose()?;
    body(&Context {
        linker: linker.as_ref(),
        searched: world.map(Tree::label).unwrap_or_default(),
        prefix: if is_shared { point } else { ImagePath::root() },
    })
}

/// How entries are looked at.
pub(super) struct Context<'c, 't> {
    /// Nothing for a shared tree without the image that mounts it.
    pub(super) linker: Option<&'c Linker<'t>>,
    /// What the linker looks into.
    searched: String,
    /// Where the tree stands in what the linker sees.
    prefix: ImagePath,
}

/// What the visit of one entry found.
pub(super) struct Visit {
    pub(super) seen: Seen,
    pub(super) needs: Needs,
}

/// What an entry needs to be run.
pub(super) enum Needs {
    Nothing,
    /// Links of an ELF file, and what it lacks of them.
    Links(Box<Dynamic>, ElfIdentity, Vec<LinkProblem>),
    /// A script that lacks its interpreter.
    Script(LinkProblem),
    /// They could not be told, and why.
    Unreadable(String),
}

impl Visit {
    pub(super) fn note(
        self,
        path: &ImagePath,
        marks: Marks,
        census: &mut Census,
        links: &mut Links,
    ) {
        self.seen.note(path, census);
        match self.needs {
            Needs::Nothing => {}
            Needs::Links(dynamic, identity, problems) => {
                let architecture = identity.architecture();
                links.note_needs(path, architecture, &dynamic);
                let role = match dynamic.interpreter {
                    Some(_) => Role::Program,
                    None => Role::Library(dynamic.soname.clone()),
                };
                for problem in problems {
                    let lacking = Lacking {
                        problem,
                        place: classify(path),
                        architecture: Some(architecture),
                        role: role.clone(),
                        marks,
                    };
                    links.record(path, lacking);
                }
            }
            Needs::Script(problem) => {
                let lacking = Lacking {
                    problem,
                    place: classify(path),
                    architecture: None,
                    role: Role::Program,
                    marks,
                };
                links.record(path, lacking);
            }
            Needs::Unreadable(reason) => links.record_unreadable(path, reason),
        }
    }
}

impl Context<'_, '_> {
    /// Where the linker sees a file of the tree.
    pub(super) fn place_of(&self, path: &ImagePath) -> ImagePath {
        path.components()
            .fold(self.prefix.clone(), |path, name| path.join(name))
    }

    pub(super) fn visit(
        &self,
        directory: &dyn Directory,
        entry: &Entry,
    ) -> Result<Visit, TreeError> {
        let seen = look(directory, entry)?;
        let needs = match &seen {
            Seen::Elf(Ok(identity)) => self.links(directory, entry, identity),
            Seen::Other => self.script(directory, entry),
            _ => Ok(Needs::Nothing),
        };
        let needs = match needs {
            Err(error) if concerns_one_file(&error) => Needs::Unreadable(chain(&error)),
            needs => needs?,
        };
        Ok(Visit { seen, needs })
    }

    fn links(
        &self,
        directory: &dyn Directory,
        entry: &Entry,
        identity: &ElfIdentity,
    ) -> Result<Needs, TreeError> {
        let path = directory.path().join(&entry.name);
        let is_linked = matches!(identity.file_type, ElfType::Executable | ElfType::Shared);
        if !is_linked || !runs_here(classify(&path)) {
            return Ok(Needs::Nothing);
        }
        let file = directory.open_at(&entry.name)?;
        let dynamic = match Dynamic::read(&*file, identity) {
            Ok(Some(dynamic)) => dynamic,
            Ok(None) => return Ok(Needs::Nothing),
            Err(error) => return Ok(Needs::Unreadable(error.to_string())),
        };
        let problems = match self.linker {
            Some(linker) => {
                linker.problems(&self.place_of(&path), identity.architecture(), &dynamic)?
            }
            None => Vec::new(),
        };
        Ok(Needs::Links(Box::new(dynamic), *identity, problems))
    }

    fn script(&self, directory: &dyn Directory, entry: &Entry) -> Result<Needs, TreeError> {
        let is_program = entry.file_size() >= Some(3) && entry.metadata.mode & 0o111 != 0;
        let Some(linker) = self.linker.filter(|_| is_program) else {
            return Ok(Needs::Nothing);
        };
        let head = read_head(directory, &entry.name, SCRIPT_BYTES)?;
        Ok(match interpreter(&head) {
            // A relative one depends on the working directory.
            Some(program) if program.starts_with(b"/") && !linker.is_file(program)? => {
                Needs::Script(LinkProblem::Interpreter(program.into()))
            }
            _ => Needs::Nothing,
        })
    }
}

/// Whether files in a place are there for the node's own processors to run.
fn runs_here(place: Place) -> bool {
    matches!(
        place,
        Place::Programs
            | Place::Libraries
            | Place::Libraries64
            | Place::Multiarch(_)
            | Place::Elsewhere
            | Place::LanguageBundle
    )
}

#[cfg(test)]
mod tests {
    use fixtures::elf::{self, ElfSpec, FileType, Machine};

    use crate::inspect::fake::FakeTree;
    use crate::monitor::Silent;
    use crate::rules::{Demand, Policy};
    use crate::tree::Tree;
    use crate::verify::{Depth, Options, verify};

    /// Name, version needed, image, distribution demanded, rules broken.
    type Case<'a> = (
        &'a str,
        &'a str,
        Option<&'a FakeTree>,
        Option<&'a str>,
        &'a [&'a str],
    );

    /// A system whose glibc defines these versions.
    fn image(versions: &[&str]) -> FakeTree {
        let libc = ElfSpec {
            soname: Some("libc.so.6".to_owned()),
            defines: versions.iter().map(ToString::to_string).collect(),
            ..ElfSpec::new(Machine::X86_64, FileType::Dyn)
        };
        FakeTree::new()
            .file("lib64/ld-linux-x86-64.so.2", &elf::library(Machine::X86_64))
            .file("usr/lib64/libc.so.6", &libc.bytes())
    }

    /// A shared tree with one program that needs a version of glibc.
    fn shared(version: &str) -> FakeTree {
        let mut program = elf::program(Machine::X86_64);
        program.requires = vec![("libc.so.6".to_owned(), vec![version.to_owned()])];
        FakeTree::new()
            .directory("modulefiles")
            .file("apps/x/bin/x", &program.bytes())
    }

    #[test]
    fn a_shared_tree_for_a_newer_system_is_found_out() {
        let old = image(&["GLIBC_2.17", "GLIBC_2.28"]);
        let foreign = FakeTree::new();
        let cases: [Case<'_>; 7] = [
            ("fits its image", "GLIBC_2.28", Some(&old), None, &[]),
            (
                "is newer",
                "GLIBC_2.38",
                Some(&old),
                None,
                &["library-too-old"],
            ),
            (
                "an image without that C library",
                "GLIBC_2.28",
                Some(&foreign),
                None,
                &["links-not-checked"],
            ),
            ("alone", "GLIBC_2.38", None, None, &["links-not-checked"]),
            (
                "alone, for a release that is new enough",
                "GLIBC_2.38",
                None,
                Some("ubuntu2404"),
                &["distro-not-provable", "links-not-checked"],
            ),
            (
                "alone, for one that is older",
                "GLIBC_2.38",
                None,
                Some("rhel8u10"),
                &["distro-too-old", "links-not-checked"],
            ),
            (
                "alone, for one that nobody knows here",
                "GLIBC_2.38",
                None,
                Some("other1"),
                &["distro-not-provable", "links-not-checked"],
            ),
        ];
        for (name, version, image, distro, expected) in cases {
            let options = Options {
                demand: Demand {
                    distro: distro.map(str::to_owned),
                    ..Demand::default()
                },
                policy: Policy::default(),
                threads: 1,
                depth: Depth::Links {
                    image: image.map(|image| image as &dyn Tree),
                    shared: None,
                },
            };
            let outcome = verify(&shared(version), &options, &Silent).expect("readable");
            let rules: Vec<_> = outcome.findings.iter().map(|one| one.rule.name).collect();
            assert_eq!(rules, expected, "{name}");
        }
    }
}
