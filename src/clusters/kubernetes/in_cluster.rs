//! What tells askers inside a cluster apart, and what they are answered: addresses and networks.
//!
//! In: the fields of Nodes, Services and EndpointSlices that say so. Out: values of the core; what
//! can not be read is a flaw and left out alone.
//! Does not know objects' names, places or load balancers.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::core::complaint::Flaw;
use crate::core::name::Name;
use crate::core::service::{Endpoint, Inside, MAX_ENDPOINTS, ServiceType};

use super::field::{Field, Text, quoted};
use super::manifest::{List, Manifest, Spec};

/// What `spec.clusterIP` says of a headless Service.
const HEADLESS: &str = "None";
/// Flaws of one sort that one object has at most: a slice may hold a thousand endpoints.
const MAX_FLAWS: usize = 8;

/// The text of a field; empty text is absent.
pub(super) fn filled<'a>(field: Field<Text<'a>>, path: &str) -> Result<Option<Text<'a>>, Box<str>> {
    Ok(field.given(path)?.filter(|Text(text)| !text.is_empty()))
}

pub(super) fn bad_address(text: &str) -> Flaw {
    Flaw::BadAddress(quoted(text).into())
}

/// An address; one of IPv4 inside of IPv6 is one of IPv4.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(|address: IpAddr| address.to_canonical())
}

/// Keeps a flaw, but for one that is there already, or one too many.
fn note(flaw: Flaw, flaws: &mut Vec<Flaw>) {
    if flaws.len() < MAX_FLAWS && !flaws.contains(&flaw) {
        flaws.push(flaw);
    }
}

/// Where who asks is a node or a pod on it.
pub(super) struct NodeNetworks {
    /// The node's own addresses.
    pub(super) addresses: Vec<IpAddr>,
    /// The networks of its pods.
    pub(super) pods: Vec<IpNet>,
}

/// A node's own addresses, and the networks of its pods.
pub(super) fn node_networks(
    manifest: Manifest<'_>,
    flaws: &mut Vec<Flaw>,
) -> Result<NodeNetworks, Flaw> {
    let unusable = Flaw::ObjectUnusable;
    let status = manifest.status.given("status").map_err(unusable)?.unwrap_or_default();
    let given = status.addresses.given("status.addresses").map_err(unusable)?;
    let mut addresses = Vec::new();
    for entry in given.unwrap_or_default().0 {
        let kind = filled(entry.address_type, "status.addresses.type").map_err(unusable)?;
        let text = filled(entry.address, "status.addresses.address").map_err(unusable)?;
        let (Some(Text(kind)), Some(Text(text))) = (kind, text) else { continue };
        if !matches!(kind.as_ref(), "InternalIP" | "ExternalIP") {
            continue;
        }
        match address(&text) {
            Some(address) if addresses.contains(&address) => {}
            Some(address) => addresses.push(address),
            None => note(bad_address(&text), flaws),
        }
    }
    let spec = manifest.spec.given("spec").map_err(unusable)?.unwrap_or_default();
    let one = filled(spec.pod_cidr, "spec.podCIDR").map_err(unusable)?;
    let List(all) = spec.pod_cidrs.given("spec.podCIDRs").map_err(unusable)?.unwrap_or_default();
    let mut networks = Vec::new();
    for Text(text) in all.into_iter().chain(one) {
        // A network of everything is none that tells anybody apart.
        match text.parse::<IpNet>().ok().filter(|network| network.prefix_len() > 0) {
            Some(network) if networks.contains(&network.trunc()) => {}
            Some(network) => networks.push(network.trunc()),
            None => note(Flaw::BadNetwork(quoted(&text).into()), flaws),
        }
    }
    Ok(NodeNetworks { addresses, pods: networks })
}

/// How a Service is reached inside its cluster.
pub(super) fn of_service(
    service_type: ServiceType,
    spec: &mut Spec<'_>,
    flaws: &mut Vec<Flaw>,
) -> Result<Inside, Flaw> {
    let unusable = Flaw::ObjectUnusable;
    let external = filled(std::mem::take(&mut spec.external_name), "spec.externalName");
    let one = filled(std::mem::take(&mut spec.cluster_ip), "spec.clusterIP").map_err(unusable)?;
    let all = std::mem::take(&mut spec.cluster_ips).given("spec.clusterIPs").map_err(unusable)?;
    if service_type == ServiceType::ExternalName {
        let Some(Text(text)) = external.map_err(unusable)? else { return Ok(Inside::Unassigned) };
        let name = text.strip_suffix('.').unwrap_or(&text).to_ascii_lowercase();
        // Digits alone are a name to Kubernetes and an address to everybody else.
        if name.parse::<IpAddr>().is_ok() || Name::parse(&name).is_err() {
            note(Flaw::BadExternalName(quoted(&text).into()), flaws);
            return Ok(Inside::Unassigned);
        }
        return Ok(Inside::ExternalName(name.into()));
    }
    let mut addresses = Vec::new();
    for Text(text) in all.unwrap_or_default().0.into_iter().chain(one) {
        if text == HEADLESS {
            return Ok(Inside::Headless);
        }
        match address(&text) {
            Some(address) if addresses.contains(&address) => {}
            Some(address) => addresses.push(address),
            None if text.is_empty() => {}
            None => note(bad_address(&text), flaws),
        }
    }
    Ok(if addresses.is_empty() { Inside::Unassigned } else { Inside::ClusterIps(addresses) })
}

/// The addresses of endpoints, as many as are of any use.
pub(super) fn endpoints(given: Vec<(Text<'_>, bool)>, flaws: &mut Vec<Flaw>) -> Vec<Endpoint> {
    let mut endpoints = Vec::with_capacity(given.len().min(MAX_ENDPOINTS));
    for (Text(text), is_ready) in given {
        match address(&text) {
            Some(_) if endpoints.len() == MAX_ENDPOINTS => {}
            Some(address) => endpoints.push(Endpoint { address, is_ready }),
            None => note(bad_address(&text), flaws),
        }
    }
    endpoints
}
