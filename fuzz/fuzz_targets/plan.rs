//! A plan: refused, or exactly what would be written for it, of steps that can
//! be done in their order.
#![no_main]

use imgtool_fuzz::{plan::seal, text};
use libfuzzer_sys::fuzz_target;
use libimage::diff::Charset;
use libimage::plan::{self, Deed, Plan};

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // Nobody hits the digest of a changed plan by chance.
    let sealed = seal(bytes);
    if sealed != bytes {
        check(&sealed);
    }
});

fn check(bytes: &[u8]) {
    let plan = match plan::read(bytes, "fuzz.plan") {
        Ok(plan) => plan,
        Err(error) => {
            text::of_error(&error);
            return;
        }
    };
    assert!(plan::is_plan(bytes));
    let mut written = Vec::new();
    plan.write(&mut written).expect("a Vec takes everything");
    assert!(written == bytes, "not the one way to write it");
    check_places(&plan);
    let outcome = plan.outcome();
    assert_eq!(outcome.totals.unchanged, plan.equal);
    for change in &outcome.changes {
        let line = change.itemize(Charset::Ascii);
        assert!(line.is_none_or(|line| !line.contains(&b'\n')));
    }
}

/// Nothing is made in what is no directory or goes, and nothing goes but from a
/// directory.
fn check_places(plan: &Plan) {
    for step in &plan.steps {
        let mut above = step.path.parent();
        while let Some(path) = above {
            if let Some(holder) = plan.step(path.as_bytes()) {
                let stands = match step.deed {
                    Deed::Delete => holder.was_directory(),
                    _ => holder.is_directory(),
                };
                assert!(stands, "{step:?} in {holder:?}");
                break;
            }
            above = path.parent();
        }
        if let Some(leader) = &step.leader {
            let leader = plan.step(leader.as_bytes()).expect("it is a step");
            assert!(leader.leader.is_none() && leader.source.is_some());
        }
    }
}
