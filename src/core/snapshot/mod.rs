//! Snapshots: the immutable state that queries read, and the one place that makes them.
//!
//! In: ground state and what changed in it. Out: [`Snapshot`], whose generation only goes up.
//! A snapshot shares all that did not change with the one before it.
//! Does not know packets, nor who holds a snapshot.

mod zone_id;
mod in_cluster;
mod soa;
mod dns_zone;
mod unknown;
mod in_force;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::core::asker::Askers;
use crate::core::compiled::{self, Table, Tables, View};
use crate::core::name::Name;
use crate::core::policy::Policy;
use crate::core::state::{CLASSES, Changes, State};
use crate::core::time::{Moment, Now};
use crate::core::topology::{ClusterSet, PlaceMap};
use crate::core::view::{ViewId, ViewSet};

pub use dns_zone::{DnsZone, DnsZones, Federated, Host, InZone};
pub use in_force::InForce;
pub use soa::Soa;
pub use unknown::Unknown;
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
    /// The operator's word, where any is in force.
    pub overrides: Option<Arc<InForce>>,
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

/// Makes snapshots, one after the other.
#[derive(Debug)]
pub struct Publisher {
    policy: Arc<Policy>,
    table: Table,
    in_cluster: Table,
    askers: Arc<Askers>,
    places: Arc<PlaceMap>,
    unknown: Unknown,
    overrides: Option<Arc<InForce>>,
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
            unknown: Unknown::new(state),
            overrides: InForce::new(state).map(Arc::new),
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
        if changes.has_header || !Arc::ptr_eq(&self.places, state.places()) {
            self.unknown = Unknown::new(state);
            self.overrides = InForce::new(state).map(Arc::new);
        }
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
            unknown: self.unknown.clone(),
            overrides: self.overrides.clone(),
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
                || changes.services.iter().any(|it| is_published(&it.key))
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
                // Whoever took the zone from its former server knows the serials of the file.
                let written = self.zones.zone(ZoneId::new(at)).soa.map(|soa| soa.serial);
                let is_later =
                    |written: &u32| (1..1 << 31).contains(&written.wrapping_sub(*serial));
                if let Some(written) = written.filter(is_later) {
                    *serial = written;
                }
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
