//! YAML as kubectl reads it: YAML 1.1, into a tree whose nodes know where they stand.
//!
//! In: octets (JSON is YAML). Out: [`Node`]s, or where it is none and what was expected there. The
//! first document counts and of a key that is given twice the last; `yes` is a truth, `010` a number;
//! `!!binary` is decoded; aliases and merge keys are followed (yaml.org/type, and Go's yaml.v2, which
//! kubectl has). Nothing of the text is in what is said of it.
//! Does not know any key.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_saphyr::granit_parser::{
    ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, StrInput,
};

use super::base64;
use super::fault::{Fault, Spot};

/// Most nodes that a file may stand for once its aliases are followed.
const MAX_NODES: usize = 500_000;
/// Most events of the parser for each octet: `? ` begins a mapping with a key and a value and ends it.
const MAX_EVENTS: usize = 8;
/// How deep lists and mappings may stand in each other: reading follows them on its own stack.
const MAX_DEPTH: usize = 100;

/// One value of the file.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) spot: Spot,
    pub(super) value: Value,
    /// How many nodes it stands for, itself included.
    size: usize,
}

/// What a node holds. It has no `Debug` of what it holds.
pub(super) enum Value {
    Flag(bool),
    List(Vec<Rc<Node>>),
    /// In the order of the file, each key once.
    Map(Vec<YamlEntry>),
    Null,
    /// As it is written.
    Number(Arc<str>),
    Text(Arc<str>),
}

/// A key of a mapping, and its value.
pub(super) struct YamlEntry {
    pub(super) key: Arc<str>,
    pub(super) node: Rc<Node>,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl Value {
    /// What it is, to stand behind "this is".
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "a truth value (true, yes, on, ...)",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Null => "nothing",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
        }
    }
}

impl Node {
    fn new(spot: Spot, value: Value) -> Rc<Self> {
        let inside = match &value {
            Value::Map(entries) => entries.iter().map(|entry| entry.node.size).sum(),
            Value::List(items) => items.iter().map(|item| item.size).sum(),
            Value::Flag(_) | Value::Null | Value::Number(_) | Value::Text(_) => 0_usize,
        };
        Rc::new(Self { spot, value, size: inside + 1 })
    }
}

/// Where a text comes from.
#[derive(Clone, Debug)]
pub struct TextSource {
    /// What it is called.
    pub name: Arc<str>,
    /// Whether anybody can look at its lines: not where it was made of something else.
    pub has_lines: bool,
}

impl TextSource {
    fn spot(&self, line: usize, column: usize) -> Spot {
        Spot::new(&self.name, if self.has_lines { line } else { 0 }, column)
    }
}

/// Reads the first document of a text.
pub(super) fn parse(octets: &[u8], source: &TextSource) -> Result<Rc<Node>, Fault> {
    let text = decoded(octets, source)?;
    let parser = Parser::new_from_str(&text);
    let events = text.len() * MAX_EVENTS + 64;
    let mut builder =
        Builder { parser, source, anchors: HashMap::new(), depth: 0, copied: 0, events };
    loop {
        match builder.next()? {
            (Event::StreamEnd, spot) => return Ok(Node::new(spot, Value::Null)),
            (event, spot) if event.is_node() => return builder.node(event, spot),
            _ => {}
        }
    }
}

/// Octets as text: UTF-8, or UTF-16 where a mark at the beginning says so (YAML 1.1, section 5.2).
fn decoded(octets: &[u8], source: &TextSource) -> Result<String, Fault> {
    let utf16 = |octets: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = octets.chunks(2).map(|pair| unit([pair[0], pair.get(1).copied().unwrap_or(0)]));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.map_err(|_| {
            Fault::of(&source.name, "this is no text in UTF-16, as its first octets say")
        })
    };
    match octets {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let text = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
            match std::str::from_utf8(text) {
                Ok(text) => Ok(text.to_owned()),
                Err(error) => {
                    let before = &text[..error.valid_up_to()];
                    let line = before.iter().filter(|octet| **octet == b'\n').count() + 1;
                    let last = before.rsplit(|octet| *octet == b'\n').next().unwrap_or_default();
                    let column = String::from_utf8_lossy(last).chars().count() + 1;
                    let spot = source.spot(line, column);
                    Err(spot.fault("this is no text in UTF-8; expected a kubeconfig"))
                }
            }
        }
    }
}

