//! An independent model of the contract: facts in maps, loops over all of them, text for names.
//! It is slow and shares no code with the core; where both agree, both are likely right.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use fedns::core::event::{ClusterEvent, Facts, NodeFacts, ObjectKey};
use fedns::core::name::Label;
use fedns::core::policy::{Federation, Policy, Publish};
use fedns::core::service::{
    Endpoint, Ingress, Inside, ServiceFacts, ServiceKey, ServiceType, SliceFacts, SourceId,
};

use crate::support::facts;
use crate::worlds::{Step, stem};

/// What one cluster told, as it stands now.
#[derive(Clone, Default)]
pub(crate) struct Told {
    /// By place: the node there, which is called after it.
    places: BTreeMap<(Option<String>, Option<String>), NodeFacts>,
    shown: BTreeSet<(Option<String>, Option<String>)>,
    pub(crate) services: BTreeMap<ServiceKey, (SourceId, ServiceFacts)>,
    slices: BTreeMap<(ServiceKey, Box<str>), (SourceId, SliceFacts)>,
}

/// All that clusters said, taken at its word.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) clusters: BTreeMap<&'static str, Told>,
    /// What hostnames were answered with: addresses and TTL. Others were not asked for.
    pub(crate) hostnames: BTreeMap<String, (IpAddr, u32)>,
}

/// A service's name at one place.
pub(crate) struct Question<'m> {
    pub(crate) key: &'m ServiceKey,
    pub(crate) federation: &'m Federation,
    is_canonical: bool,
    /// Labels of the location.
    pub(crate) location: Vec<String>,
}

/// What is expected of it.
pub(crate) struct Expected {
    /// The targets of the CNAMEs, in order.
    pub(crate) chain: Vec<String>,
    /// The addresses of the last name; `None` where nothing is healthy anywhere.
    pub(crate) addresses: Option<BTreeSet<IpAddr>>,
}

/// Behind whom a shard waits.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Wait {
    No,
    ForActive,
}

impl Wait {
    const ALL: [Self; 2] = [Self::No, Self::ForActive];
    const LAST: Self = Self::ForActive;
}

/// What a cluster has of a service for its own askers, of IPv4.
pub(crate) enum Own {
    Addresses(BTreeSet<IpAddr>),
    Alias(String),
    Nothing,
}

impl Model {
    pub(crate) fn after(steps: &[Step]) -> Self {
        let mut model = Self::default();
        for step in steps {
            let cluster = model.clusters.entry(step.cluster()).or_default();
            if let Step::Say(_, event) = step {
                cluster.hear(event);
            }
        }
        model
    }

    /// Steps that say the same facts in another way: clusters by name, and everything once. The
    /// places that were shown and left are history too, so they are told and taken back.
    pub(crate) fn retell(&self) -> Vec<Step> {
        let mut steps: Vec<_> = self.clusters.keys().map(|name| Step::Register(name)).collect();
        for (&name, cluster) in &self.clusters {
            let mut say = |event| steps.push(Step::Say(name, event));
            for place in &cluster.shown {
                say(facts::applied(facts::node(&node_name(place))));
            }
            for (place, facts) in &cluster.places {
                let name = format!("node-{}", node_name(place)).into();
                say(facts::applied(Facts::Node(name, facts.clone())));
            }
            for place in cluster.shown.iter().filter(|it| !cluster.places.contains_key(*it)) {
                let node = format!("node-{}", node_name(place));
                say(ClusterEvent::Removed(ObjectKey::Node(node.into())));
            }
            for ((key, _), (_, slice)) in &cluster.slices {
                say(facts::applied(Facts::Slice(key.clone(), slice.clone())));
            }
            for (key, (_, service)) in &cluster.services {
                say(facts::applied(Facts::Service(key.clone(), service.clone())));
            }
            say(facts::SYNCED);
        }
        steps
    }

    fn regions(&self) -> BTreeSet<String> {
        let shown = self.clusters.values().flat_map(|cluster| &cluster.shown);
        shown.filter_map(|(_, region)| region.clone()).collect()
    }

