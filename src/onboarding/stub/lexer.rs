//! The words of a Corefile and its comments.
//!
//! In: text. Out: [`Word`]s and [`Comment`]s, each with its line and place.
//! The rules are those of CoreDNS's own lexer: a word that begins with a quote goes to the next
//! one that no backslash precedes; a `#` outside of quotes is a comment to the end of the line,
//! but at the end of a word it goes to the next blank only.
//! Does not know what a word means, braces either.

use std::ops::Range;
use std::rc::Rc;

/// Why a text is no Corefile.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} of the Corefile: {what}")]
pub struct BadCorefile {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl BadCorefile {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: shown(&what.into()) }
    }
}

/// A text for people, of one line: control characters of a Corefile are escaped.
pub(super) fn shown(text: &str) -> String {
    let escaped = |it: char| {
        let (plain, code) =
            if it.is_control() { (None, Some(it.escape_default())) } else { (Some(it), None) };
        plain.into_iter().chain(code.into_iter().flatten())
    };
    text.chars().flat_map(escaped).collect()
}

/// A word.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// The word without its quotes.
    pub(super) text: Rc<str>,
    /// The line on which it begins.
    pub(super) line: usize,
    /// Where it stands in the text, quotes included, in octets; of a word out of a snippet,
    /// where that is imported.
    pub(super) span: Range<usize>,
}

impl Word {
    /// The line on which it ends: quoted words may go over several.
    pub(super) fn last_line(&self) -> usize {
        self.line + self.text.matches('\n').count()
    }
}

/// A comment that stands alone on its line, from its sign to the end of the line.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) text: String,
    pub(super) line: usize,
    /// The whole line with its end, in octets.
    pub(super) span: Range<usize>,
}

/// Parts a text.
///
/// # Errors
/// A quote that does not close.
pub(super) fn lex(text: &str) -> Result<(Vec<Word>, Vec<Comment>), BadCorefile> {
    let (mut words, mut comments): (Vec<Word>, Vec<Comment>) = (Vec::new(), Vec::new());
    let mut line = 1;
    let mut line_start = 0;
    let mut characters = text.char_indices().peekable();
    if text.starts_with('\u{feff}') {
        characters.next();
        line_start = '\u{feff}'.len_utf8();
    }
    while let Some(&(start, first)) = characters.peek() {
        if first.is_whitespace() {
            characters.next();
            if first == '\n' {
                line += 1;
                line_start = start + 1;
            }
            continue;
        }
        if first == '#' {
            let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
            let comment = text[start..end].trim_end().to_owned();
            if text[line_start..start].trim().is_empty() {
                let span = line_start..(end + 1).min(text.len());
                comments.push(Comment { text: comment, line, span });
            }
            while characters.next_if(|(at, _)| *at < end).is_some() {}
            continue;
        }
        let began = line;
        let word = match first {
            '"' => quoted(&mut characters, &mut line)
                .ok_or_else(|| BadCorefile::new(began, "a quote is never closed"))?,
            _ => bare(&mut characters),
        };
        let end = characters.peek().map_or(text.len(), |(at, _)| *at);
        if line != began {
            // A quoted word ends on a later line than it began.
            line_start = text[start..end].rfind('\n').map_or(line_start, |at| start + at + 1);
        }
        words.push(Word { text: word.into(), line: began, span: start..end });
    }
    Ok((words, comments))
}

type Characters<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

fn quoted(characters: &mut Characters<'_>, line: &mut usize) -> Option<String> {
    let mut word = String::new();
    let mut is_escaped = false;
    characters.next();
    for (_, character) in characters {
        if character == '\n' {
            *line += 1;
        }
        match character {
            '"' if !is_escaped => return Some(word),
            '\\' if !is_escaped => {
                is_escaped = true;
                continue;
            }
            '"' => word.push('"'),
            _ if is_escaped => word.extend(['\\', character]),
            _ => word.push(character),
        }
        is_escaped = false;
    }
    None
}

fn bare(characters: &mut Characters<'_>) -> String {
    let mut word = String::new();
    let mut is_comment = false;
    let goes_on = |it: &(usize, char)| it.1 == '\r' || !it.1.is_whitespace();
    while let Some((_, character)) = characters.next_if(goes_on) {
        is_comment |= character == '#';
        if character != '\r' && !is_comment {
            word.push(character);
        }
    }
    word
}

/// A word that was read, written so that it is read again.
pub(super) fn written(word: &str) -> String {
    let is_bare = !word.is_empty()
        && !word.starts_with('"')
        && !word.contains(|it: char| it.is_whitespace() || it == '#');
    match is_bare {
        true => word.to_owned(),
        // Backslashes that stand before other characters were read as they are.
        false => format!("\"{}\"", word.replace('"', "\\\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_coredns() {
        for (text, expected) in [
            ("a b\tc\r\n d", vec!["a", "b", "c", "d"]),
            ("a#b c # d e\nf", vec!["a", "c", "f"]),
            ("a\rb", vec!["ab"]),
            ("\"a b\"c \"\" \"\\\"#\\n\\\\\" e\"f\"", vec!["a b", "c", "", "\"#\\n\\\\", "e\"f\""]),
            ("\u{feff}a\u{a0}b\u{85}c", vec!["a", "b", "c"]),
        ] {
            let (words, _) = lex(text).expect("words");
            let found: Vec<_> = words.iter().map(|word| &*word.text).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        for word in ["eth0", "{$A}", "a b", "", "\"x\" #", "{ $B }", "a\\b c", "a \\\\"] {
            let text = written(word);
            let (words, _) = lex(&text).expect("words");
            assert!(matches!(&words[..], [only] if &*only.text == word), "{word}: {text}");
        }
    }
}
