//! Text of strangers, made fit to be printed: one line, and nothing that a terminal obeys.
//!
//! In: text that comes from clusters, files or peers. Out: the same, with control characters (C0,
//! DEL, C1), the separators of lines and paragraphs, and what turns the direction of writing as
//! escapes like `\n` and `\u{1b}`. Does not know where it is printed.
//!
//! Names and data of DNS have a text of their own, which is read again as it was (`presentation`); that
//! is ASCII and needs nothing of this. Words for people are the subject here.

use std::fmt::{self, Display, Write};

/// Whether a character is shown by what it does and not by how it looks.
pub fn is_obeyed(character: char) -> bool {
    let is_direction = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') || is_direction
}

/// Something whose text is shown on one line.
#[derive(Clone, Copy, Debug)]
pub struct Printable<D>(pub D);

impl<D: Display> Display for Printable<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Tame::line(f), "{}", self.0)
    }
}

/// A writer that passes on what is fit to be printed, and the rest as escapes.
pub struct Tame<'w> {
    out: &'w mut dyn Write,
    /// What is passed on all the same.
    allowed: &'static [char],
}

impl<'w> Tame<'w> {
    /// For what is to stay on one line.
    pub fn line(out: &'w mut dyn Write) -> Self {
        Self { out, allowed: &[] }
    }

    /// For text of several lines, with tabs.
    pub fn lines(out: &'w mut dyn Write) -> Self {
        Self { out, allowed: &['\n', '\t'] }
    }
}

impl Write for Tame<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_escaped = |it: char| is_obeyed(it) && !self.allowed.contains(&it);
        let mut rest = text;
        while let Some(at) = rest.find(is_escaped) {
            let (fit, next) = rest.split_at(at);
            self.out.write_str(fit)?;
            let mut characters = next.chars();
            if let Some(character) = characters.next() {
                write!(self.out, "{}", character.escape_default())?;
            }
            rest = characters.as_str();
        }
        self.out.write_str(rest)
    }
}

/// Text of several lines, made fit to be printed line by line.
pub fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing into a string can not fail.
    _ = Tame::lines(&mut out).write_str(text);
    out
}

/// JSON with everything that a terminal obeys escaped as JSON has it (RFC 8259, section 7), but for
/// the line ends between its values. Its strings hold none: those are escaped already, and so is what
/// JSON itself wants to be.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push('\n'),
            // All of them have four digits.
            it if is_obeyed(it) => out.push_str(&format!("\\u{:04x}", u32::from(it))),
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        let shown = |text: &str| Printable(text).to_string();
        assert_eq!(shown("plain \\ text: ä 漢 \"'"), "plain \\ text: ä 漢 \"'");
        assert_eq!(shown("a\nb\r\tc\0"), "a\\nb\\r\\tc\\u{0}");
        assert_eq!(shown("\u{1b}[2J\u{7}"), "\\u{1b}[2J\\u{7}");
        assert_eq!(shown("\u{7f}\u{85}\u{9b}31m"), "\\u{7f}\\u{85}\\u{9b}31m");
        assert_eq!(shown("\u{2028}\u{2029}"), "\\u{2028}\\u{2029}");
        for direction in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            let expected = format!("\\u{{{:x}}}", u32::from(direction));
            assert_eq!(Printable(direction).to_string(), expected);
        }
        assert_eq!(lines("a\n\tb\r\u{1b}"), "a\n\tb\\r\\u{1b}");
    }

    #[test]
    fn json_says_the_same_with_escapes() {
        let text = "\u{7f}\u{9b}\u{2028}\u{202e}\u{1b}\n\\ä";
        let document = serde_json::to_string_pretty(&[text, "x"]).expect("JSON");
        let shown = json(&document);
        assert!(shown.chars().all(|it| it == '\n' || !is_obeyed(it)), "{shown}");
        let read: [String; 2] = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(read, [text, "x"]);
    }
}
