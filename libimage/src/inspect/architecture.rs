//! [`Architecture`]: what a program was built for, by the name BCM gives it.

use std::fmt;
use std::str::FromStr;

use super::{Class, Endian, Machine};

/// Machine, word size and byte order: what two files must share to run on one
/// node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Architecture {
    /// Processor.
    pub machine: Machine,
    /// Word size.
    pub class: Class,
    /// Byte order.
    pub data: Endian,
}

const fn le64(machine: Machine) -> Architecture {
    Architecture {
        machine,
        class: Class::Elf64,
        data: Endian::Little,
    }
}

const fn be64(machine: Machine) -> Architecture {
    Architecture {
        data: Endian::Big,
        ..le64(machine)
    }
}

const fn le32(machine: Machine) -> Architecture {
    Architecture {
        class: Class::Elf32,
        ..le64(machine)
    }
}

const fn be32(machine: Machine) -> Architecture {
    Architecture {
        class: Class::Elf32,
        ..be64(machine)
    }
}

/// Every combination that has a name of its own.
const NAMES: &[(Architecture, &str)] = &[
    (Architecture::X86_64, "x86_64"),
    (Architecture::X32, "x32"),
    (Architecture::I386, "i386"),
    (Architecture::AARCH64, "aarch64"),
    (be64(Machine::AARCH64), "aarch64_be"),
    (Architecture::AARCH64_ILP32, "aarch64_ilp32"),
    (Architecture::ARM, "arm"),
    (be32(Machine::ARM), "armeb"),
    (le64(Machine::PPC64), "ppc64le"),
    (Architecture::PPC64, "ppc64"),
    (Architecture::PPC, "ppc"),
    (Architecture::S390X, "s390x"),
    (Architecture::S390, "s390"),
    (Architecture::RISCV64, "riscv64"),
    (Architecture::RISCV32, "riscv32"),
    (Architecture::LOONGARCH64, "loongarch64"),
    (le32(Machine::LOONGARCH), "loongarch32"),
    (be32(Machine::MIPS), "mips"),
    (le32(Machine::MIPS), "mipsel"),
    (be64(Machine::MIPS), "mips64"),
    (le64(Machine::MIPS), "mips64el"),
    (be32(Machine::SPARC), "sparc"),
    (be64(Machine::SPARC64), "sparc64"),
    (le64(Machine::IA64), "ia64"),
    (le64(Machine::ALPHA), "alpha"),
    (be32(Machine::HPPA), "hppa"),
    (be32(Machine::M68K), "m68k"),
    (le64(Machine::BPF), "bpf"),
    (be64(Machine::BPF), "bpfeb"),
    (le64(Machine::AMDGPU), "amdgpu"),
    (le64(Machine::CUDA), "cuda"),
    (le64(Machine::INTELGT), "intelgt"),
];

/// Other names that users and packages write for the same thing.
const ALIASES: &[(&str, Architecture)] = &[
    ("amd64", Architecture::X86_64),
    ("x86-64", Architecture::X86_64),
    ("arm64", Architecture::AARCH64),
    ("i486", Architecture::I386),
    ("i586", Architecture::I386),
    ("i686", Architecture::I386),
    ("ppc64el", le64(Machine::PPC64)),
    ("powerpc64le", le64(Machine::PPC64)),
    ("powerpc64", Architecture::PPC64),
    ("powerpc", Architecture::PPC),
    ("loong64", Architecture::LOONGARCH64),
];

impl Architecture {
    /// AMD64 and Intel 64.
    pub const X86_64: Self = le64(Machine::X86_64);
    /// The 32-bit ABI on 64-bit x86.
    pub const X32: Self = le32(Machine::X86_64);
    /// 32-bit x86.
    pub const I386: Self = le32(Machine::I386);
    /// 64-bit Arm.
    pub const AARCH64: Self = le64(Machine::AARCH64);
    /// The 32-bit ABI on 64-bit Arm.
    pub const AARCH64_ILP32: Self = le32(Machine::AARCH64);
    /// 32-bit Arm, whatever its floating-point ABI: only programs and
    /// libraries record that, object files don't.
    pub const ARM: Self = le32(Machine::ARM);
    /// POWER, little-endian.
    pub const PPC64LE: Self = le64(Machine::PPC64);
    /// POWER, big-endian.
    pub const PPC64: Self = be64(Machine::PPC64);
    /// 32-bit POWER.
    pub const PPC: Self = be32(Machine::PPC);
    /// IBM Z.
    pub const S390X: Self = be64(Machine::S390);
    /// 31-bit IBM Z.
    pub const S390: Self = be32(Machine::S390);
    /// 64-bit RISC-V.
    pub const RISCV64: Self = le64(Machine::RISCV);
    /// 32-bit RISC-V.
    pub const RISCV32: Self = le32(Machine::RISCV);
    /// 64-bit `LoongArch`.
    pub const LOONGARCH64: Self = le64(Machine::LOONGARCH);

