//! The program as a process: started, asked over its sockets, watched through /proc, ended.
//!
//! In: a folder with clusters. Out: a server that ends with this value, its addresses, its memory.
// Each benchmark asks for some of it.
#![allow(dead_code)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    began: Instant,
}

impl Server {
    /// Starts a server of the clusters below `root`.
    pub(crate) fn start(root: &Path, config: &Path) -> Self {
        let built = env!("CARGO_BIN_EXE_fedns").to_owned();
        let program = std::env::var("FEDNS_BIN").unwrap_or(built);
        let log = root.join("log");
        let out = File::create(&log).expect("a file for the log");
        let mut command = Command::new(&program);
        command.args(["serve", "--config"]).arg(config).stdin(Stdio::null());
        command.stdout(out.try_clone().expect("the same file")).stderr(out);
        let began = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
        Self { child, log, began }
    }

    /// The address that the log names behind `word`.
    fn address(&self, word: &str) -> SocketAddr {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = fs::read_to_string(&self.log).unwrap_or_default();
            let found = text.split_once(&format!("listening on {word} ")).and_then(|(_, rest)| {
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':')?;
                rest[..end].parse().ok()
            });
            if let Some(address) = found {
                return address;
            }
            assert!(Instant::now() < deadline, "no {word} address in the log:\n{text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A socket that is connected to the server.
    pub(crate) fn connect(&self) -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.connect(self.address("udp")).expect("the server's address");
        socket.set_read_timeout(Some(Duration::from_secs(1))).expect("a time-out");
        socket
    }

    /// Seconds since it was started.
    pub(crate) fn age(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Its admin address.
    pub(crate) fn admin(&self) -> SocketAddr {
        self.address("http")
    }

    /// Whether the server says that it is ready.
    pub(crate) fn is_ready(&self) -> bool {
        is_ready(self.address("http"))
    }

    /// A metric without labels, or the sum over all labels.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = get(self.address("http"), "/metrics").unwrap_or_default();
        let value = |line: &str| {
            let rest = line.strip_prefix(name)?;
            let is_it = rest.starts_with(['{', ' ']);
            is_it.then(|| rest.rsplit(' ').next()?.parse::<f64>().ok()).flatten()
        };
        text.lines().filter_map(value).sum()
    }

    /// Ends it as an operator does, and waits until it has ended.
    pub(crate) fn end(mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id() as i32) {
            // One that has ended needs no signal.
            _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        _ = self.child.wait();
    }

    /// Seconds from the start until the server said that its answers are complete.
    pub(crate) fn wait_ready(&self) -> f64 {
        let admin = self.address("http");
        while !is_ready(admin) {
            assert!(self.began.elapsed() < PATIENCE, "the server does not become ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.began.elapsed().as_secs_f64()
    }

    /// Waits until its metrics have this line.
    pub(crate) fn wait_for_metric(&self, line: &str) {
        let (admin, deadline) = (self.address("http"), Instant::now() + PATIENCE);
        while !get(admin, "/metrics").is_ok_and(|text| text.lines().any(|it| it == line)) {
            assert!(Instant::now() < deadline, "{line} is not shown");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// CPU seconds of all its threads.
    pub(crate) fn cpu(&self) -> f64 {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        ticks(&text.unwrap_or_default()) / 100.0
    }

    /// CPU seconds of those of its threads that are called so.
    pub(crate) fn cpu_of(&self, name: &str) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let tasks = tasks.into_iter().flatten().filter_map(Result::ok);
        let stats = tasks.filter_map(|task| fs::read_to_string(task.path().join("stat")).ok());
        let of_them = stats
            .filter(|text| text.split_once('(').is_some_and(|(_, rest)| rest.starts_with(name)));
        of_them.map(|text| ticks(&text)).sum::<f64>() / 100.0
    }

    /// A line of its status in MiB, such as `VmRSS` or `VmHWM`.
    pub(crate) fn memory(&self, line: &str) -> f64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let text = text.unwrap_or_default();
        let found = text.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':'));
        let kilobytes = found.and_then(|it| it.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kilobytes.unwrap_or(f64::NAN) / 1024.0
    }

    /// Memory once it has not fallen for ten seconds, after 40 at the latest: the allocator gives
    /// back what loading took bit by bit, and threads that read files end when idle for as long.
    pub(crate) fn settled(&self) -> f64 {
        let (mut least, mut quiet) = (f64::INFINITY, 0);
        for _ in 0..40 {
            std::thread::sleep(Duration::from_secs(1));
            let now = self.memory("VmRSS");
            quiet = if now < least - 1.0 { 0 } else { quiet + 1 };
            least = least.min(now);
            if quiet == 11 {
                break;
            }
        }
        least
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is left to be told: the figures are taken.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// User and system time of a line of `stat` in ticks, of which Linux shows 100 a second.
fn ticks(stat: &str) -> f64 {
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum()
}

fn is_ready(admin: SocketAddr) -> bool {
    get(admin, "/readyz").is_ok_and(|text| text.starts_with("HTTP/1.1 200"))
}

fn get(admin: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(admin)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}
