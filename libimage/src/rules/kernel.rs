//! Whether what runs before ordinary programs is whole, and fits them.

mod initrd;
mod several;

use super::finding::examples;
use super::{
    EFI_ARCH, Finding, KERNEL_ARCH, KERNEL_INCOMPLETE, KERNEL_INCOMPLETE_OTHER, KERNEL_INITRD,
    KERNEL_INITRD_ELSEWHERE, KERNEL_LEFTOVER, KERNEL_MODULES_ALONE, KERNEL_MODULES_DEP,
    KERNEL_NONE, KERNEL_RELEASE_MISMATCH, Rule,
};
use crate::escape::Escaped;
use crate::inspect::{Architecture, Facts, ImageKind, Kernel, Tally};
use crate::path::ImagePath;

pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<_> = none(facts).into_iter().collect();
    let has_kernel = findings.is_empty();
    for kernel in &facts.kernels {
        findings.extend(architecture(facts, kernel));
        // Applications bring no kernel that a node would boot.
        if facts.kind.kind == Some(ImageKind::CmShared) || kernel.is_rescue() {
            continue;
        }
        if kernel.image.is_some() {
            findings.extend(release(kernel));
            findings.extend(modules(facts, kernel));
            findings.extend(initrd::findings(facts, kernel));
        } else if has_kernel {
            findings.extend(leftover(facts, kernel));
        }
    }
    findings.extend(several::findings(facts));
    findings.extend(efi(facts));
    findings
}

fn is_software_image(facts: &Facts) -> bool {
    facts.kind.kind == Some(ImageKind::SoftwareImage)
}

fn boots_by_default(facts: &Facts, kernel: &Kernel) -> bool {
    let default = facts.default_kernel.as_ref();
    default.is_some_and(|default| default.release.as_deref() == Some(&*kernel.release))
}

/// A finding about one kernel: what of it, and which file shows it.
fn about(rule: &'static Rule, kernel: &Kernel, path: Option<&ImagePath>, what: &str) -> Finding {
    let shown = path.map_or(String::new(), |path| format!(": `{path}`"));
    let release = Escaped(&kernel.release);
    Finding::new(rule, path, format!("the kernel {release} {what}{shown}"))
}

fn none(facts: &Facts) -> Option<Finding> {
    let has_image = facts.kernels.iter().any(|kernel| kernel.image.is_some());
    if !is_software_image(facts) || has_image || facts.default_kernel.is_some() {
        return None;
    }
    let modules: Vec<_> = facts
        .kernels
        .iter()
        .filter_map(|kernel| kernel.modules.as_ref())
        .map(|modules| format!("`{modules}`"))
        .collect();
    let message = match modules.first() {
        None => "no kernel image in boot or beside modules".to_owned(),
        Some(first) => format!(
            "no kernel image in boot or beside modules, though there are modules: {first}{}",
            if modules.len() > 1 { " and others" } else { "" }
        ),
    };
    Some(Finding::new(&KERNEL_NONE, None, message))
}

fn architecture(facts: &Facts, kernel: &Kernel) -> Option<Finding> {
    let majority = facts.arch?;
    let arch = kernel.boot.as_ref()?.architecture?;
    let what = format!("is for {arch}, the tree's programs are for {majority}");
    (arch != majority).then(|| about(&KERNEL_ARCH, kernel, kernel.image.as_ref(), &what))
}

fn release(kernel: &Kernel) -> Option<Finding> {
    let told = kernel.boot.as_ref()?.release.as_ref()?;
    let what = format!("says in its header that it is {}", Escaped(told.as_bytes()));
    let is_other = told.as_bytes() != &*kernel.release;
    is_other.then(|| {
        about(
            &KERNEL_RELEASE_MISMATCH,
            kernel,
            kernel.image.as_ref(),
            &what,
        )
    })
}

fn modules(facts: &Facts, kernel: &Kernel) -> Option<Finding> {
    if kernel.modules.is_none() {
        let (rule, what) = if is_software_image(facts) && boots_by_default(facts, kernel) {
            (&KERNEL_INCOMPLETE, "boots by default and has no modules")
        } else {
            (&KERNEL_INCOMPLETE_OTHER, "has no modules")
        };
        return Some(about(rule, kernel, kernel.image.as_ref(), what));
    }
    (!kernel.has_modules_dep).then(|| {
        let what = "has modules without modules.dep";
        about(&KERNEL_MODULES_DEP, kernel, kernel.modules.as_ref(), what)
    })
}

fn leftover(facts: &Facts, kernel: &Kernel) -> Option<Finding> {
    kernel.modules.as_ref()?;
    // Without the kernel's own modules it is what drivers' packages left.
    let what = if kernel.has_own_modules {
        "is not installed, but its modules are"
    } else {
        "is not installed, there is only a directory for its modules"
    };
    let rule = if is_software_image(facts) && kernel.has_own_modules {
        &KERNEL_LEFTOVER
    } else {
        &KERNEL_MODULES_ALONE
    };
    Some(about(rule, kernel, kernel.modules.as_ref(), what))
}

fn efi(facts: &Facts) -> Option<Finding> {
    let majority = facts.arch?;
    let mut others = Tally::default();
    let mut named: Vec<Architecture> = Vec::new();
    for (architecture, installed, files) in facts.census.efi() {
        match architecture {
            _ if !installed => {}
            Some(architecture) if architecture == majority => return None,
            Some(architecture) => {
                named.push(architecture);
                others.merge(files.clone());
            }
            None => {}
        }
    }
    let path = others.paths().next()?;
    let named: Vec<_> = named.iter().map(ToString::to_string).collect();
    let message = format!(
        "the EFI programs are for {}, none for {majority}: {}",
        named.join(", "),
        examples(&others),
    );
    Some(Finding::new(&EFI_ARCH, Some(path), message))
}

#[cfg(test)]
mod tests;
