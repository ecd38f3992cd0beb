//! Lowering: what an object of Kubernetes says, as facts of the core.
//!
//! In: a [`Manifest`] and its kind. Out: an `Object` with its flaws; nothing where the object
//! means nothing here; or [`Unusable`].
//! Does not know which file or watch the object came from, nor what other objects say.

use std::time::Duration;

use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Facts, NodeFacts, Object};
use crate::core::name::{Label, Name};
use crate::core::service::{Drain, Ingress, ServiceFacts, ServiceKey, ServiceType, SliceFacts};

use super::field::{Field, Text, Word, quoted};
use super::in_cluster::{self, NodeNetworks, bad_address, filled};
use super::manifest::{IngressEntry, Labels, Manifest, Metadata, ObjectKind};

/// The namespace of objects that name none.
pub const DEFAULT_NAMESPACE: &str = "default";

const REGION: &str = "topology.kubernetes.io/region";
const ZONE: &str = "topology.kubernetes.io/zone";
const OLDER_REGION: &str = "failure-domain.beta.kubernetes.io/region";
const OLDER_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
const PUBLISH: &str = "fedns.dev/publish";
const TTL: &str = "fedns.dev/ttl";
const DRAIN: &str = "fedns.dev/drain";
const WEIGHT: &str = "fedns.dev/weight";

/// Largest TTL (RFC 2181, section 8), in seconds.
const MAX_TTL: u64 = 0x7fff_ffff;

/// Largest weight of a shard.
const MAX_WEIGHT: u16 = 1000;

/// An object that can not be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unusable {
    /// The object; `None` where it does not even have a name.
    pub subject: Option<Subject>,
    /// Why.
    pub flaw: Flaw,
}

/// What `manifest`, an object of this kind, says. `None` where it means nothing here: an
/// EndpointSlice of no Service, or of names in place of addresses.
///
/// # Errors
/// Objects that can not be used as a whole.
pub fn lower(kind: ObjectKind, mut manifest: Manifest<'_>) -> Result<Option<Object>, Unusable> {
    let nameless = |why: Box<str>| Unusable {
        subject: None,
        flaw: Flaw::ObjectUnusable(format!("{}: {why}", kind.as_str()).into()),
    };
    let mut metadata = std::mem::take(&mut manifest.metadata)
        .given("metadata")
        .map_err(nameless)?
        .unwrap_or_default();
    let name =
        filled(std::mem::take(&mut metadata.name).text(), "metadata.name").map_err(nameless)?;
    let Text(name) = name.ok_or_else(|| nameless("metadata.name is missing".into()))?;
    let namespace = filled(std::mem::take(&mut metadata.namespace).text(), "metadata.namespace");
    let namespace = namespace.map_err(|why| nameless(format!("{name}: {why}").into()))?;
    let namespace = namespace.map_or(DEFAULT_NAMESPACE.into(), |Text(namespace)| namespace);
    let object = match kind {
        ObjectKind::EndpointSlice => slice(&namespace, &name, manifest, metadata),
        ObjectKind::Node => node(&name, manifest, metadata).map(Some),
        ObjectKind::Service => service(&namespace, &name, manifest, metadata).map(Some),
    };
    object.map_err(|flaw| {
        let subject = match kind {
            ObjectKind::EndpointSlice => Subject::Slice(namespace.into(), name.into()),
            ObjectKind::Node => Subject::Node(name.into()),
            ObjectKind::Service => Subject::Service(namespace.into(), name.into()),
        };
        Unusable { subject: Some(subject), flaw }
    })
}

fn node(name: &str, manifest: Manifest<'_>, metadata: Metadata<'_>) -> Result<Object, Flaw> {
    let labels = labels(metadata.labels)?;
    let mut flaws = Vec::new();
    let region = place([(REGION, labels.region), (OLDER_REGION, labels.older_region)], &mut flaws)?;
    let zone = place([(ZONE, labels.zone), (OLDER_ZONE, labels.older_zone)], &mut flaws)?;
    let NodeNetworks { addresses, pods: pod_networks } =
        in_cluster::node_networks(manifest, &mut flaws)?;
    let facts = NodeFacts { region, zone, addresses, pod_networks };
    Ok(Object { facts: Facts::Node(name.into(), facts), flaws })
}

