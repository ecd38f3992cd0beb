//! Single objects, and what a change of one shard or of a cluster's nodes brings with it.
//!
//! In: an object that came, changed or went. Out: the shard's new whole in the store, the moves,
//! the namespaces and places that came or went, and the complaints that state itself finds.
//! Does not know where objects come from.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Facts, Object, ObjectKey};
use crate::core::name::{Label, MAX_NAME, labels_of, write_presentation};
use crate::core::policy::{ClusterPolicy, Eligibility, Federation, Publish, WhenAllDown};
use crate::core::service::{ServiceKey, ServiceType, Shard, SourceId};
use crate::core::topology::{PlaceMap, Standing};

use super::changes::{Changes, Move, Step};
use super::cluster::{ClusterIndex, SyncState};
use super::complaints::Witness;
use super::health::Health;
use super::services::PackedShard;
use super::silence::Silence;
use super::{CLASSES, State};

impl State {
    /// One object is new or changed.
    pub(super) fn apply_object(
        &mut self,
        cluster: ClusterIndex,
        source: SourceId,
        object: Object,
        changes: &mut Changes,
    ) {
        self.report(cluster, &object.facts, object.flaws);
        match object.facts {
            Facts::Node(name, facts) => {
                let old = self.cluster_mut(cluster).nodes.insert(name, (source, facts.clone()));
                if old.is_none_or(|(_, old)| old != facts) {
                    self.touch(cluster);
                    self.refresh_nodes(cluster, changes);
                }
            }
            Facts::Service(key, facts) => {
                let key = key.wire();
                let old = self.shard(&key, cluster);
                let mut new = old.clone().unwrap_or_default();
                new.service = Some((source, facts));
                self.set_shard(&key, cluster, old, new, changes);
            }
            Facts::Slice(key, facts) => {
                let key = key.wire();
                let old = self.shard(&key, cluster);
                let mut new = old.clone().unwrap_or_default();
                new.slices.retain(|(_, slice)| slice.name != facts.name);
                new.slices.push((source, facts));
                new.slices.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
                self.set_shard(&key, cluster, old, new, changes);
            }
        }
    }

    /// One object is gone.
    pub(super) fn remove_object(
        &mut self,
        cluster: ClusterIndex,
        key: &ObjectKey,
        changes: &mut Changes,
    ) {
        let service = match key {
            ObjectKey::Node(name) => {
                let subject = || Subject::Node(name.clone());
                self.complaints.set(cluster, Witness::Source, subject, Vec::new());
                if self.cluster_mut(cluster).nodes.remove(name).is_some() {
                    self.touch(cluster);
                    self.refresh_nodes(cluster, changes);
                }
                return;
            }
            ObjectKey::MovedSlice(namespace, slice) => {
                return self.drop_slice(cluster, namespace, slice, changes);
            }
            ObjectKey::Service(service) | ObjectKey::Slice(service, _) => service.wire(),
        };
        let Some(old) = self.shard(&service, cluster) else { return };
        let mut new = old.clone();
        let subject = if let ObjectKey::Slice(_, name) = key {
            new.slices.retain(|(_, slice)| slice.name != *name);
            slice_subject(&service, name)
        } else {
            new.service = None;
            service_subject(&service)
        };
        self.complaints.set(cluster, Witness::Source, || subject, Vec::new());
        self.set_shard(&service, cluster, Some(old), new, changes);
    }

    /// Puts a shard's new whole in the place of its old one, if it differs.
    pub(super) fn set_shard(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        old: Option<Shard>,
        mut new: Shard,
        changes: &mut Changes,
    ) {
        new.shed_endpoints();
        if old.as_ref() != Some(&new) && (old.is_some() || !new.is_empty()) {
            self.put_shard(key, cluster, old, new, changes);
        }
    }

