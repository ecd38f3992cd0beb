//! Entries of a master file: words, strings, parentheses, comments (RFC 1035, section 5.1).
//!
//! In: octets. Out: the words of one entry after the other, each as written and with its place; or what keeps
//! an entry from being read, whereupon the next line is read.
//! Every octet is looked at once. Does not know what a word means.

use super::finding::Mark;

/// Most words of an entry: RDATA has at most 65,535 octets, and a word of hexadecimal digits may be one digit.
const MOST_WORDS: usize = 140_000;
/// Parentheses that may stand in one another.
const MOST_DEPTH: usize = 16;

/// A word or a string, as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'t> {
    /// Its octets, escapes and all; of a string those between the quotes.
    pub(super) raw: &'t [u8],
    /// Whether it stands in quotes.
    pub(super) is_quoted: bool,
    pub(super) mark: Mark,
}

impl Word<'_> {
    /// Whether it is this word, in letters of any case.
    pub(super) fn is(&self, text: &str) -> bool {
        !self.is_quoted && self.raw.eq_ignore_ascii_case(text.as_bytes())
    }
}

/// An entry, whose words were put where the lexer was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Whether it begins with a blank: its owner is the last one.
    pub(super) is_indented: bool,
}

/// What keeps an entry from being read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Unreadable {
    pub(super) mark: Mark,
    pub(super) why: &'static str,
}

/// Reads entries.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'t> {
    octets: &'t [u8],
    at: usize,
    line: u32,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(octets: &'t [u8]) -> Self {
        // What some editors put before UTF-8.
        let at = if octets.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { octets, at, line: 1 }
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// What keeps one from being read. It is passed over, and whatever stands behind its line comes next.
    pub(super) fn entry(&mut self, words: &mut Vec<Word<'t>>) -> Result<Option<Entry>, Unreadable> {
        words.clear();
        let read = self.read(words);
        if read.is_err() {
            self.skip_line();
        }
        read
    }

    fn read(&mut self, words: &mut Vec<Word<'t>>) -> Result<Option<Entry>, Unreadable> {
        let (mut opened, mut depth) = (Mark::default(), 0);
        let (mut is_indented, mut is_line_start) = (false, true);
        while let Some(&octet) = self.octets.get(self.at) {
            match octet {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    if depth == 0 {
                        if !words.is_empty() {
                            return Ok(Some(Entry { is_indented }));
                        }
                        (is_line_start, is_indented) = (true, false);
                        continue;
                    }
                }
                b' ' | b'\t' | b'\r' => {
                    is_indented |= is_line_start && words.is_empty();
                    self.at += 1;
                }
                b';' => self.skip_comment(),
                b'(' if depth == MOST_DEPTH => {
                    return Err(self.unreadable("too many parentheses are open"));
                }
                b'(' => {
                    if depth == 0 {
                        opened = self.mark(1);
                    }
                    depth += 1;
                    self.at += 1;
                }
                b')' if depth == 0 => return Err(self.unreadable("no parenthesis is open")),
                b')' => {
                    depth -= 1;
                    self.at += 1;
                }
                _ if words.len() == MOST_WORDS => {
                    return Err(self.unreadable("the entry has too many words"));
                }
                _ => words.push(self.word()?),
            }
            is_line_start = false;
        }
        if depth > 0 {
            words.clear();
            return Err(Unreadable { mark: opened, why: "the parenthesis is not closed" });
        }
        Ok((!words.is_empty()).then_some(Entry { is_indented }))
    }

    fn word(&mut self) -> Result<Word<'t>, Unreadable> {
        let start = self.at;
        if self.octets[start] == b'"' {
            let inner = self.string()?;
            let mark = Mark { at: start, len: self.at - start, line: self.line };
            let is_apart = self.octets.get(self.at).is_none_or(|next| is_end(*next));
            if !is_apart {
                return Err(self.unreadable("a blank is missing behind the string"));
            }
            return Ok(Word { raw: inner, is_quoted: true, mark });
        }
        while let Some(&octet) = self.octets.get(self.at) {
            match octet {
                b'\\' => self.escape()?,
                // `alpn="h2,h3"` (RFC 9460, section 2.1) is one word.
                b'"' => _ = self.string()?,
                _ if is_end(octet) => break,
                _ => self.at += 1,
            }
        }
        let raw = &self.octets[start..self.at];
        let mark = Mark { at: start, len: raw.len(), line: self.line };
        Ok(Word { raw, is_quoted: false, mark })
    }

    /// Passes over a string; gives what stands between its quotes.
    fn string(&mut self) -> Result<&'t [u8], Unreadable> {
        let quote = self.mark(1);
        self.at += 1;
        let start = self.at;
        loop {
            match self.octets.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(b'\n') | None => {
                    return Err(Unreadable {
                        mark: quote,
                        why: "the quote is not closed on its line",
                    });
                }
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(&self.octets[start..self.at - 1])
    }

    /// Passes over a backslash and what it makes plain.
    fn escape(&mut self) -> Result<(), Unreadable> {
        if matches!(self.octets.get(self.at + 1), None | Some(b'\n')) {
            return Err(self.unreadable("nothing stands behind the backslash"));
        }
        self.at += 2;
        Ok(())
    }

    fn mark(&self, len: usize) -> Mark {
        Mark { at: self.at, len, line: self.line }
    }

    fn unreadable(&self, why: &'static str) -> Unreadable {
        Unreadable { mark: self.mark(1), why }
    }

    fn skip_comment(&mut self) {
        let rest = &self.octets[self.at..];
        self.at += rest.iter().position(|&it| it == b'\n').unwrap_or(rest.len());
    }

    fn skip_line(&mut self) {
        self.skip_comment();
        if self.at < self.octets.len() {
            self.at += 1;
            self.line += 1;
        }
    }
}

