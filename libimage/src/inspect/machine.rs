//! [`Machine`]: the processor an ELF file is for, as its header numbers it.

use std::fmt;

use goblin::elf::header as em;

/// A value of `e_machine`.
///
/// The numbers are those of the System V generic ABI's registry, which
/// `<elf.h>` and binutils' `include/elf/common.h` follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Machine(pub u16);

/// Numbers and names of the machines that have a name here.
const NAMES: &[(Machine, &str)] = &[
    (Machine::NONE, "none"),
    (Machine::SPARC, "sparc"),
    (Machine::I386, "i386"),
    (Machine::M68K, "m68k"),
    (Machine::MIPS, "mips"),
    (Machine::HPPA, "hppa"),
    (Machine(em::EM_SPARC32PLUS), "sparc32plus"),
    (Machine::PPC, "ppc"),
    (Machine::PPC64, "ppc64"),
    (Machine::S390, "s390"),
    (Machine::ARM, "arm"),
    (Machine(em::EM_SH), "sh"),
    (Machine::SPARC64, "sparc64"),
    (Machine(em::EM_ARC), "arc"),
    (Machine::IA64, "ia64"),
    (Machine::X86_64, "x86_64"),
    (Machine(em::EM_AVR), "avr"),
    (Machine(em::EM_OPENRISC), "openrisc"),
    (Machine(em::EM_XTENSA), "xtensa"),
    (Machine(em::EM_MSP430), "msp430"),
    (Machine(em::EM_ALTERA_NIOS2), "nios2"),
    (Machine(em::EM_TI_PRU), "pru"),
    (Machine::AARCH64, "aarch64"),
    (Machine(em::EM_MICROBLAZE), "microblaze"),
    (Machine::CUDA, "cuda"),
    (Machine(em::EM_ARC_COMPACT2), "arcv2"),
    (Machine::INTELGT, "intelgt"),
    (Machine::AMDGPU, "amdgpu"),
    (Machine::RISCV, "riscv"),
    (Machine::BPF, "bpf"),
    (Machine(em::EM_CSKY), "csky"),
    (Machine::LOONGARCH, "loongarch"),
    (Machine::ALPHA, "alpha"),
];

impl Machine {
    /// `EM_NONE`: no processor's code, as in the objects of Guile.
    pub const NONE: Self = Self(em::EM_NONE);
    /// 32-bit SPARC.
    pub const SPARC: Self = Self(em::EM_SPARC);
    /// 32-bit x86.
    pub const I386: Self = Self(em::EM_386);
    /// Motorola 68000.
    pub const M68K: Self = Self(em::EM_68K);
    /// MIPS, both sizes and both byte orders.
    pub const MIPS: Self = Self(em::EM_MIPS);
    /// HP PA-RISC.
    pub const HPPA: Self = Self(em::EM_PARISC);
    /// 32-bit POWER.
    pub const PPC: Self = Self(em::EM_PPC);
    /// 64-bit POWER, both byte orders.
    pub const PPC64: Self = Self(em::EM_PPC64);
    /// IBM Z, both sizes.
    pub const S390: Self = Self(em::EM_S390);
    /// 32-bit Arm.
    pub const ARM: Self = Self(em::EM_ARM);
    /// 64-bit SPARC.
    pub const SPARC64: Self = Self(em::EM_SPARCV9);
    /// Itanium.
    pub const IA64: Self = Self(em::EM_IA_64);
    /// AMD64 and Intel 64.
    pub const X86_64: Self = Self(em::EM_X86_64);
    /// 64-bit Arm.
    pub const AARCH64: Self = Self(em::EM_AARCH64);
    /// NVIDIA GPUs.
    pub const CUDA: Self = Self(em::EM_CUDA);
    /// Intel GPUs.
    pub const INTELGT: Self = Self(em::EM_INTELGT);
    /// AMD GPUs.
    pub const AMDGPU: Self = Self(em::EM_AMDGPU);
    /// RISC-V, both sizes.
    pub const RISCV: Self = Self(em::EM_RISCV);
    /// The kernel's virtual machine.
    pub const BPF: Self = Self(em::EM_BPF);
    /// `LoongArch`, both sizes.
    pub const LOONGARCH: Self = Self(em::EM_LOONGARCH);

    /// DEC Alpha, which never got an official number; its toolchain writes this.
    pub const ALPHA: Self = Self(0x9026);

    /// Whether a node could run an operating system on it.
    ///
    /// Code for GPUs and for the kernel's own virtual machine belongs to
    /// images of every architecture, and so do files of no machine at all.
    pub fn is_processor(self) -> bool {
        !matches!(
            self,
            Self::NONE | Self::CUDA | Self::INTELGT | Self::AMDGPU | Self::BPF
        )
    }

    /// The name, where it has one here.
    pub fn name(self) -> Option<&'static str> {
        NAMES
            .iter()
            .find(|(machine, _)| *machine == self)
            .map(|(_, name)| *name)
    }
}

/// Shows the name, or `machine-NNN`.
impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "machine-{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_others_keep_their_number() {
        for (index, (machine, name)) in NAMES.iter().enumerate() {
            assert!(
                NAMES[index + 1..]
                    .iter()
                    .all(|(other, word)| other != machine && word != name),
                "{name}"
            );
        }
        for (number, name, processor) in [
            (62, "x86_64", true),
            (183, "aarch64", true),
            (247, "bpf", false),
            (190, "cuda", false),
            (224, "amdgpu", false),
            (0, "none", false),
            (999, "machine-999", true),
        ] {
            assert_eq!(Machine(number).to_string(), name);
            assert_eq!(Machine(number).is_processor(), processor, "{name}");
        }
    }
}
