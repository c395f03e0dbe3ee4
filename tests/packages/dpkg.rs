//! dpkg's database of real images.

use std::path::{Path, PathBuf};

use libimage::inspect::{Architecture, DatabaseFormat, Want};

use crate::tool::{assert_same_lines, files, output, packages};

fn image(name: &str) -> PathBuf {
    let dir = std::env::var_os("IMGTOOL_REAL_IMAGES")
        .expect("IMGTOOL_REAL_IMAGES names what fixtures/real-images.sh made");
    Path::new(&dir).join(name)
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn packages_are_those_that_dpkg_query_lists() {
    for (name, arch) in [
        ("amd64", Architecture::X86_64),
        ("arm64", Architecture::AARCH64),
    ] {
        let tree = image(name);
        let expected: Vec<_> = output(
            "dpkg-query",
            [
                "--admindir",
                tree.join("var/lib/dpkg").to_str().expect("UTF-8"),
                "-f",
                "${Package}\t${Version}\t${Architecture}\t${Status}\n",
                "-W",
            ],
        )
        .lines()
        .map(str::to_owned)
        .collect();
        let packages = packages(&tree);
        assert_eq!(packages.format, DatabaseFormat::Dpkg);
        let found = packages
            .list
            .iter()
            .map(|package| {
                format!(
                    "{}\t{}\t{}\t{} {} {}",
                    package.name,
                    package.version,
                    package.arch.as_deref().unwrap_or_default(),
                    want(package.state.want),
                    if package.state.reinstall {
                        "reinstreq"
                    } else {
                        "ok"
                    },
                    package.state.stage.word(),
                )
            })
            .collect();
        assert!(expected.len() > 100, "{name}: {}", expected.len());
        assert_same_lines(name, expected, found);
        assert_eq!(packages.architecture(), Some(arch), "{name}");
        assert_eq!(packages.unfinished().count(), 0, "{name}");
        let shown = packages.distro().expect("its own packages show it");
        assert_eq!(shown.distro.tag(), "debian12", "{name}");
    }
}

fn want(want: Want) -> &'static str {
    match want {
        Want::Unknown => "unknown",
        Want::Install => "install",
        Want::Hold => "hold",
        Want::Deinstall => "deinstall",
        Want::Purge => "purge",
    }
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn files_are_those_that_dpkg_query_lists() {
    let tree = image("amd64");
    let admindir = tree.join("var/lib/dpkg");
    let admindir = admindir.to_str().expect("UTF-8");
    let packages = packages(&tree);
    let found = files(&tree, &packages);
    // Not all: dpkg-query takes its time.
    for name in ["base-files", "libc6", "passwd", "openssh-client", "git"] {
        let expected = output("dpkg-query", ["--admindir", admindir, "-L", name])
            .lines()
            // What dpkg-query says about diversions is no path.
            .filter(|line| line.starts_with('/') && *line != "/.")
            .map(|line| format!("{name}\t{line}"))
            .collect();
        let found = found
            .iter()
            .filter(|line| line.split('\t').next() == Some(name))
            .cloned()
            .collect();
        assert_same_lines(name, expected, found);
    }
}
