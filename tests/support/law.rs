//! What holds for every reply to any packet. Property tests and fuzzing ask the same.

use fedns::core::answer::Transport;
use hickory_proto::op::Message;

/// Panics where a reply (empty: none) to `packet` breaks a rule, written into `room` octets by a
/// server whose `maxUdpSize` is 1232.
pub fn hold(packet: &[u8], transport: Transport, room: usize, reply: &[u8]) {
    let is_query = packet.len() >= 12 && packet[2] & 0x80 == 0;
    assert_eq!(!reply.is_empty(), is_query && room >= 512, "who gets a reply");
    if reply.is_empty() {
        return;
    }
    assert!(reply.len() <= room);
    if transport == Transport::Udp {
        let most = payload(packet).map_or(512, |payload| payload.clamp(512, 1232));
        assert!(reply.len() <= most, "{} octets, {most} asked", reply.len());
    }
    assert_eq!(reply[..2], packet[..2], "the id comes back");
    assert!(reply[2] & 0x80 != 0 && reply[3] & 0x70 == 0, "QR is set; Z, AD and CD are clear");
    assert_eq!(reply[2] & 0x79, packet[2] & 0x79, "opcode and RD are copied");
    let message = Message::from_vec(reply);
    assert!(message.is_ok(), "{message:?}: {reply:02x?}");
}

/// The UDP payload that a packet's OPT names, found without the code under test; 65,535 where
/// the packet can not be read, because then any size below `maxUdpSize` may be right.
fn payload(packet: &[u8]) -> Option<usize> {
    match Message::from_vec(packet) {
        Ok(message) => message.edns.map(|edns| usize::from(edns.max_payload())),
        Err(_) => Some(65_535),
    }
}
