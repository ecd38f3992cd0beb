//! Resources: what is listed and watched of a cluster, and how it is asked for.
//!
//! In: a version or a place in a list. Out: paths with their queries (Kubernetes API concepts,
//! "Efficient detection of changes", "Streaming lists", "Retrieving large results sets in chunks").
//! Does not know when to ask.

use std::time::Duration;

use crate::clusters::kubernetes::Kind;
use crate::core::service::SourceId;

/// Objects that a page may hold.
const PAGE: usize = 500;

/// What is listed and watched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Resource {
    pub(super) kind: Kind,
    /// Its name in paths and roles.
    pub(super) plural: &'static str,
    /// Its API group; empty for the core group.
    pub(super) group: &'static str,
    /// Its position in [`Resource::ALL`].
    pub(super) index: usize,
}

impl Resource {
    /// All of them. What names places comes first, the services that stand in them last.
    pub(super) const ALL: [Self; 3] = [
        Self { kind: Kind::Node, plural: "nodes", group: "", index: 0 },
        Self {
            kind: Kind::EndpointSlice,
            plural: "endpointslices",
            group: "discovery.k8s.io",
            index: 1,
        },
        Self { kind: Kind::Service, plural: "services", group: "", index: 2 },
    ];

    /// Whether its objects belong to namespaces.
    pub(super) fn is_namespaced(self) -> bool {
        self.kind != Kind::Node
    }

    /// The source of its objects: of all namespaces, or of the one at this position.
    pub(super) fn source(self, namespace: Option<usize>) -> SourceId {
        let turn = namespace.map_or(0, |position| position + 1);
        SourceId((turn * Self::ALL.len() + self.index) as u32)
    }

    /// Its objects: those of all namespaces, or of one.
    pub(super) fn objects(self, namespace: Option<&str>) -> Collection<'_> {
        Collection { group: self.group, plural: self.plural, namespace }
    }
}

/// Objects that are listed and watched together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Collection<'n> {
    /// The API group; empty for the core group.
    pub(super) group: &'static str,
    pub(super) plural: &'static str,
    /// Where they are; `None` = everywhere.
    pub(super) namespace: Option<&'n str>,
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
    pub(super) fn some(self, limit: usize, next: Option<&str>) -> String {
        let next = next.map(|next| format!("&continue={}", escaped(next))).unwrap_or_default();
        format!("{}?limit={limit}{next}", self.path())
    }

    /// A page of a list: the first one, or the one that `next` leads to. `is_whole`: all of it.
    pub(super) fn page(self, next: Option<&str>, is_whole: bool) -> String {
        match is_whole {
            true => self.path(),
            false => self.some(PAGE, next),
        }
    }

    /// A watch that begins with all objects.
    pub(super) fn stream(self, keep: Duration) -> String {
        let path = self.path();
        format!(
            "{path}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true\
             &resourceVersionMatch=NotOlderThan&timeoutSeconds={}",
            seconds(keep)
        )
    }

    /// A watch of what comes after `version`.
    pub(super) fn watch(self, version: &str, keep: Duration) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        let [nodes, slices, services] = Resource::ALL;
        assert_eq!(nodes.objects(None).page(None, false), "/api/v1/nodes?limit=500");
        assert_eq!(services.objects(None).page(None, true), "/api/v1/services");
        assert_eq!(
            slices.objects(Some("shop")).page(Some("a+b/c="), false),
            "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?limit=500&continue=a%2Bb%2Fc%3D"
        );
        assert_eq!(
            services.objects(None).watch("7", Duration::from_secs(50)),
            "/api/v1/services?watch=true&allowWatchBookmarks=true&resourceVersion=7\
             &timeoutSeconds=50"
        );
        assert!(nodes.objects(None).stream(Duration::ZERO).ends_with("&timeoutSeconds=1"));
    }

    #[test]
    fn every_namespace_has_its_own_source() {
        let all = Resource::ALL.iter();
        let sources = all.flat_map(|it| [None, Some(0), Some(1)].map(|place| it.source(place).0));
        let mut sources: Vec<_> = sources.collect();
        sources.sort_unstable();
        assert_eq!(sources, (0..9).collect::<Vec<_>>());
    }
}
