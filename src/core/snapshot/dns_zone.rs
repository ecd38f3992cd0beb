//! DNS zones: an apex for each federation's domain and each static zone, and those inside clusters.
//!
//! In: policy with its static zones, clusters' domains. Out: [`DnsZones`], in which the deepest apex above a name is found.
//! Does not know services, places or serials.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::core::compiled::AddressSet;
use crate::core::name::{Label, MAX_NAME, Name, QueryName, is_within};
use crate::core::policy::{Federation, Policy, WhenAllDown};
use crate::core::view::ViewId;
use crate::core::zone::{StaticZone, WrittenZone};

use super::in_cluster::{self, InClusterApexes};
use super::soa::Soa;
use super::zone_id::{ZoneId, ZoneKind, ZoneMatch};

/// The zone of one domain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DnsZone {
    /// The domain S.
    pub apex: Name,
    /// The next of our zones above it.
    pub parent: Option<ZoneId>,
    /// The apexes of our zones below it, at any depth.
    pub children: Vec<Name>,
    /// The name servers, in the order of the configuration; the first is the SOA's.
    pub nameservers: Vec<Name>,
    /// The name server that the SOA names (MNAME of RFC 1035, section 3.3.13).
    pub primary: InZone,
    /// The mailbox that the SOA names (RNAME).
    pub mailbox: InZone,
    /// Name servers that lie in the zone itself.
    pub hosts: Vec<Host>,
    /// The federations of the domain.
    pub federations: Vec<Federated>,
    /// What kind of names it has.
    pub kind: ZoneKind,
    /// The records of a static zone; `None` where there is none, or its file could not be used yet.
    pub records: Option<Arc<StaticZone>>,
    /// What the SOA of a static zone says.
    pub soa: Option<Soa>,
}

/// A name as messages of a zone hold it: of one that ends in the apex, the labels before that.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InZone {
    /// The labels in wire form, with the root where the name does not end in the apex.
    pub octets: Box<[u8]>,
    /// Whether the apex follows.
    pub is_below: bool,
}

impl InZone {
    fn new(name: &[u8], apex: &Name) -> Self {
        let is_below = is_within(&name.to_ascii_lowercase(), apex.wire());
        let len = name.len() - if is_below { apex.wire().len() } else { 0 };
        Self { octets: name[..len].into(), is_below }
    }
}

/// A name server's name and addresses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: Name,
    /// Its IPv4 addresses, sorted.
    pub v4: Vec<[u8; 4]>,
    /// Its IPv6 addresses, sorted.
    pub v6: Vec<[u8; 16]>,
}

impl Host {
    /// Its addresses.
    pub fn addresses(&self) -> AddressSet<'_> {
        AddressSet { v4: &self.v4, v6: &self.v6 }
    }
}

/// What of a federation a query needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Federated {
    /// Its label F.
    pub name: Label,
    /// TTL where no Service asks for another, in seconds.
    pub ttl: u32,
    /// What is answered when nothing is healthy.
    pub when_all_down: WhenAllDown,
    /// The view of services that it answers from.
    pub view: ViewId,
}

impl DnsZone {
    fn new(apex: Name, kind: ZoneKind) -> Self {
        let label = Label::parse("hostmaster").expect("hostmaster is a label");
        let mailbox = apex.child(&label).unwrap_or_else(|| apex.clone());
        Self {
            primary: InZone::new(apex.wire(), &apex),
            mailbox: InZone::new(mailbox.wire(), &apex),
            apex,
            parent: None,
            children: Vec::new(),
            nameservers: Vec::new(),
            hosts: Vec::new(),
            federations: Vec::new(),
            kind,
            records: None,
            soa: None,
        }
    }

    /// Takes what somebody wrote for the apex.
    fn write(&mut self, zone: &WrittenZone) {
        (self.kind, self.records) = (ZoneKind::Static, zone.records.clone());
        let read = zone.records.as_ref().and_then(|records| Soa::read(records.soa()?.first()));
        if let Some(read) = read {
            self.primary = InZone::new(read.primary, &self.apex);
            self.mailbox = InZone::new(read.mailbox, &self.apex);
            let ttl = zone.records.as_ref().and_then(|it| it.soa()).map_or(0, |set| set.ttl);
            self.soa = Some(Soa { ttl, ..read.soa });
        }
    }

