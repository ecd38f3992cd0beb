//! Reading: the octets of a file as Kubernetes objects.
//!
//! In: JSON or YAML, one document or many, single objects or lists. Out: [`Contents`], or the one
//! reason why the file can not be read, with line and column.
//! An object that can not be used costs itself alone; broken syntax costs the file.
//! Does not know folders, disks, or what other files hold.

use std::fmt;
use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use serde::de::{DeserializeSeed, IgnoredAny};
use serde_saphyr::MessageFormatter;

use crate::clusters::kubernetes::Unusable;
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Facts, Object};

use super::document::{Document, Reading};
use super::unquoted;

/// Largest file that is read, in octets.
pub const MAX_FILE: u64 = 2 << 30;

/// Broken JSON up to this size, in octets, is tried as YAML, whose flow style looks alike.
const MAX_RETRY: usize = 4 << 20;

/// Complaints of one sort that a file repeats one by one; the rest is counted.
const MAX_TOLD: usize = 8;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Its objects, each once.
    pub objects: Vec<Object>,
    /// What identifies each of them, in the same order: see [`identity`].
    pub identities: Vec<u64>,
    /// What can not be used.
    pub flaws: Vec<(Subject, Flaw)>,
    /// It holds nothing but white space, comments and empty documents.
    pub is_blank: bool,
}

/// Why octets are no Kubernetes objects, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unreadable {
    /// Line, from 1; 0 where the fault stands at no place.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// What is wrong there.
    pub why: Box<str>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.line, self.column)?;
        }
        f.write_str(&self.why)
    }
}

impl std::error::Error for Unreadable {}

/// Reads the octets of the file called `file`. Stops early, with an error, once `stop` says so.
///
/// # Errors
/// Octets that are not UTF-8, not JSON or YAML, or no objects at all.
pub fn read(
    file: &str,
    octets: &[u8],
    hasher: &RandomState,
    stop: &dyn Fn() -> bool,
) -> Result<Contents, Unreadable> {
    let text = std::str::from_utf8(octets).map_err(|error| {
        let valid = octets.get(..error.valid_up_to()).unwrap_or_default();
        let (line, column) = position(&String::from_utf8_lossy(valid));
        Unreadable { line, column, why: "it is not UTF-8 text".into() }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading::new(stop);
    if text.trim_start().starts_with(['{', '[']) {
        if let Err(error) = read_json(text, &mut reading) {
            let is_json = file.to_ascii_lowercase().ends_with(".json") || text.len() > MAX_RETRY;
            reading = Reading::new(stop);
            // The JSON reader's reason fits better: whoever begins with a brace means JSON.
            if is_json || read_yaml(text, &mut reading).is_err() {
                return Err(error);
            }
        }
    } else {
        read_yaml(text, &mut reading)?;
    }
    let Reading { objects, unusable, has_kinds, .. } = reading;
    if let (false, Some(Unusable { flaw, .. })) = (has_kinds, unusable.first()) {
        return Err(Unreadable { line: 0, column: 0, why: flaw.to_string().into() });
    }
    let mut contents = Contents { objects, is_blank: !has_kinds, ..Contents::default() };
    contents.flaws = flaws(file, unusable);
    contents.keep_first(file, hasher);
    Ok(contents)
}

/// What is wrong with which object; with the file, where an object has no name.
fn flaws(file: &str, unusable: Vec<Unusable>) -> Vec<(Subject, Flaw)> {
    let of_file = || Subject::File(file.into());
    let (mut flaws, mut nameless) = (Vec::with_capacity(unusable.len()), 0_usize);
    for Unusable { subject, flaw } in unusable {
        nameless += usize::from(subject.is_none());
        if subject.is_some() || nameless <= MAX_TOLD {
            flaws.push((subject.unwrap_or_else(of_file), flaw));
        }
    }
    if nameless > MAX_TOLD {
        let why = format!("{} more objects can not be used", nameless - MAX_TOLD);
        flaws.push((of_file(), Flaw::ObjectUnusable(why.into())));
    }
    flaws
}

/// Line and column, from 1, of what follows `before`.
fn position(before: &str) -> (u64, u64) {
    let lines = before.bytes().filter(|&octet| octet == b'\n').count();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (lines as u64 + 1, line.chars().count() as u64 + 1)
}

/// Documents of JSON, one after another.
fn read_json(text: &str, reading: &mut Reading<'_>) -> Result<(), Unreadable> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\n', '\r', '\t']).len();
        at += blank;
        if at == text.len() {
            return Ok(());
        }
        let mut deserializer = serde_json::Deserializer::from_str(&text[at..]);
        Document(&mut *reading)
            .deserialize(&mut deserializer)
            .map_err(|error| json_fault(&text[..at], &error))?;
        at += deserializer.into_iter::<IgnoredAny>().byte_offset();
    }
}

/// `error` counts lines from the start of its document, which stands behind `before`.
fn json_fault(before: &str, error: &serde_json::Error) -> Unreadable {
    let (line, column) = position(before);
    let (own_line, own_column) = (error.line() as u64, error.column() as u64);
    let text = error.to_string();
    let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why);
    Unreadable {
        line: line + own_line.saturating_sub(1),
        column: if own_line <= 1 { column + own_column.saturating_sub(1) } else { own_column },
        why: why.into(),
    }
}

