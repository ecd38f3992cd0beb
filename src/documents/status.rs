//! The status: how things stand, at a glance.
//!
//! In: ground state, the published snapshot, numbers of the watches, and what the configuration
//! comes to. Out: the document behind `/status`.
//! The types here are the document's own, so that its shape changes only on purpose.
//! Does not know HTTP.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clusters::watch_stats::{RegistryStats, WatchStats};
use crate::core::complaint::{Flaw, Subject};
use crate::core::name::Name;
use crate::core::snapshot::Snapshot;
use crate::core::state::{Cluster, HostnameState, State};
use crate::core::time::{Moment, rfc3339};
use crate::core::verdict::Notice;

use super::DocumentInput;
use super::clusters::{self, ForeignRow, ServerRow, SilenceRow};
use super::hostname::HostnameNote;
use super::verdict::{self, VerdictRow};

/// Hostnames that the status names; `/services` has those of each service.
const MOST_HOSTNAMES: usize = 100;

/// How things stand.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    version: &'static str,
    /// How things stand in one word, and why.
    verdict: VerdictRow,
    ready: bool,
    /// What was never read: clusters, and `registries` where they may tell of more.
    unread: Vec<String>,
    snapshot: SnapshotStatus,
    services: ServicesStatus,
    federations: Vec<FederationStatus>,
    clusters: Vec<ClusterStatus>,
    registries: Vec<RegistryStatus>,
    hostnames: HostnamesStatus,
    complaints: Vec<ComplaintStatus>,
    warnings: Vec<String>,
    /// Why the configuration could not be read again, as long as that is so.
    reload_fault: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SnapshotStatus {
    generation: u64,
    age_seconds: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ServicesStatus {
    /// Services of any type, in any cluster.
    known: usize,
    /// Services that some cluster publishes.
    published: u32,
    /// Services by how they do.
    states: BTreeMap<&'static str, u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HostnamesStatus {
    /// Load-balancer hostnames by what is known of them; none of a state that none is in.
    states: BTreeMap<&'static str, u64>,
    /// Those that are not resolved, the first of them by name.
    unresolved: Vec<HostnameNote>,
}

/// A federation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FederationStatus {
    name: String,
    domain: String,
    serial: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterStatus {
    name: String,
    state: &'static str,
    /// For how long it has been so.
    state_seconds: u64,
    /// Until when facts of an earlier run were known to hold, as long as they count (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_as_of: Option<String>,
    places: Vec<String>,
    nodes: usize,
    services: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    silence: Option<SilenceRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign: Option<ForeignRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<ServerRow>,
}

/// A registry of clusters.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistryStatus {
    /// Where it is.
    registry: Box<str>,
    /// What tells of clusters there.
    kind: &'static str,
    /// What metrics call it.
    id: Box<str>,
    /// Clusters that it has registered.
    clusters: usize,
    /// Since when it can be read, in unix seconds; `null` while it can not.
    read_since: Option<u64>,
    /// How many of the complaints are about it and its Secrets.
    complaints: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ComplaintStatus {
    cluster: Option<String>,
    subject: String,
    kind: &'static str,
    message: String,
}

/// What the configuration comes to, whatever clusters say.
#[derive(Clone, Copy, Debug)]
pub struct ConfigurationNote<'a> {
    /// What it asks for and this version does not do.
    pub warnings: &'a [String],
    /// Why it could not be read again, as long as that is so.
    pub reload_fault: Option<&'a Notice>,
}

