//! Federations: names, domains and name servers that go together.
//!
//! In: `federations` as written, and the clusters' domains. Out: the core's [`Federation`]s.
//! Does not know services, or what stands in static zone files; it looks only whether they exist.

use std::net::IpAddr;
use std::ops::Range;
use std::path::Path;

use crate::config::checks::{refuse_twice, require};
use crate::config::defaults;
use crate::config::fault::Fault;
use crate::config::read::{At, Given, Notes};
use crate::config::spec::{Federation as FederationSpec, Nameserver as NameserverSpec, Spec};
use crate::core::name::{Label, Name};
use crate::core::policy::{Federation, Nameserver};

/// The federations of the file.
pub(super) fn lower(spec: &Spec, zones_dir: Option<&Path>, notes: &mut Notes) -> Vec<Federation> {
    let all = spec.federations.items();
    let names = all.iter().filter_map(|federation| federation.value.name.at());
    refuse_twice("federation", names.map(|name| (&name.value.0, &name.span)), notes);
    let mut lowered = Vec::new();
    for At { value, span } in all {
        refuse_public_tld(value, notes);
        refuse_domain_in_cluster(value, spec, notes);
        refuse_too_long(value, notes);
        refuse_domain_over_names(value, all, notes);
        check_nameservers(value, span, all, zones_dir, notes);
        lowered.extend(federation(value, span, all, notes));
    }
    lowered
}

fn federation(
    spec: &FederationSpec,
    place: &Range<usize>,
    all: &[At<FederationSpec>],
    notes: &mut Notes,
) -> Option<Federation> {
    require(&spec.name, place, "a federation has no `name`", "name: myfed", notes);
    require(&spec.domain, place, "a federation has no `domain`", "domain: example.com", notes);
    let domain = spec.domain.value()?;
    // Federations that share a domain share its name servers: one that gives none has those.
    let own = spec.nameservers.items();
    let shared = || sharing(domain, all).flat_map(|federation| federation.nameservers.items());
    let nameservers: Vec<Nameserver> = match own {
        [] => shared().filter_map(nameserver).collect(),
        _ => own.iter().filter_map(nameserver).collect(),
    };
    Some(Federation {
        name: spec.name.value()?.0.clone(),
        domain: domain.clone(),
        ttl: spec.ttl.value().map_or(defaults::TTL, |ttl| ttl.0),
        when_all_down: spec.when_all_down.value().copied().unwrap_or_default(),
        publish: spec.publish.value().copied().unwrap_or_default(),
        nameservers,
    })
}

fn nameserver(spec: &At<NameserverSpec>) -> Option<Nameserver> {
    let addresses = spec.value.addresses.items().iter().map(|address| address.value).collect();
    Some(Nameserver { name: spec.value.name.value()?.clone(), addresses })
}

fn sharing<'a>(
    domain: &'a Name,
    all: &'a [At<FederationSpec>],
) -> impl Iterator<Item = &'a FederationSpec> {
    all.iter().map(|at| &at.value).filter(move |other| other.domain.value() == Some(domain))
}

/// Top-level domains in which nobody but their owners has names, and that federations may well be
/// called like: a search that ends there finds nothing, so that they are told and not refused.
const CLOSED_TLDS: [&str; 8] = ["abc", "aws", "azure", "cisco", "google", "ibm", "oracle", "prod"];

fn refuse_public_tld(spec: &FederationSpec, notes: &mut Notes) {
    let Some(At { value: name, span }) = spec.name.at() else { return };
    let name = name.0.as_str();
    let is_tld = psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known());
    let is_allowed = match &spec.allow_tld {
        Given::Absent => false,
        Given::Refused => true,
        Given::Value(at) => at.value,
    };
    if is_tld && !is_allowed && CLOSED_TLDS.contains(&name) {
        let owner = "a top-level domain that one owner keeps for itself; say `allowTld: true` if \
                     that is meant";
        notes.warn(span, format!("federation `{name}` is called like {owner}"));
    } else if is_tld && !is_allowed {
        let title = format!("federation `{name}` is called like a public top-level domain");
        let fault = Fault::at(span, title).label("search paths end at the public root");
        notes.fault(fault.help(
            "choose another name, or set `allowTld: true` if its names are never asked without a domain",
        ));
    }
}