/// Documents of YAML. They are parted here, at markers in the first column, which can stand
/// nowhere else (YAML 1.2.2, rule c-forbidden): so the parser keeps nothing between documents.
fn read_yaml(text: &str, reading: &mut Reading<'_>) -> Result<(), Unreadable> {
    let (mut start, mut at, mut line, mut start_line) = (0, 0, 0, 0);
    for text_line in text.split_inclusive('\n') {
        if is_marker(text_line, "---") {
            read_yaml_document(&text[start..at], start_line, reading)?;
            (start, start_line) = (at, line);
        }
        at += text_line.len();
        line += 1;
        if is_marker(text_line, "...") {
            read_yaml_document(&text[start..at], start_line, reading)?;
            (start, start_line) = (at, line);
        }
    }
    read_yaml_document(&text[start..], start_line, reading)
}

fn is_marker(line: &str, marker: &str) -> bool {
    let rest = line.strip_prefix(marker);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

fn read_yaml_document(text: &str, line: u64, reading: &mut Reading<'_>) -> Result<(), Unreadable> {
    // Directives and comments before a marker are no document of their own.
    let is_void = |line: &str| line.trim().is_empty() || line.starts_with(['#', '%']);
    if text.lines().all(|line| is_void(line) || line.trim() == "..." || line.trim() == "---") {
        return Ok(());
    }
    let read = |deserializer: serde_saphyr::Deserializer<'_, '_>| {
        Document(&mut *reading).deserialize(deserializer)
    };
    serde_saphyr::with_deserializer_from_str_with_options(text, yaml_options(text), read).map_err(
        |error| {
            let error = error.without_snippet();
            let why = serde_saphyr::UserMessageFormatter.format_message(error).into();
            // What stands at no place of its own is laid to the start of the document.
            let place = error.location().map(|place| (place.line(), place.column()));
            let (own_line, column) = place.filter(|(line, _)| *line > 0).unwrap_or((1_u64, 1_u64));
            Unreadable { line: line + own_line, column, why }
        },
    )?;
    let unquoted = unquoted::find(text, line);
    reading.unusable.extend(unquoted.into_iter().map(|flaw| Unusable { subject: None, flaw }));
    Ok(())
}

/// The parser's budgets, made for configuration files, grow with the document: whoever writes
/// into the folder is trusted to fill it. What a few octets could blow up stays bounded: depth,
/// and what aliases repeat.
fn yaml_options(text: &str) -> serde_saphyr::Options {
    let size = text.len();
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_documents: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_anchors: size,
            max_aliases: size,
            max_recorded_anchor_events: size.max(1_000_000),
            max_recorded_anchor_bytes: size.max(64 << 20),
            max_merge_keys: size,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: size.max(1_000_000),
        },
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        // A Service may be called `n` or `on`, which YAML 1.1 takes for truth values.
        strict_booleans: true,
        with_snippet: false,
    }
}

/// What identifies an object among all objects of its cluster, as Kubernetes sees it: kind,
/// namespace and name. 64 bits of it are enough: among two million objects, a chance of one in
/// ten million that any two are taken for one; and nobody can choose which.
pub fn identity(object: &Object, hasher: &RandomState) -> u64 {
    match &object.facts {
        Facts::Node(name, _) => hasher.hash_one((0_u8, &**name)),
        Facts::Service(key, _) => {
            hasher.hash_one((1_u8, key.namespace.as_str(), key.name.as_str()))
        }
        Facts::Slice(key, facts) => hasher.hash_one((2_u8, key.namespace.as_str(), &*facts.name)),
    }
}

/// An object as complaints name it, such as `Service shop/cart`.
pub fn title(object: &Object) -> Box<str> {
    match &object.facts {
        Facts::Node(name, _) => format!("Node {name}"),
        Facts::Service(key, _) => format!("Service {key}"),
        Facts::Slice(key, facts) => format!("EndpointSlice {}/{}", key.namespace, facts.name),
    }
    .into()
}

/// What is said of objects that count elsewhere: the first few by name, the others as a number.
pub(super) fn conflicts(objects: impl Iterator<Item = (Box<str>, Box<str>)>) -> Vec<Flaw> {
    let (mut flaws, mut more) = (Vec::new(), 0_usize);
    let mut last: Box<str> = "".into();
    for (object, kept) in objects {
        if flaws.len() < MAX_TOLD {
            flaws.push(Flaw::ConflictingFiles { object, kept });
        } else {
            (more, last) = (more + 1, kept);
        }
    }
    if more > 0 {
        let object = format!("one of {more} more objects").into();
        flaws.push(Flaw::ConflictingFiles { object, kept: last });
    }
    flaws
}

impl Contents {
    /// Fills `identities`; of objects that stand here twice, the first counts.
    fn keep_first(&mut self, file: &str, hasher: &RandomState) {
        self.identities = self.objects.iter().map(|object| identity(object, hasher)).collect();
        let mut order: Vec<(u64, u32)> =
            self.identities.iter().zip(0..).map(|(&identity, at)| (identity, at)).collect();
        order.sort_unstable();
        let mut again: Vec<u32> = Vec::new();
        for pair in order.windows(2) {
            if pair[0].0 == pair[1].0 {
                again.push(pair[1].1);
            }
        }
        if again.is_empty() {
            return;
        }
        again.sort_unstable();
        let is_again = |at: usize| again.binary_search(&(at as u32)).is_ok();
        let repeated = again.iter().map(|&at| (title(&self.objects[at as usize]), "".into()));
        let flaws = conflicts(repeated);
        self.flaws.extend(flaws.into_iter().map(|flaw| (Subject::File(file.into()), flaw)));
        let mut at = 0..;
        self.objects.retain(|_| at.next().is_none_or(|at| !is_again(at)));
        let mut at = 0..;
        self.identities.retain(|_| at.next().is_none_or(|at| !is_again(at)));
    }
}

#[cfg(test)]
mod tests;
