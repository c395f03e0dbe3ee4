//! [`Limits`]: how much an archive may ask for.

use super::error::Fault;
use crate::manifest::Most;
use crate::seekable::MOST_RAW;
use crate::tree::MOST_NAMES;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

/// How much an archive may ask for before it is refused.
///
/// The defaults stand far above honest system images and far below what
/// harms a machine. [`Limits::set`] changes one by its name, which is also how
/// messages name it: `--limit entries=N`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// `size`: bytes of the unpacked archive, headers included, and as many
    /// again of sparse files with their holes. Default 2 TiB, which a
    /// `lastlog` of 32-bit user numbers stays below.
    pub size: u64,
    /// `entries`: members, and directories that only their paths name. Default
    /// 1 million, twice the largest images: what is known of each takes some
    /// 100 bytes of memory.
    pub entries: u64,
    /// `ratio`: how many unpacked bytes one compressed byte may bring, beyond
    /// the first [`Limits::RATIO_FROM`]. Default 1000.
    pub ratio: u64,
    /// `header`: bytes of one extension header (PAX records, long names), and
    /// of all global PAX records together. Default 1 MiB.
    pub header: u64,
    /// `regions`: data regions of one sparse file. Default 1 million.
    pub regions: u64,
    /// `window`: bytes that a decompressor may keep. Default 80 MiB, with
    /// which an import stays below 128 MiB: `xz -9` and all levels of `zstd`
    /// but `--ultra -22` and `--long` need less.
    pub window: u64,
    /// `path`: bytes of a member's path or link target. Default 64 KiB, since
    /// the kernel's `PATH_MAX` does not bind who walks component by component.
    pub path: u64,
    /// `depth`: directories above an entry, itself included. Default 4096.
    pub depth: u64,
    /// `names`: bytes of all names and link targets together, which are kept in
    /// memory. Default 64 MiB, at most 4 GiB; half a million names take 10.
    pub names: u64,
    /// `attributes`: bytes of all extended attributes together, which are kept
    /// in memory. Default 64 MiB; half a million security labels take 30.
    pub attributes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size: 2 * TIB,
            entries: 1_000_000,
            ratio: 1000,
            header: MIB,
            regions: 1_000_000,
            window: 80 * MIB,
            path: 64 * KIB,
            depth: 4096,
            names: 64 * MIB,
            attributes: 64 * MIB,
        }
    }
}

impl Limits {
    /// So many unpacked bytes come free of [`Limits::ratio`]: 32 GiB.
    ///
    /// Honest images hold swap files and disk images full of zeros, which
    /// gzip packs 1000 to 1 and zstd 20,000 to 1; refusing 8 GiB of them would
    /// refuse real archives. What is bounded is what such a file can grow to.
    pub const RATIO_FROM: u64 = 32 * GIB;

    /// The names that [`Limits::set`] knows.
    pub const NAMES: &[&str] = &[
        "size",
        "entries",
        "ratio",
        "header",
        "regions",
        "window",
        "path",
        "depth",
        "names",
        "attributes",
    ];

    /// Hardly any: for the frames of backups, which are proven by digests before
    /// they are read and ask for no more than the tree that was backed up.
    pub(crate) fn none() -> Self {
        const MOST: u64 = i64::MAX.unsigned_abs();
        Self {
            size: MOST,
            entries: u32::MAX.into(),
            ratio: MOST,
            // Headers do not go over frames.
            header: MOST_RAW,
            // Sixteen times what is written. A map is kept while its file is read, and
            // one of gigabytes takes some kilobytes of a backup that lies.
            regions: 1 << 20,
            window: MOST,
            path: MOST,
            depth: MOST,
            names: MOST_NAMES,
            attributes: MOST,
        }
    }

    /// Sets one limit by its name; `false` if there is none of that name.
    #[must_use]
    pub fn set(&mut self, name: &str, value: u64) -> bool {
        let limit = match name {
            "size" => &mut self.size,
            "entries" => &mut self.entries,
            "ratio" => &mut self.ratio,
            "header" => &mut self.header,
            "regions" => &mut self.regions,
            "window" => &mut self.window,
            "path" => &mut self.path,
            "depth" => &mut self.depth,
            "names" => &mut self.names,
            "attributes" => &mut self.attributes,
            _ => return false,
        };
        *limit = value;
        true
    }

