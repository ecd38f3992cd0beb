//! $GENERATE: one entry for each number of a range.
//!
//! In: the range, and words with `$` in them. Out: the words with each number in its place.
//! Does not know what the words mean.

use std::fmt::Write;

use super::lexer::Word;
use super::text::{Why, shown};

/// Most entries of one range.
const MOST: u64 = 1_000_000;
/// Most characters of a number.
const MOST_WIDTH: usize = 63;

/// The numbers of a range: `START-STOP` or `START-STOP/STEP`.
pub(super) fn range(word: &Word<'_>) -> Result<impl Iterator<Item = u32> + use<>, Why> {
    let wrong = || Why::from(format!("{} is no range: write 1-20 or 0-100/5", shown(word)));
    let text = std::str::from_utf8(word.raw).map_err(|_| wrong())?;
    let (range, step) = text.split_once('/').unwrap_or((text, "1"));
    let (start, stop) = range.split_once('-').ok_or_else(wrong)?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_number && text.len() <= 10)
    };
    let numbers = (number(start), number(stop), number(step));
    let (Some(start), Some(stop), Some(step @ 1..)) = numbers else { return Err(wrong()) };
    if start > stop {
        return Err(wrong());
    }
    if u64::from((stop - start) / step) >= MOST {
        return Err(format!("the range has more than {MOST} numbers").into());
    }
    Ok((start..=stop).step_by(step as usize))
}

/// The word with `number` in the place of each `$`. `$$` is a dollar sign, and `\$` stays what it is;
/// `${OFFSET,WIDTH,BASE}` adds, pads with zeros, and writes in base d, o, x, X, or as nibbles n, N.
pub(super) fn substitute(raw: &[u8], number: u32) -> Result<Vec<u8>, Why> {
    let (mut out, mut rest) = (Vec::with_capacity(raw.len() + 8), raw);
    while let [octet, behind @ ..] = rest {
        rest = behind;
        match (octet, behind) {
            (b'\\', [escaped, behind @ ..]) => {
                out.extend([b'\\', *escaped]);
                rest = behind;
            }
            (b'$', [b'$', behind @ ..]) => {
                out.extend(*b"\\$");
                rest = behind;
            }
            (b'$', [b'{', behind @ ..]) => {
                let end = behind.iter().position(|&it| it == b'}');
                let end = end.ok_or_else(|| Why::from("`${` is not closed"))?;
                out.extend(modified(&behind[..end], number)?.into_bytes());
                rest = &behind[end + 1..];
            }
            (b'$', _) => out.extend(number.to_string().into_bytes()),
            (octet, _) => out.push(*octet),
        }
    }
    Ok(out)
}

fn modified(modifier: &[u8], number: u32) -> Result<String, Why> {
    let wrong = || Why::from("write ${OFFSET}, ${OFFSET,WIDTH} or ${OFFSET,WIDTH,BASE}");
    let text = std::str::from_utf8(modifier).map_err(|_| wrong())?;
    let mut parts = text.split(',');
    let offset: i64 = parts.next().and_then(|it| it.parse().ok()).ok_or_else(wrong)?;
    let width: usize = parts.next().unwrap_or("0").parse().map_err(|_| wrong())?;
    let base = parts.next().unwrap_or("d");
    if parts.next().is_some() || width > MOST_WIDTH {
        return Err(wrong());
    }
    let value = i64::from(number).checked_add(offset).and_then(|it| u32::try_from(it).ok());
    let value = value
        .ok_or_else(|| Why::from(format!("{number} with its offset is no number of 32 bits")))?;
    Ok(match base {
        "d" => format!("{value:0width$}"),
        "o" => format!("{value:0width$o}"),
        "x" => format!("{value:0width$x}"),
        "X" => format!("{value:0width$X}"),
        "n" => nibbles(value, width),
        "N" => nibbles(value, width).to_ascii_uppercase(),
        _ => return Err(wrong()),
    })
}

/// Hexadecimal digits, the last first, with dots between them, `width` characters at least.
fn nibbles(value: u32, width: usize) -> String {
    let (mut text, mut value) = (String::new(), value);
    loop {
        _ = write!(text, "{:x}", value & 15);
        value >>= 4;
        if value == 0 && text.len() + 1 >= width {
            return text;
        }
        text.push('.');
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Mark;
    use super::*;

    fn word(text: &str) -> Word<'_> {
        Word { raw: text.as_bytes(), is_quoted: false, mark: Mark::default() }
    }

    #[test]
    fn numbers_stand_where_the_dollar_signs_are() {
        let text = |raw: &str, number| {
            substitute(raw.as_bytes(), number).map(|it| String::from_utf8(it).expect("text"))
        };
        assert_eq!(text("host$.a$", 7).as_deref(), Ok("host7.a7"));
        assert_eq!(text("${-1,3}", 11).as_deref(), Ok("010"));
        assert_eq!(text("${0,4,x}${0,2,X}", 255).as_deref(), Ok("00ffFF"));
        assert_eq!(text("${0,7,n}", 0x1a).as_deref(), Ok("a.1.0.0"));
        assert_eq!(text("${0,0,N}", 0x1a).as_deref(), Ok("A.1"));
        assert_eq!(text("\\$$$$", 3).as_deref(), Ok("\\$\\$3"));
        for bad in ["${", "${x}", "${-9}", "${0,64}", "${0,1,y}", "${0,1,d,}"] {
            assert!(text(bad, 1).is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_are_bounded() {
        let all = |text: &str| range(&word(text)).map(Iterator::collect::<Vec<_>>);
        assert_eq!(all("1-3"), Ok(vec![1, 2, 3]));
        assert_eq!(all("0-10/5"), Ok(vec![0, 5, 10]));
        for bad in ["3-1", "1", "1-", "a-b", "1-2/0", "0-1000000", "-1-2", "1-99999999999"] {
            assert!(all(bad).is_err(), "{bad}");
        }
    }
}