    fn add(&mut self, federation: &Federation) {
        self.federations.push(Federated {
            name: federation.name.clone(),
            ttl: federation.ttl,
            when_all_down: federation.when_all_down,
            view: ViewId::of(federation.publish),
        });
        for server in &federation.nameservers {
            if !self.nameservers.contains(&server.name) {
                self.nameservers.push(server.name.clone());
            }
        }
        if let Some(first) = self.nameservers.first() {
            self.primary = InZone::new(first.wire(), &self.apex);
        }
    }

    fn add_host(&mut self, name: &Name, addresses: &[IpAddr]) {
        let index = self.hosts.iter().position(|host| host.name == *name).unwrap_or_else(|| {
            self.hosts.push(Host { name: name.clone(), v4: Vec::new(), v6: Vec::new() });
            self.hosts.len() - 1
        });
        let host = &mut self.hosts[index];
        for address in addresses {
            match address {
                IpAddr::V4(v4) => host.v4.push(v4.octets()),
                IpAddr::V6(v6) => host.v6.push(v6.octets()),
            }
        }
        host.v4.sort_unstable();
        host.v4.dedup();
        host.v6.sort_unstable();
        host.v6.dedup();
    }

    /// Whether the name made of `stem`, `location` and this apex, in wire form, is one that the static zone
    /// decides on: it owns records there, delegates it, or redirects it.
    pub fn is_written(&self, stem: &[u8], location: &[u8]) -> bool {
        let Some(records) = &self.records else { return false };
        let (mut name, mut len) = ([0; MAX_NAME], 0);
        for part in [stem, location, self.apex.wire()] {
            let Some(room) = name.get_mut(len..len + part.len()) else { return false };
            room.copy_from_slice(part);
            len += part.len();
        }
        let found = records.find(&name[..len]);
        found.is_some_and(|it| it.cover.is_some() || (it.is_exact && !it.closest.is_empty()))
    }

    /// Whether it lies inside clusters.
    pub fn is_in_cluster(&self) -> bool {
        matches!(self.kind, ZoneKind::InCluster { .. })
    }

    /// The name server that `name`, lower-cased and in wire form, is.
    pub fn host(&self, name: &[u8]) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name.wire() == name)
    }

    /// The federation with this label.
    pub fn federation(&self, label: &[u8]) -> Option<&Federated> {
        self.federations.iter().find(|federation| federation.name.as_str().as_bytes() == label)
    }

    /// Whether the name made of `stem`, `location` and this apex, in wire form, lies in another
    /// zone of ours: the deepest apex owns a name.
    pub fn is_cut(&self, stem: &[u8], location: &[u8]) -> bool {
        let owns = |child: &Name| {
            let below = child.wire().strip_suffix(self.apex.wire()).unwrap_or_default();
            if is_within(below, location) {
                is_within(stem, &below[..below.len() - location.len()])
            } else {
                is_within(location, below)
            }
        };
        self.children.iter().any(owns)
    }
}

/// All zones.
#[derive(Clone, Debug, Default)]
pub struct DnsZones {
    zones: Vec<DnsZone>,
    by_apex: HashMap<Box<[u8]>, usize, FixedState>,
    /// How many labels apexes have, each number once, the greatest first.
    depths: Vec<usize>,
    /// The first zone's apex and how many labels it has, where no other zone is looked for before
    /// or below it: what most have, and then one comparison does.
    only: Option<(Name, usize)>,
    in_cluster: InClusterApexes,
    /// Whether some zone inside clusters lies below a federation's domain.
    is_nested: bool,
}

