//! Listeners of single clusters, over real sockets: who asks there is that cluster, over UDP and TCP,
//! from one socket or from another, whatever else the packet or its source may say.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use fedns::clock::Clock;
use fedns::core::answer::Transport;
use fedns::core::event::Facts;
use fedns::core::policy::{ClusterPolicy, Policy};
use fedns::core::service::{Inside, ServiceFacts, ServiceType};
use fedns::dns::{Listeners, Settings, TcpLimits, UdpIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio_util::sync::CancellationToken;

use crate::support::packet::{Ask, Edns};
use crate::support::{Sim, facts, label, render};

const HERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Clusters `east` and `west`, each with its own ClusterIP of shop/cart. Who asks from 127.0.0.1 is
/// `west` by its networks.
fn world() -> Sim {
    let federations = vec![facts::federation("myfed", "example.com")];
    let mut sim = Sim::new(Policy { federations, ..Policy::default() }, Duration::ZERO);
    for (name, address, networks) in
        [("east", [10, 96, 0, 1], vec![]), ("west", [10, 97, 0, 1], vec!["127.0.0.0/8"])]
    {
        let cluster = label(name);
        let networks = networks.into_iter().map(|text| text.parse().unwrap()).collect();
        sim.register(&cluster, ClusterPolicy { networks, ..ClusterPolicy::default() });
        let key = facts::key("shop/cart");
        let service = ServiceFacts {
            service_type: ServiceType::ClusterIp,
            inside: Inside::ClusterIps(vec![address.into()]),
            ..ServiceFacts::default()
        };
        sim.say(&cluster, facts::applied(facts::node(&format!("{name}.us"))));
        sim.say(&cluster, facts::applied(Facts::Service(key.clone(), service)));
        sim.say(&cluster, facts::applied(Facts::Slice(key.clone(), facts::slice(&key, 1, 0))));
        sim.say(&cluster, facts::SYNCED);
    }
    sim
}

async fn over_udp(server: SocketAddr, packet: &[u8]) -> Vec<String> {
    let client = UdpSocket::bind(HERE).await.unwrap();
    client.connect(server).await.unwrap();
    client.send(packet).await.unwrap();
    let mut reply = [0; 4096];
    let len = client.recv(&mut reply).await.unwrap();
    render::lines(&reply[..len])
}

async fn over_tcp(server: SocketAddr, packet: &[u8]) -> Vec<String> {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_u16(packet.len() as u16).await.unwrap();
    stream.write_all(packet).await.unwrap();
    let len = stream.read_u16().await.unwrap();
    let mut reply = vec![0; usize::from(len)];
    stream.read_exact(&mut reply).await.unwrap();
    render::lines(&reply)
}

#[tokio::test]
async fn who_asks_at_a_listener_of_a_cluster_is_that_cluster() {
    let settings = Settings {
        udp: vec![HERE],
        tcp: vec![HERE],
        clusters: vec![(label("east"), HERE), (label("west"), HERE), (label("gone"), HERE)],
        udp_workers: 2.try_into().unwrap(),
        udp_io: UdpIo::default(),
        tcp_limits: TcpLimits::default(),
    };
    let listeners = Listeners::bind(&settings).unwrap();
    let bound = listeners.bound().to_vec();
    let at = |transport, cluster: Option<&str>| {
        let cluster = cluster.map(label);
        let found = bound.iter().find(|it| it.transport == transport && it.cluster == cluster);
        found.unwrap().address
    };
    assert_eq!(bound.len(), 8);
    assert_eq!(
        bound.iter().find(|it| it.cluster == Some(label("east"))).unwrap().to_string(),
        format!("cluster east's udp {}", at(Transport::Udp, Some("east")))
    );
    let stop = CancellationToken::new();
    let snapshot = Arc::new(ArcSwap::from_pointee(world().snapshot));
    let running = tokio::spawn(listeners.run(snapshot, Clock::start(), stop.clone()));

    // What the packet says of the asker, and who sent it, count less than where it came in.
    let mut ask = Ask::new("cart.shop.myfed.svc.cluster.local", "A");
    let option = [&65001_u16.to_be_bytes()[..], &[0, 4], b"west"].concat();
    let plain = ask.packet();
    ask.edns = Some(Edns { options: option, ..Edns::default() });
    let with_option = ask.packet();
    for packet in [&plain, &with_option] {
        for (cluster, code, address) in [
            (Some("east"), "NOERROR aa", Some("10.96.0.1")),
            (Some("west"), "NOERROR aa", Some("10.97.0.1")),
            // Its cluster is not registered: nobody asks here.
            (Some("gone"), "NXDOMAIN aa", None),
            (None, "NOERROR aa", Some("10.97.0.1")),
        ] {
            let udp = over_udp(at(Transport::Udp, cluster), packet).await;
            let tcp = over_tcp(at(Transport::Tcp, cluster), packet).await;
            assert_eq!(udp, tcp, "{cluster:?}");
            assert_eq!(udp[0], code, "{cluster:?}: {udp:?}");
            let has_address =
                address.is_none_or(|it| udp.iter().any(|line| line.ends_with(&format!(" {it}"))));
            assert!(has_address, "{cluster:?}: {udp:?}");
        }
    }
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_taken_port_of_a_cluster_is_an_error_that_says_so() {
    let holder = std::net::UdpSocket::bind(HERE).unwrap();
    let settings = Settings {
        udp: Vec::new(),
        tcp: Vec::new(),
        clusters: vec![(label("east"), holder.local_addr().unwrap())],
        udp_workers: 1.try_into().unwrap(),
        udp_io: UdpIo::default(),
        tcp_limits: TcpLimits::default(),
    };
    let error = Listeners::bind(&settings).err().unwrap().to_string();
    assert!(error.contains("another program listens there"), "{error}");
}