/// Whether a word ends before this octet.
fn is_end(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' | b')')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<String> {
        let (mut lexer, mut words, mut all) = (Lexer::new(text.as_bytes()), Vec::new(), Vec::new());
        loop {
            match lexer.entry(&mut words) {
                Ok(None) => return all,
                Ok(Some(Entry { is_indented })) => {
                    let words: Vec<_> = words
                        .iter()
                        .map(|it| {
                            let text = String::from_utf8_lossy(it.raw);
                            if it.is_quoted { format!("<{text}>") } else { text.into_owned() }
                        })
                        .collect();
                    let indent = if is_indented { "_ " } else { "" };
                    all.push(format!("{indent}{}", words.join(" ")));
                }
                Err(Unreadable { mark, why }) => all.push(format!("{}: {why}", mark.line)),
            }
        }
    }

    #[test]
    fn words_strings_comments_and_parentheses() {
        assert_eq!(
            entries("\u{feff}a b;c\n\n ; x\n  d (e ;f\n g\n) h\ni"),
            ["a b", "_ d e g h", "i"]
        );
        assert_eq!(entries("a \"b c\\\" ;(\" d"), ["a <b c\\\" ;(> d"]);
        assert_eq!(entries("a b\\;c\\ d alpn=\"h2, h3\""), ["a b\\;c\\ d alpn=\"h2, h3\""]);
        assert_eq!(entries("a(b)c\r\n((d)\n)e"), ["a b c", "d e"]);
    }

    #[test]
    fn what_can_not_be_read_costs_its_line() {
        assert_eq!(entries("a \"b\nc"), ["1: the quote is not closed on its line", "c"]);
        assert_eq!(entries("a\n) b\nc"), ["a", "2: no parenthesis is open", "c"]);
        assert_eq!(entries("a\nb ( c\nd"), ["a", "2: the parenthesis is not closed"]);
        assert_eq!(entries("a \\\nb"), ["1: nothing stands behind the backslash", "b"]);
        assert_eq!(entries("a \"b\"c\nd"), ["1: a blank is missing behind the string", "d"]);
    }
}