    /// Every location's labels.
    fn locations(&self) -> BTreeSet<Vec<String>> {
        let mut all = BTreeSet::from([Vec::new()]);
        for (zone, region) in self.clusters.values().flat_map(|cluster| &cluster.shown) {
            all.extend(region.iter().map(|region| vec![region.clone()]));
            all.extend(zone.iter().map(|zone| vec![zone.clone()]));
            if let (Some(zone), Some(region)) = (zone, region) {
                all.insert(vec![zone.clone(), region.clone()]);
            }
        }
        all
    }

    fn keys(&self) -> BTreeSet<&ServiceKey> {
        self.clusters.values().flat_map(|cluster| cluster.services.keys()).collect()
    }

    pub(crate) fn is_published(&self, key: &ServiceKey, publish: Publish) -> bool {
        self.clusters.values().any(|cluster| cluster.is_published(key, publish))
    }

    /// Every published service at every place, in both forms, where the name is not another
    /// domain's.
    pub(crate) fn questions<'m>(&'m self, policy: &'m Policy) -> Vec<Question<'m>> {
        let mut questions = Vec::new();
        for federation in &policy.federations {
            for key in self.keys() {
                if !self.is_published(key, federation.publish) {
                    continue;
                }
                for location in self.locations() {
                    for is_canonical in [true, false] {
                        let location = location.clone();
                        questions.push(Question { key, federation, is_canonical, location });
                    }
                }
            }
        }
        questions
    }

    pub(crate) fn published_names(&self, policy: &Policy) -> BTreeSet<String> {
        self.questions(policy).iter().map(Question::name).collect()
    }

    pub(crate) fn answer(&self, question: &Question<'_>) -> Expected {
        let mut location = question.location.clone();
        let mut chain = Vec::new();
        loop {
            let (key, publish) = (question.key, question.federation.publish);
            let last = if location.is_empty() { Wait::LAST } else { Wait::No };
            for wait in Wait::ALL.into_iter().filter(|wait| *wait <= last) {
                let here = self.clusters.values().filter(|it| self.counts(it, &location));
                let here = here.filter(|it| self.wait(it, key, publish) == Some(wait));
                let answering: Vec<_> =
                    here.filter_map(|it| self.healthy(it, key, publish)).collect();
                if !answering.is_empty() {
                    let addresses = answering.into_iter().flatten().collect();
                    return Expected { chain, addresses: Some(addresses) };
                }
            }
            if location.is_empty() {
                return Expected { chain, addresses: None };
            }
            location = self.wider(&location);
            chain.push(question.at(&location));
        }
    }

    /// Every service that anybody has, with what a cluster has of it for its own askers.
    pub(crate) fn inside(&self, cluster: &str, publish: Publish) -> Vec<(ServiceKey, Own)> {
        let told = &self.clusters[cluster];
        let own = |key: &ServiceKey| (key.clone(), told.own(key, publish));
        self.keys().into_iter().map(own).collect()
    }

    /// The addresses of a cluster's healthy shard.
    pub(crate) fn healthy(
        &self,
        cluster: &Told,
        key: &ServiceKey,
        publish: Publish,
    ) -> Option<BTreeSet<IpAddr>> {
        let addresses = self.addresses(cluster, key, publish)?;
        let is_served = cluster.ready(key) > 0 || cluster.is_serving_to_the_end(key);
        (is_served && !addresses.is_empty()).then_some(addresses)
    }

    /// Behind whom a cluster's healthy shard waits; `None` where it is not healthy.
    pub(crate) fn wait(&self, cluster: &Told, key: &ServiceKey, publish: Publish) -> Option<Wait> {
        self.healthy(cluster, key, publish)?;
        let is_weightless = cluster.services[key].1.weight == Some(0);
        let stands_by = is_weightless || cluster.ready(key) == 0;
        Some(if stands_by { Wait::ForActive } else { Wait::No })
    }

