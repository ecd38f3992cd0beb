//! Reading nodes into values without stopping: a small serde that lists every fault.
//!
//! In: nodes of the tree. Out: [`Given`] values with their places; what can not be used is a
//! fault in `Notes` and [`Given::Refused`], so that later checks neither miss nor repeat it.
//! Does not know which sections there are: `spec` says so in words of `section!`.

use std::ops::Range;

use crate::config::fault::Fault;
use crate::config::tree::{Entry, Node, Value};

/// A value, and the octets of the file it was written in.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// What was read.
    pub value: T,
    /// Where to point when it turns out to be wrong.
    pub span: Range<usize>,
}

/// What a file says under one key.
#[derive(Clone, Debug, Default)]
pub enum Given<T> {
    /// Nothing, or `null`.
    #[default]
    Absent,
    /// Something that can not be used; a fault has been told about it.
    Refused,
    /// A value.
    Value(At<T>),
}

impl<T> Given<T> {
    /// The value with its place, where there is one.
    pub fn at(&self) -> Option<&At<T>> {
        match self {
            Self::Value(at) => Some(at),
            Self::Absent | Self::Refused => None,
        }
    }

    /// The value, where there is one.
    pub fn value(&self) -> Option<&T> {
        self.at().map(|at| &at.value)
    }

    /// Whether the file does not have the key at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What the file says here, or `other` where the key is absent.
    pub fn or<'a>(&'a self, other: &'a Self) -> &'a Self {
        if self.is_absent() { other } else { self }
    }
}

/// The items of a list that could be used.
#[derive(Clone, Debug)]
pub struct List<T> {
    /// Those items, in order.
    pub items: Vec<At<T>>,
    /// Whether no item was refused.
    pub is_whole: bool,
}

impl<T> Given<List<T>> {
    /// The usable items; none where the key is absent.
    pub fn items(&self) -> &[At<T>] {
        self.value().map_or(&[], |list| &list.items)
    }
}

/// What is odd and no fault.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Warning {
    /// The octets of the source that it is about.
    pub(super) span: Range<usize>,
    pub(super) text: String,
}

/// What is noticed on the way: faults, and warnings with their places.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Warning>,
    /// The keys and indices that lead to what is being read.
    path: Vec<String>,
}

impl Notes {
    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(super) fn warn(&mut self, span: &Range<usize>, text: impl Into<String>) {
        self.warnings.push(Warning { span: span.clone(), text: text.into() });
    }

    /// Where in the file this is, to stand before a title: `federations[0].ttl: `.
    fn place(&self) -> String {
        match self.path.concat().strip_prefix('.') {
            Some(path) => format!("{path}: "),
            None => String::new(),
        }
    }

    fn wrong(&mut self, span: &Range<usize>, wrong: Wrong) {
        let fault = Fault::at(span, format!("{}{}", self.place(), wrong.what)).label(wrong.label);
        self.fault(Fault { help: wrong.help, ..fault });
    }

    fn inside<T>(&mut self, step: String, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let value = read(self);
        self.path.pop();
        value
    }
}

/// Why a scalar can not be used.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) label: String,
    pub(super) help: Option<String>,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>, label: impl Into<String>) -> Self {
        Self { what: what.into(), label: label.into(), help: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// What can be read from a scalar's text.
pub(super) trait Word: Sized {
    /// What was expected, where something else than a scalar stands.
    const EXPECTED: &str;

    fn word(text: &str) -> Result<Self, Wrong>;
}

/// What can be read from a node.
pub(super) trait Read: Sized {
    /// Reads it; `None` where a fault has been noted.
    fn read(node: &Node, notes: &mut Notes) -> Option<Self>;
}

impl<T: Word> Read for T {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        let Value::Word(text) = &node.value else {
            notes.not_a(node, T::EXPECTED);
            return None;
        };
        T::word(text).map_err(|wrong| notes.wrong(&node.span, wrong)).ok()
    }
}

impl<T: Read> Read for List<T> {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        let Value::Sequence(nodes) = &node.value else {
            if let Value::Word(text) = &node.value {
                let wrong = Wrong::new("this is not a list", "expected a list");
                notes.wrong(&node.span, wrong.help(format!("write `[{text}]`")));
            } else {
                notes.not_a(node, "a list");
            }
            return None;
        };
        let read_one = |(index, node): (usize, &std::rc::Rc<Node>)| {
            let value = notes.inside(format!("[{index}]"), |notes| T::read(node, notes))?;
            Some(At { value, span: node.mark() })
        };
        let items: Vec<At<T>> = nodes.iter().enumerate().filter_map(read_one).collect();
        let is_whole = items.len() == nodes.len();
        Some(Self { items, is_whole })
    }
}

