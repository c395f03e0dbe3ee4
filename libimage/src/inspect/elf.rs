//! [`ElfIdentity`]: what the header of an ELF file says it is.

use std::fmt;

use goblin::elf::Elf;
use goblin::elf::header as em;

use super::{Architecture, Machine};

/// How many bytes from the start of a file [`ElfIdentity::parse`] wants to see:
/// the size of the larger of the two headers, `Elf64_Ehdr`.
pub const HEAD_BYTES: usize = em::header64::SIZEOF_EHDR;

/// What every ELF file begins with; a shorter file cannot be one.
pub const MAGIC: &[u8; 4] = em::ELFMAG;

/// Word size, `EI_CLASS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// `ELFCLASS32`.
    Elf32,
    /// `ELFCLASS64`.
    Elf64,
}

/// Byte order, `EI_DATA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endian {
    /// `ELFDATA2LSB`.
    Little,
    /// `ELFDATA2MSB`.
    Big,
}

/// What a file is for, `e_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ElfType {
    /// `ET_REL`: an object file or a kernel module.
    Relocatable,
    /// `ET_EXEC`: a program at a fixed address.
    Executable,
    /// `ET_DYN`: a shared library or a position-independent program.
    Shared,
    /// `ET_CORE`: a core dump.
    Core,
    /// Any other number, those of systems and processors among them.
    Other(u16),
}

/// What the header of an ELF file says, as elf(5) describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElfIdentity {
    /// Word size.
    pub class: Class,
    /// Byte order.
    pub data: Endian,
    /// Processor.
    pub machine: Machine,
    /// Program, library, object or core dump.
    pub file_type: ElfType,
    /// `e_flags`: the variant of the processor's ABI.
    pub flags: u32,
    /// `EI_OSABI`: 0 is System V, 3 GNU.
    pub osabi: u8,
}

/// Why a file with the magic of ELF has no header that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElfError {
    /// The file ends inside the header.
    Truncated {
        /// How many bytes there are.
        length: usize,
    },
    /// `EI_CLASS` is neither 32 nor 64 bits.
    Class(u8),
    /// `EI_DATA` is neither little nor big endian.
    Data(u8),
    /// `EI_VERSION` or `e_version` is not 1.
    Version(u32),
    /// `e_ehsize` is smaller than the header itself.
    HeaderSize(u16),
    /// The header parser found something else.
    Malformed,
}

impl fmt::Display for ElfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ELF header could not be read: ")?;
        match self {
            Self::Truncated { length } => write!(f, "it ends after {length} bytes"),
            Self::Class(class) => write!(f, "its class is {class}, neither 32 nor 64 bits"),
            Self::Data(data) => write!(f, "its byte order is {data}, neither little nor big"),
            Self::Version(version) => write!(f, "its version is {version}, not 1"),
            Self::HeaderSize(size) => write!(f, "it says that it is {size} bytes long"),
            Self::Malformed => f.write_str("it is malformed"),
        }
    }
}

impl std::error::Error for ElfError {}

/// How a program for 32-bit Arm hands over floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatAbi {
    /// In registers of its own: Debian's armhf.
    Hard,
    /// In those for integers: Debian's armel.
    Soft,
}

impl ElfIdentity {
    /// The floating-point ABI of a program or library for 32-bit Arm, where it
    /// says so (ELF for the Arm Architecture, 4.2: `EF_ARM_ABI_FLOAT_HARD` and
    /// `EF_ARM_ABI_FLOAT_SOFT`, in executables and libraries alone).
    pub fn float_abi(&self) -> Option<FloatAbi> {
        match (self.architecture(), self.flags & 0x600) {
            (Architecture::ARM, 0x400) => Some(FloatAbi::Hard),
            (Architecture::ARM, 0x200) => Some(FloatAbi::Soft),
            _ => None,
        }
    }

