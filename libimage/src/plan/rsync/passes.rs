//! [`Passes`]: which runs of rsync a plan is, decided without I/O.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use super::super::make::certainly_altered;
use super::super::{Deed, Inodes, Plan, Step};
use super::aspects::{aspects, options};
use crate::entry::{Entry, Kind, Respect, Respects};
use crate::path::ImagePath;

/// What a run of rsync does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Removes what stands in the way of another type, or is to go: directories
    /// only once they are empty.
    Remove,
    /// Makes directories and sends content.
    Content,
    /// Links the names of an inode.
    Links,
    /// Sets metadata, of directories too.
    Metadata,
    /// Sets the metadata of the tree's own directory.
    Root,
}

/// A run of rsync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// What it does.
    pub what: What,
    /// What the names keep of what the target has.
    pub keeps: Respects,
    /// The names it is about, sorted; none for the tree's own directory.
    pub names: Vec<ImagePath>,
}

/// A name that rsync does not leave as a sync does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The name.
    pub path: ImagePath,
    /// In what it differs.
    pub what: Respects,
    /// What becomes of that.
    pub why: &'static str,
}

/// The runs of rsync that do what a plan says, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passes {
    /// The runs.
    pub passes: Vec<Pass>,
    /// Where they do something else.
    pub misfits: Vec<Misfit>,
}

impl Misfit {
    /// What becomes of the name, in words.
    pub fn message(&self) -> String {
        let words: Vec<_> = self.what.iter().map(Respect::word).collect();
        format!("{} will be {}", words.join(", "), self.why)
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message())
    }
}

impl What {
    /// The word by which its list is named.
    pub fn word(self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Content => "content",
            Self::Links => "links",
            Self::Metadata => "metadata",
            Self::Root => "root",
        }
    }
}

impl Pass {
    /// The options that leave rsync no choice about these names.
    pub fn options(&self) -> Vec<&'static str> {
        let mut words = match self.what {
            What::Remove => vec!["--delete-missing-args"],
            What::Content => vec!["--ignore-times"],
            What::Links => vec!["--size-only", "--hard-links"],
            What::Metadata => vec!["--size-only"],
            What::Root => vec!["--size-only", "--dirs", "--exclude=/*"],
        };
        words.extend(options(self.keeps));
        words
    }

    /// The directories that hold the names.
    pub fn parents(&self) -> Vec<ImagePath> {
        let mut parents: Vec<_> = self.names.iter().filter_map(ImagePath::parent).collect();
        parents.sort();
        parents.dedup();
        parents
    }
}

impl Passes {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let leaders = plan.steps.iter().filter_map(|step| step.leader.as_ref());
        let maker = Maker {
            plan,
            inodes: Inodes::of(plan.steps.iter().map(|step| (step, step.metadata()))),
            leaders: leaders.collect(),
            altered: certainly_altered(&plan.steps),
            passes: Self::default(),
        };
        maker.make()
    }

    fn add(&mut self, what: What, keeps: Respects, names: Vec<ImagePath>) {
        if !names.is_empty() {
            self.passes.push(Pass { what, keeps, names });
        }
    }

    fn note(&mut self, step: &Step, what: Respects, why: &'static str) {
        if !what.is_empty() {
            self.misfits.push(Misfit {
                path: step.path.clone(),
                what,
                why,
            });
        }
    }
}

struct Maker<'p> {
    plan: &'p Plan,
    inodes: Inodes<'p>,
    /// The first names of the inodes that are linked.
    leaders: HashSet<&'p ImagePath>,
    /// The directories that certainly get another time by what is done in them.
    altered: HashSet<ImagePath>,
    passes: Passes,
}

/// Names by what they keep of what the target has.
type ByKept = BTreeMap<Vec<&'static str>, (Respects, Vec<ImagePath>)>;

impl<'p> Maker<'p> {
    fn make(mut self) -> Passes {
        let plan = self.plan;
        let way = self.in_the_way();
        let gone: HashSet<_> = way.iter().map(|step| &step.path).collect();
        let deletions = plan.steps.iter();
        let deletions = deletions.filter(|step| step.deed == Deed::Delete);
        let deletions: Vec<_> = deletions
            .filter(|step| !gone.contains(&step.path))
            .collect();
        self.remove(&way);
        self.content();
        self.remove(&deletions);
        self.links();
        self.metadata();
        self.passes
    }

