//! Delegations: what the parent zone of a domain has to hold, and how what it holds differs.
//!
//! In: the policy; replies of the parent's servers and of the name servers themselves.
//! Out: records; [`Difference`]s in words.
//! Pure: does not know sockets, or who is asked in which order.

use std::collections::BTreeSet;
use std::net::IpAddr;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name as DnsName, RData, RecordType};
use serde::Serialize;

use crate::core::name::Name;
use crate::core::policy::{Nameserver, Policy};
use crate::presentation;

/// TTL that is proposed for the parent's records, in seconds: that of our own NS.
const TTL: u32 = 3600;
/// A parent's records that hold for less are asked for all the time, in seconds.
const LEAST_TTL: u32 = 300;

/// What a parent zone has to hold of one domain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delegation {
    /// The domain.
    pub domain: Name,
    /// The names of its federations.
    pub federations: Vec<String>,
    /// Its name servers, and where they are, as far as the configuration says.
    pub nameservers: Vec<Nameserver>,
    /// The domain of ours that is its parent.
    pub parent: Option<Name>,
}

/// A record as text.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RecordRow {
    /// The owner.
    pub name: String,
    /// In seconds.
    pub ttl: u32,
    /// `NS`, `A` or `AAAA`.
    #[serde(rename = "type")]
    pub record_type: &'static str,
    /// The data in presentation form.
    pub data: String,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Difference {
    /// What kind of thing it is.
    pub kind: DifferenceKind,
    /// It in words.
    pub text: String,
}

/// Kinds of differences.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DifferenceKind {
    /// No reply came.
    Unreachable,
    /// An error came instead of a delegation.
    Refused,
    /// The server leads to another zone's servers.
    Elsewhere,
    /// The parent has no delegation.
    NotDelegated,
    /// A name server of ours is not listed.
    MissingNs,
    /// A name server is listed that is none of ours.
    ExtraNs,
    /// An address of a name server inside the domain is not given.
    MissingGlue,
    /// An address is given that is none of that name server.
    ExtraGlue,
    /// A record that holds too short.
    ShortTtl,
    /// The parent says that the zone is signed.
    Ds,
    /// A name server that has no authority over the domain.
    Lame,
    /// A name server that lists others than the configuration.
    OtherNs,
}

