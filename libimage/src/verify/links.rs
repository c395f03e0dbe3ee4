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
const SYSTEM_LIBRARIES: [&[u8]; 2] = [b"libc.so.6", b"libstdc++.so.6"];

/// Walks `tree` and finds out all that there is to know.
///
/// A shared tree is looked at as the nodes of `image` see it, another tree with
/// `shared` mounted in it.
pub(super) fn facts(
    tree: &dyn Tree,
    image: Option<&dyn Tree>,
    shared: Option<&dyn Tree>,
    options: &Options<'_>,
    monitor: &dyn Monitor,
) -> Result<Facts, TreeError> {
    let is_shared = kind_of(tree)? == Some(ImageKind::CmShared);
    let point = ImagePath::new(SHARED).expect("a valid path");
    let (world, prefix) = if is_shared {
        let seen = image.map(|image| Mounted::new(image, point.clone(), tree));
        (seen, point)
    } else {
        let seen = shared.map(|shared| Mounted::new(tree, point, shared));
        (seen, ImagePath::root())
    };
    let world: Option<&dyn Tree> = match &world {
        Some(world) => Some(world),
        None if is_shared => None,
        None => Some(tree),
    };
    let linker = world.map(|world| Linker::new(world, monitor)).transpose()?;
    let context = Context {
        linker: linker.as_ref(),
        prefix,
    };
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
    if let Some(linker) = &linker {
        links.searched = world.map(Tree::label);
        if let Some(arch) = facts.arch {
            for library in SYSTEM_LIBRARIES {
                let defined = linker.defined_by(library, arch)?.unwrap_or_default();
                links.note_offered(defined.iter().map(|version| &**version));
            }
        }
    }
    facts.links = Some(links);
    Ok(facts)
}

struct Context<'c, 't> {
    linker: Option<&'c Linker<'t>>,
    /// Where the tree stands in what the linker sees.
    prefix: ImagePath,
}

/// What the visit of one entry found.
struct Visit {
    seen: Seen,
    needs: Needs,
}

/// What an entry needs to be run.
enum Needs {
    Nothing,
    /// Links of an ELF file, and what it lacks of them.
    Links(Box<Dynamic>, ElfIdentity, Vec<LinkProblem>),
    /// A script that lacks its interpreter.
    Script(LinkProblem),
    /// They could not be told, and why.
    Unreadable(String),
}

impl Visit {
    fn note(self, path: &ImagePath, marks: Marks, census: &mut Census, links: &mut Links) {
        self.seen.note(path, census);
        let place = classify(path);
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
                        place,
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
                    place,
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
    fn visit(&self, directory: &dyn Directory, entry: &Entry) -> Result<Visit, TreeError> {
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
                let path = self.prefix.components().chain(path.components());
                let path = path.fold(ImagePath::root(), |path, name| path.join(name));
                linker.problems(&path, identity.architecture(), &dynamic)?
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
