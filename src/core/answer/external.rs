//! Services of type ExternalName, as askers in their cluster see them: an alias, and what is known of
//! the name behind it. Forwarders pass a lone CNAME on, and stubs do not follow one.
//!
//! In: an alias and who asks. Out: its CNAME; then what our own zones say of a name in one of them,
//! what the asker's cluster has under a name of its own, or addresses that resolvers gave.
//! Does not know how those came to be known.

use crate::core::answers::{External, Gathered, LocalEntry};
use crate::core::asker::Asker;
use crate::core::name::QueryName;
use crate::core::snapshot::Snapshot;
use crate::core::wire::writer::Pointer;
use crate::core::wire::{Rcode, RecordType};

use super::reading::Found;
use super::response::{Response, Section};
use super::{Asked, InCluster, Named};

/// Most CNAMEs that are written before a name is left to others (DESIGN, section 9).
const MOST_ALIASES: usize = 12;
/// Most CNAMEs of a service's chain: zone -> region -> world.
const OUTWARDS: usize = 2;

/// The names of a chain that has led to where it stands.
struct Chain<'c> {
    /// The last of them, in wire form.
    name: &'c [u8],
    /// Where it stands in the message.
    at: Pointer,
    /// How many aliases led there.
    aliases: usize,
    before: Option<&'c Self>,
}

impl Chain<'_> {
    /// Whether it has met a name, where it ends.
    fn has_met(&self, name: &[u8]) -> bool {
        let mut met = std::iter::successors(Some(self), |chain| chain.before);
        met.any(|chain| chain.name == name)
    }

    /// Whether so many aliases more may follow.
    fn has_room_for(&self, aliases: usize) -> bool {
        self.aliases + aliases <= MOST_ALIASES
    }
}

