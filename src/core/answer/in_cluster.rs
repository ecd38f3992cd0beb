//! Names inside clusters, `svc.ns.F.svc.<clusterDomain>`: what the asking cluster should use.
//!
//! In: who asks, and a name in one of those zones. Out: what the asker's own cluster has; else the
//! alias of the service's canonical name at the asker's place, and the chain from there.
//! Does not know how an asker is told, nor what a chain is made of.

use crate::core::answers::{AddressSet, External, Gathered, LocalEntry, has_namespace};
use crate::core::asker::{Asker, Asking};
use crate::core::name::is_host_label;
use crate::core::policy::Publish;
use crate::core::snapshot::{DnsZone, ZoneId};
use crate::core::view::ViewId;
use crate::core::wire::writer::Pointer;
use crate::core::wire::{Rcode, RecordType};

use super::Asked;
use super::negative::Absence;
use super::response::{Response, Section};
use super::walk::Walk;

/// What a name inside a cluster is to one asker.
#[derive(Clone, Debug)]
pub enum InCluster<'a> {
    /// A Service of the asker's own cluster, by these addresses.
    Local(AddressSet<'a>),
    /// One that is another name.
    External(External<'a>),
    /// A service that is published, from the asker's place outwards.
    Published(Walk<'a>),
    /// The asker's cluster has a Service of that name, which is of no use now, and nobody
    /// publishes one.
    Idle,
    /// No service.
    Nothing(Absence),
}

impl<'a> Asked<'a> {
    /// Answers for a name in a zone inside clusters; `home` is the zone of its federation's domain.
    // Apart, so that other names do not carry it.
    #[inline(never)]
    pub(super) fn decide_in_cluster(
        &self,
        asking: &Asking<'_>,
        home: ZoneId,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        if self.left == 0 {
            return self.at_apex(Pointer::QUESTION, response);
        }
        if let Some(host) = self.zone.host(self.name.wire()) {
            return self.at_host(host, Pointer::QUESTION, response);
        }
        let asker = self.snapshot.askers.asker(asking);
        let home = (home, self.snapshot.zones.zone(home));
        let what = self.in_cluster(&asker, home.1);
        let is_local = matches!(what, InCluster::Local(_) | InCluster::External(_));
        if is_local && asker.cluster.is_some_and(|it| self.snapshot.silent.contains(it)) {
            response.stale();
        }
        match what {
            InCluster::Local(set) => self.at_local(set, Pointer::QUESTION, response),
            InCluster::External(alias) => self.at_external(&asker, &alias, gathered, response),
            InCluster::Published(walk) => {
                self.at_published(&walk, (home, Pointer::QUESTION), gathered, response);
            }
            InCluster::Idle => self.nodata(response),
            InCluster::Nothing(absence) => self.at_no_service(absence, response),
        }
    }

    /// What a name below the apex is that is no name server's. `home` is the zone of the domain of
    /// the zone's one federation.
    pub(super) fn in_cluster(&self, asker: &Asker, home: &'a DnsZone) -> InCluster<'a> {
        let what = match self.left {
            1 => InCluster::Nothing(self.namespace(asker)),
            2 => self.service(asker, home),
            // Ports and endpoints have no names, so nothing stands below a service's name.
            _ => InCluster::Nothing(Absence::Nothing),
        };
        match what {
            InCluster::Nothing(Absence::Nothing) if self.is_above_zone_or_host() => {
                InCluster::Nothing(Absence::Inner)
            }
            what => what,
        }
    }

    fn service(&self, asker: &Asker, home: &'a DnsZone) -> InCluster<'a> {
        let (snapshot, view) = (self.snapshot, self.view());
        let key = self.name.labels(0..2);
        let find = |cluster| LocalEntry::find(&snapshot.local, key, cluster, view);
        let local = asker.cluster.and_then(find);
        match local {
            Some(LocalEntry::Addresses(set)) => return InCluster::Local(set),
            Some(LocalEntry::External(name)) => return InCluster::External(name),
            Some(LocalEntry::Unready) | None => {}
        }
        // Whoever is sent elsewhere must not be sent back a moment later.
        let is_guess = match asker.cluster {
            Some(cluster) => snapshot.unknown.is_local_guess(cluster),
            None => snapshot.unknown.has_askers && asker.is_by_source(),
        };
        if is_guess && self.has_host_labels() {
            return InCluster::Nothing(Absence::NotKnown);
        }
        let walk = Walk::from_inside(snapshot, home, self.name, asker.location);
        if let Some(walk) = walk.and_then(Walk::that_fits) {
            return InCluster::Published(walk);
        }
        match local {
            _ if snapshot.unknown.has_names && self.has_host_labels() => {
                InCluster::Nothing(Absence::NotKnown)
            }
            Some(_) => InCluster::Idle,
            None => InCluster::Nothing(Absence::Nothing),
        }
    }

    /// What a namespace is: it exists where a service in it does (RFC 8020).
    fn namespace(&self, asker: &Asker) -> Absence {
        let (snapshot, view) = (self.snapshot, self.view());
        let label = self.name.labels(0..1);
        let is_local = |cluster| LocalEntry::find(&snapshot.local, label, cluster, view).is_some();
        if has_namespace(&snapshot.table, label, view) || asker.cluster.is_some_and(is_local) {
            Absence::Inner
        } else if snapshot.unknown.has_names && self.has_host_labels() {
            Absence::NotKnown
        } else {
            Absence::Nothing
        }
    }

    /// The view of the zone's one federation.
    fn view(&self) -> ViewId {
        let federation = self.zone.federations.first();
        federation.map_or(ViewId::of(Publish::All), |federation| federation.view)
    }

    /// Whether a Service could be called so.
    fn has_host_labels(&self) -> bool {
        (0..self.left).all(|at| is_host_label(self.name.label(at)))
    }

    /// The addresses of a Service of the asker's cluster, whose name stands at `owner`.
    pub(super) fn at_local(
        &self,
        set: AddressSet<'_>,
        owner: Pointer,
        response: &mut Response<'_>,
    ) {
        let ttl = self.snapshot.in_cluster_ttl;
        response.authoritative(Rcode::NOERROR);
        if !self.write_addresses(set, ttl, owner, response) {
            match self.record_type {
                RecordType::ANY => self.write_hinfo(ttl, owner, response),
                _ => self.nodata(response),
            }
        }
    }

    /// Writes the addresses of a set that are asked for; whether there are any.
    pub(super) fn write_addresses(
        &self,
        set: AddressSet<'_>,
        ttl: u32,
        owner: Pointer,
        response: &mut Response<'_>,
    ) -> bool {
        let (kind, rotation) = ((self.record_type, ttl), (self.draw, self.snapshot.max_addresses));
        match self.record_type {
            RecordType::A if !set.v4.is_empty() => {
                response.addresses(Section::Answer, owner, kind, set.v4, rotation);
            }
            RecordType::AAAA if !set.v6.is_empty() => {
                response.addresses(Section::Answer, owner, kind, set.v6, rotation);
            }
            _ => return false,
        }
        true
    }

    /// The alias of the canonical name at the asker's place, and the chain from there, which is
    /// answered as in the zone it stands in. The asked name stands at `owner`.
    pub(super) fn at_published(
        &self,
        walk: &Walk<'_>,
        ((home_id, home), owner): ((ZoneId, &'a DnsZone), Pointer),
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        response.authoritative(Rcode::NOERROR);
        // What limits the end of an answer limits what leads there.
        let end = walk.end(gathered);
        let (kind, ttl) = (RecordType::CNAME, self.snapshot.in_cluster_ttl.min(end.limit));
        let (mut target, mut apex) = (owner, None);
        response.record(Section::Answer, owner, kind, ttl, |writer| {
            target = writer.here().unwrap_or(target);
            writer.octets(walk.stem());
            writer.octets(&self.snapshot.places.location(walk.location).wire);
            apex = writer.here();
            writer.octets(home.apex.wire());
        });
        // RFC 1034, section 3.6.2: a CNAME asked for is not followed. RFC 8482, section 4.1: of ANY
        // one RRset is enough.
        if matches!(self.record_type, RecordType::CNAME | RecordType::ANY) {
            return;
        }
        let at_home = Asked { zone: home, zone_id: home_id, apex, ..*self };
        at_home.follow_alias((walk, end), target, gathered, response);
    }
}

impl Walk<'_> {
    /// The walk at the first of its locations whose name exists, from its own outwards.
    fn that_fits(mut self) -> Option<Self> {
        if !self.exists(self.location) {
            self.location = self.wider(self.location);
        }
        self.fits(self.location).then_some(self)
    }
}
