//! Ground state: what clusters said, and nothing that follows from it.
//!
//! In: events with the moment they came. Out: [`Changes`], and facts for whoever compiles or
//! explains. One owner applies events one after the other; the same facts make the same state,
//! whatever the order in which clusters spoke (`tests/core/properties.rs`).
//! Does not know DNS messages, snapshots or who asks.

// Words.
mod silence_change;
mod health;
mod cluster_state;
mod changes;
mod subjects;
// Rooms: each holds what is its own, and knows none of those below it.
mod deadlines;
mod initial_sync;
mod complaints;
mod overrides;
mod clusters;
mod index;
mod dependents;
mod kept;
// Who has all rooms.
mod apply;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::core::complaint::Complaint;
use crate::core::event::ClusterEvent;
use crate::core::name::Label;
use crate::core::policy::{Policy, Publish};
use crate::core::service::Shard;
use crate::core::time::{Moment, Now, Past};
use crate::core::topology::{ClusterSet, Place, PlaceId, PlaceMap};
use crate::core::view::ViewId;

pub use crate::core::topology::ClusterIndex;
pub use changes::{ChangedService, Changes, Move, Outage, OutageTurn, OverrideTurn, Step};
pub use cluster_state::{ClusterState, StateChange};
use clusters::Clusters;
pub use clusters::{Cluster, ContactSince, Foreign, Restored, SyncState};
pub use complaints::KindCount;
pub use complaints::Teller;
use complaints::{Complaints, Witness};
use deadlines::{Deadline, Deadlines};
use dependents::{Dependents, ExternalNames, HostnameFacts};
pub use dependents::{Hostname, HostnameState, MAX_EXTERNAL_NAMES, ResolvedAlias};
pub use health::Health;
pub use index::Overview;
use index::ServiceIndex;
use initial_sync::InitialSync;
pub use kept::{Cursor, Head, Kept, KeptServices, LaterVersions, Mark, ResourceVersion};
pub use kept::{Part, ResumePoint, ResumePoints, Serials, Slice, read_services};
use overrides::Overrides;
pub use silence_change::{Silence, SilenceChange};

/// The two ways to take part in a federation. What is kept by class stands in this order.
pub const CLASSES: [Publish; 2] = [Publish::All, Publish::Labelled];

/// The ground state of all registered clusters: rooms, each of which keeps its own order, and what they
/// are conducted by.
#[derive(Debug)]
pub struct State {
    policy: Arc<Policy>,
    clusters: Clusters,
    index: ServiceIndex,
    hostnames: Dependents<HostnameFacts>,
    externals: ExternalNames,
    deadlines: Deadlines,
    initial_sync: InitialSync,
    complaints: Complaints,
    overrides: Overrides,
    /// Octets that the longest canonical name leaves for service and namespace.
    name_room: usize,
}

impl State {
    /// A state without clusters. Answers wait for all clusters to sync until no list has moved for
    /// `sync_grace`.
    pub fn new(policy: Arc<Policy>, now: Now, sync_grace: Duration) -> Self {
        let mut state = Self {
            policy,
            clusters: Clusters::default(),
            index: ServiceIndex::default(),
            hostnames: Dependents::default(),
            externals: ExternalNames::default(),
            deadlines: Deadlines::new(now),
            initial_sync: InitialSync::new(sync_grace),
            complaints: Complaints::default(),
            overrides: Overrides::new(now),
            name_room: usize::MAX,
        };
        let grace_ends = Moment(now.moment.0.saturating_add(sync_grace));
        state.deadlines.set(Deadline::Grace, Some(grace_ends));
        state.name_room = state.measure_name_room();
        state.complain_about_policy();
        state
    }

    /// Applies what a cluster said. An event of a cluster that is not registered says nothing.
    pub fn apply(&mut self, now: Now, cluster: &Label, event: ClusterEvent) -> Changes {
        let mut changes = self.advance(now);
        let Some(index) = self.clusters.find(cluster) else { return changes };
        let is_foreign = self.cluster(index).foreign.is_some();
        // What is listed of a cluster that was never read makes answers more complete.
        let is_move = matches!(event, ClusterEvent::ListMoves | ClusterEvent::Listed(_));
        if is_move && self.cluster(index).sync == SyncState::Awaited {
            self.initial_sync.note_move(now.moment);
        }
        match event {
            // What another cluster says is no fact of this one.
            ClusterEvent::Applied(..)
            | ClusterEvent::Flawed(..)
            | ClusterEvent::Listed(_)
            | ClusterEvent::Modified(..)
            | ClusterEvent::Removed(_)
            | ClusterEvent::Resumed(..)
            | ClusterEvent::Synced { .. }
            | ClusterEvent::Versioned(..)
                if is_foreign => {}
            ClusterEvent::Applied(source, object) => {
                self.apply_object(index, source, object, &mut changes);
            }
            ClusterEvent::Broken(of) => self.note_break(index, now.moment, of, &mut changes),
            ClusterEvent::Contact(contact) => {
                self.clusters.note_contact(index, now.moment, contact)
            }
            ClusterEvent::Flawed(subject, flaws) => {
                self.complaints.set(index, Witness::Source, || subject, flaws);
            }
            ClusterEvent::Identified(uid) => self.identify(index, now.moment, uid, &mut changes),
            ClusterEvent::ListMoves => {}
            ClusterEvent::Listed(listings) => {
                self.apply_listings(index, now.moment, listings, &mut changes);
            }
            ClusterEvent::Modified(source, object) => {
                self.modify_object(index, source, object, &mut changes);
            }
            ClusterEvent::Removed(key) => self.remove_object(index, &key, &mut changes),
            ClusterEvent::Resumed(source, scope) => {
                self.resume(index, source, &scope, &mut changes);
            }
            ClusterEvent::Synced { is_complete } => {
                self.note_synced(index, now.moment, is_complete, &mut changes);
            }
            ClusterEvent::Triggered(_) => {}
            ClusterEvent::Versioned(scope, version) => {
                self.clusters.note_version(index, scope, version);
            }
            ClusterEvent::Well => self.note_well(index),
        }
        self.believe(index, now.moment, &mut changes);
        changes.merge(self.advance(now));
        self.tell_complaints(&mut changes);
        changes
    }

