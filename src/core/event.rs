//! Events: the whole vocabulary in which a cluster speaks to ground state.
//!
//! In: what watches and manifest folders saw, lowered to facts. Out: values for `State::apply`.
//! Does not know Kubernetes' own types, files or connections.

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
#[derive(Clone, Debug, PartialEq)]
pub enum Facts {
    /// A Node, by name.
    Node(Box<str>, NodeFacts),
    /// A Service.
    Service(ServiceKey, ServiceFacts),
    /// An EndpointSlice of a service.
    Slice(ServiceKey, SliceFacts),
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
    /// Every source has been read once. `is_complete` is false while some source has never been
    /// readable, so that what it holds is not known.
    Synced {
        /// Whether all that the cluster has is known.
        is_complete: bool,
    },
    /// What was told last was set off so long after 1970: the annotation
    /// `endpoints.kubernetes.io/last-change-trigger-time` of an EndpointSlice. It changes nothing.
    Triggered(Duration),
    /// What watches the cluster has not panicked for long.
    Well,
}
