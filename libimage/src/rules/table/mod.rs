//! The table of all rules, a file each group.

mod agreement;
mod architecture;
mod demand;
mod kernel;
mod links;
mod lint;
mod packages;
mod packed;

pub use agreement::*;
pub use architecture::*;
pub use demand::*;
pub use kernel::*;
pub use links::*;
pub use lint::*;
pub use packages::*;
pub use packed::*;

use super::Rule;

const BCM: &str = "BCM Administrator Manual: mixed-architecture clusters keep an image, \
                   a node-installer and a shared tree for each architecture and distribution";
const ELF: &str = "System V ABI, chapter 4: e_machine, EI_CLASS and EI_DATA in the ELF header";

/// Every rule, in the order in which reports and documents list them.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        DEMAND,
        KERNEL,
        ARCHITECTURE,
        PACKED,
        LINKS,
        PACKAGES,
        AGREEMENT,
        PREFLIGHT,
    ]
    .into_iter()
    .flatten()
    .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_says_all() {
        let rules: Vec<_> = rules().collect();
        for (index, rule) in rules.iter().enumerate() {
            let name = rule.name;
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{name}"
            );
            assert!(
                rules[..index].iter().all(|other| other.name != name),
                "{name}"
            );
            for text in [rule.summary, rule.reason, rule.remedy, rule.source] {
                assert!(!text.is_empty() && !text.contains("  "), "{name}: {text}");
            }
        }
    }
}
