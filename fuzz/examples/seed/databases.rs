//! Package databases, each behind the byte that says which file it is.

use fixtures::rpm::{Header, berkeley, ndb, sqlite, tag};

use super::Seeds;

/// One of each format, small enough to be changed in every place.
pub fn packages() -> Seeds {
    let header = |name: &str| {
        Header::of(name, "9.5", "1.el9", "x86_64")
            .numbers(tag::EPOCH, &[1])
            .string(tag::VENDOR, "v")
            .string(tag::DESCRIPTION, &"d".repeat(700))
            .strings(tag::BASENAMES, &["a", "b"])
            .numbers(tag::DIRINDEXES, &[0, 1])
            .strings(tag::DIRNAMES, &["/usr/bin/", "/"])
            .bytes()
    };
    let headers = ["rocky-release", "bash"].map(header);
    let status = "Package: base-files\nStatus: install ok installed\nArchitecture: amd64\n\
                  Version: 13ubuntu10.1\n\nPackage: nvidia-open\nStatus: hold reinstreq \
                  half-configured\nArchitecture: arm64\nVersion: 1:570.86.15-1_cm11.0\n";
    let dgx = "DGX_NAME=\"DGX Server\"\nDGX_SWBUILD_VERSION=6.0.11\nDGX_OTA_VERSION='7.1'\n";
    [
        ("dpkg", 0, status.into()),
        ("sqlite", 1, sqlite(&headers, 512)),
        ("ndb", 2, ndb(&headers)),
        ("berkeley", 3, berkeley(&headers, false, 512)),
        ("berkeley-big", 3, berkeley(&headers, true, 512)),
        ("status-d", 4, status.into()),
        ("list", 5, b"/.\n/usr\n/usr/bin/a\n".to_vec()),
        ("dgx", 6, dgx.into()),
    ]
    .map(|(name, which, bytes)| (name.to_owned(), [vec![which], bytes].concat()))
    .into()
}
