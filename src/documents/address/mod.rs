//! Whose an address is: which shards answer with it and at which levels, which have it and do not answer, and why.
//!
//! In: what is known, an address. Out: [`AddressNote`]. Who answers is what the selection says, and where it is
//! answered what queries of those names find: nothing is decided here.
//! Costs one look at each shard, and none is unpacked but those that may have it. Does not know HTTP.

mod document;
mod inside;

use std::net::IpAddr;

use crate::core::compiled::{AddressBuffer, AddressSet};
use crate::core::policy::Federation;
use crate::core::selection::{Candidate, Selection};
use crate::core::service::{Ingress, ServiceKey, Shard};
use crate::core::state::State;
use crate::core::topology::{ClusterIndex, PlaceId, PlaceMap};

use super::DocumentInput;
use super::canonical_names::CanonicalNames;
use super::explain::{SnapshotNote, all_down};
use super::location;
use super::stale::StaleNote;

pub use document::{AddressInside, AddressLevel, AddressNote, AddressShard};

/// Services that one answer tells of.
const MOST_SERVICES: usize = 50;

/// Whose an address is.
pub fn address(input: &DocumentInput<'_>, address: IpAddr) -> AddressNote {
    let DocumentInput { state, snapshot, now, .. } = *input;
    let mut note = AddressNote {
        address: address.to_string(),
        shards: Vec::new(),
        inside: Vec::new(),
        nameservers: nameservers(input, address),
        more_services: 0,
        stale: state.clusters().filter_map(|cluster| StaleNote::of(cluster, now)).collect(),
        unread: state.unread().map(ToOwned::to_owned).collect(),
        snapshot: SnapshotNote::new(snapshot, now),
    };
    let keys = state.services_naming(address);
    let mut keys: Vec<_> = keys.iter().filter_map(|it| ServiceKey::from_wire(it)).collect();
    keys.sort();
    let mut told = 0;
    for key in &keys {
        let wire = key.wire();
        let shards: Vec<_> = state.shards(&wire).collect();
        let service = Named { input, address, key, wire: &wire, shards: &shards };
        let (by_federation, inside) = (service.by_federation(), service.inside());
        if by_federation.is_empty() && inside.is_empty() {
            continue;
        }
        told += 1;
        if told > MOST_SERVICES {
            note.more_services += 1;
            continue;
        }
        note.shards.extend(by_federation);
        note.inside.extend(inside);
    }
    note
}

/// The name servers of ours that have it, each once.
fn nameservers(input: &DocumentInput<'_>, address: IpAddr) -> Vec<String> {
    let hosts = input.snapshot.zones.iter().flat_map(|zone| &zone.hosts);
    let found = hosts.filter(|host| holds(host.addresses(), address));
    let mut names: Vec<_> = found.map(|host| host.name.to_string()).collect();
    names.sort();
    names.dedup();
    names
}

fn holds(set: AddressSet<'_>, address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => set.v4.contains(&address.octets()),
        IpAddr::V6(address) => set.v6.contains(&address.octets()),
    }
}

/// A service that may have the address.
struct Named<'a> {
    input: &'a DocumentInput<'a>,
    address: IpAddr,
    key: &'a ServiceKey,
    wire: &'a [u8],
    shards: &'a [(ClusterIndex, Shard)],
}

/// A federation's view of a service.
struct Seen<'a> {
    federation: &'a Federation,
    selection: &'a Selection<'a>,
    names: Option<CanonicalNames<'a>>,
    gathered: AddressBuffer,
}

