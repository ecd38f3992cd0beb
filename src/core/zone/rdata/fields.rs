//! Fields of data, from words to octets.
//!
//! In: what a field is, and words. Out: its octets. Fields of one type alone have files of their own.
//! Does not know which fields a type has.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::super::lexer::Word;
use super::super::text::{
    Why, address, base32, hexadecimal, moment, name, number, seconds, shown, string, unescape,
};
use super::super::types::{ALGORITHMS, CERTIFICATES, Field, Mnemonic, type_number};
use super::words::{Flawed, Words};
use super::{params, peers, places};

/// Reads one field.
pub(super) fn read(
    field: Field,
    words: &mut Words<'_, '_>,
    out: &mut Vec<u8>,
) -> Result<(), Flawed> {
    match field {
        Field::Apl => return peers::apl(words, out),
        Field::AmtRelay => return peers::amt_relay(words, out),
        Field::Bitmap => return bitmap(words, out),
        Field::Base64 => return base64(words, out),
        Field::Blob => return blob(words, out),
        Field::Hip => return peers::hip(words, out),
        Field::IpsecKey => return peers::ipsec_key(words, out),
        Field::Location => return places::read(words, out),
        Field::Params => return params::read(words, out),
        Field::Texts => return texts(words, out),
        _ => {}
    }
    let word = words.next(what(field))?;
    let octets = match field {
        Field::Name => name(word, words.origin),
        Field::Address4 => address(word).map(|it: Ipv4Addr| it.octets().to_vec()),
        Field::Address6 => address(word).map(|it: Ipv6Addr| it.octets().to_vec()),
        Field::Number8 => number(word, 0xff).map(|it| vec![it as u8]),
        Field::Number16 => number(word, 0xffff).map(|it| (it as u16).to_be_bytes().to_vec()),
        Field::Number32 => number(word, 0xffff_ffff).map(|it| (it as u32).to_be_bytes().to_vec()),
        Field::Algorithm => mnemonic(word, &ALGORITHMS, 0xff).map(|it| vec![it as u8]),
        Field::Certificate => {
            mnemonic(word, &CERTIFICATES, 0xffff).map(|it| it.to_be_bytes().to_vec())
        }
        Field::Seconds => duration(word).map(|it| it.to_be_bytes().to_vec()),
        Field::Moment => moment(word).map(|it| it.to_be_bytes().to_vec()),
        Field::Type => covered(word).map(|it| it.to_be_bytes().to_vec()),
        Field::Text => string(word).map(counted),
        Field::Tag => tag(word).map(counted),
        Field::Salt => salt(word).and_then(|it| few(it, 255)).map(counted),
        Field::Base32 => base32(word.raw).and_then(|it| few(it, 255)).map(counted),
        Field::Eui48 => octets_apart(word, b'-', 6),
        Field::Eui64 => octets_apart(word, b'-', 8),
        Field::Groups => groups(word),
        Field::Nsap => nsap(word),
        _ => unescape(word.raw),
    };
    out.extend(octets.map_err(|why| Flawed::new(word, why))?);
    Ok(())
}

/// What a field is called where it is missing.
fn what(field: Field) -> &'static str {
    match field {
        Field::Name => "a name",
        Field::Address4 => "an IPv4 address",
        Field::Address6 => "an IPv6 address",
        Field::Text | Field::Plain | Field::Tag => "a string",
        Field::Moment => "a time",
        Field::Type => "a type",
        Field::Salt | Field::Base32 => "a value",
        _ => "a number",
    }
}

/// Octets with their number before them; there are 255 at most.
fn counted(octets: Vec<u8>) -> Vec<u8> {
    let mut counted = vec![octets.len() as u8];
    counted.extend(octets);
    counted
}

fn few(octets: Vec<u8>, most: usize) -> Result<Vec<u8>, Why> {
    match octets.len() {
        length if length > most => {
            Err(format!("there are {length} octets, more than {most}").into())
        }
        _ => Ok(octets),
    }
}

fn mnemonic(word: &Word<'_>, known: &[Mnemonic], most: u64) -> Result<u16, Why> {
    match known.iter().find(|it| word.is(it.word)) {
        Some(known) => Ok(known.number),
        None => number(word, most).map(|it| it as u16),
    }
}

fn duration(word: &Word<'_>) -> Result<u32, Why> {
    seconds(word)
        .ok_or_else(|| format!("{} is no time: write seconds, or 1h30m", shown(word)).into())
}

