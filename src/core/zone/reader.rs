//! Master files: entries become records, directives change what entries mean (RFC 1035, section 5.1).
//!
//! In: a text, and whoever reads included ones. Out: records with their places, and every fault at once.
//! What hostile texts take is bounded: records, their octets, included files, and how deep they stand in one
//! another. Does not know which records go together.

use std::sync::Arc;

use super::finding::{Finding, Findings, Mark, Text};
use super::generate::{range, substitute};
use super::key::Key;
use super::lexer::{Entry, Lexer, Word};
use super::rdata::{self, Flawed, Words};
use super::text::{self, Why, name, ttl, unescape};
use super::types::{is_data, type_name, type_number};
use crate::core::name::{Name, is_within};

/// Most records of a zone.
const MOST_RECORDS: usize = 5_000_000;
/// Most octets of all their data and names.
const MOST_OCTETS: usize = 1 << 30;
/// Most files of a zone, and most octets of all of them.
const MOST_FILES: usize = 1_000;
const MOST_TEXT: usize = 1 << 28;
/// How deep files may stand in one another.
const MOST_DEPTH: usize = 8;

/// A file that another one includes.
#[derive(Clone, Copy, Debug)]
pub struct Inclusion<'a> {
    /// Its path as written.
    pub path: &'a str,
    /// The file in which that stands, by the name under which it was read.
    pub from: &'a str,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Included {
    /// The name by which people know it.
    pub file: Box<str>,
    /// What it holds.
    pub octets: Vec<u8>,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The text, by number.
    text: usize,
    mark: Mark,
}

impl Place {
    /// What stands first in the order of files comes first.
    pub(super) fn order(&self) -> [usize; 2] {
        [self.text, self.mark.at]
    }
}

/// A record as it was read.
#[derive(Clone, Debug)]
pub(super) struct RawRecord {
    /// Its owner.
    pub(super) key: Box<[u8]>,
    pub(super) type_number: u16,
    /// In seconds; `None` where nothing says so yet.
    pub(super) ttl: Option<u32>,
    pub(super) data: Box<[u8]>,
    pub(super) place: Place,
}

/// What entries mean depends on it.
#[derive(Clone, Debug)]
struct Context {
    origin: Vec<u8>,
    owner: Option<Vec<u8>>,
    /// What `$TTL` says.
    ttl: Option<u32>,
    /// The last that an entry gave.
    last_ttl: Option<u32>,
}

/// Whoever reads included files.
pub(super) type Include<'i> = dyn FnMut(Inclusion<'_>) -> Result<Included, Box<str>> + 'i;

/// Reads the files of a zone.
pub(super) struct Reader<'i> {
    pub(super) apex: Name,
    include: &'i mut Include<'i>,
    texts: Vec<Arc<Included>>,
    text_octets: usize,
    context: Context,
    pub(super) records: Vec<RawRecord>,
    octets: usize,
    is_full: bool,
    pub(super) findings: Findings,
}

impl<'i> Reader<'i> {
    pub(super) fn new(apex: &Name, include: &'i mut Include<'i>) -> Self {
        let origin = apex.wire().to_vec();
        Self {
            apex: apex.clone(),
            include,
            texts: Vec::new(),
            text_octets: 0,
            context: Context { origin, owner: None, ttl: None, last_ttl: None },
            records: Vec::new(),
            octets: 0,
            is_full: false,
            findings: Findings::default(),
        }
    }

