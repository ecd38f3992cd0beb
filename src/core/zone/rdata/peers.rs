//! Data that hold addresses or gateways of more than one kind: APL, AMTRELAY, IPSECKEY, HIP.
//!
//! In: words; or octets. Out: the other. Does not know owners.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::super::lexer::Word;
use super::super::text::{address, hexadecimal, name, number, shown};
use super::octets_text::{hexadecimal_text, name_text};
use super::wire::Wire;
use super::words::{Flawed, Words};

fn small(words: &mut Words<'_, '_>, most: u64) -> Result<u8, Flawed> {
    let word = words.next("a number")?;
    number(word, most).map(|it| it as u8).map_err(|why| Flawed::new(word, why))
}

/// RFC 3123: `[!]FAMILY:ADDRESS/PREFIX`, any number of them.
pub(super) fn apl(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    for word in words.rest() {
        let why =
            || format!("{} is no prefix: write 1:192.0.2.0/24 or !2:2001:db8::/32", shown(word));
        out.extend(prefix(word).ok_or_else(|| Flawed::new(word, why()))?);
    }
    Ok(())
}

fn prefix(word: &Word<'_>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(word.raw).ok().filter(|_| !word.is_quoted)?;
    let (is_not, text) = text.strip_prefix('!').map_or((0, text), |text| (0x80, text));
    let (family, network) = text.split_once(':')?;
    let (address, length) = network.split_once('/')?;
    let octets = match (family, address.parse().ok()?) {
        ("1", IpAddr::V4(v4)) => v4.octets().to_vec(),
        ("2", IpAddr::V6(v6)) => v6.octets().to_vec(),
        _ => return None,
    };
    let length: u8 = length.parse().ok().filter(|it| usize::from(*it) <= octets.len() * 8)?;
    // Section 4: zeros at the end are left out.
    let kept = octets.iter().rposition(|&it| it != 0).map_or(0, |last| last + 1);
    let mut wire = vec![0, family.parse().ok()?, length, is_not | kept as u8];
    wire.extend(&octets[..kept]);
    Some(wire)
}

pub(super) fn print_apl(wire: &mut Wire<'_>, out: &mut String) -> Option<()> {
    while !wire.is_empty() {
        let [_, family, length, kept] = wire.array::<4>()?;
        let octets = wire.take(usize::from(kept & 0x7f))?;
        let size = if family == 1 { 4 } else { 16 };
        let mut whole = [0; 16];
        whole.get_mut(..octets.len()).filter(|_| octets.len() <= size)?.copy_from_slice(octets);
        let is_canonical = octets.last() != Some(&0) && usize::from(length) <= size * 8;
        let address = match family {
            1 => IpAddr::from(*whole.first_chunk::<4>()?),
            2 => IpAddr::from(whole),
            _ => return None,
        };
        is_canonical.then_some(())?;
        let is_not = if kept & 0x80 != 0 { "!" } else { "" };
        let blank = if out.is_empty() { "" } else { " " };
        write!(out, "{blank}{is_not}{family}:{address}/{length}").ok()?;
    }
    Some(())
}

/// A gateway or relay of a kind: nothing, an address of either family, or a name.
fn gateway(kind: u8, words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let word = words.next("a gateway")?;
    let octets = match kind {
        0 if word.raw == b"." => Ok(Vec::new()),
        0 => Err("where there is none, write `.`".into()),
        1 => address(word).map(|it: Ipv4Addr| it.octets().to_vec()),
        2 => address(word).map(|it: Ipv6Addr| it.octets().to_vec()),
        _ => name(word, words.origin),
    };
    out.extend(octets.map_err(|why| Flawed::new(word, why))?);
    Ok(())
}

fn print_gateway(kind: u8, wire: &mut Wire<'_>) -> Option<String> {
    Some(match kind {
        0 => ".".to_owned(),
        1 => Ipv4Addr::from(wire.array::<4>()?).to_string(),
        2 => Ipv6Addr::from(wire.array::<16>()?).to_string(),
        3 => name_text(wire.name()?),
        _ => return None,
    })
}

/// RFC 8777, section 4.3.1.
pub(super) fn amt_relay(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let (precedence, discovery) = (small(words, 255)?, small(words, 1)?);
    let kind = small(words, 3)?;
    out.extend([precedence, discovery << 7 | kind]);
    gateway(kind, words, out)
}

pub(super) fn print_amt_relay(wire: &mut Wire<'_>, out: &mut String) -> Option<()> {
    let [precedence, kind] = wire.array::<2>()?;
    let gateway = print_gateway(kind & 0x7f, wire)?;
    write!(out, "{precedence} {} {} {gateway}", kind >> 7, kind & 0x7f).ok()
}

/// RFC 4025, section 3.
pub(super) fn ipsec_key(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let (precedence, kind, algorithm) = (small(words, 255)?, small(words, 3)?, small(words, 255)?);
    out.extend([precedence, kind, algorithm]);
    gateway(kind, words, out)?;
    let mark = words.mark();
    let text: Vec<u8> = words.rest().iter().flat_map(|word| word.raw.iter().copied()).collect();
    let wrong = |_| Flawed { mark, why: "from here on there is no base 64".into() };
    out.extend(BASE64_STANDARD.decode(text).map_err(wrong)?);
    Ok(())
}

pub(super) fn print_ipsec_key(wire: &mut Wire<'_>, out: &mut String) -> Option<()> {
    let [precedence, kind, algorithm] = wire.array::<3>()?;
    let gateway = print_gateway(kind, wire)?;
    write!(out, "{precedence} {kind} {algorithm} {gateway}").ok()?;
    let key = wire.rest();
    if !key.is_empty() {
        write!(out, " {}", BASE64_STANDARD.encode(key)).ok()?;
    }
    Some(())
}

/// RFC 8005, section 6.
pub(super) fn hip(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let algorithm = small(words, 255)?;
    let word = words.next("an identity")?;
    let identity = hexadecimal(word.raw).map_err(|why| Flawed::new(word, why))?;
    let length = u8::try_from(identity.len());
    let length = length.map_err(|_| Flawed::new(word, "an identity has at most 255 octets"))?;
    let word = words.next("a key")?;
    let key = BASE64_STANDARD.decode(word.raw).ok();
    let key = key.ok_or_else(|| Flawed::new(word, format!("{} is no base 64", shown(word))))?;
    let key_length = u16::try_from(key.len());
    let key_length = key_length.map_err(|_| Flawed::new(word, "the key is too long"))?;
    out.extend([length, algorithm]);
    out.extend(key_length.to_be_bytes());
    out.extend(identity);
    out.extend(key);
    for word in words.rest() {
        out.extend(name(word, words.origin).map_err(|why| Flawed::new(word, why))?);
    }
    Ok(())
}

pub(super) fn print_hip(wire: &mut Wire<'_>, out: &mut String) -> Option<()> {
    let [length, algorithm] = wire.array::<2>()?;
    let key_length = wire.number16()?;
    let identity = wire.take(usize::from(length)).filter(|it| !it.is_empty())?;
    let key = wire.take(usize::from(key_length)).filter(|it| !it.is_empty())?;
    let identity = hexadecimal_text(identity);
    write!(out, "{algorithm} {identity} {}", BASE64_STANDARD.encode(key)).ok()?;
    while !wire.is_empty() {
        write!(out, " {}", name_text(wire.name()?)).ok()?;
    }
    Some(())
}
