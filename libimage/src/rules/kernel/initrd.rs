//! Whether a kernel's initrd is there, and made for it.

use super::{Finding, KERNEL_INITRD, KERNEL_INITRD_ELSEWHERE, Kernel, about, is_software_image};
use crate::escape::Escaped;
use crate::inspect::{Facts, Initrd, Unseen};
use crate::rules::{
    INITRD_ARCH, INITRD_NOT_CHECKED, INITRD_PROGRAMS, INITRD_RELEASE, INITRD_UNDECODED,
};

pub(super) fn findings(facts: &Facts, kernel: &Kernel) -> Vec<Finding> {
    let Some((path, initrd)) = kernel.initrd.as_ref().zip(kernel.initrd_holds.as_ref()) else {
        let rule = if is_software_image(facts) {
            &KERNEL_INITRD
        } else {
            &KERNEL_INITRD_ELSEWHERE
        };
        return vec![about(rule, kernel, kernel.image.as_ref(), "has no initrd")];
    };
    let finding = |rule, what: &str| about(rule, kernel, Some(path), what);
    let arch = foreign(facts, initrd).map(|what| finding(&INITRD_ARCH, &what));
    let release = release(kernel, initrd).map(|what| finding(&INITRD_RELEASE, &what));
    let unseen = match initrd.unseen.as_ref() {
        Some(Unseen::Undecoded(why)) => {
            let what = format!(
                "has an initrd that could not be unpacked ({})",
                Escaped(why.as_bytes())
            );
            Some(finding(&INITRD_UNDECODED, &what))
        }
        Some(why) if initrd.programs.is_empty() => {
            let what = format!("has an initrd that was not checked ({why})");
            Some(finding(&INITRD_NOT_CHECKED, &what))
        }
        None if initrd.programs.is_empty() => {
            Some(finding(&INITRD_PROGRAMS, "has an initrd without programs"))
        }
        _ => None,
    };
    [arch, release, unseen].into_iter().flatten().collect()
}

fn foreign(facts: &Facts, initrd: &Initrd) -> Option<String> {
    let majority = facts.arch?;
    if initrd.programs.contains_key(&majority) {
        return None;
    }
    let (arch, name) = initrd.programs.first_key_value()?;
    Some(format!(
        "has an initrd for {arch} (`{}` in it), the tree's programs are for {majority}",
        Escaped(name),
    ))
}

fn release(kernel: &Kernel, initrd: &Initrd) -> Option<String> {
    // Its own might come later in one that was not read to its end.
    if initrd.unseen.is_some() || initrd.releases.contains(&kernel.release) {
        return None;
    }
    let other = initrd.releases.first()?;
    Some(format!(
        "has an initrd with modules for {} and none for itself",
        Escaped(other),
    ))
}
