//! A zone of ours as a master file (RFC 1035, section 5), streamed.
//!
//! In: a snapshot and one of its zones. Out: text, from the records that queries read and by the
//! steps that queries take; the whole of it is nowhere in memory. Names stand in canonical order
//! (RFC 4034, section 6.1), so that two files of the same facts differ in the serial alone: first those of a
//! static zone, then those of federations.
//! Does not know where the text goes.

use std::cmp::Ordering;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::core::answer::{Alias, Data, FallbackChain, Node};
use crate::core::compiled::{AddressBuffer, AddressSet, record_key};
use crate::core::name::grammar::SVC;
use crate::core::name::{Name, labels_of, write_presentation};
use crate::core::snapshot::{DnsZone, Federated, Host, Snapshot, ZoneId, ZoneKind};
use crate::core::time::Moment;
use crate::core::topology::PlaceMap;
use crate::core::wire::RecordType;
use crate::core::zone::{self, ALIAS, StaticZone, print, type_name};
use crate::local_query::{LocalQuery, RecordNote, ReplyNote};

use super::canonical_names::CanonicalNames;

/// Who asks for what stands in files; it is the same for everybody.
const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A zone that there is not.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{asked} is neither a federation nor a domain of ours; known: {known}")]
pub struct NoZone {
    asked: String,
    known: String,
}

/// The zone of a federation, by the federation's name or its domain; a static zone by its domain.
///
/// # Errors
/// Says which federations there are.
pub fn find(snapshot: &Snapshot, asked: &str) -> Result<ZoneId, NoZone> {
    let asked_name = asked.to_ascii_lowercase();
    let domain = Name::parse(asked).ok();
    // Names inside clusters are another thing to everybody who asks: they are in no file.
    let is_called =
        |zone: &DnsZone| zone.federations.iter().any(|it| it.name.as_str() == asked_name);
    let is_it = |zone: &DnsZone| {
        !zone.is_in_cluster() && (domain.as_ref() == Some(&zone.apex) || is_called(zone))
    };
    let with_domain = |zone: &DnsZone| {
        let domain = zone.apex.to_string();
        let is_static = zone.federations.is_empty().then(|| domain.clone());
        let federations = zone.federations.iter().map(|it| format!("{} ({domain})", it.name));
        federations.chain(is_static).collect::<Vec<_>>()
    };
    snapshot.zones.position(is_it).ok_or_else(|| NoZone {
        asked: asked.escape_default().to_string(),
        known: snapshot
            .zones
            .iter()
            .filter(|it| !it.is_in_cluster())
            .flat_map(with_domain)
            .collect::<Vec<_>>()
            .join(", "),
    })
}

/// Writes a zone that [`find`] gave.
///
/// # Errors
/// What writing to `out` comes to.
pub fn write(snapshot: &Snapshot, zone_id: ZoneId, out: &mut impl Write) -> io::Result<()> {
    let zone = snapshot.zones.zone(zone_id);
    write_head(snapshot, zone_id, out)?;
    let mut federations: Vec<&Federated> = zone.federations.iter().collect();
    federations.sort_by_key(|federation| &federation.name);
    let keys = services(snapshot);
    let mut gathered = AddressBuffer::default();
    for at in locations(&snapshot.places) {
        for federation in &federations {
            for key in &keys {
                let names = CanonicalNames::new(snapshot, zone, &federation.name, key);
                // A name that there is not is not written.
                let write = |service: &FallbackChain<'_>, node: &Node<'_>| {
                    write_node(snapshot, service, node, &mut gathered, out)
                };
                names.at(at, write).unwrap_or(Ok(()))?;
            }
        }
    }
    Ok(())
}

/// The apex's own records, name servers' addresses, and the cuts to our zones below.
fn write_head(snapshot: &Snapshot, zone_id: ZoneId, out: &mut impl Write) -> io::Result<()> {
    let zone = snapshot.zones.zone(zone_id);
    let names: Vec<_> = zone.federations.iter().map(|it| it.name.as_str()).collect();
    let apex = &zone.apex;
    match (&zone.records, names.is_empty()) {
        (Some(_), true) => writeln!(out, "; {apex}, a static zone")?,
        (Some(_), false) => {
            writeln!(out, "; {apex}, a static zone, with the federations: {}", names.join(", "))?;
        }
        (None, _) => writeln!(out, "; {apex} with the federations: {}", names.join(", "))?,
    }
    if zone.kind == ZoneKind::Static && zone.records.is_none() {
        return writeln!(out, "; UNREAD: its file could not be used yet; nothing is known");
    }
    if snapshot.unknown.has_names {
        writeln!(out, "; INCOMPLETE: clusters have not synced; what only they know is left out")?;
    }
    let ttl = zone.federations.first().map_or(0, |federation| federation.ttl);
    writeln!(out, "$ORIGIN {apex}\n$TTL {ttl}")?;
    for record in ask(snapshot, &apex.to_string(), "SOA") {
        write_record(&record, out)?;
    }
    let mut ttl = ttl;
    match &zone.records {
        Some(records) => write_static(snapshot, records, out)?,
        None => {
            for record in ask(snapshot, &apex.to_string(), "NS") {
                write_record(&record, out)?;
                ttl = record.ttl;
            }
        }
    }
    let below = snapshot.zones.iter().filter(|it| it.parent == Some(zone_id));
    let below = below.filter(|it| !it.is_in_cluster());
    for child in below.filter(|child| child.apex != zone.apex) {
        for record in ask(snapshot, &child.apex.to_string(), "NS") {
            write_record(&record, out)?;
        }
    }
    let apex_len = apex.wire().len();
    let is_written = |host: &Host| {
        let wire = host.name.wire();
        zone.is_written(&wire[..wire.len() - apex_len], &[])
    };
    let mut hosts: Vec<_> = zone.hosts.iter().filter(|host| !is_written(host)).collect();
    hosts.sort_by(|a, b| canonical(labels(a.name.wire()), labels(b.name.wire())));
    for host in hosts {
        let v4 = host.v4.iter().map(|&octets| IpAddr::from(octets));
        let v6 = host.v6.iter().map(|&octets| IpAddr::from(octets));
        for address in v4.chain(v6) {
            let family = if address.is_ipv4() { "A" } else { "AAAA" };
            writeln!(out, "{}\t{ttl}\tIN\t{family}\t{address}", host.name)?;
        }
    }
    Ok(())
}

