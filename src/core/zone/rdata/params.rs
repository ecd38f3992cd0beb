//! Parameters of service bindings (RFC 9460, section 2.1 and appendix A).
//!
//! In: words `key=value`; or octets. Out: the other. Keys stand in order, each once.
//! Does not know names or priorities.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::super::lexer::Word;
use super::super::text::{Why, shown, unescape};
use super::octets_text::write_octet;
use super::wire::Wire;
use super::words::{Flawed, Words};

/// IANA's registry of service parameter keys, by number.
const KEYS: [&str; 10] = [
    "mandatory",
    "alpn",
    "no-default-alpn",
    "port",
    "ipv4hint",
    "ech",
    "ipv6hint",
    "dohpath",
    "ohttp",
    "tls-supported-groups",
];
const MANDATORY: u16 = 0;
const ALPN: u16 = 1;
const NO_DEFAULT_ALPN: u16 = 2;

struct Param {
    key: u16,
    value: Vec<u8>,
}

pub(super) fn read(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let start = words.mark();
    let mut params: Vec<Param> = Vec::new();
    for word in words.rest() {
        let param = param(word).map_err(|why| Flawed::new(word, why))?;
        if params.iter().any(|it| it.key == param.key) {
            return Err(Flawed::new(word, "the key stands here twice"));
        }
        params.push(param);
    }
    params.sort_by_key(|param| param.key);
    for Param { key, value } in &params {
        let length = u16::try_from(value.len()).map_err(|_| Flawed {
            mark: start,
            why: "a value is longer than 65,535 octets".into(),
        })?;
        out.extend(key.to_be_bytes());
        out.extend(length.to_be_bytes());
        out.extend(value);
    }
    Ok(())
}

fn key(text: &[u8]) -> Option<u16> {
    if let Some(at) = KEYS.iter().position(|key| key.as_bytes() == text) {
        return Some(at as u16);
    }
    let digits = std::str::from_utf8(text.strip_prefix(b"key")?).ok()?;
    let is_plain = digits.bytes().all(|it| it.is_ascii_digit());
    let is_short = !digits.starts_with('0') || digits == "0";
    digits.parse().ok().filter(|_| is_plain && is_short && !digits.is_empty())
}

fn param(word: &Word<'_>) -> Result<Param, Why> {
    let equals = word.raw.iter().position(|&it| it == b'=');
    let (name, value) = match equals {
        Some(at) => (&word.raw[..at], Some(&word.raw[at + 1..])),
        None => (word.raw, None),
    };
    let key = key(name).filter(|_| !word.is_quoted);
    let key = key.ok_or_else(|| Why::from(format!("there is no key {}", shown(word))))?;
    let plain = match value.and_then(|it| it.strip_prefix(b"\"")) {
        Some(quoted) => quoted.strip_suffix(b"\"").unwrap_or(quoted),
        None => value.unwrap_or_default(),
    };
    let octets = unescape(plain)?;
    Ok(Param { key, value: read_value(key, octets)? })
}

fn read_value(key: u16, octets: Vec<u8>) -> Result<Vec<u8>, Why> {
    let text = || String::from_utf8(octets.clone()).unwrap_or_default();
    let wrong = |what: &str| Why::from(format!("the value is no {what}"));
    match key {
        MANDATORY => mandatory(&octets),
        ALPN => alpn(&octets),
        NO_DEFAULT_ALPN | 8 if !octets.is_empty() => Err("the key has no value".into()),
        3 => {
            let port: Option<u16> = text().parse().ok();
            port.map(|it| it.to_be_bytes().to_vec()).ok_or_else(|| wrong("port"))
        }
        4 => list(&text(), |it| it.parse().ok().map(|it: Ipv4Addr| it.octets().to_vec()))
            .ok_or_else(|| wrong("list of IPv4 addresses")),
        5 => BASE64_STANDARD
            .decode(&octets)
            .ok()
            .filter(|it| !it.is_empty())
            .ok_or_else(|| wrong("base 64")),
        6 => list(&text(), |it| it.parse().ok().map(|it: Ipv6Addr| it.octets().to_vec()))
            .ok_or_else(|| wrong("list of IPv6 addresses")),
        7 if !text().contains("{?dns") => Err(wrong("path with a variable `dns` (RFC 9461)")),
        9 => list(&text(), |it| it.parse().ok().map(|it: u16| it.to_be_bytes().to_vec()))
            .ok_or_else(|| wrong("list of numbers")),
        _ => Ok(octets),
    }
}

fn list(text: &str, read: impl Fn(&str) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    text.split(',').map(read).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
}

