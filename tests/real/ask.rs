//! Questions as a stub resolver asks them: recursion desired, over TCP where the answer is truncated.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};

use super::program::{PATIENCE, until};

/// How long a stub waits before it asks again (resolv.conf(5): 5 s).
const TIMEOUT: Duration = Duration::from_secs(5);

/// What an answer says, so that two can be compared: the code, and the records of the answer in the order
/// of their text, without TTL and in small letters.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub code: ResponseCode,
    pub records: Vec<String>,
}

pub fn said(message: &Message) -> Said {
    let text = |record: &hickory_proto::rr::Record| {
        format!("{} {} {}", record.name, record.record_type(), record.data).to_ascii_lowercase()
    };
    let mut records: Vec<_> = message.answers.iter().map(text).collect();
    records.sort();
    Said { code: message.metadata.response_code, records }
}

/// An answer, asked for again and again until one comes; `type_` by its mnemonic.
#[track_caller]
pub fn ask(server: SocketAddr, name: &str, type_: &str) -> Message {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(message) = try_ask(server, name, type_) {
            return message;
        }
        assert!(Instant::now() < end, "{server} does not answer {name} {type_}");
    }
}

/// An answer, asked for once; none where nobody listens, or none comes in time.
pub fn try_ask(server: SocketAddr, name: &str, type_: &str) -> Option<Message> {
    let query = query(name, type_);
    let source = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(source).ok()?;
    socket.connect(server).ok()?;
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    socket.send(&query).ok()?;
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    let message = Message::from_vec(&buffer[..length]).unwrap();
    if message.metadata.truncation { over_tcp(server, &query) } else { Some(message) }
}

fn over_tcp(server: SocketAddr, query: &[u8]) -> Option<Message> {
    let mut stream = TcpStream::connect(server).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(&[&(query.len() as u16).to_be_bytes()[..], query].concat()).ok()?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut octets).ok()?;
    Some(Message::from_vec(&octets).unwrap())
}

fn query(name: &str, type_: &str) -> Vec<u8> {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    let type_: RecordType = type_.parse().unwrap();
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), type_));
    message.to_vec().unwrap()
}

/// The addresses that a name is answered with, in order.
pub fn addresses(server: SocketAddr, name: &str) -> Vec<String> {
    let records = said(&ask(server, name, "A")).records;
    let address = |record: &String| record.split_once(" a ").map(|(_, address)| address.to_owned());
    records.iter().filter_map(address).collect()
}

/// Asks until a name is answered with these addresses.
#[track_caller]
pub fn answers(server: SocketAddr, name: &str, expected: &[&str]) {
    until(&format!("{name} has {expected:?}"), || addresses(server, name) == expected);
}
