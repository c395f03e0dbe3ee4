//! Databases that RPM writes, and those of its formats that Debian's RPM does not
//! write, made of the headers that it wrote.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use libimage::inspect::{Architecture, DatabaseFormat, Package, Packages};
use tempfile::TempDir;

use crate::berkeley;
use crate::tool::{assert_same_lines, files, output, packages};

/// So many that trees of pages have inner pages.
pub(crate) const PACKAGES: usize = 360;

/// A package with so many files that its header takes a long chain of pages.
const MANY_FILES: usize = 20_000;

/// A database of RPM in `sqlite/var/lib/rpm`, and others with the same packages
/// beside it.
pub(crate) struct Installed(TempDir);

/// One spec with many packages: of any architecture and of the machine's, with
/// and without an epoch, with files and without.
fn spec() -> String {
    let mut text = String::from(
        "Name: parent\nVersion: 1\nRelease: 1\nSummary: s\nLicense: MIT\nVendor: Größe & Co\n\
         %global debug_package %{nil}\n%description\nd\n%files\n\
         %install\n\
         mkdir -p %{buildroot}/usr/share/many\n\
         (cd %{buildroot}/usr/share/many && seq -f 'a-file-with-a-long-name-%%05.0f' MANY | xargs touch)\n\
         mkdir -p %{buildroot}/usr/bin %{buildroot}/etc\n\
         for n in $(seq 0 PACKAGES); do echo $n >%{buildroot}/usr/bin/p$n; echo >%{buildroot}/etc/p$n; done\n\
         %package many\nSummary: s\n%description many\nd\n%files many\n/usr/share/many\n\
         %package -n rocky-release\nSummary: s\nVersion: 9.5\nRelease: 1.2.el9\nBuildArch: noarch\n\
         %description -n rocky-release\nd\n%files -n rocky-release\n",
    )
    .replace("MANY", &MANY_FILES.to_string())
    .replace("PACKAGES", &(PACKAGES - 1).to_string());
    for number in 0..PACKAGES {
        let arch = if number % 3 == 0 {
            "BuildArch: noarch\n"
        } else {
            ""
        };
        let epoch = if number % 5 == 0 {
            format!("Epoch: {}\n", number / 5)
        } else {
            String::new()
        };
        // Texts of all lengths, so that headers end anywhere on a page.
        let words = "description ".repeat(number * number % 700);
        write!(
            text,
            "%package -n p{number}\nSummary: s\nVersion: 1.{number}~rc^{number}\n\
             Release: {number}%{{?dist}}\n{arch}{epoch}%description -n p{number}\n{words}\nd\n\
             %files -n p{number}\n/usr/bin/p{number}\n%config /etc/p{number}\n"
        )
        .expect("to a string");
    }
    text
}