    /// Lets time pass: what the same facts mean may change by itself.
    pub fn advance(&mut self, now: Now) -> Changes {
        let mut changes = Changes::default();
        self.index.pass(now.moment);
        self.complaints.pass(now.moment);
        let (mut ended, mut silences) = (Vec::new(), BTreeSet::new());
        let (mut is_grace_over, mut is_look) = (false, false);
        for deadline in self.deadlines.due(now.moment) {
            match deadline {
                Deadline::Grace => is_grace_over = true,
                // They are looked at below.
                Deadline::Fallen => {}
                Deadline::Overrides => is_look = true,
                Deadline::Silence(index) => _ = silences.insert(*index),
                Deadline::Hostname(name) => ended.push(name.clone()),
            }
        }
        if is_grace_over {
            let was_settled = self.is_settled();
            self.deadlines.set(Deadline::Grace, self.initial_sync.end_grace(now.moment));
            changes.has_header |= self.is_settled() != was_settled;
        }
        let all_synced =
            self.is_settled() || self.clusters().all(|cluster| cluster.sync != SyncState::Awaited);
        changes.has_header |= self.initial_sync.look(all_synced);
        self.pass_time(now, &ended, &mut changes);
        self.look_at_overrides(is_look, &mut changes);
        self.look_at_silences(silences, &mut changes);
        self.deadlines.set(Deadline::Fallen, self.index.next_change());
        changes
    }

    /// When the same facts will mean something else; `None` while time changes nothing.
    pub fn next_change(&self) -> Option<Moment> {
        self.deadlines.next()
    }

    /// Whether clusters may be registered that nobody has told of yet: "no cluster has it" would be a
    /// guess.
    pub fn expects_clusters(&self) -> bool {
        self.initial_sync.expects_clusters()
    }

    /// Whether answers wait for no cluster any more: every cluster has synced once, or the grace has passed. Once
    /// true it stays so.
    pub fn is_settled(&self) -> bool {
        self.initial_sync.is_settled()
    }

