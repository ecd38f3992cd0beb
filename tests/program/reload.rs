//! The configuration changed under a running server that is being asked all the while.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use hickory_proto::op::{Message, ResponseCode};

use crate::process::{CONFIG, PATIENCE, Server, query, service, world};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

/// A client that asks one name again and again, and wants the same good answer every time.
struct Load {
    is_over: Arc<AtomicBool>,
    client: JoinHandle<usize>,
}

impl Load {
    fn start(server: SocketAddr) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let stop = is_over.clone();
        let client = std::thread::spawn(move || {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.connect(server).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            let (mut asked, mut buffer) = (0_usize, [0; 4096]);
            while !stop.load(Ordering::Relaxed) {
                socket.send(&query(CART, asked as u16)).unwrap();
                let length = socket.recv(&mut buffer).expect("no answer is lost");
                let reply = Message::from_vec(&buffer[..length]).unwrap();
                assert_eq!(reply.answers.len(), 1, "{reply}");
                assert_eq!(reply.answers[0].data.to_string(), "192.0.2.1", "{reply}");
                asked += 1;
            }
            asked
        });
        Self { is_over, client }
    }

    fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        assert!(self.client.join().unwrap() > 100);
    }
}

#[test]
fn a_reload_loses_no_answer_and_gives_no_wrong_one() {
    let world = world();
    let path = world.path().join("fedns.yaml");
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let load = Load::start(server.udp);

    // A federation more, by the file alone.
    let second = "  - name: second
    domain: example.net
    ttl: 20s
    nameservers: [{ name: ns1.example.org }, { name: ns2.example.org }]
clusters:";
    let two = CONFIG.replace("clusters:", second);
    fs::write(&path, &two).unwrap();
    server.wait_for("is in effect");
    let reply = server.ask_until("cart.shop.second.svc.us.example.net.", 1);
    assert_eq!(reply.answers[0].ttl, 20);

    // A cluster more, by SIGHUP.
    fs::create_dir(world.path().join("west")).unwrap();
    let pay = service("pay", "192.0.2.7", true);
    fs::write(world.path().join("west/pay.yaml"), pay).unwrap();
    let three = format!("{two}  - {{ name: west, manifests: ./west, region: eu, zones: [b] }}\n");
    fs::write(&path, &three).unwrap();
    server.signal("HUP");
    server.wait_for("west synced");
    server.ask_until("pay.shop.myfed.svc.b.eu.example.com.", 1);

    // East is read from another folder that says the same: nothing is withdrawn on the way.
    fs::rename(world.path().join("east"), world.path().join("east2")).unwrap();
    fs::write(&path, three.replace("./east", "./east2")).unwrap();
    server.wait_for_all(&["is in effect", "in 2 files"]);

    // Everything goes back to how it was.
    fs::rename(world.path().join("east2"), world.path().join("east")).unwrap();
    fs::write(&path, CONFIG).unwrap();
    server.wait_for_all(&["west is no longer registered", "is in effect"]);
    // The log says that it is told; the snapshot follows.
    server.ask_until_code("cart.shop.second.svc.us.example.net.", ResponseCode::Refused);
    server.ask_until_code("pay.shop.myfed.svc.example.com.", ResponseCode::NXDomain);
    load.end();
}

#[test]
fn a_bad_file_keeps_the_old_configuration_and_says_why() {
    let world = world();
    let path = world.path().join("fedns.yaml");
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    fs::write(&path, CONFIG.replace("example.com", "example..com")).unwrap();
    server.wait_for("changes nothing");
    assert_eq!(server.ask(CART).answers.len(), 1);
    server.get_until("/status", &["reloadFault", "example..com"]);
    // Listeners stay as they are, and the log says so.
    fs::write(&path, CONFIG.replace("udp: ['127.0.0.1:0']", "udp: ['127.0.0.2:0']")).unwrap();
    server.wait_for("`listen` has changed: that takes a restart");
    server.wait_for("is in effect");
    assert_eq!(server.ask(CART).answers.len(), 1);
    server.get_until("/status", &["\"reloadFault\":null"]);
}
