//! Lines for people: whatever is named in them, each stays one line, and no terminal obeys it.
//!
//! In: texts in which names, paths and words of clusters, files and peers stand. Out: lines on
//! standard output and standard error. Does not know what is said.

use std::fmt::Display;
use std::io::{self, Write, stderr, stdout};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::core::printable::Printable;

/// Writes one line.
pub(super) fn line(out: &mut impl Write, text: impl Display) -> io::Result<()> {
    writeln!(out, "{}", Printable(text))
}

/// Writes one line to standard output; who reads it may have seen enough.
pub(super) fn say(text: impl Display) {
    _ = line(&mut stdout().lock(), text);
}

/// Writes one line to standard error, in which nobody may be interested.
pub(super) fn tell(text: impl Display) {
    _ = line(&mut stderr().lock(), text);
}

/// The same document with texts that are fit to be printed.
///
/// # Errors
/// The document can not be written and read as JSON.
pub(super) fn printable<T: Serialize + DeserializeOwned>(document: T) -> serde_json::Result<T> {
    serde_json::from_value(tame(serde_json::to_value(document)?))
}

/// The same value with texts that are fit to be printed.
pub(super) fn tame(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(Printable(text).to_string()),
        Value::Array(values) => values.into_iter().map(tame).collect(),
        Value::Object(map) => {
            map.into_iter().map(|(key, value)| (Printable(key).to_string(), tame(value))).collect()
        }
        other => other,
    }
}

/// Passes text of several lines on, piece by piece, without what a terminal obeys.
pub(super) struct Tamed<W> {
    out: W,
    /// The beginning of a character whose end has not come yet.
    rest: Vec<u8>,
}

impl<W: Write> Tamed<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, rest: Vec::new() }
    }
}

impl<W: Write> Write for Tamed<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(octets);
        // Of a character at the end there may be only some of its octets, which are four at most.
        let whole = match str::from_utf8(&self.rest) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.rest.len(),
        };
        let text = String::from_utf8_lossy(&self.rest[..whole]);
        self.out.write_all(crate::core::printable::lines(&text).as_bytes())?;
        self.rest.drain(..whole);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_passed_on_without_what_a_terminal_obeys() {
        let text = "a\tä\u{9b}漢\u{1b}[2J\n\u{202e}b\n";
        for size in 1..8 {
            let mut out = Vec::new();
            let mut tamed = Tamed::new(&mut out);
            text.as_bytes().chunks(size).for_each(|it| tamed.write_all(it).expect("memory"));
            assert_eq!(
                String::from_utf8(out).expect("text"),
                "a\tä\\u{9b}漢\\u{1b}[2J\n\\u{202e}b\n"
            );
        }
        let mut out = Vec::new();
        Tamed::new(&mut out).write_all(b"a\xff\x1bb\n").expect("memory");
        assert_eq!(String::from_utf8_lossy(&out), "a\u{fffd}\\u{1b}b\n");
    }

    #[test]
    fn all_texts_of_a_document_are_made_fit() {
        let document = serde_json::json!({ "a\n": ["\u{1b}", 1, null], "b": { "c": "\u{2028}" } });
        let expected =
            serde_json::json!({ "a\\n": ["\\u{1b}", 1, null], "b": { "c": "\\u{2028}" } });
        assert_eq!(printable(document).expect("JSON"), expected);
    }
}