impl Difference {
    /// A difference in words.
    pub fn new(kind: DifferenceKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// The delegations of all domains, in the order of the configuration.
pub fn delegations(policy: &Policy) -> Vec<Delegation> {
    let mut all: Vec<Delegation> = Vec::new();
    for federation in &policy.federations {
        let domain = &federation.domain;
        let index = all.iter().position(|it| it.domain == *domain).unwrap_or_else(|| {
            let above = policy.federations.iter().map(|other| &other.domain);
            let above = above.filter(|other| *other != domain && domain.is_within(other));
            let (federations, nameservers) = (Vec::new(), Vec::new());
            let parent = above.max_by_key(|name| name.label_count()).cloned();
            all.push(Delegation { domain: domain.clone(), federations, nameservers, parent });
            all.len() - 1
        });
        let delegation = &mut all[index];
        delegation.federations.push(federation.name.to_string());
        for server in &federation.nameservers {
            if delegation.nameservers.iter().all(|known| known.name != server.name) {
                // Whichever federation says where a name server is, says it for all.
                let addresses = addresses(policy, &server.name);
                delegation.nameservers.push(Nameserver { name: server.name.clone(), addresses });
            }
        }
    }
    all
}

fn addresses(policy: &Policy, name: &Name) -> Vec<IpAddr> {
    let all = policy.federations.iter().flat_map(|federation| &federation.nameservers);
    let own = all.filter(|server| server.name == *name).flat_map(|server| &server.addresses);
    own.copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a parent's server gave for a domain.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Served {
    /// Name servers, each with its TTL.
    pub nameservers: Vec<(DnsName, u32)>,
    /// Their addresses, each with its TTL.
    pub glue: Vec<(DnsName, IpAddr, u32)>,
    /// Whether the server answers for the domain itself, so that the parent's own records are not
    /// seen.
    pub is_own: bool,
}

impl Served {
    /// Reads the reply of a parent's server to a question for NS of the domain.
    ///
    /// # Errors
    /// There is no delegation in it.
    pub fn read(domain: &Name, reply: &Message) -> Result<Self, Difference> {
        let name = dns_name(domain);
        let rcode = reply.metadata.response_code;
        if !matches!(rcode, ResponseCode::NoError | ResponseCode::NXDomain) {
            let text = format!("answers {}: it does not serve the parent zone", code(rcode));
            return Err(Difference::new(DifferenceKind::Refused, text));
        }
        let sections = reply.answers.iter().chain(&reply.authorities);
        let all = sections.filter_map(|record| match &record.data {
            RData::NS(ns) => Some((&record.name, (ns.0.clone(), record.ttl))),
            _ => None,
        });
        let (own, others): (Vec<_>, Vec<_>) = all.partition(|(owner, _)| **owner == name);
        if own.is_empty() {
            return Err(match others.first() {
                Some((owner, _)) => Difference::new(
                    DifferenceKind::Elsewhere,
                    format!(
                        "leads to the name servers of {}: ask those",
                        presentation::name(owner)
                    ),
                ),
                None => Difference::new(
                    DifferenceKind::NotDelegated,
                    format!("does not delegate {domain}: {}, and no NS", code(rcode)),
                ),
            });
        }
        let is_own = reply.metadata.authoritative;
        if !is_own && reply.answers.iter().any(|record| record.name == name) {
            // A delegation stands in the authority section (RFC 1034, section 4.3.2).
            let text = "answers from a cache: it does not serve the parent zone";
            return Err(Difference::new(DifferenceKind::Refused, text));
        }
        let glue = reply.additionals.iter().filter_map(|record| {
            let address = match &record.data {
                RData::A(a) => IpAddr::V4(a.0),
                RData::AAAA(aaaa) => IpAddr::V6(aaaa.0),
                _ => return None,
            };
            Some((record.name.clone(), address, record.ttl))
        });
        Ok(Self {
            nameservers: own.into_iter().map(|(_, server)| server).collect(),
            glue: glue.collect(),
            is_own,
        })
    }
}

impl Delegation {
    /// The records that the parent zone has to hold.
    pub fn rows(&self) -> Vec<RecordRow> {
        let row = |name: &Name, record_type, data: String| RecordRow {
            name: name.to_string(),
            ttl: TTL,
            record_type,
            data,
        };
        let mut rows: Vec<_> = self
            .nameservers
            .iter()
            .map(|server| row(&self.domain, "NS", server.name.to_string()))
            .collect();
        for server in self.inside() {
            rows.extend(server.addresses.iter().map(|address| {
                row(&server.name, if address.is_ipv4() { "A" } else { "AAAA" }, address.to_string())
            }));
        }
        rows
    }

    /// Those name servers that are found by addresses in the parent zone only.
    fn inside(&self) -> impl Iterator<Item = &Nameserver> {
        self.nameservers.iter().filter(|server| server.name.is_within(&self.domain))
    }

    /// How what a parent's server gave differs from what it should.
    pub fn compare(&self, served: &Served) -> Vec<Difference> {
        let mut found = self.compare_nameservers(served);
        if !served.is_own {
            found.extend(self.compare_glue(served));
        }
        let all = served.nameservers.iter().map(|(_, ttl)| ttl);
        let least = all.chain(served.glue.iter().map(|(_, _, ttl)| ttl)).min();
        if let Some(least) = least.filter(|ttl| **ttl < LEAST_TTL) {
            let text =
                format!("a TTL is {least} s; resolvers ask all the time below {LEAST_TTL} s");
            found.push(Difference::new(DifferenceKind::ShortTtl, text));
        }
        found
    }

    fn compare_nameservers(&self, served: &Served) -> Vec<Difference> {
        let mut found = Vec::new();
        let has = |name: &DnsName| served.nameservers.iter().any(|(served, _)| served == name);
        for server in self.nameservers.iter().filter(|server| !has(&dns_name(&server.name))) {
            found.push(Difference::new(
                DifferenceKind::MissingNs,
                format!("NS {} is missing", server.name),
            ));
        }
        for (name, _) in served.nameservers.iter().filter(|(name, _)| !self.lists(name)) {
            let name = presentation::name(name);
            let text = format!("NS {name} is none of the configuration");
            found.push(Difference::new(DifferenceKind::ExtraNs, text));
        }
        found
    }

    fn compare_glue(&self, served: &Served) -> Vec<Difference> {
        let mut found = Vec::new();
        for server in self.inside() {
            let name = dns_name(&server.name);
            let given: Vec<IpAddr> =
                served.glue.iter().filter(|(owner, ..)| *owner == name).map(|it| it.1).collect();
            for missing in server.addresses.iter().filter(|address| !given.contains(address)) {
                let text = format!("glue of {}: {missing} is missing", server.name);
                found.push(Difference::new(DifferenceKind::MissingGlue, text));
            }
            for extra in given.iter().filter(|address| !server.addresses.contains(address)) {
                let text = format!("glue of {}: {extra} is none of the configuration", server.name);
                found.push(Difference::new(DifferenceKind::ExtraGlue, text));
            }
        }
        found
    }

    fn lists(&self, name: &DnsName) -> bool {
        self.nameservers.iter().any(|server| dns_name(&server.name) == *name)
    }

    /// What is wrong with a parent's reply to a question for DS: there should be none.
    pub fn judge_ds(&self, reply: &Message) -> Option<Difference> {
        let name = dns_name(&self.domain);
        let is_ds =
            reply.answers.iter().any(|it| it.record_type() == RecordType::DS && it.name == name);
        is_ds.then(|| {
            let text = "DS is there, and the zone is not signed: whoever validates gets no answer";
            Difference::new(DifferenceKind::Ds, text)
        })
    }

    /// What is wrong with a name server's reply to a question for the SOA of the domain.
    pub fn judge_soa(&self, reply: &Message) -> Option<Difference> {
        let name = dns_name(&self.domain);
        let has_soa =
            reply.answers.iter().any(|it| it.record_type() == RecordType::SOA && it.name == name);
        let rcode = reply.metadata.response_code;
        let why = match (rcode, has_soa, reply.metadata.authoritative) {
            (ResponseCode::NoError, true, true) => return None,
            (ResponseCode::NoError, true, false) => "it answers, but not with authority".to_owned(),
            (ResponseCode::NoError, false, _) => "no SOA".to_owned(),
            (rcode, ..) => code(rcode),
        };
        Some(Difference::new(
            DifferenceKind::Lame,
            format!("does not serve {}: {why}", self.domain),
        ))
    }

    /// What is wrong with a name server's reply to a question for NS of the domain.
    pub fn judge_ns(&self, reply: &Message) -> Option<Difference> {
        let given: BTreeSet<DnsName> = reply
            .answers
            .iter()
            .filter_map(|record| match &record.data {
                RData::NS(ns) => Some(ns.0.to_lowercase()),
                _ => None,
            })
            .collect();
        let wanted: BTreeSet<DnsName> =
            self.nameservers.iter().map(|server| dns_name(&server.name)).collect();
        (given != wanted).then(|| {
            let names: Vec<_> = given.iter().map(presentation::name).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let text = format!("lists other name servers than the configuration: {names}");
            Difference::new(DifferenceKind::OtherNs, text)
        })
    }
}

/// A name of ours as the decoder has it.
pub fn dns_name(name: &Name) -> DnsName {
    DnsName::from_labels(name.labels()).unwrap_or_else(|_| DnsName::root())
}

fn code(rcode: ResponseCode) -> String {
    crate::core::wire::Rcode(u16::from(rcode)).as_str().to_owned()
}
