//! The overrides in force: what is drained and pinned, until when, why, and by whom.
//!
//! In: ground state. Out: the document behind `/overrides` and `fedns overrides -o json`.
//! Does not know how it is shown.

use serde::{Deserialize, Serialize};

use crate::core::overrides::{Action, Override, Target};
use crate::core::service::ServiceKey;
use crate::core::state::State;
use crate::core::time::rfc3339;

/// The overrides in force.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OverridesDocument {
    /// Those that end first stand first, those without an end last.
    pub overrides: Vec<OverrideRow>,
}

/// One override.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct OverrideRow {
    /// By what it is told from others of its source.
    pub id: String,
    /// `drain` or `pin`.
    pub kind: String,
    /// The cluster that it is about, or that the service is pinned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The region that it is about, or that the zone lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The zone that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The service that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Whether what is drained does not even answer where nobody else does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hard: bool,
    /// When it ends by itself (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Why.
    pub reason: String,
    /// Who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Since when it is said (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Where: `file`, `entry`, `secret`, `service`.
    pub source: String,
}

/// The overrides in force in `state`.
pub fn overrides(state: &State) -> OverridesDocument {
    let listed = state.overrides().iter().map(row);
    let mut overrides: Vec<_> = listed.chain(annotated(state)).collect();
    overrides.sort_by(|a, b| {
        let order = |it: &OverrideRow| (it.until.is_none(), it.until.clone(), it.id.clone());
        order(a).cmp(&order(b))
    });
    OverridesDocument { overrides }
}

fn row(it: &Override) -> OverrideRow {
    let row = OverrideRow {
        id: it.id.to_string(),
        kind: it.action.kind().to_owned(),
        until: it.until.map(rfc3339),
        reason: it.reason.to_string(),
        by: it.by.as_ref().map(ToString::to_string),
        since: it.since.map(rfc3339),
        source: it.source.as_str().to_owned(),
        ..OverrideRow::default()
    };
    match &it.action {
        Action::Drain { target, is_hard } => {
            of_target(OverrideRow { hard: *is_hard, ..row }, target)
        }
        Action::Pin { service, cluster } => {
            let (service, cluster) = (Some(service.to_string()), Some(cluster.to_string()));
            OverrideRow { service, cluster, ..row }
        }
    }
}

fn of_target(row: OverrideRow, target: &Target) -> OverrideRow {
    match target {
        Target::Cluster(cluster) => OverrideRow { cluster: Some(cluster.to_string()), ..row },
        Target::Region(region) => OverrideRow { region: Some(region.to_string()), ..row },
        Target::Zone(zone, region) => {
            let region = region.as_ref().map(ToString::to_string);
            OverrideRow { zone: Some(zone.to_string()), region, ..row }
        }
        Target::Service(service, cluster) => {
            let cluster = cluster.as_ref().map(ToString::to_string);
            OverrideRow { service: Some(service.to_string()), cluster, ..row }
        }
    }
}

/// Services that are drained by their own annotation.
fn annotated(state: &State) -> impl Iterator<Item = OverrideRow> {
    state.annotated_drains().filter_map(|(key, index, until)| {
        let service = ServiceKey::from_wire(key)?.to_string();
        let cluster = state.cluster(index).name.to_string();
        let shard = state.shard(key, index)?;
        let drain = shard.facts()?.drain.as_ref()?;
        Some(OverrideRow {
            id: format!("{cluster}/{service}"),
            kind: "drain".to_owned(),
            cluster: Some(cluster),
            service: Some(service),
            hard: drain.is_hard,
            until: until.map(rfc3339),
            reason: drain.reason.to_string(),
            source: "service".to_owned(),
            ..OverrideRow::default()
        })
    })
}