fn refuse_domain_in_cluster(spec: &FederationSpec, config: &Spec, notes: &mut Notes) {
    let Some(At { value: domain, span }) = spec.domain.at() else { return };
    let default = config.cluster_defaults.value().map(|defaults| &defaults.cluster_domain);
    let usual = Name::parse(defaults::CLUSTER_DOMAIN).ok();
    for cluster in config.clusters.items() {
        let own = &cluster.value.cluster_domain;
        let given = default.map_or(own, |default| own.or(default));
        if !given.is_absent() && given.value().is_none() {
            continue;
        }
        let Some(inside) = given.value().or(usual.as_ref()).filter(|name| domain.is_within(name))
        else {
            continue;
        };
        let title =
            format!("the domain {domain} lies inside {inside}, which a cluster has for itself");
        let fault = Fault::at(span, title).label("no cluster would ask us for it").help(
            "choose a domain outside every `clusterDomain` (`cluster.local` where none is given)",
        );
        notes.fault(match given.at() {
            Some(at) => fault.earlier(&at.span, "the clusterDomain"),
            None => fault,
        });
        return;
    }
}

/// The shortest name that a federation can have, and the one in the SOA, must fit 255 octets.
fn refuse_too_long(spec: &FederationSpec, notes: &mut Notes) {
    let (Some(domain), Some(name)) = (spec.domain.at(), spec.name.value()) else { return };
    let shortest: Option<Vec<Label>> = ["svc", name.0.as_str(), "a", "a"]
        .into_iter()
        .map(|label| Label::parse(label).ok())
        .collect();
    let service = shortest.and_then(|labels| {
        labels.iter().try_fold(domain.value.clone(), |name, label| name.child(label))
    });
    let mailbox = Label::parse("hostmaster").ok().and_then(|label| domain.value.child(&label));
    if service.is_none() || mailbox.is_none() {
        let title = format!("the domain of federation `{}` is too long", name.0);
        let fault = Fault::at(&domain.span, title);
        notes.fault(fault.label("no service's name below it would fit 255 octets"));
    }
}

/// The deepest apex owns a name: a domain right below `svc` or a federation's label of another
/// domain takes names of services away from that one.
fn refuse_domain_over_names(spec: &FederationSpec, all: &[At<FederationSpec>], notes: &mut Notes) {
    let Some(At { value: domain, span }) = spec.domain.at() else { return };
    for other in all.iter().map(|at| &at.value) {
        let (Some(above), Some(name)) = (other.domain.value(), other.name.value()) else {
            continue;
        };
        if domain == above || !domain.is_within(above) {
            continue;
        }
        let depth = domain.label_count() - above.label_count();
        let Some(label) = domain.labels().nth(depth - 1) else { continue };
        if label == b"svc" {
            let title = format!("the domain {domain} hides the names of federation `{}`", name.0);
            let fault = Fault::at(span, title).label(format!("svc.{above} holds its services"));
            notes.fault(fault.help("choose a domain that is not below `svc` of another one"));
            return;
        }
        if label == name.0.as_str().as_bytes() {
            let text = format!(
                "the domain {domain} hides the short global names of federation `{}`; its \
                 canonical ones, with `svc`, are not affected",
                name.0
            );
            notes.warn(span, text);
        }
    }
}