    /// Reads the header in the first bytes of a file.
    ///
    /// `head` must hold the first [`HEAD_BYTES`] bytes of the file, or all of
    /// a shorter file. Answers nothing for a file without the magic of ELF.
    ///
    /// # Errors
    ///
    /// An [`ElfError`] where the magic is there and the header is not.
    pub fn parse(head: &[u8]) -> Result<Option<Self>, ElfError> {
        if !head.starts_with(MAGIC) {
            return Ok(None);
        }
        let length = head.len();
        let ident = head
            .first_chunk::<{ em::SIZEOF_IDENT }>()
            .ok_or(ElfError::Truncated { length })?;
        let (class, size) = match ident[em::EI_CLASS] {
            em::ELFCLASS32 => (Class::Elf32, em::header32::SIZEOF_EHDR),
            em::ELFCLASS64 => (Class::Elf64, em::header64::SIZEOF_EHDR),
            other => return Err(ElfError::Class(other)),
        };
        let data = match ident[em::EI_DATA] {
            em::ELFDATA2LSB => Endian::Little,
            em::ELFDATA2MSB => Endian::Big,
            other => return Err(ElfError::Data(other)),
        };
        if ident[em::EI_VERSION] != em::EV_CURRENT {
            return Err(ElfError::Version(ident[em::EI_VERSION].into()));
        }
        let head = head.get(..size).ok_or(ElfError::Truncated { length })?;
        let header = Elf::parse_header(head).map_err(|_| ElfError::Malformed)?;
        let machine = Machine(header.e_machine);
        // NVIDIA's compiler writes its own version where ELF has its 1.
        if header.e_version != u32::from(em::EV_CURRENT) && machine != Machine::CUDA {
            return Err(ElfError::Version(header.e_version));
        }
        if usize::from(header.e_ehsize) < size {
            return Err(ElfError::HeaderSize(header.e_ehsize));
        }
        Ok(Some(Self {
            class,
            data,
            machine,
            file_type: match header.e_type {
                em::ET_REL => ElfType::Relocatable,
                em::ET_EXEC => ElfType::Executable,
                em::ET_DYN => ElfType::Shared,
                em::ET_CORE => ElfType::Core,
                other => ElfType::Other(other),
            },
            flags: header.e_flags,
            osabi: ident[em::EI_OSABI],
        }))
    }

