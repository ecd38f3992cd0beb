//! The program as a process, for tests that ask it over sockets.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};

pub const PATIENCE: Duration = Duration::from_secs(60);

pub const CONFIG: &str = "\
apiVersion: fedns.dev/v1
kind: Config
listen: { udp: ['127.0.0.1:0'], tcp: ['127.0.0.1:0'] }
admin: { listen: '127.0.0.1:0', socket: ./admin.sock }
log: { format: text }
federations:
  - name: myfed
    domain: example.com
    nameservers: [{ name: ns1.example.net }, { name: ns2.example.net }]
clusters:
  - name: east
    manifests: ./east
";

pub const NODE: &str = "\
apiVersion: v1
kind: Node
metadata:
  name: n1
  labels: { topology.kubernetes.io/region: us, topology.kubernetes.io/zone: a }
";

pub fn service(name: &str, address: &str, is_ready: bool) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: shop }}
spec: {{ type: LoadBalancer }}
status: {{ loadBalancer: {{ ingress: [{{ ip: {address} }}] }} }}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{ name: {name}-1, namespace: shop, labels: {{ kubernetes.io/service-name: {name} }} }}
addressType: IPv4
endpoints: [{{ addresses: [10.0.0.1], conditions: {{ ready: {is_ready} }} }}]
"
    )
}

/// A world in a folder of its own: one cluster with one service.
pub fn world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("east")).unwrap();
    fs::write(folder.path().join("fedns.yaml"), CONFIG).unwrap();
    fs::write(folder.path().join("east/nodes.yaml"), NODE).unwrap();
    fs::write(folder.path().join("east/cart.yaml"), service("cart", "192.0.2.1", true)).unwrap();
    folder
}

