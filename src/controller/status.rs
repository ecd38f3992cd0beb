//! The status document: what the controller knows, as JSON.
//!
//! In: ground state and the published snapshot. Out: the document behind `/status`.
//! The types here are the document's own, so that its shape changes only on purpose.
//! Does not know HTTP.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::rfc3339;
use crate::core::state::Cluster;

use super::Controller;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    version: &'static str,
    ready: bool,
    snapshot: SnapshotStatus,
    services: ServicesStatus,
    federations: Vec<FederationStatus>,
    clusters: Vec<ClusterStatus>,
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
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ComplaintStatus {
    cluster: Option<String>,
    subject: String,
    kind: &'static str,
    message: String,
}

impl Controller {
    /// How things stand.
    pub(super) fn status(&self) -> Status {
        let snapshot = self.published.load();
        let age = self.clock.now().0.saturating_sub(snapshot.as_of.0);
        let serial = |domain: &str| {
            let index = snapshot.zones.iter().position(|zone| zone.apex.to_string() == domain)?;
            snapshot.serials.get(index).copied()
        };
        let federations = self.state.policy().federations.iter().map(|federation| {
            let domain = federation.domain.to_string();
            FederationStatus { name: federation.name.to_string(), serial: serial(&domain), domain }
        });
        let complaints =
            self.state.complaints().into_iter().chain(self.keeping.report.complaints.clone());
        let complaints = complaints.map(|complaint| ComplaintStatus {
            cluster: complaint.cluster.as_ref().map(ToString::to_string),
            subject: complaint.subject.to_string(),
            kind: complaint.flaw.kind(),
            message: complaint.flaw.to_string(),
        });
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
            clusters: self.state.clusters().map(cluster).collect(),
            complaints: complaints.collect(),
            warnings: self.warnings.clone(),
            reload_fault: self.reload_fault.clone(),
        }
    }
}

fn cluster(cluster: &Cluster) -> ClusterStatus {
    ClusterStatus {
        name: cluster.name.to_string(),
        state: cluster.sync.as_str(),
        restored_as_of: cluster.restored.map(|it| rfc3339(it.as_of)),
        places: cluster.places.iter().map(ToString::to_string).collect(),
        nodes: cluster.nodes.len(),
        services: cluster.shards,
    }
}
