//! What is wrong with a master file, or odd, and where.
//!
//! In: places in texts and words. Out: [`Findings`], as many as people read and the number of the others.
//! Does not know what any word of a master file means.

use std::fmt;

use crate::core::printable::Printable;

/// Most faults and most notices of one zone that are told, each; the others are counted.
const MOST: usize = 100;
/// Most characters of a line that are shown.
const MOST_SHOWN: usize = 160;

/// A place in a file as people count: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Octets of one text: where they begin, how many they are, and on which line, from 1.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Mark {
    pub(super) at: usize,
    pub(super) len: usize,
    pub(super) line: u32,
}

/// A text that is read, with the name by which people know it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'t> {
    pub(super) file: &'t str,
    pub(super) octets: &'t [u8],
}

/// One thing that is wrong, or odd.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The file, by the name under which it was read.
    pub file: Box<str>,
    /// Where in it; `None` where it is about the whole file.
    pub position: Option<Position>,
    /// The line, as far as it is shown.
    pub excerpt: Box<str>,
    /// Characters of the line before the mark, and under it.
    mark: Marked,
    /// What is wrong, in one sentence.
    pub text: Box<str>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Marked {
    before: usize,
    under: usize,
}

impl Finding {
    /// About a whole file.
    pub(super) fn of_file(file: &str, text: impl Into<Box<str>>) -> Self {
        let (file, excerpt, mark) = (file.into(), "".into(), Marked::default());
        Self { file, position: None, excerpt, mark, text: text.into() }
    }

    /// About the octets at `mark`.
    pub(super) fn at(source: Text<'_>, mark: Mark, text: impl Into<Box<str>>) -> Self {
        let octets = source.octets;
        let at = mark.at.min(octets.len());
        let start = octets[..at].iter().rposition(|&it| it == b'\n').map_or(0, |before| before + 1);
        let rest = &octets[at..];
        let end = at + rest.iter().position(|&it| it == b'\n').unwrap_or(rest.len());
        let count = |octets: &[u8]| String::from_utf8_lossy(octets).chars().count();
        let before = count(&octets[start..at]);
        let under = count(&octets[at..end.min(at + mark.len)]).max(1);
        // Of a line that is long enough to hide what is marked, what stands around the mark is shown.
        let skipped = before.saturating_sub(MOST_SHOWN / 2);
        let line = String::from_utf8_lossy(&octets[start..end]);
        let shown = line.chars().skip(skipped).take(MOST_SHOWN);
        // A mark stands right under a line only if each character has one column.
        let plain = |it: char| if it == '\t' { ' ' } else { it };
        let excerpt: String = shown.map(plain).collect();
        let length = excerpt.chars().count();
        let before_shown = before - skipped;
        Self {
            file: source.file.into(),
            position: Some(Position { line: mark.line, column: before as u32 + 1 }),
            mark: Marked {
                before: before_shown,
                under: under.min(length.saturating_sub(before_shown)).max(1),
            },
            excerpt: excerpt.trim_end().into(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Finding {
    /// One line, `FILE:LINE:COLUMN: what is wrong`; with `{:#}` the line of the file and a mark below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printable(&self.file))?;
        let Some(Position { line, column }) = self.position else {
            return write!(f, ": {}", Printable(&self.text));
        };
        write!(f, ":{line}:{column}: {}", Printable(&self.text))?;
        if f.alternate() {
            // What is escaped is longer, and then the mark would stand elsewhere.
            let excerpt: String =
                self.excerpt.chars().map(|it| if it.is_control() { '?' } else { it }).collect();
            let (number, Marked { before, under }) = (line.to_string(), self.mark);
            let margin = " ".repeat(number.len());
            let (blank, caret) = (" ".repeat(before), "^".repeat(under));
            write!(f, "\n {number} | {}\n {margin} | {blank}{caret}", Printable(&excerpt))?;
        }
        Ok(())
    }
}

/// What is wrong with the files of a zone, and what is odd.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Findings {
    /// What is wrong, in the order in which it was found: with any of them there is no zone.
    pub faults: Vec<Finding>,
    /// How many more there are.
    pub more_faults: usize,
    /// What is odd, and does no harm.
    pub notices: Vec<Finding>,
    /// How many more there are.
    pub more_notices: usize,
}

impl Findings {
    /// One fault, about a whole file.
    pub fn of_file(file: &str, text: &str) -> Self {
        Self { faults: vec![Finding::of_file(file, text)], ..Self::default() }
    }

    /// How many faults there are.
    pub fn fault_count(&self) -> usize {
        self.faults.len() + self.more_faults
    }

    pub(super) fn fault(&mut self, finding: impl FnOnce() -> Finding) {
        add(&mut self.faults, &mut self.more_faults, finding);
    }

    pub(super) fn notice(&mut self, finding: impl FnOnce() -> Finding) {
        add(&mut self.notices, &mut self.more_notices, finding);
    }
}

fn add(list: &mut Vec<Finding>, more: &mut usize, finding: impl FnOnce() -> Finding) {
    if list.len() < MOST {
        list.push(finding());
    } else {
        *more += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_its_line_and_marks_the_place() {
        let octets = b"a A 192.0.2.1\n\xc3\xa4\twww AA x\nrest";
        let at = octets.windows(2).position(|it| it == b"AA").expect("AA");
        let text = Text { file: "f.zone", octets };
        let finding = Finding::at(text, Mark { at, len: 2, line: 2 }, "no type");
        assert_eq!(finding.to_string(), "f.zone:2:7: no type");
        let shown = "f.zone:2:7: no type\n 2 | \u{e4} www AA x\n   |       ^^";
        assert_eq!(format!("{finding:#}"), shown);
    }

    #[test]
    fn a_long_line_is_shown_around_its_mark() {
        let octets = [&[b'x'; 1000][..], b"!", &[b'y'; 1000]].concat();
        let text = Text { file: "f", octets: &octets };
        let finding = Finding::at(text, Mark { at: 1000, len: 1, line: 1 }, "odd");
        assert_eq!(finding.position, Some(Position { line: 1, column: 1001 }));
        assert_eq!(finding.excerpt.chars().count(), MOST_SHOWN);
        assert_eq!(finding.excerpt.chars().nth(finding.mark.before), Some('!'));
    }

    #[test]
    fn findings_are_bounded_and_counted() {
        let mut findings = Findings::default();
        (0..MOST + 5).for_each(|_| findings.fault(|| Finding::of_file("f", "x")));
        assert_eq!((findings.faults.len(), findings.fault_count()), (MOST, MOST + 5));
    }
}
