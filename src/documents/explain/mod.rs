//! Explanations: why a question gets the answer it gets.
//!
//! In: ground state, the snapshot made of it, a question. Out: [`Explanation`]. The reply is the
//! query path's own, the steps outwards are those that queries take, and who answers is what
//! [`crate::core::selection`] says: nothing is decided here.
//! Does not know HTTP or how an explanation is printed.

mod document;
mod service;
mod nearest;
mod static_zone;
mod absence;
mod meant;
mod in_cluster;

use crate::core::answer::look_up;
use crate::core::compiled::AddressBuffer;
use crate::core::complaint::{Complaint, Subject};
use crate::core::name::{Label, QueryName};
use crate::core::snapshot::{DnsZone, Snapshot};
use crate::core::state::State;
use crate::core::time::Moment;
use crate::documents::location::labels_text;
use crate::documents::near::{UnknownName, find_cluster};
use crate::local_query::{LocalQuery, ReplyNote};
use crate::presentation;

pub use document::{
    AllDownNote, AskerNote, ClusterNote, Explanation, LeftOutNote, LevelNote, NameKind,
    QuestionNote, RestoredNote, ServiceNote, ShardNote, SnapshotNote, TtlNote, What,
};
pub(in crate::documents) use service::all_down;

/// Complaints that one explanation repeats; the status has all of them.
const MOST_COMPLAINTS: usize = 20;

/// Explains what `snapshot`, made of `state`, answers.
///
/// # Errors
/// The cluster whose listener is asked is none of ours.
pub fn explain(
    state: &State,
    snapshot: &Snapshot,
    now: Moment,
    query: &LocalQuery,
) -> Result<Explanation, UnknownName> {
    if let Some(cluster) = &query.cluster {
        find_cluster(state, cluster.as_str())?;
    }
    let query = &meant::meant(state, snapshot, query);
    let name = query.query_name();
    let lookup = look_up(snapshot, &name, &query.asking(), &mut AddressBuffer::default());
    let service = lookup.as_ref().and_then(|lookup| lookup.service.as_ref());
    let service = service.map(|chain| service::note(state, snapshot, chain, now));
    let who = lookup.as_ref().and_then(|lookup| lookup.asker);
    let asker = who.map(|who| in_cluster::asker(state, snapshot, &who, query));
    let what = match (&lookup, who, &service) {
        (None, ..) => nearest::outside(state, snapshot, &name),
        (Some(lookup), Some(who), _) => in_cluster::what(state, &name, lookup, &who),
        (Some(_), None, Some(ServiceNote { federation, form, .. })) => {
            let text =
                format!("a published service of federation {federation}, by its {form} name");
            What::new(NameKind::Service, text)
        }
        (Some(lookup), None, None) => absence::what(state, snapshot, &name, lookup),
    };
    let mut complaints = complaints(state, service.as_ref());
    let more_complaints = complaints.len().saturating_sub(MOST_COMPLAINTS);
    complaints.truncate(MOST_COMPLAINTS);
    Ok(Explanation {
        question: QuestionNote {
            name: presentation::name(&query.name),
            record_type: presentation::record_type(query.record_type),
            from: query.client.to_string(),
        },
        what,
        asker,
        service,
        reply: ReplyNote::read(&query.ask(snapshot, now))
            .expect("others can read what the query path writes"),
        snapshot: SnapshotNote::new(snapshot, now),
        complaints,
        more_complaints,
    })
}

impl What {
    fn new(kind: NameKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), left_out: Vec::new(), near: Vec::new() }
    }
}

/// The complaints that touch a service: those about it, about its federation, and about what is
/// no single service in the clusters that have something of it.
fn complaints(state: &State, service: Option<&ServiceNote>) -> Vec<String> {
    let Some(service) = service else { return Vec::new() };
    let has_shard = |cluster: &Label| {
        let shards = service.levels.iter().flat_map(|level| {
            let answering = level.answering.iter().map(|shard| &shard.cluster);
            answering.chain(level.left_out.iter().map(|shard| &shard.cluster))
        });
        shards.into_iter().any(|name| name == cluster.as_str())
    };
    let touches = |complaint: &Complaint| match &complaint.subject {
        Subject::Service(namespace, name) => {
            **namespace == *service.namespace && **name == *service.name
        }
        // A slice says whose it is by a label only; mostly its name starts with the service's.
        Subject::Slice(namespace, name) => {
            **namespace == *service.namespace && name.starts_with(&service.name)
        }
        Subject::Federation(name) => name.as_str() == service.federation,
        Subject::Cluster
        | Subject::File(_)
        | Subject::Folder
        | Subject::Node(_)
        | Subject::Registry(_)
        | Subject::Secret(..)
        | Subject::Resource(_) => complaint.cluster.as_ref().is_some_and(has_shard),
        Subject::Admin
        | Subject::Overrides(_)
        | Subject::Process
        | Subject::Socket(_)
        | Subject::State(_)
        | Subject::Tokens(_)
        | Subject::Zone(_) => false,
    };
    state.complaints_of_facts().iter().filter(|it| touches(it)).map(ToString::to_string).collect()
}

/// A label of a question as text.
fn label_of(name: &QueryName, index: usize) -> String {
    labels_text(name.labels(index..index + 1))
}

/// The federations of a zone, by name.
fn federations(zone: &DnsZone) -> String {
    list(zone.federations.iter().map(|federation| federation.name.to_string()))
}

/// Names in a sentence: all of a few, the first of many.
fn list(names: impl Iterator<Item = String>) -> String {
    const MOST: usize = 12;
    let mut names: Vec<_> = names.collect();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    match (names.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}