/// How things stand.
pub fn status(input: &DocumentInput<'_>, configuration: &ConfigurationNote<'_>) -> Status {
    let DocumentInput { state, snapshot, now, stats } = *input;
    let age = now.0.saturating_sub(snapshot.as_of.0);
    let [published, _] = state.published();
    let states = state.health_counts(state.widest_class());
    let states = states.map(|(health, number)| (health.as_str(), number)).collect();
    let registries = stats.registries();
    Status {
        version: env!("CARGO_PKG_VERSION"),
        verdict: verdict::verdict(input, configuration.reload_fault),
        ready: state.is_settled(),
        unread: state.unread().map(ToOwned::to_owned).collect(),
        snapshot: SnapshotStatus {
            generation: snapshot.generation,
            age_seconds: age.as_secs_f64(),
        },
        services: ServicesStatus { known: state.service_count(), published, states },
        federations: federations(state, snapshot),
        clusters: state.clusters().map(|it| ClusterStatus::new(it, now, stats)).collect(),
        hostnames: HostnamesStatus::new(state, now),
        complaints: complaints(state, &registries, &stats.own()),
        registries: registries.into_iter().map(RegistryStatus::new).collect(),
        warnings: configuration.warnings.to_vec(),
        reload_fault: configuration.reload_fault.map(|fault| fault.text.to_string()),
    }
}

pub(super) fn federations(state: &State, snapshot: &Snapshot) -> Vec<FederationStatus> {
    let serial = |domain: &Name| {
        let index = snapshot.zones.iter().position(|zone| zone.apex == *domain)?;
        snapshot.serials.get(index).copied()
    };
    let federations = state.policy().federations.iter().map(|federation| FederationStatus {
        name: federation.name.to_string(),
        domain: federation.domain.to_string(),
        serial: serial(&federation.domain),
    });
    federations.collect()
}

/// Those about clusters, then those about registries, then our own.
fn complaints(
    state: &State,
    registries: &[RegistryStats],
    own: &[(Subject, Flaw)],
) -> Vec<ComplaintStatus> {
    let of_clusters = state.complaints();
    let of_clusters = of_clusters.iter().map(|it| {
        ComplaintStatus::new(it.cluster.as_ref().map(ToString::to_string), &it.subject, &it.flaw)
    });
    let of_registries = registries.iter().flat_map(|registry| &registry.complaints);
    let others = of_registries.chain(own);
    let others = others.map(|(subject, flaw)| ComplaintStatus::new(None, subject, flaw));
    of_clusters.chain(others).collect()
}

impl RegistryStatus {
    pub(super) fn new(stats: RegistryStats) -> Self {
        let RegistryStats { registry, id, clusters, read_since, complaints } = stats;
        let (kind, complaints) = ("secrets", complaints.len());
        Self { registry, kind, id, clusters, read_since, complaints }
    }
}

impl ComplaintStatus {
    fn new(cluster: Option<String>, subject: &Subject, flaw: &Flaw) -> Self {
        Self { cluster, subject: subject.to_string(), kind: flaw.kind(), message: flaw.to_string() }
    }
}

impl HostnamesStatus {
    fn new(state: &State, now: Moment) -> Self {
        let states = state.hostname_counts().filter(|(_, number)| *number > 0);
        let troubled = state.hostnames();
        let troubled = troubled.filter(|(_, it)| it.state() != HostnameState::Resolved);
        let note = |(name, it)| HostnameNote::new(state, name, it, now);
        Self {
            states: states.map(|(state, number)| (state.as_str(), number)).collect(),
            unresolved: troubled.take(MOST_HOSTNAMES).map(note).collect(),
        }
    }
}

impl ClusterStatus {
    fn new(cluster: &Cluster, now: Moment, stats: &WatchStats) -> Self {
        Self {
            name: cluster.name.to_string(),
            state: cluster.state().as_str(),
            state_seconds: clusters::passed(cluster.state_since(), now),
            restored_as_of: cluster.restored.map(|it| rfc3339(it.as_of)),
            places: cluster.places.iter().map(ToString::to_string).collect(),
            nodes: cluster.nodes.len(),
            services: cluster.shards,
            silence: clusters::silence(cluster, now),
            foreign: clusters::foreign(cluster, now),
            server: clusters::server(cluster, now, stats),
        }
    }
}
