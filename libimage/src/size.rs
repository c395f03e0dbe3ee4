//! [`Size`]: a number of bytes as people read it.

use std::fmt;

/// A number of bytes, shown in powers of 1024 with a digit behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        let Self(bytes) = *self;
        let Some(unit) = (0..UNITS.len()).rfind(|unit| bytes >> (10 * (unit + 1)) > 0) else {
            return write!(f, "{bytes} bytes");
        };
        // In tenths, cut off: nothing is said to be more than it is.
        let tenths = (u128::from(bytes) * 10) >> (10 * (unit + 1));
        write!(f, "{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    }
}

/// Sizes in sum. Sparse files of 8 EiB cost nothing, so a few of them come to
/// more than fits; that much and more is then what is told.
pub fn total(sizes: impl IntoIterator<Item = u64>) -> u64 {
    sizes.into_iter().fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        let cases = [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1024 * 1024 - 1, "1023.9 KiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "15.9 EiB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Size(bytes).to_string(), expected);
        }
    }
    #[test]
    fn more_than_fits_is_as_much_as_fits() {
        for (sizes, expected) in [
            (&[][..], 0),
            (&[1, 2, 3], 6),
            (&[i64::MAX as u64; 3], u64::MAX),
        ] {
            assert_eq!(total(sizes.iter().copied()), expected);
        }
    }
}
