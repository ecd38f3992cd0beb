//! What other decoders read of messages, in presentation form (RFC 1035, section 5.1): ASCII always,
//! and what is printed is taken as input again.
//!
//! In: names, types and data as hickory has them, whose own text turns A-labels (RFC 5890, section
//! 2.3.2.1) into characters that neither master files nor our own input know. Out: text.
//! Does not know where it is shown.
//!
//! The words of strangers, which are no DNS, are made fit for a terminal in `core::printable`. The core
//! itself has no other decoder and writes its names by `core::name`, so that this stands outside of it.

use std::fmt::Write;

use hickory_proto::rr::{Name, RData, RecordType};
use hickory_proto::serialize::binary::BinEncodable;

use crate::core::name::{BadName, labels_of, write_escaped, write_presentation};

/// A name, with its final dot.
pub fn name(name: &Name) -> String {
    let mut wire = Vec::with_capacity(name.len() + 1);
    for label in name.iter() {
        wire.push(label.len() as u8);
        wire.extend_from_slice(label);
    }
    wire.push(0);
    let mut text = String::new();
    write_presentation(&wire, &mut text).expect("writing to a string can not fail");
    text
}

/// Reads a name, with or without its final dot.
///
/// # Errors
/// Says which rule of a name the text breaks.
pub fn read_name(text: &str) -> Result<Name, BadName> {
    let wire = crate::core::name::read_presentation(text)?;
    let name = Name::from_labels(labels_of(&wire)).map_err(|_| BadName::NameTooLong(wire.len()))?;
    Ok(name)
}

/// The A-labels (RFC 5890, section 2.3.2.1) of a name in other letters than ASCII has.
pub fn a_labels(text: &str) -> Option<String> {
    let read = Name::from_utf8(text).ok().filter(|_| !text.is_ascii())?;
    Some(name(&read).trim_end_matches('.').to_owned())
}

/// A type; one without a name as RFC 3597, section 5, has it.
pub fn record_type(record_type: RecordType) -> String {
    match record_type {
        RecordType::Unknown(number) => format!("TYPE{number}"),
        known => known.to_string(),
    }
}

/// The data of a record; of a type that is not printed here, as RFC 3597, section 5, has it.
pub fn data(data: &RData) -> String {
    match data {
        RData::A(address) => address.0.to_string(),
        RData::AAAA(address) => address.0.to_string(),
        RData::CNAME(target) => name(&target.0),
        RData::NS(server) => name(&server.0),
        RData::PTR(target) => name(&target.0),
        RData::MX(mx) => format!("{} {}", mx.preference, name(&mx.exchange)),
        RData::SRV(srv) => {
            format!("{} {} {} {}", srv.priority, srv.weight, srv.port, name(&srv.target))
        }
        RData::SOA(soa) => {
            let (primary, mailbox) = (name(&soa.mname), name(&soa.rname));
            let times = (soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum);
            let (serial, refresh, retry, expire, minimum) = times;
            format!("{primary} {mailbox} {serial} {refresh} {retry} {expire} {minimum}")
        }
        RData::HINFO(info) => format!("{} {}", string(&info.cpu), string(&info.os)),
        RData::TXT(text) => text.txt_data.iter().map(|it| string(it)).collect::<Vec<_>>().join(" "),
        other => {
            let octets = other.to_bytes().unwrap_or_default();
            let mut text = format!("\\# {}", octets.len());
            let space = if octets.is_empty() { "" } else { " " };
            text.push_str(space);
            octets.iter().for_each(|octet| {
                write!(text, "{octet:02x}").expect("writing to a string can not fail");
            });
            text
        }
    }
}

/// A character-string, in quotes.
fn string(octets: &[u8]) -> String {
    let mut text = String::from("\"");
    for &octet in octets {
        match octet {
            // Inside quotes none of them ends anything.
            b' ' | b'.' | b';' | b'(' | b')' | b'@' | b'$' => text.push(char::from(octet)),
            _ => write_escaped(octet, &mut text).expect("writing to a string can not fail"),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::{HINFO, NULL, TXT};

    use super::*;

    #[test]
    fn names_are_ascii_and_read_again_as_they_were() {
        for text in [
            ".",
            "xn--bcher-kva.example.",
            "XN--Bcher-kva.example.",
            "a\\.b.c\\\\d.example.",
            "\\000\\255\\032.\\@\\$\\\"\\;\\(\\).x.",
            "_tcp.*.-a-.",
        ] {
            let read = read_name(text).expect(text);
            assert_eq!(name(&read), text);
            let without = text.strip_suffix('.').filter(|it| !it.is_empty()).unwrap_or(text);
            assert_eq!(read_name(without), Ok(read));
        }
        for octet in 0..=255_u8 {
            let label: &[u8] = &[octet];
            let one = Name::from_labels([label]).expect("a name");
            let text = name(&one);
            assert!(text.bytes().all(|it| it.is_ascii_graphic()), "{text}");
            assert_eq!(read_name(&text).expect(&text).iter().next(), Some(label), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_says_why() {
        assert_eq!(read_name("b\u{fc}cher.example"), Err(BadName::NotAscii('\u{fc}')));
        assert_eq!(a_labels("b\u{fc}cher.example"), Some("xn--bcher-kva.example".into()));
        assert_eq!(a_labels("example"), None);
        for text in ["a\\", "a\\25", "a\\256", "a\\2x5"] {
            assert_eq!(read_name(text), Err(BadName::Escape), "{text}");
        }
        assert_eq!(read_name(""), Err(BadName::Empty));
        assert_eq!(read_name("a..b"), Err(BadName::Empty));
        assert_eq!(read_name("a b"), Err(BadName::Character(' ')));
        assert_eq!(read_name(&"a".repeat(64)), Err(BadName::LabelTooLong(64)));
        assert_eq!(read_name(&"a.".repeat(128)), Err(BadName::NameTooLong(257)));
    }

    #[test]
    fn data_is_what_master_files_hold() {
        let info = HINFO::from_bytes(Box::from(&b"a \"b\\"[..]), Box::from(&b"\xff;"[..]));
        assert_eq!(data(&RData::HINFO(info)), r#""a \"b\\" "\255;""#);
        let text = TXT::new(vec!["x".into(), "y z".into()]);
        assert_eq!(data(&RData::TXT(text)), r#""x" "y z""#);
        assert_eq!(data(&RData::NULL(NULL::with(vec![1, 255]))), "\\# 2 01ff");
        assert_eq!(record_type(RecordType::Unknown(65280)), "TYPE65280");
    }
}
