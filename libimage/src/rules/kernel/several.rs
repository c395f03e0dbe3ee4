//! Which of several kernels boots.

use std::collections::BTreeSet;

use super::{Finding, Kernel, boots_by_default};
use crate::escape::Escaped;
use crate::inspect::{Facts, ImageKind};
use crate::rules::{KERNEL_FLAVOUR, KERNEL_FLAVOUR_DEFAULT, KERNEL_SEVERAL};

/// How many releases a message names.
const MOST_NAMED: usize = 6;

/// Flavours that a node must be meant for: other pages, other scheduling, and a
/// fraction of the speed.
const SPECIAL: [&[u8]; 3] = [b"64k", b"rt", b"debug"];

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let installed: Vec<&Kernel> = facts
        .kernels
        .iter()
        .filter(|kernel| kernel.image.is_some() && !kernel.is_rescue())
        .collect();
    if installed.len() < 2 || facts.kind.kind == Some(ImageKind::CmShared) {
        return Vec::new();
    }
    let names: Vec<_> = installed
        .iter()
        .take(MOST_NAMED)
        .map(|kernel| Escaped(&kernel.release).to_string())
        .collect();
    let more = installed.len() - names.len();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let boots = boots(facts);
    let message = format!(
        "{} kernels are installed: {}{more}; {boots}",
        installed.len(),
        names.join(", "),
    );
    let path = installed[0].image.as_ref();
    [
        flavours(facts, &installed, &boots),
        Some(Finding::new(&KERNEL_SEVERAL, path, message)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Which boots by default, and what shows it.
fn boots(facts: &Facts) -> String {
    match &facts.default_kernel {
        None => "none of them boots by default".to_owned(),
        Some(default) => {
            let release = default.release.as_deref();
            let release = release.map_or("another one".to_owned(), |release| {
                Escaped(release).to_string()
            });
            format!("{release} boots by default ({})", default.because)
        }
    }
}

fn flavours(facts: &Facts, installed: &[&Kernel], boots: &str) -> Option<Finding> {
    let word = |flavour: Option<&[u8]>| {
        flavour.map_or("the plain one".to_owned(), |flavour| {
            Escaped(flavour).to_string()
        })
    };
    let flavours: BTreeSet<_> = installed.iter().map(|kernel| kernel.flavour()).collect();
    if flavours.len() < 2 {
        return None;
    }
    let named: Vec<_> = flavours
        .iter()
        .take(MOST_NAMED)
        .map(|one| word(*one))
        .collect();
    let default = installed
        .iter()
        .find(|kernel| boots_by_default(facts, kernel));
    let is_odd = default.is_some_and(|default| {
        let flavour = default.flavour();
        let others: Vec<_> = installed
            .iter()
            .filter(|kernel| kernel.release != default.release)
            .map(|kernel| kernel.flavour())
            .collect();
        let is_alone = others.iter().all(|other| *other != flavour);
        let others_agree = others.len() > 1 && others.iter().all(|other| *other == others[0]);
        let is_special = flavour.is_some_and(|flavour| SPECIAL.contains(&flavour));
        is_alone && (others_agree || is_special)
    });
    let rule = if is_odd {
        &KERNEL_FLAVOUR_DEFAULT
    } else {
        &KERNEL_FLAVOUR
    };
    let path = default.unwrap_or(&installed[0]).image.as_ref();
    let message = format!("kernels of several flavours: {}; {boots}", named.join(", "));
    Some(Finding::new(rule, path, message))
}