    /// The files that were read.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &*text.file)
    }

    /// Reads a file and all that it includes. `depth`: how many files it stands in.
    pub(super) fn read(&mut self, file: Included, depth: usize) {
        let (number, text) = (self.texts.len(), Arc::new(file));
        self.text_octets += text.octets.len();
        self.texts.push(text.clone());
        let (mut lexer, mut words) = (Lexer::new(&text.octets), Vec::new());
        while !self.is_full {
            let done = match lexer.entry(&mut words) {
                Ok(None) => return,
                Ok(Some(entry)) => self.entry(entry, &words, number, depth),
                Err(bad) => Err(Flawed { mark: bad.mark, why: bad.why.into() }),
            };
            if let Err(Flawed { mark, why }) = done {
                self.fault(Place { text: number, mark }, why);
            }
        }
    }

    /// Tells a fault.
    pub(super) fn fault(&mut self, place: Place, why: impl Into<Why>) {
        let (texts, findings) = (&self.texts, &mut self.findings);
        findings.fault(|| finding(texts, place, why.into()));
    }

    /// Tells something odd.
    pub(super) fn notice(&mut self, place: Place, why: impl Into<Why>) {
        let (texts, findings) = (&self.texts, &mut self.findings);
        findings.notice(|| finding(texts, place, why.into()));
    }

    fn entry(
        &mut self,
        entry: Entry,
        words: &[Word<'_>],
        text: usize,
        depth: usize,
    ) -> Result<(), Flawed> {
        let Some(first) = words.first() else { return Ok(()) };
        if first.is_quoted || !first.raw.starts_with(b"$") {
            return self.record(entry, words, text);
        }
        let words = Words::new(&words[1..], first.mark, &[]);
        if first.is("$ORIGIN") {
            self.origin(words)
        } else if first.is("$TTL") {
            self.default_ttl(words)
        } else if first.is("$INCLUDE") {
            self.inclusion(words, text, depth)
        } else if first.is("$GENERATE") {
            self.generate(words, text)
        } else {
            let why = "no such directive; they are $ORIGIN, $TTL, $INCLUDE and $GENERATE";
            Err(Flawed { mark: first.mark, why: why.into() })
        }
    }

    fn origin(&mut self, mut words: Words<'_, '_>) -> Result<(), Flawed> {
        let word = words.next("a name")?;
        let origin = name(word, &self.context.origin).map_err(|why| Flawed::new(word, why))?;
        self.context.origin = origin;
        words.end()
    }

    fn default_ttl(&mut self, mut words: Words<'_, '_>) -> Result<(), Flawed> {
        let word = words.next("a TTL")?;
        self.context.ttl = Some(ttl(word).map_err(|why| Flawed::new(word, why))?);
        words.end()
    }

    fn inclusion(
        &mut self,
        mut words: Words<'_, '_>,
        text: usize,
        depth: usize,
    ) -> Result<(), Flawed> {
        let word = words.next("a file")?;
        let path = unescape(word.raw).map_err(|why| Flawed::new(word, why))?;
        let path = String::from_utf8(path).map_err(|_| Flawed::new(word, "a path is UTF-8"))?;
        let mut origin = self.context.origin.clone();
        if words.peek().is_some() {
            let word = words.next("a name")?;
            origin = name(word, &origin).map_err(|why| Flawed::new(word, why))?;
        }
        words.end()?;
        if depth + 1 >= MOST_DEPTH {
            return Err(Flawed::new(word, format!("files stand {MOST_DEPTH} deep in one another")));
        }
        if self.texts.len() >= MOST_FILES {
            return Err(Flawed::new(word, format!("the zone has more than {MOST_FILES} files")));
        }
        let from = self.texts[text].file.clone();
        let file = (self.include)(Inclusion { path: &path, from: &from });
        let file = file.map_err(|why| Flawed::new(word, why))?;
        if self.text_octets + file.octets.len() > MOST_TEXT {
            return Err(Flawed::new(
                word,
                format!("the zone has more than {MOST_TEXT} octets of text"),
            ));
        }
        // What a file says of names and times behind it ends with the file.
        let before = self.context.clone();
        self.context.origin = origin;
        self.read(file, depth + 1);
        self.context = before;
        Ok(())
    }

    fn generate(&mut self, mut words: Words<'_, '_>, text: usize) -> Result<(), Flawed> {
        let first = words.next("a range")?;
        let numbers = range(first).map_err(|why| Flawed::new(first, why))?;
        let templates = words.rest();
        let mut made: Vec<Vec<u8>> = Vec::new();
        for number in numbers {
            made.clear();
            for template in templates {
                let raw = substitute(template.raw, number);
                made.push(raw.map_err(|why| Flawed::new(template, why))?);
            }
            let words: Vec<Word<'_>> = made
                .iter()
                .zip(templates)
                .map(|(raw, template)| Word { raw, ..*template })
                .collect();
            self.record(Entry { is_indented: false }, &words, text)?;
            if self.is_full {
                break;
            }
        }
        Ok(())
    }

    fn record(&mut self, entry: Entry, words: &[Word<'_>], text: usize) -> Result<(), Flawed> {
        let Some(first) = words.first() else { return Ok(()) };
        let mut rest = words;
        let owner = if entry.is_indented {
            let why = "no entry before this one names an owner";
            self.context.owner.clone().ok_or_else(|| Flawed::new(first, why))?
        } else {
            rest = &words[1..];
            let owner = name(first, &self.context.origin);
            // Lines that go on with an owner that can not be read are looked at all the same.
            let owner = owner.inspect_err(|_| self.context.owner = Some(self.apex.wire().to_vec()));
            let owner = owner.map_err(|why| Flawed::new(first, why))?.to_ascii_lowercase();
            self.context.owner = Some(owner.clone());
            owner
        };
        if !is_within(&owner, self.apex.wire()) {
            let mut shown = String::new();
            rdata::write_name(&owner, &mut shown);
            let why = format!("{shown} lies outside of the zone {}", self.apex);
            return Err(Flawed::new(first, why));
        }
        let mut given = None;
        let mut words = Words::new(rest, first.mark, &self.context.origin);
        let mut class_and_ttl = |words: &mut Words<'_, '_>| -> Result<u16, Flawed> {
            let mut has_class = false;
            loop {
                let word = words.next("a type")?;
                if !has_class && is_class(word)? {
                    has_class = true;
                } else if given.is_none() && word.raw.first().is_some_and(u8::is_ascii_digit) {
                    given = Some(ttl(word).map_err(|why| Flawed::new(word, why))?);
                } else {
                    return type_of(word);
                }
            }
        };
        let type_number = class_and_ttl(&mut words)?;
        let data = rdata::read(type_number, words)?;
        if given.is_some() {
            self.context.last_ttl = given;
        }
        let ttl = given.or(self.context.ttl).or(self.context.last_ttl);
        let place = Place { text, mark: first.mark };
        self.add(&owner, Fields { type_number, ttl, data }, place);
        Ok(())
    }

    fn add(&mut self, owner: &[u8], fields: Fields, place: Place) {
        let Fields { type_number, ttl, data } = fields;
        let Some(key) = Key::new(owner, self.apex.wire().len()) else { return };
        self.octets += key.octets().len() + data.len();
        if self.records.len() == MOST_RECORDS || self.octets > MOST_OCTETS {
            self.is_full = true;
            let why = format!(
                "the zone has more than {MOST_RECORDS} records, or {MOST_OCTETS} octets of them"
            );
            return self.fault(place, why);
        }
        let (key, data) = (key.octets().into(), data.into());
        self.records.push(RawRecord { key, type_number, ttl, data, place });
    }
}

/// What a record has beside its owner.
struct Fields {
    type_number: u16,
    ttl: Option<u32>,
    data: Vec<u8>,
}

fn finding(texts: &[Arc<Included>], place: Place, why: Why) -> Finding {
    match texts.get(place.text) {
        Some(text) => Finding::at(Text { file: &text.file, octets: &text.octets }, place.mark, why),
        None => Finding::of_file("", why),
    }
}

/// Whether a word is a class; there is one.
fn is_class(word: &Word<'_>) -> Result<bool, Flawed> {
    if word.is("IN") || word.is("CLASS1") {
        return Ok(true);
    }
    let raw = word.raw.to_ascii_uppercase();
    let is_number = raw.strip_prefix(b"CLASS").is_some_and(|it| it.iter().all(u8::is_ascii_digit));
    let is_other = !word.is_quoted && (matches!(&*raw, b"CH" | b"HS" | b"CS") || is_number);
    if is_other { Err(Flawed::new(word, "the one class that is served is IN")) } else { Ok(false) }
}

fn type_of(word: &Word<'_>) -> Result<u16, Flawed> {
    let text = std::str::from_utf8(word.raw).unwrap_or_default();
    let number = type_number(text).filter(|_| !word.is_quoted);
    let Some(number) = number else {
        return Err(Flawed::new(word, format!("there is no type {}", text::shown(word))));
    };
    if !is_data(number) {
        let why = format!("{} is for questions and messages, and not for zones", type_name(number));
        return Err(Flawed::new(word, why));
    }
    Ok(number)
}