    /// What the operator wants.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The clusters that were never read, in the order of their numbers; then `registries`, where some may be
    /// registered that nobody has told of yet.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        let awaited = self.clusters().filter(|cluster| cluster.sync == SyncState::Awaited);
        let registries = self.expects_clusters().then_some("registries");
        awaited.map(|cluster| cluster.name.as_str()).chain(registries)
    }

    /// The registered clusters, in the order of their numbers.
    pub fn clusters(&self) -> impl Iterator<Item = &Cluster> + Clone {
        self.clusters.iter()
    }

    /// One cluster.
    pub fn cluster(&self, index: ClusterIndex) -> &Cluster {
        self.clusters.get(index)
    }

    /// The registered clusters by name, with their numbers.
    pub fn clusters_by_name(&self) -> impl Iterator<Item = (&Label, ClusterIndex)> {
        self.clusters.by_name()
    }

    /// The number of a place that some cluster has shown.
    pub fn place_id(&self, place: &Place) -> Option<PlaceId> {
        self.clusters.place_id(place)
    }

    /// The number of the cluster of that name.
    pub fn find_cluster(&self, name: &Label) -> Option<ClusterIndex> {
        self.clusters.find(name)
    }

    /// How questions name the places that exist.
    pub fn places(&self) -> &Arc<PlaceMap> {
        self.clusters.places()
    }

    /// How many services some cluster has a shard of.
    pub fn service_count(&self) -> usize {
        self.index.len()
    }

    /// The keys of all services, in no order.
    pub fn service_keys(&self) -> impl Iterator<Item = &[u8]> {
        self.index.iter().map(|entry| &*entry.key)
    }

    /// All services as lists show them, in no order.
    pub fn overviews(&self) -> impl Iterator<Item = Overview<'_>> {
        self.index.overviews(self.clusters.withdrawn())
    }

    /// How many services do how in the class of which logs speak.
    pub fn health_totals(&self) -> impl Iterator<Item = (Health, u32)> {
        self.index.health_counts(self.widest_class())
    }

    /// How many services do how in federations that take part as `publish` says.
    pub fn health_counts(&self, publish: Publish) -> impl Iterator<Item = (Health, u32)> {
        self.index.health_counts(publish)
    }

    /// The services that are down, in the class of which logs speak, by their keys and in no order, and until
    /// when they did well.
    pub fn down(&self) -> impl Iterator<Item = (&[u8], Past)> {
        self.index.down(self.widest_class())
    }

    /// The class that takes in the most: what logs and lists speak of.
    pub fn widest_class(&self) -> Publish {
        let federations = &self.policy.federations;
        let is_labelled_only = !federations.is_empty()
            && federations.iter().all(|federation| federation.publish == Publish::Labelled);
        if is_labelled_only { Publish::Labelled } else { Publish::All }
    }

    /// How many services of a namespace (its label in wire form) are published in each class.
    pub fn published_in(&self, namespace: &[u8]) -> [u32; 2] {
        self.index.published_in(namespace)
    }

    /// How many services are published in each class.
    pub fn published(&self) -> [u32; 2] {
        self.index.published()
    }

    /// The shards of a service, ordered by cluster number; none for a service nobody has.
    pub fn shards(&self, key: &[u8]) -> impl Iterator<Item = (ClusterIndex, Shard)> {
        self.index.shards(key)
    }

    /// The clusters whose shards of a service answer, in the class of which logs speak, ordered by number. No
    /// shard is unpacked.
    pub fn answering(&self, key: &[u8]) -> impl Iterator<Item = ClusterIndex> {
        let class = ViewId::of(self.widest_class()).index();
        let answering = self.index.answering(key, class);
        answering.filter(|index| !self.clusters.withdrawn().contains(*index))
    }

    /// The clusters that have a shard of a service, ordered by number. No shard is unpacked.
    pub fn having(&self, key: &[u8]) -> impl Iterator<Item = ClusterIndex> {
        self.index.having(key)
    }

    /// One cluster's shard of a service.
    pub fn shard(&self, key: &[u8], cluster: ClusterIndex) -> Option<Shard> {
        self.index.shard(key, cluster)
    }

    /// The keys of the services of which some shard may name an address, itself or by a hostname that is known
    /// to lead there, in their order: all of those, and perhaps others. No shard is unpacked.
    pub fn services_naming(&self, address: IpAddr) -> BTreeSet<Box<[u8]>> {
        let leads_there = |hostname: &Hostname| hostname.addresses().any(|it| it == address);
        let hostnames = self.hostnames.iter().filter(|(_, hostname)| leads_there(hostname));
        let hostnames: Vec<_> = hostnames.map(|(name, _)| name.clone()).collect();
        let by_hostname = self.hostnames.dependents_of(&hostnames).into_iter().map(|it| it.key);
        self.index.holding(address).map(Into::into).chain(by_hostname).collect()
    }

    /// The addresses that were healthy last, while none is; empty where none was seen.
    pub fn last_healthy(&self, key: &[u8], publish: Publish) -> &[IpAddr] {
        self.index.last_healthy(key, publish)
    }

    /// Every complaint that holds now: about clusters, then by who tells them.
    pub fn complaints(&self) -> Vec<Complaint> {
        self.complaints_up_to(Teller::Overrides)
    }

    /// The complaints about what clusters say and what is wanted of federations, and no others.
    pub fn complaints_of_facts(&self) -> Vec<Complaint> {
        self.complaints_up_to(Teller::Policy)
    }

    fn complaints_up_to(&self, last: Teller) -> Vec<Complaint> {
        let mut all = self.complaints.of_clusters(|index| self.cluster(index).name.clone());
        all.extend(self.complaints.of_tellers(last).cloned());
        all
    }

    /// The clusters that are silent, withdrawn ones too.
    pub fn silent(&self) -> ClusterSet {
        self.clusters.silent().clone()
    }

    /// The clusters that are drained everywhere: those whose shards wait, and those whose shards are out.
    pub fn drained(&self) -> [ClusterSet; 2] {
        [self.clusters.reserve(), self.clusters.drained_hard()]
    }

    /// How many complaints there are of each kind.
    pub fn complaint_counts(&self) -> BTreeMap<&'static str, u64> {
        self.complaints.counts().into_iter().map(|(kind, count)| (kind, count.number)).collect()
    }

    /// The same, with since when there is one of each kind.
    pub fn complaint_kinds(&self) -> BTreeMap<&'static str, KindCount> {
        self.complaints.counts()
    }

    /// Takes in all that somebody complains of who reads no cluster; what it complained of before
    /// and does not now is taken back.
    pub fn complain(&mut self, teller: Teller, complaints: Vec<Complaint>) -> Changes {
        Changes { complaints: self.complaints.tell(teller, complaints), ..Changes::default() }
    }
}
