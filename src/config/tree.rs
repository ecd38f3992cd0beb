//! The YAML file as a tree of nodes that know where they stand.
//!
//! In: text (JSON is YAML). Out: [`Node`]s with octet ranges; scalars are text, unread, so that
//! `region: no` or `context: 010` stay what was written. Anchors and aliases are followed; merge
//! keys, own tags and second documents are faults, since nothing here would heed them.
//! Does not know any key. Built on the parser below serde-saphyr, because serde ends at the
//! first fault and we list them all.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, StrInput, Tag};

use crate::config::fault::Fault;

/// Most nodes that a file may stand for once its aliases are followed: a few nested lists of
/// aliases would otherwise ask for all memory.
const MAX_NODES: usize = 1_000_000;

/// One value of the file.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) value: Value,
    /// How many nodes it stands for, itself included.
    size: usize,
}

/// What a node holds.
#[derive(Debug)]
pub(super) enum Value {
    /// Keys and values in the order of the file; a key may stand twice.
    Mapping(Vec<Entry>),
    /// Nothing, `~` or `null`.
    Null,
    /// Something that a fault has been told about.
    Refused,
    /// The items of a list.
    Sequence(Vec<Rc<Node>>),
    /// A scalar, unescaped.
    Word(String),
}

/// A key of a mapping, and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: Rc<Node>,
}

impl Node {
    fn new(span: Range<usize>, value: Value) -> Rc<Self> {
        let inside = match &value {
            Value::Mapping(entries) => entries.iter().map(|entry| entry.node.size).sum(),
            Value::Sequence(items) => items.iter().map(|item| item.size).sum(),
            Value::Null | Value::Refused | Value::Word(_) => 0_usize,
        };
        Rc::new(Self { span, value, size: inside + 1 })
    }

    /// Where to point for the node as a whole: a mapping's first key, else all of it.
    pub(super) fn mark(&self) -> Range<usize> {
        match &self.value {
            Value::Mapping(entries) => {
                entries.first().map_or_else(|| self.span.clone(), |entry| entry.key_span.clone())
            }
            _ => self.span.clone(),
        }
    }
}

/// A mapping that stands in no file: each key with one word, or with a list of some.
pub(super) fn mapping<'a>(entries: impl Iterator<Item = (String, Words<'a>)>) -> Rc<Node> {
    let node = |value| Node::new(0..0, value);
    let word = |word: &str| node(Value::Word(word.to_owned()));
    let entry = |(key, words)| {
        let node = match words {
            Words::One(text) => word(text),
            Words::List(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                node(Value::Sequence(items.map(word).collect()))
            }
        };
        Entry { key, key_span: 0..0, node }
    };
    node(Value::Mapping(entries.map(entry).collect()))
}

/// What stands under a key of [`mapping`].
pub(super) enum Words<'a> {
    /// A single word.
    One(&'a str),
    /// Words with commas between them.
    List(&'a str),
}

impl<'a> Words<'a> {
    /// What is written.
    pub(super) fn text(&self) -> &'a str {
        let (Self::One(text) | Self::List(text)) = self;
        text
    }
}

/// Reads the one document of `text`; faults that do not end the reading go to `faults`.
///
/// # Errors
/// Where the text is no YAML, or stands for too much: nothing else can be said of it.
pub(super) fn parse(text: &str, faults: &mut Vec<Fault>) -> Result<Rc<Node>, Box<Fault>> {
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    options.set_emit_comments(false);
    let parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { parser, text, anchors: HashMap::new(), faults };
    let mut root = None;
    loop {
        match builder.next()? {
            (Event::StreamEnd, span) => {
                return Ok(root.unwrap_or_else(|| Node::new(span, Value::Null)));
            }
            (Event::DocumentStart(..), span) if root.is_some() => {
                return Err(Fault::at(&span, "a second YAML document begins here")
                    .label("a configuration is one document")
                    .help("put everything above the `---`, and take the line away")
                    .into());
            }
            (event, span) if event.is_node() => root = Some(builder.node(event, span)?),
            _ => {}
        }
    }
}

struct Builder<'t, 'f> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    /// Finished nodes by anchor.
    anchors: HashMap<usize, Rc<Node>>,
    faults: &'f mut Vec<Fault>,
}

impl<'t> Builder<'t, '_> {
    fn next(&mut self) -> Result<(Event<'t>, Range<usize>), Box<Fault>> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                Ok((event, span.byte_range().unwrap_or(self.text.len()..self.text.len())))
            }
            Some(Err(error)) => Err(self.unreadable(&error)),
            None => Ok((Event::StreamEnd, self.text.len()..self.text.len())),
        }
    }

    fn unreadable(&self, error: &ScanError) -> Box<Fault> {
        let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let width =
            self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Fault::at(&(at..at + width), "this is no YAML").label(error.info()).into()
    }

    fn node(&mut self, event: Event<'t>, span: Range<usize>) -> Result<Rc<Node>, Box<Fault>> {
        let own_tag = event.tag().filter(|tag| !tag.is_yaml_core_schema()).map(Tag::original);
        let anchor = event.anchor_id();
        let node = match event {
            Event::Alias(id) => self.anchors.get(&id).cloned().unwrap_or_else(|| {
                self.faults.push(Fault::at(&span, "this alias refers to what it stands in"));
                Node::new(span, Value::Refused)
            }),
            Event::UnresolvedAlias(name) => {
                let fault = Fault::at(&span, format!("no `&{name}` stands above this alias"));
                self.faults.push(fault.help("write text that begins with `*` in quotes"));
                Node::new(span, Value::Refused)
            }
            Event::MappingStart(..) => self.mapping(span)?,
            Event::SequenceStart(..) => self.sequence(span)?,
            Event::Scalar(text, style, ..) => {
                let is_null = style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if is_null { Value::Null } else { Value::Word(text.into_owned()) };
                Node::new(span, value)
            }
            _ => Node::new(span, Value::Refused),
        };
        let node = match own_tag {
            Some(tag) => {
                let fault = Fault::at(&node.mark(), format!("the tag `{tag}` is not known"));
                self.faults.push(fault.help("take the tag away; files are not included by tags"));
                Node::new(node.span.clone(), Value::Refused)
            }
            None => node,
        };
        if node.size > MAX_NODES {
            return Err(Fault::at(&node.mark(), "the aliases here stand for too much")
                .label(format!("more than {MAX_NODES} values"))
                .into());
        }
        if let Some(id) = anchor {
            self.anchors.insert(id, Rc::clone(&node));
        }
        Ok(node)
    }

    fn sequence(&mut self, span: Range<usize>) -> Result<Rc<Node>, Box<Fault>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, end) => {
                    return Ok(Node::new(span.start..end.end, Value::Sequence(items)));
                }
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn mapping(&mut self, span: Range<usize>) -> Result<Rc<Node>, Box<Fault>> {
        let mut entries = Vec::new();
        loop {
            let (event, key_span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Node::new(span.start..key_span.end, Value::Mapping(entries)));
            }
            let key = self.node(event, key_span.clone())?;
            let (event, value_span) = self.next()?;
            let node = self.node(event, value_span)?;
            match &key.value {
                Value::Word(key) => entries.push(Entry { key: key.clone(), key_span, node }),
                Value::Refused => {}
                _ => self
                    .faults
                    .push(Fault::at(&key.mark(), "this is no key").label("expected a word")),
            }
        }
    }
}
