//! A packet of a stranger, read once from left to right.
//!
//! In: octets. Out: [`Query`]: header, question, EDNS, and whether the packet keeps the rules.
//! Every octet is looked at no more than twice and nothing is allocated, whatever the packet says.
//! Does not know zones, nor which error wins: [`crate::core::answer`] decides that.

use crate::core::name::QueryName;
use crate::core::wire::RecordType;

/// Octets of a header (RFC 1035, section 4.1.1).
pub const HEADER: usize = 12;

/// A class of records, by number; only IN is served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Class(pub u16);

impl Class {
    /// The Internet.
    pub const IN: Self = Self(1);
}

/// What a packet asks. The question's name is in the [`QueryName`] given to [`Query::read`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Query {
    /// The opcode; 0 is QUERY.
    pub opcode: u8,
    /// Whether recursion is desired; copied into the reply.
    pub recursion_desired: bool,
    /// How many questions the header promises.
    pub question_count: u16,
    /// The question, where there is exactly one and it can be read.
    pub question: Option<Question>,
    /// The OPT record, where one was found.
    pub edns: Option<Edns>,
    /// Where the data of the last EDNS option 65001 stand in the packet, and how long they are;
    /// at 0 where there is none.
    asker_id: (u16, u16),
    /// Whether the sections break a rule: cut short, octets left over, records where a query has
    /// none, a second OPT, an OPT that is not at the root.
    pub is_malformed: bool,
}

/// The question of a query.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Question {
    /// The type asked for.
    pub record_type: RecordType,
    /// The class asked for.
    pub class: Class,
    end: u16,
}

impl Question {
    /// The position behind the question in the packet.
    pub fn end(self) -> usize {
        usize::from(self.end)
    }
}

/// What an OPT record says (RFC 6891, section 6.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Edns {
    /// Largest UDP payload the client takes, as written.
    pub payload: u16,
    /// EDNS version.
    pub version: u8,
    /// The DO bit (RFC 3225), copied into the reply.
    pub dnssec_ok: bool,
    /// Whether there is a COOKIE option (RFC 7873).
    pub has_cookie: bool,
    /// Whether there is an edns-tcp-keepalive option (RFC 7828).
    pub keepalive: Keepalive,
}

/// The edns-tcp-keepalive option of a query. What it means, or that it is wrong, depends on the
/// transport.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Keepalive {
    /// There is none.
    #[default]
    Absent,
    /// The client would like to know how long its connection may be idle.
    Asked,
    /// One that has data, as no query may have (RFC 7828, section 3.2.1).
    Malformed,
}

const OPTION_COOKIE: u16 = 10;
/// RFC 7828, section 3.1.
pub const OPTION_KEEPALIVE: u16 = 11;
/// Of the range for local use (RFC 6891, section 9).
const OPTION_ASKER: u16 = 65001;

impl Query {
    /// Reads `packet`; gives whether something may be sent back: not where it is shorter than a
    /// header, or is itself a response.
    // Filled in place, as the name is: to hand it back would be a copy for every answer.
    pub fn read(&mut self, packet: &[u8], name: &mut QueryName) -> bool {
        let Some(header) = packet.first_chunk::<HEADER>() else { return false };
        if header[2] & 0x80 != 0 {
            return false;
        }
        let count = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        *self = Self {
            opcode: header[2] >> 3 & 0x0f,
            recursion_desired: header[2] & 1 != 0,
            question_count: count(4),
            question: None,
            edns: None,
            asker_id: (0, 0),
            is_malformed: false,
        };
        // RFC 9619, section 4, and common sense: a query holds no answers and no authority.
        let has_records = count(6) != 0 || count(8) != 0;
        let is_whole = self.read_sections(packet, name, [count(6), count(8), count(10)]);
        self.is_malformed = has_records || is_whole.is_none();
        true
    }

