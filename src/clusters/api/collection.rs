//! Collections: objects that are listed and watched together, and how they are asked for.
//!
//! In: a version or a place in a list. Out: paths with their queries (Kubernetes API concepts,
//! "Efficient detection of changes", "Streaming lists", "Retrieving large results sets in chunks").
//! Does not know when to ask.

use std::time::Duration;

/// Objects that a page may hold.
const PAGE: usize = 500;

/// Objects that are listed and watched together.
#[derive(Clone, Copy, Debug)]
pub(in crate::clusters) struct Collection<'n> {
    /// The API group; empty for the core group.
    pub(in crate::clusters) group: &'static str,
    pub(in crate::clusters) plural: &'static str,
    /// Where they are; `None` = everywhere.
    pub(in crate::clusters) namespace: Option<&'n str>,
}

impl Collection<'_> {
    fn path(self) -> String {
        let root = match self.group {
            "" => "/api/v1".to_owned(),
            group => format!("/apis/{group}/v1"),
        };
        match self.namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{}", self.plural),
        }
    }

    /// A page of at most so many objects: the first one, or the one that `next` leads to.
    pub(in crate::clusters) fn some(self, limit: usize, next: Option<&str>) -> String {
        let next = next.map(|next| format!("&continue={}", escaped(next))).unwrap_or_default();
        format!("{}?limit={limit}{next}", self.path())
    }

    /// A page of a list: the first one, or the one that `next` leads to. `is_whole`: all of it.
    pub(in crate::clusters) fn page(self, next: Option<&str>, is_whole: bool) -> String {
        match is_whole {
            true => self.path(),
            false => self.some(PAGE, next),
        }
    }

    /// A watch that begins with all objects.
    pub(in crate::clusters) fn stream(self, keep: Duration) -> String {
        let path = self.path();
        format!(
            "{path}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true\
             &resourceVersionMatch=NotOlderThan&timeoutSeconds={}",
            seconds(keep)
        )
    }

    /// A watch of nothing, to see whether watches are begun: no object can be called so, and the server looks
    /// into no more than its own memory for it.
    pub(in crate::clusters) fn trial(self) -> String {
        let path = self.path();
        format!(
            "{path}?watch=true&resourceVersion=0&timeoutSeconds=1\
             &fieldSelector=metadata.name%3Dnone.of.all"
        )
    }

    /// A watch of what comes after `version`.
    pub(in crate::clusters) fn watch(self, version: &str, keep: Duration) -> String {
        let path = self.path();
        format!(
            "{path}?watch=true&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}",
            escaped(version),
            seconds(keep)
        )
    }
}

/// Whole seconds: zero would mean a time of the server's own choice.
fn seconds(keep: Duration) -> u64 {
    keep.as_secs().max(1)
}

/// A value of a query (RFC 3986, section 2): what the server gave is opaque and may hold anything.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for octet in value.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            text.push(char::from(octet));
        } else {
            text.push_str(&format!("%{octet:02X}"));
        }
    }
    text
}
