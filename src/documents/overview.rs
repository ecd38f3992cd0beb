//! The overview: what the status page shows before anything is opened, whatever there is of services.
//!
//! In: what is known, and what the configuration comes to. Out: the document behind `/overview`. Its
//! size grows with clusters and kinds of complaints alone.
//! Does not know HTTP, nor how a page looks.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::core::state::Cluster;

use super::DocumentInput;
use super::clusters::passed;
use super::complaints::{self, ComplaintKind};
use super::status::{ConfigurationNote, FederationStatus, RegistryStatus, federations};
use super::verdict::{ReasonRow, VerdictRow, verdict};

/// Reasons of the verdict that stand in it; `/verdict` has all.
const MOST_REASONS: usize = 24;

/// What the status page shows first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OverviewDocument {
    version: &'static str,
    verdict: VerdictRow,
    /// How many reasons are left out above.
    more_reasons: usize,
    ready: bool,
    generation: u64,
    /// For how long the snapshot has answered.
    snapshot_seconds: u64,
    /// Services of any type, in any cluster.
    known_services: usize,
    /// Services by how they do.
    services: BTreeMap<&'static str, u32>,
    clusters: Vec<ClusterTile>,
    registries: Vec<RegistryStatus>,
    federations: Vec<FederationStatus>,
    complaints: Vec<ComplaintKind>,
    /// What the configuration asks for and this version does not do.
    warnings: Vec<String>,
    /// Why the configuration could not be read again, as long as that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    reload_fault: Option<String>,
}

/// A cluster, in few words.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterTile {
    name: String,
    state: &'static str,
    state_seconds: u64,
    places: Vec<String>,
    services: usize,
    #[serde(skip_serializing_if = "is_zero")]
    complaints: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What the status page shows first.
pub fn overview(
    input: &DocumentInput<'_>,
    configuration: &ConfigurationNote<'_>,
) -> OverviewDocument {
    let DocumentInput { state, snapshot, now, stats } = *input;
    let mut verdict = verdict(input, configuration.reload_fault);
    let more_reasons = shorten(&mut verdict.reasons);
    let complaints = complaints::summary(input);
    let states = state.health_counts(state.widest_class());
    let tile = |cluster: &Cluster| {
        let name = cluster.name.to_string();
        ClusterTile {
            complaints: complaints.by_cluster.get(&name).copied().unwrap_or_default(),
            name,
            state: cluster.state().as_str(),
            state_seconds: passed(cluster.state_since(), now),
            places: cluster.places.iter().map(ToString::to_string).collect(),
            services: cluster.shards,
        }
    };
    OverviewDocument {
        version: env!("CARGO_PKG_VERSION"),
        verdict,
        more_reasons,
        ready: state.is_settled(),
        generation: snapshot.generation,
        snapshot_seconds: passed(snapshot.as_of, now),
        known_services: state.service_count(),
        services: states.map(|(health, number)| (health.as_str(), number)).collect(),
        clusters: state.clusters().map(tile).collect(),
        registries: stats.registries().into_iter().map(RegistryStatus::new).collect(),
        federations: federations(state, snapshot),
        complaints: complaints.kinds,
        warnings: configuration.warnings.to_vec(),
        reload_fault: configuration.reload_fault.map(|fault| fault.text.to_string()),
    }
}

/// Leaves the first reasons; how many are left out.
fn shorten(reasons: &mut Vec<ReasonRow>) -> usize {
    let more = reasons.len().saturating_sub(MOST_REASONS);
    reasons.truncate(MOST_REASONS);
    more
}
