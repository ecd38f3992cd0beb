//! Snapshots: the immutable state that queries read, and the one place that makes them.
//!
//! In: ground state and what changed in it. Out: [`Snapshot`], whose generation only goes up.
//! A snapshot shares all that did not change with the one before it.
//! Does not know packets, nor who holds a snapshot.

mod zone_id;
mod in_cluster;
mod dns_zone;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::core::asker::Askers;
use crate::core::compiled::{self, Table, Tables, View};
use crate::core::name::Name;
use crate::core::policy::Policy;
use crate::core::state::{CLASSES, Changes, ClusterIndex, State, SyncState};
use crate::core::time::{Moment, Now};
use crate::core::topology::{ClusterSet, Location, PlaceId, PlaceMap};
use crate::core::view::{ViewId, ViewSet};

pub use dns_zone::{DnsZone, DnsZones, Federated, Host};
pub use zone_id::{ZoneId, ZoneKind, ZoneMatch};

/// What is published: all that an answer rests on. The default one has no zone, so that all is
/// refused.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Goes up by one with every snapshot.
    pub generation: u64,
    /// When it was made.
    pub as_of: Moment,
    /// Compiled services and namespaces.
    pub table: Table,
    /// What clusters answer to their own askers.
    pub in_cluster: Table,
    /// What tells askers apart.
    pub askers: Arc<Askers>,
    /// How questions name places.
    pub places: Arc<PlaceMap>,
    /// The DNS zones of all federations' domains.
    pub zones: Arc<DnsZones>,
    /// The serial of each zone, in their order.
    pub serials: Arc<[u32]>,
    /// The views in which any service is published.
    pub has_published: ViewSet,
    /// What clusters have not said yet.
    pub unknown: Unknown,
    /// Clusters of which nothing is heard. Those that are withdrawn for it stand nowhere.
    pub silent: ClusterSet,
    /// TTL of negative answers about federated names, in seconds.
    pub negative_ttl: u32,
    /// TTL of in-cluster answers, in seconds.
    pub in_cluster_ttl: u32,
    /// Most addresses of a family in one answer; `usize::MAX` = no limit.
    pub max_addresses: usize,
    /// Largest reply over UDP, in octets.
    pub max_udp_size: usize,
}

/// What is not known because clusters have not said it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Unknown {
    /// Some cluster has never said all it has: a name that nobody has may still exist.
    pub has_names: bool,
    /// Clusters that may stand anywhere have not said all they have.
    is_anywhere: bool,
    /// Places at which clusters that can stand nowhere else have not said all they have.
    places: Vec<PlaceId>,
    /// Clusters that have not said all they have.
    clusters: Vec<ClusterIndex>,
    /// Some of them are told by their nodes: anybody may be asking from there.
    pub has_askers: bool,
}

impl Unknown {
    /// What `state` does not know.
    fn new(state: &State) -> Self {
        let mut unknown = Self {
            has_names: state.expects_clusters()
                || state.clusters().any(|cluster| !cluster.is_known()),
            ..Self::default()
        };
        if !state.is_grace_over() {
            // They may stand anywhere, and ask from anywhere.
            unknown.is_anywhere = state.expects_clusters();
            unknown.has_askers = state.expects_clusters();
            let all = state.clusters_by_name().map(|(_, index)| (index, state.cluster(index)));
            // One that was read in part has said what it can: answers do not wait for it.
            for (index, cluster) in all.filter(|(_, it)| it.sync == SyncState::Awaited) {
                unknown.clusters.push(index);
                unknown.has_askers |= cluster.policy.networks.is_empty();
                unknown.is_anywhere |= cluster.may_stand_anywhere();
                unknown.places.extend(&cluster.standing.zones);
                unknown.places.extend(&cluster.standing.regions);
                unknown.places.push(PlaceId::GLOBAL);
            }
        }
        unknown
    }

