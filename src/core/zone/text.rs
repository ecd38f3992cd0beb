//! Words of master files as values: escapes, names, numbers, times, octets in text.
//!
//! In: words as written. Out: octets and numbers, or what is wrong with the word.
//! Does not know types of records.

use super::lexer::Word;
use crate::core::name::{MAX_NAME, read_presentation};

/// What is wrong with a word.
pub(super) type Why = Box<str>;

/// Longest TTL (RFC 2181, section 8), in seconds.
const MAX_TTL: u32 = (1 << 31) - 1;
/// Longest character-string (RFC 1035, section 3.3), in octets.
const MAX_STRING: usize = 255;

/// A word as text for a sentence.
pub(super) fn shown(word: &Word<'_>) -> String {
    const MOST: usize = 60;
    let text = String::from_utf8_lossy(word.raw);
    let mut shown: String = text.chars().take(MOST).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    format!("`{shown}`")
}

/// Octets with their escapes undone: `\X` is X itself, `\DDD` the octet of that number.
///
/// # Errors
/// A number above 255, or digits that are fewer than three.
pub(super) fn unescape(raw: &[u8]) -> Result<Vec<u8>, Why> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [octet, behind @ ..] = rest {
        rest = behind;
        if *octet != b'\\' {
            out.push(*octet);
            continue;
        }
        match behind {
            [hundreds @ b'0'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9', behind @ ..] => {
                let digit = |it: &u8| u16::from(it - b'0');
                let number = digit(hundreds) * 100 + digit(tens) * 10 + digit(ones);
                let number = u8::try_from(number)
                    .map_err(|_| format!("\\{number} is above 255, the greatest octet"))?;
                out.push(number);
                rest = behind;
            }
            [b'0'..=b'9', ..] => return Err("behind a backslash stand three decimal digits".into()),
            [octet, behind @ ..] => {
                out.push(*octet);
                rest = behind;
            }
            [] => return Err("nothing stands behind the backslash".into()),
        }
    }
    Ok(out)
}

/// A character-string: a word or a string (RFC 1035, section 5.1), at most 255 octets.
pub(super) fn string(word: &Word<'_>) -> Result<Vec<u8>, Why> {
    if !word.is_quoted && word.raw.contains(&b'"') {
        return Err("a quote stands inside a word; put the whole in quotes".into());
    }
    let octets = unescape(word.raw)?;
    if octets.len() > MAX_STRING {
        let length = octets.len();
        let text = format!("a string has {length} octets, more than 255: write it as several");
        return Err(text.into());
    }
    Ok(octets)
}

/// A name in wire form, in the letters in which it is written; a relative one ends in `origin`, and `@` is
/// `origin` itself.
pub(super) fn name(word: &Word<'_>, origin: &[u8]) -> Result<Vec<u8>, Why> {
    if word.is_quoted {
        return Err("a name stands without quotes".into());
    }
    if word.raw == b"@" {
        return Ok(origin.to_vec());
    }
    let text = std::str::from_utf8(word.raw)
        .map_err(|_| Why::from("a name is ASCII: write other octets as \\DDD"))?;
    if has_plain_quote(word.raw) {
        return Err("a quote stands inside a name".into());
    }
    let mut wire = read_presentation(text).map_err(|bad| Why::from(bad.to_string()))?;
    if !is_absolute(word.raw) {
        wire.pop();
        wire.extend_from_slice(origin);
        if wire.len() > MAX_NAME {
            let text = format!("with its origin the name has {} octets, more than 255", wire.len());
            return Err(text.into());
        }
    }
    Ok(wire)
}

/// Whether the name ends in a dot that no backslash makes part of a label.
pub(super) fn is_absolute(raw: &[u8]) -> bool {
    let Some(before) = raw.strip_suffix(b".") else { return false };
    before.iter().rev().take_while(|&&it| it == b'\\').count() % 2 == 0
}

fn has_plain_quote(raw: &[u8]) -> bool {
    let mut is_escaped = false;
    raw.iter().any(|&octet| {
        let is_plain = octet == b'"' && !is_escaped;
        is_escaped = octet == b'\\' && !is_escaped;
        is_plain
    })
}