    /// What has to go before something else can come: directories, devices that
    /// rsync takes for those of the other sort, and what is no file and parts from
    /// its inode, since rsync would set the metadata of that.
    fn in_the_way(&self) -> Vec<&'p Step> {
        let mut way = Vec::new();
        for step in &self.plan.steps {
            if step.gives_way() {
                way.push(step);
                way.extend(self.plan.beneath(&step.path));
            } else if is_confused(step) || self.parts_as_no_file(step) {
                way.push(step);
            }
        }
        way
    }

    /// Names that go, then directories, the deepest first: rsync removes one only
    /// if it is empty, so nothing goes that the plan does not know.
    fn remove(&mut self, steps: &[&Step]) {
        let mut names = Vec::new();
        let mut directories: BTreeMap<usize, Vec<ImagePath>> = BTreeMap::new();
        for step in steps {
            let path = step.path.clone();
            if step.was_directory() {
                let depth = path.components().count();
                directories.entry(depth).or_default().push(path);
            } else {
                names.push(path);
            }
        }
        self.passes.add(What::Remove, Respects::NONE, names);
        for names in directories.into_values().rev() {
            self.passes.add(What::Remove, Respects::NONE, names);
        }
    }

    fn content(&mut self) {
        let mut names = Vec::new();
        for step in &self.plan.steps {
            if !self.sends(step) {
                continue;
            }
            let aspects = aspects(step);
            let why = "the source's, where a sync leaves the target's or mixes them";
            self.passes.note(step, aspects.keeps | aspects.mixes, why);
            names.push(step.path.clone());
            // It gets a new inode, which a sync may leave to be found out.
            self.altered.extend(step.path.parent());
        }
        self.passes.add(What::Content, Respects::NONE, names);
    }

    /// Whether content is sent: also of a name that becomes an inode of its own,
    /// since rsync would set the metadata of all names of the old one.
    fn sends(&self, step: &Step) -> bool {
        match step.deed {
            Deed::Create | Deed::Update => true,
            Deed::Metadata => !step.is_directory() && self.is_apart(step),
            Deed::Link | Deed::Delete | Deed::Keep => false,
        }
    }

    /// One name that is known of several shows that the others are not here.
    fn is_apart(&self, step: &Step) -> bool {
        let Some(names) = self.inodes.names(step) else {
            return false;
        };
        self.inodes.parts(step, names.max(2))
    }

    fn parts_as_no_file(&self, step: &Step) -> bool {
        let is_file = |entry: &Entry| entry.file_size().is_some();
        let is_no_file = !step.source.as_ref().is_some_and(is_file);
        step.deed == Deed::Metadata && is_no_file && self.sends(step)
    }

    fn is_linked(&self, step: &Step) -> bool {
        step.leader.is_some() || self.leaders.contains(&step.path)
    }

    /// All names of each inode of which a name is concerned, with what its leader
    /// keeps.
    fn links(&mut self) {
        let mut lists = ByKept::new();
        for step in &self.plan.steps {
            if !self.is_linked(step) {
                continue;
            }
            let leader = match &step.leader {
                Some(leader) => self.plan.step(leader.as_bytes()),
                None => Some(step),
            };
            let Some(leader) = leader else { continue };
            let aspects = aspects(leader);
            let is_sent = self.sends(leader);
            if !is_sent && std::ptr::eq(leader, step) {
                self.passes.note(step, aspects.mixes, MIXED);
            }
            let keeps = if is_sent {
                Respects::NONE
            } else {
                aspects.keeps
            };
            put(&mut lists, keeps, &step.path);
        }
        for (keeps, names) in lists.into_values() {
            let names = self.with_new_directories(names);
            self.passes.add(What::Links, keeps, names);
        }
    }

    /// The names, and the directories above them that are made: a dry run of rsync
    /// finds something else there still, or nothing.
    fn with_new_directories(&self, names: Vec<ImagePath>) -> Vec<ImagePath> {
        let is_new = |path: &ImagePath| {
            let step = self.plan.step(path.as_bytes());
            step.is_some_and(|step| step.deed == Deed::Create)
        };
        let mut all: BTreeSet<ImagePath> = BTreeSet::new();
        for name in names {
            let mut above = name.parent();
            while let Some(path) = above {
                above = path.parent();
                if is_new(&path) {
                    all.insert(path);
                }
            }
            all.insert(name);
        }
        all.into_iter().collect()
    }

    /// What is neither linked nor sent, and directories, which have got another time
    /// by all that was done before.
    fn metadata(&mut self) {
        let mut lists = ByKept::new();
        for step in &self.plan.steps {
            let is_set = match step.deed {
                Deed::Create => step.is_directory(),
                Deed::Metadata => !self.sends(step) && !self.is_linked(step),
                Deed::Keep => step.is_directory() && self.altered.contains(&step.path),
                Deed::Update | Deed::Link | Deed::Delete => false,
            };
            if !is_set {
                continue;
            }
            let aspects = aspects(step);
            self.passes.note(step, aspects.mixes, MIXED);
            if aspects.keeps.contains(Respect::Time) && self.altered.contains(&step.path) {
                let why = "the present one, where a sync leaves the target's";
                self.passes.note(step, Respect::Time.into(), why);
            }
            if step.path.is_root() {
                self.passes.passes.push(Pass {
                    what: What::Root,
                    keeps: aspects.keeps,
                    names: Vec::new(),
                });
            } else {
                put(&mut lists, aspects.keeps, &step.path);
            }
        }
        let root = self.passes.passes.pop_if(|pass| pass.what == What::Root);
        for (keeps, names) in lists.into_values() {
            self.passes.add(What::Metadata, keeps, names);
        }
        self.passes.passes.extend(root);
    }
}

const MIXED: &str = "the source's, where a sync leaves parts of the target's";

fn put(lists: &mut ByKept, keeps: Respects, path: &ImagePath) {
    let list = lists
        .entry(options(keeps))
        .or_insert_with(|| (keeps, Vec::new()));
    list.1.push(path.clone());
}

fn is_confused(step: &Step) -> bool {
    let kind = |entry: &Entry| entry.kind.clone();
    let kinds = step
        .source
        .as_ref()
        .map(kind)
        .zip(step.target.as_ref().map(kind));
    matches!(
        kinds,
        Some(
            (Kind::CharDevice(_), Kind::BlockDevice(_))
                | (Kind::BlockDevice(_), Kind::CharDevice(_))
        )
    )
}
