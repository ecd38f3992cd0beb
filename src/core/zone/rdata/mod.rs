//! Data of records: from the words of a master file to octets, and back.
//!
//! In: a type, words and an origin; or octets. Out: the other. Names keep the letters in which they were
//! written, and are whole. What a type's data are made of says [`super::types`].
//! Does not know owners, TTLs or other records.

mod words;
mod wire;
mod octets_text;
mod places;
mod params;
mod peers;
mod fields;
mod printed;
mod rules;

use super::text::{hexadecimal, number};
use super::types::{rule, type_name};

pub(super) use octets_text::write_name;
pub use printed::print;
pub(super) use words::{Flawed, Words};

/// Most octets of a record's data.
pub(super) const MAX_DATA: usize = 65_535;

/// Reads the data of a record: as its type has them, or as octets behind `\#` (RFC 3597, section 5).
///
/// # Errors
/// The word that is wrong, and why.
pub(super) fn read(type_number: u16, mut words: Words<'_, '_>) -> Result<Vec<u8>, Flawed> {
    let mut data = Vec::new();
    let rule = rule(type_number);
    let first = words.mark();
    if words.peek().is_some_and(|it| !it.is_quoted && it.raw == b"\\#") {
        data = octets(&mut words)?;
        if rule.is_some_and(|rule| rule.fields.is_some())
            && printed::fields(type_number, &data).is_none()
        {
            let why =
                format!("these octets are no data of a record of type {}", type_name(type_number));
            return Err(Flawed { mark: first, why: why.into() });
        }
    } else {
        let Some(fields) = rule.and_then(|rule| rule.fields) else {
            let name = type_name(type_number);
            let why = format!("data of type {name} are written as octets: \\# LENGTH HEXADECIMAL");
            return Err(Flawed { mark: first, why: why.into() });
        };
        for field in fields {
            fields::read(*field, &mut words, &mut data)?;
        }
        words.end()?;
    }
    if data.len() > MAX_DATA {
        let why = format!("the data have {} octets, more than {MAX_DATA}", data.len());
        return Err(Flawed { mark: first, why: why.into() });
    }
    match rules::broken(type_number, &data) {
        Some(why) => Err(Flawed { mark: first, why: why.into() }),
        None => Ok(data),
    }
}

/// The octets behind `\#`: their number, and hexadecimal digits in any number of words.
fn octets(words: &mut Words<'_, '_>) -> Result<Vec<u8>, Flawed> {
    words.next("`\\#`")?;
    let length = words.next("the number of octets")?;
    let count = number(length, MAX_DATA as u64).map_err(|why| Flawed::new(length, why))?;
    let mark = words.mark();
    let digits: Vec<u8> = words.rest().iter().flat_map(|word| word.raw.iter().copied()).collect();
    let octets = hexadecimal(&digits).map_err(|why| Flawed { mark, why })?;
    if octets.len() as u64 != count {
        let why = format!("there are {} octets, and not {count}", octets.len());
        return Err(Flawed { mark: length.mark, why: why.into() });
    }
    Ok(octets)
}

/// Where names stand in data of a type of RFC 1035: those may be compressed (RFC 3597, section 4), as all
/// others may not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NamesIn {
    /// Octets before the first.
    pub before: usize,
    /// How many there are, one behind the other.
    pub count: usize,
}

/// Which names in data of a type may be compressed, if any.
pub fn names_in(type_number: u16) -> Option<NamesIn> {
    let (before, count) = match type_number {
        // NS, MD, MF, CNAME, MB, MG, MR, PTR.
        2..=5 | 7..=9 | 12 => (0, 1),
        // SOA, MINFO.
        6 | 14 => (0, 2),
        // MX.
        15 => (2, 1),
        _ => return None,
    };
    Some(NamesIn { before, count })
}
