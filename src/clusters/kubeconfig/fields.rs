//! Fields of a kubeconfig, by key and type.
//!
//! In: nodes of the tree. Out: texts, flags, lists. What is null or empty is absent, as for kubectl; a
//! value of another type is a fault that names the key and both types, and nothing of the value.
//! Does not know which keys there are.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::fault::{Fault, Spot};
use super::hidden::Hidden;
use super::yaml::{Node, Value, YamlEntry};

/// A text that is there, with its key.
#[derive(Clone, Debug)]
pub(super) struct Text {
    key: &'static str,
    spot: Spot,
    text: Hidden,
}

impl Text {
    pub(super) fn reveal(&self) -> &str {
        self.text.reveal()
    }

    pub(super) fn hidden(&self) -> Hidden {
        self.text.clone()
    }

    pub(super) fn key(&self) -> &'static str {
        self.key
    }

    /// What is wrong with it, to stand behind its key: `is no URL`.
    pub(super) fn fault(&self, what: impl std::fmt::Display) -> Fault {
        self.spot.fault(format!("`{}` {what}", self.key))
    }

    /// What is wrong here, in words that name what it is themselves.
    pub(super) fn beside(&self, what: &str) -> Fault {
        self.spot.fault(what)
    }
}

/// A file that a kubeconfig names.
#[derive(Clone)]
pub(super) struct FileName {
    pub(super) path: PathBuf,
    pub(super) text: Text,
}

/// A key that is not known, and the texts of its list.
#[derive(Clone)]
pub(super) struct Keyed {
    pub(super) key: Arc<str>,
    pub(super) texts: Vec<Text>,
}

/// A mapping.
#[derive(Clone, Copy)]
pub(super) struct Fields<'n> {
    pub(super) spot: &'n Spot,
    entries: &'n [YamlEntry],
}

impl<'n> Fields<'n> {
    /// Those of a node; none where it is null. `key` is where it stands.
    pub(super) fn of(key: &str, node: &'n Node) -> Result<Self, Fault> {
        match &node.value {
            Value::Map(entries) => Ok(Self { spot: &node.spot, entries }),
            Value::Null => Ok(Self { spot: &node.spot, entries: &[] }),
            other => Err(wrong(key, node, other, "a mapping")),
        }
    }

    /// What stands under a key and is not null.
    pub(super) fn node(&self, key: &str) -> Option<&'n Rc<Node>> {
        let found = self.entries.iter().find(|entry| *entry.key == *key)?;
        (!matches!(found.node.value, Value::Null)).then_some(&found.node)
    }

    pub(super) fn fields(&self, key: &str) -> Result<Option<Self>, Fault> {
        self.node(key).map(|node| Self::of(key, node)).transpose()
    }

    pub(super) fn items(&self, key: &str) -> Result<&'n [Rc<Node>], Fault> {
        match self.node(key).map(|node| (node, &node.value)) {
            None => Ok(&[]),
            Some((_, Value::List(items))) => Ok(items),
            Some((node, other)) => Err(wrong(key, node, other, "a list")),
        }
    }

    pub(super) fn text(&self, key: &'static str) -> Result<Option<Text>, Fault> {
        let Some(node) = self.node(key) else { return Ok(None) };
        text(key, node).map(|text| text.filter(|text| !text.reveal().is_empty()))
    }

    /// The texts of a list; those that are empty too.
    pub(super) fn texts(&self, key: &'static str) -> Result<Vec<Text>, Fault> {
        let items = self.items(key)?.iter();
        items.filter_map(|node| text(key, node).transpose()).collect()
    }

    /// Keys that are not known, each with the texts of its list.
    pub(super) fn lists(&self, key: &'static str) -> Result<Vec<Keyed>, Fault> {
        let Some(inside) = self.fields(key)? else { return Ok(Vec::new()) };
        let list = |entry: &YamlEntry| {
            let items = match &entry.node.value {
                Value::Null => &[][..],
                Value::List(items) => items,
                other => return Err(wrong(key, &entry.node, other, "a list under each key")),
            };
            let texts = items.iter().filter_map(|node| text(key, node).transpose());
            Ok(Keyed { key: Arc::clone(&entry.key), texts: texts.collect::<Result<_, _>>()? })
        };
        inside.entries.iter().map(list).collect()
    }

    pub(super) fn flag(&self, key: &'static str) -> Result<bool, Fault> {
        match self.node(key).map(|node| (node, &node.value)) {
            None => Ok(false),
            Some((_, Value::Flag(flag))) => Ok(*flag),
            Some((node, other)) => Err(wrong(key, node, other, "true or false")),
        }
    }

    /// The name of a file, which is relative to `folder`.
    pub(super) fn file(&self, key: &'static str, folder: &Path) -> Result<Option<FileName>, Fault> {
        let file = |text: Text| FileName { path: folder.join(text.reveal()), text };
        Ok(self.text(key)?.map(file))
    }

    /// All that stands under a key, as JSON.
    pub(super) fn json(&self, key: &str) -> Option<Json> {
        self.node(key).map(|node| json(node))
    }
}

fn text(key: &'static str, node: &Node) -> Result<Option<Text>, Fault> {
    match &node.value {
        Value::Text(text) => {
            let text = Hidden::new(Arc::clone(text));
            Ok(Some(Text { key, spot: node.spot.clone(), text }))
        }
        Value::Null => Ok(None),
        other @ (Value::Flag(_) | Value::Number(_)) => {
            Err(wrong(key, node, other, "text; put it into quotes"))
        }
        other => Err(wrong(key, node, other, "text")),
    }
}

fn wrong(key: &str, node: &Node, found: &Value, expected: &str) -> Fault {
    node.spot.fault(format!("`{key}` is {} to YAML; expected {expected}", found.kind()))
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Flag(flag) => Json::Bool(*flag),
        Value::List(items) => items.iter().map(|item| json(item)).collect(),
        Value::Map(entries) => {
            entries.iter().map(|entry| (entry.key.to_string(), json(&entry.node))).collect()
        }
        Value::Null => Json::Null,
        Value::Number(text) => number(text),
        Value::Text(text) => Json::from(&**text),
    }
}

/// A number as JSON has it, else as it is written.
fn number(text: &str) -> Json {
    serde_json::from_str(text).ok().filter(Json::is_number).unwrap_or_else(|| Json::from(text))
}
