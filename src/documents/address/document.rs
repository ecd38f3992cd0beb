//! The shape of what is told of an address: the document behind `/address` and `fedns explain ADDRESS -o json`.
//!
//! Keys are camelCase; what does not apply is absent.
//! Does not know how it is found out or how it is printed.

use serde::{Deserialize, Serialize};

use crate::documents::explain::SnapshotNote;
use crate::documents::stale::StaleNote;

/// Whose an address is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressNote {
    /// The address.
    pub address: String,
    /// The shards whose load balancer has it, as each federation sees them, by namespace and name.
    pub shards: Vec<AddressShard>,
    /// The Services that have it inside their cluster.
    pub inside: Vec<AddressInside>,
    /// The name servers of ours that have it.
    pub nameservers: Vec<String>,
    /// How many services are left out above.
    pub more_services: usize,
    /// Clusters of which the last facts are all that is known, whatever they have of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<StaleNote>,
    /// The clusters that were never read, and may have it too.
    pub unread: Vec<String>,
    /// The snapshot that answered.
    pub snapshot: SnapshotNote,
}

/// A shard whose load balancer has it, as a federation sees it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressShard {
    /// The service's namespace.
    pub namespace: String,
    /// The service's name.
    pub name: String,
    /// The federation.
    pub federation: String,
    /// The cluster.
    pub cluster: String,
    /// Where the cluster stands.
    pub stands: Vec<String>,
    /// The levels at whose names it is answered for this cluster, the world last; none where it is not.
    pub answers_at: Vec<AddressLevel>,
    /// Why it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The policy that gives it nevertheless, as nothing is healthy anywhere: `all` or `last`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_all_down: Option<String>,
}

/// A level at whose name it is answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AddressLevel {
    /// `zone`, `region` or `global`.
    pub level: String,
    /// The place as names have it; empty for the world.
    pub place: String,
}

/// A Service that has it inside its cluster.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AddressInside {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The cluster.
    pub cluster: String,
    /// The federations by whose names askers of the cluster get it.
    pub federations: Vec<String>,
    /// Why they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