impl Asked<'_> {
    /// Answers for a Service that stands for another name.
    pub(super) fn at_external(
        &self,
        asker: &Asker,
        external: &External<'_>,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        let name = self.name.wire();
        let chain = Chain { name, at: Pointer::QUESTION, aliases: 0, before: None };
        self.lead(asker, external, &chain, gathered, response);
    }

    /// Writes the alias of the last name of a chain, and what stands behind it.
    fn lead(
        &self,
        asker: &Asker,
        external: &External<'_>,
        chain: &Chain<'_>,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        response.authoritative(Rcode::NOERROR);
        let Some(next) = self.alias(external, external.name, chain, response) else { return };
        if self.lead_on(asker, &next, gathered, response) {
            return;
        }
        if external.home.len() == 1 {
            let ttl = external.ttl.min(self.snapshot.in_cluster_ttl);
            self.write_addresses(external.addresses, ttl, next.at, response);
        } else if let Some(home) = self.alias(external, external.home, &next, response) {
            self.lead_on(asker, &home, gathered, response);
        }
    }

    /// Writes the CNAME of the last name of a chain to `name`, in wire form; the chain as it goes on
    /// from there, if it does.
    fn alias<'c>(
        &self,
        external: &External<'_>,
        name: &'c [u8],
        chain: &'c Chain<'c>,
        response: &mut Response<'_>,
    ) -> Option<Chain<'c>> {
        if !chain.has_room_for(1) {
            return None;
        }
        let Snapshot { in_cluster_ttl: ttl, negative_ttl, .. } = *self.snapshot;
        // What is not known may be known a moment later.
        let ttl = if external.is_bare() { ttl.min(negative_ttl) } else { ttl };
        let mut at = chain.at;
        response.record(Section::Answer, chain.at, RecordType::CNAME, ttl, |writer| {
            at = writer.here().unwrap_or(at);
            writer.octets(name);
        });
        // RFC 1034, section 3.6.2: a CNAME asked for is not followed. RFC 8482, section 4.1: of ANY
        // one RRset is enough.
        let is_asked = matches!(self.record_type, RecordType::CNAME | RecordType::ANY);
        let aliases = chain.aliases + 1;
        (!is_asked && !chain.has_met(name)).then_some(Chain {
            name,
            at,
            aliases,
            before: Some(chain),
        })
    }

    /// Answers for the last name of a chain, where it lies in a zone of ours or in the asker's
    /// cluster; whether it does.
    fn lead_on(
        &self,
        asker: &Asker,
        chain: &Chain<'_>,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) -> bool {
        let mut name = QueryName::default();
        if name.read(chain.name, 0).is_err() {
            return false;
        }
        let Some(found) = Found::new(self.snapshot, &name, self.record_type) else {
            return self.lead_inside(asker, &name, chain, gathered, response);
        };
        let there = Asked::new(self.snapshot, &name, &found, self.draw);
        let (zone, left) = (there.zone, there.left);
        let apex = Some(chain.at.into_name(name.wire().len() - zone.apex.wire().len()));
        let there = Asked { apex, ..there };
        if let Some(host) = zone.host(name.wire()) {
            there.at_host(host, chain.at, response);
        } else if left == 0 {
            there.lead_to_apex(response);
        } else if let Some(home) = zone.home {
            there.lead_to_service(asker, home, chain, gathered, response);
        } else {
            match there.named_apart(&found) {
                Named::Service(mut walk) if chain.has_room_for(OUTWARDS) => {
                    // The question's name is another one, so that no location stands in it.
                    walk.shape = walk.shape.without_location();
                    there.follow_alias(&walk, chain.at, gathered, response);
                }
                Named::Nothing(absence) => there.at_no_service(absence, response),
                Named::Apex | Named::Host(_) | Named::Service(_) => {}
            }
        }
        true
    }

    /// An apex owns records of other types, which whoever wants them asks for there.
    fn lead_to_apex(&self, response: &mut Response<'_>) {
        if matches!(self.record_type, RecordType::A | RecordType::AAAA) {
            self.nodata(response);
        }
    }

    /// A name of our zones inside clusters is for the asker what it is to whoever asks for it.
    fn lead_to_service(
        &self,
        asker: &Asker,
        home: usize,
        chain: &Chain<'_>,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        let home = (home, self.snapshot.zones.zone(home));
        match self.in_cluster(asker, home.1) {
            InCluster::Local(set) => self.at_local(set, chain.at, response),
            InCluster::External(external) => {
                self.lead(asker, &external, chain, gathered, response);
            }
            InCluster::Published(walk) if chain.has_room_for(1 + OUTWARDS) => {
                self.at_published(&walk, (home, chain.at), gathered, response);
            }
            InCluster::Published(_) => {}
            InCluster::Idle => self.nodata(response),
            InCluster::Nothing(absence) => self.at_no_service(absence, response),
        }
    }

    /// Answers for a name that Kubernetes itself gives a Service, `svc.ns.svc.<clusterDomain>`, where
    /// the asker's cluster has it and it is of use now; whether that is so.
    fn lead_inside(
        &self,
        asker: &Asker,
        name: &QueryName,
        chain: &Chain<'_>,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) -> bool {
        // The zone that was asked is `F.svc.<clusterDomain>`.
        let apex = self.zone.apex.wire();
        let svc = &apex[1 + usize::from(apex[0])..];
        let depth = name.label_count().checked_sub(2).filter(|_| self.zone.home.is_some());
        if depth.is_none_or(|depth| name.suffix(depth) != svc) {
            return false;
        }
        let find = |cluster| LocalEntry::find(&self.snapshot.local, name.labels(0..2), cluster, 0);
        match asker.cluster.and_then(find) {
            Some(LocalEntry::Addresses(set)) => {
                self.write_addresses(set, self.snapshot.in_cluster_ttl, chain.at, response);
            }
            Some(LocalEntry::External(external)) => {
                self.lead(asker, &external, chain, gathered, response);
            }
            Some(LocalEntry::Unready) | None => return false,
        }
        true
    }
}
