//! From what a comparison found to a plan, without I/O.

use std::collections::HashSet;

use super::{Deed, Plan, Step, groups, wanted};
use crate::diff::{Action, Change, Equal, Options, Outcome};
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
        let touched = Touched::by(&steps);
        let equal = outcome.equal.iter().filter(|equal| touched.concerns(equal));
        steps.extend(equal.map(|equal| of_equal(equal, options)));
        steps.sort_unstable_by(|one, two| one.path.cmp(&two.path));
        drop_without_leader(&mut steps);
        settle_times(&mut steps, options);
        groups::renumber(&mut steps);
        Self {
            steps,
            ..Self::default()
        }
    }
}

fn of_change(change: &Change, options: &Options) -> Step {
    let sides = change.sides.as_deref().expect("asked for by the caller");
    let deed = match change.action {
        Action::Create => Deed::Create,
        // Whoever has contents compared has what was missed sent.
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
        wanted: (wanted != both.0.metadata).then_some(wanted),
        source: sides.source.clone(),
        target: sides.target.clone(),
        leader: sides.leader.clone(),
    }
}

/// What the changes concern besides themselves.
struct Touched {
    directories: HashSet<ImagePath>,
    sources: HashSet<LinkGroup>,
    targets: HashSet<LinkGroup>,
}

impl Touched {
    fn by(steps: &[Step]) -> Self {
        let altering = steps.iter().filter(|step| step.alters_names());
        let group = |entry: &Option<Entry>| entry.as_ref().and_then(|entry| entry.link);
        Self {
            directories: altering.filter_map(|step| step.path.parent()).collect(),
            sources: steps
                .iter()
                .filter_map(|step| group(&step.source))
                .collect(),
            targets: steps
                .iter()
                .filter_map(|step| group(&step.target))
                .collect(),
        }
    }

    fn concerns(&self, equal: &Equal) -> bool {
        let Some((source, target)) = equal.sides.source.as_ref().zip(equal.sides.target.as_ref())
        else {
            return false;
        };
        if source.is_directory() {
            return self.directories.contains(&equal.path);
        }
        source
            .link
            .is_some_and(|group| self.sources.contains(&group))
            || target
                .link
                .is_some_and(|group| self.targets.contains(&group))
    }
}

/// A name cannot be linked with one that does not come, since something
/// protected stands in its place.
fn drop_without_leader(steps: &mut Vec<Step>) {
    let paths: HashSet<_> = steps.iter().map(|step| step.path.clone()).collect();
    steps.retain(|step| {
        let leader = step.leader.as_ref();
        leader.is_none_or(|leader| paths.contains(leader))
    });
}

/// A directory whose time counts as equal keeps it, unless something is made or
/// removed in it.
fn settle_times(steps: &mut [Step], options: &Options) {
    let altering = steps.iter().filter(|step| step.alters_names());
    let altered: HashSet<_> = altering.filter_map(|step| step.path.parent()).collect();
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