struct Builder<'t, 's> {
    parser: Parser<'t, StrInput<'t>>,
    source: &'s TextSource,
    /// Finished nodes by anchor.
    anchors: HashMap<usize, Rc<Node>>,
    depth: usize,
    /// Entries that merge keys have copied.
    copied: usize,
    /// How many events may come yet: no text stands for more, and a parser that gives them without end
    /// is at fault.
    events: usize,
}

impl<'t> Builder<'t, '_> {
    fn spot(&self, at: Marker) -> Spot {
        self.source.spot(at.line().max(1), at.col() + 1)
    }

    fn next(&mut self) -> Result<(Event<'t>, Spot), Fault> {
        match self.parser.next_event() {
            Some(Ok((_, span))) if self.events == 0 => {
                let at = self.spot(span.start);
                Err(at.fault("this can not be read as a kubeconfig: it has no end; expected YAML"))
            }
            Some(Ok((event, span))) => {
                self.events -= 1;
                Ok((event, self.spot(span.start)))
            }
            Some(Err(error)) => Err(self.unreadable(&error)),
            None => Ok((Event::StreamEnd, self.source.spot(1, 1))),
        }
    }

    fn unreadable(&self, error: &ScanError) -> Fault {
        // Those that would repeat a part of the text.
        let why = match error.kind() {
            ErrorKind::UnexpectedCharacter { .. } => "a character that can not stand here".into(),
            ErrorKind::Custom(_) | ErrorKind::InputDecoding { .. } | ErrorKind::InputIo { .. } => {
                "what stands here can not be read".into()
            }
            kind => kind.to_string(),
        };
        let at = self.spot(*error.marker());
        at.fault(format!("this can not be read as a kubeconfig: {why}; expected YAML"))
    }

    fn node(&mut self, event: Event<'t>, spot: Spot) -> Result<Rc<Node>, Fault> {
        let anchor = event.anchor_id();
        let node = match event {
            Event::Alias(id) => {
                return self.anchors.get(&id).cloned().ok_or_else(|| {
                    spot.fault(
                        "this alias refers to what it stands in; expected one of what is above",
                    )
                });
            }
            Event::MappingStart(..) => self.deeper(&spot, Self::mapping)?,
            Event::SequenceStart(..) => self.deeper(&spot, Self::sequence)?,
            Event::Scalar(text, style, _, tag) => {
                let tag = tag.as_deref().filter(|tag| tag.handle() == "tag:yaml.org,2002:");
                let tag = tag.map(|tag| tag.suffix());
                scalar(&text, style == ScalarStyle::Plain, tag, &spot)?
            }
            // Nothing else may stand in a list or a mapping: it would go on for ever.
            _ => {
                let what = "this can not be read as a kubeconfig: something ends too early";
                return Err(spot.fault(format!("{what}; expected YAML")));
            }
        };
        let node = Node::new(spot, node);
        if node.size > MAX_NODES {
            let what = format!("more than {MAX_NODES} values stand here; expected a kubeconfig");
            return Err(node.spot.fault(what));
        }
        if let Some(id) = anchor {
            self.anchors.insert(id, Rc::clone(&node));
        }
        Ok(node)
    }

    fn deeper(
        &mut self,
        spot: &Spot,
        read: fn(&mut Self) -> Result<Value, Fault>,
    ) -> Result<Value, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(spot.fault(format!("this stands in more than {MAX_DEPTH} others")));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn sequence(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, spot) => items.push(self.node(event, spot)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, Fault> {
        // By key, where it stands among the entries.
        let (mut entries, mut places) = (Vec::<YamlEntry>::new(), HashMap::new());
        let mut merged = Vec::new();
        loop {
            let (event, spot) = self.next()?;
            let is_merge = match event {
                Event::MappingEnd => break,
                Event::Scalar(ref text, ScalarStyle::Plain, _, None) => text == "<<",
                _ => false,
            };
            let key = self.key(event, spot)?;
            let (event, spot) = self.next()?;
            let node = self.node(event, spot)?;
            if is_merge {
                merged.push(node);
                continue;
            }
            match places.get(&key) {
                Some(&at) => entries[at] = YamlEntry { key, node },
                None => {
                    places.insert(Arc::clone(&key), entries.len());
                    entries.push(YamlEntry { key, node });
                }
            }
        }
        for node in merged {
            self.merge(&node, &mut entries, &mut places)?;
        }
        Ok(Value::Map(entries))
    }

    fn key(&mut self, event: Event<'t>, spot: Spot) -> Result<Arc<str>, Fault> {
        // A truth or a number is taken as it is written.
        if let Event::Scalar(text, ..) = &event {
            let key = Arc::from(&**text);
            self.node(event, spot)?;
            return Ok(key);
        }
        let node = self.node(event, spot)?;
        match &node.value {
            Value::Text(text) | Value::Number(text) => Ok(Arc::clone(text)),
            other => Err(node.spot.fault(format!("{} stands here; expected a key", other.kind()))),
        }
    }

    /// What `<<` brings, where nothing of that name is there (yaml.org/type/merge.html).
    fn merge(
        &mut self,
        node: &Rc<Node>,
        entries: &mut Vec<YamlEntry>,
        places: &mut HashMap<Arc<str>, usize>,
    ) -> Result<(), Fault> {
        let all = match &node.value {
            Value::List(items) => &items[..],
            _ => std::slice::from_ref(node),
        };
        for node in all {
            let Value::Map(more) = &node.value else {
                let what = "what `<<` merges is a mapping, or a list of them; expected one here";
                return Err(node.spot.fault(what));
            };
            self.copied += more.len();
            if self.copied > MAX_NODES {
                return Err(node.spot.fault("merge keys (`<<`) stand for too much"));
            }
            for YamlEntry { key, node } in more {
                if !places.contains_key(key) {
                    places.insert(Arc::clone(key), entries.len());
                    entries.push(YamlEntry { key: Arc::clone(key), node: Rc::clone(node) });
                }
            }
        }
        Ok(())
    }
}