/// A whole number up to `most`, in decimal.
pub(super) fn number(word: &Word<'_>, most: u64) -> Result<u64, Why> {
    let wrong = || Why::from(format!("{} is no whole number from 0 to {most}", shown(word)));
    let is_number = !word.is_quoted && !word.raw.is_empty() && word.raw.len() <= 20;
    if !is_number || !word.raw.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    let text = std::str::from_utf8(word.raw).map_err(|_| wrong())?;
    text.parse().ok().filter(|number| *number <= most).ok_or_else(wrong)
}

/// Seconds, in decimal or with units as `1h30m`: `w`, `d`, `h`, `m`, `s`.
pub(super) fn seconds(word: &Word<'_>) -> Option<u32> {
    let is_time = !word.is_quoted && word.raw.first().is_some_and(u8::is_ascii_digit);
    let (mut total, mut number, mut has_digit) = (0_u64, 0_u64, false);
    for octet in word.raw.iter().filter(|_| is_time) {
        if octet.is_ascii_digit() {
            number = number * 10 + u64::from(octet - b'0');
            has_digit = true;
        } else {
            let unit = match octet.to_ascii_lowercase() {
                b'w' => 7 * 24 * 3600,
                b'd' => 24 * 3600,
                b'h' => 3600,
                b'm' => 60,
                b's' => 1,
                _ => return None,
            };
            if !has_digit {
                return None;
            }
            total += number * unit;
            (number, has_digit) = (0, false);
        }
        if number > u64::from(u32::MAX) || total > u64::from(u32::MAX) {
            return None;
        }
    }
    u32::try_from(total + number).ok().filter(|_| is_time)
}

/// A TTL in seconds (RFC 2181, section 8).
pub(super) fn ttl(word: &Word<'_>) -> Result<u32, Why> {
    let ttl = seconds(word).filter(|ttl| *ttl <= MAX_TTL);
    ttl.ok_or_else(|| {
        format!("{} is no TTL: write seconds, or 1h30m, up to {MAX_TTL} s", shown(word)).into()
    })
}

/// An address in its usual form.
pub(super) fn address<A: std::str::FromStr>(word: &Word<'_>) -> Result<A, Why> {
    let text = std::str::from_utf8(word.raw).ok().filter(|_| !word.is_quoted);
    let read = text.and_then(|text| text.parse().ok());
    let version = if size_of::<A>() == 4 { "IPv4" } else { "IPv6" };
    read.ok_or_else(|| format!("{} is no {version} address", shown(word)).into())
}

/// Hexadecimal digits as octets.
pub(super) fn hexadecimal(digits: &[u8]) -> Result<Vec<u8>, Why> {
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    if !digits.len().is_multiple_of(2) {
        return Err("there is an odd number of hexadecimal digits".into());
    }
    let (pairs, _) = digits.as_chunks::<2>();
    let octets = pairs.iter().map(|[high, low]| Some((value(high)? << 4 | value(low)?) as u8));
    octets.collect::<Option<Vec<_>>>().ok_or_else(|| "these are no hexadecimal digits".into())
}

/// Base 32 with the extended hex alphabet, without padding (RFC 4648, section 7), as octets.
pub(super) fn base32(text: &[u8]) -> Result<Vec<u8>, Why> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for &letter in text {
        let Some(value) = char::from(letter).to_digit(32) else {
            return Err("this is no base 32 with the extended hex alphabet".into());
        };
        bits = bits << 5 | value;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    if held >= 5 || bits != 0 { Err("the base 32 is cut short".into()) } else { Ok(out) }
}