impl Installed {
    /// Builds the packages and installs them into one database a format; some
    /// are erased again, which leaves holes.
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("imgtool-packages-")
            .tempdir()
            .expect("a place for packages");
        let installed = Self(dir);
        let top = installed.0.path();
        let spec_path = top.join("packages.spec");
        fs::write(&spec_path, spec()).expect("writes");
        let defined = format!("_topdir {}", top.join("build").display());
        output(
            "rpmbuild",
            [
                "--quiet",
                "--define",
                &defined,
                "--define",
                "_binary_payload w1.gzdio",
                "--define",
                "__os_install_post %{nil}",
                "-bb",
                spec_path.to_str().expect("UTF-8"),
            ],
        );
        let built: Vec<_> = output(
            "find",
            [
                top.join("build/RPMS").to_str().expect("UTF-8"),
                "-name",
                "*.rpm",
            ],
        )
        .lines()
        .map(str::to_owned)
        .collect();
        assert_eq!(built.len(), PACKAGES + 3, "of each a package");
        fs::create_dir_all(installed.tree("sqlite").join("var/lib/rpm")).expect("makes");
        installed.rpm(&["-i", "--justdb", "--nodeps", "--nosignature"], &built);
        let erased: Vec<_> = (0..PACKAGES)
            .filter(|number| number % 7 == 3)
            .map(|number| format!("p{number}"))
            .collect();
        installed.rpm(&["-e", "--justdb", "--nodeps"], &erased);
        installed
    }

    pub(crate) fn tree(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn rpm(&self, options: &[&str], names: &[String]) -> String {
        let database = self.tree("sqlite").join("var/lib/rpm");
        let mut arguments = vec!["--dbpath".to_owned(), database.display().to_string()];
        arguments.extend(["--define", "_db_backend sqlite"].map(str::to_owned));
        arguments.extend(options.iter().map(|option| (*option).to_owned()));
        arguments.extend_from_slice(names);
        output("rpm", arguments)
    }

    /// What `rpm -qa` says, a line for each package or for each of its files.
    pub(crate) fn query(&self, format: &str) -> Vec<String> {
        let said = self.rpm(&["-qa", "--qf", format], &[]);
        said.lines().map(str::to_owned).collect()
    }

    /// The headers that it wrote, with their numbers.
    pub(crate) fn headers(&self) -> Vec<(u32, String)> {
        let database = self.tree("sqlite").join("var/lib/rpm/rpmdb.sqlite");
        let database = database.to_str().expect("UTF-8");
        let rows = "select hnum, lower(hex(blob)) from Packages";
        output("sqlite3", ["-readonly", "-separator", " ", database, rows])
            .lines()
            .map(|row| {
                let (number, blob) = row.split_once(' ').expect("two columns");
                (number.parse().expect("a number"), blob.to_owned())
            })
            .collect()
    }
}

pub(crate) const PACKAGE: &str =
    "%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{VENDOR}\\n";
pub(crate) const FILES: &str = "[%{=NAME}\\t%{FILENAMES}\\n]";

pub(crate) fn lines(packages: &Packages) -> Vec<String> {
    let line = |package: &Package| {
        format!(
            "{}\t{}\t{}\t{}",
            package.name,
            package.version,
            package.arch.as_deref().unwrap_or("(none)"),
            package.vendor.as_deref().unwrap_or("(none)"),
        )
    };
    packages.list.iter().map(line).collect()
}

/// Fails unless libimage says the same of a tree as RPM of a database.
pub(crate) fn check(tree: &Path, format: DatabaseFormat, expected: &[String], paths: &[String]) {
    let found = packages(tree);
    assert_eq!(found.format, format);
    assert!(expected.len() > 300, "{}", expected.len());
    assert_same_lines(format.word(), expected.to_vec(), lines(&found));
    assert!(paths.len() > MANY_FILES);
    assert_same_lines(format.word(), paths.to_vec(), files(tree, &found));
    assert_eq!(found.architecture(), Some(Architecture::X86_64));
    let shown = found.distro().expect("a package of it is there");
    assert_eq!(shown.distro.tag(), "rhel9u5");
}

#[test]
#[ignore = "needs rpm, sqlite3 and db-util; .ci/run runs it"]
fn packages_and_files_are_those_that_rpm_lists() {
    let installed = Installed::new();
    let expected = installed.query(PACKAGE);
    let paths = installed.query(FILES);
    check(
        &installed.tree("sqlite"),
        DatabaseFormat::RpmSqlite,
        &expected,
        &paths,
    );
    berkeley::check_all(&installed, &expected, &paths);
    let headers: Vec<_> = installed
        .headers()
        .iter()
        .map(|(_, blob)| bytes(blob))
        .collect();
    for (name, format, database) in [
        (
            "Packages.db",
            DatabaseFormat::RpmNdb,
            fixtures::rpm::ndb(&headers),
        ),
        (
            "Packages",
            DatabaseFormat::RpmBerkeley,
            fixtures::rpm::berkeley(&headers, true, 4096),
        ),
    ] {
        let tree = installed.tree(&format!("made-{format}"));
        let directory = tree.join("usr/lib/sysimage/rpm");
        fs::create_dir_all(&directory).expect("makes");
        fs::write(directory.join(name), database).expect("writes");
        check(&tree, format, &expected, &paths);
    }
}

/// Bytes from hexadecimal digits.
fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits"))
        .collect()
}