    /// Whether a system of this architecture usually runs programs of the
    /// `other`, smaller one beside its own.
    pub fn runs_as_compatible(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::X86_64, Self::I386 | Self::X32)
                | (Self::AARCH64, Self::ARM | Self::AARCH64_ILP32)
                | (Self::PPC64, Self::PPC)
                | (Self::S390X, Self::S390)
                | (Self::RISCV64, Self::RISCV32)
        )
    }

    /// The architecture that a triplet such as `aarch64-linux-gnu` names, as
    /// Debian's multiarch directories and the GNU toolchains write them.
    pub fn from_triplet(triplet: &[u8]) -> Option<Self> {
        let (cpu, system) = std::str::from_utf8(triplet).ok()?.split_once('-')?;
        if !["linux", "none", "unknown", "redhat", "suse", "pc", "elf"]
            .contains(&system.split('-').next()?)
        {
            return None;
        }
        match cpu {
            "x86_64" if system.ends_with("gnux32") => Some(Self::X32),
            "arm" | "armv7l" | "armv7hl" => Some(Self::ARM),
            // NVIDIA's word for servers with Arm processors.
            "sbsa" => Some(Self::AARCH64),
            _ => cpu.parse().ok(),
        }
    }
}

/// Shows the usual name; combinations without one as the machine with word
/// size and byte order: `machine-999-64le`.
impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((_, name)) = NAMES.iter().find(|(architecture, _)| architecture == self) {
            return f.pad(name);
        }
        let size = match self.class {
            Class::Elf32 => 32,
            Class::Elf64 => 64,
        };
        let order = match self.data {
            Endian::Little => "le",
            Endian::Big => "be",
        };
        write!(f, "{}-{size}{order}", self.machine)
    }
}

/// The text names no architecture that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchitectureError;

impl fmt::Display for ArchitectureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not an architecture that is known here: x86_64 and aarch64 are, \
             and i386, arm, ppc64le, s390x, riscv64, loongarch64",
        )
    }
}

impl std::error::Error for ArchitectureError {}

/// Reads a name or one of its aliases (`amd64`, `arm64`, …).
impl FromStr for Architecture {
    type Err = ArchitectureError;

    fn from_str(text: &str) -> Result<Self, ArchitectureError> {
        NAMES
            .iter()
            .map(|(architecture, name)| (*name, *architecture))
            .chain(ALIASES.iter().copied())
            .find(|(name, architecture)| *name == text && architecture.machine.is_processor())
            .map(|(_, architecture)| architecture)
            .ok_or(ArchitectureError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_aliases_mean_them() {
        for (index, (architecture, name)) in NAMES.iter().enumerate() {
            assert_eq!(&architecture.to_string(), name);
            assert!(NAMES[index + 1..].iter().all(|(_, other)| other != name));
            if architecture.machine.is_processor() {
                assert_eq!(name.parse(), Ok(*architecture));
            }
        }
        for (alias, name) in [
            ("amd64", "x86_64"),
            ("x86-64", "x86_64"),
            ("arm64", "aarch64"),
            ("i686", "i386"),
            ("ppc64el", "ppc64le"),
        ] {
            let architecture: Architecture = alias.parse().expect("a known alias");
            assert_eq!(architecture.to_string(), name);
        }
        for wrong in ["", "X86_64", "x86", "sparc128", "bpf", "cuda", "x86_64 "] {
            assert_eq!(
                wrong.parse::<Architecture>(),
                Err(ArchitectureError),
                "{wrong}"
            );
        }
        assert_eq!(be64(Machine::X86_64).to_string(), "x86_64-64be");
        assert_eq!(le32(Machine(999)).to_string(), "machine-999-32le");
    }

    #[test]
    fn triplets_name_architectures() {
        for (triplet, expected) in [
            ("x86_64-linux-gnu", Some(Architecture::X86_64)),
            ("x86_64-linux-gnux32", Some(Architecture::X32)),
            ("i386-linux-gnu", Some(Architecture::I386)),
            ("i686-linux-gnu", Some(Architecture::I386)),
            ("aarch64-linux-gnu", Some(Architecture::AARCH64)),
            ("arm-linux-gnueabihf", Some(Architecture::ARM)),
            ("sbsa-linux", Some(Architecture::AARCH64)),
            ("arm-none-eabi", Some(Architecture::ARM)),
            ("x86_64-redhat-linux", Some(Architecture::X86_64)),
            ("powerpc64le-linux-gnu", Some(Architecture::PPC64LE)),
            ("x86_64", None),
            ("x86_64-efi", None),
            ("i386-pc", Some(Architecture::I386)),
            ("python3-dist", None),
            ("", None),
        ] {
            assert_eq!(
                Architecture::from_triplet(triplet.as_bytes()),
                expected,
                "{triplet}"
            );
        }
    }
}
