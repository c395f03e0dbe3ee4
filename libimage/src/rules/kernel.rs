//! Whether the kernels fit the programs.

use super::{Finding, KERNEL_ARCH};
use crate::escape::Escaped;
use crate::inspect::Facts;

pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    let Some(majority) = facts.arch else {
        return Vec::new();
    };
    facts
        .kernels
        .iter()
        .filter_map(|kernel| {
            let image = kernel.image.as_ref()?;
            let arch = kernel.boot.as_ref()?.architecture?;
            (arch != majority).then(|| {
                let message = format!(
                    "the kernel {} is for {arch}, the tree's programs are for {majority}: `{image}`",
                    Escaped(&kernel.release),
                );
                Finding::new(&KERNEL_ARCH, Some(image), message)
            })
        })
        .collect()
}