impl Notes {
    pub(super) fn not_a(&mut self, node: &Node, expected: &str) {
        let found = match &node.value {
            Value::Mapping(_) => "a mapping",
            Value::Null => "nothing",
            Value::Refused => return,
            Value::Sequence(_) => "a list",
            Value::Word(_) => "a single value",
        };
        let wrong = Wrong::new(format!("{found} stands here"), format!("expected {expected}"));
        self.wrong(&node.mark(), wrong);
    }
}

/// The entries of a mapping, checked against the keys it may have.
pub(super) struct Keys<'n>(Vec<&'n Entry>);

impl<'n> Keys<'n> {
    pub(super) fn of(node: &'n Node, known: &[&str], notes: &mut Notes) -> Option<Self> {
        let Value::Mapping(entries) = &node.value else {
            notes.not_a(node, &format!("a mapping with the keys {}", ticked(known)));
            return None;
        };
        let mut kept: Vec<&Entry> = Vec::new();
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                notes.unknown_key(entry, known);
            } else if let Some(first) = kept.iter().find(|kept| kept.key == entry.key) {
                let title = format!("{}`{}` is given twice", notes.place(), entry.key);
                let fault = Fault::at(&entry.key_span, title).label("given again");
                notes.fault(fault.earlier(&first.key_span, "first given here"));
            } else {
                kept.push(entry);
            }
        }
        Some(Self(kept))
    }

    pub(super) fn take<T: Read>(&self, key: &str, notes: &mut Notes) -> Given<T> {
        let Some(entry) = self.0.iter().find(|entry| entry.key == key) else {
            return Given::Absent;
        };
        if matches!(entry.node.value, Value::Null) {
            return Given::Absent;
        }
        match notes.inside(format!(".{key}"), |notes| T::read(&entry.node, notes)) {
            Some(value) => Given::Value(At { value, span: entry.node.mark() }),
            None => Given::Refused,
        }
    }
}

impl Notes {
    fn unknown_key(&mut self, entry: &Entry, known: &[&str]) {
        let title = format!("{}unknown key `{}`", self.place(), entry.key);
        let fault = Fault::at(&entry.key_span, title).label("not a key here");
        let fault = match closest(&entry.key, known) {
            _ if entry.key == "<<" => {
                fault.help("merge keys are not read; `clusterDefaults` holds for every cluster")
            }
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help(format!("the keys here are {}", ticked(known))),
        };
        self.fault(fault);
    }
}

/// `a`, `b`, `c` each in ticks.
pub(super) fn ticked(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The word that someone who wrote `text` may have meant.
pub(super) fn closest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let written = plain(text);
    // A third of the letters may be wrong; two swapped letters of five count as two.
    let allowed = (written.len() + 1) / 3;
    let distances = words.iter().map(|word| (edits(&written, &plain(word)), *word));
    distances
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, word)| word)
}

/// How many letters must be put in, taken out or replaced to make `b` of `a` (Levenshtein).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Declares a mapping of the file: a struct whose every field is [`Given`], and how it is read.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $key:literal => $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $crate::config::read::Given<$type>,)+
        }

        impl $crate::config::read::Read for $name {
            fn read(
                node: &$crate::config::tree::Node,
                notes: &mut $crate::config::read::Notes,
            ) -> Option<Self> {
                let keys = $crate::config::read::Keys::of(node, &[$($key),+], notes)?;
                Some(Self { $($field: keys.take($key, notes),)+ })
            }
        }
    };
}

pub(super) use section;
