//! Replies in words, from their octets alone, decoded by hickory-proto: what we write must be
//! what others read.

use hickory_proto::op::{Edns, Message, MessageType};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{RData, Record};

/// Lines for a reply, as dig would say it: status and flags, then one record a line by section.
/// The question is left out: [`question`] gives it where it matters.
pub fn lines(octets: &[u8]) -> Vec<String> {
    if octets.is_empty() {
        return vec!["(no reply)".into()];
    }
    let message = match Message::from_vec(octets) {
        Ok(message) => message,
        Err(error) => return vec![format!("(not a DNS message: {error})")],
    };
    let mut lines = vec![status(&message)];
    if message.queries.is_empty() {
        lines.push("; no question".into());
    }
    lines.extend(message.edns.iter().map(edns));
    lines.extend(message.answers.iter().map(record));
    let sections = [("authority", &message.authorities), ("additional", &message.additionals)];
    for (name, records) in sections.into_iter().filter(|(_, records)| !records.is_empty()) {
        lines.push(format!("; {name}"));
        lines.extend(records.iter().map(record));
    }
    lines
}

fn status(message: &Message) -> String {
    let header = &message.metadata;
    let code = u16::from(header.response_code);
    let high = message.edns.as_ref().map_or(0, |edns| u16::from(edns.rcode_high()) << 4);
    let mut words = vec![match high | code {
        0 => "NOERROR".to_string(),
        1 => "FORMERR".to_string(),
        2 => "SERVFAIL".to_string(),
        3 => "NXDOMAIN".to_string(),
        4 => "NOTIMP".to_string(),
        5 => "REFUSED".to_string(),
        16 => "BADVERS".to_string(),
        other => format!("RCODE{other}"),
    }];
    let flags = [
        (header.message_type != MessageType::Response, "query!"),
        (header.authoritative, "aa"),
        (header.truncation, "tc"),
        (header.recursion_desired, "rd"),
        (header.recursion_available, "ra"),
        (header.authentic_data, "ad"),
        (header.checking_disabled, "cd"),
    ];
    words.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, word)| word.into()));
    words.join(" ")
}

fn edns(edns: &Edns) -> String {
    let mut text = format!("; edns udp {}", edns.max_payload());
    if edns.version() != 0 {
        text.push_str(&format!(" version {}", edns.version()));
    }
    if edns.flags().dnssec_ok {
        text.push_str(" do");
    }
    if edns.flags().z != 0 {
        text.push_str(&format!(" z {:#x}", edns.flags().z));
    }
    for (code, option) in &edns.options().options {
        match (code, option) {
            (EdnsCode::Unknown(15), EdnsOption::Unknown(_, data)) if data.len() >= 2 => {
                let code = u16::from_be_bytes([data[0], data[1]]);
                text.push_str(&format!(", ede {code}"));
            }
            (EdnsCode::Keepalive, EdnsOption::Unknown(_, data)) if data.len() == 2 => {
                let units = u16::from_be_bytes([data[0], data[1]]);
                text.push_str(&format!(", keepalive {units}"));
            }
            _ => text.push_str(&format!(", option {}", u16::from(*code))),
        }
    }
    text
}

/// One record in a line.
pub fn record(record: &Record) -> String {
    let data = match &record.data {
        // hickory prints the operating system behind it, which RFC 8482 leaves empty.
        RData::HINFO(hinfo) => String::from_utf8_lossy(&hinfo.cpu).into_owned(),
        other => other.to_string(),
    };
    format!("{} {} {} {data}", record.name, record.ttl, record.record_type())
}

/// The question section's octets, where the reply has one question without compression.
pub fn question(octets: &[u8]) -> Option<&[u8]> {
    if octets.get(4..6)? != [0, 1] {
        return None;
    }
    let mut at = 12;
    while octets.get(at)? != &0 {
        at += 1 + usize::from(octets[at]);
    }
    octets.get(12..at + 5)
}