    /// The addresses that a cluster's shard publishes; `None` where it is not published.
    pub(crate) fn addresses(
        &self,
        cluster: &Told,
        key: &ServiceKey,
        publish: Publish,
    ) -> Option<BTreeSet<IpAddr>> {
        let entry = |ingress: &Ingress| match ingress {
            Ingress::Address(address) => Some(*address),
            Ingress::Hostname(name) => self.hostnames.get(&**name).map(|(address, _)| *address),
        };
        let is_usable = |address: &IpAddr| !address.to_canonical().is_loopback();
        cluster.is_published(key, publish).then(|| {
            cluster.services[key].1.ingress.iter().filter_map(entry).filter(is_usable).collect()
        })
    }

    /// Whether a cluster's shards count at a location.
    pub(crate) fn counts(&self, cluster: &Told, location: &[String]) -> bool {
        let stands = |test: &dyn Fn(&Option<String>, &Option<String>) -> bool| {
            cluster.places.keys().any(|(zone, region)| test(zone, region))
        };
        match location {
            [] => true,
            [one] if self.regions().contains(one) => {
                stands(&|_, region| region.as_ref() == Some(one))
            }
            [one] => stands(&|zone, _| zone.as_ref() == Some(one)),
            [zone, region] => {
                stands(&|it, its| it.as_ref() == Some(zone) && its.as_ref() == Some(region))
            }
            _ => false,
        }
    }

