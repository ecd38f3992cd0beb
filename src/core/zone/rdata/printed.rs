//! Data of records as text that is read again as it was.
//!
//! In: a type and octets. Out: text in ASCII; of data that are none of their type, and of types without fields,
//! octets behind `\#` (RFC 3597, section 5). Does not know owners.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::super::text::moment_text;
use super::super::types::{Field, rule, type_name};
use super::octets_text::{base32_text, hexadecimal_text, quoted, write_name};
use super::wire::Wire;
use super::{params, peers, places};

/// The data of a record as text, with whole names.
pub fn print(type_number: u16, data: &[u8]) -> String {
    fields(type_number, data).unwrap_or_else(|| {
        let blank = if data.is_empty() { "" } else { " " };
        format!("\\# {}{blank}{}", data.len(), hexadecimal_text(data))
    })
}

/// The data as their type has them; `None` where they are none of it.
pub(super) fn fields(type_number: u16, data: &[u8]) -> Option<String> {
    let fields = rule(type_number)?.fields?;
    let (mut wire, mut out) = (Wire(data), String::new());
    for (at, field) in fields.iter().enumerate() {
        let before = out.len();
        let is_listed = matches!(field, Field::Params | Field::Bitmap);
        if at > 0 && !is_listed {
            out.push(' ');
        }
        let start = out.len();
        one(*field, &mut wire, &mut out)?;
        // What may be nothing leaves no blank.
        if out.len() == start {
            out.truncate(before);
        }
    }
    wire.is_empty().then_some(out)
}

fn one(field: Field, wire: &mut Wire<'_>, out: &mut String) -> Option<()> {
    match field {
        Field::Address4 => write!(out, "{}", Ipv4Addr::from(wire.array::<4>()?)).ok(),
        Field::Address6 => write!(out, "{}", Ipv6Addr::from(wire.array::<16>()?)).ok(),
        Field::Algorithm | Field::Number8 => write!(out, "{}", wire.number8()?).ok(),
        Field::Certificate | Field::Number16 => write!(out, "{}", wire.number16()?).ok(),
        Field::Number32 | Field::Seconds => write!(out, "{}", wire.number32()?).ok(),
        Field::Moment => write!(out, "{}", moment_text(wire.number32()?)).ok(),
        Field::Type => write!(out, "{}", type_name(wire.number16()?)).ok(),
        Field::Name => {
            write_name(wire.name()?, out);
            Some(())
        }
        Field::AmtRelay => peers::print_amt_relay(wire, out),
        Field::Apl => peers::print_apl(wire, out),
        Field::Hip => peers::print_hip(wire, out),
        Field::IpsecKey => peers::print_ipsec_key(wire, out),
        Field::Location => places::print(wire, out),
        Field::Params => params::print(Wire(wire.rest()), out),
        Field::Bitmap => bitmap(Wire(wire.rest()), out),
        Field::Text => quoted(wire.counted()?, out),
        Field::Tag => {
            let tag = wire.counted().filter(|it| !it.is_empty())?;
            tag.iter().all(u8::is_ascii_alphanumeric).then_some(())?;
            out.extend(tag.iter().copied().map(char::from));
            Some(())
        }
        Field::Plain => quoted(wire.rest(), out),
        Field::Texts => texts(wire, out),
        Field::Base64 => some(wire).map(|it| out.push_str(&BASE64_STANDARD.encode(it))),
        Field::Blob => some(wire).map(|it| out.push_str(&hexadecimal_text(it))),
        Field::Salt => match wire.counted()? {
            [] => write!(out, "-").ok(),
            salt => write!(out, "{}", hexadecimal_text(salt)).ok(),
        },
        Field::Base32 => {
            let octets = wire.counted().filter(|it| !it.is_empty())?;
            out.push_str(&base32_text(octets));
            Some(())
        }
        Field::Eui48 => apart(wire.take(6)?, "-", 1, out),
        Field::Eui64 => apart(wire.take(8)?, "-", 1, out),
        Field::Groups => apart(wire.take(8)?, ":", 2, out),
        Field::Nsap => write!(out, "0x{}", hexadecimal_text(wire.rest())).ok(),
    }
}

fn some<'d>(wire: &mut Wire<'d>) -> Option<&'d [u8]> {
    Some(wire.rest()).filter(|it| !it.is_empty())
}

fn texts(wire: &mut Wire<'_>, out: &mut String) -> Option<()> {
    quoted(wire.counted()?, out)?;
    while !wire.is_empty() {
        out.push(' ');
        quoted(wire.counted()?, out)?;
    }
    Some(())
}

fn apart(octets: &[u8], between: &str, each: usize, out: &mut String) -> Option<()> {
    let parts: Vec<String> = octets.chunks(each).map(hexadecimal_text).collect();
    out.push_str(&parts.join(between));
    Some(())
}

fn bitmap(mut wire: Wire<'_>, out: &mut String) -> Option<()> {
    let mut last = None;
    while !wire.is_empty() {
        let window = wire.number8()?;
        let bits =
            wire.counted().filter(|it| matches!(it.len(), 1..=32) && it.last() != Some(&0))?;
        if last.is_some_and(|last| window <= last) {
            return None;
        }
        last = Some(window);
        for (at, octet) in bits.iter().enumerate() {
            for bit in (0..8).filter(|bit| octet & 0x80 >> bit != 0) {
                let number = u16::from(window) << 8 | (at * 8 + bit) as u16;
                write!(out, " {}", type_name(number)).ok()?;
            }
        }
    }
    Some(())
}
