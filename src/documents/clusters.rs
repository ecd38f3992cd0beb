//! The clusters, one row each: how much of each is known, where it stands, whether it is heard.
//!
//! In: ground state, numbers of the watches, the present moment, and which rows are wanted.
//! Out: the document behind `/clusters` and `fedns clusters`; its parts stand in the status too.
//! Does not know who asks or how rows are printed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clusters::kubernetes::ObjectKind;
use crate::clusters::watch_stats::WatchStats;
use crate::core::event::Contact;
use crate::core::state::{Cluster, ClusterState, Foreign, Silence, State};
use crate::core::time::{Moment, rfc3339};

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
    /// How it is, in the word of a [`ClusterState`].
    pub state: String,
    /// For how long it has been so.
    #[serde(default)]
    pub state_seconds: u64,
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

pub(super) fn passed(since: Moment, now: Moment) -> u64 {
    now.0.saturating_sub(since.0).as_secs()
}

/// What is known of a cluster's API server.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerRow {
    /// `reached`; `waiting`: its server answers, and its lists wait for their turn; `lost`; `unknown` before
    /// it was tried.
    pub contact: String,
    /// For how long that is so.
    pub since_seconds: Option<u64>,
    /// Why it is lost; of one that waits, what has failed before.
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

/// Which clusters are wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClustersWanted {
    /// All.
    All,
    /// Those in one state.
    In(ClusterState),
    /// The one of that name.
    Named(String),
}

impl ClustersWanted {
    fn takes(&self, cluster: &Cluster) -> bool {
        match self {
            Self::All => true,
            Self::In(state) => cluster.state() == *state,
            Self::Named(name) => cluster.name.as_str() == name,
        }
    }
}

/// Lists the clusters that are wanted.
pub fn clusters(
    state: &State,
    now: Moment,
    stats: &WatchStats,
    wanted: &ClustersWanted,
) -> Clusters {
    let complaints = state.complaints_of_facts();
    let row = |cluster: &Cluster| ClusterRow {
        name: cluster.name.to_string(),
        state: cluster.state().as_str().to_owned(),
        state_seconds: passed(cluster.state_since(), now),
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
        server: server(cluster, now, stats),
    };
    let wanted = state.clusters().filter(|cluster| wanted.takes(cluster));
    Clusters { clusters: wanted.map(row).collect() }
}

/// What is known of a cluster's API server; `None` for a folder of manifests.
pub fn server(cluster: &Cluster, now: Moment, stats: &WatchStats) -> Option<ServerRow> {
    let of_cluster = stats.find(&cluster.name)?;
    let (contact, reason) = match cluster.contact.as_ref().map(|it| &it.contact) {
        None => ("unknown", None),
        Some(Contact::Reached) => ("reached", None),
        Some(Contact::Waiting(failure)) => ("waiting", failure.as_deref().map(str::to_owned)),
        Some(Contact::Lost(why)) => ("lost", Some(why.to_string())),
    };
    let since = cluster.contact.as_ref().map(|it| now.0.saturating_sub(it.since.0));
    let seconds = |duration: Option<Duration>| duration.map(|duration| duration.as_secs());
    let counts = ObjectKind::ALL
        .into_iter()
        .map(|kind| (kind.plural().to_owned(), of_cluster.objects(kind)));
    Some(ServerRow {
        contact: contact.to_owned(),
        since_seconds: seconds(since),
        reason,
        uid: cluster.uid.as_ref().map(ToString::to_string),
        version: of_cluster.version().map(|version| version.to_string()),
        last_event_seconds: seconds(of_cluster.since_event()),
        watch_age_seconds: seconds(of_cluster.age()),
        objects: counts.collect(),
        credentials_expire_in_seconds: seconds(of_cluster.expires_in()),
    })
}
