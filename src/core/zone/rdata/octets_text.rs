//! Octets, strings and names as text (RFC 1035, section 5.1; RFC 4648).
//!
//! In: octets. Out: text in ASCII that is read again as it was. Does not know types.

use std::fmt::Write;

use crate::core::name::write_presentation;

/// Octets in hexadecimal digits.
pub(super) fn hexadecimal_text(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        _ = write!(text, "{octet:02x}");
    }
    text
}

/// Octets in base 32 with the extended hex alphabet, without padding.
pub(super) fn base32_text(octets: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0);
    let digit = |value: u32| char::from_digit(value & 31, 32).unwrap_or('0');
    for octet in octets {
        bits = (bits << 8 | u32::from(*octet)) & 0xffff;
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(digit(bits >> held));
        }
    }
    if held > 0 {
        text.push(digit(bits << (5 - held)));
    }
    text
}

/// Writes a string in quotes.
pub(super) fn quoted(octets: &[u8], out: &mut String) -> Option<()> {
    out.push('"');
    octets.iter().for_each(|&octet| write_octet(octet, out));
    out.push('"');
    Some(())
}

/// Writes an octet as it stands between quotes.
pub(super) fn write_octet(octet: u8, out: &mut String) {
    match octet {
        b'"' | b'\\' => out.extend(['\\', char::from(octet)]),
        b' '..=b'~' => out.push(char::from(octet)),
        _ => _ = write!(out, "\\{octet:03}"),
    }
}

/// Writes a whole name, with its final dot.
pub(in super::super) fn write_name(wire: &[u8], out: &mut String) {
    // Writing to a string can not fail.
    _ = write_presentation(wire, out);
}

/// A whole name, with its final dot.
pub(super) fn name_text(wire: &[u8]) -> String {
    let mut text = String::new();
    write_name(wire, &mut text);
    text
}
