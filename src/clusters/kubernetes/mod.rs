//! Kubernetes objects, slim, and what they mean here.
//!
//! In: any serde source of Node, Service and EndpointSlice objects (JSON or YAML).
//! Out: `Object`s of the core with their flaws, or why an object can not be used.
//! Does not know where objects come from: a file, a list or a watch.

mod field;
mod manifest;
mod in_cluster;
mod to_facts;

pub use field::{Field, Shape, Text, Word};
pub use manifest::{
    Annotations, Conditions, Endpoint, Endpoints, IngressEntry, Labels, List, LoadBalancer,
    Manifest, Metadata, ObjectKind, Spec, Status, WatchLine,
};
pub use to_facts::{DEFAULT_NAMESPACE, Unusable, lower};

#[cfg(test)]
mod tests;
