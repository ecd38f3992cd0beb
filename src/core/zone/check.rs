//! What records of a zone have to keep towards one another.
//!
//! In: all records of a zone, with their places. Out: the same in canonical order, each once, one TTL an RRset;
//! and what is wrong or odd. Does not know how records are looked up.

use std::cmp::Ordering;

use super::key::{self, Key};
use super::rdata::{names_in, write_name};
use super::reader::{Place, RawRecord, Reader};
use super::types::{ALIAS, type_name};
use crate::core::name::{Name, is_within};

const A: u16 = 1;
const NS: u16 = 2;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const AAAA: u16 = 28;
const DNAME: u16 = 39;
const DS: u16 = 43;
const RRSIG: u16 = 46;
const NSEC: u16 = 47;

/// Looks at all records that were read; `ours` are the domains that are served here. Of those that are given back
/// an RRset's stand together.
pub(super) fn check(reader: &mut Reader<'_>, ours: &[Name]) -> Vec<RawRecord> {
    let mut records = std::mem::take(&mut reader.records);
    records.sort_by(|a, b| {
        (&a.key, a.type_number).cmp(&(&b.key, b.type_number)).then_with(|| compare(a, b))
    });
    records.dedup_by(|later, first| {
        let is_same = later.key == first.key
            && later.type_number == first.type_number
            && compare(later, first) == Ordering::Equal;
        if is_same {
            reader.notice(later.place, "the same record stands here twice");
            first.ttl = first.ttl.into_iter().chain(later.ttl).min();
        }
        is_same
    });
    apex(reader, &records);
    give_ttls(reader, &mut records);
    owners(reader, &records);
    occlusion(reader, &records);
    name_servers(reader, &records);
    aliases(reader, &records, ours);
    records
}

/// The order of data; names of the types of RFC 1035 are the same in letters of any case.
fn compare(a: &RawRecord, b: &RawRecord) -> Ordering {
    let before = names_in(a.type_number).map_or(usize::MAX, |names| names.before);
    let split = |data: &[u8]| before.min(data.len());
    let ((head, names), (other_head, other_names)) =
        (a.data.split_at(split(&a.data)), b.data.split_at(split(&b.data)));
    let lower = |names: &[u8]| names.to_ascii_lowercase();
    head.cmp(other_head).then_with(|| lower(names).cmp(&lower(other_names)))
}

/// Where records stand, in the order of the files.
fn places<'r>(records: impl Iterator<Item = &'r RawRecord>) -> Vec<Place> {
    let mut places: Vec<Place> = records.map(|record| record.place).collect();
    places.sort_by_key(Place::order);
    places
}

/// The SOA stands at the apex and once, and NS stand there (RFC 1035, section 5.2; RFC 2181, section 6.1).
fn apex(reader: &mut Reader<'_>, records: &[RawRecord]) {
    let mut first: Option<Place> = None;
    for place in places(records.iter().filter(|it| it.type_number == SOA && it.key.is_empty())) {
        match first {
            None => first = Some(place),
            Some(_) => reader.fault(place, "the zone has a second SOA"),
        }
    }
    for record in records.iter().filter(|it| it.type_number == SOA && !it.key.is_empty()) {
        reader.fault(record.place, format!("SOA stands at the apex, {}, alone", reader.apex));
    }
    let has_servers = records.iter().any(|it| it.key.is_empty() && it.type_number == NS);
    if records.is_empty() {
        if reader.findings.faults.is_empty() {
            reader.fault_of_file("the file holds no record: an empty zone takes all names away");
        }
    } else if first.is_none() {
        let text = format!("the zone has no SOA at {}", reader.apex);
        reader.fault_of_file(&text);
    }
    if !records.is_empty() && !has_servers {
        let text = format!("the zone has no NS at {}", reader.apex);
        reader.fault_of_file(&text);
    }
}

/// Each RRset has one TTL (RFC 2181, section 5.2): the least. Where nothing says one it is the SOA's minimum.
fn give_ttls(reader: &mut Reader<'_>, records: &mut [RawRecord]) {
    let soa = records.iter().find(|it| it.key.is_empty() && it.type_number == SOA);
    let minimum = soa.and_then(|it| it.data.last_chunk()).map(|it| u32::from_be_bytes(*it));
    let minimum = minimum.unwrap_or_default().min((1 << 31) - 1);
    let sets = records.chunk_by_mut(|a, b| a.key == b.key && a.type_number == b.type_number);
    for set in sets {
        let ttls = || set.iter().map(|it| it.ttl.unwrap_or(minimum));
        let least = ttls().min().unwrap_or(minimum);
        // Signatures of RRsets with other TTLs have other TTLs.
        if ttls().any(|ttl| ttl != least) && set[0].type_number != RRSIG {
            let name = type_name(set[0].type_number);
            let text = format!("the {name} records here have several TTLs; all have {least} now");
            reader.notice(set[0].place, text);
        }
        set.iter_mut().for_each(|it| it.ttl = Some(least));
    }
}