    /// Whether "no shard answers at this location" would be a guess: a cluster that may stand
    /// there has not said all it has, and the grace of the start is not over. Resolvers keep good
    /// data under SERVFAIL and lose it under a guess.
    pub fn is_guess(&self, location: &Location) -> bool {
        let may_stand_there = |place| self.places.contains(place);
        // Mostly nothing is unknown: then no place is looked at.
        self.is_anywhere || !self.places.is_empty() && location.places.iter().any(may_stand_there)
    }

    /// Whether "this cluster has no such Service" would be a guess.
    pub fn is_own_guess(&self, cluster: ClusterIndex) -> bool {
        self.clusters.contains(&cluster)
    }
}

/// Makes snapshots, one after the other.
#[derive(Debug)]
pub struct Publisher {
    policy: Arc<Policy>,
    table: Table,
    in_cluster: Table,
    askers: Arc<Askers>,
    places: Arc<PlaceMap>,
    cluster_domains: Vec<Name>,
    zones: Arc<DnsZones>,
    serials: Arc<[u32]>,
    /// Which zones have changed since their serial stepped.
    owed: Vec<bool>,
    /// In which second each serial stepped last, if it has.
    stepped: Vec<Option<u64>>,
    /// What serials an earlier run has given, by apex.
    given: Vec<(Vec<u8>, u32)>,
    generation: u64,
}

impl Publisher {
    /// A publisher that has published nothing; `seed` starts the table's hash.
    pub fn new(state: &State, seed: u64) -> Self {
        Self::with_tables(state, compiled::compile_all(seed, state), Vec::new())
    }

    /// A publisher of the tables that were compiled from `state`. Serials begin behind those that an
    /// earlier run has given: `given`, by apex in wire form.
    pub fn with_tables(
        state: &State,
        Tables { table, in_cluster }: Tables,
        given: Vec<(Vec<u8>, u32)>,
    ) -> Self {
        let mut askers = Askers::default();
        askers.follow_clusters(state);
        askers.follow_policy(state.policy());
        askers.follow_places(state.places());
        let mut publisher = Self {
            policy: state.policy().clone(),
            table,
            in_cluster,
            askers: Arc::new(askers),
            places: state.places().clone(),
            cluster_domains: cluster_domains(state),
            zones: Arc::default(),
            serials: Arc::default(),
            owed: Vec::new(),
            stepped: Vec::new(),
            given,
            generation: 0,
        };
        publisher.follow_policy(state.policy());
        publisher
    }

    /// Makes every serial step as soon as it can: another process may have gone further.
    pub fn owe_serials(&mut self) {
        self.owed.fill(true);
    }

    /// Compiles what changed and makes the next snapshot. The wall clock is for serials alone.
    pub fn publish(&mut self, state: &State, changes: &Changes, now: Now) -> Snapshot {
        let before = self.touched(state, changes);
        compiled::compile(&mut self.table, state, changes);
        compiled::compile_in_cluster(&mut self.in_cluster, state, changes);
        let after = self.touched(state, changes);
        self.follow_askers(state, changes);
        let domains = changes.has_header.then(|| cluster_domains(state));
        let domains = domains.filter(|domains| *domains != self.cluster_domains);
        if !Arc::ptr_eq(&self.policy, state.policy()) || domains.is_some() {
            self.cluster_domains = domains.unwrap_or_else(|| self.cluster_domains.clone());
            self.follow_policy(state.policy());
        }
        self.step_serials(before.union(after), !changes.local_services.is_empty(), now);
        self.generation += 1;
        let policy = state.policy();
        Snapshot {
            generation: self.generation,
            as_of: now.moment,
            table: self.table.clone(),
            in_cluster: self.in_cluster.clone(),
            askers: self.askers.clone(),
            places: state.places().clone(),
            zones: self.zones.clone(),
            serials: self.serials.clone(),
            has_published: published(state),
            unknown: Unknown::new(state),
            silent: state.silent(),
            negative_ttl: policy.negative_ttl,
            in_cluster_ttl: policy.in_cluster_ttl,
            max_addresses: if policy.max_addresses == 0 {
                usize::MAX
            } else {
                policy.max_addresses
            },
            max_udp_size: usize::from(policy.max_udp_size),
        }
    }

