//! One question to one DNS server, over sockets.
//!
//! In: an address, a name, a type. Out: the reply, or why there is none. Asks over UDP and, where
//! the reply is cut or none comes, over TCP; never for recursion.
//! Does not judge the reply.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Edns, Message, MessageType, Query};
use hickory_proto::rr::{Name, RecordType};

/// How long a server may take for a reply over UDP, how often it is asked, and how long it may
/// take over TCP.
const PATIENCE: Duration = Duration::from_secs(2);
const TRIES: u16 = 3;
/// What is taken over UDP, in octets (DNS flag day 2020).
const MAX_UDP: u16 = 1232;

/// Asks.
///
/// # Errors
/// No reply came, in words.
pub(super) fn ask(
    server: SocketAddr,
    name: &Name,
    record_type: RecordType,
) -> Result<Message, String> {
    match over_udp(server, name, record_type) {
        Ok(reply) if !reply.metadata.truncation => Ok(reply),
        Ok(_) => over_tcp(server, name, record_type)
            .map_err(|error| format!("the reply is cut over UDP, and TCP: {error}")),
        Err(udp) => over_tcp(server, name, record_type)
            .map_err(|tcp| format!("no reply over UDP ({udp}) nor TCP ({tcp})")),
    }
}

fn question(name: &Name, record_type: RecordType) -> Message {
    // Its number is random: nobody off the path can answer in the server's name.
    let mut message = Message::query();
    message.add_query(Query::query(name.clone(), record_type));
    message.set_edns(Edns::new().set_max_payload(MAX_UDP).set_version(0).clone());
    message
}

fn over_udp(server: SocketAddr, name: &Name, kind: RecordType) -> Result<Message, String> {
    let message = question(name, kind);
    let packet = message.to_vec().map_err(|error| error.to_string())?;
    let any = if server.is_ipv4() {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
    } else {
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
    };
    let socket = UdpSocket::bind(any).map_err(|error| error.to_string())?;
    socket.connect(server).map_err(|error| error.to_string())?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    let mut last = "no reply in time".to_owned();
    for _ in 0..TRIES {
        if let Err(error) = socket.send(&packet) {
            last = error.to_string();
            continue;
        }
        let end = Instant::now() + PATIENCE;
        // What answers another question, such as the one before, is passed over.
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|it| !it.is_zero())
        {
            socket.set_read_timeout(Some(left)).map_err(|error| error.to_string())?;
            match socket.recv(&mut buffer) {
                Ok(length) => match read(&buffer[..length], &message) {
                    Some(reply) => return Ok(reply),
                    None => last = "what came is no reply to the question".to_owned(),
                },
                Err(error) if is_late(&error) => break,
                Err(error) => {
                    last = error.to_string();
                    break;
                }
            }
        }
    }
    Err(last)
}

fn over_tcp(server: SocketAddr, name: &Name, kind: RecordType) -> Result<Message, String> {
    let message = question(name, kind);
    let packet = message.to_vec().map_err(|error| error.to_string())?;
    let exchange = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        // RFC 7766, section 8: length and message in one piece.
        let length = u16::try_from(packet.len()).unwrap_or(u16::MAX).to_be_bytes();
        stream.write_all(&[&length, &packet[..]].concat())?;
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut reply)?;
        Ok(reply)
    };
    let reply = exchange().map_err(|error| match is_late(&error) {
        true => "no reply in time".to_owned(),
        false => error.to_string(),
    })?;
    read(&reply, &message).ok_or_else(|| "what came is no reply to the question".to_owned())
}

/// A reply to `question`; anything else is none.
fn read(octets: &[u8], question: &Message) -> Option<Message> {
    let reply = Message::from_vec(octets).ok()?;
    let head = &reply.metadata;
    let is_reply = head.message_type == MessageType::Response && head.id == question.metadata.id;
    // A server that can not read the question may leave it out.
    let is_same = reply.queries.is_empty() || reply.queries == question.queries;
    (is_reply && is_same).then_some(reply)
}

fn is_late(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
