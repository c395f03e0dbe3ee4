//! Random roots, each decided by a seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use fixtures::elf::{self, Machine};
use fixtures::random::Prng;

use crate::judged::{Fate, compare};
use crate::linked::{Linkage, Object, Tag};
use crate::root::TestRoot;

const PROGRAM: &str = "opt/app/bin/program";

/// Directories that Debian's loader searches by itself.
const OWN: [&str; 4] = [
    "lib",
    "usr/lib",
    "lib/x86_64-linux-gnu",
    "usr/lib/x86_64-linux-gnu",
];

/// Others, which are configured or named.
const OTHERS: [&str; 5] = [
    "opt/a",
    "opt/b",
    "opt/app/lib",
    "usr/local/lib",
    "opt/lib/x86_64-linux-gnu",
];

/// Parts of search paths; some lead nowhere.
const PARTS: [&str; 18] = [
    "/opt/a",
    "/opt/b/",
    "//opt//a/.",
    "/opt/b/../a",
    "/opt/s",
    "/opt/s/../b",
    "$ORIGIN/../lib",
    "${ORIGIN}/../lib",
    "$ORIGIN",
    "$ORIGINAL/../lib",
    "/opt/$LIB",
    "/opt/${LIB}",
    "/usr/local/lib",
    "/usr/lib",
    "/nowhere",
    "lib",
    "",
    ".",
];

const VERSIONS: [&str; 3] = ["X_1", "X_1.2", "X_1.10"];

/// The libraries that programs need.
const NAMES: [&str; 3] = ["libx.so.1", "liby.so.2", "libz.so"];

struct Generator<'g> {
    prng: Prng,
    root: TestRoot,
    linkage: &'g mut Linkage,
    /// The program passes over the loader's own directories. One of those may
    /// still hide a configured one then: of a name the cache gives what is best
    /// for the processor, and that alone.
    nodeflib: bool,
}

impl Generator<'_> {
    /// A library by its own name, now and then by none.
    fn library(&mut self, name: &str) -> Vec<u8> {
        let mut object = Object::library(name);
        if self.prng.chance(10) {
            object.soname = None;
        }
        object.defines = self.versions(60);
        self.linkage.bytes(&object)
    }

    fn versions(&mut self, percent: usize) -> Vec<String> {
        let some = VERSIONS.iter().filter(|_| self.prng.chance(percent));
        some.map(ToString::to_string).collect()
    }

    /// Something by a library's name in a directory.
    fn place(&mut self, directory: &str, name: &str) {
        let path = format!("{directory}/{name}");
        if self.root.has(&path) {
            return;
        }
        match self.prng.below(20) {
            0 => self.root.file(&path, &elf::library(Machine::I386)),
            1 => self.root.file(&path, &elf::library(Machine::Aarch64)),
            2 => self.root.symlink(&path, "/nowhere"),
            3 => self.root.symlink(&path, name),
            4 => {
                let bytes = self.library(name);
                self.root.file(&format!("srv/{name}"), &bytes);
                let up = "../".repeat(self.prng.below(4) + directory.matches('/').count() + 1);
                self.root.symlink(&path, &format!("{up}srv/{name}"));
            }
            5 => {
                let bytes = self.library(name);
                self.root.file(&format!("srv/chain/{name}.1"), &bytes);
                if !self.root.has("srv/link") {
                    self.root.symlink("srv/link", "/srv/chain");
                }
                self.root.symlink(&path, &format!("/srv/link/{name}.1"));
            }
            6 if !self.nodeflib => {
                let bytes = self.library(name);
                let hwcaps = format!("{directory}/glibc-hwcaps/x86-64-v2/{name}");
                if !self.root.has(&hwcaps) {
                    self.root.file(&hwcaps, &bytes);
                }
            }
            // What is no library ends a search along the file's own path.
            7 => self.root.file(&path, &[b'#'; 100]),
            8 => self.root.directory(&path),
            _ => {
                let bytes = self.library(name);
                self.root.file(&path, &bytes);
            }
        }
    }

    fn configuration(&mut self) {
        let mut text = String::from("# made\n");
        for directory in OTHERS {
            match self.prng.below(6) {
                0 => writeln!(text, "/{directory}").expect("memory"),
                1 => writeln!(text, "  /{directory}/ # why").expect("memory"),
                2 => {
                    let name = directory.replace('/', "-");
                    let line = format!("/{directory}\n");
                    let path = format!("etc/ld.so.conf.d/{name}.conf");
                    self.root.file(&path, line.as_bytes());
                }
                _ => {}
            }
        }
        if self.prng.chance(70) {
            text.push_str("include /etc/ld.so.conf.d/*.conf\n");
        }
        self.root.file("etc/ld.so.conf", text.as_bytes());
    }

    fn program(&mut self) -> Object {
        let mut program = Object {
            is_program: self.prng.chance(70),
            nodeflib: self.nodeflib,
            ..Object::default()
        };
        for name in NAMES {
            if self.prng.chance(80) {
                let versions = self.versions(30);
                program.needed.push((name.to_owned(), versions));
            }
        }
        if self.prng.chance(70) {
            let parts: Vec<_> = (0..=self.prng.below(4))
                .map(|_| *self.prng.pick(&PARTS))
                .collect();
            let tag = *self.prng.pick(&[Tag::Rpath, Tag::Runpath]);
            // ld takes no empty one.
            let path = parts.join(":");
            program.path = (!path.is_empty()).then_some((tag, path));
        }
        program
    }
}