/// Seconds since 1970, modulo 2^32, of `YYYYMMDDHHmmSS` or of a number of seconds (RFC 4034, section 3.2).
pub(super) fn moment(word: &Word<'_>) -> Result<u32, Why> {
    let wrong = || Why::from(format!("{} is no time: write YYYYMMDDHHmmSS", shown(word)));
    if word.raw.len() != 14 {
        return number(word, u64::from(u32::MAX)).map(|it| it as u32).map_err(|_| wrong());
    }
    let part = |from: usize, to: usize| {
        let digits = word.raw.get(from..to).filter(|it| it.iter().all(u8::is_ascii_digit))?;
        Some(digits.iter().fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    };
    let date = [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14)];
    let [Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)] = date else {
        return Err(wrong());
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(wrong()),
    };
    let is_day = (1..=length).contains(&day) && hour < 24 && minute < 60 && second < 61;
    if !is_day || year < 1970 {
        return Err(wrong());
    }
    let days = days_since_1970(year, month, day);
    Ok((((days * 24 + hour) * 60 + minute) * 60 + second) as u32)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar: years begin in March, so that the day that some
/// have more is their last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// The date and time, UTC, of seconds since 1970, as `YYYYMMDDHHmmSS`.
pub(super) fn moment_text(seconds: u32) -> String {
    let (days, rest) = (i64::from(seconds) / 86_400, seconds % 86_400);
    let mut year = 1970 + days / 366;
    while days_since_1970(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_since_1970(year, month + 1, 1) <= days {
        month += 1;
    }
    let day = days - days_since_1970(year, month, 1) + 1;
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::super::finding::Mark;
    use super::*;

    fn word(text: &str) -> Word<'_> {
        Word { raw: text.as_bytes(), is_quoted: false, mark: Mark::default() }
    }

    #[test]
    fn names_end_in_their_origin_unless_they_end_in_a_dot() {
        let origin = b"\x07example\x00";
        assert_eq!(name(&word("@"), origin).as_deref(), Ok(&origin[..]));
        assert_eq!(name(&word("a"), origin).as_deref(), Ok(&b"\x01a\x07example\x00"[..]));
        assert_eq!(name(&word("a."), origin).as_deref(), Ok(&b"\x01a\x00"[..]));
        assert_eq!(name(&word("a\\."), origin).as_deref(), Ok(&b"\x02a.\x07example\x00"[..]));
        assert_eq!(name(&word("a\\\\."), origin).as_deref(), Ok(&b"\x02a\\\x00"[..]));
        assert_eq!(name(&word("a\\046b."), origin).as_deref(), Ok(&b"\x03a.b\x00"[..]));
        assert!(name(&word("a..b"), origin).is_err() && name(&word("a\"b"), origin).is_err());
    }

    #[test]
    fn times_have_units_and_bounds() {
        assert_eq!(seconds(&word("1h30m")), Some(5400));
        assert_eq!(seconds(&word("1W2D3H4M5S")), Some(788_645));
        assert_eq!(seconds(&word("1h30")), Some(3630));
        for bad in ["h", "1x", "", "99999999999", "9999999w", "1hh"] {
            assert_eq!(seconds(&word(bad)), None, "{bad}");
        }
        assert!(ttl(&word("2147483647")).is_ok() && ttl(&word("2147483648")).is_err());
    }

    #[test]
    fn moments_are_read_as_they_are_written() {
        for (text, seconds) in [
            ("19700101000000", 0),
            ("20000229235959", 951_868_799),
            ("20240301000000", 1_709_251_200),
            ("21060207062815", u32::MAX),
        ] {
            assert_eq!(moment(&word(text)), Ok(seconds));
            assert_eq!(moment_text(seconds), text);
        }
        assert!(moment(&word("20230229000000")).is_err() && moment(&word("2023")).is_ok());
    }

    #[test]
    fn octets_in_text() {
        assert_eq!(hexadecimal(b"00fFa0").as_deref(), Ok(&[0, 255, 160][..]));
        assert!(hexadecimal(b"0").is_err() && hexadecimal(b"0g").is_err());
        assert_eq!(base32(b"CPNMUOJ1").as_deref(), Ok(&b"fooba"[..]));
        assert!(base32(b"CPNMUOJ").is_err() && base32(b"w").is_err());
        assert_eq!(unescape(b"a\\\"\\195\\164").as_deref(), Ok(&b"a\"\xc3\xa4"[..]));
        assert!(unescape(b"\\256").is_err() && unescape(b"\\25").is_err());
    }
}
