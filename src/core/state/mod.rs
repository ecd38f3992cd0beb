//! Ground state: what clusters said, and nothing that follows from it.
//!
//! In: events with the moment they came. Out: [`Changes`], and facts for whoever compiles or
//! explains. One owner applies events one after the other; the same facts make the same state,
//! whatever the order in which clusters spoke (`tests/properties.rs`).
//! Does not know DNS messages, snapshots or who asks.

mod silence;
mod held_withdrawal;
mod changes;
mod cluster;
mod complaints;
mod health;
mod services;
mod hostnames;
mod externals;
mod objects;
mod withdraw_guard;
mod resolve;
mod listing;
mod local;
mod registry;
mod kept;
mod restore;
mod sight;
mod twins;
mod moved_slices;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::event::ClusterEvent;
use crate::core::name::Label;
use crate::core::policy::{Policy, Publish};
use crate::core::service::Shard;
use crate::core::time::Moment;
use crate::core::topology::{ClusterSet, Place, PlaceId, PlaceMap, PlaceNumbers};
use crate::core::view::ViewId;

pub use changes::{Changes, Move, Step};
pub use cluster::{Cluster, ClusterIndex, Restored, SyncState};
use complaints::{Complaints, Witness};
use externals::ExternalNames;
pub use externals::MAX_EXTERNAL_NAMES;
pub use health::Health;
use hostnames::Hostnames;
pub use hostnames::{Hostname, HostnameState, ResolvedAlias};
pub use kept::{Cursor, Head, Kept, KeptServices, Mark, Serials, Slice, read_services};
use objects::{service_subject, slice_subject};
pub use services::Overview;
use services::Services;
pub use silence::{Silence, SilenceChange};

/// The two ways to take part in a federation. What is kept by class stands in this order.
pub const CLASSES: [Publish; 2] = [Publish::All, Publish::Labelled];

/// The position of a class in [`CLASSES`]: its view's.
pub fn class_index(publish: Publish) -> usize {
    ViewId::of(publish).index()
}

/// Whether some federation takes part in this way: only then services are compiled for it.
pub fn is_class_used(policy: &Policy, publish: Publish) -> bool {
    policy.federations.iter().any(|federation| federation.publish == publish)
}

/// The ground state of all registered clusters.
#[derive(Debug)]
pub struct State {
    policy: Arc<Policy>,
    clusters: Vec<Option<Cluster>>,
    by_name: BTreeMap<Label, ClusterIndex>,
    services: Services,
    namespaces: HashMap<Box<[u8]>, [u32; 2]>,
    /// How many services are published in each class.
    published: [u32; 2],
    /// How many services do how in each class, in the order of [`Health::ALL`].
    health: [[u32; Health::ALL.len()]; 2],
    /// The clusters that are silent for so long that they answer no more.
    withdrawn: ClusterSet,
    /// By service: the last healthy addresses of each class, while none is healthy.
    last_healthy: HashMap<Box<[u8]>, [Vec<IpAddr>; 2]>,
    hostnames: Hostnames,
    externals: ExternalNames,
    /// The latest moment that was told: what is known of hostnames and silences is as of then.
    now: Moment,
    numbers: PlaceNumbers,
    places: Arc<PlaceMap>,
    /// Octets that the longest canonical name leaves for service and namespace.
    name_room: usize,
    complaints: Complaints,
    /// How many revisions of clusters there were.
    revisions: u64,
    grace_ends: Moment,
    is_settled: bool,
    is_grace_over: bool,
    /// Goes up whenever what is kept of a cluster changes.
    kept_revision: u64,
    /// Goes up whenever what is kept by service changes.
    services_revision: u64,
    /// Whether clusters may be registered that nobody has told of yet.
    expects_clusters: bool,
}