/// What becomes of the program in a seed's root, or where the two disagree.
fn fate(seed: u64, linkage: &mut Linkage) -> Result<Fate, String> {
    let mut prng = Prng::new(seed);
    let root = TestRoot::new(prng.chance(50), linkage);
    let nodeflib = prng.chance(10);
    let mut generator = Generator {
        prng,
        root,
        linkage,
        nodeflib,
    };
    generator.root.directory("srv/a/deep");
    generator.root.symlink("opt/s", "../srv/a");
    for name in NAMES {
        for _ in 0..=generator.prng.below(4) {
            let is_own = generator.prng.chance(30);
            let directories: &[&str] = if is_own { &OWN } else { &OTHERS };
            let directory = *generator.prng.pick(directories);
            generator.place(directory, name);
        }
        if generator.prng.chance(20) {
            generator.place("srv/a", name);
        }
    }
    generator.configuration();
    let program = generator.program();
    let bytes = generator.linkage.bytes(&program);
    generator.root.file(PROGRAM, &bytes);
    generator.root.ldconfig();
    let difference = match compare(&generator.root, PROGRAM) {
        Ok(said) => return Ok(Fate::of(&said)),
        Err(difference) => difference,
    };
    let conf = std::fs::read_to_string(generator.root.path("etc/ld.so.conf")).expect("made");
    let listed = Command::new("ls")
        .arg("-lR")
        .current_dir(generator.root.path(""))
        .output();
    let listed = String::from_utf8_lossy(&listed.expect("coreutils").stdout).into_owned();
    Err(format!(
        "seed {seed}: {difference}\n{program:#?}\n{conf}\n{listed}"
    ))
}

fn number(name: &str, or: u64) -> u64 {
    std::env::var(name).map_or(or, |text| text.parse().expect("a number"))
}

#[test]
#[ignore = "needs root (chroot) and amd64 binutils"]
fn random_roots_are_judged_as_the_loader_judges_them() {
    let first = number("IMGTOOL_LINKS_FIRST", 0);
    let mut linkage = Linkage::new();
    let cases = number("IMGTOOL_LINKS_CASES", 400);
    let mut fates: BTreeMap<Fate, u64> = BTreeMap::new();
    let mut failed = Vec::new();
    for seed in first..first + cases {
        match fate(seed, &mut linkage) {
            Ok(fate) => *fates.entry(fate).or_default() += 1,
            Err(difference) => failed.push(difference),
        }
        if failed.len() == 5 {
            break;
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    // Roots that are all alike would prove nothing.
    let is_varied = fates.len() == 4 && fates.values().all(|&count| count >= cases / 20);
    assert!(is_varied || cases < 100, "{fates:?}");
}