fn covered(word: &Word<'_>) -> Result<u16, Why> {
    let text = std::str::from_utf8(word.raw).unwrap_or_default();
    type_number(text).ok_or_else(|| format!("there is no type {}", shown(word)).into())
}

/// RFC 8659, section 4.1: letters and digits.
fn tag(word: &Word<'_>) -> Result<Vec<u8>, Why> {
    let octets = string(word)?;
    let is_tag = !octets.is_empty() && octets.iter().all(u8::is_ascii_alphanumeric);
    if is_tag { Ok(octets) } else { Err("a property has letters and digits alone".into()) }
}

fn salt(word: &Word<'_>) -> Result<Vec<u8>, Why> {
    if word.raw == b"-" { Ok(Vec::new()) } else { hexadecimal(word.raw) }
}

/// Pairs of hexadecimal digits with something between them.
fn octets_apart(word: &Word<'_>, between: u8, count: usize) -> Result<Vec<u8>, Why> {
    let parts: Vec<&[u8]> = word.raw.split(|&it| it == between).collect();
    let octets: Option<Vec<u8>> = parts
        .iter()
        .map(|part| hexadecimal(part).ok().filter(|it| it.len() == 1).map(|it| it[0]))
        .collect();
    let octets = octets.filter(|octets| octets.len() == count);
    octets.ok_or_else(|| format!("write {count} octets as 00-00-..").into())
}

/// RFC 6742, section 2.1.2: four groups of up to four digits.
fn groups(word: &Word<'_>) -> Result<Vec<u8>, Why> {
    let text = std::str::from_utf8(word.raw).unwrap_or_default();
    let group = |part: &str| {
        let is_hex = (1..=4).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_hexdigit());
        u16::from_str_radix(part, 16).ok().filter(|_| is_hex)
    };
    let groups: Option<Vec<u16>> = text.split(':').map(group).collect();
    match groups {
        Some(groups) if groups.len() == 4 => {
            Ok(groups.into_iter().flat_map(u16::to_be_bytes).collect())
        }
        _ => Err("write four groups of hexadecimal digits as 14:4fff:ff20:ee64".into()),
    }
}

/// RFC 1706, section 7: dots stand for nothing.
fn nsap(word: &Word<'_>) -> Result<Vec<u8>, Why> {
    let digits = word.raw.strip_prefix(b"0x").or_else(|| word.raw.strip_prefix(b"0X"));
    let digits = digits.ok_or_else(|| Why::from("write 0x and hexadecimal digits"))?;
    hexadecimal(&digits.iter().copied().filter(|&it| it != b'.').collect::<Vec<_>>())
}

fn texts(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let first = words.next("a string")?;
    for word in std::iter::once(first).chain(words.rest()) {
        out.extend(string(word).map(counted).map_err(|why| Flawed::new(word, why))?);
    }
    Ok(())
}

fn joined(words: &mut Words<'_, '_>) -> Vec<u8> {
    words.rest().iter().flat_map(|word| word.raw.iter().copied()).collect()
}

fn base64(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let mark = words.mark();
    let read = BASE64_STANDARD.decode(joined(words)).ok().filter(|octets| !octets.is_empty());
    let why = || Flawed { mark, why: "from here on there is no base 64".into() };
    out.extend(read.ok_or_else(why)?);
    Ok(())
}

fn blob(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let mark = words.mark();
    let octets = hexadecimal(&joined(words)).map_err(|why| Flawed { mark, why })?;
    if octets.is_empty() {
        return Err(Flawed { mark, why: "hexadecimal digits are missing behind this".into() });
    }
    out.extend(octets);
    Ok(())
}

/// RFC 4034, section 4.1.2: windows of 256 types, each with as many octets as it needs.
fn bitmap(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let mut types = Vec::new();
    for word in words.rest() {
        types.push(covered(word).map_err(|why| Flawed::new(word, why))?);
    }
    types.sort_unstable();
    types.dedup();
    for window in types.chunk_by(|a, b| a >> 8 == b >> 8) {
        let last = window[window.len() - 1] & 0xff;
        let mut bits = vec![0_u8; usize::from(last / 8) + 1];
        for number in window {
            bits[usize::from(number & 0xff) / 8] |= 0x80 >> (number % 8);
        }
        out.extend([(window[0] >> 8) as u8, bits.len() as u8]);
        out.extend(bits);
    }
    Ok(())
}