/// Keys that a client has to know, in order.
fn mandatory(octets: &[u8]) -> Result<Vec<u8>, Why> {
    let keys: Option<Vec<u16>> = octets.split(|&it| it == b',').map(key).collect();
    let mut keys = keys.ok_or_else(|| Why::from("the value is no list of keys"))?;
    keys.sort_unstable();
    Ok(keys.into_iter().flat_map(u16::to_be_bytes).collect())
}

/// RFC 9460, appendix A.1: commas part the list, unless a backslash stands before one.
fn alpn(octets: &[u8]) -> Result<Vec<u8>, Why> {
    let (mut ids, mut id, mut rest) = (Vec::new(), Vec::new(), octets.iter());
    while let Some(&octet) = rest.next() {
        match octet {
            b',' => ids.push(std::mem::take(&mut id)),
            b'\\' => id.extend(rest.next()),
            octet => id.push(octet),
        }
    }
    ids.push(id);
    let mut value = Vec::new();
    for id in ids {
        let length = u8::try_from(id.len()).ok().filter(|length| *length > 0);
        value.push(length.ok_or_else(|| Why::from("a protocol has from 1 to 255 octets"))?);
        value.extend(id);
    }
    Ok(value)
}

/// Writes parameters as text; `None` where the octets are none.
pub(super) fn print(mut wire: Wire<'_>, out: &mut String) -> Option<()> {
    let mut last = None;
    while !wire.is_empty() {
        let (key, length) = (wire.number16()?, wire.number16()?);
        let value = wire.take(usize::from(length))?;
        if last.is_some_and(|last| key <= last) {
            return None;
        }
        last = Some(key);
        out.push(' ');
        print_key(key, out);
        let text = print_value(key, value)?;
        if !text.is_empty() {
            out.push_str("=\"");
            text.iter().for_each(|&octet| write_octet(octet, out));
            out.push('"');
        }
    }
    Some(())
}

fn print_key(key: u16, out: &mut String) {
    match KEYS.get(usize::from(key)) {
        Some(name) => out.push_str(name),
        None => _ = write!(out, "key{key}"),
    }
}

/// The text of a value, without what a string makes plain.
fn print_value(key: u16, value: &[u8]) -> Option<Vec<u8>> {
    let mut wire = Wire(value);
    let mut parts: Vec<String> = Vec::new();
    match key {
        MANDATORY | 4 | 6 | 9 if value.is_empty() => return None,
        ALPN => return print_alpn(wire),
        NO_DEFAULT_ALPN | 8 => return value.is_empty().then(Vec::new),
        3 => {
            parts.push(wire.number16()?.to_string());
            wire.is_empty().then_some(())?;
        }
        5 => return (!value.is_empty()).then(|| BASE64_STANDARD.encode(value).into_bytes()),
        7 => return value.windows(5).any(|it| it == b"{?dns").then(|| value.to_vec()),
        _ if !matches!(key, MANDATORY | 4 | 6 | 9) => return Some(value.to_vec()),
        _ => {}
    }
    while !wire.is_empty() {
        parts.push(match key {
            4 => Ipv4Addr::from(wire.array::<4>()?).to_string(),
            6 => Ipv6Addr::from(wire.array::<16>()?).to_string(),
            9 => wire.number16()?.to_string(),
            _ => {
                let mut text = String::new();
                print_key(wire.number16()?, &mut text);
                text
            }
        });
    }
    Some(parts.join(",").into_bytes())
}

fn print_alpn(mut wire: Wire<'_>) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    while !wire.is_empty() {
        let id = wire.counted().filter(|id| !id.is_empty())?;
        if !text.is_empty() {
            text.push(b',');
        }
        for &octet in id {
            if matches!(octet, b',' | b'\\') {
                text.push(b'\\');
            }
            text.push(octet);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// What is wrong among parameters that can be read one by one (RFC 9460, sections 7.1.1 and 8).
pub(super) fn broken(mut wire: Wire<'_>) -> Option<&'static str> {
    let (mut keys, mut needed) = (Vec::new(), &[][..]);
    while !wire.is_empty() {
        let (key, length) = (wire.number16()?, wire.number16()?);
        let value = wire.take(usize::from(length))?;
        if key == MANDATORY {
            needed = value;
        }
        keys.push(key);
    }
    let (pairs, _) = needed.as_chunks::<2>();
    let needed: Vec<u16> = pairs.iter().copied().map(u16::from_be_bytes).collect();
    if !needed.iter().all(|key| *key != MANDATORY && keys.contains(key)) {
        return Some("a mandatory key is missing");
    }
    if !needed.is_sorted_by(|a, b| a < b) {
        return Some("a mandatory key stands twice");
    }
    let is_lone = keys.contains(&NO_DEFAULT_ALPN) && !keys.contains(&ALPN);
    is_lone.then_some("no-default-alpn stands without alpn")
}