fn labels(field: Field<Labels<'_>>) -> Result<Labels<'_>, Flaw> {
    Ok(field.given("metadata.labels").map_err(Flaw::ObjectUnusable)?.unwrap_or_default())
}

/// The place that the first label with a value names.
fn place(
    labels: [(&'static str, Field<Word<'_>>); 2],
    flaws: &mut Vec<Flaw>,
) -> Result<Option<Label>, Flaw> {
    for (key, field) in labels {
        let value = filled(field.text(), &format!("metadata.labels.{key}"));
        let Some(Text(value)) = value.map_err(Flaw::ObjectUnusable)? else { continue };
        let why = match Label::parse(&value) {
            // `svc` stands in names where a place would stand too.
            Ok(label) if label.as_str() == "svc" => "`svc` is a word of the names".into(),
            Ok(label) => return Ok(Some(label)),
            Err(why) => why.to_string(),
        };
        flaws.push(Flaw::BadPlace(key, value.into(), why.into()));
        return Ok(None);
    }
    Ok(None)
}

fn service(
    namespace: &str,
    name: &str,
    manifest: Manifest<'_>,
    metadata: Metadata<'_>,
) -> Result<Object, Flaw> {
    let key = service_key(namespace, name)?;
    let unusable = Flaw::ObjectUnusable;
    let mut flaws = Vec::new();
    let deletion = filled(metadata.deletion_timestamp, "metadata.deletionTimestamp");
    let labels = labels(metadata.labels)?;
    let label = labels.publish.given("metadata.labels.fedns.dev/publish").map_err(unusable)?;
    let annotations = metadata.annotations.given("metadata.annotations").map_err(unusable)?;
    let annotations = annotations.unwrap_or_default();
    let mut spec = manifest.spec.given("spec").map_err(unusable)?.unwrap_or_default();
    let service_type = service_type(std::mem::take(&mut spec.service_type))?;
    let inside = in_cluster::of_service(service_type, &mut spec, &mut flaws)?;
    let not_ready = spec.publish_not_ready_addresses.given("spec.publishNotReadyAddresses");
    let status = manifest.status.given("status").map_err(unusable)?.unwrap_or_default();
    let balancer = status.load_balancer.given("status.loadBalancer").map_err(unusable)?;
    let entries = balancer.unwrap_or_default().ingress.given("status.loadBalancer.ingress");
    let facts = ServiceFacts {
        service_type,
        is_deleting: deletion.map_err(unusable)?.is_some(),
        publishes_not_ready: not_ready.map_err(unusable)?.unwrap_or_default(),
        is_opted_out: opted_out(annotations.publish, &mut flaws)?,
        is_labelled: label.is_some_and(|Word(value)| value == "true"),
        ttl: ttl(annotations.ttl, &mut flaws)?,
        weight: weight(annotations.weight, &mut flaws)?,
        drain: drain(annotations.drain, &mut flaws)?,
        ingress: ingress(entries.map_err(unusable)?.unwrap_or_default().0, &mut flaws)?,
        inside,
    };
    Ok(Object { facts: Facts::Service(key, facts), flaws })
}

fn service_key(namespace: &str, name: &str) -> Result<ServiceKey, Flaw> {
    let bad =
        |what, text, why| Flaw::BadServiceName(format!("{what} {:?}: {why}", quoted(text)).into());
    Ok(ServiceKey {
        namespace: Label::parse(namespace).map_err(|why| bad("namespace", namespace, why))?,
        name: Label::parse(name).map_err(|why| bad("name", name, why))?,
    })
}

fn service_type(field: Field<Text<'_>>) -> Result<ServiceType, Flaw> {
    let Some(Text(text)) = filled(field, "spec.type").map_err(Flaw::ObjectUnusable)? else {
        return Ok(ServiceType::ClusterIp);
    };
    match text.as_ref() {
        "ClusterIP" => Ok(ServiceType::ClusterIp),
        "ExternalName" => Ok(ServiceType::ExternalName),
        "LoadBalancer" => Ok(ServiceType::LoadBalancer),
        "NodePort" => Ok(ServiceType::NodePort),
        other => Err(Flaw::ObjectUnusable(
            format!("spec.type: {:?} is no type of a Service", quoted(other)).into(),
        )),
    }
}

fn opted_out(field: Field<Text<'_>>, flaws: &mut Vec<Flaw>) -> Result<bool, Flaw> {
    let field = field.given("metadata.annotations.fedns.dev/publish");
    let Some(Text(value)) = field.map_err(Flaw::ObjectUnusable)? else { return Ok(false) };
    if !matches!(value.as_ref(), "true" | "false") {
        let value = quoted(&value).into();
        flaws.push(Flaw::BadAnnotation(PUBLISH, value, "\"true\" or \"false\""));
        return Ok(false);
    }
    Ok(value == "false")
}

fn ttl(field: Field<Text<'_>>, flaws: &mut Vec<Flaw>) -> Result<Option<u32>, Flaw> {
    let field = field.given("metadata.annotations.fedns.dev/ttl");
    let Some(Text(value)) = field.map_err(Flaw::ObjectUnusable)? else { return Ok(None) };
    let seconds = seconds(&value);
    if seconds.is_none() {
        let expected = "seconds up to 2147483647, or a duration in whole seconds such as 30s or 5m";
        flaws.push(Flaw::BadAnnotation(TTL, quoted(&value).into(), expected));
    }
    Ok(seconds)
}

fn drain(field: Field<Text<'_>>, flaws: &mut Vec<Flaw>) -> Result<Option<Box<Drain>>, Flaw> {
    let field = field.given("metadata.annotations.fedns.dev/drain");
    let Some(Text(value)) = field.map_err(Flaw::ObjectUnusable)? else { return Ok(None) };
    Ok(Drain::parse(&value).map(|drain| drain.map(Box::new)).unwrap_or_else(|expected| {
        flaws.push(Flaw::BadAnnotation(DRAIN, quoted(&value).into(), expected));
        None
    }))
}

fn weight(field: Field<Text<'_>>, flaws: &mut Vec<Flaw>) -> Result<Option<u16>, Flaw> {
    let field = field.given("metadata.annotations.fedns.dev/weight");
    let Some(Text(value)) = field.map_err(Flaw::ObjectUnusable)? else { return Ok(None) };
    let is_number = !value.is_empty() && value.bytes().all(|octet| octet.is_ascii_digit());
    let weight = value.parse().ok().filter(|weight| is_number && *weight <= MAX_WEIGHT);
    if weight.is_none() {
        let expected = "a whole number from 0 to 1000";
        flaws.push(Flaw::BadAnnotation(WEIGHT, quoted(&value).into(), expected));
    }
    Ok(weight)
}

fn seconds(text: &str) -> Option<u32> {
    let duration = if !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit()) {
        Duration::from_secs(text.parse().ok()?)
    } else {
        humantime::parse_duration(text).ok()?
    };
    let is_whole = duration.subsec_nanos() == 0;
    let fits = is_whole && duration.as_secs() <= MAX_TTL;
    fits.then_some(duration.as_secs())?.try_into().ok()
}