    /// Puts a shard's new whole in the place of its old one.
    pub(super) fn put_shard(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        old: Option<Shard>,
        new: Shard,
        changes: &mut Changes,
    ) {
        if old.as_ref().is_some_and(|old| old.says_as(&new)) {
            // Another source says it: nothing follows from that.
            self.cluster_mut(cluster).count_objects(old.as_ref(), &new);
            self.services.entry(key).repack(cluster, &new);
            return;
        }
        let publish = self.widest_class();
        let evaluate = |shard: &Shard| self.evaluate(cluster, namespace_of(key), shard, publish);
        let before = evaluate(old.as_ref().unwrap_or(&Shard::default()));
        let after = evaluate(&new);
        self.note_move(key, cluster, &before, after, changes);
        self.count_collision(cluster, key, old.as_ref(), &new);
        self.note_local(cluster, key, old.as_ref(), &new, changes);
        self.cluster_mut(cluster).count_objects(old.as_ref(), &new);
        self.store_shard(key, cluster, &new, changes);
    }

    /// Evaluates a shard by its cluster's new policy.
    pub(super) fn evaluate_again(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        former: &ClusterPolicy,
        changes: &mut Changes,
    ) {
        let Some(shard) = self.shard(key, cluster) else { return };
        let publish = self.widest_class();
        let evaluate =
            |policy: &ClusterPolicy| self.evaluate_by(policy, namespace_of(key), &shard, publish);
        let (before, after) = (evaluate(former), evaluate(&self.cluster(cluster).policy));
        self.note_move(key, cluster, &before, after, changes);
        self.store_shard(key, cluster, &shard, changes);
    }

    /// Stores a shard and what policy makes of it.
    pub(super) fn store_shard(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        new: &Shard,
        changes: &mut Changes,
    ) {
        self.touch(cluster);
        self.link_hostnames(key, cluster, new, changes);
        self.complain_about_shard(cluster, key, new);
        self.note_last_healthy(key, cluster, new);
        let evaluate = |publish| self.evaluate(cluster, namespace_of(key), new, publish).exclusion;
        let exclusions = CLASSES.map(evaluate);
        let entry = self.services.entry(key);
        let (before, health_before) = (entry.published(), entry.health(&self.withdrawn));
        let shards_before = entry.shards.len();
        if new.is_empty() {
            entry.remove(cluster);
        } else {
            entry.put(PackedShard::pack(cluster, exclusions, new));
        }
        let (after, shards_after) = (entry.published(), entry.shards.len());
        let health_after = entry.health(&self.withdrawn);
        if shards_after == 0 {
            self.services.remove(key);
            self.last_healthy.remove(key);
        }
        let of_cluster = self.cluster_mut(cluster);
        of_cluster.shards = of_cluster.shards + shards_after - shards_before;
        self.count_health(health_before, health_after);
        self.count_namespace(key, before, after, changes);
        changes.services.push(key.into());
    }

    /// Keeps how many services do how in each class.
    fn count_health(&mut self, before: Option<[Health; 2]>, after: Option<[Health; 2]>) {
        for class in 0..CLASSES.len() {
            if let Some(before) = before {
                self.health[class][before[class].index()] -= 1;
            }
            if let Some(after) = after {
                self.health[class][after[class].index()] += 1;
            }
        }
    }

    /// Keeps how many services each namespace publishes in each class.
    fn count_namespace(
        &mut self,
        key: &[u8],
        before: [bool; 2],
        after: [bool; 2],
        changes: &mut Changes,
    ) {
        if before == after {
            return;
        }
        let namespace: Box<[u8]> = key[1 + usize::from(key[0])..].into();
        let counts = self.namespaces.entry(namespace.clone()).or_default();
        let was = counts.map(|count| count > 0);
        for class in 0..CLASSES.len() {
            for count in [&mut counts[class], &mut self.published[class]] {
                *count = *count + u32::from(after[class]) - u32::from(before[class]);
            }
        }
        let is = counts.map(|count| count > 0);
        if is == [false; 2] {
            self.namespaces.remove(&namespace);
        }
        if was != is {
            changes.namespaces.push(namespace);
        }
    }

    /// Notes in words what the change does to answers. Before
    /// answers were complete, a cluster's first listing changes nothing that was said.
    pub(super) fn note_move(
        &self,
        key: &[u8],
        index: ClusterIndex,
        before: &Eligibility,
        after: Eligibility,
        changes: &mut Changes,
    ) {
        let cluster = self.cluster(index);
        if cluster.sync == SyncState::Awaited && !self.is_settled {
            return;
        }
        let step = match (before.exclusion, after.exclusion) {
            (Some(_), None) => Step::Joins(after.addresses),
            (None, Some(exclusion)) => Step::Leaves(exclusion),
            (None, None) if before.addresses != after.addresses => {
                Step::Readdresses(after.addresses)
            }
            _ => return,
        };
        let Some(service) = ServiceKey::from_wire(key) else { return };
        changes.moves.push(Move { cluster: cluster.name.clone(), service, step });
    }

