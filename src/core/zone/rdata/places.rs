//! LOC: places on Earth (RFC 1876).
//!
//! In: words; or octets. Out: the other. Does not know owners.

use std::fmt::Write;

use super::super::text::{number, shown};
use super::wire::Wire;
use super::words::{Flawed, Words};

/// The equator and the first meridian, in thousandths of a second of arc.
const CENTRE: u32 = 1 << 31;
/// Altitudes are counted from so many centimetres below the reference spheroid.
const BELOW: i64 = 10_000_000;
/// Size 1 m, horizontal precision 10 km, vertical 10 m (RFC 1876, section 3), in centimetres.
const DEFAULTS: [u64; 3] = [100, 1_000_000, 1_000];

pub(super) fn read(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Flawed> {
    let latitude = angle(words, 90, ["N", "S"])?;
    let longitude = angle(words, 180, ["E", "W"])?;
    let word = words.next("the altitude")?;
    let altitude = centimetres(word.raw).map(|it| it + BELOW);
    let altitude = altitude.and_then(|it| u32::try_from(it).ok());
    let wrong = || Flawed::new(word, format!("{} is no altitude in metres", shown(word)));
    let altitude = altitude.ok_or_else(wrong)?;
    let mut sizes = DEFAULTS.map(exponential);
    for size in &mut sizes {
        if words.peek().is_none() {
            break;
        }
        let word = words.next("a size")?;
        let read = centimetres(word.raw).and_then(|it| u64::try_from(it).ok());
        let read = read.filter(|it| *it <= 9_000_000_000);
        let wrong = || Flawed::new(word, format!("{} is no size in metres", shown(word)));
        *size = exponential(read.ok_or_else(wrong)?);
    }
    out.push(0);
    out.extend(sizes);
    [latitude, longitude, altitude].iter().for_each(|it| out.extend(it.to_be_bytes()));
    Ok(())
}

/// Degrees, maybe minutes, maybe seconds, and a direction.
fn angle(words: &mut Words<'_, '_>, most: u64, directions: [&str; 2]) -> Result<u32, Flawed> {
    let first = words.next("an angle")?;
    let degrees = number(first, most).map_err(|why| Flawed::new(first, why))?;
    let mut thousandths = degrees * 3_600_000;
    for (unit, most) in [(60_000, 59_999), (1_000, 59_999)] {
        let Some(word) = words.peek() else { break };
        if directions.iter().any(|it| word.is(it)) {
            break;
        }
        words.next("a number")?;
        // Minutes are whole, seconds have up to three decimals.
        let read = decimal(word.raw, 3).filter(|it| *it <= most);
        let read = read.filter(|it| unit == 1_000 || it % 1_000 == 0);
        let wrong = || Flawed::new(word, format!("{} is no part of an angle", shown(word)));
        thousandths += read.ok_or_else(wrong)? * unit / 1_000;
    }
    let word = words.next("a direction")?;
    if thousandths > most * 3_600_000 {
        return Err(Flawed::new(first, format!("the angle is greater than {most} degrees")));
    }
    let thousandths = thousandths as u32;
    match directions.iter().position(|it| word.is(it)) {
        Some(0) => Ok(CENTRE + thousandths),
        Some(_) => Ok(CENTRE - thousandths),
        None => {
            let [plus, minus] = directions;
            Err(Flawed::new(word, format!("{} is neither {plus} nor {minus}", shown(word))))
        }
    }
}

/// A number with up to `places` decimals, times ten for each of them.
fn decimal(raw: &[u8], places: usize) -> Option<u64> {
    let mut parts = raw.split(|&it| it == b'.');
    let (whole, decimals) = (parts.next()?, parts.next().unwrap_or_default());
    let is_number = parts.next().is_none() && !whole.is_empty() && whole.len() <= 10;
    let digits = whole.iter().chain(decimals);
    if !is_number || decimals.len() > places || !digits.clone().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits.fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some(number * 10_u64.pow((places - decimals.len()) as u32))
}

/// Metres, with or without their unit, in centimetres.
fn centimetres(raw: &[u8]) -> Option<i64> {
    let raw = raw.strip_suffix(b"m").or_else(|| raw.strip_suffix(b"M")).unwrap_or(raw);
    let (sign, raw) = raw.strip_prefix(b"-").map_or((1, raw), |raw| (-1, raw));
    Some(sign * i64::try_from(decimal(raw, 2)?).ok()?)
}

/// A size as one digit and a power of ten (RFC 1876, section 2).
fn exponential(centimetres: u64) -> u8 {
    let (mut base, mut exponent) = (centimetres, 0);
    while base > 9 {
        base /= 10;
        exponent += 1;
    }
    (base as u8) << 4 | exponent
}

pub(super) fn print(wire: &mut Wire<'_>, out: &mut String) -> Option<()> {
    let [version, sizes @ ..] = wire.array::<4>()?;
    let angles = [wire.number32()?, wire.number32()?];
    let altitude = i64::from(wire.number32()?) - BELOW;
    if version != 0 || !sizes.iter().all(|it| it >> 4 <= 9 && it & 0x0f <= 9) {
        return None;
    }
    for ((angle, most), [plus, minus]) in angles.iter().zip([90, 180]).zip([["N", "S"], ["E", "W"]])
    {
        let direction = if *angle >= CENTRE { plus } else { minus };
        let thousandths = angle.abs_diff(CENTRE);
        (thousandths <= most * 3_600_000).then_some(())?;
        let (degrees, minutes) = (thousandths / 3_600_000, thousandths / 60_000 % 60);
        let (seconds, rest) = (thousandths / 1_000 % 60, thousandths % 1_000);
        write!(out, "{degrees} {minutes} {seconds}.{rest:03} {direction} ").ok()?;
    }
    let (sign, altitude) = (if altitude < 0 { "-" } else { "" }, altitude.unsigned_abs());
    write!(out, "{sign}{}.{:02}m", altitude / 100, altitude % 100).ok()?;
    for size in sizes {
        let size = u64::from(size >> 4) * 10_u64.pow(u32::from(size & 0x0f));
        write!(out, " {}.{:02}m", size / 100, size % 100).ok()?;
    }
    Some(())
}