/// A scalar, by its own tag, else by how it is written.
fn scalar(text: &str, is_plain: bool, tag: Option<&str>, spot: &Spot) -> Result<Value, Fault> {
    match tag {
        Some("binary") => {
            let octets = base64::decode(text)
                .map_err(|why| spot.fault(format!("what !!binary stands for is {why}")))?;
            let text = String::from_utf8(octets)
                .map_err(|_| spot.fault("what !!binary stands for is no text; expected some"))?;
            Ok(Value::Text(text.into()))
        }
        Some("null") => Ok(Value::Null),
        Some("bool" | "int" | "float") => Ok(plain(text)),
        Some(_) => Ok(Value::Text(text.into())),
        None if is_plain => Ok(plain(text)),
        None => Ok(Value::Text(text.into())),
    }
}

/// What stands without quotes (yaml.org/type: null, bool, int, float).
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Flag(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Flag(false)
        }
        _ if is_number(text) => Value::Number(text.into()),
        _ => Value::Text(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return false;
    }
    let text = text.replace('_', "");
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(&*text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let by_base = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let of_base = by_base.iter().find_map(|(prefix, base)| {
        let digits = unsigned.strip_prefix(prefix)?;
        // A second sign would be taken for a digit.
        Some(!digits.starts_with(['+', '-']) && u64::from_str_radix(digits, *base).is_ok())
    });
    let is_decimal = || {
        let allowed = unsigned.bytes().all(|it| it.is_ascii_digit() || b".eE+-".contains(&it));
        allowed && text.parse::<f64>().is_ok_and(f64::is_finite)
    };
    of_base.unwrap_or_else(is_decimal)
}

#[cfg(test)]
mod tests;
