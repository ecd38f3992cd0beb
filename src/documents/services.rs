//! Pages of services: which clusters answer at which level, which do not and why, as JSON.
//!
//! In: ground state and a filter. Out: one page, in the order of namespaces and names.
//! Reading a page costs one look at each service and a selection for those on the page, so that
//! it does not hold up events, however many services there are. Does not know HTTP.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::core::name::{Label, labels_of};
use crate::core::selection::{Candidate, Selection};
use crate::core::state::{Health, Overview, State};
use crate::core::time::Moment;
use crate::core::topology::{Level, Location, PlaceId, PlaceMap};

use super::DocumentInput;
use super::hostname::HostnameNote;

/// Services on a page when nobody says how many.
const LIMIT: usize = 50;
/// Most services on a page.
const MOST: usize = 500;

/// How a service that is wanted does.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// However it does.
    #[default]
    #[serde(rename = "")]
    Any,
    /// Some cluster publishes it.
    Published,
    /// [`Health::Healthy`].
    Healthy,
    /// [`Health::Degraded`].
    Degraded,
    /// [`Health::Down`].
    Down,
    /// [`Health::Unpublished`].
    Unpublished,
}

impl Wanted {
    fn is(self, health: Health) -> bool {
        match self {
            Self::Any => true,
            Self::Published => health != Health::Unpublished,
            Self::Healthy => health == Health::Healthy,
            Self::Degraded => health == Health::Degraded,
            Self::Down => health == Health::Down,
            Self::Unpublished => health == Health::Unpublished,
        }
    }
}

/// Which services are wanted. Texts that are empty or absent do not filter.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// A part of `namespace/name`.
    pub search: String,
    /// The namespace.
    pub namespace: String,
    /// A cluster that has a shard of it, healthy or not.
    pub cluster: String,
    /// How it does.
    pub state: Wanted,
    /// Most services wanted; never more than 500.
    pub limit: Option<usize>,
    /// `namespace/name` of the last service of the page before.
    pub after: String,
}

/// One page of services.
#[derive(Debug, Serialize)]
pub struct Page {
    generation: u64,
    /// All services, of any type.
    known: usize,
    /// Those that pass the filter, on all pages.
    matching: usize,
    services: Vec<Row>,
    /// What to give as `after` for the next page, if there is one.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    namespace: String,
    name: String,
    state: &'static str,
    /// The federations that publish it.
    federations: Vec<String>,
    clusters: Vec<ShardRow>,
    levels: Vec<LevelRow>,
}

/// What one cluster brings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShardRow {
    cluster: String,
    published: bool,
    answers: bool,
    /// Why it does not answer.
    reason: Option<String>,
    addresses: Vec<IpAddr>,
    ttl_seconds: Option<u32>,
    /// What is known of the hostnames of its load balancer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hostnames: Vec<HostnameNote>,
}

/// A place in which some shard stands, or the world.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LevelRow {
    #[serde(flatten)]
    place: PlaceRow,
    /// The clusters whose addresses are answered.
    clusters: Vec<String>,
    addresses: Vec<IpAddr>,
    /// Clusters that stand here and do not answer.
    left_out: Vec<LeftOutRow>,
    /// Where clients are sent when nothing answers here.
    fallback: Option<PlaceRow>,
}

#[derive(Clone, Debug, Serialize)]
struct PlaceRow {
    level: &'static str,
    /// As names have it, `zone.region`; `None` for the world.
    place: Option<String>,
}

#[derive(Debug, Serialize)]
struct LeftOutRow {
    cluster: String,
    reason: String,
}

/// The page that `filter` asks for.
pub fn service_page(input: &DocumentInput<'_>, filter: &Filter) -> Page {
    let DocumentInput { state, snapshot, now, .. } = *input;
    let mut found = matching(state, filter);
    let matching = found.len();
    if !filter.after.is_empty() {
        let after = filter.after.split_once('/').unwrap_or((&filter.after, ""));
        found.retain(|service| service.names() > after);
    }
    let limit = filter.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let is_cut = found.len() > limit;
    if is_cut {
        // Sorting all to show a few would cost more than all the rest.
        found.select_nth_unstable_by(limit - 1, |a, b| a.names().cmp(&b.names()));
        found.truncate(limit);
    }
    found.sort_unstable_by(|a, b| a.names().cmp(&b.names()));
    let last = found.last().filter(|_| is_cut).map(Overview::names);
    let places = Places::new(state.places());
    Page {
        generation: snapshot.generation,
        known: state.service_count(),
        matching,
        next: last.map(|(namespace, name)| format!("{namespace}/{name}")),
        services: found.iter().map(|service| row(state, &places, service, now)).collect(),
    }
}

