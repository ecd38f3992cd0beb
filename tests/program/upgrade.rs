//! One process replaced by another under load: no query is lost, over UDP and TCP.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use hickory_proto::op::Message;

use crate::process::{CONFIG, PATIENCE, Server, query, world};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

/// Asks over UDP from a new port each time, so that the kernel chooses among all sockets.
fn ask_udp(server: SocketAddr, id: u16) -> Vec<u8> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.send(&query(CART, id)).unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).expect("no answer is lost");
    buffer[..length].to_vec()
}

/// Asks over a TCP connection of its own.
fn ask_tcp(server: SocketAddr, id: u16) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).expect("somebody listens");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let query = query(CART, id);
    let frame = [&(query.len() as u16).to_be_bytes()[..], &query].concat();
    stream.write_all(&frame).expect("the connection stands");
    let mut length = [0; 2];
    stream.read_exact(&mut length).expect("no answer is lost");
    let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut reply).unwrap();
    reply
}

/// Clients that ask again and again, and want the same good answer every time.
struct Load {
    is_over: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(server: SocketAddr, ask: fn(SocketAddr, u16) -> Vec<u8>, clients: usize) -> Self {
        let (is_over, asked) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let client = || {
            let (stop, asked) = (is_over.clone(), asked.clone());
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let id = asked.fetch_add(1, Ordering::Relaxed) as u16;
                    let reply = Message::from_vec(&ask(server, id)).unwrap();
                    assert_eq!((reply.metadata.id, reply.answers.len()), (id, 1), "{reply}");
                    assert_eq!(reply.answers[0].data.to_string(), "192.0.2.1", "{reply}");
                }
            })
        };
        let clients = (0..clients).map(|_| client()).collect();
        Self { is_over, asked, clients }
    }

    /// Waits until so many more questions were asked.
    fn pass(&self, count: usize) {
        let end = self.asked.load(Ordering::Relaxed) + count;
        while self.asked.load(Ordering::Relaxed) < end {
            assert!(self.clients.iter().all(|client| !client.is_finished()), "a client gave up");
            std::thread::yield_now();
        }
    }

    fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.clients.into_iter().for_each(|client| client.join().unwrap());
    }
}

#[test]
fn an_upgrade_under_load_loses_no_query() {
    let world = world();
    let path = world.path().join("fedns.yaml");
    // The admin port is nobody's for a moment: on an address of its own no client takes it.
    let config = CONFIG.replace("listen: '127.0.0.1:0'", "listen: '127.0.0.3:0'");
    let config = format!("{config}stateDir: ./state\nudpWorkers: 2\n");
    fs::write(&path, &config).unwrap();
    let mut old = Server::start(world.path());
    old.wait_for("ready: answers are complete");
    let (udp, tcp, admin) = (old.udp, old.tcp, old.admin);
    let fixed = config
        .replace("udp: ['127.0.0.1:0']", &format!("udp: ['{udp}']"))
        .replace("tcp: ['127.0.0.1:0']", &format!("tcp: ['{tcp}']"))
        .replace("listen: '127.0.0.3:0'", &format!("listen: '{admin}'"));
    let next = world.path().join("next.yaml");
    fs::write(&next, fixed).unwrap();
    let loads = [Load::start(udp, ask_udp, 3), Load::start(tcp, ask_tcp, 4)];
    for _ in 0..5 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
        let mut new = Server::spawn({
            command.args(["serve", "--config"]).arg(&next);
            command
        });
        // It listens as soon as its answers are complete, and before the other one ends.
        new.wait_for_doors(false);
        loads.iter().for_each(|load| load.pass(50));
        old.signal("TERM");
        assert_eq!(old.ended().code(), Some(0));
        let taken = ["listening on http", "on admin socket", "this process keeps its state there"];
        new.wait_for_all(&taken);
        new.admin = admin;
        new.socket = Some(world.path().join("admin.sock"));
        // The old one has not taken the new one's socket along.
        assert_eq!(new.post("/clusters/east/accept"), 400, "there is nothing to accept");
        assert_eq!(new.get("/readyz").0, 200);
        loads.iter().for_each(|load| load.pass(50));
        old = new;
    }
    loads.into_iter().for_each(Load::end);
}