    pub(crate) fn wider(&self, location: &[String]) -> Vec<String> {
        match location {
            [_, region] => vec![region.clone()],
            [one] if !self.regions().contains(one) => {
                let shown = self.clusters.values().flat_map(|cluster| &cluster.shown);
                let here = shown.filter(|(zone, _)| zone.as_ref() == Some(one));
                let regions: BTreeSet<_> = here.filter_map(|(_, region)| region.clone()).collect();
                if regions.len() == 1 { regions.into_iter().collect() } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }
}

fn node_name((zone, region): &(Option<String>, Option<String>)) -> String {
    let zone = zone.clone().unwrap_or_default();
    region.as_ref().map_or(zone.clone(), |region| format!("{zone}.{region}"))
}

impl Told {
    fn drop_slice(&mut self, namespace: &Label, name: &str) {
        self.slices.retain(|(key, slice), _| key.namespace != *namespace || **slice != *name);
    }

    fn hear(&mut self, event: &ClusterEvent) {
        match event {
            ClusterEvent::Applied(source, object) => match &object.facts {
                Facts::Node(_, facts) => {
                    let text = |label: &Option<Label>| label.as_ref().map(ToString::to_string);
                    let place = (text(&facts.zone), text(&facts.region));
                    self.shown.insert(place.clone());
                    self.places.insert(place, facts.clone());
                }
                Facts::Service(key, facts) => {
                    self.services.insert(key.clone(), (*source, facts.clone()));
                }
                Facts::Slice(key, facts) => {
                    let id = (key.clone(), facts.name.clone());
                    self.slices.insert(id, (*source, facts.clone()));
                }
            },
            ClusterEvent::Modified(source, object) => {
                if let Facts::Slice(key, facts) = &object.facts {
                    let id = (key.clone(), facts.name.clone());
                    if !self.slices.contains_key(&id) {
                        self.drop_slice(&key.namespace, &facts.name);
                    }
                }
                self.hear(&ClusterEvent::Applied(*source, object.clone()));
            }
            ClusterEvent::Removed(ObjectKey::MovedSlice(namespace, name)) => {
                self.drop_slice(namespace, name);
            }
            ClusterEvent::Removed(ObjectKey::Node(name)) => {
                let gone = name.strip_prefix("node-").unwrap();
                self.places.retain(|place, _| node_name(place) != gone);
            }
            ClusterEvent::Removed(ObjectKey::Service(key)) => _ = self.services.remove(key),
            ClusterEvent::Removed(ObjectKey::Slice(key, name)) => {
                self.slices.remove(&(key.clone(), name.clone()));
            }
            ClusterEvent::Listed(listings) => {
                for listing in listings {
                    if listing.source == facts::SOURCE {
                        self.places.clear();
                    }
                    self.services.retain(|_, (source, _)| *source != listing.source);
                    self.slices.retain(|_, (source, _)| *source != listing.source);
                    for object in &listing.objects {
                        self.hear(&ClusterEvent::Applied(listing.source, object.clone()));
                    }
                }
            }
            // None of these is a fact.
            ClusterEvent::Contact(_)
            | ClusterEvent::Flawed(..)
            | ClusterEvent::Identified(_)
            | ClusterEvent::ListMoves
            | ClusterEvent::Synced { .. }
            | ClusterEvent::Resumed(..)
            | ClusterEvent::Triggered(_)
            | ClusterEvent::Versioned(..)
            | ClusterEvent::Broken(_)
            | ClusterEvent::Well => {}
        }
    }

    pub(crate) fn is_published(&self, key: &ServiceKey, publish: Publish) -> bool {
        self.services.get(key).is_some_and(|(_, service)| {
            service.service_type == ServiceType::LoadBalancer
                && !service.is_opted_out
                && !service.is_deleting
                && (publish == Publish::All || service.is_labelled)
        })
    }

    /// What it has of a service for its own askers.
    pub(crate) fn own(&self, key: &ServiceKey, publish: Publish) -> Own {
        let Some((_, service)) = self.services.get(key) else { return Own::Nothing };
        let is_out = service.is_opted_out || service.is_deleting;
        if is_out || (publish == Publish::Labelled && !service.is_labelled) {
            return Own::Nothing;
        }
        let slices = || self.slices.iter().filter(|((of, _), _)| of == key).map(|(_, (_, it))| it);
        let is_ready = |it: &&Endpoint| it.is_ready || service.publishes_not_ready;
        let ready = slices().flat_map(|it| &it.endpoints).filter(is_ready);
        let ready: BTreeSet<_> = ready.map(|endpoint| endpoint.address).collect();
        let v4 = |all: BTreeSet<IpAddr>| all.into_iter().filter(IpAddr::is_ipv4).collect();
        match &service.inside {
            Inside::ExternalName(name) => Own::Alias(format!("{name}.")),
            _ if ready.is_empty() => Own::Nothing,
            Inside::Unassigned => Own::Nothing,
            Inside::ClusterIps(addresses) => {
                Own::Addresses(v4(addresses.iter().copied().collect()))
            }
            Inside::Headless => Own::Addresses(v4(ready)),
        }
    }

    /// Whether an endpoint of a service is being ended and serves on.
    fn is_serving_to_the_end(&self, key: &ServiceKey) -> bool {
        let mut slices = self.slices.iter().filter(|((of, _), _)| of == key);
        slices.any(|(_, (_, it))| it.terminating > 0)
    }

    /// How many endpoints of a service count as ready.
    fn ready(&self, key: &ServiceKey) -> u32 {
        let all = self.services.get(key).is_some_and(|(_, it)| it.publishes_not_ready);
        let slices = self.slices.iter().filter(|((of, _), _)| of == key);
        slices.map(|(_, (_, it))| it.ready + if all { it.not_ready } else { 0 }).sum()
    }
}

impl Question<'_> {
    pub(crate) fn name(&self) -> String {
        self.at(&self.location)
    }

    fn at(&self, location: &[String]) -> String {
        let mut labels = vec![stem(self.key, &self.federation.name)];
        labels.extend(self.is_canonical.then(|| "svc".to_string()));
        labels.extend(location.iter().cloned());
        labels.push(self.federation.domain.to_string().trim_end_matches('.').to_string());
        labels.join(".")
    }
}

/// Every name above a published one that lies in a zone of ours, without the published ones.
pub(crate) fn ancestors(published: &BTreeSet<String>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for name in published {
        let mut rest = name.as_str();
        while let Some((_, parent)) = rest.split_once('.') {
            if !parent.ends_with("example.com") && !parent.ends_with("example.org") {
                break;
            }
            names.insert(parent.to_string());
            rest = parent;
        }
    }
    names
}
