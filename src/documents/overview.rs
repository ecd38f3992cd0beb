//! Overviews: all services, one row each.
//!
//! In: ground state, and which rows are wanted. Out: the document behind `/overview/services` and
//! `fedns services`. Who is healthy is what [`crate::core::selection`] says. Does not know HTTP or
//! tables.

use serde::{Deserialize, Serialize};

use crate::core::name::{Label, labels_of};
use crate::core::policy::{Federation, Policy, Publish};
use crate::core::selection::Selection;
use crate::core::service::ServiceKey;
use crate::core::state::{Health, State};
use crate::core::topology::PlaceId;

/// Most services that one page looks at.
const PAGE: usize = 5000;

/// Which services are wanted.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServicesWanted {
    /// Of this federation; else of the first.
    pub federation: Option<String>,
    /// In this namespace only.
    pub namespace: Option<String>,
    /// Those that this cluster has something of.
    pub cluster: Option<String>,
    /// In this state only.
    pub state: Option<Health>,
    /// `namespace/name` of the last service that the page before looked at.
    pub after: Option<String>,
    /// How many services the page looks at; never more than 5,000.
    pub limit: Option<usize>,
}

/// Services, as one federation sees them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Services {
    /// The federation; absent where there is none.
    pub federation: Option<String>,
    /// One row each, ordered by namespace and name.
    pub services: Vec<ServiceRow>,
    /// What to give as `after` for the next page, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRow {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// How it is.
    pub state: Health,
    /// Clusters whose shard answers.
    pub healthy_clusters: usize,
    /// Clusters that publish it.
    pub published_clusters: usize,
    /// Zones and regions at which a shard answers.
    pub places: usize,
    /// Addresses that answer at the global name.
    pub addresses: usize,
    /// In seconds.
    pub ttl: u32,
}

/// Why services can not be listed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadWanted {
    /// A federation that there is not.
    #[error("no federation {0}; known federations: {1}")]
    Federation(String, String),
    /// A cluster that there is not.
    #[error("no cluster {0}; known clusters: {1}")]
    Cluster(String, String),
}

/// Lists a page of services. A page is bounded by how many services it looks at, so that no
/// question holds up events for long, however many services there are.
///
/// # Errors
/// Says which federation or cluster there is not.
pub fn services(state: &State, wanted: &ServicesWanted) -> Result<Services, BadWanted> {
    let federation = federation(state, wanted.federation.as_deref())?;
    let cluster = cluster(state, wanted.cluster.as_deref())?;
    let (keys, is_last) = page(state, wanted);
    let row = |key: &&[u8]| {
        let key = ServiceKey::from_wire(key)?;
        let publish = federation.map_or(Publish::All, |federation| federation.publish);
        let wire = key.wire();
        let selection = Selection::new(state, &wire, key.namespace.as_str(), publish);
        let is_there = |name: &Label| selection.candidates.iter().any(|it| it.cluster == name);
        let row = service_row(&key, federation, (state.policy(), &selection));
        let is_wanted = wanted.state.is_none_or(|state| state == row.state);
        (is_wanted && cluster.is_none_or(is_there)).then_some(row)
    };
    let last = keys.last().copied().and_then(ServiceKey::from_wire).filter(|_| !is_last);
    Ok(Services {
        federation: federation.map(|federation| federation.name.to_string()),
        services: keys.iter().filter_map(row).collect(),
        next: last.map(|key| key.to_string()),
    })
}

/// The keys that a page looks at, ordered by namespace and name, and whether it is the last.
pub(crate) fn page<'s>(state: &'s State, wanted: &ServicesWanted) -> (Vec<&'s [u8]>, bool) {
    let after = wanted.after.as_deref().map(|it| it.split_once('/').unwrap_or((it, "")));
    let after = after.map(|(namespace, name)| (namespace.as_bytes(), name.as_bytes()));
    let is_wanted = |key: &&[u8]| {
        let (namespace, name) = names(key);
        wanted.namespace.as_ref().is_none_or(|it| it.as_bytes() == namespace)
            && after.is_none_or(|after| (namespace, name) > after)
    };
    let mut keys: Vec<_> = state.service_keys().filter(is_wanted).collect();
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let is_last = keys.len() <= limit;
    if !is_last {
        // Sorting all to show a few would cost more than all the rest.
        keys.select_nth_unstable_by(limit - 1, |a, b| names(a).cmp(&names(b)));
        keys.truncate(limit);
    }
    keys.sort_unstable_by(|a, b| names(a).cmp(&names(b)));
    (keys, is_last)
}

/// Namespace and name of a service's key.
fn names(key: &[u8]) -> (&[u8], &[u8]) {
    let mut labels = labels_of(key);
    let name = labels.next().unwrap_or_default();
    (labels.next().unwrap_or_default(), name)
}

fn federation<'s>(
    state: &'s State,
    wanted: Option<&str>,
) -> Result<Option<&'s Federation>, BadWanted> {
    let all = &state.policy().federations;
    let Some(wanted) = wanted else { return Ok(all.first()) };
    let found = all.iter().find(|federation| federation.name.as_str() == wanted);
    let known = || all.iter().map(|it| it.name.to_string()).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| BadWanted::Federation(wanted.to_owned(), known()))
}

pub(crate) fn cluster<'s>(
    state: &'s State,
    wanted: Option<&str>,
) -> Result<Option<&'s Label>, BadWanted> {
    let Some(wanted) = wanted else { return Ok(None) };
    let all = state.clusters().map(|cluster| &cluster.name);
    let found = all.clone().find(|name| name.as_str() == wanted);
    let known = || all.map(ToString::to_string).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| BadWanted::Cluster(wanted.to_owned(), known()))
}

fn service_row(
    key: &ServiceKey,
    federation: Option<&Federation>,
    (policy, selection): (&Policy, &Selection<'_>),
) -> ServiceRow {
    let healthy_clusters = selection.healthy().count();
    let published_clusters = selection.candidates.iter().filter(|it| it.is_published()).count();
    let places = selection.answering_places();
    ServiceRow {
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        state: Health::of(healthy_clusters, published_clusters),
        healthy_clusters,
        published_clusters,
        places: places.iter().filter(|place| **place != PlaceId::GLOBAL).count(),
        addresses: selection.addresses(PlaceId::GLOBAL).len(),
        ttl: federation.map_or(0, |federation| selection.world_ttl(policy, federation)),
    }
}
