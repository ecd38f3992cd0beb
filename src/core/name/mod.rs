//! Labels and names, valid by construction and lower-cased.
//!
//! In: text of configuration and Kubernetes objects. Out: [`Label`], [`Name`].
//! Names of questions are [`QueryName`]; what they ask for is read in [`grammar`].
//! Does not know which names exist.

pub mod grammar;
mod query_name;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use query_name::{BadQueryName, QueryName};

/// Longest label (RFC 1035, section 2.3.4), in octets.
pub const MAX_LABEL: usize = 63;
/// Longest name in wire form, length octets and root included (RFC 1035, section 2.3.4).
pub const MAX_NAME: usize = 255;

/// One DNS label of letters, digits and hyphens, neither first nor last a hyphen
/// (RFC 1123, section 2.1), lower-cased: 1 to 63 octets.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String")]
pub struct Label(Box<str>);

impl Label {
    /// Reads a label; upper-case letters are lowered.
    ///
    /// # Errors
    /// Says which rule of a label the text breaks.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        check_label(text, false)?;
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// The label as text, lower-cased.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Appends the label's wire form: a length octet, then the octets.
    pub fn write_wire(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.0.len()).unwrap_or(0));
        out.extend_from_slice(self.0.as_bytes());
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Label {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

/// An absolute name in wire form, lower-cased, root octet included: 1 to 255 octets.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Name {
    wire: Box<[u8]>,
}

impl Name {
    /// Reads a name in presentation form, with or without the final dot; labels may hold
    /// underscores (RFC 8552) besides letters, digits and hyphens.
    ///
    /// # Errors
    /// Says which label or length is wrong.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let stripped = text.strip_suffix('.').unwrap_or(text);
        let mut wire = Vec::with_capacity(stripped.len() + 2);
        if !stripped.is_empty() {
            for label in stripped.split('.') {
                check_label(label, true)?;
                wire.push(u8::try_from(label.len()).unwrap_or(0));
                wire.extend_from_slice(label.to_ascii_lowercase().as_bytes());
            }
        } else if text.is_empty() {
            return Err(BadName::Empty);
        }
        wire.push(0);
        if wire.len() > MAX_NAME {
            return Err(BadName::NameTooLong(wire.len()));
        }
        Ok(Self { wire: wire.into() })
    }

    /// This name with `label` before it, where that still is a name.
    pub fn child(&self, label: &Label) -> Option<Self> {
        let mut wire = Vec::with_capacity(self.wire.len() + 1 + label.as_str().len());
        label.write_wire(&mut wire);
        wire.extend_from_slice(&self.wire);
        (wire.len() <= MAX_NAME).then(|| Self { wire: wire.into() })
    }

    /// The wire form, root octet included.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// How many labels stand before the root.
    pub fn label_count(&self) -> usize {
        self.labels().count()
    }

    /// The labels from the left, without the root.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        labels_of(&self.wire)
    }

    /// Whether this name is `ancestor` or stands below it.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        is_within(&self.wire, &ancestor.wire)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_presentation(&self.wire, f)
    }
}

/// The labels of a name in wire form, from the left, without the root. Stops at a length octet
/// that points past the end.
pub fn labels_of(wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = wire;
    std::iter::from_fn(move || {
        let (&length, tail) = rest.split_first()?;
        let label = tail.get(..usize::from(length)).filter(|label| !label.is_empty())?;
        rest = &tail[label.len()..];
        Some(label)
    })
}

/// The name that octets begin with, its root included; names in data of records are whole.
pub fn first_name(octets: &[u8]) -> &[u8] {
    let length = labels_of(octets).map(|label| label.len() + 1).sum::<usize>() + 1;
    octets.get(..length).unwrap_or(octets)
}

/// Whether the name `wire` is `ancestor` or stands below it; both lower-cased and in wire form.
pub fn is_within(wire: &[u8], ancestor: &[u8]) -> bool {
    // Only the starts of labels count: "\x07example" must not be found inside another label.
    let Some(start) = wire.len().checked_sub(ancestor.len()) else { return false };
    if &wire[start..] != ancestor {
        return false;
    }
    let mut at = 0;
    while at < start {
        at += 1 + usize::from(wire[at]);
    }
    at == start
}

/// Writes a name in wire form as text with a final dot.
pub fn write_presentation(wire: &[u8], out: &mut impl fmt::Write) -> fmt::Result {
    let mut is_root = true;
    for label in labels_of(wire) {
        is_root = false;
        label.iter().try_for_each(|&octet| write_escaped(octet, out))?;
        out.write_char('.')?;
    }
    if is_root { out.write_char('.') } else { Ok(()) }
}

/// Writes an octet of a label, in ASCII: one that would mislead, or means something else in master
/// files, behind a backslash; others that are no printable character as `\DDD` (RFC 1035, section
/// 5.1).
pub fn write_escaped(octet: u8, out: &mut impl fmt::Write) -> fmt::Result {
    match octet {
        b'.' | b'\\' | b'"' | b';' | b'(' | b')' | b'@' | b'$' => {
            write!(out, "\\{}", char::from(octet))
        }
        0x21..=0x7e => out.write_char(char::from(octet)),
        _ => write!(out, "\\{octet:03}"),
    }
}

