//! A Secret as an API server shows it, as far as it says something of a cluster.
//!
//! In: JSON of a Secret (Kubernetes API, `v1` Secret). Out: its name, labels, annotations, and data
//! when they are asked for. What can not be read is said without a word of what stands there.
//! Does not know conventions.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

type Texts = BTreeMap<Box<str>, Box<str>>;

/// A Secret. It has no `Debug`: nobody shows it by mistake.
#[derive(Default, Deserialize)]
pub struct Secret {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default, rename = "type")]
    secret_type: Option<Box<str>>,
    #[serde(default)]
    data: Option<Texts>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    name: Box<str>,
    #[serde(default)]
    resource_version: Box<str>,
    #[serde(default)]
    creation_timestamp: Option<Box<str>>,
    #[serde(default)]
    labels: Option<Texts>,
    #[serde(default)]
    annotations: Option<Texts>,
}

fn find<'t>(texts: &'t Option<Texts>, key: &str) -> Option<&'t str> {
    texts.as_ref()?.get(key).map(|text| &**text)
}

impl Secret {
    /// Reads one.
    ///
    /// # Errors
    /// The JSON is no Secret: says where.
    pub fn read(octets: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(octets).map_err(|error| {
            // Its own words would repeat what stands there.
            format!("no Secret of Kubernetes (line {}, column {})", error.line(), error.column())
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Its version, or that of the list where it stands in a bookmark.
    pub fn version(&self) -> &str {
        &self.metadata.resource_version
    }

    /// When it was created, such as `2026-01-31T10:00:00Z`: the order of such texts is that of time.
    pub fn created(&self) -> &str {
        self.metadata.creation_timestamp.as_deref().unwrap_or_default()
    }

    /// Its type, such as `Opaque`.
    pub fn secret_type(&self) -> &str {
        self.secret_type.as_deref().unwrap_or_default()
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        find(&self.metadata.labels, key)
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        find(&self.metadata.annotations, key)
    }

    /// Annotations that begin so, each with the rest of its key.
    pub fn annotations_of(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let all = self.metadata.annotations.iter().flatten();
        all.filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, &**value)))
    }

    /// The keys of its data.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.data.iter().flatten().map(|(key, _)| &**key)
    }

    /// The text under a key of its data; `None` where there is no such key.
    ///
    /// # Errors
    /// What stands there is no text.
    pub fn text(&self, key: &str) -> Option<Result<String, String>> {
        let octets = STANDARD.decode(find(&self.data, key)?);
        let text = octets.ok().and_then(|octets| String::from_utf8(octets).ok());
        Some(text.ok_or_else(|| format!("data key `{key}` is no text in base64")))
    }
}
