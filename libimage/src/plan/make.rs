//! From what a comparison found to a plan, without I/O.

use std::collections::HashSet;

use super::{Deed, Plan, Step, groups, wanted};
use crate::diff::{Action, Change, Differences, Equal, Options, Outcome};
use crate::entry::{Entry, LinkGroup, Respect};
use crate::path::ImagePath;

impl Plan {
    /// What is to be done about all that a comparison with these options found.
    /// What both trees are called and the arguments are filled in by whoever
    /// knows them.
    ///
    /// # Panics
    ///
    /// If the comparison was made without [`Options::sides`].
    pub fn new(outcome: &Outcome, options: &Options) -> Self {
        let changes = outcome.changes.iter();
        let mut steps: Vec<_> = changes.map(|change| of_change(change, options)).collect();
        let inodes = Inodes::of(&steps);
        let (directories, names): (Vec<_>, Vec<_>) =
            outcome.equal.iter().partition(|equal| is_directory(equal));
        let names = names.into_iter().filter(|equal| inodes.concern(equal));
        steps.extend(names.map(|equal| of_equal(equal, options)));
        let altered = altered(&steps);
        let directories = directories.into_iter();
        let directories = directories.filter(|equal| altered.contains(&equal.path));
        steps.extend(directories.map(|equal| of_equal(equal, options)));
        steps.sort_unstable_by(|one, two| one.path.cmp(&two.path));
        drop_without_leader(&mut steps);
        settle_times(&mut steps, options);
        groups::renumber(&mut steps);
        let sorted = |paths: &[ImagePath]| {
            let mut paths = paths.to_vec();
            paths.sort_unstable();
            paths.dedup();
            paths
        };
        Self {
            ignored: options.ignore | outcome.unrecorded,
            equal: outcome.totals.unchanged,
            protected: outcome.totals.protected,
            mounts: sorted(&outcome.mounts),
            blocked: sorted(&outcome.blocked),
            steps,
            ..Self::default()
        }
    }
}

fn of_change(change: &Change, options: &Options) -> Step {
    let sides = change.sides.as_deref().expect("asked for by the caller");
    let deed = match change.action {
        Action::Create => Deed::Create,
        Action::Update | Action::Miss => Deed::Update,
        Action::Metadata => Deed::Metadata,
        Action::Link => Deed::Link,
        Action::Delete => Deed::Delete,
    };
    let wanted = sides.source.as_ref().and_then(|source| {
        let wanted = wanted::of_change(change, source, sides.target.as_ref(), options);
        (wanted != source.metadata).then_some(wanted)
    });
    Step {
        path: change.path.clone(),
        deed,
        differences: change.differences,
        source: sides.source.clone(),
        target: sides.target.clone(),
        wanted,
        leader: sides.leader.clone(),
    }
}

fn of_equal(equal: &Equal, options: &Options) -> Step {
    let sides = &equal.sides;
    let (source, target) = (sides.source.as_ref(), sides.target.as_ref());
    let both = source.zip(target).expect("both have what is equal");
    let mut wanted = both.1.metadata.clone();
    // In what is new in a directory rsync sees a reason to set its time.
    if both.0.is_directory() && !options.ignore.contains(Respect::Time) {
        wanted.mtime = both.0.metadata.mtime;
    }
    Step {
        path: equal.path.clone(),
        deed: Deed::Keep,
        differences: Differences::NONE,
        wanted: (wanted != both.0.metadata).then_some(wanted),
        source: sides.source.clone(),
        target: sides.target.clone(),
        leader: sides.leader.clone(),
    }
}

fn is_directory(equal: &Equal) -> bool {
    equal.sides.source.as_ref().is_some_and(Entry::is_directory)
}

/// The directories in which names are made, removed or linked anew.
fn altered(steps: &[Step]) -> HashSet<ImagePath> {
    let altering = steps.iter().filter(|step| step.alters_names());
    altering.filter_map(|step| step.path.parent()).collect()
}

/// The inodes of several names that the changes concern.
struct Inodes {
    sources: HashSet<LinkGroup>,
    targets: HashSet<LinkGroup>,
}

impl Inodes {
    fn of(steps: &[Step]) -> Self {
        let group = |entry: &Option<Entry>| entry.as_ref().and_then(|entry| entry.link);
        let sources = steps.iter().filter_map(|step| group(&step.source));
        let targets = steps.iter().filter_map(|step| group(&step.target));
        Self {
            sources: sources.collect(),
            targets: targets.collect(),
        }
    }

    fn concern(&self, equal: &Equal) -> bool {
        let is_in = |entry: &Option<Entry>, groups: &HashSet<LinkGroup>| {
            let group = entry.as_ref().and_then(|entry| entry.link);
            group.is_some_and(|group| groups.contains(&group))
        };
        is_in(&equal.sides.source, &self.sources) || is_in(&equal.sides.target, &self.targets)
    }
}

/// A name cannot be linked with one that does not come, since something
/// protected stands in its place. What is in a directory that would have given way
/// stays then.
fn drop_without_leader(steps: &mut Vec<Step>) {
    let paths: HashSet<_> = steps.iter().map(|step| &step.path).collect();
    let has_none = |step: &&Step| {
        let leader = step.leader.as_ref();
        leader.is_some_and(|leader| !paths.contains(leader))
    };
    let dropped: HashSet<_> = steps
        .iter()
        .filter(has_none)
        .map(|step| step.path.clone())
        .collect();
    if dropped.is_empty() {
        return;
    }
    steps.retain(|step| {
        let mut at = Some(step.path.clone());
        while let Some(path) = at {
            if dropped.contains(&path) {
                return false;
            }
            at = path.parent();
        }
        true
    });
}

/// A directory whose time counts as equal keeps it, unless something is made or
/// removed in it.
fn settle_times(steps: &mut [Step], options: &Options) {
    let altered = certainly_altered(steps);
    for step in steps {
        let is_altered = step.is_directory()
            && step.deed == Deed::Metadata
            && altered.contains(&step.path)
            && !options.ignore.contains(Respect::Time);
        if let Some(source) = step.source.as_ref().filter(|_| is_altered) {
            let mut wanted = step.wanted.take().unwrap_or(source.metadata.clone());
            wanted.mtime = source.metadata.mtime;
            step.wanted = (wanted != source.metadata).then_some(wanted);
        }
    }
}

/// The directories in which a name is made, removed or given to another inode, but
/// for those in which that is not known before.
pub(super) fn certainly_altered(steps: &[Step]) -> HashSet<ImagePath> {
    let rewritten: HashSet<_> = steps
        .iter()
        .filter(|step| matches!(step.deed, Deed::Create | Deed::Update))
        .map(|step| &step.path)
        .collect();
    let certainly = steps.iter().filter(|step| match (step.deed, &step.leader) {
        (Deed::Keep, Some(leader)) => rewritten.contains(leader),
        (Deed::Keep | Deed::Metadata, _) => false,
        _ => true,
    });
    certainly.filter_map(|step| step.path.parent()).collect()
}