/// Reads what [`write_presentation`] writes, with or without the final dot, into wire form; letters
/// keep their case. Labels may hold any octets.
///
/// # Errors
/// Says which rule of a name the text breaks.
pub fn read_presentation(text: &str) -> Result<Vec<u8>, BadName> {
    let (mut wire, mut label): (_, Vec<u8>) = (Vec::new(), Vec::new());
    let is_root = text == ".";
    let (mut rest, mut is_ended) = (if is_root { "" } else { text }.chars(), is_root);
    while let Some(character) = rest.next() {
        is_ended = character == '.';
        match character {
            '.' => end_label(&mut label, &mut wire)?,
            '\\' => label.push(escaped(&mut rest).ok_or(BadName::Escape)?),
            '!'..='~' => label.push(character as u8),
            _ if character.is_ascii() => return Err(BadName::Character(character)),
            _ => return Err(BadName::NotAscii(character)),
        }
    }
    if !is_ended {
        end_label(&mut label, &mut wire)?;
    }
    wire.push(0);
    if wire.len() > MAX_NAME { Err(BadName::NameTooLong(wire.len())) } else { Ok(wire) }
}

fn end_label(label: &mut Vec<u8>, wire: &mut Vec<u8>) -> Result<(), BadName> {
    match label.len() {
        0 => Err(BadName::Empty),
        length @ 1..=MAX_LABEL => {
            wire.push(length as u8);
            wire.append(label);
            Ok(())
        }
        length => Err(BadName::LabelTooLong(length)),
    }
}

/// The octet that stands behind a backslash: three decimal digits, or a character itself.
fn escaped(rest: &mut std::str::Chars<'_>) -> Option<u8> {
    let first = rest.next()?;
    let Some(hundreds) = first.to_digit(10) else { return u8::try_from(first).ok() };
    let mut digit = || rest.next()?.to_digit(10);
    let (tens, ones) = (digit()?, digit()?);
    u8::try_from(hundreds * 100 + tens * 10 + ones).ok()
}

/// Whether octets of a lower-cased name are a [`Label`].
pub fn is_host_label(label: &[u8]) -> bool {
    let fits = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
    label.iter().all(fits) && label.first() != Some(&b'-') && label.last() != Some(&b'-')
}

fn check_label(label: &str, with_underscore: bool) -> Result<(), BadName> {
    if label.is_empty() {
        return Err(BadName::Empty);
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || (with_underscore && c == '_');
    if let Some(bad) = label.chars().find(|&c| !fits(c)) {
        return Err(if bad.is_ascii() { BadName::Character(bad) } else { BadName::NotAscii(bad) });
    }
    if label.len() > MAX_LABEL {
        return Err(BadName::LabelTooLong(label.len()));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(BadName::Hyphen);
    }
    Ok(())
}

/// Why a text is no label or name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadName {
    /// A character that no label of ours holds.
    #[error("{:?} is not a letter, digit or hyphen", .0)]
    Character(char),
    /// A letter that ASCII does not have.
    #[error("'{}' is not ASCII: write the name in its A-label form, xn--...", .0.escape_unicode())]
    NotAscii(char),
    /// A backslash without a character, or three decimal digits up to 255, behind it.
    #[error("behind a backslash stands a character or three decimal digits up to 255")]
    Escape,
    /// A label without octets.
    #[error("a label is empty")]
    Empty,
    /// A hyphen at the start or the end.
    #[error("a label begins or ends with a hyphen")]
    Hyphen,
    /// More than 63 octets in a label.
    #[error("a label has {0} octets, more than 63")]
    LabelTooLong(usize),
    /// More than 255 octets in a name.
    #[error("the name has {0} octets, more than 255")]
    NameTooLong(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_within_itself_and_its_ancestors_at_label_starts_only() {
        let name = |text| Name::parse(text).expect("a name");
        assert!(name("a.example.com").is_within(&name("example.com.")));
        assert!(name("EXAMPLE.com").is_within(&name("example.com")));
        assert!(!name("aexample.com").is_within(&name("example.com")));
        assert!(!name("com").is_within(&name("example.com")));
        assert!(name("x.y").is_within(&name(".")));
    }

    #[test]
    fn bad_labels_say_why() {
        assert_eq!(Label::parse("a_b"), Err(BadName::Character('_')));
        assert_eq!(Label::parse("-a"), Err(BadName::Hyphen));
        assert_eq!(Label::parse(""), Err(BadName::Empty));
        assert_eq!(Label::parse(&"a".repeat(64)), Err(BadName::LabelTooLong(64)));
        assert_eq!(Name::parse("a..b"), Err(BadName::Empty));
    }
}