impl State {
    /// A state without clusters. Until `now + sync_grace` answers wait for all clusters to sync.
    pub fn new(policy: Arc<Policy>, now: Moment, sync_grace: Duration) -> Self {
        let mut state = Self {
            policy,
            clusters: Vec::new(),
            by_name: BTreeMap::new(),
            services: Services::default(),
            namespaces: HashMap::new(),
            published: [0; 2],
            health: [[0; Health::ALL.len()]; 2],
            withdrawn: ClusterSet::default(),
            last_healthy: HashMap::new(),
            hostnames: Hostnames::default(),
            externals: ExternalNames::default(),
            now,
            numbers: PlaceNumbers::default(),
            places: Arc::new(PlaceMap::default()),
            name_room: usize::MAX,
            complaints: Complaints::default(),
            revisions: 0,
            grace_ends: Moment(now.0.saturating_add(sync_grace)),
            is_settled: false,
            is_grace_over: false,
            kept_revision: 0,
            services_revision: 0,
            expects_clusters: false,
        };
        state.name_room = state.measure_name_room();
        state
    }

    /// Applies what a cluster said. An event of a cluster that is not registered says nothing.
    pub fn apply(&mut self, now: Moment, cluster: &Label, event: ClusterEvent) -> Changes {
        let mut changes = self.advance(now);
        let Some(&index) = self.by_name.get(cluster) else { return changes };
        let is_foreign = self.cluster(index).foreign.is_some();
        match event {
            // What another cluster says is no fact of this one.
            ClusterEvent::Applied(..)
            | ClusterEvent::Flawed(..)
            | ClusterEvent::Listed(_)
            | ClusterEvent::Modified(..)
            | ClusterEvent::Removed(_)
            | ClusterEvent::Synced { .. }
                if is_foreign => {}
            ClusterEvent::Applied(source, object) => {
                self.apply_object(index, source, object, &mut changes);
            }
            ClusterEvent::Broken(of) => self.note_break(index, now, of, &mut changes),
            ClusterEvent::Contact(contact) => self.note_contact(index, now, contact),
            ClusterEvent::Flawed(subject, flaws) => {
                self.complaints.set(index, Witness::Source, || subject, flaws);
            }
            ClusterEvent::Identified(uid) => self.identify(index, now, uid, &mut changes),
            ClusterEvent::Listed(listings) => {
                self.apply_listings(index, now, listings, &mut changes);
            }
            ClusterEvent::Modified(source, object) => {
                self.modify_object(index, source, object, &mut changes);
            }
            ClusterEvent::Removed(key) => self.remove_object(index, &key, &mut changes),
            ClusterEvent::Synced { is_complete } => {
                self.note_synced(index, now, is_complete, &mut changes);
            }
            ClusterEvent::Triggered(_) => {}
            ClusterEvent::Well => self.note_well(index),
        }
        self.believe(index, now, &mut changes);
        changes.merge(self.advance(now));
        self.tell_complaints(&mut changes);
        changes
    }

    /// Lets time pass: what the same facts mean may change by itself.
    pub fn advance(&mut self, now: Moment) -> Changes {
        let was = (self.is_settled, self.is_grace_over);
        self.is_grace_over |= now >= self.grace_ends;
        let is_complete = !self.expects_clusters
            && self.clusters().all(|cluster| cluster.sync != SyncState::Awaited);
        self.is_settled |= self.is_grace_over || is_complete;
        let has_header = was != (self.is_settled, self.is_grace_over);
        let mut changes = Changes { has_header, ..Changes::default() };
        self.pass_time(now, &mut changes);
        self.advance_silences(self.now, &mut changes);
        changes
    }

    /// When the same facts will mean something else; `None` while time changes nothing.
    pub fn next_change(&self) -> Option<Moment> {
        let grace_ends = (!self.is_grace_over).then_some(self.grace_ends);
        let ends = [grace_ends, self.next_silence(self.now), self.hostnames.next_end()];
        ends.into_iter().flatten().min()
    }

    /// Whether the grace of the start has passed: from then on what is not known of a cluster no
    /// longer keeps others from answering for it.
    pub fn is_grace_over(&self) -> bool {
        self.is_grace_over
    }

    /// Whether clusters may be registered that nobody has told of yet: "no cluster has it" would be a
    /// guess.
    pub fn expects_clusters(&self) -> bool {
        self.expects_clusters
    }

    /// Whether answers are as complete as they will get by waiting: every cluster has synced
    /// once, or the grace has passed. Once true it stays so.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// What the operator wants.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The registered clusters, in the order of their numbers.
    pub fn clusters(&self) -> impl Iterator<Item = &Cluster> + Clone {
        self.clusters.iter().flatten()
    }

