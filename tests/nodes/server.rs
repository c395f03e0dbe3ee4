//! [`Server`]: an sshd of this test's own.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use libimage::node::Shell;
use tempfile::TempDir;

/// An sshd on a free port of the loopback interface, with keys of its own, in a
/// directory that goes with it. Whoever logs in gets `command`.
pub(crate) struct Server {
    dir: TempDir,
    port: u16,
    sshd: Child,
    /// What its sessions have.
    programs: Option<Programs>,
}

impl Server {
    /// Starts one whose sessions run this command of a shell; what the client
    /// asks for is in `SSH_ORIGINAL_COMMAND`.
    pub(crate) fn running(command: &str) -> Self {
        let dir = tempfile::tempdir().expect("a place for keys");
        let path = |name: &str| dir.path().join(name);
        for key in ["host", "user", "stranger"] {
            run(
                "ssh-keygen",
                &["-q", "-t", "ed25519", "-N", "", "-f", &text(&path(key))],
            );
        }
        fs::copy(path("user.pub"), path("authorized")).expect("it was made");
        // sshd insists on it.
        fs::create_dir_all("/run/sshd").expect("root may");
        loop {
            let port = free_port();
            write_configuration(dir.path(), port, command);
            let mut sshd = Command::new("/usr/sbin/sshd")
                .args(["-D", "-e", "-f"])
                .arg(path("sshd_config"))
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("sshd is installed");
            if answers(port, &mut sshd) {
                return Self {
                    dir,
                    port,
                    sshd,
                    programs: None,
                };
            }
            // Somebody else took the port.
        }
    }

    /// One whose sessions have nothing but some programs (see [`Programs`]).
    pub(crate) fn with(programs: Programs) -> Self {
        let path = text(programs.path());
        let command = format!("PATH={path} exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"");
        let mut server = Self::running(&command);
        server.programs = Some(programs);
        server
    }

    /// The command that reaches it.
    pub(crate) fn rsh(&self) -> String {
        format!("ssh -F {}", text(&self.dir.path().join("ssh_config")))
    }

    /// The same for the library; it may ask for nothing.
    pub(crate) fn shell(&self) -> Shell {
        Shell::parse(self.rsh().as_ref())
            .expect("a command")
            .batch(true)
    }

    /// The same, by a key that the server does not know.
    pub(crate) fn stranger(&self) -> String {
        let path = |name: &str| self.dir.path().join(name);
        let known = fs::read_to_string(path("ssh_config")).expect("it was made");
        let key = |name: &str| format!("IdentityFile {}\n", text(&path(name)));
        let strange = known.replace(&key("user"), &key("stranger"));
        assert_ne!(strange, known);
        fs::write(path("strange_config"), strange).expect("ours");
        format!("ssh -F {}", text(&path("strange_config")))
    }

    /// The same, where the server should have another key.
    pub(crate) fn of_other_key(&self) -> String {
        let known = self.dir.path().join("other");
        let key = fs::read_to_string(self.dir.path().join("stranger.pub")).expect("it was made");
        fs::write(&known, known_host(self.port, &key)).expect("ours");
        format!("{} -o UserKnownHostsFile={}", self.rsh(), text(&known))
    }

    /// The same for nodes of these names, each of whose sessions finds its own in
    /// `NODE`.
    pub(crate) fn of_many(&self, names: &[String]) -> String {
        let path = |name: &str| self.dir.path().join(name);
        let mut all = fs::read_to_string(path("ssh_config")).expect("it was made");
        for name in names {
            let port = self.port;
            let host = ["HostName 127.0.0.1", &format!("Port {port}"), "User root"].join("\n  ");
            all.extend(["Host ", name, "\n  ", &host, "\n  SetEnv NODE=", name, "\n"]);
        }
        fs::write(path("many_config"), all).expect("ours");
        format!("ssh -F {}", text(&path("many_config")))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is this test's child, by its handle.
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
    }
}

fn write_configuration(dir: &Path, port: u16, command: &str) {
    let path = |name: &str| text(&dir.join(name));
    let (host, authorized) = (path("host"), path("authorized"));
    let server = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {authorized}\n\
         PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nAcceptEnv NODE\nForceCommand {command}\n"
    );
    fs::write(dir.join("sshd_config"), server).expect("ours");
    let key = fs::read_to_string(dir.join("host.pub")).expect("it was made");
    fs::write(dir.join("known"), known_host(port, &key)).expect("ours");
    let (user, known) = (path("user"), path("known"));
    let client = format!(
        "IdentityFile {user}\nIdentitiesOnly yes\nUserKnownHostsFile {known}\n\
         GlobalKnownHostsFile none\nStrictHostKeyChecking yes\nLogLevel ERROR\n\
         Host node001\n  HostName 127.0.0.1\n  Port {port}\n  User root\n"
    );
    fs::write(dir.join("ssh_config"), client).expect("ours");
}

fn known_host(port: u16, key: &str) -> String {
    let words: Vec<_> = key.split(' ').take(2).collect();
    format!("[127.0.0.1]:{port} {}\n", words.join(" "))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Waits until the server answers; `false` if it ended instead.
fn answers(port: u16, sshd: &mut Child) -> bool {
    loop {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        if sshd.try_wait().expect("it is our child").is_some() {
            return false;
        }
        std::thread::yield_now();
    }
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    assert!(
        status.expect("it is installed").success(),
        "{program} {arguments:?}"
    );
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// A directory of programs that stands for a node's `PATH`.
pub(crate) struct Programs(TempDir);

/// What a node without imgtool has at the least.
const TOOLS: [&str; 9] = [
    "sh",
    "cat",
    "find",
    "stat",
    "xargs",
    "getfattr",
    "b3sum",
    "sha256sum",
    "head",
];

impl Programs {
    /// All that is needed to list a node, and no imgtool.
    pub(crate) fn tools() -> Self {
        let programs = Self(tempfile::tempdir().expect("a place for links"));
        // Others than root run them too.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(programs.path(), open).expect("ours");
        for tool in TOOLS {
            programs.link(tool, &which(tool));
        }
        programs
    }

    /// The same with the imgtool of this build.
    pub(crate) fn imgtool() -> Self {
        let programs = Self::tools();
        programs.link("imgtool", Path::new(env!("CARGO_BIN_EXE_imgtool")));
        programs
    }

    /// The same with another program.
    pub(crate) fn with(self, name: &str) -> Self {
        self.link(name, &which(name));
        self
    }

    /// The same without a program.
    pub(crate) fn without(self, name: &str) -> Self {
        fs::remove_file(self.0.path().join(name)).expect("it was there");
        self
    }

    /// The same with a script in the place of a program. In it `REAL` is a
    /// directory with all true programs.
    pub(crate) fn script(self, name: &str, script: &str) -> Self {
        let path = self.0.path().join(name);
        let real = self.0.path().join("real");
        if fs::create_dir(&real).is_ok() {
            for tool in TOOLS {
                std::os::unix::fs::symlink(which(tool), real.join(tool)).expect("a new name");
            }
        }
        let _ = fs::remove_file(&path);
        let script = script.replace("REAL", &text(&real));
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("ours");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn link(&self, name: &str, to: &Path) {
        std::os::unix::fs::symlink(to, self.0.path().join(name)).expect("a new name");
    }
}

fn which(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("there is one");
    let mut places = std::env::split_paths(&path).map(|place| place.join(program));
    places
        .find(|place| place.is_file())
        .unwrap_or_else(|| panic!("{program} is not installed"))
}
