//! The slim forms of Node, Service and EndpointSlice: the fields that mean something here.
//!
//! In: maps and lists of a serde source. Out: [`Manifest`], one form for the three kinds, since
//! an object may say last of which kind it is (kubectl prints EndpointSlices that way).
//! Unknown fields, above all `managedFields`, are skipped without being kept.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::field::{Field, Shape, Text, Word};

/// The kinds of objects that mean something here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ObjectKind {
    /// `discovery.k8s.io` EndpointSlice.
    EndpointSlice,
    /// `v1` Node.
    Node,
    /// `v1` Service.
    Service,
}

impl ObjectKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Node, Self::EndpointSlice, Self::Service];

    /// The kind called `kind`; other groups have kinds of the same names (Knative's Service).
    /// An object without `apiVersion` is taken for what its kind says.
    pub fn of(api_version: Option<&str>, kind: &str) -> Option<Self> {
        let is_core = api_version.is_none_or(|version| version == "v1");
        match kind {
            "EndpointSlice" => api_version
                .is_none_or(|version| version.starts_with("discovery.k8s.io/"))
                .then_some(Self::EndpointSlice),
            "Node" => is_core.then_some(Self::Node),
            "Service" => is_core.then_some(Self::Service),
            _ => None,
        }
    }

    /// The kind as Kubernetes writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndpointSlice => "EndpointSlice",
            Self::Node => "Node",
            Self::Service => "Service",
        }
    }

    /// Its name in paths and roles.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::EndpointSlice => "endpointslices",
            Self::Node => "nodes",
            Self::Service => "services",
        }
    }

    /// Its API group; empty for the core group.
    pub const fn group(self) -> &'static str {
        match self {
            Self::EndpointSlice => "discovery.k8s.io",
            Self::Node | Self::Service => "",
        }
    }

    /// Whether its objects belong to namespaces.
    pub fn is_namespaced(self) -> bool {
        self != Self::Node
    }
}

/// Defines objects: what each field is called in Kubernetes, and its shape. Other keys are skipped;
/// of a key that stands twice the last counts, as in Kubernetes' own reading of JSON.
macro_rules! objects {
    ($($(#[$doc:meta])* $object:ident $(<$life:lifetime>)? {
        $($(#[$field_doc:meta])* $field:ident: $shape:ty = $key:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $object $(<$life>)? {
            $($(#[$field_doc])* pub $field: Field<$shape>,)*
        }

        impl<'de> Shape<'de> for objects!(@for_de $object $($life)?) {
            const EXPECTED: &'static str = "an object";

            fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Field<Self>, A::Error> {
                let mut object = Self::default();
                while let Some(key) = map.next_key_seed(OneOf(&[$($key),*]))? {
                    match key {
                        $(Some($key) => object.$field = map.next_value()?,)*
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Field::Given(object))
            }
        }
    )*};
    (@for_de $object:ident $life:lifetime) => { $object<'de> };
    (@for_de $object:ident) => { $object };
}

objects! {
    /// An object of any of the kinds.
    Manifest<'a> {
        /// `apiVersion`.
        api_version: Text<'a> = "apiVersion",
        /// `kind`; absent in items of lists that are of one kind.
        kind: Text<'a> = "kind",
        /// `metadata`.
        metadata: Metadata<'a> = "metadata",
        /// `spec` of a Service or a Node.
        spec: Spec<'a> = "spec",
        /// `status` of a Service or a Node.
        status: Status<'a> = "status",
        /// `addressType` of an EndpointSlice.
        address_type: Text<'a> = "addressType",
        /// `endpoints` of an EndpointSlice.
        endpoints: Endpoints<'a> = "endpoints",
    }

    /// A line of a watch.
    WatchLine<'a> {
        /// `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`.
        event_type: Text<'a> = "type",
        /// The object; of a bookmark its metadata alone, of an error a Status.
        object: Manifest<'a> = "object",
    }

    /// `metadata`.
    Metadata<'a> {
        /// The object's name.
        name: Word<'a> = "name",
        /// Its namespace.
        namespace: Word<'a> = "namespace",
        /// The version of its cluster's data in which it looks like this.
        resource_version: Text<'a> = "resourceVersion",
        /// Since when it is being deleted.
        deletion_timestamp: Text<'a> = "deletionTimestamp",
        /// Its labels.
        labels: Labels<'a> = "labels",
        /// Its annotations.
        annotations: Annotations<'a> = "annotations",
    }

    /// `metadata.labels`.
    Labels<'a> {
        /// Where a Node stands.
        region: Word<'a> = "topology.kubernetes.io/region",
        /// Where a Node stands.
        zone: Word<'a> = "topology.kubernetes.io/zone",
        /// The same before Kubernetes 1.17.
        older_region: Word<'a> = "failure-domain.beta.kubernetes.io/region",
        /// The same before Kubernetes 1.17.
        older_zone: Word<'a> = "failure-domain.beta.kubernetes.io/zone",
        /// The Service of an EndpointSlice.
        service_name: Word<'a> = "kubernetes.io/service-name",
        /// Whether a Service takes part where only labelled ones do.
        publish: Word<'a> = "fedns.dev/publish",
    }

    /// `metadata.annotations`.
    Annotations<'a> {
        /// Whether this cluster's shard takes part.
        publish: Text<'a> = "fedns.dev/publish",
        /// TTL of the service's answers.
        ttl: Text<'a> = "fedns.dev/ttl",
        /// Whether this cluster's shard is drained, until when and why.
        drain: Text<'a> = "fedns.dev/drain",
        /// How much of the service's traffic this cluster's shard is to have.
        weight: Text<'a> = "fedns.dev/weight",
        /// On a bookmark: what was there from the start has been told.
        initial_events_end: Text<'a> = "k8s.io/initial-events-end",
        /// When the pod or Service changed that an EndpointSlice follows.
        last_change: Text<'a> = "endpoints.kubernetes.io/last-change-trigger-time",
    }

    /// `spec` of a Service or a Node.
    Spec<'a> {
        /// A Service's type.
        service_type: Text<'a> = "type",
        /// Whether every endpoint counts as ready.
        publish_not_ready_addresses: bool = "publishNotReadyAddresses",
        /// A Service's address inside its cluster; `None` for a headless one.
        cluster_ip: Text<'a> = "clusterIP",
        /// Its addresses, one a family.
        cluster_ips: List<Text<'a>> = "clusterIPs",
        /// The name that a Service of type ExternalName stands for.
        external_name: Text<'a> = "externalName",
        /// The network of a Node's pods.
        pod_cidr: Text<'a> = "podCIDR",
        /// Its networks, one a family.
        pod_cidrs: List<Text<'a>> = "podCIDRs",
    }

    /// `status` of a Service or a Node.
    Status<'a> {
        /// A Node's addresses.
        addresses: List<NodeAddress<'a>> = "addresses",
        /// What its load balancer is.
        load_balancer: LoadBalancer<'a> = "loadBalancer",
    }

    /// An entry of `status.addresses` of a Node.
    NodeAddress<'a> {
        /// What it is: `InternalIP`, `ExternalIP`, or a name of some sort.
        address_type: Text<'a> = "type",
        /// The address.
        address: Text<'a> = "address",
    }

    /// `status.loadBalancer` of a Service.
    LoadBalancer<'a> {
        /// Where the load balancer is reached.
        ingress: List<IngressEntry<'a>> = "ingress",
    }

    /// An entry of `status.loadBalancer.ingress`.
    IngressEntry<'a> {
        /// An address.
        ip: Text<'a> = "ip",
        /// A hostname.
        hostname: Text<'a> = "hostname",
    }

    /// An entry of `endpoints` of an EndpointSlice.
    Endpoint<'a> {
        /// Its addresses; API servers give one.
        addresses: List<Text<'a>> = "addresses",
        /// What state it is in.
        conditions: Conditions = "conditions",
    }

    /// `conditions` of an endpoint.
    Conditions {
        /// Whether it is ready; absent means yes.
        ready: bool = "ready",
        /// Whether it serves, which one may that is being ended; absent means as `ready`.
        serving: bool = "serving",
        /// Whether it is being ended; absent means no.
        terminating: bool = "terminating",
    }
}

