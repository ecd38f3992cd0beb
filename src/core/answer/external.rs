//! Services of type ExternalName, as askers in their cluster see them: an alias, and what is known of
//! the name behind it. Forwarders pass a lone CNAME on, and stubs do not follow one.
//!
//! In: an alias and who asks. Out: its CNAME; then what our own zones say of a name in one of them,
//! as if it was asked, what the asker's cluster has under a name of its own, or addresses that
//! resolvers gave. Does not know how those came to be known.

use crate::core::answers::{AddressSet, External, Gathered, LocalEntry};
use crate::core::asker::Asker;
use crate::core::name::QueryName;
use crate::core::policy::Publish;
use crate::core::snapshot::{ZoneId, ZoneKind};
use crate::core::view::ViewId;
use crate::core::wire::writer::Pointer;
use crate::core::wire::{Rcode, RecordType};

use super::negative::Absence;
use super::reading::Found;
use super::response::{Response, Section};
use super::{Asked, InCluster, Named};

/// Most CNAMEs that are written before a name is left to others (DESIGN, section 9).
const MOST_ALIASES: usize = 12;

/// What a name is that an alias leads to.
enum Behind<'n> {
    /// One of a federation's domain; or an apex or name server of any zone of ours.
    Own(Named<'n>),
    /// One in a zone of ours inside clusters, with the zone where its names lead.
    InCluster(ZoneId, InCluster<'n>),
    /// A Service of the asker's cluster, by the name that Kubernetes itself gives it.
    Local(AddressSet<'n>),
    /// Such a one that is another name.
    Alias(External<'n>),
    /// None that is answered here.
    Outside,
}

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

impl<'c> Chain<'c> {
    /// The chain that starts with a name, which the question asks for.
    fn new(name: &'c [u8]) -> Self {
        Self { name, at: Pointer::QUESTION, aliases: 0, before: None }
    }

    /// The chain as it goes on with a name that stands at `at`; `None` where it has met that one
    /// before: it ends there.
    fn on(&'c self, name: &'c [u8], at: Pointer) -> Option<Self> {
        let mut met = std::iter::successors(Some(self), |chain| chain.before);
        let aliases = self.aliases + 1;
        (!met.any(|chain| chain.name == name)).then_some(Self {
            name,
            at,
            aliases,
            before: Some(self),
        })
    }

    /// Whether so many aliases more may follow.
    fn has_room_for(&self, aliases: usize) -> bool {
        self.aliases + aliases <= MOST_ALIASES
    }
}

impl<'a> Asked<'a> {
    /// Answers for a Service that stands for another name.
    pub(super) fn at_external(
        &self,
        asker: &Asker,
        external: &External<'_>,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        self.lead(asker, external, &Chain::new(self.name.wire()), gathered, response);
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
        // Whichever chain led here, and whatever type is asked for: an alias has one TTL (RFC 2181,
        // section 5.2). What limits its end follows from the name alone.
        let limit = self.limit(asker, external, &Chain::new(chain.name), gathered);
        let ttl = self.snapshot.in_cluster_ttl.min(limit);
        let Some(next) = self.alias((external.name, ttl), chain, response) else { return };
        if self.lead_on(asker, &next, gathered, response) {
            return;
        }
        if external.home.len() == 1 {
            self.write_addresses(external.addresses, ttl, next.at, response);
        } else if let Some(home) = self.alias((external.home, ttl), &next, response) {
            self.lead_on(asker, &home, gathered, response);
        }
    }

    /// Writes the CNAME of the last name of a chain to `name`, in wire form; the chain as it goes on
    /// from there, if it does.
    fn alias<'c>(
        &self,
        (name, ttl): (&'c [u8], u32),
        chain: &'c Chain<'c>,
        response: &mut Response<'_>,
    ) -> Option<Chain<'c>> {
        if !chain.has_room_for(1) {
            return None;
        }
        let mut at = chain.at;
        response.record(Section::Answer, chain.at, RecordType::CNAME, ttl, |writer| {
            at = writer.here().unwrap_or(at);
            writer.octets(name);
        });
        // RFC 1034, section 3.6.2: a CNAME asked for is not followed. RFC 8482, section 4.1: of ANY
        // one RRset is enough.
        let is_asked = matches!(self.record_type, RecordType::CNAME | RecordType::ANY);
        chain.on(name, at).filter(|_| !is_asked)
    }

    /// What limits the alias of the last name of a chain, in seconds: the end that it leads to, in
    /// whatever steps. What is not known may be known a moment later.
    fn limit(
        &self,
        asker: &Asker,
        external: &External<'_>,
        chain: &Chain<'_>,
        gathered: &mut Gathered,
    ) -> u32 {
        let next = chain.on(external.name, chain.at).filter(|it| it.has_room_for(0));
        let Some(next) = next else { return u32::MAX };
        if let Some(limit) = self.limit_behind(asker, &next, gathered) {
            return limit;
        }
        if external.is_bare() {
            return self.snapshot.negative_ttl;
        }
        let home = Some(external.home).filter(|home| home.len() > 1);
        let home = home.and_then(|home| next.on(home, next.at));
        let of_home = home.and_then(|home| self.limit_behind(asker, &home, gathered));
        of_home.map_or(external.ttl, |limit| limit.min(external.ttl))
    }

    /// The same for what leads to the last name of a chain; `None` where it is not answered here.
    fn limit_behind(
        &self,
        asker: &Asker,
        chain: &Chain<'_>,
        gathered: &mut Gathered,
    ) -> Option<u32> {
        let mut name = QueryName::default();
        name.read(chain.name, 0).ok()?;
        let (there, behind) = self.behind(asker, &name, chain.at);
        let unknown = self.snapshot.negative_ttl;
        Some(match behind {
            Behind::Own(Named::Service(walk))
            | Behind::InCluster(_, InCluster::Published(walk)) => {
                let end = walk.end(gathered);
                if walk.is_guessed(&end) { end.limit.min(unknown) } else { end.limit }
            }
            Behind::InCluster(_, InCluster::External(external)) | Behind::Alias(external) => {
                there.limit(asker, &external, chain, gathered)
            }
            Behind::Own(Named::Nothing(Absence::NotKnown))
            | Behind::InCluster(_, InCluster::Nothing(Absence::NotKnown)) => unknown,
            Behind::Outside => return None,
            Behind::Own(Named::Apex | Named::Host(_) | Named::Nothing(_))
            | Behind::InCluster(..)
            | Behind::Local(_) => u32::MAX,
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
        let (there, behind) = self.behind(asker, &name, chain.at);
        match behind {
            Behind::Own(Named::Apex) => there.at_apex(chain.at, response),
            Behind::Own(Named::Host(host)) => there.at_host(host, chain.at, response),
            Behind::Own(Named::Service(mut walk)) => {
                let end = walk.end(gathered);
                if chain.has_room_for(walk.steps(&end)) {
                    // The question's name is another one, so that no location stands in it.
                    walk.shape = walk.shape.without_location();
                    there.follow_alias((&walk, end), chain.at, gathered, response);
                }
            }
            Behind::InCluster(home, InCluster::Published(walk)) => {
                let end = walk.end(gathered);
                if chain.has_room_for(1 + walk.steps(&end)) {
                    let home = (home, self.snapshot.zones.zone(home));
                    there.at_published(&walk, (home, chain.at), gathered, response);
                }
            }
            Behind::InCluster(_, InCluster::Local(set)) => {
                there.at_local(set, chain.at, response);
            }
            Behind::InCluster(_, InCluster::External(external)) | Behind::Alias(external) => {
                there.lead(asker, &external, chain, gathered, response);
            }
            Behind::InCluster(_, InCluster::Idle) => there.nodata(response),
            Behind::Own(Named::Nothing(absence))
            | Behind::InCluster(_, InCluster::Nothing(absence)) => {
                there.at_no_service(absence, response);
            }
            Behind::Local(set) => {
                self.write_addresses(set, self.snapshot.in_cluster_ttl, chain.at, response);
            }
            Behind::Outside => return false,
        }
        true
    }

    /// What a name is that an alias leads to, and the question for it, as if it was asked. It stands
    /// at `at`.
    fn behind<'n>(&self, asker: &Asker, name: &'n QueryName, at: Pointer) -> (Asked<'n>, Behind<'n>)
    where
        'a: 'n,
    {
        let Some(found) = Found::new(self.snapshot, name, self.record_type) else {
            return (Asked { ..*self }, self.by_kubernetes(asker, name));
        };
        let there = Asked::new(self.snapshot, name, &found, self.draw);
        let apex = Some(at.into_name(name.wire().len() - there.zone.apex.wire().len()));
        let there = Asked { apex, ..there };
        let behind = match (there.zone.kind, there.named_apart(&found)) {
            (ZoneKind::InCluster { canonical: home }, Named::Nothing(_)) => {
                let what = there.in_cluster(asker, self.snapshot.zones.zone(home));
                Behind::InCluster(home, what)
            }
            (_, named) => Behind::Own(named),
        };
        (there, behind)
    }

    /// What a name is that Kubernetes itself gives a Service, `svc.ns.svc.<clusterDomain>`, where the
    /// asker's cluster has it and it is of use now.
    fn by_kubernetes(&self, asker: &Asker, name: &QueryName) -> Behind<'a> {
        // The zone that was asked is `F.svc.<clusterDomain>`.
        let apex = self.zone.apex.wire();
        let svc = &apex[1 + usize::from(apex[0])..];
        let depth = name.label_count().checked_sub(2).filter(|_| self.zone.is_in_cluster());
        if depth.is_none_or(|depth| name.suffix(depth) != svc) {
            return Behind::Outside;
        }
        // Kubernetes itself answers for every Service, labelled or not.
        let (local, view) = (&self.snapshot.local, ViewId::of(Publish::All));
        let find = |cluster| LocalEntry::find(local, name.labels(0..2), cluster, view);
        match asker.cluster.and_then(find) {
            Some(LocalEntry::Addresses(set)) => Behind::Local(set),
            Some(LocalEntry::External(external)) => Behind::Alias(external),
            Some(LocalEntry::Unready) | None => Behind::Outside,
        }
    }
}