    /// One cluster.
    pub fn cluster(&self, index: ClusterIndex) -> &Cluster {
        let cluster = self.clusters[usize::from(index.0)].as_ref();
        cluster.expect("shards and complaints of a cluster go before it does")
    }

    /// The registered clusters by name, with their numbers.
    pub fn clusters_by_name(&self) -> impl Iterator<Item = (&Label, ClusterIndex)> {
        self.by_name.iter().map(|(name, index)| (name, *index))
    }

    /// The number of a place that some cluster has shown.
    pub fn place_id(&self, place: &Place) -> Option<PlaceId> {
        self.numbers.find(place)
    }

    /// The number of the cluster of that name.
    pub fn find_cluster(&self, name: &Label) -> Option<ClusterIndex> {
        self.by_name.get(name).copied()
    }

    /// How questions name the places that exist.
    pub fn places(&self) -> &Arc<PlaceMap> {
        &self.places
    }

    /// How many services some cluster has a shard of.
    pub fn service_count(&self) -> usize {
        self.services.len()
    }

    /// The keys of all services, in no order.
    pub fn service_keys(&self) -> impl Iterator<Item = &[u8]> {
        self.services.iter().map(|entry| &*entry.key)
    }

    /// All services as lists show them, in no order.
    pub fn overviews(&self) -> impl Iterator<Item = Overview<'_>> {
        self.services.iter().map(|entry| Overview::new(entry, &self.withdrawn))
    }

    /// How many services do how in federations that take part as `publish` says.
    pub fn health_counts(&self, publish: Publish) -> impl Iterator<Item = (Health, u32)> {
        Health::ALL.into_iter().zip(self.health[class_index(publish)])
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
        self.namespaces.get(namespace).copied().unwrap_or_default()
    }

    /// How many services are published in each class.
    pub fn published(&self) -> [u32; 2] {
        self.published
    }

    /// The shards of a service, ordered by cluster number; none for a service nobody has.
    pub fn shards(&self, key: &[u8]) -> impl Iterator<Item = (ClusterIndex, Shard)> {
        let shards = self.services.find(key).map_or(&[][..], |entry| &entry.shards);
        shards.iter().map(|packed| (packed.cluster, packed.unpack()))
    }

    /// The addresses that were healthy last, while none is; empty where none was seen.
    pub fn last_healthy(&self, key: &[u8], publish: Publish) -> &[IpAddr] {
        self.last_healthy.get(key).map_or(&[], |sets| &sets[class_index(publish)])
    }

    /// Every complaint that holds now.
    pub fn complaints(&self) -> Vec<Complaint> {
        let mut all = self.complaints.list(|index| self.cluster(index).name.clone());
        all.extend(self.policy_complaints());
        all
    }

    /// How many complaints there are of each kind.
    pub fn complaint_counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = self.complaints.counts().clone();
        for complaint in self.policy_complaints() {
            *counts.entry(complaint.flaw.kind()).or_default() += 1;
        }
        counts
    }

    fn policy_complaints(&self) -> impl Iterator<Item = Complaint> {
        let lonely = self.policy.federations.iter().filter(|it| it.nameservers.len() == 1);
        lonely.map(|federation| Complaint {
            cluster: None,
            subject: Subject::Federation(federation.name.clone()),
            flaw: Flaw::SingleNameserver,
        })
    }

    fn tell_complaints(&mut self, changes: &mut Changes) {
        let raised = self.complaints.take_raised();
        changes.complaints.extend(raised.into_iter().map(|(index, subject, flaw)| {
            let cluster = Some(self.cluster(index).name.clone());
            Complaint { cluster, subject, flaw }
        }));
    }

    fn cluster_mut(&mut self, index: ClusterIndex) -> &mut Cluster {
        let cluster = self.clusters[usize::from(index.0)].as_mut();
        cluster.expect("shards and complaints of a cluster go before it does")
    }

    fn shard(&self, key: &[u8], cluster: ClusterIndex) -> Option<Shard> {
        Some(self.services.find(key)?.shard(cluster)?.unpack())
    }
}
