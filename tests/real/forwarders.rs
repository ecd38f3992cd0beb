//! What forwards questions for one domain to its server, as clusters and offices do.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use tempfile::TempDir;

use super::ask::try_ask;
use super::coredns::CoreDns;
use super::folder;
use super::program::{Program, free_port};

/// dnsmasq, with flags as kube-dns gives them for a stub domain.
pub struct Dnsmasq {
    pub address: SocketAddr,
    // Ends before its folder goes.
    program: Program,
    folder: TempDir,
}

impl Dnsmasq {
    /// Starts one that forwards a domain; waits until it answers.
    pub fn start(domain: &str, server: SocketAddr) -> Self {
        for _ in 0..5 {
            let folder = folder();
            fs::write(folder.path().join("dnsmasq.conf"), "").unwrap();
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
            let arguments = [
                "--keep-in-foreground".to_owned(),
                "--log-facility=-".to_owned(),
                "--conf-file=dnsmasq.conf".to_owned(),
                "--pid-file".to_owned(),
                "--user=".to_owned(),
                "--no-hosts".to_owned(),
                "--no-resolv".to_owned(),
                "--bind-interfaces".to_owned(),
                "--listen-address=127.0.0.1".to_owned(),
                format!("--port={}", address.port()),
                "--cache-size=1000".to_owned(),
                "--dns-forward-max=1500".to_owned(),
                "--no-negcache".to_owned(),
                format!("--server=/{domain}/{}#{}", server.ip(), server.port()),
            ];
            let mut program = Program::start(folder.path(), "dnsmasq", &arguments);
            if program.comes_to("answers", || try_ask(address, domain, "SOA").is_some()) {
                return Self { address, program, folder };
            }
            let log = program.log();
            assert!(log.contains("Address already in use"), "{log}");
        }
        panic!("dnsmasq: five ports were taken by others");
    }
}

/// CoreDNS as a cluster runs it, with one more block for the domain.
pub fn coredns(domain: &str, server: SocketAddr) -> CoreDns {
    let corefile = format!(
        "{domain}:PORT {{
    bind 127.0.0.1
    errors
    cache 30
    forward . {server}
}}
.:PORT {{
    bind 127.0.0.1
    errors
    whoami
}}
"
    );
    CoreDns::start(&corefile, &[])
}
