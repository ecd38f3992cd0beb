//! The status document: what the controller knows, as JSON.
//!
//! In: ground state and the published snapshot. Out: the document behind `/status`.
//! The types here are the document's own, so that its shape changes only on purpose.
//! Does not know HTTP.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::rfc3339;
use crate::clusters::vitals::RegistryVital;
use crate::core::complaint::{Flaw, Subject};
use crate::core::name::Name;
use crate::core::state::{Cluster, HostnameState};
use crate::explain::HostnameNote;
use crate::overview::{self, ForeignRow, ServerRow, SilenceRow};

use super::Controller;

/// Hostnames that the status names; `/services` has those of each service.
const MOST_HOSTNAMES: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    version: &'static str,
    ready: bool,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SnapshotStatus {
    generation: u64,
    age_seconds: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServicesStatus {
    /// Services of any type, in any cluster.
    known: usize,
    /// Services that some cluster publishes.
    published: u32,
    /// Services by how they do.
    states: BTreeMap<&'static str, u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HostnamesStatus {
    /// Load-balancer hostnames by what is known of them; none of a state that none is in.
    states: BTreeMap<&'static str, u64>,
    /// Those that are not resolved, the first of them by name.
    unresolved: Vec<HostnameNote>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FederationStatus {
    name: String,
    domain: String,
    serial: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterStatus {
    name: String,
    state: &'static str,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegistryStatus {
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ComplaintStatus {
    cluster: Option<String>,
    subject: String,
    kind: &'static str,
    message: String,
}

impl RegistryStatus {
    fn new(vital: RegistryVital) -> Self {
        let RegistryVital { registry, id, clusters, read_since, complaints } = vital;
        let (kind, complaints) = ("secrets", complaints.len());
        Self { registry, kind, id, clusters, read_since, complaints }
    }
}

impl Controller {
    /// How things stand.
    pub(super) fn status(&self) -> Status {
        let snapshot = self.published.load();
        let age = self.clock.now().0.saturating_sub(snapshot.as_of.0);
        let serial = |domain: &Name| {
            let index = snapshot.zones.iter().position(|zone| zone.apex == *domain)?;
            snapshot.serials.get(index).copied()
        };
        let federations =
            self.state.policy().federations.iter().map(|federation| FederationStatus {
                name: federation.name.to_string(),
                domain: federation.domain.to_string(),
                serial: serial(&federation.domain),
            });
        let registries = self.vitals.registries();
        let complaint = |cluster: Option<String>, subject: &Subject, flaw: &Flaw| ComplaintStatus {
            cluster,
            subject: subject.to_string(),
            kind: flaw.kind(),
            message: flaw.to_string(),
        };
        let of_registries = registries.iter().flat_map(|registry| &registry.complaints);
        let of_registries = of_registries.map(|(subject, flaw)| complaint(None, subject, flaw));
        let complaints = self.complaints();
        let complaints = complaints.iter().map(|it| {
            let cluster = it.cluster.as_ref().map(ToString::to_string);
            complaint(cluster, &it.subject, &it.flaw)
        });
        let own = self.vitals.own();
        let own = own.iter().map(|(subject, flaw)| complaint(None, subject, flaw));
        let complaints = complaints.chain(of_registries).chain(own).collect();
        let [published, _] = self.state.published();
        let states = self.state.health_counts(self.state.widest_class());
        let states = states.map(|(health, number)| (health.as_str(), number)).collect();
        Status {
            version: env!("CARGO_PKG_VERSION"),
            ready: self.state.is_settled(),
            snapshot: SnapshotStatus {
                generation: snapshot.generation,
                age_seconds: age.as_secs_f64(),
            },
            services: ServicesStatus { known: self.state.service_count(), published, states },
            federations: federations.collect(),
            clusters: self.state.clusters().map(|it| self.cluster_status(it)).collect(),
            hostnames: self.hostnames_status(),
            registries: registries.into_iter().map(RegistryStatus::new).collect(),
            complaints,
            warnings: self.warnings.clone(),
            reload_fault: self.reload_fault.clone(),
        }
    }

    fn hostnames_status(&self) -> HostnamesStatus {
        let states = self.state.hostname_counts().filter(|(_, number)| *number > 0);
        let now = self.clock.now();
        let troubled = self.state.hostnames();
        let troubled = troubled.filter(|(_, it)| it.state() != HostnameState::Resolved);
        let note = |(name, it)| HostnameNote::new(&self.state, name, it, now);
        HostnamesStatus {
            states: states.map(|(state, number)| (state.as_str(), number)).collect(),
            unresolved: troubled.take(MOST_HOSTNAMES).map(note).collect(),
        }
    }

    fn cluster_status(&self, cluster: &Cluster) -> ClusterStatus {
        let now = self.clock.now();
        ClusterStatus {
            name: cluster.name.to_string(),
            state: cluster.sync.as_str(),
            restored_as_of: cluster.restored.map(|it| rfc3339(it.as_of)),
            places: cluster.places.iter().map(ToString::to_string).collect(),
            nodes: cluster.nodes.len(),
            services: cluster.shards,
            silence: overview::silence(cluster, now),
            foreign: overview::foreign(cluster, now),
            server: overview::server(cluster, now, &self.vitals),
        }
    }
}
