//! Listeners: which addresses the process binds, each for one purpose.
//!
//! In: `listen`, `admin`, and the clusters' own `listen`. Out: addresses of UDP, TCP and HTTP;
//! one that is asked for twice on the same protocol is a fault.
//! Does not know sockets.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;

use crate::config::defaults;
use crate::config::fault::Fault;
use crate::config::read::{At, Given, List, Notes};
use crate::config::resolved::Listen;
use crate::config::spec::{Listen as ListenSpec, Spec};

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Protocol {
    Tcp,
    Udp,
}

const BOTH: &[Protocol] = &[Protocol::Udp, Protocol::Tcp];

/// Every address that does not belong to one cluster.
pub(super) struct Addresses {
    /// Those of DNS.
    pub(super) dns: Listen,
    /// That of HTTP.
    pub(super) admin: Option<SocketAddr>,
}

/// The addresses of the process.
pub(super) fn lower(spec: &Spec, notes: &mut Notes) -> Addresses {
    let mut bound = Bound::default();
    if let Some(at) = spec.listen.at() {
        refuse_nowhere(at, notes);
        match (&at.value.udp, &at.value.tcp) {
            (Given::Absent, one) | (one, Given::Absent) => bound.all(BOTH, one, "DNS", notes),
            (udp, tcp) => {
                bound.all(&[Protocol::Udp], udp, "DNS over UDP", notes);
                bound.all(&[Protocol::Tcp], tcp, "DNS over TCP", notes);
            }
        }
    }
    for cluster in spec.clusters.items() {
        let own = &cluster.value.listen;
        let listen = spec.cluster_defaults.value().map_or(own, |all| own.or(&all.listen));
        bound.all(BOTH, listen, "a cluster", notes);
    }
    let admin = admin(spec, &mut bound, notes);
    let dns = listen(spec);
    if spec.listen.is_absent() {
        bound.add_default(BOTH, defaults::LISTEN, "listen", notes);
    }
    Addresses { dns, admin }
}

fn admin(spec: &Spec, bound: &mut Bound, notes: &mut Notes) -> Option<SocketAddr> {
    let given = match &spec.admin {
        Given::Absent => &Given::Absent,
        Given::Refused => &Given::Refused,
        Given::Value(admin) => &admin.value.listen,
    };
    match given {
        Given::Absent => {
            bound.add_default(&[Protocol::Tcp], defaults::ADMIN, "admin.listen", notes);
            Some(defaults::ADMIN)
        }
        Given::Refused => None,
        Given::Value(at) => {
            let address = at.value.0?;
            let claim = Claim { span: at.span.clone(), purpose: "the admin address" };
            bound.add(&[Protocol::Tcp], address, claim, notes);
            Some(address)
        }
    }
}

/// A DNS server answers over both transports (RFC 7766, section 5), so the one that is not
/// mentioned takes the other's addresses. An empty list says: none.
fn listen(spec: &Spec) -> Listen {
    let addresses = |given: &Given<List<SocketAddr>>, other: &Given<List<SocketAddr>>| {
        let given = given.or(other);
        if given.is_absent() {
            return vec![defaults::LISTEN];
        }
        given.items().iter().map(|address| address.value).collect()
    };
    let none = ListenSpec::default();
    let spec = spec.listen.value().unwrap_or(&none);
    Listen { udp: addresses(&spec.udp, &spec.tcp), tcp: addresses(&spec.tcp, &spec.udp) }
}

fn refuse_nowhere(at: &At<ListenSpec>, notes: &mut Notes) {
    let is_none = |given: &Given<List<SocketAddr>>| {
        given.value().is_some_and(|list| list.items.is_empty() && list.is_whole)
    };
    let (udp, tcp) = (&at.value.udp, &at.value.tcp);
    if is_none(udp.or(tcp)) && is_none(tcp.or(udp)) {
        let fault = Fault::at(&at.span, "nothing is listened on");
        notes.fault(fault.help("give `udp` or `tcp` an address such as `127.0.0.1:5300`"));
    }
}

/// Who binds which address.
#[derive(Default)]
struct Bound(HashMap<(Protocol, SocketAddr), Claim>);

/// Where the file asks for an address, and what for.
#[derive(Clone)]
struct Claim {
    span: Range<usize>,
    purpose: &'static str,
}

impl Bound {
    fn all(
        &mut self,
        protocols: &[Protocol],
        addresses: &Given<List<SocketAddr>>,
        purpose: &'static str,
        notes: &mut Notes,
    ) {
        for address in addresses.items() {
            let claim = Claim { span: address.span.clone(), purpose };
            self.add(protocols, address.value, claim, notes);
        }
    }

    /// Binds `address` on all `protocols`; the first that is taken is the one fault.
    fn add(
        &mut self,
        protocols: &[Protocol],
        address: SocketAddr,
        claim: Claim,
        notes: &mut Notes,
    ) {
        // The system picks another port for every 0.
        if address.port() == 0 {
            return;
        }
        if let Some(earlier) = protocols.iter().find_map(|one| self.taken(*one, address)) {
            let fault = Fault::at(&claim.span, format!("{address} is listened on twice"));
            let fault = fault.label(format!("for {}", claim.purpose));
            notes.fault(fault.earlier(&earlier.span, format!("for {}", earlier.purpose)));
            return;
        }
        self.0.extend(protocols.iter().map(|one| ((*one, address), claim.clone())));
    }

    /// Who has an address already; a wildcard has every address of its family.
    fn taken(&self, protocol: Protocol, address: SocketAddr) -> Option<&Claim> {
        let meets = |other: &SocketAddr| {
            let is_wildcard = address.ip().is_unspecified() || other.ip().is_unspecified();
            let is_alike = address.port() == other.port() && address.is_ipv4() == other.is_ipv4();
            *other == address || (is_wildcard && is_alike)
        };
        let taken = self.0.iter().filter(|((it, other), _)| *it == protocol && meets(other));
        taken.map(|(_, claim)| claim).min_by_key(|claim| claim.span.start)
    }

    /// An address that the file does not mention; whoever took it is told.
    fn add_default(
        &self,
        protocols: &[Protocol],
        address: SocketAddr,
        key: &str,
        notes: &mut Notes,
    ) {
        let taken = protocols.iter().find_map(|protocol| self.taken(*protocol, address));
        if let Some(Claim { span, purpose }) = taken {
            let title = format!("{address} is listened on twice");
            let fault = Fault::at(span, title).label(format!("for {purpose}"));
            notes.fault(fault.help(format!("it is the default of `{key}`: give that another one")));
        }
    }
}