fn check_nameservers(
    spec: &FederationSpec,
    place: &Range<usize>,
    all: &[At<FederationSpec>],
    zones_dir: Option<&Path>,
    notes: &mut Notes,
) {
    let own = spec.nameservers.items();
    let names = own.iter().filter_map(|server| server.value.name.at());
    refuse_twice("nameserver", names.map(|name| (&name.value, &name.span)), notes);
    for server in own {
        require(
            &server.value.name,
            &server.span,
            "a nameserver has no `name`",
            "name: ns1.example.com",
            notes,
        );
        refuse_underscore(&server.value, notes);
    }
    let Some(domain) = spec.domain.value() else { return };
    if has_zone_file(domain, zones_dir) {
        return;
    }
    let given = || sharing(domain, all).flat_map(|federation| federation.nameservers.items());
    let is_unread = sharing(domain, all).any(|federation| {
        let given = &federation.nameservers;
        !given.is_absent() && given.value().is_none_or(|list| !list.is_whole)
    });
    if given().next().is_none() && !is_unread {
        let title = format!("nobody is named as nameserver of {domain}");
        let at = spec.nameservers.at().map_or(place, |at| &at.span);
        let plain = domain.to_string();
        notes
            .fault(Fault::at(at, title).label("this federation has no `nameservers`").help(format!(
            "add `nameservers: [{{ name: ns1.{}, addresses: [192.0.2.53] }}]` with your address",
            plain.trim_end_matches('.'),
        )));
    }
    for server in own {
        refuse_unreachable(&server.value, notes);
        refuse_without_glue(&server.value, spec, all, zones_dir, notes);
    }
}

/// Nobody who is sent to these addresses arrives.
fn refuse_unreachable(server: &NameserverSpec, notes: &mut Notes) {
    for At { value: address, span } in server.addresses.items() {
        let canonical = address.to_canonical();
        let is_broadcast = matches!(canonical, IpAddr::V4(v4) if v4.is_broadcast());
        if canonical.is_unspecified() || canonical.is_multicast() || is_broadcast {
            let title = format!("{address} is no address of a name server");
            notes.fault(Fault::at(span, title).label("no query could be sent there"));
        } else if canonical.is_loopback() {
            let why = "is the loopback address: resolvers elsewhere would ask themselves";
            notes.warn(span, format!("{address} of a name server {why}"));
        }
    }
}

/// A name server inside a zone that is served here, its own above all, can only be found by addresses
/// that are given here.
fn refuse_without_glue(
    server: &NameserverSpec,
    federation: &FederationSpec,
    all: &[At<FederationSpec>],
    zones_dir: Option<&Path>,
    notes: &mut Notes,
) {
    let Some(name) = server.name.at() else { return };
    let domains = all.iter().filter_map(|at| at.value.domain.value());
    let around = domains.filter(|domain| name.value.is_within(domain));
    let deepest = around.max_by_key(|domain| domain.label_count());
    let Some(domain) = deepest.filter(|domain| !has_zone_file(domain, zones_dir)) else { return };
    let says_where = |other: &NameserverSpec| {
        // A refused address has its fault already.
        let given = &other.addresses;
        let is_unread = !given.is_absent() && given.value().is_none_or(|list| !list.is_whole);
        other.name.value() == Some(&name.value) && (is_unread || !given.items().is_empty())
    };
    let mut given = all.iter().flat_map(|at| at.value.nameservers.items());
    if !given.any(|other| says_where(&other.value)) {
        let title = format!("nameserver {} has no addresses", name.value);
        if Some(domain) != federation.domain.value() {
            // Whoever asked above us may have them all the same; we would say that it does not exist.
            let why =
                format!("lies inside {domain}, a zone that is served here: add `addresses: [..]`");
            return notes.warn(&name.span, format!("{title} and {why}"));
        }
        let label = format!("lies inside {domain}, the zone it serves");
        let fault = Fault::at(&name.span, title).label(label);
        notes.fault(fault.help("add `addresses: [..]`: without them nobody can reach the zone"));
    }
}

fn refuse_underscore(spec: &NameserverSpec, notes: &mut Notes) {
    let Some(name) = spec.name.at() else { return };
    if name.value.labels().any(|label| label.contains(&b'_')) {
        let title = format!("nameserver {} is no host name", name.value);
        let fault = Fault::at(&name.span, title);
        notes.fault(fault.label("host names have no underscores (RFC 1123, section 2.1)"));
    }
}

fn has_zone_file(domain: &Name, zones_dir: Option<&Path>) -> bool {
    let file = format!("{domain}zone");
    zones_dir.is_some_and(|dir| dir.join(file).is_file())
}
