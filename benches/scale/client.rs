//! A client over UDP: single questions, and a steady rate of them with the time of each.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use crate::world::Dice;

/// Questions a second of a steady rate. So many that in a window of seconds the 99.9th percentile is
/// not a matter of a handful of them: at 2,000 a second it was the twelfth of six seconds, and as
/// often something else took a core for 2 ms (`kdamond`, which watches the machine's memory).
pub(crate) const RATE: u32 = 5_000;

/// Asks for the A records of a name; the reply's octets, none where none came in time.
pub(crate) fn ask(socket: &UdpSocket, name: &str, id: u16) -> Option<Vec<u8>> {
    let mut packet = id.to_be_bytes().to_vec();
    packet.extend_from_slice(b"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00");
    for label in name.split('.') {
        packet.push(label.len() as u8);
        packet.extend_from_slice(label.as_bytes());
    }
    packet.extend_from_slice(b"\x00\x00\x01\x00\x01");
    socket.send(&packet).ok()?;
    let mut reply = [0; 2048];
    loop {
        let length = socket.recv(&mut reply).ok()?;
        // What came too late for an earlier question is not for this one.
        if length >= 12 && reply[..2] == packet[..2] {
            return Some(reply[..length].to_vec());
        }
    }
}

/// Asks for random names for some time, [`RATE`] times a second; microseconds of each answer.
/// A question that got no answer counts as one that took a second.
pub(crate) fn window(
    socket: &UdpSocket,
    time: Duration,
    name: impl Fn(&mut Dice) -> String,
) -> Vec<f64> {
    let mut dice = Dice::new(11);
    let (began, mut latencies) = (Instant::now(), Vec::new());
    let step = Duration::from_secs(1) / RATE;
    for turn in 0.. {
        let due = step * turn;
        if due >= time {
            break;
        }
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let name = name(&mut dice);
        let sent = Instant::now();
        let is_answered = ask(socket, &name, turn as u16).is_some();
        let taken = sent.elapsed().as_secs_f64() * 1e6;
        latencies.push(if is_answered { taken } else { 1e6 });
    }
    latencies
}