    /// Keeps the last healthy set of a service at the moment in which its last shard falls.
    fn note_last_healthy(&mut self, key: &[u8], cluster: ClusterIndex, new: &Shard) {
        let is_wanted =
            self.policy.federations.iter().any(|it| it.when_all_down == WhenAllDown::Last);
        if !is_wanted {
            return;
        }
        let sets = CLASSES.map(|publish| {
            let before = self.healthy(key, publish, None);
            let after = self.healthy(key, publish, Some((cluster, new)));
            if !after.is_empty() {
                Vec::new()
            } else if before.is_empty() {
                self.last_healthy(key, publish).to_vec()
            } else {
                before
            }
        });
        if self.last_healthy.get(key).map_or(&Default::default(), |it| it) == &sets {
            return;
        }
        self.services_revision += 1;
        if sets.iter().all(Vec::is_empty) {
            self.last_healthy.remove(key);
        } else {
            self.last_healthy.insert(key.into(), sets);
        }
    }

    /// The addresses of the healthy shards of a service, with one shard replaced.
    fn healthy(
        &self,
        key: &[u8],
        publish: Publish,
        replaced: Option<(ClusterIndex, &Shard)>,
    ) -> Vec<IpAddr> {
        let stored = self
            .shards(key)
            .filter(|(cluster, _)| replaced.is_none_or(|(index, _)| index != *cluster));
        let with = replaced.map(|(cluster, shard)| (cluster, shard.clone()));
        let evaluate = |(index, shard): (ClusterIndex, Shard)| -> Eligibility {
            self.evaluate(index, namespace_of(key), &shard, publish)
        };
        let healthy = stored.chain(with).map(evaluate).filter(|it| it.exclusion.is_none());
        healthy.flat_map(|it| it.addresses).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Recomputes what follows from a cluster's nodes or its entry, after those changed.
    pub(super) fn refresh_nodes(&mut self, index: ClusterIndex, changes: &mut Changes) {
        self.revisions += 1;
        let revision = self.revisions;
        self.cluster_mut(index).revision = revision;
        changes.has_askers = true;
        self.refresh_places(index, changes);
    }

    /// Recomputes where a cluster stands after its nodes or its entry changed.
    fn refresh_places(&mut self, index: ClusterIndex, changes: &mut Changes) {
        let mut numbers = std::mem::take(&mut self.numbers);
        let cluster = self.cluster_mut(index);
        let places = cluster.current_places();
        let standing = Standing::new(&places, &mut numbers);
        let shown_before = cluster.shown.len();
        cluster.shown.extend(places.iter().cloned());
        let is_new_place = cluster.shown.len() != shown_before;
        cluster.places = places;
        let is_moved = cluster.standing != standing;
        cluster.standing = standing;
        self.numbers = numbers;
        if is_moved || is_new_place {
            changes.has_places = true;
            self.rebuild_places();
        }
        self.complain_about_cluster(index);
    }

    /// Makes the map of places anew from what clusters have shown.
    pub(super) fn rebuild_places(&mut self) {
        let shown = self.clusters().flat_map(|cluster| cluster.shown.iter().cloned()).collect();
        let mut numbers = std::mem::take(&mut self.numbers);
        let heard = self.by_name.values().map(|&index| (index, self.cluster(index)));
        let heard = heard.filter(|(_, cluster)| cluster.silence != Silence::Withdrawn);
        let standings = heard.map(|(index, cluster)| (index, &cluster.standing));
        self.places = Arc::new(PlaceMap::new(&shown, &mut numbers, standings));
        self.numbers = numbers;
        self.complain_about_lengths();
    }

    /// Looks again which names are too long, if the room for them has changed.
    pub(super) fn complain_about_lengths(&mut self) {
        let room = self.measure_name_room();
        let room_before = std::mem::replace(&mut self.name_room, room);
        // Keys are at most 128 octets: with room for those nothing was or is too long.
        if self.name_room != room_before && self.name_room.min(room_before) < 128 {
            let keys: Vec<_> = self.services.iter().map(|entry| entry.key.clone()).collect();
            for key in keys {
                let shards: Vec<_> = self.shards(&key).collect();
                for (cluster, shard) in shards {
                    self.complain_about_shard(cluster, &key, &shard);
                }
            }
        }
    }

    /// Octets that the longest canonical name leaves for service and namespace.
    pub(super) fn measure_name_room(&self) -> usize {
        let taken = |federation: &Federation| {
            let fixed = 1 + federation.name.as_str().len() + b"\x03svc".len();
            fixed + self.places.longest() + federation.domain.wire().len()
        };
        MAX_NAME.saturating_sub(self.policy.federations.iter().map(taken).max().unwrap_or(0))
    }

    pub(super) fn complain_about_shard(&mut self, index: ClusterIndex, key: &[u8], shard: &Shard) {
        let mut flaws = self.refused(&self.cluster(index).policy, key, shard);
        if shard.lacks_endpoints() {
            flaws.push(Flaw::EndpointsUnknown);
        }
        let facts = shard.service.as_ref().map(|(_, facts)| facts);
        flaws.extend(self.external_flaw(index, key, shard));
        if key.len() > self.name_room
            && facts.is_some_and(|it| it.service_type == ServiceType::LoadBalancer)
        {
            let mut text = String::new();
            let written = write_presentation(key, &mut text);
            written.expect("writing to a string can not fail");
            flaws.push(Flaw::NameTooLong(text.trim_end_matches('.').into()));
        }
        self.complaints.set(index, Witness::State, || service_subject(key), flaws);
    }

    /// Keeps count of the services in namespaces that are called like a federation.
    fn count_collision(
        &mut self,
        index: ClusterIndex,
        key: &[u8],
        old: Option<&Shard>,
        new: &Shard,
    ) {
        let Some(name) = self.federation_like(key).cloned() else { return };
        let had = old.is_some_and(|old| old.service.is_some());
        let counts: &mut BTreeMap<Label, u32> = &mut self.cluster_mut(index).collisions;
        let count = counts.entry(name.clone()).or_default();
        *count = *count + u32::from(new.service.is_some()) - u32::from(had);
        let count = *count;
        self.complain_about_collision(index, name, count);
    }

    /// The federation that a service's namespace is called like.
    pub(super) fn federation_like(&self, key: &[u8]) -> Option<&Label> {
        let namespace = namespace_of(key);
        let federations = self.policy.federations.iter().map(|federation| &federation.name);
        federations.into_iter().find(|name| name.as_str() == namespace)
    }

    /// Says so where a cluster has Services in a namespace that is called like a federation.
    pub(super) fn complain_about_collision(
        &mut self,
        index: ClusterIndex,
        name: Label,
        count: u32,
    ) {
        let is_real = count > 0 && self.policy.federations.iter().any(|it| it.name == name);
        let flaws =
            if is_real { vec![Flaw::FederationLikeNamespace(name.clone())] } else { Vec::new() };
        self.complaints.set(index, Witness::State, || Subject::Federation(name), flaws);
    }
}

/// The namespace of a service's key, as text.
pub(super) fn namespace_of(key: &[u8]) -> &str {
    labels_of(key).nth(1).and_then(|label| std::str::from_utf8(label).ok()).unwrap_or_default()
}

fn key_texts(key: &[u8]) -> (Box<str>, Box<str>) {
    let text = |label: &[u8]| String::from_utf8_lossy(label).into();
    let mut labels = labels_of(key).map(text);
    let (name, namespace) = (labels.next(), labels.next());
    (namespace.unwrap_or_default(), name.unwrap_or_default())
}

/// A Service as the subject of complaints.
pub(super) fn service_subject(key: &[u8]) -> Subject {
    let (namespace, name) = key_texts(key);
    Subject::Service(namespace, name)
}

/// An EndpointSlice as the subject of complaints.
pub(super) fn slice_subject(key: &[u8], slice: &str) -> Subject {
    Subject::Slice(key_texts(key).0, slice.into())
}