    /// Walks through all sections; `None` as soon as a rule is broken.
    fn read_sections(
        &mut self,
        packet: &[u8],
        name: &mut QueryName,
        [answers, authorities, additionals]: [u16; 3],
    ) -> Option<()> {
        let mut at = HEADER;
        for _ in 0..self.question_count {
            at = name.read(packet, at).ok()? + 4;
            let fixed = packet.get(at - 4..at)?;
            if self.question_count == 1 {
                self.question = Some(Question {
                    record_type: RecordType(u16::from_be_bytes([fixed[0], fixed[1]])),
                    class: Class(u16::from_be_bytes([fixed[2], fixed[3]])),
                    // Behind a header and a name of 255 octets at most.
                    end: at as u16,
                });
            }
        }
        for _ in 0..u32::from(answers) + u32::from(authorities) {
            at = Record::read(packet, at)?.end;
        }
        for _ in 0..additionals {
            let record = Record::read(packet, at)?;
            if record.record_type == RecordType::OPT {
                // RFC 6891, section 6.1.1: one OPT at most. Section 6.1.2: its owner is the root.
                let is_second = self.edns.is_some();
                self.edns = Some(Edns::read(&record));
                if is_second || packet[at] != 0 || !self.read_options(&record) {
                    return None;
                }
            }
            at = record.end;
        }
        (at == packet.len()).then_some(())
    }

    fn read_options(&mut self, record: &Record<'_>) -> bool {
        let mut options = record.data;
        while let [code1, code2, length1, length2, rest @ ..] = options {
            let length = u16::from_be_bytes([*length1, *length2]);
            let Some(next) = rest.get(usize::from(length)..) else { return false };
            match (u16::from_be_bytes([*code1, *code2]), &mut self.edns) {
                (OPTION_COOKIE, Some(edns)) => edns.has_cookie = true,
                (OPTION_KEEPALIVE, Some(edns)) => edns.keepalive.note(length),
                // A packet has at most 65,535 octets.
                (OPTION_ASKER, _) => self.asker_id = ((record.end - rest.len()) as u16, length),
                _ => {}
            }
            options = next;
        }
        options.is_empty()
    }

    /// What the last EDNS option 65001 of `packet`, which was read, says: the id of the asking
    /// cluster, in the word of a forwarder.
    pub fn asker_id<'p>(&self, packet: &'p [u8]) -> Option<&'p [u8]> {
        let (at, length) = (usize::from(self.asker_id.0), usize::from(self.asker_id.1));
        packet.get(at..at + length).filter(|_| at > 0)
    }
}

impl Edns {
    fn read(record: &Record<'_>) -> Self {
        Self {
            payload: record.class.0,
            version: (record.ttl >> 16) as u8,
            dnssec_ok: record.ttl & 0x8000 != 0,
            has_cookie: false,
            keepalive: Keepalive::Absent,
        }
    }
}

impl Keepalive {
    /// An option with so many octets of data was read.
    fn note(&mut self, length: u16) {
        *self = match *self {
            Self::Absent | Self::Asked if length == 0 => Self::Asked,
            _ => Self::Malformed,
        };
    }
}

/// A resource record, as far as a query's records matter.
struct Record<'p> {
    record_type: RecordType,
    class: Class,
    ttl: u32,
    data: &'p [u8],
    end: usize,
}

impl<'p> Record<'p> {
    fn read(packet: &'p [u8], at: usize) -> Option<Self> {
        let fixed_at = skip_name(packet, at)?;
        let fixed = packet.get(fixed_at..fixed_at + 10)?;
        let start = fixed_at + 10;
        let end = start + usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        Some(Self {
            record_type: RecordType(u16::from_be_bytes([fixed[0], fixed[1]])),
            class: Class(u16::from_be_bytes([fixed[2], fixed[3]])),
            ttl: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            data: packet.get(start..end)?,
            end,
        })
    }
}