impl Named<'_> {
    /// The shards whose load balancer has it, as each federation sees them.
    fn by_federation(&self) -> Vec<AddressShard> {
        let DocumentInput { state, snapshot, .. } = *self.input;
        let has_it = |(_, shard): &&(ClusterIndex, Shard)| self.has(state, shard);
        let having: Vec<_> = self.shards.iter().filter(has_it).map(|(index, _)| *index).collect();
        let mut found = Vec::new();
        if having.is_empty() {
            return found;
        }
        for federation in &state.policy().federations {
            let selection = Selection::of(state, self.shards, self.wire, federation.publish);
            let names = CanonicalNames::find(snapshot, federation, self.wire)
                .filter(|_| selection.is_published());
            let gathered = AddressBuffer::default();
            let mut seen = Seen { federation, selection: &selection, names, gathered };
            let candidates = selection.candidates.iter();
            let candidates = candidates.filter(|it| having.contains(&it.index));
            found.extend(candidates.map(|candidate| self.shard(&mut seen, candidate)));
        }
        found
    }

    /// Whether a load balancer of the shard has it, counted or not.
    fn has(&self, state: &State, shard: &Shard) -> bool {
        let ingress = shard.facts().into_iter().flat_map(|facts| &facts.ingress);
        ingress.into_iter().any(|entry| match entry {
            Ingress::Address(address) => *address == self.address,
            Ingress::Hostname(name) => self.is_behind(state, name),
        })
    }

    /// Whether a hostname is known to lead there.
    fn is_behind(&self, state: &State, hostname: &str) -> bool {
        let known = state.hostname(hostname);
        known.is_some_and(|known| known.addresses().any(|it| it == self.address))
    }

    fn shard(&self, seen: &mut Seen<'_>, candidate: &Candidate<'_>) -> AddressShard {
        let answers_at = self.answers_at(seen, candidate);
        let reason = answers_at.is_empty().then(|| self.reason(seen.selection, candidate));
        let cluster = self.input.state.cluster(candidate.index);
        AddressShard {
            namespace: self.key.namespace.to_string(),
            name: self.key.name.to_string(),
            federation: seen.federation.name.to_string(),
            cluster: candidate.cluster.to_string(),
            stands: cluster.places.iter().map(ToString::to_string).collect(),
            when_all_down: reason.as_ref().and_then(|_| self.when_all_down(seen)),
            answers_at,
            reason,
        }
    }

    /// The levels at whose names queries find it, for this cluster.
    fn answers_at(&self, seen: &mut Seen<'_>, candidate: &Candidate<'_>) -> Vec<AddressLevel> {
        let Some(names) = &seen.names else { return Vec::new() };
        if !candidate.addresses.contains(&self.address) {
            return Vec::new();
        }
        let (map, gathered) = (&self.input.snapshot.places, &mut seen.gathered);
        let mut found: Vec<_> = Vec::new();
        for (at, place) in map.locations().iter().enumerate() {
            if place.is_alias || location::left_out(seen.selection, candidate, place).is_some() {
                continue;
            }
            let is_answered = names.at(at, |chain, _| {
                chain.gather(at, gathered);
                if gathered.is_empty() && at == PlaceMap::GLOBAL {
                    chain.gather_spare(gathered);
                }
                holds(gathered.set(), self.address)
            });
            if is_answered == Ok(true) {
                found.push(place);
            }
        }
        found.sort_by_key(|place| place.level);
        let level = |place| AddressLevel {
            level: location::level(place).to_owned(),
            place: location::text(place),
        };
        found.into_iter().map(level).collect()
    }

    /// Why it is answered nowhere.
    fn reason(&self, selection: &Selection<'_>, candidate: &Candidate<'_>) -> String {
        match selection.left_out(candidate, PlaceId::GLOBAL) {
            Some(reason) => reason.to_string(),
            None if candidate.addresses.contains(&self.address) => {
                "it is not answered yet".to_owned()
            }
            None => "this address of its is refused, or too old".to_owned(),
        }
    }

    /// The policy that gives it while nothing is healthy anywhere.
    fn when_all_down(&self, seen: &mut Seen<'_>) -> Option<String> {
        let (names, gathered) = (seen.names.as_ref()?, &mut seen.gathered);
        let given = names.at(PlaceMap::GLOBAL, |chain, _| {
            let end = chain.end(gathered, self.input.now);
            let is_down = !end.is_healthy() && !chain.is_guessed(&end);
            let note = is_down.then(|| all_down(chain, gathered))?;
            holds(gathered.set(), self.address).then_some(note.policy)
        });
        given.ok()?
    }
}
