//! A published service, level by level.
//!
//! In: the chain that a query takes, and the selection that the snapshot was compiled from.
//! Out: who answers at each level and why not the others, the TTL, what is said when all are down.
//! Does not know packets.

use std::collections::BTreeSet;

use crate::core::answer::{End, FallbackChain};
use crate::core::compiled::{AddressBuffer, AddressSet};
use crate::core::name::grammar::Form;
use crate::core::policy::WhenAllDown;
use crate::core::selection::{Candidate, Selection};
use crate::core::service::{ServiceKey, Tier};
use crate::core::snapshot::Snapshot;
use crate::core::state::{Cluster, State};
use crate::core::time::{Moment, rfc3339};
use crate::core::topology::{Location, PlaceMap};
use crate::core::view::ViewId;
use crate::documents::hostname::HostnameNote;
use crate::documents::location;
use crate::documents::stale::StaleNote;

use super::document::{
    AllDownNote, ClusterNote, LeftOutNote, LevelNote, RestoredNote, ServiceNote, ShardNote, TtlNote,
};

/// The note on a published service.
pub(super) fn note(
    state: &State,
    snapshot: &Snapshot,
    chain: &FallbackChain<'_>,
    now: Moment,
) -> ServiceNote {
    let key = ServiceKey::from_wire(chain.stem()).expect("a published service's labels are labels");
    let publish = chain.federation.view.publish();
    let wire = key.wire();
    let selection = Selection::new(state, &wire, publish);
    let mut gathered = AddressBuffer::default();
    let end = chain.end(&mut gathered, now);
    let level = |at: usize| LevelNote {
        is_end: at == end.at,
        is_guess: chain.is_guess(at),
        ..level(state, snapshot.places.location(at), &selection)
    };
    let when_all_down = (!end.is_healthy()).then(|| all_down(chain, &mut gathered));
    ServiceNote {
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        federation: chain.federation.name.to_string(),
        form: match chain.shape.form {
            Form::Canonical => "canonical".to_owned(),
            Form::Short => "short".to_owned(),
        },
        levels: outwards(chain).map(level).collect(),
        hostnames: hostnames(state, &selection, now),
        without: without(state, &selection),
        stale: state.clusters().filter_map(|cluster| StaleNote::of(cluster, now)).collect(),
        restored: restored(state),
        ttl: ttl(chain, &selection, &end, now),
        when_all_down,
    }
}

/// What clusters have of a service that nobody publishes, and why that does not count.
pub(super) fn unpublished(state: &State, key: &ServiceKey, view: ViewId) -> Vec<LeftOutNote> {
    let wire = key.wire();
    let selection = Selection::new(state, &wire, view.publish());
    let reason = |candidate: &Candidate<'_>| {
        candidate.exclusion.map(|exclusion| left_out(state, candidate, exclusion.to_string()))
    };
    selection.candidates.iter().filter_map(reason).collect()
}

/// What decides where no shard answers anywhere, and the addresses that it gives.
pub(in crate::documents) fn all_down(
    chain: &FallbackChain<'_>,
    gathered: &mut AddressBuffer,
) -> AllDownNote {
    chain.gather_when_all_down(gathered);
    AllDownNote {
        policy: policy_word(chain.federation.when_all_down).to_owned(),
        addresses: texts(gathered.set()),
    }
}

/// The word for a policy, as configuration has it.
fn policy_word(policy: WhenAllDown) -> &'static str {
    match policy {
        WhenAllDown::All => "all",
        WhenAllDown::Last => "last",
        WhenAllDown::Nodata => "nodata",
        WhenAllDown::Nxdomain => "nxdomain",
    }
}

/// The location asked for and those wider, the world last.
fn outwards(chain: &FallbackChain<'_>) -> impl Iterator<Item = usize> {
    let wider = |&at: &usize| (at != PlaceMap::GLOBAL).then(|| chain.wider(at));
    std::iter::successors(Some(chain.location), wider)
}

fn level(state: &State, location: &Location, selection: &Selection<'_>) -> LevelNote {
    let mut note = LevelNote {
        level: location::level(location).to_owned(),
        place: location::text(location),
        is_end: false,
        is_guess: false,
        answering: Vec::new(),
        left_out: Vec::new(),
    };
    for candidate in &selection.candidates {
        match location::left_out(selection, candidate, location) {
            Some(reason) => note.left_out.push(left_out(state, candidate, reason.to_string())),
            None => note.answering.push(ShardNote {
                cluster: candidate.cluster.to_string(),
                addresses: candidate.addresses.iter().map(ToString::to_string).collect(),
                tier: candidate.waits().map(|spare| spare.to_string()),
            }),
        }
    }
    note
}

fn left_out(state: &State, candidate: &Candidate<'_>, reason: String) -> LeftOutNote {
    let cluster = state.clusters().find(|it| it.name == *candidate.cluster);
    let places = cluster.map(|cluster| cluster.places.iter().map(ToString::to_string).collect());
    let stands = places.unwrap_or_default();
    LeftOutNote { cluster: candidate.cluster.to_string(), reason, stands }
}

/// The hostnames of published shards, each once.
fn hostnames(state: &State, selection: &Selection<'_>, now: Moment) -> Vec<HostnameNote> {
    let names: BTreeSet<&str> =
        selection.candidates.iter().flat_map(|it| &it.hostnames).map(|name| &**name).collect();
    names.into_iter().filter_map(|name| HostnameNote::find(state, name, now)).collect()
}

fn without(state: &State, selection: &Selection<'_>) -> Vec<ClusterNote> {
    let has_none = |cluster: &&Cluster| {
        !selection.candidates.iter().any(|candidate| *candidate.cluster == cluster.name)
    };
    let note = |cluster: &Cluster| ClusterNote {
        cluster: cluster.name.to_string(),
        state: cluster.state().as_str().to_owned(),
    };
    state.clusters().filter(has_none).map(note).collect()
}

fn restored(state: &State) -> Vec<RestoredNote> {
    let note = |cluster: &Cluster| {
        let as_of = rfc3339(cluster.restored?.as_of);
        Some(RestoredNote { cluster: cluster.name.to_string(), as_of })
    };
    state.clusters().filter_map(note).collect()
}

fn ttl(chain: &FallbackChain<'_>, selection: &Selection<'_>, end: &End, now: Moment) -> TtlNote {
    let (seconds, full) = (chain.ttl(end), chain.full_ttl());
    let least = selection.ttl();
    let is_of_override = seconds != full && chain.overrides_end_in(end, now) == Some(seconds);
    let won = selection.candidates.iter().filter(|it| it.ttl.is_some() && it.ttl == least);
    TtlNote {
        seconds,
        annotated_by: won.map(|candidate| candidate.cluster.to_string()).collect(),
        shortened_from: (seconds != full).then_some(full),
        is_pending: chain.is_pending(end),
        is_missed: chain.is_missed(end.at) || chain.is_missed(chain.location),
        is_of_override,
        is_of_hostname: seconds != full && end.tier == Tier::Active && !is_of_override,
    }
}

fn texts(set: AddressSet<'_>) -> Vec<String> {
    let v4 = set.v4.iter().map(|&octets| std::net::Ipv4Addr::from(octets).to_string());
    let v6 = set.v6.iter().map(|&octets| std::net::Ipv6Addr::from(octets).to_string());
    v4.chain(v6).collect()
}