/// The services that pass the filter, on all pages, in no order.
fn matching<'s>(state: &'s State, filter: &Filter) -> Vec<Overview<'s>> {
    let publish = state.widest_class();
    let cluster = Label::parse(&filter.cluster).ok().and_then(|name| state.find_cluster(&name));
    if cluster.is_none() && !filter.cluster.is_empty() {
        return Vec::new();
    }
    let search = filter.search.trim().to_ascii_lowercase();
    let mut text = String::new();
    let mut passes = |service: &Overview<'_>| {
        let (namespace, name) = service.names();
        if !filter.namespace.is_empty() && namespace != filter.namespace {
            return false;
        }
        text.clear();
        text.extend([namespace, "/", name]);
        text.contains(&search)
            && cluster.is_none_or(|cluster| service.has_shard_in(cluster))
            && filter.state.is(service.health(publish))
    };
    state.overviews().filter(|service| passes(service)).collect()
}

fn row(state: &State, places: &Places<'_>, service: &Overview<'_>, now: Moment) -> Row {
    let (namespace, name) = service.names();
    let publish = state.widest_class();
    let selection = Selection::new(state, service.key(), namespace, publish);
    let federations = &state.policy().federations;
    let publishing =
        federations.iter().filter(|it| service.health(it.publish) != Health::Unpublished);
    let shards = selection.candidates.iter();
    Row {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        state: service.health(publish).as_str(),
        federations: publishing.map(|federation| federation.name.to_string()).collect(),
        clusters: shards.map(|it| shard_row(state, it, now)).collect(),
        levels: if selection.is_published() { places.levels(&selection) } else { Vec::new() },
    }
}

fn shard_row(state: &State, candidate: &Candidate<'_>, now: Moment) -> ShardRow {
    let hostnames = candidate.hostnames.iter();
    ShardRow {
        cluster: candidate.cluster.to_string(),
        published: candidate.is_published(),
        answers: candidate.exclusion.is_none(),
        reason: candidate.exclusion.map(|exclusion| exclusion.to_string()),
        addresses: candidate.addresses.clone(),
        ttl_seconds: candidate.ttl,
        hostnames: hostnames.filter_map(|name| HostnameNote::find(state, name, now)).collect(),
    }
}

/// Where each place stands in the map of locations.
struct Places<'m> {
    map: &'m PlaceMap,
    by_id: BTreeMap<PlaceId, usize>,
}

impl<'m> Places<'m> {
    fn new(map: &'m PlaceMap) -> Self {
        let mut by_id = BTreeMap::new();
        for (index, location) in map.locations().iter().enumerate() {
            // A zone in its region stands before its zone-only name: that one is its full name.
            location.places.iter().for_each(|&place| _ = by_id.entry(place).or_insert(index));
        }
        Self { map, by_id }
    }

    /// The world, then the regions, then the zones in which a published shard stands.
    fn levels(&self, selection: &Selection<'_>) -> Vec<LevelRow> {
        let published = selection.candidates.iter().filter(|it| it.is_published());
        let standing =
            published.flat_map(|it| it.standing.zones.iter().chain(&it.standing.regions));
        let mut indices: Vec<_> = standing
            .filter_map(|place| self.by_id.get(place).copied())
            .chain([PlaceMap::GLOBAL])
            .collect();
        let order = |index: &usize| {
            let location = self.map.location(*index);
            (std::cmp::Reverse(location.level), place_text(location))
        };
        indices.sort_by_cached_key(order);
        indices.dedup();
        indices.into_iter().map(|index| self.level(selection, index)).collect()
    }

    fn level(&self, selection: &Selection<'_>, index: usize) -> LevelRow {
        let location = self.map.location(index);
        let place = location.places[0];
        let left_out = |candidate: &Candidate<'_>| {
            let stands_here = candidate.is_published() && candidate.standing.counts_at(place);
            let reason = candidate.left_out(place).filter(|_| stands_here)?;
            Some(LeftOutRow { cluster: candidate.cluster.to_string(), reason: reason.to_string() })
        };
        let answering = selection.answering(place);
        let clusters: Vec<_> = answering.map(|it| it.cluster.to_string()).collect();
        LevelRow {
            place: place_row(location),
            fallback: if clusters.is_empty() { self.fallback(selection, index) } else { None },
            clusters,
            addresses: selection.addresses(place),
            left_out: selection.candidates.iter().filter_map(left_out).collect(),
        }
    }

    /// The next wider location that answers, else the world; `None` where there is no wider one.
    fn fallback(&self, selection: &Selection<'_>, index: usize) -> Option<PlaceRow> {
        let mut at = self.map.location(index).wider?;
        while selection.answering(self.map.location(at).places[0]).next().is_none() {
            let Some(wider) = self.map.location(at).wider else { break };
            at = wider;
        }
        Some(place_row(self.map.location(at)))
    }
}

fn place_row(location: &Location) -> PlaceRow {
    let level = match location.level {
        Level::Global => "global",
        Level::Region => "region",
        Level::Zone => "zone",
    };
    PlaceRow { level, place: (!location.wire.is_empty()).then(|| place_text(location)) }
}

fn place_text(location: &Location) -> String {
    let labels: Vec<_> = labels_of(&location.wire).map(String::from_utf8_lossy).collect();
    labels.join(".")
}