impl DnsZones {
    /// The zones of a policy's federations, and static ones; those of one domain share one. Behind them
    /// stand those inside clusters that have one of `cluster_domains`.
    pub fn new(policy: &Policy, cluster_domains: &[Name]) -> Self {
        let mut zones = Self::default();
        for federation in &policy.federations {
            let wire = federation.domain.wire();
            let index = *zones.by_apex.entry(wire.into()).or_insert_with(|| {
                zones.zones.push(DnsZone::new(federation.domain.clone(), ZoneKind::Federated));
                zones.zones.len() - 1
            });
            zones.zones[index].add(federation);
        }
        for written in &policy.static_zones {
            let index = *zones.by_apex.entry(written.apex.wire().into()).or_insert_with(|| {
                zones.zones.push(DnsZone::new(written.apex.clone(), ZoneKind::Static));
                zones.zones.len() - 1
            });
            zones.zones[index].write(written);
        }
        zones.depths = zones.zones.iter().map(|zone| zone.apex.label_count()).collect();
        zones.depths.sort_unstable_by(|a, b| b.cmp(a));
        zones.depths.dedup();
        for domain in cluster_domains {
            policy
                .federations
                .iter()
                .for_each(|federation| zones.add_in_cluster(federation, domain));
        }
        // Whichever federation names a server, its addresses are answered where its name lies: in
        // the deepest zone; and stand beside the NS of the zones above that.
        for server in policy.federations.iter().flat_map(|federation| &federation.nameservers) {
            let is_around = |zone: &&mut DnsZone| server.name.is_within(&zone.apex);
            for zone in zones.zones.iter_mut().filter(is_around) {
                zone.add_host(&server.name, &server.addresses);
            }
        }
        let apexes: Vec<Name> = zones.zones.iter().map(|zone| zone.apex.clone()).collect();
        for zone in &mut zones.zones {
            let is_above = |name: &Name| *name != zone.apex && zone.apex.is_within(name);
            let above = apexes.iter().enumerate().filter(|(_, name)| is_above(name));
            let above = above.max_by_key(|(_, name)| name.label_count());
            zone.parent = above.map(|(index, _)| ZoneId::new(index));
            let is_below = |name: &&Name| **name != zone.apex && name.is_within(&zone.apex);
            zone.children = apexes.iter().filter(is_below).cloned().collect();
        }
        zones.is_nested =
            zones.zones.iter().any(|zone| zone.is_in_cluster() && zone.parent.is_some());
        zones.only = match &zones.zones[..zones.by_apex.len()] {
            [zone] if !zones.is_nested => Some((zone.apex.clone(), zone.apex.label_count())),
            _ => None,
        };
        zones
    }

    /// Adds the zone of a federation inside clusters. A federation's domain of that name stays what
    /// it is.
    fn add_in_cluster(&mut self, federation: &Federation, domain: &Name) {
        let canonical = self.by_apex.get(federation.domain.wire());
        let Some((apex, &canonical)) = in_cluster::apex(federation, domain).zip(canonical) else {
            return;
        };
        if self.by_apex.contains_key(apex.wire()) {
            return;
        }
        let kind = ZoneKind::InCluster { canonical: ZoneId::new(canonical) };
        let mut zone = DnsZone::new(apex, kind);
        zone.add(federation);
        self.in_cluster.add(&zone.apex, ZoneId::new(self.zones.len()));
        self.zones.push(zone);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.zones.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// The zone of that number.
    pub fn zone(&self, id: ZoneId) -> &DnsZone {
        &self.zones[id.index()]
    }

    /// All zones, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &DnsZone> {
        self.zones.iter()
    }

    /// The number of the first zone of which `is_it` says so.
    pub fn position(&self, is_it: impl FnMut(&DnsZone) -> bool) -> Option<ZoneId> {
        self.zones.iter().position(is_it).map(ZoneId::new)
    }

    /// The deepest zone that `name` is in.
    // On the way of every answer.
    #[inline(always)]
    pub fn find(&self, name: &QueryName) -> Option<ZoneMatch> {
        let Some((apex, depth)) = &self.only else { return self.find_among_many(name) };
        match name.label_count().checked_sub(*depth) {
            Some(left) if name.suffix(*depth) == apex.wire() => {
                Some(ZoneMatch { zone: ZoneId::new(0), left })
            }
            _ => self.in_cluster.find(name),
        }
    }

    // Apart, so that the one zone of most does not carry it.
    #[inline(never)]
    fn find_among_many(&self, name: &QueryName) -> Option<ZoneMatch> {
        let depths = self.depths.iter().filter(|&&depth| depth <= name.label_count());
        let found = depths.into_iter().find_map(|&depth| {
            let index = *self.by_apex.get(name.suffix(depth))?;
            Some(ZoneMatch { zone: ZoneId::new(index), left: name.label_count() - depth })
        });
        match found {
            Some(_) if !self.is_nested => found,
            _ => self.in_cluster.find(name).or(found),
        }
    }
}
