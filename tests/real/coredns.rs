//! A cluster's own DNS: CoreDNS with a given Corefile.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use tempfile::TempDir;

use super::ask::try_ask;
use super::folder;
use super::program::{Program, free_port};

pub struct CoreDns {
    pub address: SocketAddr,
    // Ends before its folder goes.
    program: Program,
    folder: TempDir,
}

impl CoreDns {
    /// Starts it with a Corefile that listens on `PORT`, and these files beside it; waits until it answers.
    pub fn start(corefile: &str, files: &[(&str, &str)]) -> Self {
        for _ in 0..5 {
            let folder = folder();
            for (name, text) in files {
                fs::write(folder.path().join(name), text).unwrap();
            }
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
            let text = corefile.replace("PORT", &address.port().to_string());
            fs::write(folder.path().join("Corefile"), text).unwrap();
            let mut program = Program::start(folder.path(), "coredns", &["-conf", "Corefile"]);
            if program.comes_to("answers", || try_ask(address, ".", "NS").is_some()) {
                return Self { address, program, folder };
            }
            let log = program.log();
            assert!(log.contains("address already in use"), "{log}");
        }
        panic!("CoreDNS: five ports were taken by others");
    }
}