    /// The architecture: machine, word size and byte order together.
    pub fn architecture(&self) -> Architecture {
        Architecture {
            machine: self.machine,
            class: self.class,
            data: self.data,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inspect::fake::elf_header;

    const X86_64: Architecture = Architecture::X86_64;
    const PPC: Architecture = Architecture::PPC;

    #[test]
    fn a_header_is_read_in_each_class_and_byte_order() {
        for (architecture, size) in [
            (X86_64, 64),
            (PPC, 52),
            (Architecture::S390X, 64),
            (Architecture::I386, 52),
        ] {
            let identity = ElfIdentity::parse(&elf_header(architecture))
                .expect("well-formed")
                .expect("an ELF file");
            assert_eq!(identity.architecture(), architecture);
            assert_eq!(identity.file_type, ElfType::Shared);
            assert_eq!(elf_header(architecture).len(), size);
        }
    }

    #[test]
    fn whole_files_of_every_machine_are_read() {
        for machine in fixtures::elf::Machine::ALL {
            for class in [fixtures::elf::Class::Elf32, fixtures::elf::Class::Elf64] {
                for data in [fixtures::elf::Data::Little, fixtures::elf::Data::Big] {
                    let bytes = fixtures::elf::ElfSpec {
                        class,
                        data,
                        ..fixtures::elf::program(machine)
                    }
                    .bytes();
                    let identity = ElfIdentity::parse(&bytes[..HEAD_BYTES])
                        .expect("well-formed")
                        .expect("an ELF file");
                    assert_eq!(identity.machine, Machine(machine.number()));
                    assert_eq!(
                        identity.class == Class::Elf64,
                        class == fixtures::elf::Class::Elf64
                    );
                    assert_eq!(
                        identity.data == Endian::Big,
                        data == fixtures::elf::Data::Big
                    );
                    assert_eq!(identity.flags, machine.flags());
                    assert_eq!(identity.osabi, machine.os_abi());
                }
            }
        }
    }

    #[test]
    fn every_truncation_is_an_error_and_none_a_panic() {
        for architecture in [X86_64, PPC] {
            let whole = elf_header(architecture);
            for length in 0..whole.len() {
                let expected = if length < MAGIC.len() {
                    Ok(None)
                } else {
                    Err(ElfError::Truncated { length })
                };
                assert_eq!(ElfIdentity::parse(&whole[..length]), expected);
            }
        }
    }

    #[test]
    fn hostile_headers_are_told_apart() {
        let cases: &[(&str, usize, &[u8], ElfError)] = &[
            ("class none", 4, &[0], ElfError::Class(0)),
            ("class 3", 4, &[3], ElfError::Class(3)),
            ("data none", 5, &[0], ElfError::Data(0)),
            ("data 7", 5, &[7], ElfError::Data(7)),
            ("ident version", 6, &[0], ElfError::Version(0)),
            ("version", 20, &[2, 0, 0, 1], ElfError::Version(0x0100_0002)),
            ("header size 0", 52, &[0, 0], ElfError::HeaderSize(0)),
            ("header size 63", 52, &[63, 0], ElfError::HeaderSize(63)),
        ];
        for (name, at, bytes, error) in cases {
            let mut head = elf_header(X86_64);
            head[*at..*at + bytes.len()].copy_from_slice(bytes);
            assert_eq!(ElfIdentity::parse(&head), Err(*error), "{name}");
            assert!(error.to_string().contains("could not be read"), "{name}");
        }
        let mut swapped = elf_header(Architecture::I386);
        swapped[4] = 2;
        assert_eq!(
            ElfIdentity::parse(&swapped),
            Err(ElfError::Truncated { length: 52 }),
            "a 32-bit header that calls itself 64-bit"
        );
    }

    #[test]
    fn code_for_gpus_carries_its_own_version() {
        let mut head = elf_header(Architecture {
            machine: Machine::CUDA,
            ..X86_64
        });
        head[20] = 0x7c;
        let identity = ElfIdentity::parse(&head).expect("accepted").expect("ELF");
        assert_eq!(identity.machine, Machine::CUDA);
    }

    #[test]
    fn other_files_are_not_elf() {
        for bytes in [&b""[..], b"#!/bin/sh\n", b"\x7fELG", b"MZ", &[0; 64]] {
            assert_eq!(ElfIdentity::parse(bytes), Ok(None));
        }
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut head = MAGIC.to_vec();
            head.extend(&tail);
            if let Ok(Some(identity)) = ElfIdentity::parse(&head) {
                prop_assert!(!identity.architecture().to_string().is_empty());
            }
        }

        #[test]
        fn any_field_may_hold_anything(at in 16_usize..64, byte in any::<u8>()) {
            let mut head = elf_header(X86_64);
            head[at] = byte;
            prop_assert!(!matches!(ElfIdentity::parse(&head), Ok(None)));
        }
    }

    #[test]
    fn the_float_abi_of_arm_is_told() {
        let identity = |machine, flags| ElfIdentity {
            class: Class::Elf32,
            data: Endian::Little,
            machine,
            file_type: ElfType::Executable,
            flags,
            osabi: 0,
        };
        for (machine, flags, expected) in [
            (Machine::ARM, 0x0500_0400, Some(FloatAbi::Hard)),
            (Machine::ARM, 0x0500_0200, Some(FloatAbi::Soft)),
            (Machine::ARM, 0x0500_0000, None),
            (Machine::I386, 0x400, None),
        ] {
            assert_eq!(identity(machine, flags).float_abi(), expected, "{flags:x}");
        }
    }
}