/// Reads a key; gives it back where it is one of these.
struct OneOf(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for OneOf {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|known| **known == key).copied())
    }
}

/// A list whose entries all have one shape.
#[derive(Clone, Debug, Default)]
pub struct List<T>(pub Vec<T>);

impl<'de, T: Shape<'de>> Shape<'de> for List<T> {
    const EXPECTED: &'static str = "a list";

    fn from_seq<A: SeqAccess<'de>>(seq: A) -> Result<Field<Self>, A::Error> {
        let mut entries = Vec::new();
        let fault = each(seq, PhantomData::<T>, |entry| {
            entries.push(entry);
            Ok(())
        })?;
        Ok(fault.map_or(Field::Given(Self(entries)), Field::Misshapen))
    }
}

/// `endpoints` of an EndpointSlice, counted while they are read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Endpoints<'a> {
    /// `conditions.ready` is true or absent.
    pub ready: u32,
    /// The others.
    pub not_ready: u32,
    /// Of those: the ones that are being ended and serve on.
    pub terminating: u32,
    /// The addresses of both, each with whether it is ready.
    pub addresses: Vec<(Text<'a>, bool)>,
}

impl<'de> Shape<'de> for Endpoints<'de> {
    const EXPECTED: &'static str = "a list";

    fn from_seq<A: SeqAccess<'de>>(seq: A) -> Result<Field<Self>, A::Error> {
        let mut endpoints = Self::default();
        let fault = each(seq, PhantomData::<Endpoint<'de>>, |endpoint| {
            let conditions = endpoint.conditions.given("conditions")?.unwrap_or_default();
            let is_ready = conditions.ready.given("conditions.ready")? != Some(false);
            let is_serving = conditions.serving.given("conditions.serving")?.unwrap_or(is_ready);
            let is_ended = conditions.terminating.given("conditions.terminating")? == Some(true);
            *(if is_ready { &mut endpoints.ready } else { &mut endpoints.not_ready }) += 1;
            endpoints.terminating += u32::from(!is_ready && is_serving && is_ended);
            let List(addresses) = endpoint.addresses.given("addresses")?.unwrap_or_default();
            endpoints.addresses.extend(addresses.into_iter().map(|address| (address, is_ready)));
            Ok(())
        })?;
        Ok(fault.map_or(Field::Given(endpoints), Field::Misshapen))
    }
}

/// Gives each entry of a list to `take`, the whole list in any case; what was wrong first.
fn each<'de, T: Shape<'de>, A: SeqAccess<'de>>(
    mut seq: A,
    _: PhantomData<T>,
    mut take: impl FnMut(T) -> Result<(), Box<str>>,
) -> Result<Option<Box<str>>, A::Error> {
    let (mut fault, mut count) = (None, 0_usize);
    while let Some(entry) = seq.next_element::<Field<T>>()? {
        count += 1;
        let taken = match entry {
            Field::Absent => Err(format!("expected {}, found null", T::EXPECTED).into()),
            Field::Given(entry) => take(entry),
            Field::Misshapen(why) => Err(why),
        };
        if let (Err(why), None) = (taken, &fault) {
            fault = Some(format!("entry {count}: {why}").into());
        }
    }
    Ok(fault)
}
