//! Programs and libraries, linked by binutils.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// The loader of amd64.
pub(crate) const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

/// Which tag holds a search path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tag {
    Rpath,
    Runpath,
}

/// A program or library to be linked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Object {
    /// Has an interpreter.
    pub(crate) is_program: bool,
    pub(crate) soname: Option<String>,
    /// Libraries, with the versions needed of each.
    pub(crate) needed: Vec<(String, Vec<String>)>,
    pub(crate) path: Option<(Tag, String)>,
    pub(crate) defines: Vec<String>,
    /// `DF_1_NODEFLIB`.
    pub(crate) nodeflib: bool,
}

impl Object {
    pub(crate) fn library(soname: &str) -> Self {
        Self {
            soname: Some(soname.to_owned()),
            ..Self::default()
        }
    }

    pub(crate) fn program(needed: &[&str]) -> Self {
        let plain = |name: &&str| ((*name).to_owned(), Vec::new());
        Self {
            is_program: true,
            needed: needed.iter().map(plain).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn runpath(mut self, path: &str) -> Self {
        self.path = Some((Tag::Runpath, path.to_owned()));
        self
    }

    pub(crate) fn rpath(mut self, path: &str) -> Self {
        self.path = Some((Tag::Rpath, path.to_owned()));
        self
    }

    pub(crate) fn versions(mut self, versions: &[&str]) -> Self {
        self.defines = versions.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn needs(mut self, library: &str, versions: &[&str]) -> Self {
        let versions = versions.iter().map(ToString::to_string).collect();
        self.needed.push((library.to_owned(), versions));
        self
    }

    pub(crate) fn without_system(mut self) -> Self {
        self.nodeflib = true;
        self
    }
}

/// `chdir("/nothing")` and `execve(argv[1], &argv[1],
/// {"LD_TRACE_LOADED_OBJECTS=1"})`, as `ld.so(8)` names that variable, by the
/// system calls 80, 59 and 60 of amd64.
const TRACE: &str = "
.globl _start
_start:
    lea directory(%rip), %rdi
    mov $80, %eax
    syscall
    mov 16(%rsp), %rdi
    lea 16(%rsp), %rsi
    lea environment(%rip), %rdx
    mov $59, %eax
    syscall
    mov $60, %eax
    mov $126, %edi
    syscall
.data
environment: .quad variable, 0
directory: .asciz \"/nothing\"
variable: .asciz \"LD_TRACE_LOADED_OBJECTS=1\"
";

/// Links objects, each once.
pub(crate) struct Linkage {
    scratch: tempfile::TempDir,
    made: HashMap<Object, Vec<u8>>,
    trace: Vec<u8>,
}

impl Linkage {
    pub(crate) fn new() -> Self {
        Self {
            scratch: tempfile::tempdir().expect("a temporary directory"),
            made: HashMap::new(),
            trace: Vec::new(),
        }
    }

    pub(crate) fn bytes(&mut self, object: &Object) -> Vec<u8> {
        if let Some(bytes) = self.made.get(object) {
            return bytes.clone();
        }
        let bytes = self.link(object);
        self.made.insert(object.clone(), bytes.clone());
        bytes
    }

    /// Each library that is needed is stood for by one of its name, which
    /// defines a symbol of each version.
    fn link(&mut self, object: &Object) -> Vec<u8> {
        let mut source = String::from(".data\n");
        let mut stands = Vec::new();
        for (number, (name, versions)) in object.needed.iter().enumerate() {
            let mut stand = String::from(".data\n");
            let mut script = String::new();
            for version in versions {
                let symbol = format!("s{number}_{}", version.replace('.', "_"));
                writeln!(stand, ".globl {symbol}\n{symbol}: .byte 0").expect("memory");
                writeln!(source, ".quad {symbol}").expect("memory");
                writeln!(script, "{version} {{ {symbol}; }};").expect("memory");
            }
            let library = format!("stand{number}.so");
            self.run_as(&stand);
            let mut ld = self.ld(&library, &["-shared", "-soname", name]);
            if !script.is_empty() {
                self.write("script", &script);
                ld.args(["--version-script", "script"]);
            }
            run(&mut ld);
            stands.push(library);
        }
        let mut script = String::new();
        for version in &object.defines {
            let symbol = format!("own_{}", version.replace('.', "_"));
            writeln!(source, ".globl {symbol}\n{symbol}: .byte 0").expect("memory");
            writeln!(script, "{version} {{ {symbol}; }};").expect("memory");
        }
        self.run_as(&source);
        let mut ld = if object.is_program {
            self.ld("out", &["-pie", "-e", "0", "-dynamic-linker", LOADER])
        } else {
            self.ld("out", &["-shared"])
        };
        if !script.is_empty() {
            self.write("script", &script);
            ld.args(["--version-script", "script"]);
        }
        if let Some(soname) = &object.soname {
            ld.args(["-soname", soname]);
        }
        match &object.path {
            Some((Tag::Rpath, path)) => ld.args(["--disable-new-dtags", "-rpath", path]),
            Some((Tag::Runpath, path)) => ld.args(["--enable-new-dtags", "-rpath", path]),
            None => &mut ld,
        };
        if object.nodeflib {
            ld.args(["-z", "nodefaultlib"]);
        }
        run(ld.arg("--no-as-needed").args(stands));
        std::fs::read(self.scratch.path().join("out")).expect("linked")
    }

    /// A static program that runs another, named by its path, which the loader
    /// is to trace: the variable for that would stop a dynamic `env` too.
    pub(crate) fn trace(&mut self) -> Vec<u8> {
        if self.trace.is_empty() {
            self.run_as(TRACE);
            run(&mut self.ld("trace", &["-static"]));
            let made = std::fs::read(self.scratch.path().join("trace"));
            self.trace = made.expect("linked");
        }
        self.trace.clone()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.scratch.path().join(name), text).expect("writable");
    }

    fn run_as(&self, source: &str) {
        self.write("source.s", source);
        let args = ["--64", "-o", "object.o", "source.s"];
        run(Command::new("as")
            .args(args)
            .current_dir(self.scratch.path()));
    }

    fn ld(&self, out: &str, args: &[&str]) -> Command {
        let mut ld = Command::new("ld");
        ld.args(["-m", "elf_x86_64", "-z", "max-page-size=4096", "-o", out]);
        ld.args(args).arg("object.o");
        ld.current_dir(self.scratch.path());
        ld
    }
}

/// Runs what must succeed.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().expect("installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// Copies the host's loader, with the mode that lets it run.
pub(crate) fn copy_loader(to: &Path) {
    std::fs::copy(LOADER, to).expect("the host is amd64");
}