/// What queries are answered for a name of the zone's own.
fn ask(snapshot: &Snapshot, name: &str, record_type: &str) -> Vec<RecordNote> {
    let query = LocalQuery::parse(name, record_type, LOCALHOST);
    let query = query.expect("a name of ours and a type that there is");
    let reply = ReplyNote::read(&query.ask(snapshot, Moment::default()));
    reply.expect("others can read what the query path writes").answer
}

/// The records of a static zone, but for the SOA, whose serial is another one. Who has the addresses of another name
/// has those of now, as no other server knows ALIAS.
fn write_static(snapshot: &Snapshot, records: &StaticZone, out: &mut impl Write) -> io::Result<()> {
    let is_soa = |it: &zone::Record<'_>| it.record_type == RecordType::SOA;
    for record in records.records().filter(|it| !is_soa(it)) {
        let mut owner = String::new();
        write_presentation(&record.owner, &mut owner).expect("writing to a string can not fail");
        let zone::Record { record_type, ttl, data, .. } = record;
        let (name, text) = (type_name(record_type.0), print(record_type.0, data));
        if record_type != RecordType(ALIAS) {
            writeln!(out, "{owner}\t{ttl}\tIN\t{name}\t{text}")?;
            continue;
        }
        writeln!(out, "; {owner} has the addresses of {text}")?;
        for family in ["A", "AAAA"] {
            ask(snapshot, &owner, family).iter().try_for_each(|it| write_record(it, out))?;
        }
    }
    Ok(())
}

fn write_record(record: &RecordNote, out: &mut impl Write) -> io::Result<()> {
    let RecordNote { name, ttl, record_type, data } = record;
    writeln!(out, "{name}\t{ttl}\tIN\t{record_type}\t{data}")
}

/// What stands at one canonical name of a service.
fn write_node(
    snapshot: &Snapshot,
    service: &FallbackChain<'_>,
    node: &Node<'_>,
    gathered: &mut AddressBuffer,
    out: &mut impl Write,
) -> io::Result<()> {
    let place = |at: usize| &snapshot.places.location(at).wire;
    let owner = relative(service.stem(), place(service.location));
    let end = service.end(gathered, snapshot.as_of);
    let ttl = service.ttl(&end);
    match node {
        Node::Alias(Alias::Wider { to, is_guess: false }) => {
            let target = relative(service.stem(), place(*to));
            let ttl = service.alias_ttl(service.location, &end);
            return writeln!(out, "{owner}\t{ttl}\tIN\tCNAME\t{target}");
        }
        // It is the end of its chain, so that what answers there is gathered.
        Node::Data(Data::Service(_)) => {}
        // What is a guess stands in no file.
        _ => return Ok(()),
    }
    let AddressSet { v4, v6 } = gathered.set();
    let (mut v4, mut v6) =
        (v4.iter().copied().map(Ipv4Addr::from), v6.iter().copied().map(Ipv6Addr::from));
    v4.try_for_each(|address| writeln!(out, "{owner}\t{ttl}\tIN\tA\t{address}"))?;
    v6.try_for_each(|address| writeln!(out, "{owner}\t{ttl}\tIN\tAAAA\t{address}"))
}

/// A name below the origin, without the origin.
fn relative(stem: &[u8], place: &[u8]) -> String {
    let mut text = String::new();
    let written = write_presentation(stem, &mut text).and_then(|()| {
        if place.is_empty() { Ok(()) } else { write_presentation(place, &mut text) }
    });
    written.expect("writing to a string can not fail");
    text.pop();
    text
}

/// The keys of all compiled services, in canonical order.
fn services(snapshot: &Snapshot) -> Vec<&[u8]> {
    let mut keys: Vec<_> = snapshot.table.records().map(record_key).collect();
    // The table holds namespaces too: they own nothing.
    keys.retain(|key| labels_of(key).nth(1).is_some());
    keys.sort_by(|a, b| canonical(labels(a), labels(b)));
    keys
}

/// The locations that canonical names have, in the order of those names.
fn locations(places: &PlaceMap) -> Vec<usize> {
    let of = |at: usize| {
        let mut labels = labels(&places.location(at).wire);
        labels.insert(0, SVC);
        labels
    };
    let all = 0..places.locations().len();
    let mut all: Vec<_> = all.filter(|&at| !places.location(at).is_alias).collect();
    all.sort_by(|&a, &b| canonical(of(a), of(b)));
    all
}

fn labels(wire: &[u8]) -> Vec<&[u8]> {
    labels_of(wire).collect()
}

/// RFC 4034, section 6.1: names are compared label by label from the right.
fn canonical(a: Vec<&[u8]>, b: Vec<&[u8]>) -> Ordering {
    a.into_iter().rev().cmp(b.into_iter().rev())
}