    /// How much is taken of a listing that a node writes.
    pub(crate) fn of_listing(&self) -> Most {
        Most {
            entries: self.entries,
            names: self.names,
            attributes: self.attributes,
        }
    }

    pub(super) fn check_size(&self, size: u64) -> Result<(), Fault> {
        if size > self.size {
            return Err(Fault::Limit {
                what: "unpacked bytes",
                limit: self.size,
                option: "--limit size=N",
            });
        }
        Ok(())
    }

    pub(super) fn check_unpacked(&self, unpacked: u64, compressed: u64) -> Result<(), Fault> {
        self.check_size(unpacked)?;
        let earned = self.ratio.saturating_mul(compressed);
        if unpacked > earned.saturating_add(Self::RATIO_FROM) {
            return Err(Fault::Limit {
                what: "unpacked bytes from each compressed one",
                limit: self.ratio,
                option: "--limit ratio=N",
            });
        }
        Ok(())
    }

    pub(super) fn check_entries(&self, entries: u64) -> Result<(), Fault> {
        if entries > self.entries {
            return Err(Fault::Limit {
                what: "members",
                limit: self.entries,
                option: "--limit entries=N",
            });
        }
        Ok(())
    }

    pub(super) fn check_header(&self, length: u64) -> Result<(), Fault> {
        if length > self.header {
            return Err(Fault::Limit {
                what: "bytes of extension headers",
                limit: self.header,
                option: "--limit header=N",
            });
        }
        Ok(())
    }

    pub(super) fn check_regions(&self, regions: u64) -> Result<(), Fault> {
        if regions > self.regions {
            return Err(Fault::Limit {
                what: "data regions in a sparse file",
                limit: self.regions,
                option: "--limit regions=N",
            });
        }
        Ok(())
    }

    pub(super) fn check_path(&self, path: &[u8]) -> Result<(), Fault> {
        if path.len() as u64 > self.path {
            return Err(Fault::Limit {
                what: "bytes in a path or link target",
                limit: self.path,
                option: "--limit path=N",
            });
        }
        Ok(())
    }

    pub(super) fn check_depth(&self, depth: u64) -> Result<(), Fault> {
        if depth > self.depth {
            return Err(Fault::Limit {
                what: "nested directories",
                limit: self.depth,
                option: "--limit depth=N",
            });
        }
        Ok(())
    }

    pub(super) fn check_names(&self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.names.min(MOST_NAMES) {
            return Err(Fault::Limit {
                what: "bytes of names and link targets",
                limit: self.names.min(MOST_NAMES),
                option: "--limit names=N",
            });
        }
        Ok(())
    }

    pub(super) fn check_attributes(&self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.attributes {
            return Err(Fault::Limit {
                what: "bytes of extended attributes",
                limit: self.attributes,
                option: "--limit attributes=N",
            });
        }
        Ok(())
    }

    pub(super) fn window_fault(&self) -> Fault {
        Fault::Limit {
            what: "bytes of memory for the decompressor",
            limit: self.window,
            option: "--limit window=N",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_sets_its_own_limit() {
        for name in Limits::NAMES {
            let mut limits = Limits::default();
            assert!(limits.set(name, 7), "{name}");
            assert_ne!(limits, Limits::default(), "{name}");
        }
        let all = Limits::NAMES
            .iter()
            .fold(Limits::default(), |mut limits, name| {
                assert!(limits.set(name, 7));
                limits
            });
        let Limits {
            size,
            entries,
            ratio,
            header,
            regions,
            window,
            path,
            depth,
            names,
            attributes,
        } = all;
        assert_eq!(
            [
                size, entries, ratio, header, regions, window, path, depth, names, attributes
            ],
            [7; 10]
        );
        assert!(!Limits::default().set("other", 7));
    }

    #[test]
    fn ratio_counts_beyond_the_first_gibibytes() {
        let limits = Limits::default();
        let cases = [
            // unpacked, compressed, passes
            (8 * GIB, 400 * KIB, true),
            (Limits::RATIO_FROM, 0, true),
            (Limits::RATIO_FROM + 1, 0, false),
            (Limits::RATIO_FROM + 1000, 1, true),
            (Limits::RATIO_FROM + 1001, 1, false),
            (2 * TIB, TIB, true),
            (2 * TIB + 1, TIB, false),
        ];
        for (unpacked, compressed, passes) in cases {
            let result = limits.check_unpacked(unpacked, compressed);
            assert_eq!(result.is_ok(), passes, "{unpacked} from {compressed}");
        }
    }
}