    /// Follows what tells askers apart, if that changed.
    fn follow_askers(&mut self, state: &State, changes: &Changes) {
        let has_places = !Arc::ptr_eq(&self.places, state.places());
        if !changes.has_askers && !has_places {
            return;
        }
        let mut askers = Askers::clone(&self.askers);
        if changes.has_askers {
            askers.follow_clusters(state);
            askers.follow_policy(state.policy());
        }
        askers.follow_places(state.places());
        (self.askers, self.places) = (Arc::new(askers), state.places().clone());
    }

    /// Makes the zones of another policy. A zone that stays keeps its serial.
    fn follow_policy(&mut self, policy: &Arc<Policy>) {
        let zones = DnsZones::new(policy, &self.cluster_domains);
        let before = |zone: &DnsZone| self.zones.iter().position(|it| it.apex == zone.apex);
        let given = |zone: &DnsZone| {
            let mut given = self.given.iter();
            given.find(|(apex, _)| apex == zone.apex.wire()).map_or(0, |(_, serial)| *serial)
        };
        let serial = |zone| before(zone).map_or_else(|| given(zone), |at| self.serials[at]);
        let serials = zones.iter().map(serial).collect();
        let stepped = |zone| before(zone).and_then(|at| self.stepped[at]);
        self.stepped = zones.iter().map(stepped).collect();
        self.serials = serials;
        self.owed = vec![true; zones.len()];
        (self.zones, self.policy) = (Arc::new(zones), policy.clone());
    }

    /// In which views that are wanted a changed service or place is published now.
    fn touched(&self, state: &State, changes: &Changes) -> ViewSet {
        let published = published(state);
        let is_touched = |view: &ViewId| {
            let is_published = |key: &[u8]| {
                self.table.find(key).is_some_and(|record| View::new(record, *view).is_some())
            };
            (changes.has_places && published.contains(*view))
                || changes.services.iter().any(|key| is_published(key))
        };
        ViewSet::wanted(&self.policy).iter().filter(is_touched).collect()
    }

    /// Whether a zone has changed whose serial could not step yet: it does so with the next
    /// snapshot that is made in another second.
    pub fn owes_serial(&self) -> bool {
        self.owed.contains(&true)
    }

    /// Serials are unix seconds, or one more than before where a clock runs behind: they only go
    /// up, by at most one step a second, across restarts too. A clock that is ahead by more than half
    /// of all serials would take them back (RFC 1982, section 3.2), and counts as one behind.
    fn step_serials(&mut self, touched: ViewSet, has_local: bool, now: Now) {
        // Seconds pass also where the wall clock was set, or stands before 1970.
        let second = now.moment.0.as_secs();
        let now = now.unix_seconds as u32;
        for (owed, zone) in self.owed.iter_mut().zip(self.zones.iter()) {
            *owed |= has_local && zone.is_in_cluster();
            *owed |= zone.federations.iter().any(|federation| touched.contains(federation.view));
        }
        let is_due = |(owed, stepped): (&bool, &Option<u64>)| *owed && *stepped != Some(second);
        if !self.owed.iter().zip(&self.stepped).any(is_due) {
            return;
        }
        let mut serials = self.serials.to_vec();
        for (at, serial) in serials.iter_mut().enumerate() {
            if is_due((&self.owed[at], &self.stepped[at])) {
                (self.owed[at], self.stepped[at]) = (false, Some(second));
                let ahead = now.wrapping_sub(*serial);
                let is_ahead = *serial == 0 || (1..1 << 31).contains(&ahead);
                *serial = if is_ahead { now.max(1) } else { serial.wrapping_add(1) };
            }
        }
        self.serials = serials.into();
    }
}

/// The views in which any service is published.
fn published(state: &State) -> ViewSet {
    let counts = state.published();
    CLASSES.map(ViewId::of).into_iter().filter(|view| counts[view.index()] > 0).collect()
}

/// The domains inside the registered clusters, each once.
fn cluster_domains(state: &State) -> Vec<Name> {
    let all = state.clusters().map(|cluster| cluster.policy.cluster_domain.clone());
    all.collect::<BTreeSet<_>>().into_iter().collect()
}