/// A copy of `examples`, whose quick start listens on ports that are free.
pub fn quickstart() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["examples", "zones"] {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &folder.path().join(part));
    }
    let config = folder.path().join("examples/quickstart/fedns.yaml");
    let text = fs::read_to_string(&config).unwrap();
    let text = text.replace(":5300", ":0").replace(":9153", ":0");
    let text = text.replace("admin:\n", "admin:\n  socket: off\n");
    fs::write(&config, format!("{text}log: {{ format: text }}\n")).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub struct Server {
    child: Child,
    pub udp: SocketAddr,
    pub tcp: SocketAddr,
    /// A cluster's own listener over UDP, where there is one.
    pub own_udp: Option<SocketAddr>,
    pub admin: SocketAddr,
    /// The admin socket, once the log has told of it.
    pub socket: Option<PathBuf>,
    log: mpsc::Receiver<String>,
    /// What was said before the last door was open, until something is waited for.
    early: Mutex<Vec<String>>,
    /// All of the log so far.
    said: Arc<Mutex<String>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        let mut server = Self::spawn(fedns(folder));
        server.wait_for_doors(true);
        server
    }

    /// One that the system bounds, as `prlimit` is told (`--as=N`, `--nofile=N`).
    pub fn start_bounded(folder: &Path, limit: &str) -> Self {
        let mut command = Command::new("prlimit");
        command.arg(limit).arg(env!("CARGO_BIN_EXE_fedns"));
        command.args(["serve", "--config"]).arg(folder.join("fedns.yaml"));
        let mut server = Self::spawn(command);
        server.wait_for_doors(true);
        server
    }

    /// The value of a metric; `name` ends with what parts it from its value.
    pub fn metric(&self, name: &str) -> u64 {
        let (_, text) = self.get("/metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse::<f64>().unwrap() as u64
    }

    /// A process whose sockets are not bound yet.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (lines, log) = mpsc::channel();
        let said = Arc::<Mutex<String>>::default();
        let all = Arc::clone(&said);
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).for_each(|line| {
                all.lock().unwrap().push_str(&format!("{line}\n"));
                _ = lines.send(line);
            });
        });
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (udp, tcp, admin) = (nowhere, nowhere, nowhere);
        Self {
            child,
            udp,
            tcp,
            own_udp: None,
            admin,
            socket: None,
            log,
            early: Mutex::default(),
            said,
        }
    }

    /// Waits until it listens, on the admin address too where that is said.
    pub fn wait_for_doors(&mut self, has_admin: bool) {
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = self;
        // In JSON the message ends before the line does.
        let message = |line: &str| line.split("listening on ").last().unwrap().to_owned();
        let address = |line: &str| {
            message(line).split('"').next().unwrap().rsplit(' ').next().unwrap().parse().unwrap()
        };
        while [server.udp, server.tcp].contains(&nowhere) || (has_admin && server.admin == nowhere)
        {
            let line = server.line();
            if line.contains("listening on http ") {
                server.admin = address(&line);
            } else if let Some((_, path)) = line.split_once("listening on admin socket ") {
                server.socket = Some(path.into());
            } else if line.contains("listening on udp ") {
                server.udp = address(&line);
            } else if line.contains("'s udp ") {
                server.own_udp = Some(address(&line));
            } else if line.contains("listening on tcp ") {
                server.tcp = address(&line);
            }
            server.early.lock().unwrap().push(line);
        }
    }

    /// All that it has logged so far.
    pub fn log(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn line(&self) -> String {
        let line = self.log.recv_timeout(PATIENCE);
        line.unwrap_or_else(|why| {
            panic!("no line that is waited for ({why}); the log:\n{}", self.log())
        })
    }

    /// All that the log says, of a process that has ended.
    pub fn lines(&self) -> Vec<String> {
        while self.log.recv_timeout(PATIENCE).is_ok() {}
        self.log().lines().map(str::to_owned).collect()
    }

    /// What was logged since a line was waited for.
    pub fn lines_so_far(&self) -> Vec<String> {
        self.log.try_iter().collect()
    }

    /// Waits for a line. The first one that is waited for may have come while doors were opened.
    pub fn wait_for(&self, words: &str) {
        let early = std::mem::take(&mut *self.early.lock().unwrap());
        if !early.iter().any(|line| line.contains(words)) {
            while !self.line().contains(words) {}
        }
    }

    /// Waits for several lines, in any order: they come from different parts.
    pub fn wait_for_all(&self, words: &[&str]) {
        let mut words = words.to_vec();
        while !words.is_empty() {
            let line = self.line();
            words.retain(|word| !line.contains(word));
        }
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.admin).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// What an operator on this host tells it to do, over its socket; gives the status code.
    pub fn post(&self, path: &str) -> u16 {
        let mut stream = UnixStream::connect(self.socket.as_ref().unwrap()).unwrap();
        write!(stream, "POST {path} HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Gets a path until it shows all these words: the log may be ahead of what it tells of.
    pub fn get_until(&self, path: &str, words: &[&str]) {
        let end = Instant::now() + PATIENCE;
        loop {
            let (_, body) = self.get(path);
            if words.iter().all(|word| body.contains(word)) {
                return;
            }
            assert!(Instant::now() < end, "{path}: {body}");
        }
    }

    pub fn ask(&self, name: &str) -> Message {
        self.ask_at(self.udp, name)
    }

    /// Asks as clients do: again where nothing comes, for datagrams may be lost on a loaded machine.
    pub fn ask_at(&self, address: SocketAddr, name: &str) -> Message {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE / 4)).unwrap();
        let mut buffer = [0; 4096];
        let reply = (0..4).find_map(|_| {
            socket.send_to(&query(name, 7), address).unwrap();
            socket.recv(&mut buffer).ok()
        });
        let length = reply.unwrap_or_else(|| panic!("{name}: no reply within {PATIENCE:?}"));
        Message::from_vec(&buffer[..length]).unwrap()
    }

    /// Asks until the answer has so many records.
    pub fn ask_until(&self, name: &str, count: usize) -> Message {
        let end = Instant::now() + PATIENCE;
        loop {
            let reply = self.ask(name);
            if reply.answers.len() == count {
                return reply;
            }
            assert!(Instant::now() < end, "{name}: {reply}");
        }
    }

    /// Asks until the answer has this code.
    pub fn ask_until_code(&self, name: &str, code: ResponseCode) {
        let end = Instant::now() + PATIENCE;
        loop {
            let reply = self.ask(name);
            if reply.metadata.response_code == code {
                return;
            }
            assert!(Instant::now() < end, "{name}: {reply}");
        }
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn ended(&mut self) -> ExitStatus {
        self.ended_within(PATIENCE)
    }

    pub fn ended_within(&mut self, patience: Duration) -> ExitStatus {
        let end = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "the process does not end");
            std::thread::yield_now();
        }
    }
}

pub fn fedns(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.args(["serve", "--config"]).arg(folder.join("fedns.yaml"));
    command
}

pub fn query(name: &str, id: u16) -> Vec<u8> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
    message.to_vec().unwrap()
}
