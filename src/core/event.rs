//! Events: the whole vocabulary in which a cluster speaks to ground state.
//!
//! In: what watches and manifest folders saw, lowered to facts. Out: values for `State::apply`.
//! Does not know Kubernetes' own types, files or connections.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::core::complaint::{Flaw, Subject};
use crate::core::name::Label;
use crate::core::service::{ServiceFacts, ServiceKey, SliceFacts, SourceId};

/// A Node: where it stands. Labels that are no place are absent here and a flaw of the object.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct NodeFacts {
    /// Its region.
    pub region: Option<Label>,
    /// Its zone.
    pub zone: Option<Label>,
    /// Its own addresses, inside and outside.
    pub addresses: Vec<IpAddr>,
    /// The networks of its pods.
    pub pod_networks: Vec<IpNet>,
}

impl NodeFacts {
    /// The networks in which who asks is this node or a pod on it.
    pub fn networks(&self) -> impl Iterator<Item = IpNet> {
        let own = self.addresses.iter().map(|&address| IpNet::from(address));
        own.chain(self.pod_networks.iter().copied())
    }
}

/// What identifies an object in its cluster.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ObjectKey {
    /// A Node, by name.
    Node(Box<str>),
    /// A Service.
    Service(ServiceKey),
    /// An EndpointSlice: the service it belongs to, and its own name.
    Slice(ServiceKey, Box<str>),
    /// An EndpointSlice of whichever service it belonged to: its namespace and its own name.
    MovedSlice(Label, Box<str>),
}

/// An object as facts, with what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What it says.
    pub facts: Facts,
    /// What could not be used of it. Mostly empty, and then without allocation.
    pub flaws: Vec<Flaw>,
}

/// What an object says.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Facts {
    /// A Node, by name.
    Node(Box<str>, NodeFacts),
    /// A Service.
    Service(ServiceKey, ServiceFacts),
    /// An EndpointSlice of a service.
    Slice(ServiceKey, SliceFacts),
}

/// What kind of object says something.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FactKind {
    /// Nodes.
    Node,
    /// Services.
    Service,
    /// EndpointSlices.
    Slice,
}

impl FactKind {
    const ALL: [Self; 3] = [Self::Node, Self::Service, Self::Slice];

    /// Its plural, as API servers call it.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Node => "nodes",
            Self::Service => "services",
            Self::Slice => "endpointslices",
        }
    }
}

/// Which objects a source reads. What one scope was read of says nothing of another.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Scope {
    /// Their kind.
    pub kind: FactKind,
    /// Where they are; `None` = everywhere.
    pub namespace: Option<Label>,
    /// Which of those, and what of them, in words that are compared and not read; empty = all of all.
    pub selection: Box<str>,
}

impl Scope {
    /// The scope that its own words say.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, selection) = text.split_once('?').unwrap_or((text, ""));
        let within = path.strip_prefix("namespaces/").and_then(|rest| rest.split_once('/'));
        let (namespace, plural) = match within {
            Some((namespace, plural)) => (Some(Label::parse(namespace).ok()?), plural),
            None => (None, path),
        };
        let kind = FactKind::ALL.into_iter().find(|kind| kind.plural() == plural)?;
        Some(Self { kind, namespace, selection: selection.into() })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "namespaces/{namespace}/")?;
        }
        f.write_str(self.kind.plural())?;
        if !self.selection.is_empty() {
            write!(f, "?{}", self.selection)?;
        }
        Ok(())
    }
}

/// All that one source holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The source.
    pub source: SourceId,
    /// Its objects; each stands once in all listings of one event.
    pub objects: Vec<Object>,
}

/// Whether a cluster's lists and watches show it now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Contact {
    /// None of them does; says why.
    Lost(Box<str>),
    /// Some watch of it is open, or some list moves.
    Reached,
    /// None of them does, as some wait for their turn to list by our own wish, and its server answers; and
    /// what has failed before.
    Waiting(Option<Box<str>>),
}

/// That what watches a cluster panicked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Break {
    /// Where in our source, in words.
    pub panic: Box<str>,
    /// Whether what watches it anew numbers its sources otherwise.
    pub renumbers: bool,
}

/// What a cluster can say.
#[derive(Clone, Debug, PartialEq)]
pub enum ClusterEvent {
    /// One object is new or changed.
    Applied(SourceId, Object),
    /// What watches the cluster panicked, a fault of ours: nothing is heard until all was read anew.
    Broken(Break),
    /// Whether its lists and watches show it. An event that repeats the last one changes nothing.
    Contact(Contact),
    /// What is wrong with a subject that is no object (a file, the folder); it replaces what was
    /// said of that subject before, and without flaws takes it back.
    Flawed(Subject, Vec<Flaw>),
    /// The UID of the namespace `kube-system`, by which one cluster is told from another. It comes
    /// before anything that was listed from that cluster.
    Identified(Box<str>),
    /// More has come of a list of a cluster that was never read in whole: waiting for it is not in vain. It
    /// comes at most once a second.
    ListMoves,
    /// These sources hold exactly this now; what they gave before and is not here is gone.
    /// All listings of one event take effect together.
    Listed(Vec<Listing>),
    /// One object that was there before says something else. An EndpointSlice may have belonged to
    /// another service, which has it no more.
    Modified(SourceId, Object),
    /// One object is gone.
    Removed(ObjectKey),
    /// A watch goes on where an earlier run of this program stopped: what that one kept of these objects
    /// is the word of this source from now on. It comes before anything that is new.
    Resumed(SourceId, Scope),
    /// Every source has been read once. `is_complete` is false while some source has never been
    /// readable, so that what it holds is not known.
    Synced {
        /// Whether all that the cluster has is known.
        is_complete: bool,
    },
    /// What was told last was set off so long after 1970: the annotation
    /// `endpoints.kubernetes.io/last-change-trigger-time` of an EndpointSlice. It changes nothing.
    Triggered(Duration),
    /// All that was told so far of these objects is at least as new as this version of them: a watch
    /// that goes on from there says again what is known, and misses nothing.
    Versioned(Scope, Box<str>),
    /// What watches the cluster has not panicked for long.
    Well,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written() {
        let namespaces = [None, Some(Label::parse("shop").expect("a label"))];
        for kind in FactKind::ALL {
            for namespace in &namespaces {
                for selection in ["", "labelSelector=a%3Db?"] {
                    let (namespace, selection) = (namespace.clone(), selection.into());
                    let scope = Scope { kind, namespace, selection };
                    assert_eq!(Scope::parse(&scope.to_string()), Some(scope));
                }
            }
        }
        for text in ["", "pods", "namespaces/shop", "namespaces//services", "namespaces/shop/pods"]
        {
            assert_eq!(Scope::parse(text), None, "{text}");
        }
    }
}
