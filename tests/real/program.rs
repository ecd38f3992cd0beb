//! A program that a test runs: started with a log, paused, ended with the value that holds it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::find;

/// How long anything may take on a slow, loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

/// Whatever it is doing, and whatever it started in its turn.
impl Drop for Program {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        _ = self.child.wait();
    }
}

impl Program {
    /// Starts a program in a folder, which gets its log.
    ///
    /// Linux ends it with the thread that starts it, so that nothing outlives a test that was killed;
    /// whoever starts a program has to be the one who holds it.
    pub fn start<A: AsRef<str>>(folder: &Path, name: &str, arguments: &[A]) -> Self {
        let program = find(name).unwrap_or_else(|| panic!("{name} is not here; ask `have` first"));
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .args(arguments.iter().map(AsRef::as_ref))
            .current_dir(folder)
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("setpriv of util-linux: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    /// Sends a signal to the program and those that it started.
    pub fn signal(&self, signal: Signal) {
        let group = Pid::from_child(&self.child);
        // One that has ended already can not be told any more.
        _ = rustix::process::kill_process_group(group, signal);
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until something holds; gives whether it did before the program ended by itself.
    pub fn comes_to(&mut self, what: &str, mut holds: impl FnMut() -> bool) -> bool {
        let end = Instant::now() + PATIENCE;
        loop {
            if holds() {
                return true;
            } else if self.has_ended() {
                return false;
            }
            assert!(Instant::now() < end, "{} does not come to {what}\n{}", self.name, self.tail());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until something holds.
    pub fn until(&mut self, what: &str, holds: impl FnMut() -> bool) {
        let came = self.comes_to(what, holds);
        assert!(came, "{} ended before it came to {what}\n{}", self.name, self.tail());
    }

    fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

/// Asks until something holds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether this machine has IPv6, on loopback at least.
pub fn have_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

/// A port that nobody has on loopback now, of either family, for UDP and TCP. It lies below those that
/// Linux gives to clients, so that a server that is started again finds it free still; who else takes such
/// ports may have it before its server does, so whoever starts one tries again with another.
pub fn free_port() -> u16 {
    let random = || {
        use std::hash::{BuildHasher, RandomState};
        (RandomState::new().hash_one(()) % 12_000) as u16
    };
    loop {
        let port = 20_000 + random();
        let is_free = |address: SocketAddr| {
            UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
        };
        let six = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        // A machine without IPv6 has nobody on it.
        if is_free((Ipv4Addr::LOCALHOST, port).into()) && (!have_ipv6() || is_free(six)) {
            return port;
        }
    }
}
