//! Overviews: all services and all clusters, one row each.
//!
//! In: ground state, numbers of the watches, and which rows are wanted. Out: documents behind `/services` and
//! `/clusters`, and behind the tables of the command line. Who is healthy is what
//! [`crate::core::selection`] says. Does not know HTTP or tables.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::rfc3339;
use crate::clusters::kubernetes::ObjectKind;
use crate::clusters::watch_stats::WatchStats;
use crate::core::event::Contact;
use crate::core::name::{Label, labels_of};
use crate::core::policy::{Federation, Policy, Publish};
use crate::core::selection::Selection;
use crate::core::service::ServiceKey;
use crate::core::state::{Cluster, Foreign, Health, Silence, State, SyncState};
use crate::core::time::Moment;
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

/// All clusters.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Clusters {
    /// One row each, in the order in which they were registered.
    pub clusters: Vec<ClusterRow>,
}

/// One cluster.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterRow {
    /// Its id.
    pub name: String,
    /// `synced`, `partial`, `restored` or `awaited`.
    pub state: String,
    /// Until when facts of an earlier run were known to hold, as long as they count (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_as_of: Option<String>,
    /// Where it stands.
    pub places: Vec<String>,
    /// How many nodes it has.
    pub nodes: usize,
    /// How many services it has something of.
    pub services: usize,
    /// How many complaints there are about it.
    pub complaints: usize,
    /// That nothing is heard of it, and what follows; absent while it is heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<SilenceRow>,
    /// The cluster that answers in its place; absent while it is itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<ForeignRow>,
    /// Its API server, where it is watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerRow>,
}

/// A cluster of which nothing is heard.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SilenceRow {
    /// `silent`: its last facts stay; `withdrawn`: its shards answer no more.
    pub state: String,
    /// For how long nothing is heard.
    pub since_seconds: Option<u64>,
}

/// Another cluster in the place of one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignRow {
    /// The UID of its namespace `kube-system`.
    pub uid: String,
    /// For how long it answers.
    pub since_seconds: u64,
}

/// That nothing is heard of a cluster; `None` while it is heard.
pub fn silence(cluster: &Cluster, now: Moment) -> Option<SilenceRow> {
    (cluster.silence != Silence::Heard).then(|| SilenceRow {
        state: cluster.silence.as_str().to_owned(),
        since_seconds: cluster.unheard_since().map(|since| passed(since, now)),
    })
}

/// The cluster that answers in the place of one; `None` while it is itself.
pub fn foreign(cluster: &Cluster, now: Moment) -> Option<ForeignRow> {
    let Foreign { since, uid } = cluster.foreign.as_ref()?;
    Some(ForeignRow { uid: uid.to_string(), since_seconds: passed(*since, now) })
}

fn passed(since: Moment, now: Moment) -> u64 {
    now.0.saturating_sub(since.0).as_secs()
}

/// What is known of a cluster's API server.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerRow {
    /// `reached` or `lost`; `unknown` before it was tried.
    pub contact: String,
    /// For how long that is so.
    pub since_seconds: Option<u64>,
    /// Why it is lost.
    pub reason: Option<String>,
    /// The UID of its namespace `kube-system` that was seen first.
    pub uid: Option<String>,
    /// Its version, such as `v1.33.1`.
    pub version: Option<String>,
    /// How long ago an object changed last.
    pub last_event_seconds: Option<u64>,
    /// How long the kind was not heard of that was silent longest.
    pub watch_age_seconds: Option<u64>,
    /// Its objects, by kind.
    pub objects: BTreeMap<String, u64>,
    /// For how long the credentials are still good, where they say so.
    pub credentials_expire_in_seconds: Option<u64>,
}

/// Lists clusters, of one state or of all.
pub fn clusters(
    state: &State,
    now: Moment,
    vitals: &WatchStats,
    wanted: Option<SyncState>,
) -> Clusters {
    let complaints = state.complaints_of_facts();
    let row = |cluster: &Cluster| ClusterRow {
        name: cluster.name.to_string(),
        state: cluster.sync.as_str().to_owned(),
        restored_as_of: cluster.restored.map(|it| rfc3339(it.as_of)),
        places: cluster.places.iter().map(ToString::to_string).collect(),
        nodes: cluster.nodes.len(),
        services: cluster.shards,
        complaints: complaints
            .iter()
            .filter(|it| it.cluster.as_ref() == Some(&cluster.name))
            .count(),
        silence: silence(cluster, now),
        foreign: foreign(cluster, now),
        server: server(cluster, now, vitals),
    };
    let is_wanted = |cluster: &&Cluster| wanted.is_none_or(|wanted| cluster.sync == wanted);
    Clusters { clusters: state.clusters().filter(is_wanted).map(row).collect() }
}

/// What is known of a cluster's API server; `None` for a folder of manifests.
pub fn server(cluster: &Cluster, now: Moment, vitals: &WatchStats) -> Option<ServerRow> {
    let vital = vitals.find(&cluster.name)?;
    let (contact, reason) = match cluster.contact.as_ref().map(|it| &it.contact) {
        None => ("unknown", None),
        Some(Contact::Reached) => ("reached", None),
        Some(Contact::Lost(why)) => ("lost", Some(why.to_string())),
    };
    let since = cluster.contact.as_ref().map(|it| now.0.saturating_sub(it.since.0));
    let seconds = |duration: Option<Duration>| duration.map(|duration| duration.as_secs());
    let counts =
        ObjectKind::ALL.into_iter().map(|kind| (kind.plural().to_owned(), vital.objects(kind)));
    Some(ServerRow {
        contact: contact.to_owned(),
        since_seconds: seconds(since),
        reason,
        uid: cluster.uid.as_ref().map(ToString::to_string),
        version: vital.version().map(|version| version.to_string()),
        last_event_seconds: seconds(vital.since_event()),
        watch_age_seconds: seconds(vital.age()),
        objects: counts.collect(),
        credentials_expire_in_seconds: seconds(vital.expires_in()),
    })
}
