//! Queries, built octet by octet, so that tests can also build what no library would.

use std::net::IpAddr;
use std::time::Duration;

use fedns::core::answer::Transport;
use fedns::core::name::Label;

use super::{IDLE, NOBODY};

/// Types that tests ask for, by name.
pub const TYPES: [(&str, u16); 19] = [
    ("A", 1),
    ("NS", 2),
    ("CNAME", 5),
    ("SOA", 6),
    ("PTR", 12),
    ("HINFO", 13),
    ("MX", 15),
    ("TXT", 16),
    ("AAAA", 28),
    ("SRV", 33),
    ("DNAME", 39),
    ("OPT", 41),
    ("DS", 43),
    ("HTTPS", 65),
    ("TSIG", 250),
    ("IXFR", 251),
    ("AXFR", 252),
    ("MAILA", 254),
    ("ANY", 255),
];

/// The number of a type.
pub fn type_number(name: &str) -> u16 {
    let of_table = TYPES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    let of_number = || name.strip_prefix("TYPE").and_then(|number| number.parse().ok());
    of_table.or_else(of_number).unwrap_or_else(|| panic!("no type is called {name:?}"))
}

/// EDNS of a query.
#[derive(Clone, Debug)]
pub struct Edns {
    pub payload: u16,
    pub version: u8,
    pub dnssec_ok: bool,
    pub options: Vec<u8>,
}

impl Default for Edns {
    fn default() -> Self {
        Self { payload: 1232, version: 0, dnssec_ok: false, options: Vec::new() }
    }
}

/// A question with all that surrounds it.
#[derive(Clone, Debug)]
pub struct Ask {
    pub name: Vec<u8>,
    pub record_type: u16,
    pub class: u16,
    pub opcode: u8,
    pub flags: [u8; 2],
    pub edns: Option<Edns>,
    pub transport: Transport,
    pub draw: u64,
    pub client: IpAddr,
    pub idle: Duration,
    pub listener: Option<Label>,
}

impl Ask {
    /// A plain question over UDP.
    pub fn new(name: &str, record_type: &str) -> Self {
        Self {
            name: wire_name(name),
            record_type: type_number(record_type),
            class: 1,
            opcode: 0,
            flags: [0, 0],
            edns: None,
            transport: Transport::Udp,
            draw: 0,
            client: NOBODY,
            idle: IDLE,
            listener: None,
        }
    }

    /// The question section.
    pub fn question(&self) -> Vec<u8> {
        let numbers = [self.record_type.to_be_bytes(), self.class.to_be_bytes()].concat();
        [&self.name[..], &numbers].concat()
    }

    /// The whole packet.
    pub fn packet(&self) -> Vec<u8> {
        let third = self.flags[0] | self.opcode << 3;
        let additional = u8::from(self.edns.is_some());
        let mut packet = vec![0x12, 0x34, third, self.flags[1], 0, 1, 0, 0, 0, 0, 0, additional];
        packet.extend(self.question());
        if let Some(edns) = &self.edns {
            packet.extend([0, 0, 41]);
            packet.extend(edns.payload.to_be_bytes());
            packet.extend([0, edns.version, if edns.dnssec_ok { 0x80 } else { 0 }, 0]);
            packet.extend((edns.options.len() as u16).to_be_bytes());
            packet.extend(&edns.options);
        }
        packet
    }
}

/// A name in wire form as written: case and odd octets stay.
pub fn wire_name(text: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in text.trim_end_matches('.').split('.').filter(|label| !label.is_empty()) {
        assert!(label.len() < 64, "label {label:?} is too long");
        wire.push(label.len() as u8);
        wire.extend(label.as_bytes());
    }
    wire.push(0);
    wire
}