/// The position behind a name. A pointer ends the name and is not followed: nobody looks at it.
fn skip_name(packet: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *packet.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(length),
            0xc0.. => return Some(at + 2),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &[u8] = b"\x01a\x00\x00\x01\x00\x01";

    fn packet(counts: [u8; 4], sections: &[&[u8]]) -> Vec<u8> {
        let [question, answer, authority, additional] = counts;
        let mut octets =
            vec![0x12, 0x34, 1, 0, 0, question, 0, answer, 0, authority, 0, additional];
        octets.extend(sections.concat());
        octets
    }

    fn read(octets: &[u8]) -> Query {
        let mut query = Query::default();
        assert!(query.read(octets, &mut QueryName::default()));
        query
    }

    const OPT: &[u8] = b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00";

    #[test]
    fn reads_question_and_edns() {
        let packet = packet([1, 0, 0, 1], &[QUESTION, OPT]);
        let query = read(&packet);
        assert!(!query.is_malformed && query.recursion_desired);
        assert_eq!(query.question.map(Question::end), Some(19));
        let edns = query.edns.expect("OPT");
        assert_eq!((edns.payload, edns.version, edns.dnssec_ok), (1232, 0, true));
    }

    /// A query with these options.
    fn with_options(options: &[u8]) -> Vec<u8> {
        let length = (options.len() as u16).to_be_bytes();
        let opt = [&OPT[..9], &length[..], options].concat();
        packet([1, 0, 0, 1], &[QUESTION, &opt])
    }

    #[test]
    fn reads_the_word_of_a_forwarder_whatever_stands_around_it() {
        let id = |options: &[u8]| {
            let packet = with_options(options);
            let query = read(&packet);
            (query.asker_id(&packet).map(<[u8]>::to_vec), query.is_malformed)
        };
        let east = b"\xfd\xe9\x00\x04east";
        assert_eq!(id(b""), (None, false));
        assert_eq!(id(east), (Some(b"east".to_vec()), false));
        assert_eq!(id(b"\xfd\xe9\x00\x00"), (Some(Vec::new()), false));
        assert_eq!(id(b"\xfd\xea\x00\x04east"), (None, false));
        // A forwarder puts its own behind what a client sent: the last one counts.
        let twice = [&east[..], b"\x00\x0a\x00\x0812345678", b"\xfd\xe9\x00\x04west"].concat();
        assert_eq!(id(&twice), (Some(b"west".to_vec()), false));
        // Longer than the options: the packet is broken, and nothing of it counts.
        assert_eq!(id(b"\xfd\xe9\x00\x05east"), (None, true));
        assert_eq!(id(b"\xfd\xe9\x00"), (None, true));
    }

    #[test]
    fn reads_whether_an_idle_time_out_is_asked_for() {
        let keepalive = |options: &[u8]| {
            let query = read(&with_options(options));
            (query.edns.expect("OPT").keepalive, query.is_malformed)
        };
        let (empty, with_value) = (b"\x00\x0b\x00\x00", b"\x00\x0b\x00\x02\x00\x64");
        assert_eq!(keepalive(b""), (Keepalive::Absent, false));
        assert_eq!(keepalive(empty), (Keepalive::Asked, false));
        assert_eq!(keepalive(&[*empty, *empty].concat()), (Keepalive::Asked, false));
        assert_eq!(keepalive(with_value), (Keepalive::Malformed, false));
        let both = [&empty[..], with_value].concat();
        assert_eq!(keepalive(&both), (Keepalive::Malformed, false));
        let both = [&with_value[..], empty].concat();
        assert_eq!(keepalive(&both), (Keepalive::Malformed, false));
    }

    #[test]
    fn counts_what_breaks_the_rules() {
        let cookie = b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x0c\x00\x0a\x00\x0812345678";
        assert!(read(&packet([0, 0, 0, 1], &[cookie])).edns.is_some_and(|edns| edns.has_cookie));
        let malformed = |counts, sections: &[&[u8]]| read(&packet(counts, sections)).is_malformed;
        assert!(malformed([1, 0, 0, 2], &[QUESTION, OPT, OPT]));
        assert!(malformed([1, 0, 0, 0], &[QUESTION, b"x"]));
        assert!(malformed([1, 0, 0, 1], &[QUESTION]));
        assert!(malformed([1, 0, 0, 1], &[QUESTION, b"\x01a", OPT]));
        assert!(malformed([1, 0, 0, 1], &[QUESTION, &OPT[..9], b"\x00\x02\x00\x0a"]));
        assert!(malformed([1, 1, 0, 0], &[QUESTION, b"\xc0\x0c\x00\x01\x00\x01\0\0\0\0\x00\x00"]));
        for unanswered in [&[0; 11][..], &[0xff; 12]] {
            assert!(!Query::default().read(unanswered, &mut QueryName::default()));
        }
    }
}
