//! The shape of an explanation: the document behind `/explain` and `fedns explain -o json`.
//!
//! Keys are camelCase; what does not apply is absent. Names end in a dot, as in `resolve`.
//! The types are the document's own, so that its shape changes only on purpose.
//! Does not know how it is found out or how it is printed.

use serde::{Deserialize, Serialize};

use crate::core::snapshot::Snapshot;
use crate::core::time::Moment;
use crate::local_query::ReplyNote;

use crate::documents::hostname::HostnameNote;
use crate::documents::stale::StaleNote;

/// Why a question gets the answer it gets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What was asked.
    pub question: QuestionNote,
    /// What the name is.
    pub what: What,
    /// Who the asker was taken for; of names inside clusters alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asker: Option<AskerNote>,
    /// The levels of a published service, from the asker's place where the name is inside clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceNote>,
    /// The real reply.
    pub reply: ReplyNote,
    /// The snapshot that answered.
    pub snapshot: SnapshotNote,
    /// Complaints about the service, its federation and the clusters that have something of it.
    pub complaints: Vec<String>,
    /// How many complaints are left out above.
    pub more_complaints: usize,
}

/// What was asked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct QuestionNote {
    /// The name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The address it was asked from.
    pub from: String,
}

/// Who asked, as far as that is known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AskerNote {
    /// The cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Where in it, such as `us-central1-a.us-central1`; empty for the world.
    pub place: String,
    /// Why, in words.
    pub why: String,
}

/// The snapshot that answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotNote {
    /// Its generation.
    pub generation: u64,
    /// How long ago it was made, in milliseconds.
    pub age_millis: u64,
}

impl SnapshotNote {
    /// The note on a snapshot.
    pub(in crate::documents) fn new(snapshot: &Snapshot, now: Moment) -> Self {
        let age_millis = now.0.saturating_sub(snapshot.as_of.0).as_millis() as u64;
        Self { generation: snapshot.generation, age_millis }
    }
}

/// What a name is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct What {
    /// In one word.
    pub kind: NameKind,
    /// In a sentence.
    pub text: String,
    /// Where nobody publishes the service: what clusters have of it, and why that does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutNote>,
    /// The names that may be meant, where there is none such.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<String>,
}

/// What a name is, in one word.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NameKind {
    /// A published service.
    Service,
    /// A Service of the asker's own cluster.
    Local,
    /// The apex of a zone of ours.
    Apex,
    /// A name server inside a zone of ours.
    NameServer,
    /// A name that owns records in a static zone.
    Record,
    /// A name that a wildcard of a static zone stands for.
    Wildcard,
    /// A name that a static zone delegates.
    Delegated,
    /// A name below one whose DNAME leads elsewhere.
    Redirected,
    /// No name of a static zone.
    NoRecord,
    /// A name of a static zone whose file could not be used yet.
    ZoneUnread,
    /// A name that exists because others stand below it.
    Inner,
    /// Clusters that have not spoken yet decide whether it exists.
    NotKnownYet,
    /// In none of our zones.
    Outside,
    /// No federation of that name.
    NoFederation,
    /// No place of that name.
    NoPlace,
    /// No published service of that name.
    NoService,
    /// Below a service's name, where nothing exists.
    BelowService,
    /// No shape that names have here.
    NoShape,
}

/// A published service, from the level asked for outwards.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceNote {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The federation.
    pub federation: String,
    /// `canonical`, or `short` for names without the literal label `svc`.
    pub form: String,
    /// The levels, the one asked for first, the world last.
    pub levels: Vec<LevelNote>,
    /// The hostnames of its load balancers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hostnames: Vec<HostnameNote>,
    /// Clusters that have nothing of the service.
    pub without: Vec<ClusterNote>,
    /// Clusters of which the last facts are all that is known, whatever they have of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<StaleNote>,
    /// Clusters of which an earlier run is all that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restored: Vec<RestoredNote>,
    /// The TTL of the chain and of what stands at its end.
    pub ttl: TtlNote,
    /// What decides where no shard answers anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_all_down: Option<AllDownNote>,
}

/// One level.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LevelNote {
    /// `zone`, `region` or `global`.
    pub level: String,
    /// The place as names have it, such as `us-central1-a.us-central1`; empty for the world.
    pub place: String,
    /// Whether the chain ends here.
    pub is_end: bool,
    /// Whether a cluster that has not synced may still answer here.
    pub is_guess: bool,
    /// The shards that answer.
    pub answering: Vec<ShardNote>,
    /// The others.
    pub left_out: Vec<LeftOutNote>,
}

/// A shard that answers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ShardNote {
    /// Its cluster.
    pub cluster: String,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// Its tier and why it is in that one, where it is not active: it answers as no better one is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
}

/// A shard that does not answer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LeftOutNote {
    /// Its cluster.
    pub cluster: String,
    /// The one reason.
    pub reason: String,
    /// Where its cluster stands.
    pub stands: Vec<String>,
}

/// A cluster, and how much of it is known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ClusterNote {
    /// The cluster.
    pub cluster: String,
    /// How it is, in the word of a [`ClusterState`](crate::core::state::ClusterState).
    pub state: String,
}

/// A cluster whose facts an earlier run kept, and that has not been read in whole since.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoredNote {
    /// The cluster.
    pub cluster: String,
    /// Until when its facts were known to hold (RFC 3339).
    pub as_of: String,
}

/// A TTL and where it comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TtlNote {
    /// In seconds.
    pub seconds: u32,
    /// The clusters whose annotation `fedns.dev/ttl` asks for the least; where there is none, the
    /// federation's `ttl` counts.
    pub annotated_by: Vec<String>,
    /// What it was before an answer shortened it that rests on nothing active, rests on a hostname,
    /// leaves out a shard whose hostname has not been asked for yet, or goes without a cluster that was
    /// never read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortened_from: Option<u32>,
    /// Whether a shard is left out whose hostname has not been asked for yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_pending: bool,
    /// Whether it goes without a cluster that was never read and could change it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_missed: bool,
    /// Whether a drain or a pin ends by then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_of_override: bool,
    /// Whether it is that of a hostname, where neither of these is the reason.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_of_hostname: bool,
}

/// What `whenAllDown` decides.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AllDownNote {
    /// `nodata`, `nxdomain`, `all` or `last`.
    pub policy: String,
    /// The addresses it gives.
    pub addresses: Vec<String>,
}