/// What may stand side by side at one owner.
fn owners(reader: &mut Reader<'_>, records: &[RawRecord]) {
    for owner in records.chunk_by(|a, b| a.key == b.key) {
        let of = |number: u16| owner.iter().filter(move |it| it.type_number == number);
        let has = |number: u16| of(number).next().is_some();
        for single in [CNAME, DNAME, ALIAS] {
            for place in places(of(single)).into_iter().skip(1) {
                reader.fault(place, format!("the name has a second {}", type_name(single)));
            }
        }
        // RFC 2181, section 10.1, and RFC 4034, section 4.
        if let Some(alias) = of(CNAME).next() {
            let is_beside = |it: &&RawRecord| !matches!(it.type_number, CNAME | RRSIG | NSEC);
            if let Some(other) = owner.iter().find(is_beside) {
                let name = type_name(other.type_number);
                reader.fault(alias.place, format!("a CNAME stands alone, and here beside {name}"));
            }
        }
        if let Some(address) = of(A).chain(of(AAAA)).next().filter(|_| has(ALIAS)) {
            reader
                .fault(address.place, "an address stands beside ALIAS, which gives the addresses");
        }
        let is_apex = owner[0].key.is_empty();
        // RFC 6672, section 2.3: a cut and DNAME exclude one another, but at the apex.
        if let Some(dname) = of(DNAME).next().filter(|_| has(NS) && !is_apex) {
            reader.fault(dname.place, "a DNAME stands at a cut, beside NS");
        }
        // RFC 4592, sections 4.2 and 4.4: nobody says what these mean.
        if key::is_wildcard(&owner[0].key) {
            for number in [NS, DNAME] {
                if let Some(record) = of(number).next() {
                    let text = format!("{} at a wildcard means nothing", type_name(number));
                    reader.fault(record.place, text);
                }
            }
        }
        if let Some(signer) = of(DS).next().filter(|_| is_apex || !has(NS)) {
            reader.notice(signer.place, "DS stands at no cut: nobody asks for it here");
        }
    }
}

/// Data that nobody gets: below a cut (but for addresses, which may be glue) and below a DNAME.
fn occlusion(reader: &mut Reader<'_>, records: &[RawRecord]) {
    let mut cover: Option<&RawRecord> = None;
    for owner in records.chunk_by(|a, b| a.key == b.key) {
        let key = &owner[0].key;
        cover = cover.filter(|cover| key.starts_with(&cover.key));
        if let Some(cover) = cover {
            let by_cut = cover.type_number == NS;
            let is_hidden = |it: &&RawRecord| !by_cut || !matches!(it.type_number, A | AAAA);
            if let Some(hidden) = owner.iter().find(is_hidden) {
                let (what, above) = (type_name(cover.type_number), reader.name(&cover.key));
                let text = format!("nobody gets this: the {what} at {above} hides it");
                reader.notice(hidden.place, text);
            }
            continue;
        }
        let covers = |it: &&RawRecord| match it.type_number {
            NS => !it.key.is_empty(),
            number => number == DNAME,
        };
        cover = owner.iter().find(covers);
        let is_cut = cover.is_some_and(|cover| cover.type_number == NS);
        let is_of_cut = |number: u16| matches!(number, NS | DS | A | AAAA | RRSIG | NSEC);
        let hidden = owner.iter().find(|it| is_cut && !is_of_cut(it.type_number));
        if let Some(hidden) = hidden {
            reader.notice(hidden.place, "nobody gets this: the NS at this name delegate it");
        }
    }
}

/// Name servers inside the zone have addresses there (RFC 1035, section 3.3.11; RFC 9471).
fn name_servers(reader: &mut Reader<'_>, records: &[RawRecord]) {
    let apex = reader.apex.wire().to_vec();
    for server in records.iter().filter(|it| it.type_number == NS) {
        let name = server.data.to_ascii_lowercase();
        if !is_within(&name, &apex) {
            continue;
        }
        let Some(key) = Key::new(&name, apex.len()) else { continue };
        let key = key.octets();
        let from = records.partition_point(|it| *it.key < *key);
        let of_server = records[from..].iter().take_while(|it| *it.key == *key);
        let types: Vec<u16> = of_server.map(|it| it.type_number).collect();
        let mut text = String::new();
        write_name(&name, &mut text);
        if types.contains(&CNAME) {
            // RFC 2181, section 10.3.
            reader.notice(server.place, format!("the name server {text} is an alias"));
        } else if !types.iter().any(|it| matches!(*it, A | AAAA | ALIAS)) {
            let text = format!("the name server {text} has no address in this zone");
            reader.notice(server.place, text);
        }
    }
}

/// Whoever has the addresses of another name has those of a name that is answered here, inside clusters not: what is
/// there is another thing to everybody.
fn aliases(reader: &mut Reader<'_>, records: &[RawRecord], ours: &[Name]) {
    for alias in records.iter().filter(|it| it.type_number == ALIAS) {
        let name = alias.data.to_ascii_lowercase();
        let mut text = String::new();
        write_name(&name, &mut text);
        if !ours.iter().any(|domain| is_within(&name, domain.wire())) {
            let why = format!("ALIAS leads to {text}, which lies in no zone that is served here");
            reader.fault(alias.place, why);
            continue;
        }
        let apex = reader.apex.wire().len();
        let key = Key::new(&name, apex).filter(|_| is_within(&name, reader.apex.wire()));
        let Some(key) = key else { continue };
        let from = records.partition_point(|it| *it.key < *key.octets());
        let of_target = records[from..].iter().take_while(|it| *it.key == *key.octets());
        if of_target.into_iter().any(|it| it.type_number == ALIAS) {
            let why = format!("ALIAS leads to {text}, which has an ALIAS itself");
            reader.fault(alias.place, why);
        }
    }
}

impl Reader<'_> {
    /// Tells a fault of the zone's own file as a whole.
    fn fault_of_file(&mut self, text: &str) {
        let file = self.files().next().unwrap_or_default().to_owned();
        self.findings.fault(|| super::finding::Finding::of_file(&file, text));
    }

    /// The name of a key, as text.
    fn name(&self, key: &[u8]) -> String {
        let mut wire = key::labels(key);
        wire.extend_from_slice(self.apex.wire());
        let mut text = String::new();
        write_name(&wire, &mut text);
        text
    }
}