fn ingress(entries: Vec<IngressEntry<'_>>, flaws: &mut Vec<Flaw>) -> Result<Vec<Ingress>, Flaw> {
    let mut ingress = Vec::with_capacity(entries.len());
    for entry in entries {
        let ip = filled(entry.ip, "status.loadBalancer.ingress.ip");
        let hostname = filled(entry.hostname, "status.loadBalancer.ingress.hostname");
        let ip = ip.map_err(Flaw::ObjectUnusable)?;
        let hostname = hostname.map_err(Flaw::ObjectUnusable)?;
        let lowered = match (ip, hostname) {
            (Some(Text(ip)), _) => address(&ip).ok_or_else(|| bad_address(&ip)),
            (None, Some(Text(name))) => self::hostname(&name).ok_or_else(|| bad_address(&name)),
            (None, None) => Err(Flaw::EmptyIngress),
        };
        match lowered {
            Ok(lowered) => ingress.push(lowered),
            Err(flaw) if flaws.contains(&flaw) => {}
            Err(flaw) => flaws.push(flaw),
        }
    }
    Ok(ingress)
}

fn address(text: &str) -> Option<Ingress> {
    in_cluster::address(text).map(Ingress::Address)
}

/// A hostname, lower-cased and without the final dot. Some providers write an address there:
/// no resolver would find it, and what is meant is plain.
fn hostname(text: &str) -> Option<Ingress> {
    if let Some(address) = address(text) {
        return Some(address);
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    Name::parse(name).ok()?;
    Some(Ingress::Hostname(name.to_ascii_lowercase().into()))
}

fn slice(
    namespace: &str,
    name: &str,
    manifest: Manifest<'_>,
    metadata: Metadata<'_>,
) -> Result<Option<Object>, Flaw> {
    let unusable = Flaw::ObjectUnusable;
    let owner = labels(metadata.labels)?.service_name;
    let owner =
        filled(owner.text(), "metadata.labels.kubernetes.io/service-name").map_err(unusable)?;
    let Some(Text(owner)) = owner else { return Ok(None) };
    let address_type = manifest.address_type.given("addressType").map_err(unusable)?;
    if address_type.is_some_and(|Text(address_type)| address_type == "FQDN") {
        return Ok(None);
    }
    let key = service_key(namespace, &owner)?;
    let endpoints = manifest.endpoints.given("endpoints").map_err(unusable)?.unwrap_or_default();
    let mut flaws = Vec::new();
    let facts = SliceFacts {
        name: name.into(),
        ready: endpoints.ready,
        not_ready: endpoints.not_ready,
        terminating: endpoints.terminating,
        endpoints: in_cluster::endpoints(endpoints.addresses, &mut flaws),
    };
    Ok(Some(Object { facts: Facts::Slice(key, facts), flaws }))
}
